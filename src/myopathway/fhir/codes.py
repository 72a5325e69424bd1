"""What a code says of a fact: exact codes, prefixes and ranges of the facts dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import nearest
from myopathway.fhir.meaning import Meaning
from myopathway.fhir.plain import as_map, brief

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.facts import Coding, Fact

FACTS: Final = "https://myopathway.example/fhir/CodeSystem/facts"
SNOMED: Final = "http://snomed.info/sct"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC: Final = "http://loinc.org"
ATC: Final = "http://www.whocc.no/atc"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"

SHORT: Final = {
    FACTS: "facts",
    SNOMED: "SNOMED CT",
    ICD10: "ICD-10",
    ICD10CM: "ICD-10-CM",
    LOINC: "LOINC",
    ATC: "ATC",
    RXNORM: "RxNorm",
}
_CATEGORY: Final = 3  # characters of an ICD code before its point
_MOST_KEPT: Final = 20_000


class Codings:
    """The codings of all facts in one type of resource; ``seen`` are the codes looked up so far."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        """Start with the facts that can be stated here under their own names."""
        self._exact: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        self._prefixes: dict[tuple[str, str], list[Meaning]] = {}
        self._ranges: dict[str, list[tuple[str, str, Meaning]]] = {}
        self.seen: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        for fact in facts:
            self._exact[FACTS, fact.name] = (Meaning(fact, None, f"{SHORT[FACTS]} {fact.name}"),)

    def add(self, fact: Fact, coding: Coding, order: int) -> None:
        """Index every code of one coding."""
        for system, codes in ((SNOMED, coding.snomed), (LOINC, coding.loinc)):
            for code in codes:
                meaning = Meaning(fact, coding, f"{SHORT[system]} {code}", order)
                self._exact[system, code] = (*self._exact.get((system, code), ()), meaning)
        for system, codes in ((ICD10, coding.icd10), (ICD10CM, coding.icd10cm)):
            for code in codes:
                meaning = Meaning(fact, coding, "", order)
                low, dash, high = _bare(code).partition("-")
                if dash:
                    self._ranges.setdefault(system, []).append((low, high, meaning))
                else:
                    self._prefixes.setdefault((system, low), []).append(meaning)

    def read(self, concept: object) -> tuple[Meaning, ...]:
        """Give what the codes of a CodeableConcept say."""
        codings = concept.get("coding") if isinstance(concept, dict) else None
        if not isinstance(codings, list):
            return ()
        found: tuple[Meaning, ...] = ()
        for coding in codings:
            try:
                meanings = self.seen[coding["system"], coding["code"]]
            except (KeyError, TypeError):
                meanings = self._looked_up(as_map(coding).get("system"), as_map(coding).get("code"))
            if meanings:
                found += meanings
        return found

    def _looked_up(self, system: object, code: object) -> tuple[Meaning, ...]:
        if not isinstance(system, str) or not isinstance(code, str):
            return ()
        if system in {ICD10, ICD10CM}:
            meanings = self._longest(system, code)
        else:
            meanings = self._exact.get((system, code.strip()), ())
            if system == FACTS and not meanings:
                meanings = (self._unknown(code.strip()),)
        if len(self.seen) >= _MOST_KEPT:
            self.seen.clear()
        self.seen[system, code] = meanings
        return meanings

    def _unknown(self, code: str) -> Meaning:
        names = [name for system, name in self._exact if system == FACTS]
        if not names:
            return Meaning(None, None, "a fact is stated by an Observation")
        return Meaning(None, None, f"{brief(code)!r} names no fact{nearest(code[:80], names)}")

    def _longest(self, system: str, code: str) -> tuple[Meaning, ...]:
        """Give for each fact the meaning of the longest prefix; a range is the shortest."""
        bare = _bare(code).rstrip("-")
        if not bare.isalnum() or len(bare) < _CATEGORY:
            return ()
        found: dict[str, Meaning] = {}

        def keep(meaning: Meaning) -> None:
            if meaning.fact is not None and meaning.fact.name not in found:
                detail = f"{SHORT[system]} {brief(code)}"
                found[meaning.fact.name] = msgspec.structs.replace(meaning, detail=detail)

        for length in range(len(bare), _CATEGORY - 1, -1):
            for meaning in self._prefixes.get((system, bare[:length]), ()):
                keep(meaning)
        for low, high, meaning in self._ranges.get(system, ()):
            if low <= bare[:_CATEGORY] <= high:
                keep(meaning)
        return tuple(found.values())


def _bare(code: str) -> str:
    return code.strip().upper().replace(".", "")

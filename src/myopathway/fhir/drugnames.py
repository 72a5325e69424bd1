"""Which drug a CodeableConcept names: by its codes, else by what it says in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import All, AtLeast, FirstKnown, Includes, Named, Not
from myopathway.criteria import Any as AnyOf
from myopathway.fhir.codes import ATC, RXNORM, SNOMED
from myopathway.fhir.plain import as_map, as_maps, brief
from myopathway.fhir.routes import local_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline

# Main groups of ATC that are products for one place: skin, airways, eye and ear.
_LOCAL_GROUPS: Final = ("D", "R", "S")
_MOST_KEPT: Final = 20_000
_OTHER: Final = "other_drugs"


class Naming(msgspec.Struct, frozen=True):
    """What is known of a named drug: its name in the algorithm, or only its words.

    ``form`` is what says that it is for local use; ``doubt`` why the drug cannot be told.
    """

    drug: str = ""
    words: str = ""
    detail: str = ""
    doubt: str = ""
    form: str = ""


class DrugNames:
    """Finds the algorithm's drugs in codes and texts of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Index the codes, and order the names, the longest first."""
        self._codes = {
            (system, code): name
            for name, drug in guideline.drugs.items()
            for system, codes in ((ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed))
            for code in codes
        }
        names = guideline.vocabulary.drug_names
        self._names = names
        generic = {name for name in names if _is_generic(name, names)}
        plain = sorted(set(names) - generic, key=lambda name: (-len(name), name))
        spelt = "|".join(re.escape(name) for name in plain)
        loose = "|".join(re.escape(name) for name in sorted(generic)) or r"\Z."
        # A generic word such as the last of "human normal x" may be followed by a dose, no more:
        # otherwise "x against y" would be read as x.
        self._start = re.compile(rf"(?:({spelt})(?!\w)|({loose})(?=[\s,]*(?:\d|\Z)))")
        self._inside = re.compile(rf"(?<!\w)({spelt})(?!\w)")
        others = sorted(_other_names(guideline), key=lambda name: (-len(name), name))
        spelt = "|".join(re.escape(name) for name in others) or r"\Z."
        self._others = re.compile(rf"(?<!\w)({spelt})(?!\w)")
        self._seen: dict[tuple[str, ...], Naming] = {}

    def named(self, concept: object) -> Naming:
        """Say which drug a CodeableConcept is; codes and words must not name two."""
        said = as_map(concept)
        parts = [said.get("text")]
        for coding in as_maps(said.get("coding")):
            parts += (coding.get("system"), coding.get("code"), coding.get("display"))
        key = tuple(part if isinstance(part, str) else "" for part in parts)
        naming = self._seen.get(key)
        if naming is None:
            naming = self._naming(key)
            if len(self._seen) >= _MOST_KEPT:
                self._seen.clear()
            self._seen[key] = naming
        return naming

    def _naming(self, said: tuple[str, ...]) -> Naming:
        by_code: dict[str, str] = {}
        strange = ""
        for system, code in zip(said[1::3], said[2::3], strict=True):
            drug = self._codes.get((system, code))
            if drug is not None:
                by_code.setdefault(drug, code)
            elif system == ATC and code.startswith(_LOCAL_GROUPS):
                strange = code
        words = [text for one in (said[0], *said[3::3]) if (text := one.strip())]
        by_word = {drug: word for word in words if (drug := self.at_start(word))}
        drugs = sorted({*by_code, *by_word})
        text = words[0] if words else ""
        if len(drugs) > 1:
            return Naming(words=text, doubt="its codes and words name " + " and ".join(drugs))
        if not drugs:
            return Naming(words=text)
        if strange:
            return Naming(words=text, doubt=f"ATC {brief(strange)} is a product for local use")
        code = by_code.get(drugs[0], "")
        detail = f"code {code}" if code else "by name"
        return Naming(drugs[0], text or drugs[0], detail, form=local_form(words))

    def at_start(self, text: str) -> str:
        """Give the drug that a text is, or begins with as a whole word; "" for no drug."""
        match = self._start.match(_folded(text))
        return self._names[match.group()] if match else ""

    def anywhere(self, text: str) -> list[str]:
        """Give every drug that a text names as a whole word."""
        found = {self._names[name] for name in self._inside.findall(_folded(text))}
        return sorted(found | ({first} if (first := self.at_start(text)) else set()))

    def others(self, text: str) -> list[str]:
        """Give the names that the guideline's rules know for a drug that is not of the algorithm.

        A product of several drugs is each of them; what no rule knows keeps its own words.
        """
        folded = brief(_folded(text))
        return sorted(set(self._others.findall(folded))) or [folded]


def _is_generic(name: str, names: Iterable[str]) -> bool:
    return any(other.endswith(f" {name}") for other in names)


def _folded(text: str) -> str:
    return " ".join(text[:400].lower().split())


def _other_names(guideline: Guideline) -> set[str]:
    criteria = [rule.when for rule in guideline.rules]
    criteria += [notice.when for notice in guideline.notices]
    criteria += [rule.when for node in guideline.nodes for therapy in node.therapies
                 for option in therapy.options for rule in option.rules]  # fmt: skip
    return {name for criterion in criteria for name in _included(criterion)}


def _included(criterion: Criterion) -> Iterator[str]:
    match criterion:
        case Includes(fact=fact, member=member) if fact == _OTHER and member:
            yield member
        case All(parts=parts) | AnyOf(parts=parts) | FirstKnown(parts=parts):
            for part in parts:
                yield from _included(part)
        case AtLeast(parts=parts):
            for part in parts:
                yield from _included(part)
        case Not(part=part) | Named(part=part):
            yield from _included(part)
        case _:
            pass

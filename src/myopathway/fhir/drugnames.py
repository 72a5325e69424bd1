"""Which drug a CodeableConcept names: by its codes, else by what it says in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import Includes, TakenWith
from myopathway.fhir.codes import ATC, RXNORM, SNOMED
from myopathway.fhir.naming import Naming
from myopathway.fhir.plain import as_map, as_maps, brief
from myopathway.fhir.routes import local_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from myopathway.guideline.model import Drug, Guideline, OtherDrug

# Main groups of ATC that are products for one place: skin, airways, eye and ear.
_LOCAL_GROUPS: Final = ("D", "R", "S")
_MOST_KEPT: Final = 20_000
# What the names of content leave out, as ``plain_name`` does.
_SIGNS: Final = str.maketrans("", "", "'’`.")
# The facts that name drugs and substances besides those of the algorithm.
_NAMING: Final = ("other_drugs", "allergies")


class DrugNames:
    """Finds the algorithm's drugs in codes and texts of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Index the codes, and order the names, the longest first."""
        self._codes = _by_code(guideline.drugs)
        self._other_codes = _by_code(guideline.other_drugs)
        names = guideline.vocabulary.drug_names
        # The order in which the drugs of one regimen are named everywhere.
        self.order = {drug: place for place, drug in enumerate(dict.fromkeys(names.values()))}
        self._names = names
        generic = {name for name in names if _is_generic(name, names)}
        plain = sorted(set(names) - generic, key=lambda name: (-len(name), name))
        spelt = "|".join(re.escape(name) for name in plain)
        loose = "|".join(re.escape(name) for name in sorted(generic)) or r"\Z."
        # A generic word such as the last of "human normal x" may be followed by a dose, no more:
        # otherwise "x against y" would be read as x.
        self._start = re.compile(rf"(?:({spelt})(?!\w)|({loose})(?=[\s,]*(?:\d|\Z)))")
        self._inside = re.compile(rf"(?<!\w)({spelt})(?!\w)")
        self._guideline = guideline
        self._seen: dict[tuple[object, ...], Naming] = {}
        self._known_others: re.Pattern[str] | None = None

    def named(self, concept: object) -> Naming:
        """Say which drug a CodeableConcept is; codes and words must not name two."""
        said = as_map(concept)
        parts = [said.get("text")]
        for coding in as_maps(said.get("coding")):
            parts += (coding.get("system"), coding.get("code"), coding.get("display"))
        key = tuple(parts)
        try:
            naming = self._seen.get(key)
        except TypeError:  # something that is no text stands where a text belongs
            key = tuple(part if isinstance(part, str) else None for part in parts)
            naming = self._seen.get(key)
        if naming is None:
            naming = self._naming([part if isinstance(part, str) else "" for part in key])
            if len(self._seen) >= _MOST_KEPT:
                self._seen.clear()
            self._seen[key] = naming
        return naming

    def _naming(self, said: list[str]) -> Naming:
        by_code: dict[str, str] = {}
        beside: dict[str, str] = {}
        strange = ""
        for system, code in zip(said[1::3], said[2::3], strict=True):
            drug = self._codes.get((system, code))
            if drug is not None:
                by_code.setdefault(drug, code)
            elif (other := self._other_codes.get((system, code))) is not None:
                beside.setdefault(other, code)
            elif system == ATC and code.startswith(_LOCAL_GROUPS):
                strange = code
        words = tuple(text for one in (said[0], *said[3::3]) if (text := one.strip()))
        by_word = {drug: word for word in words if (drug := self.at_start(word))}
        drugs = sorted({*by_code, *by_word})
        doubt = ""
        if len(drugs) > 1 or (drugs and beside):
            doubt = f"its codes and words name {' and '.join(sorted({*drugs, *beside}))}"
        elif strange and drugs:
            doubt = f"ATC {brief(strange)} is a product for local use"
        elif not drugs and (drugs := self.anywhere(words)):
            doubt = f"its words name {' and '.join(drugs)}, but do not begin with it"
        if doubt or not drugs:
            return Naming(words=(*words, *beside), doubt=doubt, named=tuple(drugs))
        code = by_code.get(drugs[0], "")
        detail = f"code {code}" if code else "by name"
        form = local_form(words)
        return Naming(drugs[0], words, detail, form=form, named=tuple(drugs))

    def at_start(self, text: str) -> str:
        """Give the drug that a text is, or begins with as a whole word; "" for no drug."""
        match = self._start.match(_folded(text))
        return self._names[match.group()] if match else ""

    def anywhere(self, texts: Iterable[str]) -> list[str]:
        """Give every drug that texts name as a whole word."""
        return sorted(
            {self._names[name] for text in texts for name in self._inside.findall(_folded(text))}
        )

    @property
    def _others(self) -> re.Pattern[str]:
        """What finds the names that rules know; compiled for the first drug that needs it."""
        if self._known_others is None:
            self._known_others = self._pattern_of_others()
        return self._known_others

    def _pattern_of_others(self) -> re.Pattern[str]:
        one = self._guideline
        names = set(_interacting((one.rules, one.notices, one.nodes, one.safety)))
        ordered = sorted(names, key=lambda name: (-len(name), name))
        spelt = "|".join(re.escape(name).replace(r"\-", "[- ]") for name in ordered) or r"\Z."
        return re.compile(rf"(?<!\w)({spelt})(?!\w)")

    def others(self, words: Iterable[str]) -> list[str]:
        """Give the names that the guideline's rules know for a drug that is not of the algorithm.

        A product of several drugs is each of them; what no rule knows keeps its own words.
        """
        folded = [_folded(text) for text in words]
        found = {name.replace(" ", "-") for text in folded
                 for name in self._others.findall(text.translate(_SIGNS))}  # fmt: skip
        return sorted(found) or [brief(text) for text in folded[:1]]


def _by_code(drugs: Mapping[str, Drug] | Mapping[str, OtherDrug]) -> dict[tuple[str, str], str]:
    return {
        (system, code): name
        for name, drug in drugs.items()
        for system, codes in ((ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed))
        for code in codes
    }


def _is_generic(name: str, names: Iterable[str]) -> bool:
    return any(other.endswith(f" {name}") for other in names)


def _folded(text: str) -> str:
    return " ".join(text[:400].lower().split())


def _interacting(value: object) -> Iterator[str]:
    """Walk the names of other drugs that criteria anywhere in a part of the guideline read."""
    match value:
        case TakenWith(drug=drug):
            yield drug
        case Includes(fact=fact, member=member) if fact in _NAMING and member:
            yield member
        case msgspec.Struct():
            for field in value.__struct_fields__:
                yield from _interacting(getattr(value, field))
        case tuple() | list():
            for one in value:
                yield from _interacting(one)
        case dict():
            for one in value.values():
                yield from _interacting(one)
        case _:
            pass

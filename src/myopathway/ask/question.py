"""A question to a person, and reading what they type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from myopathway.errors import Fault, InputError, nearest, shown
from myopathway.facts import OUTCOMES, PURPOSES, Fact, accepted

if TYPE_CHECKING:
    from collections.abc import Collection

    from myopathway.engine.outcome import Missing

Kind: TypeAlias = Literal["boolean", "number", "choice", "list", "text", "treatments"]

_YES: Final = ("yes", "y", "true")
_NO: Final = ("no", "n", "false")
_SHORT: Final = {
    "boolean": "yes or no",
    "choice": "a word or its number",
    "set": "words or their numbers, by commas; none",
    "names": "names, by commas; none",
}
_NONE: Final = ("none", "[]", "-")
_WHOLE: Final = re.compile(r"-?\d+")
_FRACTION: Final = re.compile(r"-?\d+[.,]\d+")
OF_REGIMEN: Final = {"outcome": OUTCOMES, "purpose": PURPOSES}
_PLACE: Final = re.compile(r"treatments\[(\d+)\]\.(outcome|purpose)")


class Question(msgspec.Struct, frozen=True):
    """What is asked: the fact (or ``treatments[1].outcome``), in words, and what may be said.

    ``values`` are the words of a choice or of a list, each with its title; ``instead`` are facts
    that settle the same, and may be told in the same place.
    """

    fact: str
    text: str
    kind: Kind
    accepted: str
    help: str = ""
    values: dict[str, str] = {}
    decides: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def regimen(self) -> tuple[int, str] | None:
        """Give the index of the regimen that is asked about, and what is asked of it."""
        found = _PLACE.fullmatch(self.fact)
        return (int(found[1]), found[2]) if found else None

    def read(self, typed: str) -> Any:  # noqa: ANN401 - a value of a facts document
        """Read an answer as a facts document writes it; raises ``InputError``.

        Words may be shortened while they are clear, and a choice answered by its number.
        """
        said = typed.strip()
        match self.kind:
            case "boolean":
                return self._boolean(said.lower())
            case "choice":
                return self._word(said, self.values)
            case "list":
                return self._list(said)
            case "number":
                return _number(said)
            case _:
                return said

    def _boolean(self, said: str) -> bool:
        if said in _YES or said in _NO:
            return said in _YES
        raise InputError([Fault(self.fact, f"found {shown(said)}", "yes, no, ? for not known")])

    def _word(self, said: str, words: Collection[str]) -> str:
        lower = said.lower()
        if lower in words:
            return lower
        if said.isdecimal() and 0 < int(said) <= len(words):
            return list(words)[int(said) - 1]
        begun = [one for one in words if lower and one.startswith(lower)]
        if len(begun) == 1:
            return begun[0]
        hint = nearest(lower[:80], words)
        raise InputError([Fault(self.fact, f"found {shown(said)}{hint}", ", ".join(words))])

    def _list(self, said: str) -> list[str]:
        if said.lower() in _NONE:
            return []
        members = [one.strip() for one in said.split(",") if one.strip()]
        return [self._word(one, self.values) for one in members] if self.values else members


def _number(said: str) -> int | float | str:
    if _WHOLE.fullmatch(said):
        return int(said)
    return float(said.replace(",", ".")) if _FRACTION.fullmatch(said) else said


def about(fact: Fact, decides: tuple[str, ...] = (), instead: tuple[Fact, ...] = ()) -> Question:
    """Ask for a fact of the dictionary, or for one that settles the same."""
    kinds: dict[str, Kind] = {
        "boolean": "boolean",
        "choice": "choice",
        "number": "number",
        "set": "list",
        "names": "list",
        "treatments": "treatments",
    }
    kind = kinds.get(fact.type, "text")
    said = "; or ".join([_SHORT.get(fact.type) or accepted(fact), *map(accepted, instead)])
    names = tuple(one.name for one in instead)
    return Question(fact.name, fact.question, kind, said, fact.help, fact.values, decides, names)


def of_regimen(missing: Missing) -> Question:
    """Ask how a regimen ended, or what it was for."""
    found = _PLACE.fullmatch(missing.fact)
    words = OF_REGIMEN[found[2]] if found else ()
    values = {one: one.replace("-", " ").capitalize() for one in words}
    return Question(
        missing.fact,
        missing.question,
        "choice",
        _SHORT["choice"],
        values=values,
        decides=missing.decides,
    )

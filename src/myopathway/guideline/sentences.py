"""The sentences of the content: one grammar for criteria, one for doses, nothing evaluated as code.

A criterion is a sentence, or a structure of them: a list (all must hold) or a mapping with one
of ``all``, ``any``, ``not``, ``at_least``, ``first_known``. A wrong word is a fault with the
sentence, what was not understood and an example of the right form.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import (
    All,
    Any,
    Apart,
    AtLeast,
    Compare,
    Criterion,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Named,
    Not,
    OptionEvent,
    RegimenEnded,
)
from myopathway.errors import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from myopathway.facts import Fact
    from myopathway.guideline.model import Term
    from myopathway.yamltext import Path, YamlText

HOW: Final = {
    "failed": "failed",
    "had an inadequate response": "inadequate-response",
    "was not tolerated": "intolerance",
    "were not tolerated": "intolerance",
}
EVENTS: Final = {
    "a drug of the option was not tolerated": "not-tolerated",
    "a drug of the option may not have been tolerated": "perhaps-not-tolerated",
    "the option had an inadequate response for this purpose": "inadequate",
    "the option had an inadequate response for another or an unknown purpose": (
        "inadequate-elsewhere"
    ),
    "a regimen with a drug of the option has no outcome": "no-outcome",
    "the patient is allergic to a drug of the option": "allergy",
    "a drug of the option is being given": "ongoing",
    "a drug of the option worked": "worked",
}
_NAME: Final = r"(?P<fact>[a-z][a-z0-9_]*)"
_IS: Final = re.compile(_NAME + r" is (?P<not>not )?(?P<value>\S+)")
_COMPARE: Final = re.compile(_NAME + r" (?P<relation><=|>=|<|>) (?P<bound>\d+(?:\.\d+)?)")
_INCLUDES: Final = re.compile(_NAME + r" includes (?P<member>\S+)")
_APART: Final = re.compile(
    _NAME + r" and (?P<since>[a-z_]+) differ by more than (?P<by>\d+) years?"
)
_ENDED: Final = re.compile(r"at least (?P<count>\d+) (?P<cls>[a-z-]+) (?P<how>[a-z ]+)")
_REGIMEN: Final = re.compile(
    r"an? (?P<purpose>[a-z]+) regimen with at least (?P<count>\d+) (?P<cls>[a-z-]+)"
    r" (?P<how>[a-z ]+)"
)
_HELD: Final = re.compile(
    r"a (?P<purpose>[a-z]+ regimen|regimen without a stated purpose) held (?P<drug>[a-z-]+)"
)


class Words(msgspec.Struct, frozen=True):
    """The words that sentences may use."""

    facts: Mapping[str, Fact]
    terms: Mapping[str, Term]
    classes: Collection[str]
    drugs: Collection[str]
    purposes: Collection[str]


class Reader:
    """Reads criteria of one file, noting faults at their lines."""

    def __init__(self, words: Words, text: YamlText) -> None:
        """Read with these words; faults go to the text."""
        self._words = words
        self._text = text

    def criterion(self, path: Path, value: object) -> Criterion:
        """Read a sentence or a structure of sentences; a faulty one reads as an empty All."""
        match value:
            case str():
                return self._sentence(path, value)
            case list() if value:
                parts = tuple(
                    self.criterion((*path, place), part) for place, part in enumerate(value)
                )
                return parts[0] if len(parts) == 1 else All(parts)
            case dict() if len(value) == 1:
                ((key, inner),) = value.items()
                return self._structure((*path, key), str(key), inner)
            case _:
                self._text.fault(path, f"found {shown(value)}",
                                 "a sentence, a list, or one of all, any, not, at_least,"
                                 " first_known")
                return All(())

    def _structure(self, path: Path, key: str, inner: object) -> Criterion:
        if key == "not":
            return Not(self.criterion(path, inner))
        if key == "at_least" and isinstance(inner, dict) and len(inner) == 1:
            ((count, parts),) = inner.items()
            if str(count).isdigit() and isinstance(parts, list) and parts:
                return AtLeast(int(count), self._parts((*path, count), parts))
        if key in ("all", "any", "first_known") and isinstance(inner, list) and inner:
            kind = {"all": All, "any": Any, "first_known": FirstKnown}[key]
            return kind(self._parts(path, inner))
        self._text.fault(path, f"found {shown({key: inner})}",
                         "all, any, not, first_known with a list; at_least: {2: [...]}")
        return All(())

    def _parts(self, path: Path, parts: list[object]) -> tuple[Criterion, ...]:
        return tuple(self.criterion((*path, place), part) for place, part in enumerate(parts))

    def _sentence(self, path: Path, sentence: str) -> Criterion:
        sentence = " ".join(sentence.split())
        try:
            return self._read(sentence)
        except ValueError as error:
            want = str(error) or "a sentence such as: course is initial"
            self._text.fault(path, f"not understood: {shown(sentence, 100)}", want)
            return All(())

    def _read(self, sentence: str) -> Criterion:
        if sentence in EVENTS:
            return OptionEvent(EVENTS[sentence])  # type: ignore[arg-type]
        if found := _REGIMEN.fullmatch(sentence):
            purpose = self._one_of(found["purpose"], self._words.purposes)
            return RegimenEnded(purpose, *self._counted(found))
        if found := _ENDED.fullmatch(sentence):
            return Ended(*self._counted(found))
        if found := _HELD.fullmatch(sentence):
            said = found["purpose"].removesuffix(" regimen")
            purpose = "unknown" if said.startswith("regimen") else said
            if purpose != "unknown":
                self._one_of(purpose, self._words.purposes)
            return Held(purpose, self._one_of(found["drug"], self._words.drugs))
        if found := _APART.fullmatch(sentence):
            fact, since = self._fact(found["fact"]), self._fact(found["since"])
            return Apart(fact.name, since.name, Decimal(found["by"]))
        if found := _COMPARE.fullmatch(sentence):
            return self._compare(found)
        if found := _INCLUDES.fullmatch(sentence):
            fact = self._fact(found["fact"])
            if fact.type == "set":
                self._one_of(found["member"], fact.values)
            elif fact.type != "names":
                raise ValueError(f"{fact.name} is no list")
            return Includes(fact.name, found["member"])
        if found := _IS.fullmatch(sentence):
            return self._is(found)
        raise ValueError

    def _counted(self, found: re.Match[str]) -> tuple[int, str, str]:
        how = HOW.get(found["how"])
        if how is None:
            raise ValueError("one of: " + ", ".join(HOW))
        return int(found["count"]), self._one_of(found["cls"], self._words.classes), how

    def _is(self, found: re.Match[str]) -> Criterion:
        name, value = found["fact"], found["value"]
        if name in self._words.terms:
            term = self._words.terms[name]
            part: Criterion = Named(name, term.criterion)
            wanted = self._one_of(value, ("true", "false"))
            holds = (wanted == "true") is not bool(found["not"])
            return part if holds else Not(part)
        fact = self._fact(name)
        part = self._plain(fact, value)
        return Not(part) if found["not"] else part

    def _plain(self, fact: Fact, value: str) -> Criterion:
        match fact.type:
            case "boolean":
                return Is(fact.name, self._one_of(value, ("true", "false")) == "true")
            case "choice":
                return Is(fact.name, self._one_of(value, fact.values))
            case "set" | "names" if value == "empty":
                return Not(Includes(fact.name))
            case _:
                example = "autoantibodies is not empty; weight_kg > 100"
                raise ValueError(f"{fact.name} is a {fact.type}: {example}")

    def _compare(self, found: re.Match[str]) -> Criterion:
        fact = self._fact(found["fact"])
        bound = Decimal(found["bound"])
        if fact.type not in ("number", "grade"):
            raise ValueError(f"{fact.name} is no number")
        low, high = fact.low, fact.high
        if (low is not None and bound < low) or (high is not None and bound > high):
            raise ValueError(f"a bound from {low} to {high}")
        return Compare(fact.name, found["relation"], bound)  # type: ignore[arg-type]

    def _fact(self, name: str) -> Fact:
        fact = self._words.facts.get(name)
        if fact is None:
            known = [*self._words.facts, *self._words.terms]
            raise ValueError(f"a fact or a term{nearest(name, known)}")
        return fact

    @staticmethod
    def _one_of(word: str, known: Collection[str]) -> str:
        if word not in known:
            raise ValueError(f"one of {', '.join(sorted(known))}{nearest(word, known)}")
        return word

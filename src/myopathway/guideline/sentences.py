"""The sentences of the content: one grammar for criteria, one for doses, nothing evaluated as code.

A criterion is a sentence, or a structure of them: a list (all must hold) or a mapping with one
of ``all``, ``any``, ``not``, ``at_least``, ``first_known``. A wrong word is a fault with the
sentence, what was not understood and an example of the right form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

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
    OptionEventName,
    RegimenEnded,
    TakenWith,
)
from myopathway.errors import nearest, shown
from myopathway.facts import Fact
from myopathway.guideline.model import Term

if TYPE_CHECKING:
    from myopathway.yamltext import Path, YamlText

How: TypeAlias = Literal["failed", "inadequate-response", "intolerance"]
Form: TypeAlias = "tuple[re.Pattern[str], Callable[[re.Match[str]], Criterion]]"

EXAMPLES: Final = "course is initial; muscle_strength_mrc < 4; autoantibodies includes anti-jo-1"
HOW: Final[dict[str, How]] = {
    "failed": "failed",
    "had an inadequate response": "inadequate-response",
    "was not tolerated": "intolerance",
    "were not tolerated": "intolerance",
}
EVENTS: Final[dict[str, OptionEventName]] = {
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
_TAKEN: Final = re.compile(r"taken with (?P<drug>[a-z][a-z-]*)")
_HELD: Final = re.compile(
    r"an? (?P<purpose>[a-z]+ regimen|regimen without a stated purpose) held (?P<drug>[a-z-]+)"
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

    def __init__(self, words: Words, text: YamlText, *, of_option: bool = False) -> None:
        """Read with these words; ``of_option``: sentences may speak of the option judged."""
        self._words = words
        self._text = text
        self._of_option = of_option

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
                self._text.fault(
                    path,
                    f"found {shown(value)}",
                    "a sentence, a list, or one of all, any, not, at_least, first_known",
                )
                return All(())

    def _structure(self, path: Path, key: str, inner: object) -> Criterion:
        if key == "not":
            return Not(self.criterion(path, inner))
        if key == "at_least" and isinstance(inner, dict) and len(inner) == 1:
            ((count, parts),) = inner.items()
            if str(count).isdecimal() and isinstance(parts, list):
                number = int(count)
                if 0 < number <= len(parts):
                    return AtLeast(number, self._parts((*path, count), parts))
        if isinstance(inner, list) and inner:
            match key:
                case "all":
                    return All(self._parts(path, inner))
                case "any":
                    return Any(self._parts(path, inner))
                case "first_known":
                    return FirstKnown(self._parts(path, inner))
                case _:
                    pass
        want = "all, any, not, first_known with a list; at_least: {2: [...]} with 2 parts or more"
        self._text.fault(path, f"found {shown({key: inner})}", want)
        return All(())

    def _parts(self, path: Path, parts: list[object]) -> tuple[Criterion, ...]:
        return tuple(self.criterion((*path, place), part) for place, part in enumerate(parts))

    def _sentence(self, path: Path, sentence: str) -> Criterion:
        sentence = " ".join(sentence.split())
        try:
            return self._read(sentence)
        except ValueError as error:
            self._text.fault(path, f"not understood: {shown(sentence, 100)}", str(error))
            return All(())

    def _read(self, sentence: str) -> Criterion:
        if sentence in EVENTS:
            self._about_option()
            return OptionEvent(EVENTS[sentence])
        forms: tuple[Form, ...] = (
            (_REGIMEN, self._regimen),
            (_ENDED, lambda found: Ended(*self._counted(found))),
            (_HELD, self._held),
            (_TAKEN, self._taken),
            (_APART, self._apart),
            (_COMPARE, self._compare),
            (_INCLUDES, self._includes),
            (_IS, self._is),
        )
        for pattern, read in forms:
            if found := pattern.fullmatch(sentence):
                return read(found)
        raise ValueError(f"a sentence such as: {EXAMPLES}{nearest(sentence, EVENTS)}")

    def _about_option(self) -> None:
        if not self._of_option:
            raise ValueError("only a rule may speak of the option that is judged")

    def _regimen(self, found: re.Match[str]) -> Criterion:
        purpose = self._one_of(found["purpose"], self._words.purposes)
        return RegimenEnded(purpose, *self._counted(found))

    def _held(self, found: re.Match[str]) -> Criterion:
        drug = self._one_of(found["drug"], self._words.drugs)
        if found["purpose"].startswith("regimen"):
            return Held("unknown", drug)
        purpose = found["purpose"].removesuffix(" regimen")
        return Held(self._one_of(purpose, self._words.purposes), drug)

    def _taken(self, found: re.Match[str]) -> Criterion:
        self._about_option()
        return TakenWith(found["drug"])

    def _apart(self, found: re.Match[str]) -> Criterion:
        fact, since = self._fact(found["fact"]), self._fact(found["since"])
        if fact.type != "number" or since.type != "date":
            raise ValueError("a number of years and a date: age_years and birth_date differ by ...")
        return Apart(fact.name, since.name, Decimal(found["by"]))

    def _includes(self, found: re.Match[str]) -> Criterion:
        fact = self._fact(found["fact"])
        if fact.type == "set":
            self._one_of(found["member"], fact.values)
        elif fact.type != "names":
            raise ValueError(f"{fact.name} is no list: {_example(fact)}")
        return Includes(fact.name, found["member"])

    def _counted(self, found: re.Match[str]) -> tuple[int, str, How]:
        how = HOW.get(found["how"])
        if how is None:
            raise ValueError(f"one of: {', '.join(HOW)}{nearest(found['how'], HOW)}")
        if int(found["count"]) == 0:
            raise ValueError("at least 1: no regimen at all is at least 0 as well")
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
                raise ValueError(f"{fact.name} is a {fact.type}: {_example(fact)}")

    def _compare(self, found: re.Match[str]) -> Criterion:
        fact = self._fact(found["fact"])
        bound = Decimal(found["bound"])
        if fact.type not in ("number", "grade"):
            raise ValueError(f"{fact.name} is no number: {_example(fact)}")
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


def _example(fact: Fact) -> str:
    """Give a sentence that can be said of a fact."""
    match fact.type:
        case "boolean":
            return f"{fact.name} is true"
        case "choice":
            return f"{fact.name} is {next(iter(fact.values), 'true')}"
        case "number" | "grade":
            return f"{fact.name} < {fact.high}"
        case "set":
            return f"{fact.name} includes {next(iter(fact.values), '')}; {fact.name} is not empty"
        case "names":
            return f"{fact.name} is not empty"
        case "treatments":
            return "at least 1 second-line-agents failed"
        case _:
            return f"age_years and {fact.name} differ by more than 1 year"

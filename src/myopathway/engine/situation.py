"""A record on one day: the facts with what follows from them, ready to answer every leaf."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from myopathway.criteria import (
    Apart,
    Compare,
    Ended,
    Held,
    Includes,
    Is,
    Leaf,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)
from myopathway.engine.factual import completed_years, fact_truth
from myopathway.engine.history import COMPLETIONS, MOST_KEPT, History
from myopathway.engine.words import plain_number, plain_value
from myopathway.facts import Known, Record, Source, plain_name
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.engine.lines import Lines
    from myopathway.facts import Regimen, Value
    from myopathway.guideline.model import Guideline, Implication


class Situation:
    """What is known of a patient on a day, derived facts included; answers leaves as a ``View``."""

    def __init__(self, guideline: Guideline, lines: Lines, record: Record, day: dt.date) -> None:
        """Work out age and implied facts, and read the history."""
        self.guideline = guideline
        self.lines = lines
        self.day = day
        self.terms: dict[str, Truth] = {}
        self._truths: dict[Leaf, Truth] = {}
        self._told: dict[int, str] = {}
        self._company: tuple[frozenset[str] | None, frozenset[str] | None] | None = None
        self._shown: dict[str, object] = {}
        self.known: dict[str, Known] = dict(record.facts)
        self.stated = record.facts
        self._age()
        self.implied: list[Implication] = []
        self.contradictions = self._imply()
        self.history: History | None = None
        self._bounds: tuple[tuple[bool, ...], tuple[bool, ...]] | None = None
        regimens = record.regimens
        self._version = self._read = -1
        self._marks = self._beside = self._found = 0
        if regimens is not None:
            unstated = lines.marks.test(guideline.unstated_purpose.when)(self._of_facts())
            self.history = History(lines.reader, regimens, unstated)

    @property
    def company(self) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """The drugs being given for the myositis, and the others taken; None while unknown."""
        if self._company is None:
            others = self.value("other_drugs")
            self._company = (
                None if self.history is None else self.history.being_given(),
                frozenset([plain_name(str(one)) for one in others])
                if isinstance(others, tuple)
                else None,
            )
        return self._company

    @property
    def marks(self) -> int:
        """The truth of every leaf that does not depend on an option."""
        if self._version != self.lines.marks.version:
            self._mark()
        return self._marks

    @property
    def beside(self) -> int:
        """As ``marks``, and what is being given or taken already."""
        if self._version != self.lines.marks.version:
            self._mark()
        return self._beside

    def _mark(self) -> None:
        marks = self.lines.marks
        found = self._of_facts() if self._read != marks.version else self._found
        for apart in marks.apart:
            if apart.fact in self.stated and apart.since in self.stated:
                found |= marks.mark(apart, fact_truth(apart, self.stated, self.day))
        if self.history is not None:
            key = self.history.keys
            told = marks.histories.get(key)
            if told is None:
                told = 0
                for leaf in marks.told:
                    told |= marks.mark(leaf, self.truth(leaf))
                if len(marks.histories) >= MOST_KEPT:
                    marks.histories.clear()
                marks.histories[key] = told
            found |= told
        self._marks, self._beside = found, found | self._taken()
        self._version = marks.version

    def _of_facts(self) -> int:
        """Give the truth of every leaf about a single fact."""
        marks = self.lines.marks
        found = 0
        for name, known in self.known.items():
            kept = marks.values.get(name)
            if kept is not None:
                own = kept.get(known.value)
                found |= marks.of_value(name, known, self.day) if own is None else own
        self._read, self._found = marks.version, found
        return found

    def _taken(self) -> int:
        """Say of every drug that criteria name whether it is being given or taken."""
        marks = self.lines.marks
        given, others = self.company
        # A drug of the algorithm would stand in the history; others have to be asked for.
        found = 0
        if others is not None:
            found = marks.none_taken
        elif given is not None:
            found = marks.none_of_ours
        for drug in (*(given or ()), *(others or ())):
            shift = marks.taken.get(drug)
            if shift is not None:
                found = found & ~(2 << shift) | 1 << shift
        return found

    def value(self, name: str) -> Value | None:
        """Give a fact's value; None while it is unknown."""
        known = self.known.get(name)
        return None if known is None else known.value

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf that does not depend on an option (an inner loop)."""
        if type(leaf) is Is:
            own = self.known.get(leaf.fact)
            if own is None:
                return Truth.UNKNOWN
            return Truth.TRUE if own.value == leaf.value else Truth.FALSE
        truth = self._truths.get(leaf)
        if truth is None:
            truth = self._truths[leaf] = self._truth(leaf)
        return truth

    def _truth(self, leaf: Leaf) -> Truth:
        if isinstance(leaf, Is | Compare | Includes):
            return fact_truth(leaf, self.known, self.day)
        match leaf:
            case Ended() | RegimenEnded():
                return self._line(leaf)
            case Held():
                return Truth.UNKNOWN if self.history is None else self.history.held(leaf)
            case Apart():
                return fact_truth(leaf, self.stated, self.day)
            case OptionEvent() | TakenWith():
                return Truth.UNKNOWN
            case _:
                assert_never(leaf)

    def shown(self, name: str, known: Known) -> object:
        """Give a fact's value as JSON knows it."""
        value = known.value
        if isinstance(value, str | bool):
            return value
        if isinstance(value, Decimal) and not known.text:
            return plain_number(value)
        if name not in self._shown:
            self._shown[name] = (
                [one if isinstance(one, str) else self.told(one) for one in value]
                if isinstance(value, tuple)
                else plain_value(self.guideline, known)
            )
        return self._shown[name]

    def told(self, regimen: Regimen) -> str:
        """Say a regimen in words."""
        words = self._told.get(regimen.index)
        if words is None:
            words = self._told[regimen.index] = self.lines.reader.told(regimen)
        return words

    def _line(self, leaf: Ended | RegimenEnded) -> Truth:
        if self.history is None:
            return Truth.UNKNOWN
        if self._bounds is None:
            least = most = 0
            for one in self.history.regimens:
                purposes = (one.purpose,) if one.purpose else ("induction", "maintenance")
                outcome = one.regimen.outcome
                for end in (outcome,) if outcome else COMPLETIONS:
                    for purpose in purposes:
                        bits = self.lines.added(one, purpose, end)
                        most |= bits
                if outcome:
                    least |= self.lines.added(one, one.purpose, outcome)
            self._bounds = self.lines.vector(least), self.lines.vector(most)
        place = self.lines.places[leaf]
        if self._bounds[0][place]:
            return Truth.TRUE
        return Truth.UNKNOWN if self._bounds[1][place] else Truth.FALSE

    def _age(self) -> None:
        for name, since in self.lines.dated:
            born = self.known.get(since)
            if born is None or not isinstance(born.value, dt.date):
                continue
            years = completed_years(born.value, self.day)
            own = self.known.get(name)
            if own is None or (isinstance(own.value, Decimal) and years < own.value):
                source = Source("derived", since, detail="worked out from the date")
                self.known[name] = Known(Decimal(years), source)

    def _imply(self) -> tuple[Implication, ...]:
        """Add what follows from stated facts; give the implications that stated facts break."""
        known = self.known
        broken: list[Implication] = []
        for one in self.lines.implications:
            given = known.get(one.given)
            if given is not None and given.value is True:
                then = known.get(one.then)
                if then is None:
                    known[one.then] = one.holds
                    self.implied.append(one.said)
                elif then.value is False:
                    broken.append(one.said)
        for one in self.lines.implications:
            if one.given not in known:
                then = known.get(one.then)
                if then is not None and then.value is False:
                    known[one.given] = one.fails
        return tuple(broken)

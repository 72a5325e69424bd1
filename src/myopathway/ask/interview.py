"""Asking one question after the other until the answer is settled: the interview as values."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.ask.policy import Policy
from myopathway.ask.question import OF_REGIMEN, about, of_regimen
from myopathway.ask.settling import Settling
from myopathway.ask.ways import other_ways
from myopathway.criteria import facts_of
from myopathway.engine.factual import fact_truth
from myopathway.engine.situation import Situation
from myopathway.errors import Fault, InputError, shown
from myopathway.facts import Known, Record, checked
from myopathway.patient import Patient
from myopathway.recommendation import engine_for, recommend_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.ask.question import Question
    from myopathway.criteria import Leaf
    from myopathway.engine.cuts import Cuts
    from myopathway.engine.outcome import Answer, Missing
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline
    from myopathway.truth import Truth

TREATMENTS: Final = "treatments"
ABSENT: Final = 2  # how much more often a sign is absent than present (decision 42)


class Interview(msgspec.Struct, frozen=True):
    """A patient, and the facts that nobody could give: they are not asked for again."""

    patient: Patient
    not_known: frozenset[str] = frozenset()

    def unknown(self, fact: str) -> Interview:
        """Note that a fact is not known."""
        return msgspec.structs.replace(self, not_known=self.not_known | {fact})


class Asker:
    """Chooses questions about patients of one guideline, on one day."""

    def __init__(self, guideline: Guideline, day: dt.date) -> None:
        """Ask by this guideline; ``day`` counts where a patient states none."""
        self._guideline = guideline
        self._day = day
        self._facts = guideline.vocabulary.facts
        self._order = {name: place for place, name in enumerate(self._facts)}
        self._positions = engine_for(guideline).positions
        self._policy = Policy(_weights(self._positions.cuts))
        self._settling = Settling(guideline)
        self._ways = other_ways(guideline)

    def answer(self, interview: Interview) -> Answer:
        """Give the answer for what is known so far."""
        return recommend_on(interview.patient, self._day, self._guideline)

    def question(self, interview: Interview, *, place_only: bool = False) -> Question | None:
        """Give the question to ask next; None where nothing that matters can be asked.

        What decides the place comes first, the question with the fewest to follow leading; then
        what decides options and doses, that leading which leaves least open. Of questions that
        are worth the same the easiest is asked.
        """
        answer = self.answer(interview)
        found = {one.fact: one for one in answer.missing}
        scores = self._scores(interview, answer, found, place_only=place_only)
        candidates: list[tuple[float, int, int, Question]] = []
        for fact, score in scores.items():
            own = found[fact]
            for name in (fact, *self._ways.get(fact, ())):
                if name not in interview.not_known and not self._known(interview, name):
                    dictionary = self._facts.get(name)
                    asked = self._asked(interview, name, own) if dictionary else of_regimen(own)
                    base = name.partition("[")[0]
                    ease = self._facts[base].ease
                    candidates.append((round(score, 9), ease, self._order[base], asked))
                    break
        return min(candidates, key=lambda one: one[:3])[3] if candidates else None

    def _scores(
        self,
        interview: Interview,
        answer: Answer,
        found: dict[str, Missing],
        *,
        place_only: bool,
    ) -> dict[str, float]:
        if answer.status == "needs-information":
            situation = Situation(
                self._guideline,
                self._positions.cuts.lines,
                interview.patient.record,
                self._on(interview),
            )
            diagram = self._positions.diagram(situation)
            ranked = self._policy.ranked(diagram) if diagram is not None else []
            return {fact: score for score, fact in ranked if fact in found}
        if answer.status != "recommended" or place_only:
            return {}
        wanted = [one for one in found if one not in interview.not_known or one in self._ways]

        def learnt(fact: str, value: object) -> Answer | None:
            try:
                found = self.answer(self.learn(interview, fact, value))
            except InputError:
                return None
            # A contradiction would end the questions too, and settle nothing.
            return found if found.status == answer.status else None

        return {fact: self._settling.left(fact, learnt) for fact in wanted}

    def _on(self, interview: Interview) -> dt.date:
        stated = interview.patient.record.value("as_of")
        return stated if isinstance(stated, dt.date) else self._day

    def _known(self, interview: Interview, name: str) -> bool:
        return name in interview.patient.record.facts

    def _asked(self, interview: Interview, name: str, own: Missing) -> Question:
        instead = tuple(
            self._facts[way]
            for way in self._ways.get(name, ())
            if way not in interview.not_known and not self._known(interview, way)
        )
        return about(self._facts[name], own.decides, instead)

    def told(self, interview: Interview, question: Question, typed: str) -> Interview:
        """Take in what a person typed, as an answer or as another way to give it.

        Raises ``InputError`` where it is neither.
        """
        try:
            return self.learn(interview, question.fact, question.read(typed))
        except InputError:
            for name in question.instead:
                with contextlib.suppress(InputError):
                    return self.learn(interview, name, about(self._facts[name]).read(typed))
            raise

    def learn(self, interview: Interview, fact: str, value: object) -> Interview:
        """Take in an answer, written as a facts document does; raises ``InputError``."""
        place = fact.partition("[")[2]
        record = interview.patient.record
        known = (
            self._regimens(record, fact, value)
            if place
            else self._guideline.vocabulary.known(self._facts[fact], value)
        )
        name = fact.partition("[")[0]
        learnt = checked(Record({**record.facts, name: known}))
        patient = msgspec.structs.replace(interview.patient, record=learnt)
        return msgspec.structs.replace(interview, patient=patient)

    def _regimens(self, record: Record, fact: str, value: object) -> Known:
        index, _, key = fact.removeprefix(f"{TREATMENTS}[").partition("].")
        allowed = OF_REGIMEN[key]
        if value not in allowed:
            raise InputError([Fault(fact, f"found {shown(value)}", ", ".join(allowed))])
        regimens = tuple(
            msgspec.structs.replace(one, **{key: value}) if one.index == int(index) else one
            for one in record.regimens or ()
        )
        known = record.facts[TREATMENTS]
        return msgspec.structs.replace(known, value=regimens)


def _weights(cuts: Cuts) -> dict[str, tuple[int, ...]]:
    """Say how often each answer is to be expected, one number for each cell of a fact.

    A value of a choice is as likely as any other; a sign that is asked for is more often absent.
    """
    found: dict[str, tuple[int, ...]] = {}
    for name, cells in cuts.cells.items():
        fact = cuts.guideline.vocabulary.facts[name]
        if fact.type == "boolean" and cells:
            found[name] = tuple(1 if value is True else ABSENT for value in cells)
        elif fact.type == "choice" and cells:
            own = [leaf for leaf in cuts.leaves if facts_of(leaf) == (name,)]
            seen = [_sight(own, name, value) for value in fact.values]
            found[name] = tuple(seen.count(_sight(own, name, value)) for value in cells)
    return found


def _sight(own: Sequence[Leaf], name: str, value: Value) -> tuple[Truth, ...]:
    known = {name: Known(value)}
    return tuple(fact_truth(leaf, known, dt.date.min) for leaf in own)  # none of them reads a date

"""The smallest sets of single changes that move the place, or an option's verdict.

Sets are tried by size, every set of one size before any of the next, each by asking the one door:
so the first that reaches an aim is a smallest one. ``BUDGET`` bounds the sets of one size.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Final

from myopathway.engine.options import safety_rule
from myopathway.engine.outcome import Reason
from myopathway.errors import InputError
from myopathway.recommendation import recommend_on
from myopathway.whatif.difference import ABSENT, difference
from myopathway.whatif.moves import Move, Moves, once
from myopathway.whatif.request import changed
from myopathway.whatif.suggestion import Aim, Altered, Suggestion, Suggestions
from myopathway.whatif.words import as_is, as_would_be

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline, Node, Option, Rule
    from myopathway.patient import Patient

BUDGET: Final = 4_000
LARGEST: Final = 4
MOST_SHOWN: Final = 40
_CHANGES: Final = ("by-treatment", "with-the-disease", "not-known-yet")
LARGEST_OF_OPTION: Final = 2  # three safety facts at once tell nobody anything
_OF_VACCINE: Final = "vaccine"  # such a rule judges no option


def suggestions(patient: Patient, day: dt.date, guideline: Guideline) -> Suggestions:
    """Give every place and verdict that a few changes of facts would bring about."""
    return _Search(patient, day, guideline).suggestions()


class _Search:
    def __init__(self, patient: Patient, day: dt.date, guideline: Guideline) -> None:
        self._patient = patient
        self._day = day
        self._guideline = guideline
        self._now = recommend_on(patient, day, guideline)
        self._moves = Moves(guideline, patient.record, day)

    def suggestions(self) -> Suggestions:
        places, tried_for_places = self._places()
        verdicts, tried_for_verdicts = self._verdicts()
        now = self._now
        return Suggestions(now.status, now.node, now.possible, places, verdicts,
                           tried_for_places, tried_for_verdicts)  # fmt: skip

    def _places(self) -> tuple[tuple[Aim, ...], int]:
        """Try to settle every other node."""
        now = self._now
        wanted = [node.id for node in self._guideline.nodes if node.id != now.node]
        found: dict[str, list[tuple[tuple[Move, ...], Answer]]] = {}
        tried = 0
        for size, sets in self._sized(self._placing()):
            open_aims = {one for one in wanted if one not in found}
            if not open_aims:
                break
            tried = size
            for moves in sets:
                answer = self._answer(moves)
                if answer is not None and answer.node in open_aims:
                    found.setdefault(answer.node, []).append((moves, answer))
        before = now.node or now.status
        aims = tuple(self._aim("", before, one, found[one]) for one in wanted if one in found)
        return aims, tried

    def _verdicts(self) -> tuple[tuple[Aim, ...], int]:
        """Try to give every option of the node another verdict while the node stays."""
        if self._now.node is None:
            return (), 0
        node = self._guideline.node(self._now.node)
        verdicts = _verdicts(self._now)
        aims: list[Aim] = []
        tried: list[int] = []
        for option in (one for therapy in node.therapies for one in therapy.options):
            before = verdicts.get(option.id, ABSENT)
            found, size = self._of_option(node, option, before)
            aims += [self._aim(option.id, before, after, sets) for after, sets in found.items()]
            tried.append(size)
        return tuple(aims), min(tried, default=0)

    def _of_option(
        self, node: Node, option: Option, before: str
    ) -> tuple[dict[str, list[tuple[tuple[Move, ...], Answer]]], int]:
        rules = tuple(_rules(self._guideline, node, option))
        listed = () if option.listed is None else (option.listed,)
        criteria = (*(one.when for one in rules), *listed)
        moves = (
            *self._moves.of(criteria, option.drugs),
            *self._moves.failing([option.drugs], node.purpose),
        )
        found: dict[str, list[tuple[tuple[Move, ...], Answer]]] = {}
        tried = 0
        reachable = {one.verdict for one in rules if one.verdict} | {"offered"} | (
            {ABSENT} if listed else set())  # fmt: skip
        for size, sets in self._sized(once(moves)):
            open_aims = reachable - found.keys() - {before}
            if not open_aims or size > LARGEST_OF_OPTION:
                break
            tried = size
            for chosen in sets:
                answer = self._answer(chosen)
                if answer is None or answer.node != node.id:
                    continue
                after = _verdicts(answer).get(option.id, ABSENT)
                if after in open_aims:
                    found.setdefault(after, []).append((chosen, answer))
        return found, tried

    def _placing(self) -> tuple[Move, ...]:
        """Give the changes that the criteria of places can see."""
        guideline = self._guideline
        criteria: list[Criterion] = [part for node in guideline.nodes for part in node.when]
        criteria.append(guideline.scope.when)
        criteria += [one.when for one in guideline.conflicts]
        nodes = [guideline.node(one) for one in self._now.possible]
        failing = [
            move
            for node in nodes
            for move in self._moves.failing(
                [one.drugs for part in node.therapies for one in part.options], node.purpose
            )
        ]
        return once((*self._moves.of(criteria), *failing))

    @staticmethod
    def _sized(moves: tuple[Move, ...]) -> Iterator[tuple[int, Iterator[tuple[Move, ...]]]]:
        """Give the sets of changes by size, while there are not too many of one size."""
        for size in range(1, LARGEST + 1):
            if comb(len(moves), size) > BUDGET and size > 1:
                return
            yield (
                size,
                (
                    chosen
                    for chosen in combinations(moves, size)
                    if len({one.axis for one in chosen}) == size
                ),
            )

    def _answer(self, moves: tuple[Move, ...]) -> Answer | None:
        changes = [one.change for one in moves]
        try:
            patient = changed(self._patient, changes, self._guideline.vocabulary)
        except InputError:
            return None  # no such patient
        return recommend_on(patient, self._day, self._guideline)

    def _aim(
        self, option: str, before: str, after: str, sets: list[tuple[tuple[Move, ...], Answer]]
    ) -> Aim:
        ordered = sorted(sets, key=lambda one: _rank(one[0]))
        shown = tuple(self._suggestion(option, *one) for one in ordered[:MOST_SHOWN])
        return Aim(option, before, after, shown, len(sets) - len(shown))

    def _suggestion(self, option: str, moves: tuple[Move, ...], answer: Answer) -> Suggestion:
        found = difference(self._now, answer)
        reasons: tuple[Reason, ...] = found.place.reasons if found.place else ()
        if option:
            own = next(one for one in found.verdicts if one.option == option)
            gone = tuple(Reason(f"No longer: {one.text}", one.basis) for one in own.gone)
            reasons = own.reasons or gone
        alter = tuple(self._altered(one) for one in moves)
        return Suggestion(alter, reasons)

    def _altered(self, move: Move) -> Altered:
        change = move.change
        before = as_is(self._guideline, self._patient.record, change)
        after = as_would_be(self._guideline, change)
        return Altered(change.fact + change.path, before, after, change.written,
                       _CHANGES[move.rank])  # fmt: skip


def _rank(moves: tuple[Move, ...]) -> tuple[list[int], list[int]]:
    """Put first what can be acted on, then what is easily known."""
    return sorted((one.rank for one in moves), reverse=True), sorted(one.ease for one in moves)


def _verdicts(answer: Answer) -> dict[str, str]:
    return {option.id: option.verdict for part in answer.therapies for option in part.options}


def _rules(guideline: Guideline, node: Node, option: Option) -> Iterator[Rule]:
    """Walk the rules that judge an option: shared ones, its own, those of drug safety."""
    shared = [*guideline.rules]
    shared += [safety_rule(one) for one in guideline.safety.rules if one.effect != _OF_VACCINE]
    yield from (one for one in shared if guideline.speaks(one, node, option))
    yield from option.rules

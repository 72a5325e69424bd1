"""Each criterion by itself: it can be both, nothing known makes it true, no needless unknown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import evaluate, facts_of, leaves, unsettled
from myopathway.engine.lines import Lines
from myopathway.engine.situation import Situation
from myopathway.facts import Record
from myopathway.truth import Truth
from myopathway.verify.axes import TREATMENTS, Axis, State, axes_of
from myopathway.verify.kleene import HISTORY, every_atom
from myopathway.verify.report import Failure
from myopathway.verify.sentences import OF_OPTION, sentences_of
from myopathway.verify.space import Space, fold, merged

if TYPE_CHECKING:
    from myopathway.criteria import Criterion
    from myopathway.facts import Known
    from myopathway.guideline.model import Guideline
    from myopathway.verify.sentences import Sentence
    from myopathway.verify.space import Codes

OPEN, YES, NO = range(3)
WORDS: Final = {OPEN: "unknown", YES: "true", NO: "false"}
_CODES: Final = {Truth.UNKNOWN: OPEN, Truth.TRUE: YES, Truth.FALSE: NO}


class Criteria(msgspec.Struct):
    """What was found about all criteria: how many, over how many patients, and what is wrong."""

    looked_at: int = 0
    patients: int = 0
    vary: list[Failure] = []
    empty: list[Failure] = []
    unknown: list[Failure] = []
    engine: list[Failure] = []
    asked: list[Failure] = []


def check_criteria(guideline: Guideline) -> Criteria:
    """Walk every patient that a criterion can tell apart, for each criterion of the content.

    What a sentence says of the option judged may be so or not, whatever the facts are; the engine
    reads it where options are (``verify.choices``).
    """
    found = Criteria()
    reader = _Reader(guideline)
    for one in sentences_of(guideline):
        found.looked_at += 1
        _check(guideline, one, reader, found)
    return found


def _axes(guideline: Guideline, criteria: list[Criterion]) -> tuple[Axis, ...]:
    """Draw the axes of facts, and one for each thing that is said of the option."""
    atoms = every_atom(criteria)
    said = [atom for atom in atoms if isinstance(atom, OF_OPTION)]
    return (*axes_of(guideline, [atom for atom in atoms if atom not in said]), *map(_said, said))


def _said(atom: Criterion) -> Axis:
    states = (
        State((Truth.TRUE,), (0,), ({},)),
        State((Truth.FALSE,), (1,), ({},)),
        State((Truth.UNKNOWN,), (0, 1), ({},)),
    )
    return Axis((), (atom,), 2, states, (), 2)


def _check(guideline: Guideline, one: Sentence, reader: _Reader, found: Criteria) -> None:
    criterion = one.criterion
    conflicts = _near(guideline, criterion)
    axes = _axes(guideline, [criterion, *conflicts])
    settled, whole = Space(axes, whole=False), Space(axes, whole=True)
    found.patients += whole.size
    yes, no = settled.row(criterion)
    sound = settled.everyone
    for conflict in conflicts:
        sound &= ~settled.row(conflict)[0]
    for row, word in ((yes, WORDS[YES]), (no, WORDS[NO])):
        if not row & sound and not one.of_record:
            found.vary.append(Failure(f"{one.where}: it can never be {word}", {}))
    plan = [[state.cells for state in axis.states] for axis in axes]
    codes = fold(settled.codes([yes, no]), plan, [axis.width for axis in axes])
    true, false = whole.row(criterion)
    said = dict.fromkeys(whole.members(true), YES) | dict.fromkeys(whole.members(false), NO)
    reader.learn(axes)
    unlike: list[tuple[int, str, tuple[State, ...]]] = []
    others: list[tuple[int, str, tuple[State, ...]]] = []
    asked: list[tuple[int, str, tuple[State, ...]]] = []
    deciding = _deciding(settled, yes, no, axes)
    for number, (states, code) in enumerate(zip(whole.patients(), codes, strict=True)):
        kleene, size = said.get(number, OPEN), sum(state.size for state in states)
        settled_as = code if code in (YES, NO) else OPEN
        if kleene != settled_as and not (one.of_record and kleene == OPEN):
            unlike.append((size, _wrong(kleene, settled_as), states))
        if kleene == YES and all(Truth.UNKNOWN in state.truths for state in states):
            says = f"{one.where}: true for a patient of whom nothing is known"
            found.empty.append(Failure(says, {}))
        engine = kleene if one.of_option else reader.truth(criterion, states, number)
        if engine != kleene:
            says = f"the engine reads {WORDS[engine]}, by the sentence it is {WORDS[kleene]}"
            others.append((size, says, states))
        if not one.of_option and not one.of_record:
            wanted = {place for place, bits in enumerate(deciding) if bits[number]}
            if (open_ := reader.asked(criterion, states, number, axes)) != wanted:
                asked.append((size, _asking(axes, open_, wanted), states))
    for wrong, into in ((unlike, found.unknown), (others, found.engine), (asked, found.asked)):
        if wrong:
            _, says, states = min(wrong, key=lambda each: each[0])
            into.append(Failure(f"{one.where}: {says}", merged(states)))


def _deciding(settled: Space, yes: int, no: int, axes: tuple[Axis, ...]) -> list[Codes]:
    """Give, for each axis, 1 for every patient whose answer along it can still decide."""
    codes, found = settled.codes([yes, no]), []
    widths = [axis.width for axis in axes]
    alone = [[(cell,) for cell in range(axis.width)] for axis in axes]
    opened = [[state.cells for state in axis.states] for axis in axes]
    for place, axis in enumerate(axes):
        one = fold(codes, [*alone[:place], opened[place], *alone[place + 1 :]], widths)
        for position, code in enumerate(one):
            one[position] = int(code == (YES | NO))
        own = [(state,) for state in range(len(axis.states))]
        lengths = [*widths[:place], len(own), *widths[place + 1 :]]
        found.append(fold(one, [*opened[:place], own, *opened[place + 1 :]], lengths))
    return found


def _asking(axes: tuple[Axis, ...], asked: set[int], wanted: set[int]) -> str:
    needless = ", ".join(axes[place].facts[0] for place in sorted(asked - wanted))
    missed = ", ".join(axes[place].facts[0] for place in sorted(wanted - asked))
    return "; ".join(
        [f"asks {needless}, which decides nothing: a needless question"] * bool(needless)
        + [f"does not ask {missed}, which decides: a missed question"] * bool(missed)
    )


def _wrong(kleene: int, settled: int) -> str:
    if kleene == OPEN:
        return f"unknown, though every completion makes it {WORDS[settled]}: a needless question"
    return f"{WORDS[kleene]}, though not every completion makes it so: a missed question"


def _near(guideline: Guideline, criterion: Criterion) -> list[Criterion]:
    """Give the conflicts that read only what the criterion reads too."""
    read = {name for leaf in leaves(criterion) for name in facts_of(leaf)}
    return [
        one.when
        for one in guideline.conflicts
        if one.when != criterion
        and {name for leaf in leaves(one.when) for name in facts_of(leaf)} <= read
    ]


class _Reader:
    """The engine's own reading of the patients of a space, in all their ways of saying it."""

    def __init__(self, guideline: Guideline) -> None:
        self._guideline = guideline
        self._day = dt.date.fromisoformat(guideline.edition.date)
        past = dict.fromkeys(
            leaf
            for one in sentences_of(guideline)
            for leaf in leaves(one.criterion)
            if isinstance(leaf, HISTORY)
        )
        self._lines = Lines(guideline, past)
        self._read: dict[int, list[dict[str, Known]]] = {}

    def learn(self, axes: tuple[Axis, ...]) -> None:
        """Read the facts documents of a space once."""
        read = self._guideline.vocabulary.read
        self._read = {
            id(state): [read(way).facts for way in state.ways]
            for axis in axes
            for state in axis.states
        }

    def truth(self, criterion: Criterion, states: tuple[State, ...], number: int) -> int:
        """Give what the engine reads."""
        return _CODES[evaluate(criterion, self._situation(states, number))]

    def asked(
        self,
        criterion: Criterion,
        states: tuple[State, ...],
        number: int,
        axes: tuple[Axis, ...],
    ) -> set[int]:
        """Give the axes of the facts that the engine asks for to settle a criterion."""
        situation = self._situation(states, number)
        facts = {name for leaf in unsettled(criterion, situation) for name in facts_of(leaf)} - {
            name for name in situation.known if name != TREATMENTS
        }
        return {place for place, axis in enumerate(axes) if facts & set(axis.facts)}

    def _situation(self, states: tuple[State, ...], number: int) -> Situation:
        known: dict[str, Known] = {}
        for state in states:
            ways = self._read[id(state)]
            known.update(ways[number % len(ways)])
        return Situation(self._guideline, self._lines, Record(known), self._day)

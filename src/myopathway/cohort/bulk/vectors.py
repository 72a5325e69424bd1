"""Patients put together where one value stands alone, all agree, the newest counts or all do.

Nothing here says what a code, a status, a unit or a drug means: forms do (``known``). Whoever has
anything else stands ``apart``, to be put together by the reader's own steps.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Ints, Marks, Truths
from myopathway.cohort.bulk.form import NAMELESS
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.store import KINDS
from myopathway.facts import MOST_REGIMENS
from myopathway.fhir.plain import moment_of

if TYPE_CHECKING:
    from myopathway.cohort.bulk.known import Known
    from myopathway.cohort.bulk.lines import Lines, People
    from myopathway.intake import Intake

_PATIENT: Final = KINDS.index("Patient")
# The types of which the reader looks at the time of day.
_TIMED: Final = tuple(KINDS.index(one) for one in ("Observation", "Condition"))
# Days: what was written in different zones may be in order in spite of as many.
_NEAR: Final = 3
_FACTS: Final = 1 << 16
_DAYS: Final = 1 << 24
_NOBODY: Final = -1
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_Columns = TypeVar("_Columns", bound=msgspec.Struct)


class Given(msgspec.Struct, frozen=True):
    """Drugs given: whose, by which line, and the days of its form."""

    person: Ints
    line: Ints
    course: Ints
    drug: Ints
    start: Ints
    stop: Ints
    stopped: Ints


class Won(msgspec.Struct, frozen=True):
    """Of each fact of a patient the telling that counts, its day, and the line that tells it.

    Without a line (-1) it is the Patient.
    """

    person: Ints
    fact: Ints
    told: Ints
    day: Ints
    line: Ints


class _Groups(msgspec.Struct, frozen=True):
    """What is told of each fact of a patient: how often, on which day last, and whether as one."""

    person: Ints
    fact: Ints
    times: Ints
    last: Ints
    agree: Truths


class Together(msgspec.Struct, frozen=True):
    """The patients of a range put together.

    ``taken`` and ``apart`` are truths by patient; ``apart`` are put together elsewhere.
    """

    taken: Truths
    apart: Truths
    won: Won
    given: Given


class Vectors:
    """Puts patients together."""

    def __init__(self, known: Known, intake: Intake, *, everyone: bool) -> None:
        """Take what the forms say."""
        self._known = known
        self._today = intake.today.toordinal()
        self._everyone = everyone
        # What is closed by a complete list is closed by the reader.
        self._all_apart = intake.complete_problem_list or intake.complete_medication_list
        facts = known.facts
        self._course = facts.index("course") if "course" in facts else -1

    def together(self, people: People, lines: Lines) -> Together:
        """Put the patients of a range together, of whom these are the lines."""
        known, numbers, info = self._known, lines.numbers, self._known.info
        count = len(people.ids)
        places = numbers.form - NONE
        apart = (people.times > 1) | (people.form < 0) | known.late[people.birth - NONE]
        apart[numbers.person[info["apart"][places]]] = True
        apart[_doubled(numbers.person, numbers.mark)] = True
        listed = np.full(count, self._everyone)
        if not self._everyone:
            some = np.flatnonzero(info["names"][places] > NAMELESS)
            day = numbers.days(some, info["names"][places[some]])
            listed[numbers.person[some[day <= self._today]]] = True
        if self._all_apart:
            apart |= listed
        plain = listed & ~apart
        given = self._given(lines, plain)
        groups, won = self._won(people, lines, plain)
        apart[self._unusual(given, groups)] = True
        taken = plain & ~apart
        return Together(
            taken, apart, _some(won, taken[won.person]), _some(given, taken[given.person])
        )

    def _given(self, lines: Lines, plain: Truths) -> Given:
        """Find the drugs given."""
        numbers, info = lines.numbers, self._known.info
        line = np.flatnonzero((info["course"][numbers.form - NONE] >= 0) & plain[numbers.person])
        places = numbers.form[line] - NONE
        start, stop, stopped = (
            numbers.days(line, info[name][places]) for name in ("start", "stop", "stopped")
        )
        return Given(numbers.person[line], line, info["course"][places], info["drug"][places],
                     start, stop, stopped)  # fmt: skip

    def _unusual(self, given: Given, groups: _Groups) -> Ints:
        """Find the patients of whom numbers do not tell what the reader would say."""
        today, known, person = self._today, self._known, given.person.astype(np.int64)
        measured = known.measured[groups.fact]
        fine = (groups.times == 1) | measured | groups.agree
        ahead = (given.start > today) | (given.stop > today)
        ends = given.stop > 0
        many = np.flatnonzero(np.bincount(person) > MOST_REGIMENS)
        course = groups.person[groups.fact == self._course]
        return np.concatenate([
            groups.person[~fine | (groups.last > today)], person[ahead],
            _again(person * _DAYS + given.drug) // _DAYS,
            _again(person[ends] * _DAYS + given.stop[ends]) // _DAYS,
            many, course[np.isin(course, person)],
        ])  # fmt: skip

    def _won(self, people: People, lines: Lines, plain: Truths) -> tuple[_Groups, Won]:
        """Find of each fact of a patient what is told last."""
        known, numbers = self._known, lines.numbers
        told_of = known.told
        some = np.flatnonzero(plain[numbers.person])
        rows, told = told_of.of(numbers.form[some])
        line = some[rows]
        day = numbers.days(line, told_of.columns["date"][told])
        parts = [(numbers.person[line], told, line, day)]
        some = np.flatnonzero(plain)
        for forms in (people.form, people.birth):
            rows, told = told_of.of(forms[some])
            nothing = np.zeros(len(rows), np.int64)
            parts.append((some[rows], told, nothing + _NOBODY, nothing))
        person, told, line, day = (
            np.concatenate(part).astype(np.int64) for part in zip(*parts, strict=True)
        )
        fact = told_of.columns["fact"][told].astype(np.int64)
        key = (person * _FACTS + fact) * _DAYS + day
        order = np.argsort(key)
        key, told, line = key[order], told[order], line[order]
        group, day = np.divmod(key, _DAYS)
        first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])[: len(group)])
        times = np.diff(np.append(first, len(group)))
        final = first + times - 1
        last = day[final]
        person, fact = np.divmod(group[first], _FACTS)
        agree = self._agree(told, first, times, fact)
        # Only what lies near in time needs more than the day: the moment, then the ids.
        near = np.where(last > 0, np.maximum(last - _NEAR, 1), 0)
        is_near = day >= np.repeat(near, times)
        close = np.add.reduceat(is_near, first, dtype=np.int64) if len(first) else times
        tied = np.flatnonzero(np.repeat(close > 1, times) & is_near)
        final[close > 1] = self._newest(tied, group[tied], told, line, day, lines)
        negative = told_of.columns["negative"][told[final]].astype(bool)
        won = Won(person, fact, told[final], day[final], line[final])
        for group in np.flatnonzero((times > 1) & agree & known.listed[fact]).tolist():
            members = told[first[group] : first[group] + times[group]].tolist()
            won.told[group] = known.together(frozenset(members))
        alone = negative & ((times == 1) | ~known.measured[fact])
        return _Groups(person, fact, times, last, agree), _some(won, ~alone)

    def _agree(self, told: Ints, first: Ints, times: Ints, fact: Ints) -> Truths:
        """Say which groups of tellings say one thing, or members of a list that all stand.

        Measurements, and one alone, need not.
        """
        known = self._known
        agree = np.ones(len(first), bool)
        several = (times > 1) & ~known.measured[fact]
        some = np.flatnonzero(np.repeat(several, times))
        if len(some):
            sizes = times[several]
            starts = np.cumsum(sizes) - sizes
            columns = known.told.columns
            equal, stated, negative, nothing = (
                columns[name][told[some]] for name in ("equal", "stated", "negative", "nothing")
            )
            is_one = np.minimum.reduceat(equal, starts) == np.maximum.reduceat(equal, starts)
            is_one &= np.minimum.reduceat(stated, starts) == np.maximum.reduceat(stated, starts)
            all_stand = np.maximum.reduceat(nothing, starts) == 0
            agree[several] = np.where(known.listed[fact[several]], all_stand, is_one) & (
                np.maximum.reduceat(negative, starts) == 0
            )
        return agree

    def _newest(
        self, tied: Ints, groups: Ints, told: Ints,
        line: Ints, day: Ints, lines: Lines,
    ) -> Ints:  # fmt: skip
        """Give of each group of tellings that lie near in time the one that is the newest."""
        if not len(tied):
            return tied
        columns = self._known.told.columns
        own, said = line[tied], told[tied]
        first = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
        # What one line tells of one day is all as new: only the order of the content decides.
        order = np.lexsort((-said, columns["place"][said], groups))
        newest = tied[order[np.append(first[1:], len(tied)) - 1]]
        several = np.zeros(len(first), bool)
        for one in (own, day[tied], columns["date"][said]):
            several |= np.minimum.reduceat(one, first) != np.maximum.reduceat(one, first)
        if several.any():
            some = np.repeat(several, np.diff(np.append(first, len(tied))))
            newest[several] = self._latest(tied[some], groups[some], told, line, day, lines)
        return newest

    def _latest(
        self, tied: Ints, groups: Ints, told: Ints,
        line: Ints, day: Ints, lines: Lines,
    ) -> list[int]:  # fmt: skip
        """Give of each group of tellings of several lines the one that is the newest."""
        columns = self._known.told.columns
        own, said = line[tied], told[tied]
        by_line = own >= 0
        kinds = np.full(len(tied), _PATIENT)
        kinds[by_line] = lines.numbers.kind[own[by_line]]
        names = np.full(len(tied), "", object)
        names[by_line] = lines.ids(own[by_line]).to_pylist()
        written = np.full(len(tied), "", object)
        for use in (0, 1):
            timed = np.isin(kinds, _TIMED) & (columns["date"][said] == use)
            written[timed] = lines.written(own[timed], use)
        found: dict[int, tuple[Any, ...]] = {}
        for place, group, kind, name, when, fact, at in zip(
            tied.tolist(), groups.tolist(), kinds.tolist(), names, written, said.tolist(),
            day[tied].tolist(), strict=True,
        ):  # fmt: skip
            text = dt.date.fromordinal(at).isoformat() if at else ""
            rank = (moment_of(when, text), kind, name, int(columns["place"][fact]), -fact, place)
            if group not in found or rank > found[group]:
                found[group] = rank
        return [rank[-1] for rank in found.values()]


def _again(keys: Ints) -> Ints:
    """Give the keys that stand more than once."""
    keys = np.sort(keys)
    return keys[1:][keys[1:] == keys[:-1]]


def _doubled(person: Ints, mark: Marks) -> Ints:
    """Give the patients of whom two lines may have one id."""
    keys = (mark ^ (person.astype(np.uint64) * _ODD)) * _ODD
    again = _again(keys.view(np.int64))
    return person[np.isin(keys.view(np.int64), again)] if len(again) else person[:0]


def _some(struct: _Columns, rows: Truths) -> _Columns:
    """Give some of the rows of arrays that stand side by side."""
    return type(struct)(*(getattr(struct, name)[rows] for name in struct.__struct_fields__))

"""The rows of those who are put together by numbers: back to what the reader said."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bulk.fold import counted
from myopathway.cohort.bulk.known import HISTORY, NONE
from myopathway.cohort.bulk.lines import dates
from myopathway.cohort.bulk.store import KINDS
from myopathway.cohort.bulk.work import undated
from myopathway.cohort.cells import Words, worded
from myopathway.cohort.table import REGIMEN, SOURCE, UNREAD, arrow_schema, arrow_type, written
from myopathway.cohort.texts import WORDS, held_schema, held_type, turned
from myopathway.facts import MOST_REGIMENS
from myopathway.fhir.read import HISTORY_FROM_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.cohort.bulk.arrays import Ints
    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.known import Known
    from myopathway.cohort.bulk.lines import Lines, People
    from myopathway.cohort.bulk.vectors import Together
    from myopathway.cohort.table import Fields
    from myopathway.intake import Intake

_PATIENT: Final = KINDS.index("Patient")
_RECORDED: Final = "medication resources"
_SHOWN: Final = 5
_SOME: Final = 1 << 24
_MOST: Final = MOST_REGIMENS + 1


class Cells:
    """Makes rows of a facts table of patients that ``Vectors`` put together."""

    def __init__(self, known: Known, intake: Intake) -> None:
        """Take what the forms say."""
        self._known = known
        vocabulary = intake.guideline.vocabulary
        self._schema = held_schema(arrow_schema(vocabulary))
        self._written = {
            known.facts.index(name): written(name)
            for name, fact in vocabulary.facts.items()
            if fact.type == "grade"
        }

    def rows(self, people: People, lines: Lines, found: Together, tally: Tally) -> pa.Table:
        """Give the rows of those who are taken, in the order of their ids; count their doubts."""
        made = _Made(self._known, people, lines, found)
        columns: dict[str, Any] = {"id": made.ids}
        for fact, numbers in made.facts():
            name = self._known.facts[fact]
            columns[name] = _taken(self._known.values, numbers, self._schema.field(name).type)
            if fact in self._written:
                columns[self._written[fact]] = _taken(self._known.texts, numbers, WORDS)
        columns[HISTORY] = made.history()
        columns["occasions"] = made.occasions()
        columns["sources"] = made.sources()
        columns["unread"] = made.unread(tally)
        arrays = [
            columns[field.name] if field.name in columns else pa.nulls(made.count, field.type)
            for field in self._schema
        ]
        return pa.Table.from_arrays(arrays, schema=self._schema)


class _Made:
    """The columns of one range of patients."""

    def __init__(self, known: Known, people: People, lines: Lines, found: Together) -> None:
        """Give numbers to the rows."""
        self._known, self._lines, self._won = known, lines, found.won
        numbers = lines.numbers
        self._people = np.flatnonzero(found.taken)
        self.count = len(self._people)
        self.ids = people.ids.take(pa.array(self._people))
        self._said = (people.form[self._people], people.birth[self._people])
        row = np.cumsum(found.taken) - 1
        self._mine = np.flatnonzero(found.taken[numbers.person])
        self._row = row[numbers.person[self._mine]]
        self._won_row = row[found.won.person]
        self._has_history = np.zeros(self.count, bool)
        forms = numbers.form[self._mine] - NONE
        self._has_history[self._row[known.info["known"][forms]]] = True
        self._silent = known.info["silent"][forms]
        given = found.given
        begun = np.where(given.start > 0, given.start, given.stop)
        order = np.lexsort((given.drug, begun, given.person))
        self._given = type(given)(*(getattr(given, one)[order] for one in given.__struct_fields__))
        self._begun, self._given_row = begun[order], row[self._given.person]

    def facts(self) -> Iterator[tuple[int, Ints]]:
        """Give of each fact that is told the number of the telling in each row, -1 for none."""
        order = np.argsort(self._won.fact, kind="stable")
        facts, told = self._won.fact[order], self._won.told[order]
        ends = [*np.flatnonzero(np.diff(facts)) + 1, len(facts)] if len(facts) else []
        for start, end in pairwise([0, *ends]):
            numbers = np.full(self.count, -1, np.int64)
            numbers[self._won_row[order[start:end]]] = told[start:end]
            yield int(facts[start]), numbers

    def history(self) -> pa.Array:
        """Give the regimens."""
        given, courses = self._given, self._known.courses
        dosed = np.flatnonzero(self._known.info["dosed"][
            self._lines.numbers.form[given.line] - NONE])  # fmt: skip
        doses = np.full(len(given.line), -1)
        doses[dosed] = np.arange(len(dosed))
        texts = pa.concat_arrays([self._lines.doses(given.line[dosed]), pa.array([""])])
        own = {
            "started": dates(given.start), "stopped": dates(given.stopped),
            "dose": texts.take(pa.array(np.where(doses < 0, len(dosed), doses))),
        }  # fmt: skip
        parts = []
        for field in held_type(arrow_type(REGIMEN)):
            if field.name in own:
                parts.append(own[field.name])
            else:
                values = [getattr(one, field.name) for one in courses]
                parts.append(_taken(values, given.course, field.type))
        times = np.bincount(self._given_row, minlength=self.count)
        return pa.ListArray.from_arrays(
            _ends(times), _struct(REGIMEN, parts), mask=pa.array(~self._has_history)
        )

    def occasions(self) -> pa.Array:
        """Give the remark that a history is as recorded."""
        ones = self._has_history.astype(np.int64)
        said = _same(HISTORY_FROM_RECORD, int(ones.sum()))
        return pa.ListArray.from_arrays(_ends(ones), said)

    def sources(self) -> pa.Array:
        """Give where each fact was found: fact by fact, a history before its regimens."""
        known, won, given = self._known, self._won, self._given
        details = list(known.details)  # for others may be added meanwhile
        rank, nothing = known.facts.index(HISTORY), len(details)
        times = np.bincount(self._given_row, minlength=self.count)
        place = np.arange(len(given.line)) - np.repeat(np.cumsum(times) - times, times)
        last = np.zeros(self.count, np.int64)
        np.maximum.at(last, self._given_row, given.start)
        history = np.flatnonzero(self._has_history)
        # Three lists, one below the other: what won, histories, regimens.
        row = np.concatenate([self._won_row, history, self._given_row])
        fact = np.concatenate([won.fact, np.full(len(history) + len(given.line), rank)])
        within = np.concatenate([np.zeros(len(won.fact) + len(history), np.int64), place + 1])
        order = np.argsort((row * _SOME + fact) * _MOST + within)
        named = np.concatenate([fact[: len(won.fact) + len(history)], len(known.facts) + place])
        details += [_RECORDED, *(one.source.detail for one in known.courses)]
        detail = np.concatenate([won.told, np.full(len(history), nothing),
                                 nothing + 1 + given.course])  # fmt: skip
        day = np.concatenate([won.day, last[history], given.start])
        facts = [*known.facts, *(f"{HISTORY}[{place}]" for place in range(MOST_REGIMENS))]
        references = pa.concat_arrays([
            self._references(won.line, self._won_row), pa.repeat(pa.scalar(""), len(history)),
            self._references(given.line, self._given_row),
        ])  # fmt: skip
        inner = _struct(SOURCE, [
            _taken(facts, named[order], WORDS),
            _same("fhir", len(order)),
            references.take(pa.array(order)),
            _days(day[order]),
            _taken(details, detail[order], WORDS),
        ])  # fmt: skip
        return pa.ListArray.from_arrays(_ends(np.bincount(row, minlength=self.count)), inner)

    def _references(self, line: Ints, row: Ints) -> pa.StringArray:
        """Write type and id of lines; without one of the Patient."""
        kinds = np.full(len(line), _PATIENT)
        by_line = np.flatnonzero(line >= 0)
        kinds[by_line] = self._lines.numbers.kind[line[by_line]]
        names = pa.concat_arrays([self._lines.ids(line[by_line]), self.ids])
        place = row + len(by_line)
        place[by_line] = np.arange(len(by_line))
        prefix = pa.array([f"{kind}/" for kind in KINDS]).take(pa.array(kinds))
        return pc.binary_join_element_wise(prefix, names.take(pa.array(place)), "")

    def unread(self, tally: Tally) -> pa.Array:
        """Give what was not used or is doubtful, then what was counted by type; count it."""
        row, resource, remark = self._remarked(tally)
        muted = np.bincount(
            self._row[self._silent] * len(KINDS)
            + self._lines.numbers.kind[self._mine[self._silent]],
            minlength=self.count * len(KINDS),
        )  # fmt: skip
        some = np.flatnonzero(muted)
        reasons = list(self._known.remarks)
        said = np.full(len(some), -1)
        kinds, times = some % len(KINDS), muted[some]
        for pair in np.unique(kinds * _SOME + times).tolist():
            kind, count = divmod(pair, _SOME)
            for one in counted(KINDS[kind], count):
                said[(kinds == kind) & (times == count)] = len(reasons)
                reasons.append(one.reason)
        for kind in np.unique(kinds).tolist():
            for one in counted(KINDS[kind], 1):
                reason = one.reason.rpartition(": ")[0]
                tally.doubt(KINDS[kind], reason, times=int(times[kinds == kind].sum()))
        told = said >= 0
        rows = np.concatenate([row, (some // len(KINDS))[told]])
        order = np.argsort(rows, kind="stable")
        names = pa.concat_arrays([resource, pa.array(KINDS).take(pa.array(kinds[told]))])
        inner = _struct(UNREAD, [
            names.take(pa.array(order)),
            _taken(reasons, np.concatenate([remark, said[told]])[order], WORDS),
        ])  # fmt: skip
        return pa.ListArray.from_arrays(_ends(np.bincount(rows, minlength=self.count)), inner)

    def _remarked(self, tally: Tally) -> tuple[Ints, pa.StringArray, Ints]:
        """Give rows, resources and numbers of remarks on single resources, in their order."""
        known = self._known
        rows, found = known.remarked.of(self._lines.numbers.form[self._mine])
        parts = [(self._row[rows], self._mine[rows], found)]
        for forms in self._said:
            rows, found = known.remarked.of(forms)
            parts.append((rows, np.full(len(rows), -1), found))
        row, line, at = (np.concatenate(part).astype(np.int64) for part in zip(*parts, strict=True))
        remark = known.remarked.columns["remark"][at].astype(np.int64)
        resource = self._references(line, row)
        ranks = np.argsort(sorted(range(len(known.remarks)), key=known.remarks.__getitem__))
        order = pc.sort_indices(
            pa.table({"row": row, "resource": resource, "rank": ranks[remark]}),
            [("row", "ascending"), ("resource", "ascending"), ("rank", "ascending")],
        ).to_numpy()  # fmt: skip
        row, resource, remark = row[order], resource.take(pa.array(order)), remark[order]
        self._count(resource, remark, tally)
        return row, resource, remark

    def _count(self, resource: pa.StringArray, remark: Ints, tally: Tally) -> None:
        """Count remarks by type of resource; a remark may be made on resources of several."""
        for one in np.unique(remark).tolist():
            said = undated(self._known.remarks[one])
            some = resource.filter(pa.array(remark == one))
            for kind in KINDS:
                mine = some.filter(pc.starts_with(some, f"{kind}/"))
                if len(mine):
                    tally.doubt(kind, said, times=len(mine))
                    first = pc.select_k_unstable(mine, _SHOWN, [("", "ascending")])
                    for name in mine.take(first).to_pylist():
                        tally.doubt(kind, said, name, times=0)


def _taken(values: Sequence[Any], numbers: Ints, kind: pa.DataType) -> pa.Array:
    """Give the value of each number; null for none, -1."""
    seen = np.zeros(len(values) + 1, bool)
    seen[numbers + 1] = True
    used = np.flatnonzero(seen) - 1
    place = (np.cumsum(seen) - 1)[numbers + 1]
    found = [None if number < 0 else values[number] for number in used.tolist()]
    if kind != WORDS:
        return pa.array(found, kind).take(pa.array(place))
    words = Words()
    codes = np.array([-1 if one is None else words.place(one) for one in found], np.int32)[place]
    held = pa.array(codes, mask=codes < 0) if (codes < 0).any() else pa.array(codes)
    return pa.DictionaryArray.from_arrays(held, pa.array(words.words, pa.string()))


def _same(word: str, times: int) -> pa.DictionaryArray:
    """Give a word as often as this."""
    return worded(np.zeros(times, np.int32), [word])


def _days(days: Ints) -> pa.DictionaryArray:
    """Write days; "" for none."""
    some, places = np.unique(days, return_inverse=True)
    written = pc.fill_null(dates(some).cast(pa.string()), "")
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), written)


def _struct(fields: Fields, parts: list[pa.Array]) -> pa.StructArray:
    kinds = list(held_type(arrow_type(fields)))
    cast = [turned(part, field.type) for part, field in zip(parts, kinds, strict=True)]
    return pa.StructArray.from_arrays(cast, fields=kinds)


def _ends(counts: Ints) -> pa.Array:
    """Give where lists of these lengths begin and end."""
    return pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())

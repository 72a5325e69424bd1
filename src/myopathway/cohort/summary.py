"""What a population came to: groups and lines, questions, departures, what was not read."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.columns import UNREADABLE
from myopathway.cohort.texts import WORDS, turned, whole

_EXAMPLES: Final = 5
_INDEX: Final = re.compile(r"\[\d+\]")


class Summary(msgspec.Struct):
    """Counts over all rows, filled piece by piece."""

    rows: int = 0
    statuses: Counter[str] = msgspec.field(default_factory=Counter)
    nodes: Counter[str] = msgspec.field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    asked: Counter[str] = msgspec.field(default_factory=Counter)
    one_question: Counter[str] = msgspec.field(default_factory=Counter)
    missing: Counter[str] = msgspec.field(default_factory=Counter)
    departures: Counter[str] = msgspec.field(default_factory=Counter)
    departures_open: Counter[str] = msgspec.field(default_factory=Counter)
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    unreadable: list[str] = msgspec.field(default_factory=list)

    def add(self, table: pa.Table) -> None:
        """Count the rows of a piece."""
        self.rows += table.num_rows
        _count(self.statuses, table.column("status"))
        _count(self.nodes, table.column("node"))
        if "missing" not in table.column_names:
            return
        status, missing = _coded(whole(table.column("status"))), whole(table.column("missing"))
        waiting, placed = (pc.equal(status, one) for one in ("needs-information", "recommended"))
        alone = pc.and_(waiting, pc.equal(pc.list_value_length(missing), 1))
        for rows, counter in (
            (waiting, self.asked), (alone, self.one_question), (placed, self.missing),
        ):  # fmt: skip
            _count_facts(counter, missing.filter(rows))
        for name, counter in (
            ("departures", self.departures),
            ("departures_open", self.departures_open),
        ):
            _count(counter, pc.list_flatten(table.column(name)))
        self._count_verdicts(whole(table.column("options")).flatten())
        if pc.any(pc.is_valid(table.column("faults"))).as_py():
            self._count_faults(table.filter(pc.equal(status, UNREADABLE)))

    def _count_verdicts(self, options: pa.StructArray) -> None:
        option, verdict = (turned(options.field(name), WORDS) for name in ("option", "verdict"))
        size = max(len(verdict.dictionary), 1)
        codes = [one.indices.cast(pa.int32()) for one in (option, verdict)]
        both = pc.add(pc.multiply(codes[0], pa.scalar(size, pa.int32())), codes[1])
        words = [one.dictionary.to_pylist() for one in (option, verdict)]
        for one in pc.value_counts(both).to_pylist():
            first, second = divmod(one["values"], size)
            self.verdicts[words[0][first], words[1][second]] += one["counts"]

    def _count_faults(self, broken: pa.Table) -> None:
        for row in broken.select(["id", "faults"]).to_pylist():
            for fault in row["faults"] or ():
                self.faults[_kind(fault)] += 1
            if len(self.unreadable) < _EXAMPLES:
                self.unreadable.append(f"{row['id']}: {'; '.join(row['faults'] or ())}")


def _count(counter: Counter[str], column: Any) -> None:  # noqa: ANN401 - an Arrow column
    for one in pc.value_counts(column).to_pylist():
        if one["values"] is not None:
            counter[one["values"]] += one["counts"]


def _count_facts(counter: Counter[str], column: pa.ListArray) -> None:
    """Count what is missing, regimens by what is not recorded of them."""
    for one in pc.value_counts(column.flatten()).to_pylist():
        counter[_INDEX.sub("", one["values"])] += one["counts"]


def _coded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _kind(fault: str) -> str:
    """Leave the line out of a fault, so that equal ones are counted together."""
    begin, _, rest = fault.partition(": ")
    return rest if begin.startswith("line ") and rest else fault

"""What a population came to: groups and lines, questions, departures, what was not read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow.compute as pc

from myopathway.cohort.columns import UNREADABLE

if TYPE_CHECKING:
    import pyarrow as pa

_EXAMPLES: Final = 5


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
        waiting = table.filter(pc.equal(table.column("status"), "needs-information"))
        _count(self.asked, _facts(waiting.column("missing")))
        alone = waiting.filter(pc.equal(pc.list_value_length(waiting.column("missing")), 1))
        _count(self.one_question, _facts(alone.column("missing")))
        placed = table.filter(pc.equal(table.column("status"), "recommended"))
        _count(self.missing, _facts(placed.column("missing")))
        for name, counter in (
            ("departures", self.departures),
            ("departures_open", self.departures_open),
        ):
            _count(counter, pc.list_flatten(table.column(name)))
        options = pc.list_flatten(table.column("options"))
        pairs = pc.binary_join_element_wise(
            pc.struct_field(options, "option"), pc.struct_field(options, "verdict"), " "
        )
        for one in pc.value_counts(pairs).to_pylist():
            option, _, verdict = one["values"].rpartition(" ")
            self.verdicts[option, verdict] += one["counts"]
        broken = table.filter(pc.equal(table.column("status"), UNREADABLE))
        for row in broken.select(["id", "faults"]).to_pylist():
            for fault in row["faults"] or ():
                self.faults[_kind(fault)] += 1
            if len(self.unreadable) < _EXAMPLES:
                self.unreadable.append(f"{row['id']}: {'; '.join(row['faults'] or ())}")


def _count(counter: Counter[str], column: Any) -> None:  # noqa: ANN401 - an Arrow column
    for one in pc.value_counts(column).to_pylist():
        if one["values"] is not None:
            counter[one["values"]] += one["counts"]


def _facts(column: Any) -> Any:  # noqa: ANN401 - an Arrow column
    """Name what is missing, regimens by what is not recorded of them."""
    return pc.replace_substring_regex(pc.list_flatten(column), r"\[\d+\]", "")


def _kind(fault: str) -> str:
    """Leave the line out of a fault, so that equal ones are counted together."""
    begin, _, rest = fault.partition(": ")
    return rest if begin.startswith("line ") and rest else fault

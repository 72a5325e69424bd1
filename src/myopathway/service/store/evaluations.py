"""Writing many evaluations at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from myopathway.service.store.tables import EVALUATION

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: Final = [one.name for one in EVALUATION.columns if not one.primary_key]
_TOGETHER: Final = 64  # rows; some builds of SQLite take fewer than 1,000 values in a statement


def keep(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of evaluations.

    SQLite is handed many in one statement: row by row it would give Python's lock back for each,
    and whoever is answering would wait for it as often.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.insert(EVALUATION), rows)
        return
    for place in range(0, len(rows), _TOGETHER):
        some = rows[place : place + _TOGETHER]
        values = tuple([row[name] for row in some for name in _NAMES])
        connection.exec_driver_sql(_statement(len(some)), values)


@cache
def _statement(count: int) -> str:
    # What fails takes back the whole transaction, so SQLite need not note how to take back a part.
    row = f"({', '.join('?' * len(_NAMES))})"
    into = f"INSERT OR FAIL INTO {EVALUATION.name} ({', '.join(_NAMES)})"
    return f"{into} VALUES {', '.join([row] * count)}"

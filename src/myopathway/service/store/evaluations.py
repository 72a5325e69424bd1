"""Writing many evaluations at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa

from myopathway.service.store.tables import EVALUATION

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENCODER: Final = msgspec.json.Encoder()
_NAMES: Final = [one.name for one in EVALUATION.columns if not one.primary_key]
_ROW: Final = sa.func.json_each(sa.bindparam("rows")).table_valued("value")
_FROM_JSON: Final = sa.insert(EVALUATION).from_select(
    _NAMES, sa.select(*[sa.func.json_extract(_ROW.c.value, f"$.{name}") for name in _NAMES])
)


def keep(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of evaluations.

    SQLite is handed all of them as one document: row by row it would give Python's lock back for
    each, and whoever is answering would wait for it as often.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_FROM_JSON, {"rows": _ENCODER.encode(rows).decode()})
    else:
        connection.execute(sa.insert(EVALUATION), rows)

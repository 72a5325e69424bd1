"""Keeping evaluations: all that waited in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa

from myopathway.service.store.tables import EVALUATION

if TYPE_CHECKING:
    from collections.abc import Sequence

# SQLite lets go of the interpreter and takes it back for each row that it is handed; handed all
# rows as one text it does so once, and requests are not held up.
_COLUMNS: Final = [one.name for one in EVALUATION.columns if not one.primary_key]
_READ: Final = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(_COLUMNS)))
_OF_TEXT: Final = (
    f"INSERT INTO {EVALUATION.name} ({', '.join(_COLUMNS)})"  # noqa: S608 - names of ours alone
    f" SELECT {_READ} FROM json_each(?)"
)
_ENCODER: Final = msgspec.json.Encoder()


def keep(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to the table of evaluations, in their order; every row names every column."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.insert(EVALUATION), list(rows))
        return
    text = _ENCODER.encode([[row[name] for name in _COLUMNS] for row in rows])
    connection.exec_driver_sql(_OF_TEXT, (text.decode(),))

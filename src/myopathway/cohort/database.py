"""DuckDB, loaded where it is needed: that takes a while, and most files need none."""

from __future__ import annotations

import sys


def is_of_duckdb(error: BaseException) -> bool:
    """Say whether DuckDB raised an error."""
    loaded = sys.modules.get("duckdb")
    return loaded is not None and isinstance(error, loaded.Error)

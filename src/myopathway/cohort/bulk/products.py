"""The Medication resources of an export, on disk: they belong to no patient and may be many."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.fhir.plain import Resource

_LAST: Final = re.compile(r"[^/:]*\Z")
_TABLE: Final = "create table product (id text primary key, version text, view blob) without rowid"
# Of several versions the newest, as with every resource.
_ENTER: Final = (
    "insert into product values (?, ?, ?) on conflict (id) do update"
    " set version = excluded.version, view = excluded.view"
    " where (excluded.version, excluded.view) > (version, view)"
)


def keep(path: str, products: Iterable[tuple[str, str, bytes]]) -> None:
    """Write products (id, version, what it is) to a new file."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as store, store:
            store.execute("pragma synchronous = off")
            store.execute(_TABLE)
            store.executemany(_ENTER, products)
    except sqlite3.OperationalError as error:
        raise InputError([Fault(path, str(error), "a folder with room to write")]) from None


def named(reference: str) -> str:
    """Give the id at the end of a reference."""
    found = _LAST.search(reference.strip().partition("/_history/")[0])
    return found.group() if found else ""


class Shelf:
    """Finds products by id; with no path there are none."""

    def __init__(self, path: str) -> None:
        """Open the file for reading."""
        self._store = sqlite3.connect(f"file:{path}?mode=ro", uri=True) if path else None

    def view(self, name: str) -> bytes | None:
        """Give what a product is, as JSON; None where there is no such product."""
        if self._store is None:
            return None
        row = self._store.execute("select view from product where id = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def resource(self, name: str) -> Resource | None:
        """Give a product as a resource."""
        view = self.view(name)
        if view is None:
            return None
        return {"resourceType": "Medication", "id": name, **msgspec.json.decode(view)}

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.close()

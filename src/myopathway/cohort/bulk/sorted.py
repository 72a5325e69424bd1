"""A whole export sorted: what every worker wrote, ready to be read patient by patient."""

from __future__ import annotations

import gzip
import pickle
from collections import OrderedDict
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk.form import Form
from myopathway.cohort.bulk.found import CARRIED
from myopathway.cohort.bulk.pieces import bare
from myopathway.cohort.bulk.products import Shelf
from myopathway.cohort.bulk.runs import ROWS, decoded, row_of
from myopathway.cohort.bulk.spool import Spooled, runs_of
from myopathway.fhir.plain import as_map

if TYPE_CHECKING:
    from myopathway.cohort.bulk.runs import Run
    from myopathway.fhir.plain import Resource

_KEPT: Final = 4  # blocks
_ROW: Final = (1 << ROWS) - 1


class Sorted(msgspec.Struct, frozen=True):
    """Where the workers' runs and forms stand, in the order of the workers."""

    spools: tuple[Spooled, ...]
    forms: tuple[str, ...]
    shelf: str


class Export:
    """A sorted export, opened."""

    def __init__(self, found: Sorted) -> None:
        """Load the forms of every worker."""
        tables: list[list[Form]] = [
            # Our own file, written a moment ago in a folder of our own.
            pickle.loads(Path(path).read_bytes())  # noqa: S301
            for path in found.forms
        ]
        # As the workers number them; a number that was not given holds nothing.
        self.forms = [one for row in zip_longest(*tables, fillvalue=Form("", {})) for one in row]
        self.shelf = Shelf(found.shelf)
        self._spools = found.spools
        self._blocks: OrderedDict[int, tuple[bytes, list[Any] | None]] = OrderedDict()

    def form(self, index: int, own: object) -> Form:
        """Give the form of a resource."""
        if index == CARRIED and isinstance(own, bytes):
            # Written by ourselves, as above.
            form: Form = pickle.loads(own)  # noqa: S301
            return form
        return self.forms[index]

    def patients(self, place: int, low: str = "", high: str = "") -> dict[str, list[Run]]:
        """Give the runs of one range by patient; ``low`` and ``high`` narrow the range."""
        found: dict[str, list[Run]] = {}
        for spooled in self._spools:
            for run in runs_of(spooled, place):
                patient = run[0]
                if patient < low or (high and patient >= high):
                    continue
                if patient in found:
                    found[patient].append(run)
                else:
                    found[patient] = [run]
        return found

    def names(self, place: int) -> set[str]:
        """Give the patients of a range."""
        return {run[0] for spooled in self._spools for run in runs_of(spooled, place)}

    def original(self, place: int) -> Resource:
        """Give a resource as it stands in the export."""
        data, objects = self._block(place >> ROWS)
        resource: Resource = row_of(data, objects, place & _ROW)
        return resource

    def named(self, place: int, name: str) -> Resource:
        """Give the resource of this id that stands from a place on, in the same block."""
        data, objects = self._block(place >> ROWS)
        rows = len(data.splitlines()) if objects is None else len(objects)
        for row in range(place & _ROW, rows):
            if objects is None and name.encode() not in data.splitlines()[row]:
                continue
            resource = as_map(row_of(data, objects, row))
            if resource.get("id") == name:
                return resource
        return {}

    def _block(self, number: int) -> tuple[bytes, list[Any] | None]:
        if number not in self._blocks:
            if len(self._blocks) >= _KEPT:
                self._blocks.popitem(last=False)
            worker, own = number % len(self._spools), number // len(self._spools)
            data = _data(*self._spools[worker].blocks[own])
            self._blocks[number] = data, decoded(bare(data))
        return self._blocks[number]

    def where(self, place: int) -> str:
        """Say where a resource stands, for one that has no id."""
        number, row = place >> ROWS, place & _ROW
        path, offset, _ = self._spools[number % len(self._spools)].blocks[
            number // len(self._spools)
        ]
        name = path.replace("\\", "/").rpartition("/")[2]
        return f"{name}, resource {row + 1} after byte {offset}"


def _data(path: str, offset: int, length: int) -> bytes:
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:  # noqa: PTH123
        file.seek(offset)
        return file.read(length)

"""What one block of lines holds of one patient, handed to the spool; and where it stands.

A run is: patient, type, six values for each resource that a fact may be read from (its form, id,
two dates, the place of its line, and what else it has of its own), the ids of the others, and the
place from which on they stand. A place is the number of a block and of the line in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.cohort.bulk.pieces import Block
from myopathway.cohort.bulk.whose import patient_of

if TYPE_CHECKING:
    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.spool import Spool

Run: TypeAlias = tuple[str, str, list[Any], list[str], int]

SIX: Final = 6
ROWS: Final = 24  # bits that number the line in its block
_ROW: Final = (1 << ROWS) - 1
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Runs:
    """The runs of the present block."""

    def __init__(self, spool: Spool, tally: Tally) -> None:
        """Start before the first block."""
        self._spool = spool
        self._tally = tally
        self._plain = msgspec.json.Decoder()
        self._lost: Run = ("", "", [], [], 0)
        self._first_lost = 0
        self._block = Block("", 0, b"")
        self._objects: list[Any] | None = None

    def begin(self, block: Block) -> int:
        """Take the next block; give the place of its first line."""
        self._block, self._objects = block, None
        return self._spool.number(block) << ROWS

    def run(self, kind: str, reference: str | None, place: int) -> Run:
        """Begin a run of the patient that is referred to, at a place."""
        patient = patient_of(reference)
        if patient is None:
            if not self._lost[2] and not self._lost[3]:
                self._first_lost = place
            return self._lost
        run: Run = (patient, kind, [], [], place)
        self._spool.add(run)
        return run

    def end(self) -> None:
        """Be done with the block; count what could be given to no patient."""
        _, _, kept, rest, _ = self._lost
        if kept or rest:
            lost = len(kept) // SIX + len(rest)
            self.skip("a resource that names no patient", self._first_lost & _ROW, lost)
            kept.clear()
            rest.clear()
        self._spool.settle()

    def objects(self) -> list[Any] | None:
        """Give the block's lines as decoded JSON; None where one of them is broken."""
        if self._objects is None:
            self._objects = decoded(self._block.data)
        return self._objects

    def whole(self, place: int) -> bytes:
        """Give a resource as it stands in this block."""
        return msgspec.json.encode(row_of(self._block.data, self.objects(), place & _ROW))

    def skip(self, reason: str, row: int, times: int = 1) -> None:
        """Count what cannot be used, with its line."""
        self._tally.skip(reason, self._spool.line_of(self._block, row), times)


def decoded(data: bytes) -> list[Any] | None:
    """Decode the lines of a block; None where one of them is broken."""
    try:
        return msgspec.json.Decoder().decode_lines(data)
    except _BROKEN:
        return None


def row_of(data: bytes, objects: list[Any] | None, row: int) -> Any:  # noqa: ANN401 - plain JSON
    """Give one line of a block, decoded."""
    if objects is not None:
        return objects[row]
    return msgspec.json.decode(data.splitlines()[row].decode("utf-8", "replace"))

"""Blocks of lines in, sorted resources out; whatever cannot be read is counted with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk import shapes
from myopathway.cohort.bulk.runs import Runs
from myopathway.cohort.bulk.sifting import Sifter
from myopathway.fhir.plain import brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.pieces import Block
    from myopathway.cohort.bulk.spool import Spool, Worker
    from myopathway.fhir.codebook import CodeBook

_TYPE: Final = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ODD: Final = (*_BROKEN, ValueError, TypeError, OverflowError)


class Sorter:
    """Sorts the resources of one block after the other."""

    def __init__(self, book: CodeBook, spool: Spool, tally: Tally, worker: Worker) -> None:
        """Start without a form."""
        self._tally = tally
        self._runs = Runs(spool, tally)
        self.sifter = Sifter(book, self._runs, worker)
        self._decoders = {kind: msgspec.json.Decoder(shape) for kind, shape in shapes.OF.items()}
        self._other = msgspec.json.Decoder(shapes.Other)
        self._plain = msgspec.json.Decoder()
        self._guesses: dict[str, str] = {}

    def sort(self, block: Block) -> None:
        """Sort the resources of one block."""
        base = self._runs.begin(block)
        kind = self._guesses.get(block.path) or _peek(block)
        decoder = self._decoders.get(kind, self._other)
        try:
            found = decoder.decode_lines(block.data)
        except _BROKEN:
            found = None
        if found is None or (decoder is self._other and not self._counted(found)):
            self._slowly(block, base)
        elif decoder is not self._other:
            self._tally.resources[kind] += len(found)
            self.sifter.sift(kind, found, base)
        self._runs.end()

    def _counted(self, found: Sequence[Any]) -> bool:
        """Count resources that no fact reads; False where others stand among them."""
        types = {one.resourceType for one in found}
        if not types.isdisjoint(self._decoders) or "" in types:
            return False
        for one in found:
            self._tally.unused[brief(one.resourceType)] += 1
        return True

    def _slowly(self, block: Block, base: int) -> None:
        """Go through what is broken, mixed or unusual, one line at a time."""
        seen: dict[str, int] = {}
        for row, one in self._rows(block):
            kind = one.get("resourceType") if isinstance(one, dict) else None
            if not isinstance(kind, str) or not brief(kind):
                self._runs.skip("a line that holds no resource of a type", row)
                continue
            seen[kind] = seen.get(kind, 0) + 1
            if kind not in self._decoders:
                self._tally.unused[brief(kind)] += 1
                continue
            self._tally.resources[kind] += 1
            try:
                found = self._decoders[kind].decode(msgspec.json.encode(one))
            except _ODD:
                self.sifter.odd(kind, one, base + row)
            else:
                self.sifter.sift(kind, [found], base + row)
        if seen:
            self._guesses[block.path] = max(seen, key=lambda kind: seen[kind])

    def _rows(self, block: Block) -> Iterator[tuple[int, Any]]:
        objects = self._runs.objects()
        if objects is not None:
            yield from enumerate(objects)
            return
        for row, line in enumerate(block.data.splitlines()):
            if line.strip():
                try:
                    one = self._plain.decode(line)
                except _BROKEN:
                    self._runs.skip("a broken line: it is no JSON", row)
                else:
                    yield row, one


def _peek(block: Block) -> str:
    found = _TYPE.search(block.data, 0, 1 << 16)
    return found.group(1).decode() if found else ""

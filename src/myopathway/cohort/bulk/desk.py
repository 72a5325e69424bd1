"""Where lines that are read by themselves become rows: what the sifter says of each."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.cohort.bulk import shapes
from myopathway.cohort.bulk.dates import day_as
from myopathway.cohort.bulk.found import WHOLE, Run, sixes
from myopathway.cohort.bulk.sifting import Sifter
from myopathway.cohort.bulk.whose import patient_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.cohort.bulk.counts import Tally
    from myopathway.fhir.codebook import CodeBook

# Patient, type, id, form (None where no fact is read), two dates as written, the days that they
# mean, what else it has of its own where that is a text, and all of that, pickled.
Row: TypeAlias = tuple[
    str, str, str, int | None, str, str, str | None, str | None, str | None, bytes | None
]  # fmt: skip

_ODD: Final = (
    msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, TypeError, OverflowError,
)  # fmt: skip


class Desk:
    """Reads lines of one type, a few at a time."""

    def __init__(self, book: CodeBook, tally: Tally) -> None:
        """Start without a form."""
        self._tally = tally
        self._decoders = {kind: msgspec.json.Decoder(shape) for kind, shape in shapes.OF.items()}
        self._runs: list[Run] = []
        self._lost: Run = ("", "", [], [], 0)
        self._lines: Sequence[bytes] = ()
        self._base = 0
        self.sifter = Sifter(book, self)

    def rows(self, kind: str, lines: Sequence[bytes], base: int, where: str) -> Iterator[Row]:
        """Read lines that stand at the places from ``base`` on."""
        self._lines, self._base = lines, base
        decoder = self._decoders[kind]
        for place, line in enumerate(lines, base):
            try:
                found = decoder.decode(line)
            except _ODD:
                self._odd(kind, line, place, where)
            else:
                self.sifter.sift(kind, [found], place)
        for run in self._runs:
            yield from _rows(run)
        self._runs.clear()
        _, _, kept, rest, _ = self._lost
        if kept or rest:
            lost = len(list(sixes(kept))) + len(rest)
            self._tally.skip("a resource that names no patient", where, lost)
            kept.clear()
            rest.clear()

    def _odd(self, kind: str, line: bytes, place: int, where: str) -> None:
        try:
            resource = msgspec.json.decode(line)
        except _ODD:
            self._tally.skip("a broken line: it is no JSON", where)
        else:
            self.sifter.odd(kind, resource, place)

    def is_typed(self, kind: str, line: bytes) -> bool:
        """Say whether a line is written with the types that FHIR has."""
        try:
            self._decoders[kind].decode(line)
        except _ODD:
            return False
        return True

    def run(self, kind: str, reference: str | None, place: int) -> Run:
        """Begin a run of the patient that is referred to, at a place."""
        patient = patient_of(reference)
        if patient is None:
            return self._lost
        run: Run = (patient, kind, [], [], place)
        self._runs.append(run)
        return run

    def whole(self, place: int) -> bytes:
        """Give a resource as it stands."""
        return self._lines[place - self._base]


def _rows(run: Run) -> Iterator[Row]:
    patient, kind, kept, rest, _ = run
    for form, name, first, second, place, own in sixes(kept):
        more = pickle.dumps((place, own), pickle.HIGHEST_PROTOCOL)
        days = (None, None) if form == WHOLE else (day_as(first) or None, day_as(second) or None)
        yield (
            patient,
            kind,
            name,
            form,
            first,
            second,
            *days,
            own if isinstance(own, str) else None,
            more,
        )
    for name in rest:
        yield patient, kind, name, None, "", "", None, None, None, None

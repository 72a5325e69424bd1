"""The facts that decided the place of each row, with where and when each was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bits import bytes_of, places_of
from myopathway.cohort.cells import Words, Woven, listed, structs, worded
from myopathway.cohort.table import SOURCE

if TYPE_CHECKING:
    from myopathway.cohort.bits import Plane
    from myopathway.cohort.circuit import Gate
    from myopathway.cohort.compiled import Judging
    from myopathway.cohort.sights import Sights
    from myopathway.cohort.spots import Spots

_WORDS: Final = ("derived", "stated")
_NO_DATE: Final = ""
_FHIR: Final = "fhir"


class Deciding:
    """Makes the column: of the sources where the row has some, else stated or derived."""

    def __init__(self, judging: Judging, spots: Spots) -> None:
        """Note the facts that may decide."""
        self._judging = judging
        self._spots = spots
        self._width = max(1, 1 << (len(judging.deciding) - 1 >> 3).bit_length())
        self._reads = np.zeros((0, self._width), np.uint8)

    def column(self, sights: Sights, run: dict[Gate, Plane], numbers: np.ndarray) -> pa.Array:
        """Give the deciding facts of the rows at these spots."""
        self._learn()
        count = len(numbers)
        valued = np.zeros((count, self._width), np.uint8)
        stated = np.zeros((count, self._width), np.uint8)
        for start in range(0, len(self._judging.deciding), 8):
            part = slice(start, start + 8)
            valued[:, start // 8] = bytes_of(
                [run[one] for one in self._judging.valued[part]], count
            )
            stated[:, start // 8] = bytes_of(
                [run[one] for one in self._judging.stated[part]], count
            )
        valued &= self._reads[numbers]
        sources = sights.column("sources")
        if sources.null_count < count:
            valued[pc.is_valid(sources).to_numpy(zero_copy_only=False)] = 0
        rows, places = places_of(valued)
        own = stated[rows, places >> 3] >> (places & 7) & 1
        counts = np.bincount(rows, minlength=count)
        names = self._judging.deciding
        if sources.null_count == count:
            parts = {
                "fact": worded(places, names),
                "source": worded(own, _WORDS),
                "date": worded(np.zeros(len(places), np.int32), [_NO_DATE]),
            }
            return listed(counts, structs(parts))
        return self._with_sources(sources, numbers, (counts, places, own))

    def _with_sources(
        self, sources: pa.Array, numbers: np.ndarray, plain: tuple[np.ndarray, ...]
    ) -> pa.Array:
        """Put sources and what is merely stated into one column."""
        counts, places, own = plain
        flat = sources.flatten()
        rows = pc.list_parent_indices(sources).to_numpy()
        part = {name: flat.field(name) for name, _ in SOURCE.parts}
        fact, kind = part["fact"], part["kind"]
        known = {name: place for place, name in enumerate(self._judging.deciding)}
        bases = np.array(
            [known.get(one.partition("[")[0], -1) for one in fact.dictionary.to_pylist()], np.int64
        )
        base = bases[fact.indices.to_numpy()] if len(fact) else np.zeros(0, np.int64)
        reads = np.unpackbits(self._reads, axis=1, bitorder="little")
        kept = np.flatnonzero((base >= 0) & (reads[numbers[rows], base] > 0))
        is_fhir = pc.equal(kind, _FHIR)
        where = part["reference"]
        if not pc.all(is_fhir).as_py():
            where = pc.if_else(is_fhir, where, kind.dictionary_decode())
        woven = Woven(len(numbers))
        every = np.arange(len(numbers))
        fact_words = [*self._judging.deciding, *fact.dictionary.to_pylist()]
        source = pc.fill_null(where.take(pa.array(kept)), _NO_DATE).dictionary_encode()
        dates = Words([_NO_DATE])
        date = dates.codes(part["date"].take(pa.array(kept)), 0)
        woven.add(every, counts, {
            "fact": places, "source": own, "date": np.zeros(len(places), np.int64),
        })  # fmt: skip
        woven.add(every, np.bincount(rows[kept], minlength=len(numbers)), {
            "fact": fact.indices.to_numpy()[kept] + len(self._judging.deciding),
            "source": source.indices.to_numpy() + len(_WORDS), "date": date,
        })  # fmt: skip
        parts = {
            "fact": worded(woven.members("fact", np.int32), fact_words),
            "source": _worded(woven.members("source", np.int32), [*_WORDS], source.dictionary),
            "date": worded(woven.members("date", np.int32), dates.words),
        }
        return listed(woven.counts, structs(parts))

    def _learn(self) -> None:
        """See the spots that are new."""
        new = self._spots.all[len(self._reads) :]
        if new:
            bits = np.zeros((len(new), self._width * 8), np.bool_)
            for row, spot in enumerate(new):
                names = self._spots.reads(spot)
                bits[row, [self._judging.deciding.index(one) for one in names
                           if one in self._judging.deciding]] = True  # fmt: skip
            packed = np.packbits(bits, axis=1, bitorder="little")
            self._reads = np.concatenate([self._reads, packed])


def _worded(codes: np.ndarray, words: list[str], more: pa.Array) -> pa.DictionaryArray:
    together = pa.concat_arrays([pa.array(words, pa.string()), more])
    return pa.DictionaryArray.from_arrays(pa.array(codes), together)

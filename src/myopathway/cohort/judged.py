"""What is said of rows that are placed, as columns: options, doses, questions, departures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from myopathway.cohort.asked import BITS, KINDS, decider, names, names_of, of_regimen, rank
from myopathway.cohort.bits import bytes_of, set_bits, unpacked, words_of
from myopathway.cohort.cells import listed, structs, worded
from myopathway.cohort.compiled import STRICT
from myopathway.cohort.deciding import Deciding
from myopathway.cohort.dosing import Dosing
from myopathway.cohort.sequences import combined, distinct
from myopathway.engine.clause import STRICTNESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from myopathway.cohort.bits import Plane
    from myopathway.cohort.circuit import Gate
    from myopathway.cohort.compiled import Judging
    from myopathway.cohort.histories import Histories, History
    from myopathway.cohort.sights import Sights
    from myopathway.cohort.spots import Spots
    from myopathway.guideline.model import Guideline

_VERDICTS: Final = [name for name, place in sorted(STRICTNESS.items(), key=lambda one: one[1])
                    if place >= 0]  # fmt: skip
_LISTED: Final = 1


class Judged:
    """Runs the gates of what is said, and makes columns of their planes."""

    def __init__(
        self, guideline: Guideline, judging: Judging, spots: Spots, histories: Histories
    ) -> None:
        """Prepare what stands in the columns."""
        self._guideline = guideline
        self._judging = judging
        self._spots = spots
        self._histories = histories
        self._nodes = [node.node.id for node in judging.nodes]
        self._options = list(
            dict.fromkeys(one.id for node in judging.nodes for one in node.options)
        )
        most = len(judging.verdicts)
        self._option_at = np.zeros((len(self._nodes), most), np.int32)
        for place, node in enumerate(judging.nodes):
            for n, option in enumerate(node.options):
                self._option_at[place, n] = self._options.index(option.id)
        self._names = names(guideline)
        self._places = {name: place for place, name in enumerate(self._names)}
        self._facts = len(guideline.vocabulary.facts)
        self._ranks = {fact: self._ranked(fact) for fact in judging.asked}
        self._about: dict[tuple[int, int, int], int] = {}
        self._departures = [one.id for one in guideline.departures]
        self._dosing = Dosing(guideline, judging)
        self._deciding = Deciding(judging, spots)
        self._seen = 0
        self._node_of = np.zeros(0, np.int64)
        self._possible_of = np.zeros((0, len(self._nodes)), np.bool_)
        self._asks = np.zeros(0, np.uint64)
        self._asks_many = np.zeros(0, np.int64)
        self._asked_at = np.zeros(0, np.int64)

    def columns(self, sights: Sights, history: History, numbers: np.ndarray) -> dict[str, pa.Array]:
        """Give the columns that are judged."""
        self._learn()
        nodes = self._node_of[numbers]
        sights.tell_places(nodes, self._possible_of[numbers], self._nodes)
        run = self._judging.wired.run(sights.plane, sights.size)
        count = sights.count

        def codes(gates: Sequence[Gate]) -> np.ndarray:
            return bytes_of([run[gate] for gate in gates], count)

        most = len(self._judging.verdicts)
        verdicts = np.zeros((count, 1 << max(most - 1, 0).bit_length()), np.uint8)
        for place, gates in enumerate(self._judging.verdicts):
            verdicts[:, place] = codes(gates)
        adult = unpacked(run[self._judging.adult], count)
        return {
            "options": self._verdicts(nodes, verdicts),
            "doses": self._dosing.column(sights, nodes, verdicts, adult),
            "missing": self._missing(run, history, numbers, nodes),
            "departures": self._flagged([run[one] for one in self._judging.departures], count),
            "departures_open": self._flagged(
                [run[one] for one in self._judging.departures_open], count
            ),
            "deciding": self._deciding.column(sights, run, numbers),
        }

    def _learn(self) -> None:
        """See the spots that are new."""
        new = self._spots.all[self._seen :]
        if not new:
            return
        first, self._seen = self._seen, self._seen + len(new)
        places = {name: place for place, name in enumerate(self._nodes)}
        nodes = np.array([places[one.node] if one.node else -1 for one in new], np.int64)
        possible = np.zeros((len(new), len(self._nodes)), np.bool_)
        for row, one in enumerate(new):
            possible[row, [places[name] for name in one.possible]] = True
        self._node_of = np.concatenate([self._node_of, nodes])
        self._possible_of = np.concatenate([self._possible_of, possible])
        asks = [[self._places[ask] for ask in one.asks] for one in new]
        at = [(first + row) * len(self._names) + ask for row, own in enumerate(asks)
              if new[row].node for ask in own]  # fmt: skip
        asked = [decider(ask, order, self._facts) for own in asks for order, ask in enumerate(own)]
        self._asks = np.append(self._asks, np.array(asked, np.uint64))
        self._asks_many = np.append(self._asks_many, [len(own) for own in asks])
        self._asked_at = np.append(self._asked_at, at).astype(np.int64)

    def _verdicts(self, nodes: np.ndarray, verdicts: np.ndarray) -> pa.Array:
        at = np.flatnonzero((verdicts & _LISTED).view(np.bool_))
        width = verdicts.shape[1]  # a power of two
        rows, places = at >> width.bit_length() - 1, at & width - 1
        options = self._option_at[nodes[rows], places]
        parts = {
            "option": worded(options, self._options),
            "verdict": worded(verdicts.reshape(-1)[at] >> 1, _VERDICTS),
        }
        return listed(np.bincount(rows, minlength=len(nodes)), structs(parts))

    def _flagged(self, planes: Sequence[Plane], count: int) -> pa.Array:
        """List the departures whose planes say so."""
        rows, places = set_bits(planes, count)
        counts = np.bincount(rows, minlength=count)
        return listed(counts, worded(places, self._departures))

    def _missing(
        self, run: dict[Gate, Plane], history: History, numbers: np.ndarray, nodes: np.ndarray
    ) -> pa.Array:
        """List what decides the place, then what decides verdicts and doses, by rank."""
        count = len(numbers)
        asked = np.concatenate([self._plain(run, count), *self._of_regimens(run, history, nodes)])
        asked = np.concatenate([self._deciders(numbers), asked[self._fresh(numbers, asked)]])
        asked.sort()
        rows = (asked >> np.uint64(BITS)).view(np.int64)
        names = names_of(asked, self._facts).astype(np.int32)
        return listed(np.bincount(rows, minlength=count), worded(names, self._names))

    def _deciders(self, numbers: np.ndarray) -> np.ndarray:
        """Give what decides the place of each row; the row stands above the question."""
        begins = np.cumsum(self._asks_many) - self._asks_many
        counts = self._asks_many[numbers]
        first = begins[numbers] - np.cumsum(counts) + counts
        own = self._asks[np.repeat(first, counts) + np.arange(int(counts.sum()))]
        rows = np.repeat(np.arange(len(numbers), dtype=np.uint64) << np.uint64(BITS), counts)
        return own | rows

    def _fresh(self, numbers: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Say which questions the spot of a row does not ask already."""
        spots = numbers[(asked >> np.uint64(BITS)).view(np.int64)]
        # The spots that ask although their node is known are few: a table of their own.
        owners, names = np.divmod(self._asked_at, len(self._names))
        asking, places = np.unique(owners, return_inverse=True)
        own = np.full(self._seen, -1)
        own[asking] = np.arange(len(asking))
        asked_there = np.zeros((len(asking), len(self._names)), np.bool_)
        asked_there[places, names] = True
        some = np.flatnonzero(own[spots] >= 0)
        about = names_of(asked[some], self._facts).view(np.int64)
        fresh = np.ones(len(asked), np.bool_)
        fresh[some] = ~asked_there[own[spots[some]], about]
        return fresh

    def _plain(self, run: dict[Gate, Plane], count: int) -> np.ndarray:
        """Rank the facts that each row asks for; the row stands above the rank."""
        found: list[np.ndarray] = [np.zeros(0, np.uint64)]
        for fact, gates in self._judging.asked.items():
            asked = bytes_of([run[gate] for gate in gates], count)
            rows = np.flatnonzero((asked & ((1 << STRICT) - 1)) != 0)
            ranks = self._ranks[fact][asked[rows]]
            found.append(rows.astype(np.uint64) << np.uint64(BITS) | ranks)
        return np.concatenate(found)

    def _ranked(self, fact: str) -> np.ndarray:
        """Rank a fact for each byte that may stand in a row."""
        strict = (1 << STRICT) - 1
        return np.array(
            [rank(self._guideline, fact, byte & strict, byte >> STRICT) for byte in range(256)],
            np.uint64,
        )

    def _of_regimens(
        self, run: dict[Gate, Plane], history: History, nodes: np.ndarray
    ) -> list[np.ndarray]:
        """Rank what each row asks about its regimens."""
        if not self._judging.questions:
            return []
        asked = words_of([run[one] for one in self._judging.questions], len(nodes))
        opened = np.flatnonzero(self._histories.open[history.shapes] & (asked != 0)[history.rows])
        rows, indices = history.rows[opened], history.indices(opened)
        at = nodes[rows]
        found: list[np.ndarray] = []
        for kind in range(len(KINDS)):
            own = self._histories.asks[history.shapes[opened], at, kind] & asked[rows]
            some = np.flatnonzero(own)
            told = distinct(own[some].view(np.int64))
            both = combined([(at[some], len(self._nodes)), (told.ids, len(told.firsts))])
            ranks = np.array(
                [
                    self._rank_about(node, word, kind)
                    for node, word in zip(
                        at[some[both.firsts]].tolist(),
                        own[some[both.firsts]].tolist(),
                        strict=True,
                    )
                ],
                np.int64,
            )
            ranked = (ranks[both.ids] + of_regimen(indices[some])).astype(np.uint64)
            found.append(rows[some].astype(np.uint64) << np.uint64(BITS) | ranked)
        return found

    def _rank_about(self, node: int, asked: int, kind: int) -> int:
        key = (node, asked, kind)
        if key not in self._about:
            self._about[key] = self._judging.nodes[node].asking.rank(asked, kind)
        return self._about[key]

"""The doses that are shown of each row: of options that are not excluded, for adults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from myopathway.cohort.bits import unpacked
from myopathway.cohort.cells import Woven, listed, structs, worded
from myopathway.cohort.doses import Part, plain, weighed, whole_weight
from myopathway.cohort.options import EXCLUDED, by_weight

if TYPE_CHECKING:
    from myopathway.cohort.compiled import Judging
    from myopathway.cohort.sights import Sights
    from myopathway.guideline.model import Guideline, Option

_TENTHS = 10.0


class _Slot(NamedTuple):
    """A drug of an option at its place in a node."""

    place: int
    option: Option
    drug: str


class Dosing:
    """Works out the column of doses."""

    def __init__(self, guideline: Guideline, judging: Judging) -> None:
        """Note which drugs of which options have figures."""
        self._guideline = guideline
        self._slots = [
            [
                _Slot(place, option, drug)
                for place, option in enumerate(node.options)
                for drug in option.drugs
                if any(one.kind for one in option.doses if one.drug == drug)
            ]
            for node in judging.nodes
        ]

        self._told: dict[tuple[str, str, str, str], int] = {}

    def column(
        self, sights: Sights, nodes: np.ndarray, verdicts: np.ndarray, adult: np.ndarray
    ) -> pa.Array:
        """Give the doses; ``verdicts``: a byte an option, by its place in the node."""
        shown = (verdicts & 1 > 0) & (verdicts >> 1 < EXCLUDED) & adult[:, None]
        woven = Woven(len(nodes))
        drugs = {self._guideline.drugs[one.drug].dose_weight: one.drug
                 for slots in self._slots for one in slots}  # fmt: skip
        weights = {names: self._weight(sights, drug) for names, drug in drugs.items()}
        for place, slots in enumerate(self._slots):
            rows = np.flatnonzero(nodes == place)
            if slots and len(rows):
                self._node(weights, rows, shown[rows], slots, woven)
        told = woven.members("told", np.int32)
        names = np.array(list(self._told), dtype=object).reshape(-1, 4)
        parts: dict[str, pa.Array] = {}
        for n, name in enumerate(("option", "drug", "kind", "unit")):
            words = list(dict.fromkeys(names[:, n].tolist()))
            codes = np.array([words.index(one) for one in names[:, n]], np.int32)
            parts[name] = worded(codes[told], words)
        low, high = (woven.members(name, np.int64) / _TENTHS for name in ("low", "high"))
        capped = woven.members("capped", np.bool_)
        return listed(
            woven.counts,
            structs(
                {
                    "option": parts["option"], "drug": parts["drug"], "kind": parts["kind"],
                    "low": pa.array(low), "high": pa.array(high),
                    "unit": parts["unit"], "capped": pa.array(capped),
                }
            ),
        )  # fmt: skip

    def _node(
        self,
        weights: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]],
        rows: np.ndarray,
        shown: np.ndarray,
        slots: list[_Slot],
        woven: Woven,
    ) -> None:
        found: list[tuple[np.ndarray, int, Part]] = []
        for slot in slots:
            own = shown[:, slot.place]
            if not by_weight(slot.option, slot.drug):
                found += self._parts(slot, own, plain(slot.option, slot.drug))
                continue
            steps, known = weights[self._guideline.drugs[slot.drug].dose_weight]
            there = known[rows]
            parts = weighed(slot.option, slot.drug, steps[rows])
            found += self._parts(slot, own & there, parts)
            found += self._parts(slot, own & ~there, plain(slot.option, slot.drug))
        if not found:
            return
        there = np.zeros((len(rows), 1 << (len(found) - 1).bit_length()), np.bool_)
        for place, (mask, _, _) in enumerate(found):
            there[:, place] = mask
        at = np.flatnonzero(there)
        width = there.shape[1]
        own, places = at >> width.bit_length() - 1, at & width - 1
        values: dict[str, np.ndarray] = {
            "told": np.array([told for _, told, _ in found], np.int32)[places]
        }
        for name, kind in (("low", np.int64), ("high", np.int64), ("capped", np.bool_)):
            table = np.empty((len(found), len(rows)), kind)
            for place, (_, _, part) in enumerate(found):
                table[place] = getattr(part, name)
            values[name] = table[places, own]
        woven.add(rows, np.bincount(own, minlength=len(rows)), values)

    def _parts(
        self, slot: _Slot, own: np.ndarray, parts: list[Part]
    ) -> list[tuple[np.ndarray, int, Part]]:
        return [
            (own, self._told.setdefault((slot.option.id, slot.drug, part.kind, part.unit),
                                        len(self._told)), part)
            for part in parts
        ]  # fmt: skip

    def _weight(self, sights: Sights, drug: str) -> tuple[np.ndarray, np.ndarray]:
        """Give, in whole steps, the first weight known of those by which a drug is dosed."""
        weight: Any = np.zeros(sights.count)
        known = np.zeros(sights.count, np.bool_)
        for name in reversed(self._guideline.drugs[drug].dose_weight):
            values, there = sights.number(name)
            own = unpacked(there, sights.count)
            weight = np.where(own, values, weight)
            known |= own
        return whole_weight(weight), known

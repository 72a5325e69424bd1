"""A space of patients: every combination of the states of its axes, and truth tables over it."""

from __future__ import annotations

import sys
from array import array
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from myopathway.truth import Truth
from myopathway.verify.kleene import row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from myopathway.criteria import Criterion
    from myopathway.verify.axes import Axis, State
    from myopathway.verify.kleene import Row
    from myopathway.verify.report import Facts

Codes: TypeAlias = "array[int]"
"""One number for each patient of a space, its bits the outcomes that are possible."""
Plan: TypeAlias = "Sequence[Sequence[tuple[int, ...]]]"
"""For each axis, the places along it that each place of the result draws together."""


class Space:
    """Patients in a row, the last axis turning fastest; ``whole`` with what is not known."""

    def __init__(self, axes: Sequence[Axis], *, whole: bool) -> None:
        """Span the space of these axes, of settled states alone or of all."""
        self.axes = tuple(axes)
        self.states = [axis.states if whole else axis.states[: axis.width] for axis in axes]
        self.size = prod(len(one) for one in self.states)
        self.everyone = (1 << self.size) - 1
        self._atoms = {
            atom: (place, index)
            for place, axis in enumerate(axes)
            for index, atom in enumerate(axis.atoms)
        }
        self._rows: dict[Criterion, Row] = {}

    def row(self, criterion: Criterion) -> Row:
        """Say for whom a criterion is true, and for whom false."""
        found = self._rows.get(criterion)
        if found is None:
            found = self._rows[criterion] = row(criterion, self._atom, self.everyone)
        return found

    def _atom(self, criterion: Criterion) -> Row | None:
        where = self._atoms.get(criterion)
        if where is None:
            return None
        place, index = where
        inner = prod(len(one) for one in self.states[place + 1 :])
        outer = prod(len(one) for one in self.states[:place])
        truths = [state.truths[index] for state in self.states[place]]

        def bits(wanted: Truth) -> int:
            return int("".join("01"[one is wanted] * inner for one in truths) * outer, 2)

        found = self._rows[criterion] = bits(Truth.TRUE), bits(Truth.FALSE)
        return found

    def patients(self) -> Iterator[tuple[State, ...]]:
        """Walk the patients in their order."""
        return product(*self.states)

    def members(self, row: int) -> list[int]:
        """Give the places of the patients of a row."""
        return [place for place, bit in enumerate(format(row, f"0{self.size}b")) if bit == "1"]

    def codes(self, rows: Sequence[int]) -> Codes:
        """Write several rows as one number a patient: row n is its bit n."""
        planes = []
        for start in (0, 8):
            plane = 0
            for bit, one in enumerate(rows[start : start + 8]):
                marked = format(one, f"0{self.size}b").encode().replace(b"0", b"\0")
                plane |= int.from_bytes(marked.replace(b"1", bytes([1 << bit])), "big")
            planes.append(plane.to_bytes(self.size, "big"))
        both = bytearray(2 * self.size)
        both[0::2], both[1::2] = planes
        codes = array("H")
        codes.frombytes(bytes(both))
        if sys.byteorder == "big":  # pragma: no cover - the low plane was written first
            codes.byteswap()
        return codes


def fold(codes: Codes, plan: Plan, widths: Sequence[int]) -> Codes:
    """Draw places together along each axis: what any of them allows is allowed.

    ``widths`` are the lengths of the axes of ``codes``.
    """
    for places, width in zip(plan, widths, strict=True):
        inner = len(codes) // width
        parts = [
            int.from_bytes(codes[place * inner : (place + 1) * inner].tobytes(), "big")
            for place in range(width)
        ]
        # The axis just folded becomes the innermost; after all, the order is the old one.
        turned = array("H", bytes(2 * inner * len(places)))
        for place, cells in enumerate(places):
            joined = 0
            for cell in cells:
                joined |= parts[cell]
            column = array("H")
            column.frombytes(joined.to_bytes(2 * inner, "big"))
            turned[place :: len(places)] = column
        codes = turned
    return codes


def merged(states: Iterable[State]) -> Facts:
    """Give the facts document that says the states of several axes, in the shortest way."""
    found: Facts = {}
    for state in states:
        found |= state.given
    return found

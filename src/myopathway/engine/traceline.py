"""What is fixed of a criterion that a trace shows."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from myopathway.engine.marks import Test
from myopathway.engine.outcome import Step
from myopathway.truth import Truth


class Line(msgspec.Struct, frozen=True, eq=False):
    """One criterion that a trace shows: its words, the id behind it, the facts it reads.

    ``shift`` is the place of a leaf's marks. ``ways``: several ways to state one thing, of which
    those that are known are shown; ``fixed``: where it reads no fact of its own, the step for
    each truth.
    """

    test: Test
    words: str
    basis: str
    shift: int = 0
    facts: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    ways: tuple[Line, ...] = ()
    fixed: dict[Truth, Step] | None = None


Plan: TypeAlias = tuple[Line, ...]

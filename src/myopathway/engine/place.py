"""Where a patient stands, and what would decide it."""

from __future__ import annotations

import msgspec


class Decider(msgspec.Struct, frozen=True):
    """An unknown fact that can change the place, and the nodes that it separates."""

    fact: str
    separates: tuple[str, ...]


class Place(msgspec.Struct, frozen=True, eq=False):
    """The nodes that stay possible, in the guideline's order, and what would decide."""

    possible: tuple[str, ...]
    deciders: tuple[Decider, ...]

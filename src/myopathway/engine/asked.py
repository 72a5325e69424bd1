"""What a rule that is not settled asks, and of which facts."""

from __future__ import annotations

import msgspec


class Wanted(msgspec.Struct, frozen=True, cache_hash=True):
    """A fact that could make an option's verdict stricter, and how strict."""

    fact: str
    option: str
    strictness: int


class Asked(msgspec.Struct, frozen=True, eq=False):
    """What an unsettled rule asks: in words ("" where it has none), and which facts.

    ``worth``: the answer could matter. A rule of the history asks for facts elsewhere, regimen by
    regimen.
    """

    worth: bool
    words: str
    wanted: tuple[Wanted, ...]

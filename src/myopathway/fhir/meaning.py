"""What one code says of one fact."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from myopathway.facts import Coding, Fact, Value

# A value, how it is shown, and whether it is the negative result of a test.
Said: TypeAlias = tuple[Value, str, bool]

_MOST_SAID: Final = 1_000  # values, of each code


class Meaning(msgspec.Struct, frozen=True):
    """What one code says of one fact; without a coding the fact is stated outright.

    ``order`` is the place among the fact's codings. Without a fact it is a code of our own
    system that cannot be read here, and ``detail`` says why. ``said`` holds what plain values
    said before.
    """

    fact: Fact | None
    coding: Coding | None
    detail: str
    order: int = 0
    said: dict[tuple[object, ...], Said] = {}

    def remember(self, key: tuple[object, ...], said: Said) -> None:
        """Keep what a plain value says, for the next record that says the same."""
        if len(self.said) >= _MOST_SAID:
            self.said.clear()
        self.said[key] = said

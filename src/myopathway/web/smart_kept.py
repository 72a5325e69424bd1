"""What the server keeps of a launch for a while: under a name nobody guesses, never for long."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST: Final = 2_000


class Kept(Generic[T]):
    """Values by a random name, each until its time is over; the oldest make room for new ones."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        """Keep nothing yet; ``clock`` gives seconds."""
        self._clock = clock
        self._most = most
        self._values: dict[str, tuple[float, T]] = {}

    def put(self, value: T, seconds: float, name: str = "") -> str:
        """Keep a value and give its name, a new random one where none is given."""
        self._forget()
        while len(self._values) >= self._most:
            self._values.pop(next(iter(self._values)))
        name = name or secrets.token_urlsafe(32)
        self._values[name] = (self._clock() + seconds, value)
        return name

    def get(self, name: str) -> T | None:
        """Give a value, None when there is none or its time is over."""
        found = self._values.get(name)
        if found is None or found[0] <= self._clock():
            return None
        return found[1]

    def take(self, name: str) -> T | None:
        """Give a value and forget it: it cannot be had a second time."""
        value = self.get(name)
        self._values.pop(name, None)
        return value

    def _forget(self) -> None:
        now = self._clock()
        for name in [one for one, (until, _) in self._values.items() if until <= now]:
            del self._values[name]

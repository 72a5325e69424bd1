"""A line of JSON taken apart: where each scalar stands, and the keys that lead to it."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import msgspec

Span: TypeAlias = tuple[int, int]

_TOKEN: Final = re.compile(
    rb'"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|([{}\[\],:])'
)
_HOLDER: Final = 4  # the group of what holds the others together


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """A text (without its quotes), number or word in a line, and the keys that lead to it."""

    path: tuple[Any, ...]
    start: int
    end: int
    is_text: bool


class Parts:
    """``scalars`` in their order, and ``members``: where the value of each key of the line is.

    ``is_fine`` is False where a key stands twice, which readers see differently.
    """

    def __init__(self, line: bytes) -> None:
        """Take a line apart that is known to be JSON."""
        self.scalars: list[Scalar] = []
        self.members: dict[str, Span] = {}
        self.is_fine = True
        self._path: list[Any] = []  # of each object and list that is open the key or place
        self._keys: list[set[bytes] | None] = []  # of each object its keys so far
        self._awaits_key = False
        self._start = 0
        for token in _TOKEN.finditer(line):
            if token.lastindex == _HOLDER:
                self._hold(token)
            elif self._awaits_key:
                self._key(token.group(1))
            else:
                span = token.span(1) if token.lastindex == 1 else token.span()
                self.scalars.append(Scalar(tuple(self._path), *span, token.lastindex == 1))
                self._end(*token.span())

    def _hold(self, token: re.Match[bytes]) -> None:
        sign = token.group()
        if sign in b"{[":
            if len(self._keys) == 1:
                self._start = token.start()
            self._awaits_key = sign == b"{"
            self._keys.append(set() if self._awaits_key else None)
            self._path.append(None if self._awaits_key else 0)
        elif sign in b"}]":
            self._awaits_key = False
            self._keys.pop()
            self._path.pop()
            self._end(self._start, token.end())
        elif sign == b",":
            self._awaits_key = self._keys[-1] is not None
            if not self._awaits_key:
                self._path[-1] += 1

    def _key(self, key: bytes) -> None:
        seen = self._keys[-1]
        if seen is None or key in seen or b"\\" in key:
            self.is_fine = False
        else:
            seen.add(key)
        self._path[-1] = key.decode()
        self._awaits_key = False

    def _end(self, start: int, end: int) -> None:
        if len(self._keys) == 1:
            self.members[self._path[0]] = (start, end)

"""What was written before, to be shown again: so many pieces, then it begins anew."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_MOST: Final = 20_000


class Kept(dict[_Key, _Value], Generic[_Key, _Value]):
    """Pieces by what they depend on."""

    def __init__(self, most: int = _MOST) -> None:
        """Keep ``most`` pieces at a time."""
        super().__init__()
        self._most = most

    def keep(self, key: _Key, value: _Value) -> _Value:
        """Keep a piece, and give it."""
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value

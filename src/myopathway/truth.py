"""Three truth values, after Kleene: an unknown fact is not a false one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable


class Truth(Enum):
    """True, false or unknown; it refuses to be used as a bool, so callers must compare."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # truths are keys in inner loops; the enum's own hash is slow

    def __bool__(self) -> NoReturn:
        """Refuse: ``if truth:`` would read unknown as true."""
        msg = "a Truth has three values: compare it with Truth.TRUE, FALSE or UNKNOWN"
        raise TypeError(msg)

    @staticmethod
    def of(value: bool | None) -> Truth:  # noqa: FBT001 - the value is the subject here
        """Give the truth of a stated yes or no; None is unknown."""
        if value is None:
            return Truth.UNKNOWN
        return Truth.TRUE if value else Truth.FALSE


_T, _F, _U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

NOT = {_T: _F, _F: _T, _U: _U}


def all_of(values: Iterable[Truth]) -> Truth:
    """Give the conjunction: false if one is false, else unknown if one is unknown."""
    result = _T
    for value in values:
        if value is _F:
            return _F
        if value is _U:
            result = _U
    return result


def any_of(values: Iterable[Truth]) -> Truth:
    """Give the disjunction: true if one is true, else unknown if one is unknown."""
    result = _F
    for value in values:
        if value is _T:
            return _T
        if value is _U:
            result = _U
    return result


def at_least(count: int, values: Iterable[Truth]) -> Truth:
    """Say whether ``count`` or more of the values are true; unknown while they may be."""
    surely = possibly = 0
    for value in values:
        surely += value is _T
        possibly += value is not _F
    if surely >= count:
        return _T
    return _U if possibly >= count else _F

"""What an export holds of one patient, before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

# Patient, type, six values for each resource that a fact may be read from (``Kept``), the ids of
# the others, and the place from which on they stand.
Run: TypeAlias = tuple[str, str, list[Any], list[str], int]
# The number of a form (or WHOLE), id, two dates as written, place, and what else is its own.
Kept: TypeAlias = tuple[int, str, str, str, int, Any]

# In the place of a form: the resource itself is carried along.
WHOLE: Final = -1
# In the place of a form: it is carried along, since there are too many to keep.
CARRIED: Final = -2
_PATIENT: Final = "Patient"


class Found(msgspec.Struct, gc=False):
    """``silent`` counts, by type, the resources that no fact is read from.

    ``doubled`` says that an id may stand more than once: ``runs`` tell.
    """

    id: str
    runs: list[Run]
    people: list[Kept]
    kept: list[Kept]
    indexes: list[int]
    silent: dict[str, int]
    doubled: bool


def found_of(patient: str, runs: list[Run]) -> Found:
    """Sort the runs of one patient."""
    people: list[Kept] = []
    kept: list[Kept] = []
    indexes: list[int] = []
    silent: dict[str, int] = {}
    names: list[str] = []
    for _, kind, six, rest, _ in runs:
        if kind == _PATIENT:
            people += sixes(six)
            continue
        if six:
            kept += sixes(six)
            indexes += six[::6]
            names += six[1::6]
        if rest:
            silent[kind] = silent.get(kind, 0) + len(rest)
            names += rest
    return Found(patient, runs, people, kept, indexes, silent, len(set(names)) < len(names))


def doubles(found: Found) -> dict[tuple[str, str], bool]:
    """Give the resources that stand more than once, and whether their versions may differ."""
    versions: dict[tuple[str, str], list[object]] = {}
    for _, kind, six, rest, _ in found.runs:
        for index, name, first, second, _, own in sixes(six):
            versions.setdefault((kind, name), []).append((index, first, second, own))
        for name in rest:
            versions.setdefault((kind, name), []).append(None)
    return {
        key: any(one != group[0] for one in group)
        for key, group in versions.items()
        if len(group) > 1 and key[1]
    }


def sixes(flat: list[Any]) -> Iterable[Kept]:
    """Give what a run keeps, resource by resource."""
    values = iter(flat)
    return zip(values, values, values, values, values, values, strict=True)

"""Faults to be planted in the compiler of the cohort: where, what, and what stands instead."""

from __future__ import annotations

from typing import Any

from myopathway.cohort import doses as cohort_doses
from myopathway.cohort import expressions as sql
from myopathway.cohort.places import Places

NOTHING = sql.truth(value=True)
COMPARE: Any = sql.compare
PUT: Any = Places._put
FAULTS: dict[str, tuple[Any, str, Any]] = {
    "an unknown is taken for true": (
        sql, "surely", lambda part: sql.no(sql.surely_not(part))),
    "an unknown is taken for false": (
        sql, "unknown", lambda part: sql.case([(sql.surely_not(part), sql.truth(value=True))],
                                              sql.truth(value=False))),
    "one for all": (sql, "both", lambda parts: sql.either(parts) if parts else NOTHING),
    "a bound belongs to the other side": (
        sql, "compare", lambda left, relation, right: COMPARE(
            left, {"<": "<=", ">=": ">"}.get(relation, relation), right)),
    "doses are rounded down": (
        cohort_doses.Amount, "rounded", cohort_doses.Amount.rounded_down),
    "ceilings are rounded up": (
        cohort_doses.Amount, "rounded_down", cohort_doses.Amount.rounded),
    "a day is a year more": (
        sql, "minus", lambda left, right: sql.plus([left, right])),
    "an open regimen adds nothing": (
        Places, "_put", lambda self, test, told, read: PUT(
            self, test, type(told)(told.sure, [], told.alike), read)),
}  # fmt: skip

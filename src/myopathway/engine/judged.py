"""The judgement of an option, and what is fixed for it."""

from __future__ import annotations

import msgspec

from myopathway.engine.asked import Wanted
from myopathway.engine.clause import Clause
from myopathway.engine.marks import Test
from myopathway.engine.outcome import Reason, Verdict
from myopathway.engine.sight import Sight


class Judged(msgspec.Struct, frozen=True, eq=False):
    """An option's verdict, the reasons behind it, and what could make it stricter.

    ``parts`` are the reasons in order, a clause where its words depend on the history; where they
    depend on none, ``reasons`` holds them ready. ``cites`` are bits of the bibliography.
    """

    verdict: Verdict
    cites: int
    parts: tuple[Clause | Reason, ...]
    reasons: tuple[Reason, ...] | None
    wanted: tuple[Wanted, ...]
    of_history: tuple[Clause, ...]


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """What is fixed for one option of one node: the rules that speak of it, what they see.

    ``own`` are the option's own words. ``kept`` remembers the judgement of what was seen before.
    """

    clauses: tuple[Clause, ...]
    sight: Sight
    listed: Test | None
    own: tuple[Reason, ...]
    kept: dict[int, Judged]

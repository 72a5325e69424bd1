"""What is known of every row on its day: stated facts, the age by date of birth, what follows.

The columns: ``n`` (the row), ``day``, ``f_<fact>`` (known), ``s_<fact>`` (stated, where a date
may change it), ``y_<date>`` (completed years since a date), ``broken`` (bits of the implications
that stated facts break).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.expressions import WORD
from myopathway.criteria import (
    Apart,
    Compare,
    Ended,
    Held,
    Includes,
    Is,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from myopathway.cohort.expressions import Sql
    from myopathway.cohort.leaves import Leaves
    from myopathway.criteria import Leaf
    from myopathway.guideline.model import Guideline

DAY: Final = "as_of"
_MONTH: Final = 100


def known_facts(
    guideline: Guideline, day: dt.date, table: str, also: Iterable[str] = ()
) -> exp.Select:
    """Select what is known of each row of a facts table; ``also`` names columns to pass on."""
    stated = {
        name: sql.col(name) for name, fact in guideline.vocabulary.facts.items() if name != DAY
    }
    today = sql.first_of([sql.col(DAY), sql.cast(sql.text(day.isoformat()), "DATE")])
    known = dict(stated)
    more: dict[str, Sql] = {}
    for name, fact in guideline.vocabulary.facts.items():
        if fact.from_date:
            years = completed_years(stated[fact.from_date], today)
            more[f"y_{fact.from_date}"] = years
            more[f"s_{name}"] = stated[name]
            known[name] = _lower(stated[name], sql.cast(years, "DOUBLE"))
    more["broken"] = _implied(guideline, known)
    columns = [
        *(sql.named(sql.col(one), one) for one in also),
        sql.named(today, "day"),
        *(sql.named(value, f"f_{name}") for name, value in known.items()),
        *(sql.named(value, name) for name, value in more.items()),
    ]
    return exp.select(*columns, copy=False).from_(exp.to_table(table))


def completed_years(born: Sql, day: Sql) -> Sql:
    """Count the completed years between two days; null where one is."""

    def within(one: Sql) -> Sql:
        months = sql.times(sql.call("month", one.copy()), sql.num(_MONTH))
        return sql.plus([months, sql.call("day", one.copy())])

    years = sql.minus(sql.call("year", day.copy()), sql.call("year", born.copy()))
    early = sql.compare(within(day), "<", within(born))
    short = sql.case([(sql.surely(early), sql.num(1))], sql.num(0))
    return sql.minus(years, short)


def _lower(stated: Sql, years: Sql) -> Sql:
    """Give the lower of the two ages, or the one that is known."""
    fewer = sql.surely(sql.compare(years.copy(), "<", stated.copy()))
    return sql.case(
        [(sql.unknown(stated.copy()), years.copy()), (fewer, years.copy())], stated.copy()
    )


def _implied(guideline: Guideline, known: dict[str, Sql]) -> Sql:
    """Add what follows to what is known, in the order of the content; give what is broken."""
    broken: list[Sql] = []
    for place, one in enumerate(guideline.implications):
        given, then = known[one.given].copy(), known[one.then].copy()
        clash = sql.both([sql.surely(given), sql.surely_not(then)])
        broken.append(sql.case([(clash, sql.num(1 << place))], sql.num(0)))
        follows = sql.case([(sql.surely(given.copy()), sql.truth(value=True))])
        known[one.then] = sql.first_of([then.copy(), follows])
    for one in guideline.implications:
        given, then = known[one.given].copy(), known[one.then].copy()
        follows = sql.case([(sql.surely_not(then), sql.truth(value=False))])
        known[one.given] = sql.first_of([given, follows])
    return sql.plus(broken)


class FactsRow:
    """A row as a criterion about a patient sees it, in SQL; regimens are read elsewhere."""

    def __init__(self, leaves: Leaves) -> None:
        """See the columns of a row."""
        self.leaves = leaves

    def leaf(self, leaf: Leaf) -> Sql:
        """Give the condition for a leaf: true, false or null."""
        match leaf:
            case Is(fact=fact, value=value):
                own = sql.col(f"f_{fact}")
                if isinstance(value, bool):
                    return own if value else sql.no(own)
                return sql.equal(own, sql.text(value))
            case Compare(fact=fact, relation=relation, bound=bound):
                limit = sql.cast(sql.num(str(bound)), "DOUBLE")
                return sql.compare(sql.col(f"f_{fact}"), relation, limit)
            case Includes(fact=fact):
                word, bit = divmod(self.leaves.member(fact, leaf), WORD)
                return sql.has(sql.col(f"m_{fact}_{word}"), 1 << bit)
            case Apart(fact=fact, since=since, by=by):
                gap = sql.call("abs", sql.minus(sql.col(f"s_{fact}"), sql.col(f"y_{since}")))
                return sql.compare(gap, ">", sql.cast(sql.num(str(by)), "DOUBLE"))
            case Ended() | RegimenEnded() | Held() | OptionEvent() | TakenWith():
                return sql.truth(None)
            case _:
                assert_never(leaf)

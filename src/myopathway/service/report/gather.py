"""Gathering a report from the store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from myopathway.service.report.values import CardLine, Report, RuleLine
from myopathway.service.store.tables import EVALUATION, FEEDBACK

if TYPE_CHECKING:
    from myopathway.service.report.values import Period
    from myopathway.service.store import Store

_NO_REASON: Final = "no reason given"
_OWN: Final = EVALUATION.c
_Key = tuple[str, str, str]


def gather(store: Store, period: Period) -> Report:
    """Gather what the audit holds of a period."""
    with store.database.reading() as connection:
        fired, before, last = _rules(connection, period)
        median, slowest = _speed(connection, period)
        return Report(
            period=period,
            evaluations=_evaluations(connection, period),
            contents=_contents(connection, period),
            median_ms=median,
            slowest_ms=slowest,
            cards=_cards(connection, period),
            unknown_cards=_unknown(connection, period),
            rules_fired=len(fired),
            stopped=tuple(
                RuleLine(rule, count, last[rule])
                for rule, count in sorted(before.items())
                if rule not in fired
            ),
        )


def _within(period: Period, column: sa.Column[float]) -> sa.ColumnElement[bool]:
    return sa.and_(column >= period.begin, column < period.end)


def _evaluations(connection: sa.Connection, period: Period) -> dict[str, int]:
    query = (
        sa.select(_OWN.service, _OWN.outcome, sa.func.count())
        .where(_within(period, _OWN.at))
        .group_by(_OWN.service, _OWN.outcome)
        .order_by(_OWN.service, _OWN.outcome)
    )
    return {f"{service}: {outcome}": count for service, outcome, count in connection.execute(query)}


def _contents(connection: sa.Connection, period: Period) -> tuple[str, ...]:
    columns = _OWN.version, _OWN.content_hash
    query = sa.select(*columns).where(_within(period, _OWN.at)).distinct().order_by(*columns)
    return tuple(f"{version} {digest}" for version, digest in connection.execute(query))


def _speed(connection: sa.Connection, period: Period) -> tuple[float | None, float | None]:
    """Give the median and the time that 99 of 100 stay below, in milliseconds."""
    within = _within(period, _OWN.at)
    count = connection.execute(sa.select(sa.func.count()).where(within)).scalar_one()
    if not count:
        return None, None
    times = sa.select(_OWN.microseconds).where(within).order_by(_OWN.microseconds).limit(1)
    found = [
        connection.execute(times.offset(int(count * part))).scalar_one() for part in (0.5, 0.99)
    ]
    return found[0] / 1000, found[1] / 1000


def _cards(connection: sa.Connection, period: Period) -> tuple[CardLine, ...]:
    shown: dict[str, Counter[_Key]] = {
        outcome: Counter() for outcome in ("card", "silent", "acknowledged", "decided")
    }
    grouped = (_OWN.service, _OWN.node, _OWN.indicator)
    query = (
        sa.select(_OWN.outcome, *grouped, sa.func.count())
        .where(_within(period, _OWN.at), _OWN.outcome.in_(list(shown)))
        .group_by(_OWN.outcome, *grouped)
    )
    for outcome, service, node, indicator, count in connection.execute(query):
        shown[outcome][service, node or "", indicator or ""] += count
    told: dict[_Key, Counter[str]] = {}
    why: dict[_Key, Counter[str]] = {}
    for key, outcome, reason, count in _told(connection, period):
        told.setdefault(key, Counter())[outcome] += count
        if outcome == "overridden":
            why.setdefault(key, Counter())[reason or _NO_REASON] += count
    keys = sorted({*(key for one in shown.values() for key in one), *told})
    return tuple(
        CardLine(
            *key,
            shown=shown["card"][key] + shown["decided"][key],
            accepted=told.get(key, Counter())["accepted"],
            changed=told.get(key, Counter())["changed"],
            overridden=told.get(key, Counter())["overridden"],
            why=dict(why.get(key, Counter()).most_common()),
            silent=shown["silent"][key],
            repeated=shown["acknowledged"][key],
        )
        for key in keys
    )


def _told(connection: sa.Connection, period: Period) -> list[tuple[_Key, str, str | None, int]]:
    """Count the cards that were accepted or overridden, by the last reason that was given."""
    last = (
        sa.select(FEEDBACK.c.card, FEEDBACK.c.outcome, sa.func.max(FEEDBACK.c.id).label("id"))
        .where(_within(period, FEEDBACK.c.at))
        .group_by(FEEDBACK.c.card, FEEDBACK.c.outcome)
        .subquery()
    )
    grouped = (_OWN.service, _OWN.node, _OWN.indicator, FEEDBACK.c.outcome, FEEDBACK.c.reason)
    query = (
        sa.select(*grouped, sa.func.count())
        .join(last, last.c.id == FEEDBACK.c.id)
        .join(EVALUATION, _OWN.card == FEEDBACK.c.card)
        .group_by(*grouped)
    )
    return [
        ((service, node or "", indicator or ""), outcome, reason, count)
        for service, node, indicator, outcome, reason, count in connection.execute(query)
    ]


def _unknown(connection: sa.Connection, period: Period) -> int:
    query = sa.select(sa.func.count()).where(
        _within(period, FEEDBACK.c.at), FEEDBACK.c.own.is_(sa.false())
    )
    return int(connection.execute(query).scalar_one())


def _rules(
    connection: sa.Connection, period: Period
) -> tuple[Counter[str], Counter[str], dict[str, str]]:
    """Count how often each rule fired in the period and before it, and its last day before."""
    fired, before = Counter[str](), Counter[str]()
    last: dict[str, float] = {}
    counted = sa.func.count(), sa.func.max(_OWN.at)
    for target, within in (
        (fired, _within(period, _OWN.at)),
        (before, _OWN.at < period.begin),
    ):
        query = sa.select(_OWN.rules, *counted).where(within).group_by(_OWN.rules)
        for rules, count, at in connection.execute(query):
            for rule in rules.split():
                target[rule] += count
                if target is before:
                    last[rule] = max(at, last.get(rule, 0.0))
    days = {rule: dt.datetime.fromtimestamp(at, dt.UTC).date() for rule, at in last.items()}
    return fired, before, {rule: day.isoformat() for rule, day in days.items()}

"""A report for people: plain lines and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.words import day, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.service.report.values import CardLine, Report

_HEAD: Final = (
    "service", "place", "tier", "shown", "accepted", "changed", "overridden", "no word", "silent",
    "repeated",
)  # fmt: skip
_WORDS: Final = 3  # columns that are words, not numbers
_GAP: Final = "  "


def report_text(report: Report) -> str:
    """Write a report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    since, until = (day(one.isoformat()) for one in (report.period.since, report.period.until))
    yield f"Audit from {since} to {until} (UTC)"
    yield ""
    total = sum(report.evaluations.values())
    yield f"Evaluations: {total}"
    for name, count in report.evaluations.items():
        yield f"  {name}: {count}"
    if report.median_ms is not None and report.slowest_ms is not None:
        times = f"median {report.median_ms:.1f} ms, 99 of 100 within {report.slowest_ms:.1f} ms"
        yield f"  time: {times}"
    for content in report.contents:
        yield f"  content: {content}"
    yield ""
    yield "Cards"
    if report.cards:
        yield from _table([_HEAD, *(_row(one) for one in report.cards)])
    else:
        yield "  none"
    for one in report.cards:
        if one.why:
            told = listed(f"{reason} ({count})" for reason, count in one.why.items())
            yield f"  {one.service} {one.node or '-'} {one.indicator} overridden: {told}"
    if report.unknown_cards:
        yield f"  Feedback on cards that were not issued here: {report.unknown_cards}"
    yield ""
    yield f"Rules that fired: {report.rules_fired}"
    if report.stopped:
        yield "Rules that fired before and not in this period:"
        for rule in report.stopped:
            last = f"last on {day(rule.last_day)}"
            yield f"  {rule.rule}: {rule.fired_before} times before, {last}"
    else:
        yield "No rule that fired before has stopped firing."


def _row(one: CardLine) -> tuple[str, ...]:
    silence = max(0, one.shown - one.accepted - one.changed - one.overridden)
    counts = (
        one.shown, one.accepted, one.changed, one.overridden, silence, one.silent, one.repeated,
    )  # fmt: skip
    return (one.service, one.node or "-", one.indicator or "-", *(str(each) for each in counts))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (
            text.ljust(width) if place < _WORDS else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {_GAP.join(cells)}".rstrip()

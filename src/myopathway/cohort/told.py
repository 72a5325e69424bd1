"""The summary of a population as a text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from myopathway.cohort.run import Done
    from myopathway.guideline.model import Guideline

_MOST = 12


def told(done: Done, guideline: Guideline) -> str:
    """Say what a population came to."""
    return "\n".join(_lines(done, guideline))


def _lines(done: Done, guideline: Guideline) -> Iterator[str]:
    summary = done.summary
    if done.read is not None:
        read = done.read
        found, outside = read.patients, read.outside
        yield f"Read {_many(read.files, 'file')}: {_many(found, 'patient')}, of whom"
        yield f"  {outside} without the disease and without a stated subtype: not listed"
        for skipped in read.skipped:
            where = f" ({', '.join(skipped.examples)})" if skipped.examples else ""
            yield f"  skipped {skipped.count}: {skipped.reason}{where}"
        if read.unused:
            kinds = ", ".join(f"{count} {kind}" for kind, count in read.unused.items())
            yield f"  of types that no fact reads: {kinds}"
        doubts = sum(one.count for one in read.unread)
        if doubts:
            yield f"  set aside or in doubt {doubts}"
            for doubt in read.unread[:_MOST]:
                yield f"    {doubt.count}: {doubt.reason}"
            if len(read.unread) > _MOST:
                yield f"    {sum(one.count for one in read.unread[_MOST:])}: for other reasons"
    yield _many(summary.rows, "row")
    yield from _table(summary.statuses, summary.rows, "  ")
    if any(summary.nodes[node.id] for node in guideline.nodes):
        yield "Where they stand"
    for node in guideline.nodes:
        if summary.nodes[node.id]:
            yield f"  {summary.nodes[node.id]:>9}  {node.id:<13} {node.title}"
    yield from _section("Asked for before anything can be said", summary.asked, summary.rows)
    yield from _section("One question away from an answer", summary.one_question, summary.rows)
    yield from _section("Asked for beside an answer", summary.missing, summary.rows)
    if guideline.departures and summary.departures.total() + summary.departures_open.total():
        yield "Departures (and where it is not known)"
        for one in guideline.departures:
            sure, open_ones = summary.departures[one.id], summary.departures_open[one.id]
            if sure or open_ones:
                yield f"  {sure:>9} {f'(+{open_ones})':>12}  {one.id}: {one.says}"
    if summary.faults:
        yield "Could not be read (status error)"
        yield from _table(summary.faults, 0, "  ")
        yield from (f"    {one}" for one in summary.unreadable)


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _section(title: str, counts: Counter[str], rows: int) -> Iterator[str]:
    if counts:
        yield title
        yield from _table(counts, rows, "  ")


def _table(counts: Counter[str], rows: int, indent: str) -> Iterator[str]:
    for name, count in counts.most_common(_MOST):
        share = f" {100 * count / rows:5.1f} %" if rows else ""
        yield f"{indent}{count:>9}{share}  {name}"
    if len(counts) > _MOST:
        rest = counts.total() - sum(count for _, count in counts.most_common(_MOST))
        yield f"{indent}{rest:>9}  others"

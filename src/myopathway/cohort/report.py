"""The HTML report of a population: one file that opens offline, with plots and their numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from myopathway.cohort.plots import bars, flow, table
from myopathway.wholefile import write_whole

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from myopathway.cohort.run import Done, Job
    from myopathway.guideline.model import Guideline

_MOST: Final = 15
_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } svg { width: 100%; height: auto; }
table { border-collapse: collapse; margin: .5rem 0; } th { text-align: left; }
td, th { padding: .15rem 1rem .15rem 0; vertical-align: top; border-bottom: 1px solid #8886; }
figure { margin: 1rem 0; } .small { font-size: .875rem; }
@media print { details { display: block; } }
"""


def write_report(path: Path, done: Done, job: Job) -> None:
    """Write the report beside its place and put it there; raises ``InputError`` if it cannot."""
    write_whole(path, report(done, job.intake.guideline, job.source).encode())


def report(done: Done, guideline: Guideline, source: str) -> str:
    """Give the report as HTML."""
    body = "\n".join(_parts(done, guideline, source))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Population report</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _parts(done: Done, guideline: Guideline, source: str) -> Iterator[str]:
    summary = done.summary
    edition = guideline.edition
    yield f"<h1>Population report</h1><p>{summary.rows} rows of {escape(source)}.</p>"
    statuses = summary.statuses.most_common()
    yield "<h2>Answers</h2>"
    yield _figure(bars("Answers by status", statuses, summary.rows), ("status", "rows"), statuses)
    groups = [(one.id, one.title) for one in guideline.groups]
    ends = [(one.id, one.group, one.id, summary.nodes[one.id]) for one in guideline.nodes]
    yield "<h2>From group to line</h2><p>Rows with one place only.</p>"
    rows = [(one.id, one.title, summary.nodes[one.id]) for one in guideline.nodes]
    yield _figure(flow("From group to line", groups, ends), ("node", "title", "rows"), rows)
    for title, counts in (
        ("What keeps the place open", summary.asked),
        ("One question away from an answer", summary.one_question),
        ("Not known beside an answer", summary.missing),
    ):
        yield from _counted(title, counts, guideline, summary.rows)
    yield "<h2>Departures</h2><p>What is known to depart. Where it is not known, no departure is"
    yield "counted; the table says how often that is.</p>"
    sure = [(one.id, summary.departures[one.id]) for one in guideline.departures]
    told = [
        (one.id, one.says, ", ".join(one.cites), summary.departures[one.id],
         summary.departures_open[one.id])
        for one in guideline.departures
    ]  # fmt: skip
    head = ("departure", "what", "rests on", "rows", "not known")
    yield _figure(bars("Departures", sure, summary.rows), head, told)
    yield from _unread(done)
    sources = "; ".join(f"{one.title} ({one.publisher}, {one.url})" for one in edition.sources)
    yield (
        f'<p class="small">{escape(edition.title)}, {escape(edition.version)}, content'
        f" {guideline.content_hash[:12]}. Read in our own words from: {escape(sources)}."
        f" {escape(edition.intended_use)}</p>"
    )


def _counted(title: str, counts: Counter[str], guideline: Guideline, total: int) -> Iterator[str]:
    if not counts:
        return
    facts = guideline.vocabulary.facts
    rows = counts.most_common(_MOST)
    told = [(name, facts[name].question if name in facts else "", count) for name, count in rows]
    yield f"<h2>{escape(title)}</h2>"
    yield _figure(bars(title, rows, total), ("fact", "question", "times"), told)


def _unread(done: Done) -> Iterator[str]:
    summary = done.summary
    if summary.faults:
        yield "<h2>Rows that could not be read</h2>"
        yield table(("fault", "times"), summary.faults.most_common(_MOST))
    if done.read is not None and done.read.skipped:
        yield "<h2>Skipped in the record</h2>"
        rows = [(one.reason, one.count, ", ".join(one.examples)) for one in done.read.skipped]
        yield table(("reason", "times", "first"), rows)


def _figure(plot: str, head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    numbers = table(head, rows)
    return f"<figure>{plot}<details><summary>Numbers</summary>{numbers}</details></figure>"

"""What every reading page is made of: its frame, criteria as lists, citations as links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.guideline.pages.markdown import anchor, code, link, page, spot, table, text
from myopathway.guideline.pages.wording import Wording, worded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline

SAYS: Final = "What it says"
READS: Final = "What the machine reads"
BEHIND: Final = "Behind it"
SOURCES: Final = {"A": "algorithm", "T": "approach text", "AT": "both"}
_NOTE: Final = (
    "<!-- Generated from the loaded guideline by python -m myopathway.guideline.generate;"
    " edit the content, not this page. -->"
)


def framed(title: str, *parts: str) -> str:
    """Give a page with its title, the way back, and the note that it is generated."""
    return page(_NOTE, f"# {text(title)}", "[All pages](README.md)", *parts)


def node_file(name: str) -> str:
    """Name the page of a node."""
    return f"{name.replace('.', '-')}.md"


def node_link(guideline: Guideline, name: str) -> str:
    """Link a node by its title."""
    return link(guideline.node(name).title, node_file(name))


def reads(guideline: Guideline, criterion: Criterion) -> str:
    """Say in a table cell what the machine reads from a criterion, terms opened."""
    return listed(worded(guideline, criterion))


def listed(wording: Wording) -> str:
    """Show a wording as nested lists that fit into a table cell."""
    line = text(_capital(wording.text))
    if wording.term:
        name = f"terms.md#{anchor(wording.term)}"
        line = (
            f"**{line}** ([{text(wording.term)}]({name})): **{'yes' if wording.holds else 'no'}**"
        )
    parts = wording.parts
    if wording.term and len(parts) == 1:
        # A term that is opened: what it means goes on the same line, its parts below.
        line += f", that is: {text(parts[0].text)}" if not parts[0].term else ""
        parts = parts if parts[0].term else parts[0].parts
    members = "".join(f"<li>{listed(part)}</li>" for part in parts)
    return f"{line}<ul>{members}</ul>" if members else line


def cited(guideline: Guideline, cites: Iterable[str], *, here: bool = False) -> str:
    """Link statements, interpretations and rows (``here``: to this page's own section)."""
    found = []
    for one in cites:
        where = "statements.md" if one in guideline.statements else "interpretations.md"
        if one in guideline.safety.ledger:
            where = "safety.md"
        found.append(f"[{code(one)}]({'' if here else where}#{anchor(one)})")
    return "<br>".join(found)


def works(numbers: Iterable[int]) -> str:
    """Link works by their numbers."""
    return ", ".join(f"[{number}](references.md#{reference_anchor(number)})" for number in numbers)


def reference_anchor(number: int) -> str:
    """Give the anchor of a work on the page of references."""
    return f"reference-{number}"


def behind(guideline: Guideline, cites: Iterable[str]) -> str:
    """Say what each statement and interpretation says that a page rests on."""
    rows = []
    for one in dict.fromkeys(cites):
        statement = guideline.statements.get(one)
        target = f"statements.md#{anchor(one)}"
        if statement is not None:
            cells = [text(statement.says), SOURCES[statement.source], works(statement.cites)]
        else:
            reading = guideline.interpretations[one]
            target = f"interpretations.md#{anchor(one)}"
            cells = [f"{text(reading.title)}: {text(reading.says)}", "our reading", ""]
        rows.append([f"{spot(one)}[{code(one)}]({target})", *cells])
    return page("## Behind this page", table(["Id", "It says", "From", "Works"], rows)).rstrip()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

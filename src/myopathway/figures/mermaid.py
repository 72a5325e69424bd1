"""The pathway as Mermaid text, for those who write or review a guideline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.figures.places import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.figures.places import Part
    from myopathway.guideline.model import Guideline


def pathway_mermaid(guideline: Guideline) -> str:
    """Write the groups, lines and options of the content as a Mermaid flow chart."""
    return "\n".join(_written(guideline)) + "\n"


def _written(guideline: Guideline) -> Iterator[str]:
    edition = guideline.edition
    yield f"%% {edition.title} {edition.version}, content {guideline.content_hash}"
    yield "flowchart LR"
    for place, row in enumerate(rows(guideline, None)):
        yield f'  subgraph g{place}["{_text(row.title)}"]'
        names = []
        for one in row.places:
            name = "n_" + "".join(sign if sign.isalnum() else "_" for sign in one.id)
            told = "<br/>".join((f"<b>{_text(one.heading)}</b>", *map(_part, one.parts)))
            yield f'    {name}["{told}"]'
            names.append(name)
        if len(names) > 1:
            yield f"    {' --> '.join(names)}"
        yield "  end"


def _part(part: Part) -> str:
    named = [f"{one.title} ({one.words})" if one.words else one.title for one in part.choices]
    joint = " " if part.label.endswith("of") else ": "
    return _text(f"{part.label}{joint}") + (" or<br/>".join(map(_text, named)) or _text(part.text))


def _text(text: str) -> str:
    """Keep Mermaid from reading a text as anything but text."""
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, code)
    return text

"""The first page: which guideline this is, where it goes, and how to read and edit it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from myopathway.guideline.pages.markdown import code, link, page, spot, table, text
from myopathway.guideline.pages.parts import BEHIND, SAYS, cited, node_file
from myopathway.guideline.schema import FILES

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline, Node

_HOW: Final = """\
Every page sets what the guideline **says**, in our own words, beside what the machine **reads**
from it. Nothing in the second column is copied from the content files: it is said back from what
was parsed, with every term opened, so that the two columns are double entry. A reviewer asks two
things of each line: does the first column say what the cited statement says, and does the second
mean what the first says?

- A fact that is not known is **unknown**, never false. A line that needs it then neither holds nor
  fails, and the patient may still be in any place that is left open.
- `Interstitial lung disease: no` means that it was stated, or follows from what was stated; it is
  not the same as nothing being known.
- *By the first of these that is known* means that the first one that was stated settles the line.
- A verdict of **excluded** comes before **caution**, caution before **favoured**, and that before
  merely offered. A rule without a verdict is only said.
- Doses are worked out here for an adult of 70 kg as an example. The engine works them out for the
  patient, and not at all for a child, for an excluded option, or without the weight that they need.
- Ids such as `severe.1.core` are statements of the sources, ids such as `G-RELAPSE` our readings of
  them; a number is a work that the sources cite."""

_EDIT: Final = """\
The content lies in [src/myopathway/content](../../src/myopathway/content); one claim is one line.
`make guideline` loads it strictly, with file and line for every fault, and writes these pages and
the schemas in [docs/schema](../schema). An editor that understands YAML schemas then completes and
checks while you type. In VS Code, with the YAML extension of Red Hat, put this into your own
settings (Preferences: Open Workspace Settings (JSON)):

```json
{
  "yaml.schemas": {
@@SETTINGS@@
  }
}
```

In any editor with the YAML language server, a first line such as this does the same for one file:

```yaml
# yaml-language-server: $schema=../../../../docs/schema/node.schema.json
```

Do not commit that line. The schema knows the keys and the sentences; the loader also knows the
order of the keys, the dose sentences word by word, and whether every statement is carried."""

_PAGES: Final = {
    "terms.md": "what each term means in facts",
    "rules.md": "shared rules, notices, limits, contradictions",
    "drugs.md": "names, classes, codes and advice of the drugs",
    "facts.md": "everything that can be said of a patient",
    "interpretations.md": "how ambiguous sentences are read",
    "statements.md": "the ledger: every statement of the sources, and where it is carried",
    "references.md": "the works that the sources cite",
}


def index_page(guideline: Guideline, pages: dict[str, str] | None = None) -> str:
    """Give the first page; ``pages`` are further pages with what each is about."""
    edition = guideline.edition
    sources = [
        f"- {text(one.title)}: {text(one.publisher)}, <{one.url}>" for one in edition.sources
    ]
    evidence = [[text(one.text), cited(guideline, one.cites)] for one in edition.evidence]
    links = [
        f"- [{name.removesuffix('.md')}]({name}): {about}"
        for name, about in {**_PAGES, **(pages or {})}.items()
    ]
    return page(
        "<!-- Generated from the loaded guideline by python -m myopathway.guideline.generate;"
        " edit the content, not this page. -->",
        f"# {text(edition.title)}",
        f"Edition {text(edition.version)} of {text(edition.date)} ({code(edition.id)}).",
        text(edition.intended_use),
        "## Sources",
        "\n".join(sources),
        "## What holds for the whole topic",
        table([SAYS, BEHIND], evidence),
        "## Groups",
        table(["Group", SAYS, BEHIND], _groups(guideline)),
        "## Places in the pathway",
        table(["Place", "Group", "Line", SAYS, "Options"], _nodes(guideline)),
        "## Everything else",
        "\n".join(links),
        "## How to read these pages",
        _HOW,
        "## How to edit the content",
        _EDIT.replace("@@SETTINGS@@", _settings(guideline)),
    )


def _settings(guideline: Guideline) -> str:
    """Map each schema to its files, one line each, as an editor's settings want it."""
    lines = []
    for name, (files, _) in FILES.items():
        places = [files.replace("<drug>", drug) for drug in guideline.drugs]
        kept = [_from_the_root(place) for place in dict.fromkeys(places)]
        value = json.dumps(kept[0] if len(kept) == 1 else kept)
        lines.append(f'    "./docs/schema/{name}.schema.json": {value}')
    return ",\n".join(lines)


def _from_the_root(place: str) -> str:
    """Give a place as seen from the checkout; what may lie anywhere stays as it is."""
    return place if place.startswith("**/") else f"src/myopathway/content/{place}"


def _groups(guideline: Guideline) -> list[list[str]]:
    return [
        [f"{spot(f'group-{group.id}')}**{text(group.title)}**<br>{code(group.id)}",
         text(group.says), cited(guideline, group.cites)]
        for group in guideline.groups
    ]  # fmt: skip


def _nodes(guideline: Guideline) -> list[list[str]]:
    return [
        [
            f"{link(node.title, node_file(node.id))}<br>{code(node.id)}",
            text(node.group),
            "" if node.line is None else str(node.line),
            text(node.says),
            _options(guideline, node),
        ]
        for node in guideline.nodes
    ]


def _options(guideline: Guideline, node: Node) -> str:
    parts = []
    for therapy in node.therapies:
        drugs = [
            " with ".join(guideline.drugs[name].title for name in option.drugs)
            for option in therapy.options
        ]
        parts.append(f"**{therapy.role}** {text(', '.join(drugs) or 'no drug')}")
    return "<br>".join(parts)

"""Changes of what a record is read by: codes, their rows and values, drug names and classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.mutation import mutant
from bench.mutation.mutant import CONTENT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.mutation.mutant import Mutant

_LISTS = re.compile(
    r"(icd10|icd10cm|snomed|loinc|atc|rxnorm|synonyms|classes|dose_weight): \[(.*?)\]"
)
_FLAGS = {
    "problem_list": None, "judgement": None, "background": None, "combines": None,
    "supplement": None, "doubt": None, "from_date": None, "within_days": None, "changes": None,
}  # fmt: skip


def mutants() -> Iterator[Mutant]:
    for name in ("drugs.yaml", "facts.yaml"):
        path = CONTENT / name
        text = (ROOT / path).read_text()
        lines = text.splitlines(keepends=True)
        owner = ""
        for number, line in enumerate(lines):
            if line.startswith("#"):
                continue
            if re.match(r"  [\w-]+:\n" if name == "drugs.yaml" else r"\w+:\n", line):
                owner = line.strip().rstrip(":")
            for what, new in in_line(line):
                whole = "".join([*lines[:number], new, *lines[number + 1 :]])
                yield mutant.changed(path, number + 1, f"{owner}: {what}", text, whole, "record")


def in_line(line: str) -> Iterator[tuple[str, str]]:
    """Say what can be changed in one line, and the line that comes of it."""
    for found in _LISTS.finditer(line):
        items = [one for one in found[2].split(", ") if one]
        for item in items:
            left = ", ".join(one for one in items if one != item)
            yield f"{found[1]} {item} dropped", _put(line, found.span(2), left)
            if found[1] not in ("classes", "dose_weight"):
                other = _other(item)
                new = ", ".join(other if one == item else one for one in items)
                yield f"{found[1]} {item} becomes {other}", _put(line, found.span(2), new)
    if found := re.search(r"row: ([A-Z]+-)(\d+)", line):
        other = f"{found[1]}{int(found[2]) % 30 + 1:02}"
        yield (
            f"row {found[1]}{found[2]} becomes {other}",
            _put(line, (found.start(1), found.end(2)), other),
        )
    if found := re.search(r"value: ([\w-]+)", line):
        other = "anti-sae" if found[1].startswith("anti-") else "polymyositis"
        other = "latent" if found[1] == "active" else other
        if other != found[1]:
            yield f"value {found[1]} becomes {other}", _put(line, found.span(1), other)
    if found := re.match(r"    *(low|high|ease): (\d+)\n|.*(within_days): (\d+)", line):
        key, value = found[1] or found[3], found[2] or found[4]
        span = found.span(2 if found[2] else 4)
        for other in (int(value) + 1, int(value) - 1):
            if other >= 0:
                yield f"{key} {value} becomes {other}", _put(line, span, str(other))
    if re.match(r"      - [^:]+\n", line):
        yield f"dropped: {line.strip()}", ""
    if found := re.match(r"\s+(\w+): ", line):
        if found[1] in _FLAGS:
            yield f"dropped: {line.strip()[:60]}", ""
        if found[1] == "unit":
            yield f"{line.strip()} becomes another", re.sub(r"unit: .*", "unit: mg", line)


def _other(item: str) -> str:
    """Give another code of the same form: its last digit one higher, or another word."""
    places = list(re.finditer(r"\d", item))
    if not places:
        return f"{item}x"
    last = places[-1]
    return item[: last.start()] + str((int(last[0]) + 1) % 10) + item[last.end() :]


def _put(line: str, span: tuple[int, int], new: str) -> str:
    return line[: span[0]] + new + line[span[1] :]

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
_FLAGS = (
    "problem_list", "judgement", "background", "combines", "supplement", "doubt", "from_date",
    "within_days", "changes",
)  # fmt: skip


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
    for listed in _LISTS.finditer(line):
        items = [one for one in listed[2].split(", ") if one]
        for item in items:
            rest = ", ".join(one for one in items if one != item)
            yield f"{listed[1]} {item} dropped", _put(line, listed.span(2), rest)
            if listed[1] not in ("classes", "dose_weight"):
                other = _other(item)
                new = ", ".join(other if one == item else one for one in items)
                yield f"{listed[1]} {item} becomes {other}", _put(line, listed.span(2), new)
    if row := re.search(r"row: (([A-Z]+-)(\d+))", line):
        other = f"{row[2]}{int(row[3]) % 30 + 1:02}"
        yield f"row {row[1]} becomes {other}", _put(line, row.span(1), other)
    if value := re.search(r"value: ([\w-]+)", line):
        other = "anti-sae" if value[1].startswith("anti-") else "polymyositis"
        other = "latent" if value[1] == "active" else other
        if other != value[1]:
            yield f"value {value[1]} becomes {other}", _put(line, value.span(1), other)
    if number := re.search(r"\b(low|high|ease|within_days): (\d+)", line):
        for near in (int(number[2]) + 1, int(number[2]) - 1):
            if near >= 0:
                what = f"{number[1]} {number[2]} becomes {near}"
                yield what, _put(line, number.span(2), str(near))
    if re.match(r"      - [^:]+\n", line):
        yield f"dropped: {line.strip()}", ""
    if key := re.match(r"\s+(\w+): ", line):
        if key[1] in _FLAGS:
            yield f"dropped: {line.strip()[:60]}", ""
        if key[1] == "unit":
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

"""Changes of the drug-safety rules: entries dropped, effects, conditions, numbers, words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.mutation import mutant
from bench.mutation.mutant import CONTENT, ROOT
from bench.mutation.sentences import in_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.mutation.mutant import Mutant

_EFFECTS = {"block": "hold", "hold": "warn", "warn": "hold", "vaccine": "warn"}
_LEVELS = {"critical": "warning", "warning": "info", "info": "warning"}


def mutants() -> Iterator[Mutant]:
    for path in sorted((ROOT / CONTENT / "safety").glob("*.yaml")):
        if path.stem != "ledger":
            yield from of_safety(path.relative_to(ROOT))


def of_safety(path: Path) -> Iterator[Mutant]:
    """Every entry dropped; of every rule the effect, condition, numbers and words changed."""
    text = (ROOT / path).read_text()
    lines = text.splitlines(keepends=True)
    for start, end, section in entries(lines):
        if section == "advice":
            continue
        block = lines[start:end]
        row = block[0].split(":", 1)[1].strip()

        def changed(what: str, new: list[str], start: int = start, end: int = end,
                    row: str = row) -> Mutant:  # fmt: skip
            whole = "".join([*lines[:start], *new, *lines[end:]])
            return mutant.changed(path, start + 1, f"{row}: {what}", text, whole, "safety")

        yield changed("dropped", [])
        other = f"{row[:-1]}{(int(row[-1]) + 1) % 10}"
        yield changed(f"becomes {other}", [block[0].replace(row, other), *block[1:]])
        for place, line in enumerate(block):
            for what, new in in_safety_line(line):
                yield changed(what, [*block[:place], new, *block[place + 1 :]])
        for what, new_block in conditions(block):
            yield changed(what, new_block)


def entries(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Walk the entries of a safety file: first line, line after the last, section."""
    section, start = "", None
    for number, line in enumerate([*lines, "end:\n"]):
        ends = re.match(r"  - row: |[a-z_]+:|  #", line)
        if ends and start is not None:
            yield start, number, section
            start = None
        if found := re.match(r"([a-z_]+):", line):
            section = found[1]
        if line.startswith("  - row: "):
            start = number


def in_safety_line(line: str) -> Iterator[tuple[str, str]]:
    """What can be changed in one line of an entry."""
    if found := re.match(r"    effect: (\w+)", line):
        new = _EFFECTS[found[1]]
        yield f"effect {found[1]} becomes {new}", f"    effect: {new}\n"
    if found := re.match(r"    level: (\w+)", line):
        new = _LEVELS[found[1]]
        yield f"level {found[1]} becomes {new}", f"    level: {new}\n"
    if found := re.match(r"    confidence: (\S+)", line):
        new = "V" if found[1] == "K" else "K"
        yield f"confidence {found[1]} becomes {new}", f"    confidence: {new}\n"
    if found := re.search(r"taken with (\S+)", line):
        other = "febuxostat" if found[1] != "febuxostat" else "allopurinol"
        yield f"{found[1]} becomes {other}", line.replace(found[1], other)
    if found := re.search(r"allergies includes (\S+)", line):
        yield f"{found[1]} becomes penicillin", line.replace(found[1], "penicillin")
    yield from in_sentence(line)


def conditions(block: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The condition negated, loosened, or gone; the excuse for not asking gone."""
    for place, line in enumerate(block):
        found = re.match(r"    (when|done|ask_unless):(.*)\n", line)
        if not found:
            continue
        last = place + 1
        while last < len(block) and block[last].startswith("      "):
            last += 1
        inner = block[place + 1 : last]
        key, sentence = found[1], found[2].strip()
        if sentence:
            wrapped = [f"    {key}:\n", f"      not: {sentence}\n"]
        elif inner[0].lstrip().startswith("- "):
            wrapped = [f"    {key}:\n", "      not:\n", "        all:\n"]
            wrapped += [f"    {one}" for one in inner]
        else:
            wrapped = [f"    {key}:\n", "      not:\n", *(f"  {one}" for one in inner)]
        yield f"{key} negated", [*block[:place], *wrapped, *block[last:]]
        if key in ("done", "ask_unless"):
            yield f"{key} dropped", [*block[:place], *block[last:]]
        for inside, one in enumerate(inner):
            word = one.strip()
            if word in ("any:", "all:"):
                new = one.replace(word, {"any:": "all:", "all:": "any:"}[word])
                yield (f"{word} becomes the other in {key}",
                       [*block[: place + 1], *inner[:inside], new, *inner[inside + 1 :],
                        *block[last:]])  # fmt: skip

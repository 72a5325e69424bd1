"""Changes of all other content: nodes, rules, terms, places, notices, orders, monitoring."""

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

_KINDS = {
    "rules.yaml": "answers", "terms.yaml": "answers", "position.yaml": "answers",
    "notices.yaml": "answers", "orders.yaml": "orders", "departures.yaml": "departures",
    "nodes": "answers", "monitoring": "plan",
}  # fmt: skip
_WORDS = {
    "verdict": {"favoured": "caution", "caution": "favoured", "excluded": "caution"},
    "tier": {"primary": "secondary", "secondary": "primary"},
    "level": {"critical": "warning", "warning": "info", "info": "warning"},
    "severity": {"critical": "warning", "warning": "info", "info": "warning",
                 "unchecked": "info"},
    "purpose": {"induction": "maintenance", "maintenance": "induction"},
    "group": {"severe": "non-severe", "non-severe": "severe", "remission": "severe",
              "ibm": "severe"},
    "role": {"core": "plus", "plus": "consider", "consider": "plus"},
    "confidence": {"V": "K", "K": "V", "V-": "V"},
    "fact": {"age_years": "weight_kg", "weight_kg": "age_years"},
    "while_possible": {"true": "false"},
    "then": {"ild": "ild_predominant"},
    "not_on_record": {"ciclosporin-trough": "tacrolimus-trough",
                      "tacrolimus-trough": "ciclosporin-trough"},
}  # fmt: skip
_NUMBERS = ("every_days", "after_days", "first_days", "days", "line", "from_years")
_LISTS = ("groups", "nodes", "given", "not_given", "classes", "not_classes", "drugs", "give",
          "routes", "names")  # fmt: skip
_SAYS = re.compile(r"at most|at least|in the morning|oral|intravenous|subcutaneous")
_OTHER = {
    "at most": "at least", "at least": "at most", "oral": "intravenous", "intravenous": "oral",
    "subcutaneous": "oral", "in the morning": "in the evening",
}  # fmt: skip
_GIVEN = {
    "respiratory_failure_from_ild", "ild_predominant", "rapidly_progressive_ild", "ild_relapse",
}  # fmt: skip


def mutants() -> Iterator[Mutant]:
    for name, kind in _KINDS.items():
        place = ROOT / CONTENT / name
        for path in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
            yield from of_file(path.relative_to(ROOT), kind)


def of_file(path: Path, kind: str) -> Iterator[Mutant]:
    """Change line by line; drop what begins with an id, a title or a test."""
    text = (ROOT / path).read_text()
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        for what, new in in_line(line):
            whole = "".join([*lines[:number], new, *lines[number + 1 :]])
            yield mutant.changed(path, number + 1, what, text, whole, kind)
        end = _end(lines, number)
        if end and any(
            re.search(r"verdict:|when:|given\w*:|limit:|row:|occasion:", one)
            for one in lines[number:end]
        ):
            whole = "".join([*lines[:number], *lines[end:]])
            yield mutant.changed(path, number + 1, f"dropped: {line.strip()[:60]}", text, whole,
                                 kind)  # fmt: skip


def _end(lines: list[str], number: int) -> int:
    """Give the line after an entry of a list that has others; 0 where none begins."""
    line = lines[number]
    if not re.match(r"\s*- (?:id|says|test|fact): ", line):
        return 0
    depth = len(line) - len(line.lstrip())
    end = number + 1
    while end < len(lines) and lines[end].startswith(" " * (depth + 1)):
        end += 1
    before = number and lines[number - 1].startswith(" " * (depth + 1))
    return end if before or (end < len(lines) and lines[end].startswith(" " * depth + "- ")) else 0


def in_line(line: str) -> Iterator[tuple[str, str]]:
    """Say what can be changed in one line, and the line that comes of it."""
    bare = line.strip()
    word = re.match(r"\s*(?:- )?(\w+): (\S+)\n", line)
    if word and word[2] in _WORDS.get(word[1], {}):
        new = _WORDS[word[1]][word[2]]
        yield f"{bare} becomes {new}", line[: word.start(2)] + new + "\n"
    if word and word[1] in _NUMBERS and word[2].isdigit():
        new = str(int(word[2]) + 1)
        yield f"{bare} becomes {new}", line[: word.start(2)] + new + "\n"
    if word and word[2] in _GIVEN:
        yield f"{bare} becomes myocarditis", line[: word.start(2)] + "myocarditis\n"
    if bare in ("any:", "- any:", "all:", "- all:", "first_known:"):
        new = {"any": "all", "all": "any", "first_known": "any"}[bare.strip("- :")]
        yield f"{bare} becomes {new}", line.replace(bare.strip("- :"), new)
    yield from in_sentence(line)
    yield from in_counts(line)
    listed = re.match(r"\s*(?:- )?(\w+): \[(.*)\]\n", line)
    if listed and listed[1] in _LISTS:
        items = listed[2].split(", ")
        for item in items:
            left = ", ".join(one for one in items if one != item)
            yield f"{item} dropped from {listed[1]}", line.replace(listed[2], left)
    if re.match(r"\s+- \w+ [\w-]+ [\d.]|\s+limit: ", line):
        yield from in_dose(line)


def in_counts(line: str) -> Iterator[tuple[str, str]]:
    """Change sentences that count regimens, options and list members."""
    bare = line.strip()
    if found := re.search(r"at least (\d) [a-z]+-[a-z-]+", line):
        more = str(int(found[1]) + 1)
        yield (
            f"{found[1]} becomes {more} in: {bare[:60]}",
            (line[: found.start(1)] + more + line[found.end(1) :]),
        )
    for old, new in (
        ("conventional-immunosuppressants", "second-line-agents"),
        ("second-line-agents", "third-line-agents"), ("third-line-agents", "second-line-agents"),
        ("failed", "had an inadequate response"), ("had an inadequate response", "failed"),
        ("for this purpose", "for another or an unknown purpose"),
        ("for another or an unknown purpose", "for this purpose"),
        ("may not have been tolerated", "was not tolerated"),
        ("was not tolerated", "may not have been tolerated"), ("is being given", "worked"),
        ("option worked", "option is being given"), ("includes anti-mda5", "includes anti-jo-1"),
        ("more than 1 year", "more than 2 years"), ("more than 1 year", "more than 0 years"),
    ):  # fmt: skip
        if re.match(r"\s*(?:- |when: )", line) and old in line and "says:" not in line:
            yield f"{old} becomes {new} in: {bare[:50]}", line.replace(old, new, 1)


def in_dose(line: str) -> Iterator[tuple[str, str]]:
    """Change the numbers and the words of a dose or a limit."""
    bare = line.strip()
    sentence, semicolon, words = line.partition(";")
    for found in re.finditer(r"(?<=[ -])\d+(?:\.\d+)?(?=[ -]|$)", sentence):
        value = f"{float(found[0]) * 1.1 if '.' in found[0] else int(found[0]) + 1:g}"
        new = sentence[: found.start()] + value + sentence[found.end() :]
        yield f"{found[0]} becomes {value} in: {bare[:60]}", new + semicolon + words
    for found in _SAYS.finditer(sentence):
        new = sentence[: found.start()] + _OTHER[found[0]] + sentence[found.end() :]
        yield f"{found[0]} becomes {_OTHER[found[0]]} in: {bare[:50]}", new + semicolon + words
    if "/kg" in sentence:
        yield f"/kg dropped in: {bare[:60]}", sentence.replace("/kg", "", 1) + semicolon + words

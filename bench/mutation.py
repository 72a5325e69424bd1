"""Changes content and decision code one place at a time and sees whether a test notices.

usage: python -m bench.mutation [--content | --code] [--limit N] [--seed N] [--max-load X] [--list]
                                [--only TEXT] [--quick]

Every mutant is one change in a copy of the tree in a temporary folder; the tests that are about
the changed file run there, one process, until the first that fails. Nothing in this checkout is
touched. A mutant that no test notices is a survivor and is listed: it stands for a mistake that
could be made unseen, or it changes nothing that a patient could see (say so in the closing note).

Left out of the code: what keeps results for the next patient (it decides nothing) and what only
types or words. Content that the loader refuses counts as noticed and is counted apart.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = Path("src/myopathway")
CONTENT = PACKAGE / "content"
TIMEOUT = 420

_KNOWN = "tests/test_answers_known.py"
_PLACE = (
    _KNOWN,
    "tests/test_marks.py",
    "tests/test_oracle_agrees.py",
    "tests/test_cases.py",
    "tests/test_law_4_doses.py",
)
_SAFETY = (
    *("tests/test_safety_words.py", "tests/test_safety_rules.py", "tests/test_safety_checks.py"),
)
_LAWS = (
    *("tests/test_law_2_nothing_and_everything.py", "tests/test_law_5_not_tolerated.py"),
    *("tests/test_law_1_learning.py", "tests/test_law_8_basis.py", "tests/test_statements.py"),
    *("tests/test_safety_law.py", "tests/test_safety_population.py"),
)
_LAST = ("tests/test_law_6_same_bytes.py", "tests/test_api.py", "tests/test_render_golden.py")
OF_SAFETY = (_KNOWN, *_SAFETY, "tests/test_safety_population.py", "tests/test_cases.py")
OF_PLACES = (*_PLACE, "tests/test_statements.py", *_LAST)
OF_CODE = (*_PLACE, *_SAFETY, *_LAWS, *_LAST)


@dataclass(frozen=True)
class Mutant:
    """One file with one change."""

    path: Path
    line: int
    what: str
    text: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


# ------------------------------------------------------------------------------------------------
# Content


def content_mutants() -> Iterator[Mutant]:
    for path in sorted((ROOT / CONTENT / "safety").glob("*.yaml")):
        if path.stem != "ledger":
            yield from of_safety(path.relative_to(ROOT))
    for name in ("rules.yaml", "terms.yaml", "position.yaml"):
        yield from of_places(CONTENT / name)
    for path in sorted((ROOT / CONTENT / "nodes").glob("*.yaml")):
        yield from of_places(path.relative_to(ROOT))


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
            return Mutant(path, start + 1, f"{row}: {what}",
                          "".join([*lines[:start], *new, *lines[end:]]), OF_SAFETY)  # fmt: skip

        yield changed("dropped", [])
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


_EFFECTS = {"block": "hold", "hold": "warn", "warn": "hold", "vaccine": "warn"}
_LEVELS = {"critical": "warning", "warning": "info", "info": "warning"}
_VALUES = {
    "poor": "intermediate", "intermediate": "poor", "positive": "negative", "active": "latent",
    "latent": "active", "true": "false", "false": "true", "remission": "relapse",
    "male": "female",
}  # fmt: skip
_FACTS = {
    "pregnant": "breastfeeding", "breastfeeding": "pregnant", "infection": "malignancy",
    "malignancy": "infection", "egfr": "platelets", "platelets": "neutrophils",
    "neutrophils": "platelets", "white_cells": "neutrophils", "age_years": "weight_kg",
    "ild": "ild_predominant", "ild_predominant": "ild", "tuberculosis": "tuberculosis",
}  # fmt: skip
_SENTENCE = re.compile(r"^(\s*(?:- )?(?:\w+: )?)(\w+) (is not|is|<=|>=|<|>) (\S+)\n")


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


def in_sentence(line: str) -> Iterator[tuple[str, str]]:
    """Another fact, another value, another number, the other direction."""
    found = _SENTENCE.match(line)
    if not found:
        return
    lead, fact, relation, value = found.groups()

    def swapped(fact: str = fact, relation: str = relation, value: str = value) -> tuple[str, str]:
        return f"{fact} {relation} {value}", f"{lead}{fact} {relation} {value}\n"

    if relation in ("is", "is not"):
        if value in _VALUES:
            yield swapped(value=_VALUES[value])
        yield swapped(relation={"is": "is not", "is not": "is"}[relation])
        other = _FACTS.get(fact, "peptic_ulcer_active" if value in ("true", "false") else fact)
        if other not in (fact, "tuberculosis"):
            yield swapped(fact=other)
        return
    step = 1 if "." not in value else 0.1
    for number in (float(value) + step, float(value) - step):
        yield swapped(value=f"{round(number, 3):g}")
    yield swapped(relation={"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[relation])
    yield swapped(relation={"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation])
    if fact in _FACTS:
        yield swapped(fact=_FACTS[fact])


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


_VERDICTS = {"favoured": "caution", "caution": "favoured", "excluded": "caution"}
_DOSE = re.compile(r"(?<=[ -])\d+(?:\.\d+)?(?=[ -])")


def of_places(path: Path) -> Iterator[Mutant]:
    """Lines of nodes, rules, terms and places: verdicts, tiers, terms, numbers, doses, rules."""
    text = (ROOT / path).read_text()
    lines = text.splitlines(keepends=True)

    def changed(number: int, what: str, *new: str, end: int = 0) -> Mutant:
        after = lines[end or number + 1 :]
        return Mutant(path, number + 1, what, "".join([*lines[:number], *new, *after]), OF_PLACES)

    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith("#"):
            continue
        if found := re.search(r"verdict: (\w+)", line):
            new = _VERDICTS[found[1]]
            yield changed(number, f"{found[1]} becomes {new}", line.replace(found[1], new))
        if found := re.search(r"tier: (\w+)", line):
            new = {"primary": "secondary", "secondary": "primary"}[found[1]]
            yield changed(number, f"{found[1]} becomes {new}", line.replace(found[1], new))
        if bare in ("any:", "- any:", "all:", "- all:"):
            new = line.replace("any", "\0").replace("all", "any").replace("\0", "all")
            yield changed(number, f"{bare} becomes the other", new)
        for what, new in in_sentence(line):
            yield changed(number, what, new)
        if re.match(r"\s+- \w+ [\w-]+ [\d.]", line):
            for found in _DOSE.finditer(line):
                value = f"{float(found[0]) * 1.1 if '.' in found[0] else int(found[0]) + 1:g}"
                new = line[: found.start()] + value + line[found.end() :]
                yield changed(number, f"{found[0]} becomes {value} in: {bare[:60]}", new)
        if re.match(r"\s+- (?:id|says): ", line):
            end = number + 1
            depth = len(line) - len(line.lstrip())
            while end < len(lines) and lines[end].startswith(" " * (depth + 1)):
                end += 1
            if any("verdict:" in one for one in lines[number:end]) and (
                end < len(lines) and lines[end].strip().startswith("- ")
            ):
                yield changed(number, f"dropped: {bare[:60]}", end=end)


# ------------------------------------------------------------------------------------------------
# Code

_SPARED = re.compile(r"MOST_KEPT|_kept|\.clear\(\)|msg = |raise |noqa: never")


def code_mutants() -> Iterator[Mutant]:
    names = ["criteria.py", "truth.py", "quantity.py"]
    engine = sorted(path.name for path in (ROOT / PACKAGE / "engine").glob("*.py"))
    for name in (*names, *(f"engine/{one}" for one in engine if one != "__init__.py")):
        path = PACKAGE / name
        text = (ROOT / path).read_text()
        for line, what, new in sorted(set(in_code(text))):
            yield Mutant(path, line, what, new, OF_CODE)


def in_code(text: str) -> Iterator[tuple[int, str, str]]:
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()))
    raw = text.encode()

    def at(node: ast.AST, end: bool = False) -> int:  # noqa: FBT001, FBT002
        if end:
            return offsets[int(node.end_lineno) - 1] + int(node.end_col_offset)  # type: ignore[attr-defined]
        return offsets[int(node.lineno) - 1] + int(node.col_offset)  # type: ignore[attr-defined]

    def cut(start: int, end: int, new: str) -> str:
        return (raw[:start] + new.encode() + raw[end:]).decode()

    def said(node: ast.AST, new: str) -> tuple[int, str, str]:
        old = raw[at(node) : at(node, end=True)].decode()
        shown = " ".join(old.split())[:50]
        return node.lineno, f"{shown} -> {new[:50]}", cut(at(node), at(node, end=True), new)  # type: ignore[attr-defined]

    skipped: set[ast.AST] = set()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped |= set(ast.walk(node))
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            skipped |= set(ast.walk(node.annotation))
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            skipped |= set(ast.walk(node.returns))
        elif isinstance(node, ast.Subscript) and "Literal" in ast.unparse(node.value):
            skipped |= set(ast.walk(node))
        elif isinstance(node, ast.ClassDef):
            skipped |= {one for word in node.keywords for one in ast.walk(word)}
        elif hasattr(node, "lineno") and _SPARED.search(lines[node.lineno - 1]):
            continue
        else:
            yield from of_node(node, said)


_COMPARE = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
            ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in"}  # fmt: skip
_TRUTHS = {"TRUE": ("FALSE", "UNKNOWN"), "FALSE": ("TRUE", "UNKNOWN"),
           "UNKNOWN": ("FALSE", "TRUE")}  # fmt: skip
_SHORT = {"_T": "_U", "_F": "_U", "_U": "_F"}


def of_node(
    node: ast.AST, said: Callable[[ast.AST, str], tuple[int, str, str]]
) -> Iterator[tuple[int, str, str]]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            new = f"{ast.unparse(left)} {_COMPARE[type(op)]} {ast.unparse(right)}"
            yield said(node, f"({new})")
        case ast.BoolOp(op=op, values=values):
            word = " or " if isinstance(op, ast.And) else " and "
            yield said(node, f"({word.join(f'({ast.unparse(one)})' for one in values)})")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield said(node, f"({ast.unparse(operand)})")
        case ast.Attribute(value=ast.Name(id="Truth"), attr=attr) if attr in _TRUTHS:
            for other in _TRUTHS[attr]:
                yield said(node, f"Truth.{other}")
        case ast.Name(id=name, ctx=ast.Load()) if name in _SHORT:
            yield said(node, _SHORT[name])
        case ast.Constant(value=bool(value)):
            yield said(node, str(not value))
        case ast.Constant(value=int(value)):
            yield said(node, f"{value + 1}" if value >= 0 else "0")
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op):
            other = {"Add": "-", "Sub": "+", "Mult": "/", "Div": "*"}[type(op).__name__]
            yield said(node, f"({ast.unparse(node.left)} {other} {ast.unparse(node.right)})")
        case ast.Continue() | ast.AugAssign():
            yield said(node, "pass")
        case ast.Expr(value=ast.Call()) | ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            kept = "yield from ()" if not isinstance(node.value, ast.Call) else "pass"
            yield said(node, kept)
        case ast.IfExp(body=body, orelse=orelse):
            yield said(node, f"({ast.unparse(body)})")
            yield said(node, f"({ast.unparse(orelse)})")
        case _:
            return


# ------------------------------------------------------------------------------------------------
# The run


class Workshop:
    """A copy of the tree in which one file at a time is changed and the tests run."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "tree"
        self._cache = folder / "cache"
        ignore = shutil.ignore_patterns("__pycache__", ".*cache", "*.pyc")
        for name in ("src", "tests", "docs", "examples", "bench"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self._root / name, ignore=ignore)
        for name in ("pyproject.toml", "README.md", "GLOSSARY.md", "CHANGELOG.md"):
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, self._root / name)

    def noticed(self, mutant: Mutant | None, tests: tuple[str, ...]) -> str:
        """Run the tests with a mutant in place; say who noticed, nothing if nobody did."""
        path = None if mutant is None else self._root / mutant.path
        kept = None if path is None else path.read_text()
        shutil.rmtree(self._cache, ignore_errors=True)
        if mutant is not None and path is not None:
            path.write_text(mutant.text)
        try:
            return self._run([one for one in tests if (self._root / one).exists()])
        finally:
            if path is not None and kept is not None:
                path.write_text(kept)
                for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
                    stale.unlink()

    def _run(self, tests: list[str]) -> str:
        environment = {
            **os.environ, "PYTHONPATH": f"{self._root / 'src'}:{self._root}",
            "MYOPATHWAY_CACHE_DIR": str(self._cache), "PYTHONHASHSEED": "0",
        }  # fmt: skip
        options = ("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist")
        command = [sys.executable, "-m", "pytest", *options, *tests]
        try:
            done = subprocess.run(  # noqa: S603 - our own tests
                command, cwd=self._root, capture_output=True, text=True, check=False,
                env=environment, timeout=TIMEOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "time out"
        if done.returncode == 0:
            return ""
        if "ContentError" in done.stdout:
            return "refused by the loader"
        named = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        return named[1] if named else f"exit {done.returncode}"


def sample(mutants: list[Mutant], limit: int, seed: int) -> list[Mutant]:
    """Take as many of each file as its share, so that no file is left out by chance."""
    rng = random.Random(seed)
    if limit >= len(mutants):
        return mutants
    by_file: dict[Path, list[Mutant]] = {}
    for one in mutants:
        by_file.setdefault(one.path, []).append(one)
    for several in by_file.values():
        rng.shuffle(several)
    taken: list[Mutant] = []
    for several in by_file.values():
        share = limit * len(several) / len(mutants)
        count = int(share) + (rng.random() < share - int(share))
        taken += several[: max(1, count)]
    rng.shuffle(taken)
    return taken[:limit]


def wait_for_quiet(most: float) -> None:
    while most and os.getloadavg()[0] > most:
        time.sleep(10)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation")
    parser.add_argument("--content", action="store_true")
    parser.add_argument("--code", action="store_true")
    parser.add_argument("--limit", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-load", type=float, default=0.0, help="wait while the load is above")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--quick", action="store_true",
                        help="only the first test file of each")  # fmt: skip
    parser.add_argument("--only", default="", help="only mutants whose line holds this")
    chosen = parser.parse_args()
    both = chosen.content == chosen.code
    worst = 0
    for name, kind, make in (
        ("content", chosen.content, content_mutants),
        ("code", chosen.code, code_mutants),
    ):
        if both or kind:
            every = [one for one in make() if chosen.only in str(one)]
            mutants = sample(every, chosen.limit, chosen.seed)
            if chosen.quick:
                mutants = [replace(one, tests=one.tests[:1]) for one in mutants]
            print(f"{name}: {len(mutants)} of {len(every)} mutants")
            if chosen.list:
                print(*mutants, sep="\n")
            else:
                worst = max(worst, judge(name, mutants, chosen.max_load))
    sys.exit(worst)


def judge(name: str, mutants: list[Mutant], most_load: float) -> int:
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        useless = {
            test
            for test in dict.fromkeys(test for one in mutants for test in one.tests)
            if workshop.noticed(None, (test,))
        }
        if useless:
            print(f"left out, since they fail without any mutant: {', '.join(sorted(useless))}")
        survivors, by = [], Counter[str]()
        for number, mutant in enumerate(mutants, 1):
            wait_for_quiet(most_load)
            tests = tuple(one for one in mutant.tests if one not in useless)
            noticed = workshop.noticed(mutant, tests)
            by[noticed.partition("::")[0] or "nobody"] += 1
            if not noticed:
                survivors.append(mutant)
            print(f"{number:4} {noticed or 'SURVIVED':<70.70} {mutant}", flush=True)
    found = len(mutants) - len(survivors)
    print(
        f"\n{name}: {found} of {len(mutants)} noticed,"
        f" {100 * found / max(1, len(mutants)):.1f} %, {time.perf_counter() - begun:.0f} s"
    )
    for noticed, count in by.most_common():
        print(f"{count:6} by {noticed}")
    for mutant in survivors:
        print(f"  survived: {mutant}")
    return int(bool(survivors))


if __name__ == "__main__":
    main()

"""Changes of the code that decides: comparisons, truths, conditions, numbers, steps left out.

Left out, each kind counted by name: what keeps results for the next patient (it decides nothing),
how a value is built (frozen, slots, strict), types, and the words of errors.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bench.mutation.mutant import PACKAGE, ROOT, Mutant

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

# What decides of an answer, an order, a plan; and what reads a patient.
DECIDES = ("criteria.py", "truth.py", "quantity.py", "engine", "orders", "plan")
READS = ("facts.py", "patient.py", "intake.py", "recommendation.py", "fhir")
_KINDS = {"orders": "orders", "plan": "plan", "fhir": "record", "facts.py": "record",
          "patient.py": "record", "intake.py": "record"}  # fmt: skip

_KEEPS = re.compile(r"MOST_KEPT|_kept\b|kept\.get\(|\.clear\(\)|lru_cache|cache_hash")
_ERRORS = re.compile(r"\braise |\bmsg = |assert_never|noqa: never")
_FORM = frozenset({"frozen", "slots", "strict", "kw_only", "eq", "order", "cache_hash", "tag",
                   "gc", "array_like"})  # fmt: skip

_COMPARE = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_TRUTHS = {
    "TRUE": ("FALSE", "UNKNOWN"), "FALSE": ("TRUE", "UNKNOWN"), "UNKNOWN": ("FALSE", "TRUE"),
}  # fmt: skip
_SHORT = {"_T": ("_U", "_F"), "_F": ("_U", "_T"), "_U": ("_F", "_T")}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def mutants(names: tuple[str, ...], left_out: Counter[str]) -> Iterator[Mutant]:
    """Change every place of some modules and folders of the package."""
    for name in names:
        place = ROOT / PACKAGE / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            yield from _Module(path.relative_to(ROOT), _KINDS.get(name, "answers"), left_out)


class _Module:
    def __init__(self, path: Path, kind: str, left_out: Counter[str]) -> None:
        self._path = path
        self._kind = kind
        self._text = (ROOT / path).read_text()
        self._raw = self._text.encode()
        self._lines = self._text.splitlines(keepends=True)
        self._left_out = left_out
        self._offsets = [0]
        for line in self._lines:
            self._offsets.append(self._offsets[-1] + len(line.encode()))

    def __iter__(self) -> Iterator[Mutant]:
        tree = ast.parse(self._text)
        skipped = dict(_undeciding(tree))
        for node in ast.walk(tree):
            for of, new in _of_node(node):
                why = skipped.get(node) or skipped.get(of) or self._spared(of)
                if why:
                    self._left_out[why] += 1
                else:
                    yield self._mutant(of, new)

    def _spared(self, node: ast.AST) -> str:
        line = self._lines[node.lineno - 1]  # type: ignore[attr-defined]
        if _KEEPS.search(line):
            return "keeps for the next patient"
        return "words of an error" if _ERRORS.search(line) else ""

    def _mutant(self, node: ast.AST, new: str) -> Mutant:
        start = self._at(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        end = self._at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        old = " ".join(self._text[start:end].split())
        what = f"{old[:60]} -> {' '.join(new.split())[:60]}"
        line, column = node.lineno, node.col_offset + 1  # type: ignore[attr-defined]
        return Mutant(self._path, line, column, what, start, end, new, self._kind)

    def _at(self, line: int, column: int) -> int:
        return len(self._raw[: self._offsets[line - 1] + column].decode())


def _undeciding(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Name every node that decides nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ((one, "types") for one in ast.walk(node))
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield from ((one, "types") for one in ast.walk(node.annotation))
        elif isinstance(node, ast.FunctionDef):
            if node.returns is not None:
                yield from ((one, "types") for one in ast.walk(node.returns))
            for decorator in node.decorator_list:
                yield from ((one, "how a value is built") for one in ast.walk(decorator))
        elif isinstance(node, ast.Subscript) and re.search(
            "Literal|Final", ast.unparse(node.value)
        ):
            yield from ((one, "types") for one in ast.walk(node))
        elif isinstance(node, ast.Raise):
            yield from ((one, "words of an error") for one in ast.walk(node))
        elif isinstance(node, ast.ClassDef):
            for word in node.keywords:
                yield from ((one, "how a value is built") for one in ast.walk(word))
            for decorator in node.decorator_list:
                yield from ((one, "how a value is built") for one in ast.walk(decorator))
        elif isinstance(node, ast.keyword) and node.arg in _FORM:
            yield from ((one, "how a value is built") for one in ast.walk(node))


def _of_node(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    yield from _of_value(node)
    match node:
        case ast.Continue() | ast.Break() | ast.AugAssign():
            yield node, "pass"
        case ast.Expr(value=ast.Call()):
            yield node, "pass"
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield node, "yield from ()"
        case ast.If(test=test) | ast.While(test=test) if _bare(test):
            yield test, f"(not {ast.unparse(test)})"
        case ast.comprehension(ifs=[_, *_] as tests):
            for one in tests:
                yield one, "True"
        case _:
            return


def _of_value(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            yield node, f"({ast.unparse(left)} {_COMPARE[type(op)]} {ast.unparse(right)})"
        case ast.BoolOp(op=op, values=values):
            word = " or " if isinstance(op, ast.And) else " and "
            yield node, f"({word.join(f'({ast.unparse(one)})' for one in values)})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Attribute(value=ast.Name(id="Truth"), attr=attr) if attr in _TRUTHS:
            for other in _TRUTHS[attr]:
                yield node, f"Truth.{other}"
        case ast.Name(id=name, ctx=ast.Load()) if name in _SHORT:
            for other in _SHORT[name]:
                yield node, other
        case ast.Name(id=name, ctx=ast.Load()) if name in _CALLS:
            yield node, _CALLS[name]
        case ast.Constant(value=bool(value)):
            yield node, str(not value)
        case ast.Constant(value=int(value)):
            yield node, f"{value + 1}" if value >= 0 else "0"
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op):
            other = {"Add": "-", "Sub": "+", "Mult": "/", "Div": "*"}[type(op).__name__]
            yield node, f"({ast.unparse(node.left)} {other} {ast.unparse(node.right)})"
        case ast.IfExp(body=body, orelse=orelse):
            yield node, f"({ast.unparse(body)})"
            yield node, f"({ast.unparse(orelse)})"
        case _:
            return


def _bare(test: ast.expr) -> bool:
    """Say whether no other change turns the condition round."""
    return isinstance(test, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr)

"""The library as CQL text, laid out to be read."""

from __future__ import annotations

from decimal import Decimal
from textwrap import wrap
from typing import TYPE_CHECKING, Final, assert_never

from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Cast,
    CqlLibrary,
    Define,
    Expression,
    Field,
    Gathered,
    If,
    Items,
    Literal,
    Null,
    Op,
    Operand,
    Query,
    Record,
    Ref,
    Retrieve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH: Final = 100
_STEP: Final = "  "
_ROW: Final = 76  # short items stand side by side up to here
_BETWEEN: Final = {
    "And": "and", "Or": "or", "Equal": "=", "NotEqual": "!=", "Less": "<", "LessOrEqual": "<=",
    "Greater": ">", "GreaterOrEqual": ">=", "Add": "+", "Subtract": "-", "Multiply": "*",
    "Divide": "/", "In": "in", "Union": "union", "Intersect": "intersect", "Except": "except",
    "Concatenate": "+",
}  # fmt: skip
_BEFORE: Final = {"Not": "not", "Exists": "exists", "Flatten": "flatten", "Distinct": "distinct"}
_AFTER: Final = {"IsNull": "is null", "IsTrue": "is true", "IsFalse": "is false"}
_TURNED: Final = {"is null": "is not null", "is true": "is not true", "is false": "is not false"}
_SPANS: Final = {"DaysBetween": "days", "SecondsBetween": "seconds"}
_PARTS: Final = {
    "year": "year from", "month": "month from", "day": "day from", "second": "second from",
    "DateFrom": "date from",
}  # fmt: skip


def written(library: CqlLibrary) -> str:
    """Write the whole library."""
    lines = [*_remark(library.says), f"library {library.name} version '{library.version}'", ""]
    lines += ["using FHIR version '4.0.1'", ""]
    lines += [f"codesystem {_name(name)}: {_text(url)}" for name, url in library.systems]
    lines += ["", "context Patient"]
    section = ""
    for one in library.defines:
        if one.section != section:
            section = one.section
            lines += ["", "", f"// {'-' * 8} {section} {'-' * max(0, 78 - len(section))}"]
        lines += ["", *_define(one)]
    return "\n".join(lines) + "\n"


def _define(one: Define) -> Iterator[str]:
    yield from _remark(one.says)
    if one.takes is None:
        head = f"define {_name(one.name)}:"
    else:
        taken = ", ".join(f"{_field(name)} {kind}" for name, kind in one.takes)
        head = f"define function {_name(one.name)}({taken}):"
    yield head
    yield _STEP + shown(one.body, 1)


def _remark(lines: tuple[str, ...]) -> list[str]:
    return [f"// {part}" for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    """Break a comment between words; an id is never broken."""
    return wrap(line, WIDTH - 3, break_on_hyphens=False, break_long_words=False) or [""]


def shown(expression: Expression, depth: int = 0) -> str:
    """Write an expression, on one line where it fits, else with its parts on lines of their own."""
    flat = _flat(expression)
    room = WIDTH - len(_STEP) * depth
    if len(flat) <= room or expression == Items(()):
        return flat
    return _broken(expression, depth)


def _broken(expression: Expression, depth: int) -> str:
    inner = _STEP * (depth + 1)
    here = _STEP * depth
    match expression:
        case Op(kind=("And" | "Or" | "Union" | "Concatenate") as kind, operands=parts):
            shown_parts = [_guarded(one, depth + 1) for one in parts]
            return f"\n{inner}{_BETWEEN[kind]} ".join(shown_parts)
        case Op(kind=kind, operands=(only,)) if kind in _BEFORE:
            return f"{_BEFORE[kind]} (\n{inner}{shown(only, depth + 1)}\n{here})"
        case Op(kind=kind, operands=parts) if not _is_sign(kind) and parts:
            listed = f",\n{inner}".join(shown(one, depth + 1) for one in parts)
            return f"{kind}(\n{inner}{listed}\n{here})"
        case Call(name=name, arguments=parts):
            listed = f",\n{inner}".join(shown(one, depth + 1) for one in parts)
            return f"{_name(name)}(\n{inner}{listed}\n{here})"
        case If(when=when, then=then, otherwise=otherwise):
            return (
                f"if {shown(when, depth + 1)}\n{inner}then {shown(then, depth + 2)}"
                f"\n{inner}else {shown(otherwise, depth + 2)}"
            )
        case Case(items=items, otherwise=otherwise, subject=subject):
            head = "case" if subject is None else f"case {_flat(subject)}"
            rows = [
                f"{inner}when {shown(when, depth + 2)}\n{inner}{_STEP}then {shown(then, depth + 2)}"
                if len(_flat(when)) + len(_flat(then)) > WIDTH - len(inner) - 12
                else f"{inner}when {_flat(when)} then {_flat(then)}"
                for when, then in items
            ]
            last = f"{inner}else {shown(otherwise, depth + 2)}"
            return "\n".join([head, *rows, last, f"{here}end"])
        case Items(items=items):
            return f"{{\n{inner}{_lines([shown(one, depth + 1) for one in items], inner)}\n{here}}}"
        case Record(parts=parts):
            rows = [f"{_field(name)}: {shown(value, depth + 1)}" for name, value in parts]
            return f"Tuple {{\n{inner}{f',{chr(10)}{inner}'.join(rows)}\n{here}}}"
        case Query():
            return _query(expression, depth)
        case Field(of=of, path=name):
            return f"{_guarded(of, depth)}.{_field(name)}"
        case Op(kind=kind, operands=(left, right)) if kind in _BETWEEN:
            return f"{_guarded(left, depth)} {_BETWEEN[kind]} {_guarded(right, depth)}"
        case Op(kind=kind, operands=(only,)) if kind in _AFTER:
            return f"{_guarded(only, depth)} {_AFTER[kind]}"
        case Cast(of=of, type=kind):
            return f"{_guarded(of, depth)} as {kind}"
        case _:
            return _flat(expression)


def _is_sign(kind: str) -> bool:
    return kind in {*_BETWEEN, *_BEFORE, *_AFTER, *_PARTS, *_SPANS}


def _lines(items: list[str], inner: str) -> str:
    """Set short items side by side."""
    rows: list[str] = []
    for item in items:
        if rows and "\n" not in item and len(rows[-1].rsplit("\n", 1)[-1]) + len(item) < _ROW:
            rows[-1] += f", {item}"
        else:
            rows.append(item)
    return f",\n{inner}".join(rows)


def _query(one: Query, depth: int) -> str:
    inner = _STEP * (depth + 1)
    lines = [f"{_source(one.source, depth)} {one.alias}"]
    if one.where is not None:
        lines.append(f"{inner}where {shown(one.where, depth + 2)}")
    if one.fold is not None:
        fold = one.fold
        lines.append(
            f"{inner}aggregate {fold.name} starting ({_flat(fold.starting)}):"
            f"\n{inner}{_STEP}{shown(fold.step, depth + 2)}"
        )
    if one.returns is not None:
        lines.append(f"{inner}return all {shown(one.returns, depth + 1)}")
    if one.sort_by:
        lines.append(f"{inner}sort by {one.sort_by}")
    return "\n".join(lines)


def _source(source: Expression, depth: int) -> str:
    match source:
        case Ref() | Retrieve() | Alias() | Operand() | Gathered():
            return _flat(source)
        case Field(of=Alias() | Field() | Operand()):
            return _flat(source)
        case _:
            laid_out = shown(source, depth + 1)
            if "\n" not in laid_out:
                return f"({laid_out})"
            return f"(\n{_STEP * (depth + 1)}{laid_out}\n{_STEP * depth})"


def _guarded(expression: Expression, depth: int) -> str:
    if _is_plain(expression):
        return shown(expression, depth)
    laid_out = shown(expression, depth)
    if "\n" not in laid_out:
        return f"({laid_out})"
    return f"(\n{_STEP * (depth + 1)}{shown(expression, depth + 1)}\n{_STEP * depth})"


def _flat(expression: Expression) -> str:  # noqa: C901, PLR0912 - one place for all kinds
    match expression:
        case Literal(value=value):
            return _literal(value)
        case Null(type=kind):
            return f"(null as {kind})"
        case Ref(name=name):
            return _name(name)
        case Operand(name=name) | Alias(name=name) | Gathered(name=name):
            return name
        case Field(of=of, path=name):
            return f"{_inside(of)}.{_field(name)}"
        case Call(name=name, arguments=arguments):
            return f"{_name(name)}({', '.join(_flat(one) for one in arguments)})"
        case Op():
            return _operator(expression)
        case If(when=when, then=then, otherwise=otherwise):
            return f"if {_flat(when)} then {_flat(then)} else {_flat(otherwise)}"
        case Case(items=items, otherwise=otherwise, subject=subject):
            head = "case" if subject is None else f"case {_flat(subject)}"
            rows = [f"when {_flat(when)} then {_flat(then)}" for when, then in items]
            return f"{head} {' '.join(rows)} else {_flat(otherwise)} end"
        case Items(items=items, type=kind):
            if not items:
                return f"List<{kind}>{{}}"
            return f"{{ {', '.join(_flat(one) for one in items)} }}"
        case Record(parts=parts):
            rows = [f"{_field(name)}: {_flat(value)}" for name, value in parts]
            return f"Tuple {{ {', '.join(rows)} }}"
        case Cast(of=of, type=kind):
            return f"{_inside(of)} as {kind}"
        case Retrieve(type=kind):
            return f"[{kind}]"
        case Query(source=source, alias=alias, where=where, returns=returns, sort_by=by, fold=fold):
            text = f"{_source(source, 0)} {alias}"
            text += f" where {_flat(where)}" if where is not None else ""
            if fold is not None:
                start, step = _flat(fold.starting), _flat(fold.step)
                text += f" aggregate {fold.name} starting ({start}): {step}"
            text += f" return all {_flat(returns)}" if returns is not None else ""
            return text + (f" sort by {by}" if by else "")
        case _:
            assert_never(expression)


def _operator(one: Op) -> str:
    kind, parts = one.kind, one.operands
    match parts:
        case (Op(kind=inner, operands=(only,)),) if kind == "Not" and inner in _AFTER:
            return f"{_inside(only)} {_TURNED[_AFTER[inner]]}"
        case (only,) if kind in _AFTER:
            return f"{_inside(only)} {_AFTER[kind]}"
        case (only,) if kind in _BEFORE:
            return f"{_BEFORE[kind]} {_inside(only)}"
        case (only,) if kind in _PARTS:
            return f"{_PARTS[kind]} {_inside(only)}"
        case (first, last) if kind in _SPANS:
            return f"{_SPANS[kind]} between {_inside(first)} and {_inside(last)}"
        case _ if kind in _BETWEEN:
            return f" {_BETWEEN[kind]} ".join(_inside(part) for part in parts)
        case _:
            return f"{kind}({', '.join(_flat(part) for part in parts)})"


def _inside(expression: Expression) -> str:
    flat = _flat(expression)
    return flat if _is_plain(expression) else f"({flat})"


def _is_plain(expression: Expression) -> bool:
    match expression:
        case Op(kind=kind):
            return not _is_sign(kind)
        case If() | Case() | Cast() | Query():
            return False
        case _:
            return True


def _literal(value: bool | int | Decimal | str) -> str:  # noqa: FBT001 - a literal's value
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return decimal(value)
        case int():
            return str(value)
        case str():
            return _text(value)


def decimal(value: Decimal) -> str:
    """Write a Decimal so that it cannot be taken for an Integer."""
    plain = format(value, "f")
    if "." not in plain:
        return f"{plain}.0"
    whole, _, part = plain.partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _name(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _field(value: str) -> str:
    return value

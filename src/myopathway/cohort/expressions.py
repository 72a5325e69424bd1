"""Small words for SQL expression trees; how they are printed is the dialect's business.

SQL's own AND, OR and NOT are strict in unknowns (null), and so is everything built of them here.
Nothing else decides on a null: a choice is made by ``case`` on conditions that are first made
plain with ``surely`` or ``unknown``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Sql: TypeAlias = exp.Expression

WORD = 60  # bits that are kept in one column: a BIGINT with room for its sign


def col(name: str, table: str = "") -> Sql:
    """Name a column."""
    return exp.column(name, table=table or None)


def num(value: int | str) -> Sql:
    """Write a number; a negative one in brackets."""
    text = str(value)
    return exp.Paren(this=exp.Neg(this=exp.Literal.number(text[1:]))) if text[0] == "-" else (
        exp.Literal.number(text)
    )  # fmt: skip


def text(value: str) -> Sql:
    """Write a text."""
    return exp.Literal.string(value)


def truth(value: bool | None) -> Sql:  # noqa: FBT001 - the value is the subject here
    """Write true, false or (None) unknown."""
    return cast(exp.Null(), "BOOLEAN") if value is None else exp.Boolean(this=value)


def cast(value: Sql, kind: str) -> Sql:
    """Read a value as another type."""
    return exp.Cast(this=value, to=exp.DataType.build(kind, dialect="duckdb"))


def both(parts: Sequence[Sql]) -> Sql:
    """Say that all parts hold; none, true."""
    return exp.and_(*parts, copy=False) if parts else truth(value=True)


def either(parts: Sequence[Sql]) -> Sql:
    """Say that one part holds; none, false."""
    return exp.or_(*parts, copy=False) if parts else truth(value=False)


def no(part: Sql) -> Sql:
    """Negate; unknown stays unknown."""
    return exp.Not(this=exp.Paren(this=part))


def surely(part: Sql) -> Sql:
    """Say that it is known to hold: true or false, never unknown."""
    return exp.Paren(this=exp.Is(this=exp.Paren(this=part), expression=exp.Boolean(this=True)))


def surely_not(part: Sql) -> Sql:
    """Say that it is known not to hold: true or false, never unknown."""
    return exp.Paren(this=exp.Is(this=exp.Paren(this=part), expression=exp.Boolean(this=False)))


def unknown(part: Sql) -> Sql:
    """Say that it is not known: true or false, never unknown."""
    return exp.Paren(this=exp.Is(this=exp.Paren(this=part), expression=exp.Null()))


def known(part: Sql) -> Sql:
    """Say that it is known: true or false, never unknown."""
    return exp.Not(this=unknown(part))


def case(arms: Iterable[tuple[Sql, Sql]], default: Sql | None = None) -> Sql:
    """Choose the first arm that holds. Its conditions are never unknown: see the module."""
    chosen = exp.Case()
    for when, then in arms:
        chosen = chosen.when(when, then, copy=False)
    return chosen.else_(default, copy=False) if default is not None else chosen


def first_of(parts: Sequence[Sql]) -> Sql:
    """Give the first part that is known."""
    return exp.Coalesce(this=parts[0], expressions=list(parts[1:]))


def at_least(count: int, parts: Sequence[Sql]) -> Sql:
    """Say that at least so many parts hold."""

    def reached(truths: list[Sql]) -> Sql:
        ones = [case([(one, num(1))], num(0)) for one in truths]
        return compare(plus(ones), ">=", num(count))

    return case(
        [
            (reached([surely(one) for one in parts]), truth(value=True)),
            (no(reached([no(surely_not(one)) for one in parts])), truth(value=False)),
        ],
        truth(None),
    )


def equal(left: Sql, right: Sql) -> Sql:
    """Say that two values are the same."""
    return exp.EQ(this=left, expression=right)


def compare(left: Sql, relation: str, right: Sql) -> Sql:
    """Compare two values."""
    kinds = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
    return exp.Paren(this=kinds[relation](this=left, expression=right))


def plus(parts: Sequence[Sql]) -> Sql:
    """Add up; nothing is 0."""
    total: Sql | None = None
    for part in parts:
        total = part if total is None else exp.Add(this=total, expression=part)
    return num(0) if total is None else exp.Paren(this=total)


def minus(left: Sql, right: Sql) -> Sql:
    """Subtract."""
    return exp.Paren(this=exp.Sub(this=left, expression=right))


def times(left: Sql, right: Sql) -> Sql:
    """Multiply."""
    return exp.Paren(this=exp.Mul(this=left, expression=right))


def masked(value: Sql, mask: int) -> Sql:
    """Keep the bits of a mask."""
    return exp.Paren(this=exp.BitwiseAnd(this=value, expression=num(mask)))


def has(value: Sql, mask: int) -> Sql:
    """Say that a bit of the mask is set."""
    return exp.Paren(this=exp.NEQ(this=masked(value, mask), expression=num(0)))


def call(name: str, *arguments: Sql) -> Sql:
    """Call a function by its DuckDB name; other dialects print their own."""
    return exp.func(name, *arguments, dialect="duckdb", copy=False)


def named(value: Sql, name: str) -> Sql:
    """Give a column its name."""
    return exp.alias_(value, name, quoted=False, copy=False)

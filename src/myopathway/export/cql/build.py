"""Short ways to say the common expressions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.export.cql.syntax import (
    Alias,
    Expression,
    Field,
    Items,
    Literal,
    Op,
    Query,
    Record,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

TRUE: Final = Literal(value=True)
FALSE: Final = Literal(value=False)


def text(value: str) -> Literal:
    """Give a text."""
    return Literal(value)


def number(value: Decimal) -> Literal:
    """Give a number; CQL keeps eight places after the point."""
    return Literal(round(Decimal(value), 8))


def op(kind: str, *operands: Expression) -> Op:
    """Apply an operator."""
    return Op(kind, operands)


def both(*parts: Expression) -> Expression:
    """Join by and; what is always true is left out."""
    return _joined("And", parts, neutral=TRUE, final=FALSE)


def either(*parts: Expression) -> Expression:
    """Join by or; what is never true is left out."""
    return _joined("Or", parts, neutral=FALSE, final=TRUE)


def _joined(
    kind: str, parts: Iterable[Expression], *, neutral: Expression, final: Expression
) -> Expression:
    kept: list[Expression] = []
    for part in parts:
        inner = part.operands if isinstance(part, Op) and part.kind == kind else (part,)
        kept += [one for one in inner if one != neutral and one not in kept]
    if final in kept:
        return final
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else Op(kind, tuple(kept))


def negated(part: Expression) -> Expression:
    """Say that something is not so; unknown stays unknown."""
    match part:
        case Literal(value=bool(value)):
            return Literal(not value)
        case Op(kind="Not", operands=(inner,)):
            return inner
        case _:
            return op("Not", part)


def is_true(part: Expression) -> Expression:
    """Say that something is known to be so."""
    return op("IsTrue", part)


def not_true(part: Expression) -> Expression:
    """Say that something is false or unknown."""
    return op("Not", op("IsTrue", part))


def not_false(part: Expression) -> Expression:
    """Say that something is true or unknown."""
    return op("Not", op("IsFalse", part))


def known(part: Expression) -> Expression:
    """Say that something is known."""
    return op("Not", op("IsNull", part))


def unknown(part: Expression) -> Expression:
    """Say that something is not known."""
    return op("IsNull", part)


def equals(left: Expression, right: Expression | str) -> Expression:
    """Say that two values are the same."""
    return op("Equal", left, text(right) if isinstance(right, str) else right)


def among(value: Expression, names: Iterable[str]) -> Expression:
    """Say that a text is one of these."""
    return op("In", value, texts(names))


def texts(names: Iterable[str]) -> Items:
    """Give a list of texts."""
    return Items(tuple(text(one) for one in names))


def path(of: str | Expression, *names: str) -> Expression:
    """Walk the properties of a row."""
    found: Expression = Alias(of) if isinstance(of, str) else of
    for name in names:
        found = Field(found, name)
    return found


def record(**parts: Expression) -> Record:
    """Give a tuple."""
    return Record(tuple(parts.items()))


def some(source: Expression, alias: str, where: Expression) -> Expression:
    """Say that some row meets a condition."""
    return op("Exists", Query(source, alias, where))


def within(
    source: Expression, alias: str, inner: Query, where: Expression | None = None
) -> Expression:
    """Give the rows of a list that each row of a source holds; a row without one adds nothing."""
    filled = known(inner.source)
    where = filled if where is None else both(where, filled)
    return op("Flatten", Query(source, alias, where, inner))


def overlap(left: Expression, right: Expression) -> Expression:
    """Say that two lists share a member."""
    return op("Exists", op("Intersect", left, right))

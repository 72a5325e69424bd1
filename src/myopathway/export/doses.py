"""Doses as CQL: an interval for each kind, held at the ceiling, to one place after the point."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.engine.dose import needs_weight
from myopathway.export.cql.build import FALSE, both, known, number, op, path, record, text
from myopathway.export.cql.syntax import (
    Call,
    Define,
    Expression,
    If,
    Items,
    Operand,
    Query,
    Ref,
)
from myopathway.export.criteria import cited
from myopathway.export.names import doses_name, fact_name, open_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Ceiling, Dose, Guideline, Node, Option

SECTION: Final = "Doses"
ADULT: Final = "Doses may be shown"
NO_DOSES: Final = "No doses"
DOSE: Final = (
    "Tuple { drug String, kind String, low Decimal, high Decimal, unit String, capped Boolean }"
)
# Decimals of engines that count in binary fall a little short of the half; this lifts them back.
_LIFT: Final = Decimal("0.00000001")
_AMOUNT: Final = (("amount", "Decimal"),)


def doses(guideline: Guideline) -> Iterator[Define]:
    """Define the doses of every option that has figures."""
    adult = guideline.adult
    of_age = op("GreaterOrEqual", Ref(fact_name(adult.fact)), number(adult.from_years))
    yield Define(ADULT, op("IsTrue", of_age), cited(adult.child, adult.cites), section=SECTION)
    yield from _rounding()
    yield Define(NO_DOSES, Items((), DOSE), section=SECTION)
    weights = dict.fromkeys(
        guideline.drugs[one.drug].dose_weight
        for node in guideline.nodes
        for therapy in node.therapies
        for option in therapy.options
        for one in option.doses
        if needs_weight(one)
    )
    for names in weights:
        if len(names) > 1:
            says = (f"The first of these that is known: {', '.join(names)}.",)
            body = op("Coalesce", *(Ref(fact_name(name)) for name in names))
            yield Define(_weight_name(names), body, says, section=SECTION)
    for node in guideline.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                if any(one.kind for one in option.doses):
                    yield _doses(guideline, node, option)


def _rounding() -> Iterator[Define]:
    tens = op("Multiply", Operand("amount"), number(Decimal(10)))
    for name, lift, says in (
        ("Rounded", Decimal("0.5") + _LIFT, "To one place after the point, half up."),
        ("Rounded down", _LIFT, "Cut to one place after the point: a ceiling is never rounded up."),
    ):
        whole = op("ToDecimal", op("Truncate", op("Add", tens, number(lift))))
        yield Define(name, op("Divide", whole, number(Decimal(10))), (says,), _AMOUNT, SECTION)
    held = If(
        op("Greater", Operand("amount"), Operand("ceiling")),
        Call("Rounded down", (Operand("ceiling"),)),
        Call("Rounded", (Operand("amount"),)),
    )
    takes = (*_AMOUNT, ("ceiling", "Decimal"))
    remark = ("Rounded, and held at the ceiling where there is one.",)
    yield Define("Held at", held, remark, takes, SECTION)


def _doses(guideline: Guideline, node: Node, option: Option) -> Define:
    rows = [
        row
        for one in option.doses
        if one.kind
        for row in _rows(one, guideline.drugs[one.drug].dose_weight)
    ]
    says = tuple(f"{one.sentence} [{one.cite}]" for one in option.doses if one.kind)
    shown = both(Ref(ADULT), Ref(open_name(node, option)))
    listed: Expression = Items(tuple(rows), DOSE)
    known_ones = Query(listed, "Dose", known(path("Dose", "low")))
    return Define(
        doses_name(node, option), If(shown, known_ones, Ref(NO_DOSES)), says, section=SECTION
    )


def _rows(dose: Dose, weights: tuple[str, ...]) -> Iterator[Expression]:
    weight = Ref(_weight_name(weights))
    low, high = _of(dose.low, weight, dose), _of(dose.high, weight, dose)
    ceiling = _ceiling(dose.ceiling, weight)
    unit = dose.unit if dose.per == "cycle" else f"{dose.unit}/{dose.per}"
    if ceiling is None:
        yield _row(dose, dose.kind, _rounded(low), _rounded(high), unit, FALSE)
    else:
        capped = op("IsTrue", op("Greater", high, ceiling))
        ends = (Call("Held at", (low, ceiling)), Call("Held at", (high, ceiling)))
        yield _row(dose, dose.kind, *ends, unit, capped)
    if dose.days is not None:
        first, last = dose.days
        if dose.split:
            least = op("Divide", low, number(Decimal(last)))
            most = op("Divide", high, number(Decimal(first)))
            yield _row(dose, "per-day", _rounded(least), _rounded(most), f"{dose.unit}/day", FALSE)
        else:
            least = op("Multiply", low, number(Decimal(first)))
            most = op("Multiply", high, number(Decimal(last)))
            yield _row(dose, "course", _rounded(least), _rounded(most), dose.unit, FALSE)
    if dose.ceiling is not None and ceiling is not None:
        top = Call("Rounded down", (ceiling,))
        yield _row(dose, "maximum", top, top, f"{dose.ceiling.unit}/{dose.ceiling.per}", FALSE)


def _of(amount: Decimal, weight: Expression, dose: Dose) -> Expression:
    return op("Multiply", number(amount), weight) if dose.per_kg else number(amount)


def _ceiling(ceiling: Ceiling | None, weight: Expression) -> Expression | None:
    if ceiling is None:
        return None
    if ceiling.per_kg:
        return op("Multiply", number(ceiling.amount), weight)
    return number(ceiling.amount)


def _rounded(amount: Expression) -> Expression:
    return Call("Rounded", (amount,))


def _row(
    dose: Dose, kind: str, low: Expression, high: Expression, unit: str, capped: Expression
) -> Expression:
    return record(
        drug=text(dose.drug), kind=text(kind), low=low, high=high, unit=text(unit), capped=capped
    )


def _weight_name(weights: tuple[str, ...]) -> str:
    return (
        fact_name(weights[0]) if len(weights) == 1 else f"Weight to dose by, {' or '.join(weights)}"
    )

"""The amount and rhythm of an order held against every limit of its drug."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Final

from myopathway.criteria import evaluate, facts_of, unsettled
from myopathway.engine.safety import remark
from myopathway.orders.limits import Held, held
from myopathway.orders.outcome import Finding, Unchecked
from myopathway.orders.say import say
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Dose
    from myopathway.guideline.orderlimits import OrderLimit, OrderProduct
    from myopathway.orders.case import Case
    from myopathway.orders.order import Order, Part

_LACKS: Final = {
    "amount": "the order states no amount",
    "rhythm": "the order does not say how often",
    "days": "the order does not say for how many days",
    "weight": "the weight is not known",
}
_FEW: Final = 2


def dosing(case: Case, order: Order, same: tuple[Order, ...]) -> Iterator[Finding | Unchecked]:
    """Check doses; ``same`` are orders of the same drug that are given beside this one."""
    yield from _age(case)
    other = _other_product(case, order)
    if other is not None:
        yield Finding("warning", other.says + remark(other.confidence), other.cites[0])
        yield Unchecked("The amount is not checked.", other.cites[0])
    elif not _limits(case, order):
        basis = case.guideline.drugs[order.drug].row
        yield say(case, "no-dose", basis, drug=order.drug)
    for limit in _limits(case, order):
        # How often it is given is the same for any product of the drug.
        if other is None or limit.kind == "once-weekly":
            yield from _against(case, order, limit, same)
    yield from _route(case, order)


def _against(
    case: Case, order: Order, limit: OrderLimit, same: tuple[Order, ...]
) -> Iterator[Finding | Unchecked]:
    when = evaluate(limit.when, case.situation)
    if when is Truth.FALSE:
        return
    weight = _weight(case, order.drug)
    found = [held(limit, step, weight) for step in _steps(order, same)] or [
        Held("open", lacks="rhythm" if limit.kind == "once-weekly" else "amount")
    ]
    broken = next((one for one in found if one.state == "broken"), None)
    lacking = next((one.lacks for one in found if one.state == "open"), "")
    if broken is None and not lacking:
        return
    title = case.guideline.drugs[order.drug].title
    sentence = f"{title}{limit.sentence.removeprefix(order.drug)}"
    if broken is not None and when is Truth.TRUE:
        yield Finding(limit.severity, limit.says + remark(limit.confidence), limit.cites[0],
                      broken.working)  # fmt: skip
    elif limit.severity == "info":
        return
    elif lacking and when is Truth.TRUE:
        asks = (_weights(case, order.drug)[-1],) if lacking == "weight" else ()
        text = f"{sentence}: not checked, {_LACKS[lacking]}."
        yield Unchecked(text, limit.cites[0], asks)
    else:
        yield _conditional(case, limit)


def _conditional(case: Case, limit: OrderLimit) -> Unchecked:
    """Say that it is not known whether a limit holds for this patient."""
    facts = case.guideline.vocabulary.facts
    names = dict.fromkeys(
        name
        for leaf in unsettled(limit.when, case.situation)
        for name in facts_of(leaf)
        if name in facts
    )
    asked = " ".join(facts[name].question for name in names)
    text = f"Not known: {asked} It may be that: {limit.says}{remark(limit.confidence)}"
    return Unchecked(text, limit.cites[0], tuple(names))


def _limits(case: Case, order: Order) -> tuple[OrderLimit, ...]:
    """Give the limits of the drug; the range of adults has no lower end for a child."""
    child = _is_child(case)
    return tuple(
        one
        for one in case.guideline.order_limits.limits
        if one.drug == order.drug and not (child and one.kind == "at-least")
    )


def _steps(order: Order, same: tuple[Order, ...]) -> list[tuple[Part, ...]]:
    """Give each step of the order with the steps of others that may fall together with it."""
    others = [one.steps for one in same if one.steps]
    if len(others) > _FEW:  # that many orders of one drug: all of them at once
        others = [(tuple(part for steps in others for step in steps for part in step),)]
    return [
        tuple(part for step in together for part in step)
        for together in product(order.steps, *others)
    ]


def _other_product(case: Case, order: Order) -> OrderProduct | None:
    name = " ".join(order.name.lower().split())
    if case.guideline.drugs[order.drug].title.lower() in name:
        return None
    for one in case.guideline.order_limits.products:
        if one.drug == order.drug and any(known in name for known in one.names):
            return one
    return None


def _age(case: Case) -> Iterator[Finding | Unchecked]:
    adult = case.guideline.adult
    age = case.situation.value(adult.fact)
    if not isinstance(age, Decimal):
        yield say(case, "age-unknown", adult.cites[0], asks=(adult.fact,))
    elif age < adult.from_years:
        yield Finding("warning", adult.child, adult.cites[0])


def _is_child(case: Case) -> bool:
    age = case.situation.value(case.guideline.adult.fact)
    return isinstance(age, Decimal) and age < case.guideline.adult.from_years


def _route(case: Case, order: Order) -> Iterator[Finding | Unchecked]:
    doses = [one for one in _doses(case, order.drug) if one.routes]
    routes = list(dict.fromkeys(route for one in doses for route in one.routes))
    if order.route and routes and order.route not in routes:
        yield say(case, "route", doses[0].cite, drug=order.drug, route=order.route,
                  routes=", ".join(routes))  # fmt: skip


def _doses(case: Case, drug: str) -> list[Dose]:
    return [
        dose
        for node in case.guideline.nodes
        for therapy in node.therapies
        for option in therapy.options
        for dose in option.doses
        if dose.drug == drug
    ]


def _weights(case: Case, drug: str) -> tuple[str, ...]:
    return case.guideline.drugs[drug].dose_weight


def _weight(case: Case, drug: str) -> Decimal | None:
    """Give the weight by which the drug is dosed; None while none is known."""
    for name in _weights(case, drug):
        value = case.situation.value(name)
        if isinstance(value, Decimal):
            return value
    return None

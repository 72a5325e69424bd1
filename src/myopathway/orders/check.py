"""An order checked for one patient: limits, drug-safety rules, place in the pathway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.outcome import Missing
from myopathway.errors import Fault, InputError
from myopathway.orders.case import case_of
from myopathway.orders.company import company
from myopathway.orders.dosing import dosing
from myopathway.orders.drug import said_of
from myopathway.orders.outcome import Finding, OrderAnswer, OrderShown, Unchecked
from myopathway.orders.rows import rows_behind
from myopathway.orders.say import say
from myopathway.orders.words import order_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from myopathway.guideline.model import Guideline
    from myopathway.orders.case import Case
    from myopathway.orders.order import Order
    from myopathway.orders.outcome import OrderStatus
    from myopathway.patient import Patient

_GRAVITY: Final = {"critical": 0, "warning": 1, "info": 2}


def check_order(
    patient: Patient,
    order: Order,
    day: dt.date,
    guideline: Guideline,
    *,
    beside: Sequence[Order] = (),
) -> OrderAnswer:
    """Check an order; ``day`` counts where the patient states no ``as_of``.

    ``beside`` are orders that are made with it. Nothing is raised for any patient or order: the
    answer says what is wrong, and what could not be checked.
    """
    return _checked(_case(patient, day, guideline), order, tuple(beside))


def check_orders(
    patient: Patient, orders: Sequence[Order], day: dt.date, guideline: Guideline
) -> tuple[OrderAnswer, ...]:
    """Check orders that are made together, each beside the others."""
    case = _case(patient, day, guideline)
    return tuple(
        _checked(case, one, (*orders[:place], *orders[place + 1 :]))
        for place, one in enumerate(orders)
    )


def _case(patient: Patient, day: dt.date, guideline: Guideline) -> Case:
    if not guideline.order_limits.messages:
        raise InputError([Fault("content", "nothing to check orders by", "content/orders.yaml")])
    return case_of(patient, day, guideline)


def _checked(case: Case, order: Order, beside: tuple[Order, ...]) -> OrderAnswer:
    found = dict.fromkeys(_findings(case, order, beside))
    findings = sorted(
        (one for one in found if isinstance(one, Finding)),
        key=lambda one: _GRAVITY[one.severity],
    )
    unchecked = tuple(one for one in found if isinstance(one, Unchecked))
    asked = dict.fromkeys(fact for one in found for fact in one.asks)
    bases = [one.basis for one in found]
    answer = case.answer
    return OrderAnswer(
        status=_status(case, order, findings, unchecked),
        order=OrderShown(order.drug, order.name, order_words(order), order.route, order.start),
        findings=tuple(findings),
        unchecked=unchecked,
        missing=tuple(_missing(case, order, fact) for fact in asked),
        node=answer.node,
        possible=answer.possible,
        as_of=answer.as_of,
        safety=rows_behind(case.guideline, bases),
        guideline=answer.guideline,
        unread=answer.unread,
    )


def _findings(case: Case, order: Order, beside: tuple[Order, ...]) -> Iterator[Finding | Unchecked]:
    drug = case.guideline.drugs.get(order.drug)
    others = frozenset(
        name for one in beside if not one.local for name in (one.drug, *one.others) if name
    )
    if order.local:
        yield say(case, "local-use", "", drug=order.drug or order.name, route=order.local)
    elif drug is None:
        yield say(case, "other-drug", "", drug=order.name)
        yield from company(case, frozenset(order.others), others, ())
    elif drug.supplement:
        yield say(case, "supplement", "", drug=order.drug)
    else:
        yield from dosing(case, order, tuple(one for one in beside if one.drug == order.drug))
        yield from said_of(case, order.drug, others)


def _status(
    case: Case, order: Order, findings: list[Finding], unchecked: tuple[Unchecked, ...]
) -> OrderStatus:
    severities = {one.severity for one in findings}
    if "critical" in severities:
        return "stop"
    if "warning" in severities or unchecked:
        return "caution"
    drug = case.guideline.drugs.get(order.drug)
    return "not-checked" if drug is None or drug.supplement or order.local else "clear"


def _missing(case: Case, order: Order, fact: str) -> Missing:
    known = next((one for one in case.answer.missing if one.fact == fact), None)
    if known is not None:
        return msgspec.structs.replace(known, decides=(order.drug or order.name,))
    own = case.guideline.vocabulary.facts.get(fact)
    return Missing(fact, own.question if own is not None else fact, (order.drug or order.name,))

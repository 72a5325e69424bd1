"""Reading what users hand in as an order: a document, a MedicationRequest, or a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.errors import Fault, InputError, shown
from myopathway.intake import document
from myopathway.orders.document import read_document
from myopathway.orders.request import read_request

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.orders.order import Order

MOST_ORDERS: Final = 20
_WANTED: Final = "an order document with the key drug, a MedicationRequest, or a list of them"


def orders_in(raw: bytes, name: str, guideline: Guideline) -> tuple[tuple[Order, ...], bool]:
    """Read the orders of a file and whether they are a list; every fault begins with ``name``."""
    try:
        found = document(raw, _WANTED)
        return read_orders(found, guideline), isinstance(found, list)
    except InputError as error:
        raise InputError(
            Fault(f"{name}: {one.where}", one.found, one.accepted) for one in error.faults
        ) from None


def read_orders(document: object, guideline: Guideline) -> tuple[Order, ...]:
    """Read one order or a list of them, as decoded JSON or YAML.

    Raises ``InputError`` with one fault for everything that cannot be read.
    """
    many = isinstance(document, list)
    members: list[Any] = document if isinstance(document, list) else [document]
    faults: list[Fault] = []
    if not members or len(members) > MOST_ORDERS:
        raise InputError([Fault("orders", f"{len(members)} orders", f"1 to {MOST_ORDERS}")])
    found = [
        _order(one, f"orders[{place}]." if many else "", guideline, faults)
        for place, one in enumerate(members)
    ]
    if faults:
        raise InputError(faults)
    return tuple(one for one in found if one is not None)


def _order(raw: object, where: str, guideline: Guideline, faults: list[Fault]) -> Order | None:
    if not isinstance(raw, dict):
        faults.append(Fault(where.rstrip(".") or "order", f"found {shown(raw)}", _WANTED))
        return None
    kind = raw.get("resourceType")
    if kind is None:
        return read_document(raw, where, guideline, faults)
    if kind != "MedicationRequest":
        found = f"found {shown(kind)}"
        faults.append(Fault(f"{where}resourceType", found, "MedicationRequest"))
        return None
    return read_request(raw, where, guideline, faults)

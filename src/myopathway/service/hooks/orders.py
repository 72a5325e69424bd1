"""The orders of a call: those that are to be checked, and those that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, InputError
from myopathway.orders import Order, read_orders
from myopathway.service.hooks.call import refused
from myopathway.service.hooks.record import same_patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.guideline.model import Guideline
    from myopathway.service.hooks.call import Call

_KIND: Final = "MedicationRequest"
_OVER: Final = ("cancelled", "stopped", "completed", "entered-in-error")
MOST: Final = 50


class Drafted(msgspec.Struct, frozen=True):
    """A draft order of the call: as it was sent, and as it was read (or why it was not)."""

    resource: dict[str, Any]
    chosen: bool
    order: Order | None
    faults: tuple[Fault, ...] = ()

    @property
    def reference(self) -> str:
        """Give the order's reference, empty where it has no id."""
        own = self.resource.get("id")
        return f"{_KIND}/{own}" if isinstance(own, str) and own else ""


def drafted(call: Call, guideline: Guideline) -> tuple[Drafted, ...]:
    """Read the draft orders of a call; refuses orders of another patient.

    Of order-select those are chosen that the call names; of order-sign all are.
    """
    bundle = call.context.draft_orders or {}
    entries = bundle.get("entry")
    if bundle.get("resourceType") != "Bundle" or not isinstance(entries, list | None):
        raise refused(Fault("context.draftOrders", "it is no Bundle", "a Bundle of orders"))
    chosen = {one.removeprefix(f"{_KIND}/") for one in call.context.selections or ()}
    _there(chosen, entries or ())
    found: list[Drafted] = []
    for entry in entries or ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        same_patient(resource, "context.draftOrders", call.context.patient)
        if not isinstance(resource, dict) or resource.get("resourceType") != _KIND:
            continue
        if resource.get("status") in _OVER or resource.get("doNotPerform") is True:
            continue
        named = call.hook == "order-sign" or resource.get("id") in chosen
        found.append(_read(resource, guideline, chosen=named))
    if len(found) > MOST:
        raise refused(Fault("context.draftOrders", f"{len(found)} orders", f"at most {MOST}"))
    return tuple(found)


def _there(chosen: set[str], entries: Iterable[object]) -> None:
    """Refuse a choice of an order that was not handed over: silence would seem to clear it."""
    named = set()
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            own = resource.get("id")
            named |= (
                {own, f"{resource.get('resourceType')}/{own}"} if isinstance(own, str) else set()
            )
    if chosen - named:
        want = "ids of orders in context.draftOrders"
        raise refused(Fault("context.selections", "an order that is not there", want))


def _read(resource: dict[str, Any], guideline: Guideline, *, chosen: bool) -> Drafted:
    try:
        return Drafted(resource, chosen, read_orders(resource, guideline)[0])
    except InputError as error:
        return Drafted(resource, chosen, None, error.faults)

"""A message of the content about an order, with its slots filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.orders.outcome import Finding, Unchecked

if TYPE_CHECKING:
    from myopathway.orders.case import Case


def say(
    case: Case, name: str, basis: str, *, asks: tuple[str, ...] = (), **slots: str
) -> Finding | Unchecked:
    """Give a message; ``basis`` is what it speaks of, unless it cites something itself.

    A drug of the algorithm is named by its title.
    """
    message = case.guideline.order_limits.messages[name]
    drug = case.guideline.drugs.get(slots.get("drug", ""))
    text = message.says
    if drug is not None:
        begins = text.startswith("{drug}")
        slots["drug"] = drug.title if begins else drug.title[:1].lower() + drug.title[1:]
    for slot, value in slots.items():
        text = text.replace(f"{{{slot}}}", value)
    found = message.cites[0] if message.cites else basis
    if message.severity == "unchecked":
        return Unchecked(text, found, asks)
    return Finding(message.severity, text, found, asks=asks)

"""The order check: an order in, what speaks against it and what could not be checked out."""

from __future__ import annotations

from myopathway.orders.check import check_order, check_orders
from myopathway.orders.order import Order, Part, Rhythm
from myopathway.orders.outcome import Finding, OrderAnswer, OrderShown, Unchecked
from myopathway.orders.read import read_orders

__all__ = [
    "Finding",
    "Order",
    "OrderAnswer",
    "OrderShown",
    "Part",
    "Rhythm",
    "Unchecked",
    "check_order",
    "check_orders",
    "read_orders",
]

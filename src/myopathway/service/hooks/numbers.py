"""The ids of cards and suggestions: each its own, and the advice behind it known again.

A card's id begins with 60 bits that stand for the advice (keyed: nobody learns from them who the
patient is), goes on with chance, and ends in a seal. So feedback finds its advice without any
patient being stored, and a card of somebody else is seen to be none of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from myopathway.service.serial import serial

if TYPE_CHECKING:
    from myopathway.service.site import Site

_ADVICE = 8
_SEALED = 12
_PLACES = [f"{place:02x}" for place in range(256)]


def advice_of(site: Site, *parts: str) -> str:
    """Give what stands for an advice, as 16 hexadecimal digits."""
    return _shaped(site.digest(*parts))[:_ADVICE].hex()


def card_id(site: Site, advice: str) -> str:
    """Make the id of a card that shows an advice."""
    begin = _shaped(bytes.fromhex(advice) + serial()[_ADVICE - _SEALED :] + bytes(4))[:_SEALED]
    own = (begin + site.sealed(begin)).hex()
    return f"{own[:8]}-{own[8:12]}-{own[12:16]}-{own[16:20]}-{own[20:]}"


def suggestion_id(card: str, place: int) -> str:
    """Give the id of a suggestion of a card: the card's own but for its end."""
    return card[:-2] + _PLACES[place]


def advice_shown(site: Site, card: str) -> str:
    """Give the advice that a card of ours showed; empty where it is none of ours."""
    try:
        raw = UUID(card).bytes
    except ValueError:
        return ""
    return raw[:_ADVICE].hex() if site.issued(raw[:_SEALED], raw[_SEALED:]) else ""


def _shaped(raw: bytes) -> bytes:
    """Set the bits by which RFC 9562 knows a UUID of version 4."""
    shaped = bytearray(raw)
    shaped[6] = shaped[6] & 0x0F | 0x40
    shaped[8] = shaped[8] & 0x3F | 0x80
    return bytes(shaped)

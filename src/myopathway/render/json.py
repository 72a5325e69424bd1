"""The answer as JSON: the same answer gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer

# The order is that of the answer's own fields, which is the order in which it is read.
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def json_bytes(answer: Answer) -> bytes:
    """Give the answer on one line, amounts as JSON numbers."""
    return _ENCODER.encode(answer)


def json_pretty(answer: Answer) -> str:
    """Give the answer indented, for people."""
    return msgspec.json.format(_ENCODER.encode(answer), indent=2).decode()

"""The answer as JSON: the same answer gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, TherapyAnswer

# The order is that of the answer's own fields, which is the order in which it is read.
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
# Parts that the engine hands to every patient who looks alike: the same object each time.
_SHARED: Final = frozenset({"about", "references", "guideline", "safety"})
_MOST_KEPT: Final = 2_000


class _Written:
    """Parts of answers written before; each is kept with its text, so that its id stays its own."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[object, msgspec.Raw]] = {}

    def text(self, part: object) -> msgspec.Raw:
        """Give a part as JSON; it is written once for all answers that share it."""
        found = self._kept.get(id(part))
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[id(part)] = (part, msgspec.Raw(_ENCODER.encode(part)))
        return found[1]


_WRITTEN: Final = _Written()


def json_bytes(answer: Answer) -> bytes:
    """Give the answer on one line, amounts as JSON numbers."""
    text = _WRITTEN.text
    fields: dict[str, object] = {}
    for name in answer.__struct_fields__:
        value = getattr(answer, name)
        if name in _SHARED:
            fields[name] = text(value)
        elif name == "therapies":
            fields[name] = [_therapy(one) for one in value]
        elif name == "before_start":
            fields[name] = [text(one) for one in value]
        elif value is not msgspec.UNSET:
            fields[name] = value
    return _ENCODER.encode(fields)


def _therapy(one: TherapyAnswer) -> dict[str, object]:
    return {
        "role": one.role,
        "text": one.text,
        "statements": one.statements,
        "options": [
            {
                "id": option.id,
                "tier": option.tier,
                "verdict": option.verdict,
                "reasons": option.reasons,
                "drugs": [_WRITTEN.text(drug) for drug in option.drugs],
                "evidence": option.evidence,
            }
            for option in one.options
        ],
    }


def json_pretty(answer: Answer) -> str:
    """Give the answer indented, for people."""
    return msgspec.json.format(json_bytes(answer), indent=2).decode()

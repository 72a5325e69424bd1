"""What the evaluation of a call found."""

from __future__ import annotations

import msgspec

from myopathway.engine.outcome import Answer
from myopathway.patient import Patient
from myopathway.service.hooks.order_card import Objection


class Seen(msgspec.Struct, frozen=True):
    """What an evaluation found: the advice, and what writes its card."""

    patient: Patient
    answer: Answer
    objections: tuple[Objection, ...] | None
    advice: tuple[str, ...]
    rules: tuple[str, ...] = ()

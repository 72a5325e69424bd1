"""Which rules fired in an answer: what the audit of an evaluation keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer


def fired(answer: Answer) -> list[str]:
    """Give the ids of the rules that fired, in the order of the answer; some stand twice."""
    found = [one.basis for one in answer.trace if one.value == "true"]
    found += [one.basis for one in answer.notices]
    for therapy in answer.therapies:
        for option in therapy.options:
            found += [one.basis for one in option.reasons]
    return found

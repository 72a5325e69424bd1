"""The one sentence of a card: group, line and next step, in fewer than 140 characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.words import called, fact_says, listed, small
from myopathway.service.hooks.card import ENCODER, LONGEST_SUMMARY, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.service.hooks.part import Part

_MOST_KEPT: Final = 20_000
_JOINTS: Final = {"core": "", "plus": "plus ", "consider": "consider "}


class Summaries:
    """Writes the sentences of one guideline; remembers those that it wrote."""

    def __init__(self, guideline: Guideline) -> None:
        """Start with none written."""
        self._guideline = guideline
        self._kept: dict[tuple[object, ...], bytes] = {}

    def of(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> bytes:
        """Write the sentence of an answer, as JSON."""
        if answer.status != "recommended":
            return ENCODER.encode(summary(answer, self._guideline, parts))
        key = (answer.node, *[(one.id, one.verdict) for own in parts for one in own])
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = ENCODER.encode(summary(answer, self._guideline, parts))
        return found


def summary(answer: Answer, guideline: Guideline, parts: Sequence[Sequence[Part]]) -> str:
    """Write the sentence; the longest form that fits."""
    match answer.status:
        case "recommended":
            return _fitting(_settled(answer, parts))
        case "needs-information":
            return _fitting(_open(answer, guideline))
        case _:
            told = "; ".join(one.text for one in answer.notices if one.level == "critical")
            return cut(f"Myositis: stated facts contradict each other, settle them first: {told}")


def _settled(answer: Answer, parts: Sequence[Sequence[Part]]) -> Iterator[str]:
    title = answer.about.title
    if not any(parts):
        yield cut(f"{title}: {small(answer.about.text)}")
        return
    open_parts = [[one for one in own if one.verdict != "excluded"] for own in parts]
    for therapy, own in zip(answer.therapies, open_parts, strict=True):
        if therapy.options and not own and therapy.role != "consider":
            yield f"{title}: the options of the sources are exhausted; specialist review"
            return
    for write in (_all, _best, _count):
        steps = [
            _JOINTS[therapy.role] + write(own)
            for therapy, own in zip(answer.therapies, open_parts, strict=True)
            if own and therapy.role != "consider"
        ]
        yield f"{title}: {'; '.join(steps)}"
    yield f"{title}: {_best(next(own for own in open_parts if own))}"
    yield cut(title)


def _all(own: Sequence[Part]) -> str:
    return listed((_named(one) for one in own), "or")


def _best(own: Sequence[Part]) -> str:
    """Name the options to look at first, and count the rest."""
    first = [one for one in own if one.verdict == "favoured"]
    first = first or [one for one in own if one.primary and one.verdict == "offered"] or list(own)
    rest = len(own) - len(first)
    names = [_named(one) for one in first]
    return listed([*names, *([f"{rest} more" if rest > 1 else "another"] if rest else [])], "or")


def _count(own: Sequence[Part]) -> str:
    return _named(own[0]) if len(own) == 1 else f"one of {len(own)} options"


def _named(one: Part) -> str:
    return f"{small(one.title)}{' (caution)' if one.verdict == 'caution' else ''}"


def _open(answer: Answer, guideline: Guideline) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for name in answer.possible:
        node = guideline.node(name)
        groups.setdefault(node.group, []).append("" if node.line is None else str(node.line))
    places = listed((f"{group} {'/'.join(lines)}".strip() for group, lines in groups.items()), "or")
    asked = [small(called(fact_says(guideline, one.fact))) for one in answer.missing]
    for count in (3, 2, 1):
        yield f"Myositis, group and line open ({places}): say next {listed(asked[:count])}"
    yield cut(f"Myositis, group and line open ({places})")


def _fitting(forms: Iterator[str]) -> str:
    last = ""
    for last in forms:
        if len(last) <= LONGEST_SUMMARY:
            return last
    return cut(last)

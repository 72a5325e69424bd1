"""Two criteria told apart at the sentence that differs, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from myopathway.criteria import ALWAYS, All, Any, AtLeast, FirstKnown, Named, Not
from myopathway.guideline.pages.wording import Wording, inline, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline

Pair: TypeAlias = "tuple[str | None, str | None]"


def told_apart(
    old: Guideline, new: Guideline, before: Criterion | None, after: Criterion | None
) -> Iterator[Pair]:
    """Give what differs, sentence by sentence: before, after, None where there is none.

    A term counts by its name: that it means something else is a change of the term.
    """
    if before is None or after is None:
        if before is not after:
            yield (
                None if before is None else _words(old, before),
                None if after is None else _words(new, after),
            )
        return
    yield from _apart(old, new, shut(before), shut(after), "")


def _apart(
    old: Guideline, new: Guideline, before: Criterion, after: Criterion, around: str
) -> Iterator[Pair]:
    if before == after:
        return
    if isinstance(before, Not) and isinstance(after, Not):
        for was, now in _apart(old, new, before.part, after.part, around):
            yield was and f"not: {was}", now and f"not: {now}"
        return
    parts = _parts(before), _parts(after)
    if type(before) is type(after) and parts[0] and parts[1] and _same(before, after):
        yield from _lists(old, new, (before, parts[0]), (after, parts[1]), around)
        return
    yield f"{around}{_words(old, before)}", f"{around}{_words(new, after)}"


def _lists(
    old: Guideline,
    new: Guideline,
    before: tuple[Criterion, tuple[Criterion, ...]],
    after: tuple[Criterion, tuple[Criterion, ...]],
    around: str,
) -> Iterator[Pair]:
    """Tell two lists of criteria apart; their order does not matter, save for the first known."""
    gone = [one for one in before[1] if one not in after[1]]
    come = [one for one in after[1] if one not in before[1]]
    if not gone and not come:
        yield f"{around}{_words(old, before[0])}", f"{around}{_words(new, after[0])}"
        return
    within = around if isinstance(before[0], All) else f"one of several: {around}"
    if len(gone) == len(come):
        for was, now in zip(gone, come, strict=True):
            yield from _apart(old, new, was, now, within)
        return
    yield from ((f"{within}{_words(old, one)}", None) for one in gone)
    yield from ((None, f"{within}{_words(new, one)}") for one in come)


def shut(criterion: Criterion) -> Criterion:
    """Give a criterion with its terms closed: a term by its name alone."""
    match criterion:
        case Named(term=term):
            return Named(term, ALWAYS)
        case Not(part=part):
            return Not(shut(part))
        case AtLeast(count=count, parts=parts):
            return AtLeast(count, tuple(shut(one) for one in parts))
        case All(parts=parts) | Any(parts=parts) | FirstKnown(parts=parts):
            return type(criterion)(tuple(shut(one) for one in parts))
        case _:
            return criterion


def _parts(criterion: Criterion) -> tuple[Criterion, ...]:
    match criterion:
        case All(parts=parts) | Any(parts=parts) | FirstKnown(parts=parts) | AtLeast(parts=parts):
            return parts
        case _:
            return ()


def _same(before: Criterion, after: Criterion) -> bool:
    """Say whether two structures ask for as many of their parts."""
    return getattr(before, "count", 0) == getattr(after, "count", 0)


def _words(guideline: Guideline, criterion: Criterion) -> str:
    return inline(_closed(worded(guideline, criterion)))


def _closed(wording: Wording) -> Wording:
    parts = () if wording.term else tuple(_closed(one) for one in wording.parts)
    return msgspec.structs.replace(wording, parts=parts)

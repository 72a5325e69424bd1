"""Two ways to state one thing: where they disagree, a notice says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.ask.ways import several_ways
from myopathway.criteria import Criterion, FirstKnown, facts_of, leaves
from myopathway.verify.axes import axes_of
from myopathway.verify.report import Failure
from myopathway.verify.sentences import sentences_of
from myopathway.verify.space import Space, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline


def doubled(guideline: Guideline) -> tuple[FirstKnown, ...]:
    """Give every place of the content that accepts several ways to state one thing."""
    found = (one for each in sentences_of(guideline) for one in several_ways(each.criterion))
    return tuple(dict.fromkeys(found))


def unremarked(guideline: Guideline) -> Iterator[Failure]:
    """Find patients whose two statements of one thing disagree while no notice says so."""
    for one in doubled(guideline):
        read = _facts(one)
        notices = [own.when for own in guideline.notices if _facts(own.when) == read]
        space = Space(axes_of(guideline, [*one.parts, *notices]), whole=False)
        remarked = 0
        for notice in notices:
            remarked |= space.row(notice)[0]
        rows = [space.row(part) for part in one.parts]
        yes = no = space.everyone
        for true, false in rows:
            yes, no = yes & true, no & false
        quiet = space.everyone & ~(yes | no) & ~remarked
        wrong = space.everyone & (yes | no) & remarked
        patients = list(space.patients())
        for row, says in (
            (quiet, "disagree, and no notice says so"),
            (wrong, "agree, and a notice says that they do not"),
        ):
            for place in space.members(row)[:1]:
                names = " and ".join(sorted(read))
                yield Failure(f"{names}: the two ways to state it {says}", merged(patients[place]))


def _facts(criterion: Criterion) -> set[str]:
    return {name for leaf in leaves(criterion) for name in facts_of(leaf)}

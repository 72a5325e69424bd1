"""Messages for the reader: contradictions, dangers, readings that matter for this patient."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS, Includes, TakenWith, leaves
from myopathway.engine.bound import Bound
from myopathway.engine.occasions import OTHER_DRUGS, Occasion, teller
from myopathway.engine.outcome import NoticeAnswer
from myopathway.engine.sight import Sight
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.marks import Marks
    from myopathway.engine.served import Served
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Conflict, Guideline

MOST_KEPT: Final = 20_000
LEVELS: Final = {"critical": 0, "warning": 1, "info": 2}


def contradictions(
    situation: Situation, conflicts: tuple[Conflict, ...]
) -> tuple[NoticeAnswer, ...]:
    """Say each contradiction between stated facts."""
    basis = situation.guideline.readings["implied-conflict"][0]
    implied = [
        NoticeAnswer("critical", f"{one.says} It is stated that there is none.", basis)
        for one in situation.contradictions
    ]
    stated = [NoticeAnswer("critical", one.says, one.cites[0]) for one in conflicts]
    return (*stated, *implied)


class Notices:
    """Picks the messages of one guideline; what is fixed is prepared once."""

    def __init__(self, guideline: Guideline, marks: Marks) -> None:
        """Pick from the messages of this guideline."""
        self._guideline = guideline
        self._marks = marks
        marks.mask([one.when for one in guideline.notices])
        self._by_nodes: dict[tuple[str, ...], Bound] = {}
        self._kept: dict[object, tuple[NoticeAnswer, ...]] = {}
        self._spoken = frozenset(_spoken(guideline))

    def pick(
        self,
        situation: Situation,
        nodes: tuple[str, ...],
        served: Served,
        occasions: tuple[str, ...],
    ) -> tuple[NoticeAnswer, ...]:
        """Give the messages for a patient who may be at these nodes."""
        bound = self._by_nodes.get(nodes)
        if bound is None:
            bound = self._by_nodes[nodes] = self._bound(nodes)
        key = (nodes, bound.sight.seen(situation))
        plain = self._kept.get(key)
        if plain is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            plain = self._kept[key] = tuple(
                NoticeAnswer(one.level, one.says, one.cites[0])
                for one in bound.plain
                if self._marks.test(one.when)(situation.marks) is Truth.TRUE
            )
        found = list(plain)
        seen = Occasion(situation, served, occasions, self._spoken)
        for one, test, telling in bound.occasional:
            if (test is None or test(situation.marks) is Truth.TRUE) and (told := telling(seen)):
                found += [NoticeAnswer(one.level, text, one.cites[0]) for text in told]
        found.extend(_old(situation))
        return tuple(found)

    def _bound(self, nodes: tuple[str, ...]) -> Bound:
        """Sort out the messages that go with these nodes.

        A message goes with every one of them or with none; but for a danger one is enough, since
        who is asked for more must not miss it.
        """
        places = [self._guideline.node(name) for name in nodes]
        settled = len(places) == 1
        goes = [
            one
            for one in self._guideline.notices
            if (not one.groups and not one.nodes)
            or (
                (settled or one.when != ALWAYS)
                and (any if one.while_possible else all)(
                    node.group in one.groups or node.id in one.nodes for node in places
                )
            )
        ]
        plain = tuple(one for one in goes if not one.occasion)
        return Bound(
            plain,
            tuple(
                (one, None if one.when == ALWAYS else self._marks.test(one.when), teller(one))
                for one in goes
                if one.occasion
            ),
            Sight(self._marks, [one.when for one in plain]),
        )


def _spoken(guideline: Guideline) -> Iterator[str]:
    """Give the names under which rules speak of drugs that are taken."""
    yield from guideline.drugs
    criteria = [one.when for one in guideline.rules] + [one.when for one in guideline.safety.rules]
    for criterion in criteria:
        for leaf in leaves(criterion):
            if isinstance(leaf, TakenWith):
                yield leaf.drug
            elif isinstance(leaf, Includes) and leaf.fact == OTHER_DRUGS:
                yield leaf.member


def _old(situation: Situation) -> Iterator[NoticeAnswer]:
    """Remark on measurements that were used although they are old."""
    for one in situation.guideline.old_measurements:
        known = situation.known.get(one.fact)
        if known is None or not known.source.date:
            continue
        days = (situation.day - dt.date.fromisoformat(known.source.date)).days
        if days > one.days:
            text = one.says.replace("{days}", str(days)).replace("{date}", known.source.date)
            yield NoticeAnswer("warning", text, one.cites[0])

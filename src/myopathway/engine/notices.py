"""Messages for the reader: contradictions, dangers, readings that matter for this patient."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.criteria import evaluate
from myopathway.engine.options import exhausted
from myopathway.engine.outcome import NoticeAnswer
from myopathway.engine.sight import Sight
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import TherapyAnswer
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Conflict, Guideline, Node, Notice

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

    def __init__(self, guideline: Guideline) -> None:
        """Sort the messages by the nodes that they go with."""
        always = [one for one in guideline.notices if not one.groups and not one.nodes]
        by_node: dict[str | None, list[Notice]] = {None: always}
        for node in guideline.nodes:
            by_node[node.id] = [
                one
                for one in guideline.notices
                if one in always or node.group in one.groups or node.id in one.nodes
            ]
        self._plain = {
            name: tuple(one for one in found if not one.occasion)
            for name, found in by_node.items()
        }
        self._sights = {
            name: Sight(one.when for one in found) for name, found in self._plain.items()
        }
        self._occasional = {
            name: tuple(one for one in found if one.occasion) for name, found in by_node.items()
        }
        self._kept: dict[object, tuple[NoticeAnswer, ...]] = {}

    def pick(
        self,
        situation: Situation,
        node: Node | None,
        therapies: tuple[TherapyAnswer, ...],
        occasions: tuple[str, ...],
    ) -> tuple[NoticeAnswer, ...]:
        """Give the messages for a patient at a node (None while it is not settled)."""
        name = None if node is None else node.id
        key = (name, *self._sights[name].key(situation, situation))
        plain = self._kept.get(key)
        if plain is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            plain = self._kept[key] = tuple(
                NoticeAnswer(one.level, one.says, one.cites[0])
                for one in self._plain[name]
                if evaluate(one.when, situation) is Truth.TRUE
            )
        found = list(plain)
        for one in self._occasional[name]:
            if evaluate(one.when, situation) is Truth.TRUE:
                for text in _texts(one, situation, therapies, occasions):
                    found.append(NoticeAnswer(one.level, text, one.cites[0]))
        found.extend(_old(situation))
        return tuple(found)


def _texts(
    notice: Notice,
    situation: Situation,
    therapies: tuple[TherapyAnswer, ...],
    occasions: tuple[str, ...],
) -> Iterator[str]:
    """Give the notice's text for each time that its occasion arises."""
    match notice.occasion:
        case "exhausted":
            for therapy in therapies:
                if exhausted(therapy):
                    names = ", ".join(option.id for option in therapy.options)
                    yield notice.says.replace("{therapy}", names)
        case "works-but-not-listed":
            drugs = _working(situation, therapies)
            if drugs:
                yield notice.says.replace("{drugs}", ", ".join(drugs))
        case occasion if occasion in occasions:
            yield notice.says
        case _:
            return


def _working(situation: Situation, therapies: tuple[TherapyAnswer, ...]) -> list[str]:
    """Give the drugs that are being given or worked and are in no option."""
    listed = {
        drug.drug for therapy in therapies for option in therapy.options for drug in option.drugs
    }
    history = situation.history
    found: dict[str, None] = {}
    for one in history.regimens if history is not None else ():
        if one.regimen.outcome in ("ongoing", "adequate-response"):
            for drug in one.drugs:
                if drug not in listed and drug in one.counts:
                    found[situation.guideline.drugs[drug].title] = None
    return list(found)


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

"""One rule as it speaks of one option: what it says and what it asks, prepared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import Held, Leaf, OptionEvent, facts_of, leaves
from myopathway.engine.asked import Asked, Wanted
from myopathway.engine.history import event
from myopathway.engine.outcome import Reason
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.bibliography import Bibliography
    from myopathway.engine.counted import Counted
    from myopathway.engine.marks import Marks
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline, Node, Option, Rule

STRICTNESS: Final[dict[str, int]] = {
    "": -1, "offered": 0, "favoured": 1, "caution": 2, "excluded": 3,
}  # fmt: skip
MOST_KEPT: Final = 250  # of each clause


class Clause:
    """A rule that speaks of an option of a node.

    ``remarks``: it says something of the option's own beside any verdict. ``of_history``: it
    looks into the history, regimen by regimen; ``asks_for_the_end``: it holds because nobody
    recorded how a regimen ended. ``cites`` are bits of the bibliography.
    """

    def __init__(
        self,
        guideline: Guideline,
        marks: Marks,
        bibliography: Bibliography,
        rule: Rule,
        place: tuple[Node, Option],
    ) -> None:
        """Prepare what a rule says and asks at this place."""
        node, option = place
        self.rule = rule
        self.option = option.id
        self.drugs = option.drugs
        self.purpose = node.purpose
        self.strictness = STRICTNESS[rule.verdict]
        self.test = marks.test(rule.when)
        self.reason = Reason(rule.says, rule.cites[0])
        self.worded = "{" in rule.says
        self.remarks = rule.safety or rule in option.rules
        self.readings = tuple(readings(guideline, rule.cites[1:]))
        self.cites = bibliography.bits(rule.cites)
        read = tuple(leaves(rule.when))
        events = [one for one in read if isinstance(one, OptionEvent)]
        self.asks_for_the_end = any(one.event == "no-outcome" for one in events)
        self._tells = tuple(one for one in read if isinstance(one, OptionEvent | Held))
        self._of_allergy = any(one.event == "allergy" for one in events)
        held = [one.drug for one in read if isinstance(one, Held)]
        self._about = tuple(dict.fromkeys([*option.drugs, *held]))
        self.of_history = bool(held) or any(one.event != "allergy" for one in events)
        self._marks = marks
        self._unless = None if rule.ask_unless is None else marks.test(rule.ask_unless)
        criteria = [rule.when] if rule.ask_unless is None else [rule.when, rule.ask_unless]
        self._mask = marks.mask(criteria)
        self._guideline = guideline
        self._asked: dict[tuple[int, bool], Asked] = {}
        self._texts: dict[object, tuple[str, tuple[int, ...]]] = {}

    def asked(self, seen: int, situation: Situation) -> Asked:
        """Give what the rule asks where these marks leave it unsettled."""
        key = (seen & self._mask, situation.history is None)
        found = self._asked.get(key)
        if found is None:
            if len(self._asked) >= MOST_KEPT:
                self._asked.clear()
            found = self._asked[key] = self._asks(*key)
        return found

    def said(self, situation: Situation) -> Reason:
        """Give what the rule says of this patient, drugs and regimens named."""
        history = situation.history
        regimens = () if history is None else history.held_by(self._about)
        alike: list[object] = [one.key for one in regimens]
        if self._of_allergy:
            alike.append(situation.value("allergies"))
        key = tuple(alike)
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) >= MOST_KEPT:
                self._texts.clear()
            found = self._texts[key] = self._text(regimens, situation)
        text, places = found
        told = dict.fromkeys([situation.told(regimens[place].regimen) for place in places])
        return Reason(text.replace("{regimen}", "; ".join(told)), self.reason.basis)

    def _asks(self, marks: int, unread: bool) -> Asked:  # noqa: FBT001 - a part of the key
        rule = self.rule
        unsettled = tuple(self._marks.unsettled(rule.when, marks))
        facts = self._guideline.vocabulary.facts
        names = dict.fromkeys(
            name for leaf in unsettled for name in self._facts(leaf, unread=unread) if name in facts
        )
        wanted = () if self.of_history else (name for leaf in unsettled for name in facts_of(leaf))
        return Asked(
            self._unless is None or self._unless(marks) is not Truth.TRUE,
            rule.question or " ".join([facts[name].question for name in names]),
            tuple([Wanted(name, self.option, self.strictness) for name in wanted]),
        )

    @staticmethod
    def _facts(leaf: Leaf, *, unread: bool) -> tuple[str, ...]:
        """Name the facts of a leaf; what a known history leaves open is asked of each regimen."""
        if isinstance(leaf, OptionEvent) and leaf.event != "allergy":
            return ()
        return facts_of(leaf) if unread or not isinstance(leaf, Held) else ()

    def _text(
        self, regimens: tuple[Counted, ...], situation: Situation
    ) -> tuple[str, tuple[int, ...]]:
        """Give the sentence with its drugs, and the places of the regimens that it tells of."""
        names: list[str] = []
        places: list[int] = []
        for leaf in self._tells:
            if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
                allergies = situation.value("allergies")
                names += [one for one in self.drugs if one in (allergies or ())]  # type: ignore[operator]
                continue
            for place, one in enumerate(regimens):
                if self._true_by(leaf, one):
                    names += [drug for drug in self.drugs if drug in one.drugs]
                    places.append(place)
        titles = [self._guideline.drugs[name].title for name in dict.fromkeys(names)]
        return self.rule.says.replace("{drugs}", " with ".join(titles)), tuple(places)

    def _true_by(self, leaf: OptionEvent | Held, one: Counted) -> bool:
        if isinstance(leaf, Held):
            return leaf.drug in one.drugs
        if set(self.drugs).isdisjoint(one.drugs):
            return False
        return event(leaf, one, self.drugs, self.purpose) is Truth.TRUE


def readings(guideline: Guideline, cites: tuple[str, ...]) -> Iterator[Reason]:
    """Give the interpretations among the ids behind a reason."""
    for one in cites:
        reading = guideline.interpretations.get(one)
        if reading is not None:
            yield Reason(f"As we read it: {reading.says}", one)

"""From a record to an answer: the place, the options, the doses, what is missing, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.engine import outcome as out
from myopathway.engine.bibliography import Bibliography, Works
from myopathway.engine.menu import Menu
from myopathway.engine.missing import Questions
from myopathway.engine.notices import LEVELS, Notices, contradictions
from myopathway.engine.options import Judge
from myopathway.engine.place import Place
from myopathway.engine.position import Positions
from myopathway.engine.safety import SafetyLayer
from myopathway.engine.served import Served
from myopathway.engine.situation import Situation
from myopathway.engine.trace import Planner, steps

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.engine.traceline import Plan
    from myopathway.facts import Record
    from myopathway.guideline.model import Guideline, Node

_NOWHERE: Final = Place((), ())
_NOTHING: Final = Served((), (), 0, ())
_NO_WORKS: Final[Works] = ((), ())


class Engine:
    """Answers for one guideline; holds nothing of any patient."""

    def __init__(self, guideline: Guideline, *, safety: bool = True) -> None:
        """Prepare what does not depend on the patient; without ``safety``, the sources alone."""
        self.guideline = guideline
        self.positions = Positions(guideline)
        self.safety = SafetyLayer(guideline, self.positions.cuts.lines.marks) if safety else None
        marks = self.positions.cuts.lines.marks
        self._bibliography = Bibliography(guideline)
        judge = Judge(guideline, marks, self._bibliography, safety=safety)
        self._menu = Menu(guideline, self._advice(), judge)
        self._notices = Notices(guideline, marks)
        self._questions = Questions(self.positions.cuts)
        self._planner = Planner(guideline, marks)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._order = {name: place for place, name in enumerate(guideline.vocabulary.facts)}
        edition = guideline.edition
        self._about_all = tuple(out.Reason(one.text, one.cites[0]) for one in edition.evidence)
        self._abouts = {node.id: self._about(node) for node in guideline.nodes}
        self._guideline_answer = out.GuidelineAnswer(
            edition.id,
            edition.version,
            guideline.content_hash,
            tuple(out.SourceText(one.title, one.publisher, one.url) for one in edition.sources),
        )

    def answer(
        self,
        record: Record,
        day: dt.date,
        occasions: tuple[str, ...] = (),
        brief: frozenset[str] | None = None,
    ) -> out.Answer:
        """Give the answer for a record on a day.

        In ``brief``, all that decides is the same; of its reasons there are only the steps that are
        true and, of the facts, those named; where everything comes from is left out.
        """
        situation = Situation(self.guideline, self.positions.cuts.lines, record, day)
        if not self.positions.covered(situation):
            scope = self.guideline.scope
            about = out.About("Not covered", scope.says, (), ())
            plan = self._planner.plan([(scope.when, scope.cites[0])])
            return self._answer(situation, "not-covered", None, _NOWHERE, about, plan, brief)
        conflicts = self.positions.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            about = out.About(
                "Contradiction", "Stated facts contradict each other; settle them first.", (), ()
            )
            criteria = [(one.when, one.cites[0]) for one in conflicts]
            plan = self._planner.plan(criteria)
            told = contradictions(situation, conflicts)
            return self._answer(
                situation, "conflict", None, _NOWHERE, about, plan, brief, told=told
            )
        place = self.positions.place(situation)
        if len(place.possible) != 1:
            return self._unsettled(situation, place, occasions, brief)
        node = self.guideline.node(place.possible[0])
        return self._settled(situation, place, node, occasions, brief)

    def _unsettled(
        self,
        situation: Situation,
        place: Place,
        occasions: tuple[str, ...],
        brief: frozenset[str] | None,
    ) -> out.Answer:
        titles = "; ".join(self.guideline.node(name).title for name in place.possible)
        reading = self.guideline.interpretations[self.guideline.readings["unknown"][0]]
        why = out.Reason(f"As we read it: {reading.says}", reading.id)
        evidence = (why, *self._about_all)
        about = out.About("More has to be known", f"Possible: {titles}.", (), evidence)
        return self._answer(
            situation,
            "needs-information",
            None,
            place,
            about,
            self._plan(place.possible),
            brief,
            missing=self._questions.missing(situation, place, ()),
            told=self._told(situation, place.possible, _NOTHING, occasions),
        )

    def _settled(
        self,
        situation: Situation,
        place: Place,
        node: Node,
        occasions: tuple[str, ...],
        brief: frozenset[str] | None,
    ) -> out.Answer:
        served = self._menu.serve(node, situation)
        return self._answer(
            situation,
            "recommended",
            node,
            place,
            self._abouts[node.id],
            self._plan(place.possible),
            brief,
            served=served,
            missing=self._questions.missing(situation, place, served.wanted),
            told=self._told(situation, place.possible, served, occasions),
        )

    def _answer(  # noqa: PLR0913 - the answer's own parts
        self,
        situation: Situation,
        status: out.Status,
        node: Node | None,
        place: Place,
        about: out.About,
        plan: Plan,
        brief: frozenset[str] | None,
        *,
        served: Served = _NOTHING,
        missing: tuple[out.Missing, ...] = (),
        told: tuple[out.NoticeAnswer, ...] = (),
    ) -> out.Answer:
        trace = steps(plan, situation, true_alone=brief is not None)
        before = self.safety.before_start(situation, served.open) if self.safety else ()
        references, rows = (
            _NO_WORKS if brief is not None else self._works(about, trace, told, served, before)
        )
        known = situation.known
        names = known.keys() & (self._order.keys() if brief is None else brief)
        shown = [
            out.FactShown(name, situation.shown(name, known[name]), known[name].source)
            for name in sorted(names, key=self._order.__getitem__)
        ]
        return out.Answer(
            status=status,
            node=node.id if node else None,
            group=node.group if node else None,
            line=node.line if node else None,
            possible=place.possible,
            about=about,
            therapies=served.therapies,
            trace=trace,
            missing=missing,
            notices=told,
            references=references,
            as_of=situation.day.isoformat(),
            facts=tuple(shown),
            guideline=self._guideline_answer,
            before_start=before,
            safety=rows,
        )

    def _works(
        self,
        about: out.About,
        trace: tuple[out.Step, ...],
        told: tuple[out.NoticeAnswer, ...],
        served: Served,
        before: tuple[out.DrugChecks, ...],
    ) -> Works:
        """Give the works and the safety rows that an answer of these parts rests on."""
        bits = self._bibliography.bits
        cited = served.cites | bits(about.statements)
        cited |= bits([one.basis for part in (about.evidence, trace, told) for one in part])
        for drug in before:
            cited |= bits([one.basis for one in drug.checks])
        return self._bibliography.works(cited)

    def _told(
        self,
        situation: Situation,
        nodes: tuple[str, ...],
        served: Served,
        occasions: tuple[str, ...],
    ) -> tuple[out.NoticeAnswer, ...]:
        """Give all messages, the most urgent first."""
        found = self._notices.pick(situation, nodes, served, occasions)
        if self.safety is not None:
            node = self.guideline.node(nodes[0]) if len(nodes) == 1 else None
            found += self.safety.notices(situation, node, served.open)
        return tuple(sorted(found, key=lambda one: LEVELS[one.level]))

    def _about(self, node: Node) -> out.About:
        group = next(one for one in self.guideline.groups if one.id == node.group)
        evidence = tuple(out.Reason(one.text, one.cites[0]) for one in node.evidence)
        statements = tuple(dict.fromkeys((*node.cites, *group.cites)))
        return out.About(node.title, node.says, statements, (*evidence, *self._about_all))

    def _plan(self, possible: tuple[str, ...]) -> Plan:
        """Lay out the trace for the nodes that are possible, once for each set of nodes."""
        laid_out = self._plans.get(possible)
        if laid_out is None:
            nodes = [self.guideline.node(name) for name in possible]
            laid_out = self._plans[possible] = self._planner.plan(
                [(one, node.cites[0]) for node in nodes for one in node.when]
            )
        return laid_out

    def _advice(self) -> dict[str, tuple[out.Advice, ...]]:
        """Give what holds wherever a drug is given, by the sources and by the safety layer."""
        return {
            name: (
                *(out.Advice(one.kind, one.text, one.cites[0]) for one in drug.advice),
                *(self.safety.advice[name] if self.safety else ()),
            )
            for name, drug in self.guideline.drugs.items()
        }

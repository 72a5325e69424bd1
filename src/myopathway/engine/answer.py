"""From a record to an answer: the place, the options, the doses, what is missing, why."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine import outcome as out
from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.engine.missing import DOSE, Questions
from myopathway.engine.notices import Notices, contradictions
from myopathway.engine.options import Judge, Judged, Wanted
from myopathway.engine.position import MOST_KEPT, Place, Positions
from myopathway.engine.situation import Situation
from myopathway.engine.trace import Plan, plan, steps
from myopathway.engine.words import plain_value
from myopathway.guideline.model import Dose
from myopathway.truth import Truth

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from myopathway.facts import Record
    from myopathway.guideline.model import Guideline, Node, Option, Therapy

class _Doses(msgspec.Struct, frozen=True):
    """What is fixed of a drug's dose in an option; ``fixed`` needs no weight."""

    doses: tuple[Dose, ...]
    text: str
    routes: tuple[str, ...]
    basis: str
    figures: bool
    by_weight: bool
    fixed: tuple[out.Calculated, ...]


_NO_DOSE: Final = "No dose: excluded for this patient."
_NOWHERE: Final = Place((), ())


class Engine:
    """Answers for one guideline; holds nothing of any patient."""

    def __init__(self, guideline: Guideline, *, safety: bool = True) -> None:
        """Prepare what does not depend on the patient; without ``safety``, the sources alone."""
        self.guideline = guideline
        self.positions = Positions(guideline)
        self.judge = Judge(guideline, safety=safety)
        self._notices = Notices(guideline)
        edition = guideline.edition
        self._about_all = tuple(
            out.Reason(one.text, one.cites[0]) for one in edition.evidence
        )
        self._guideline_answer = out.GuidelineAnswer(
            edition.id,
            edition.version,
            guideline.content_hash,
            tuple(out.SourceText(one.title, one.publisher, one.url) for one in edition.sources),
        )
        self._advice = {
            name: tuple(out.Advice(one.kind, one.text, one.cites[0]) for one in drug.advice)
            for name, drug in guideline.drugs.items()
        }
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._evidence = {
            (node.id, option.id): tuple(
                out.Reason(one.text, one.cites[0]) for one in option.evidence
            )
            for node in guideline.nodes
            for therapy in node.therapies
            for option in therapy.options
        }
        known = guideline.statements
        self._statements: dict[int, list[str]] = {}
        self._option_cites: dict[int, frozenset[str]] = {}
        for node in guideline.nodes:
            for therapy in node.therapies:
                self._statements[id(therapy)] = [one for one in therapy.cites if one in known]
                for option in therapy.options:
                    self._statements[id(option)] = [one for one in option.cites if one in known]
                    advice = [one for name in option.drugs for one in self._advice[name]]
                    self._option_cites[id(option)] = frozenset(
                        [one.basis for one in advice]
                        + [cite for one in option.evidence for cite in one.cites]
                    )
        self._doses = {
            (id(option), name): _doses(option, name)
            for node in guideline.nodes
            for therapy in node.therapies
            for option in therapy.options
            for name in option.drugs
        }
        self._abouts = {node.id: self._about(node) for node in guideline.nodes}
        self._by_weight = {
            id(option): any(needs_weight(one) for one in option.doses)
            for node in guideline.nodes
            for therapy in node.therapies
            for option in therapy.options
        }
        self._kept_options: dict[tuple[Judged, bool | None], out.OptionAnswer] = {}
        self._kept_references: dict[frozenset[str], tuple[out.ReferenceAnswer, ...]] = {}
        self._numbers = {
            name: frozenset(one.cites) for name, one in guideline.statements.items()
        }
        self._references = {
            one.number: out.ReferenceAnswer(one.number, one.citation, one.pmid)
            for one in guideline.references.values()
        }

    def answer(
        self, record: Record, day: dt.date, occasions: tuple[str, ...] = ()
    ) -> out.Answer:
        """Give the answer for a record on a day."""
        situation = Situation(self.guideline, self.positions.cuts.lines, record, day)
        if not self.positions.covered(situation):
            scope = self.guideline.scope
            about = out.About("Not covered", scope.says, (), ())
            trace = steps(plan(self.guideline, [(scope.when, scope.cites[0])]), situation)
            return self._answer(situation, "not-covered", None, _NOWHERE, about, trace)
        conflicts = self.positions.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            told = contradictions(situation, conflicts)
            about = out.About(
                "Contradiction", "Stated facts contradict each other; settle them first.", (), ()
            )
            criteria = [(one.when, one.cites[0]) for one in conflicts]
            trace = steps(plan(self.guideline, criteria), situation)
            return self._answer(
                situation, "conflict", None, _NOWHERE, about, trace, notices_first=told
            )
        place = self.positions.place(situation)
        if len(place.possible) != 1:
            return self._unsettled(situation, place, occasions)
        return self._settled(situation, place, self.guideline.node(place.possible[0]), occasions)

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
            laid_out = self._plans[possible] = plan(
                self.guideline, [(one, node.cites[0]) for node in nodes for one in node.when]
            )
        return laid_out

    def _unsettled(
        self, situation: Situation, place: Place, occasions: tuple[str, ...]
    ) -> out.Answer:
        nodes = [self.guideline.node(name) for name in place.possible]
        titles = "; ".join(node.title for node in nodes)
        about = out.About(
            "More has to be known", f"Possible: {titles}.", (), self._about_all
        )
        trace = steps(self._plan(place.possible), situation)
        missing = Questions(self.positions.cuts, situation).missing(place, ())
        return self._answer(
            situation, "needs-information", None, place, about, trace,
            missing=missing, notices_first=self._notices.pick(situation, None, (), occasions),
        )  # fmt: skip

    def _settled(
        self, situation: Situation, place: Place, node: Node, occasions: tuple[str, ...]
    ) -> out.Answer:
        wanted: list[Wanted] = []
        cited: set[str] = set()
        therapies = tuple(
            [self._therapy(situation, node, one, wanted, cited) for one in node.therapies]
        )
        return self._answer(
            situation, "recommended", node, place, self._abouts[node.id],
            steps(self._plan(place.possible), situation),
            therapies=therapies,
            missing=Questions(self.positions.cuts, situation).missing(place, wanted),
            notices_first=self._notices.pick(situation, node, therapies, occasions),
            cited=cited,
        )  # fmt: skip

    def _therapy(
        self,
        situation: Situation,
        node: Node,
        therapy: Therapy,
        wanted: list[Wanted],
        cited: set[str],
    ) -> out.TherapyAnswer:
        answers: list[out.OptionAnswer] = []
        statements = list(self._statements[id(therapy)])
        for option in therapy.options:
            listed = self.judge.listed(option, situation)
            if listed is Truth.UNKNOWN and option.listed is not None:
                wanted.extend(self.judge.unlisted(option, situation))
            if listed is not Truth.TRUE:
                continue
            judged, reasons, more = self.judge.judge(node, option, situation)
            wanted.extend(more)
            cited |= judged.cites
            answers.append(self._option(situation, node, option, judged, reasons, wanted))
            statements.extend(self._statements[id(option)])
            cited |= self._option_cites[id(option)]
        cited.update(statements)
        shown = tuple(dict.fromkeys(statements))
        return out.TherapyAnswer(therapy.role, therapy.says, shown, tuple(answers))

    def _option(
        self,
        situation: Situation,
        node: Node,
        option: Option,
        judged: Judged,
        reasons: tuple[out.Reason, ...],
        wanted: list[Wanted],
    ) -> out.OptionAnswer:
        """Give an option with its doses; kept where neither history nor weight changes it."""
        adult = self._adult(situation)
        key = (judged, adult)
        keep = judged.reasons is not None and adult is not None and not self._by_weight[id(option)]
        if keep and (kept := self._kept_options.get(key)) is not None:
            return kept
        excluded = judged.verdict == "excluded"
        answer = out.OptionAnswer(
            option.id,
            option.tier,
            judged.verdict,
            reasons,
            tuple(
                [self._drug(situation, option, name, excluded, wanted) for name in option.drugs]
            ),
            self._evidence[node.id, option.id],
        )
        if keep:
            if len(self._kept_options) >= MOST_KEPT:
                self._kept_options.clear()
            self._kept_options[key] = answer
        return answer

    def _adult(self, situation: Situation) -> bool | None:
        """Say whether doses may be shown; None while the age is not known."""
        age = situation.value(self.guideline.adult.fact)
        return age >= self.guideline.adult.from_years if isinstance(age, Decimal) else None

    def _drug(
        self,
        situation: Situation,
        option: Option,
        name: str,
        excluded: bool,  # noqa: FBT001 - said beside the call
        wanted: list[Wanted],
    ) -> out.DrugDose:
        doses = self._doses[id(option), name]
        text, numbers = doses.text, ()
        if excluded:
            text = _NO_DOSE
        elif doses.figures:
            text, numbers = self._numbers_for(situation, option, name, doses, wanted)
        else:
            text = self._words_for(situation, text)
        return out.DrugDose(name, doses.routes, text, numbers, doses.basis, self._advice[name])

    def _words_for(self, situation: Situation, text: str) -> str:
        """Give a dose without figures; below the age of an adult that is said first."""
        adult = self.guideline.adult
        age = situation.value(adult.fact)
        if isinstance(age, Decimal) and age < adult.from_years:
            return f"{adult.child} ({text})"
        return text

    def _numbers_for(
        self,
        situation: Situation,
        option: Option,
        name: str,
        doses: _Doses,
        wanted: list[Wanted],
    ) -> tuple[str, tuple[out.Calculated, ...]]:
        adult = self.guideline.adult
        age = situation.value(adult.fact)
        if not isinstance(age, Decimal):
            wanted.append(Wanted(adult.fact, option.id, DOSE))
            return adult.unknown, ()
        if age < adult.from_years:
            return adult.child, ()
        if not doses.by_weight:
            return doses.text, doses.fixed
        weights = self.guideline.drugs[name].dose_weight
        known = [value for one in weights if (value := situation.value(one)) is not None]
        weight = known[0] if known else None
        if not isinstance(weight, Decimal):
            wanted.append(Wanted(weights[-1], option.id, DOSE))
            return doses.text, doses.fixed
        return doses.text, tuple([part for one in doses.doses for part in calculated(one, weight)])

    def _answer(  # noqa: PLR0913, PLR0917 - the answer's own parts
        self,
        situation: Situation,
        status: out.Status,
        node: Node | None,
        place: Place,
        about: out.About,
        trace: tuple[out.Step, ...],
        *,
        therapies: tuple[out.TherapyAnswer, ...] = (),
        missing: tuple[out.Missing, ...] = (),
        notices_first: tuple[out.NoticeAnswer, ...] = (),
        cited: Collection[str] = (),
    ) -> out.Answer:
        return out.Answer(
            status=status,
            node=node.id if node else None,
            group=node.group if node else None,
            line=node.line if node else None,
            possible=place.possible,
            about=about,
            therapies=therapies,
            trace=trace,
            missing=missing,
            notices=notices_first,
            references=self._cited(
                frozenset(
                    {
                        *cited,
                        *about.statements,
                        *[one.basis for one in about.evidence],
                        *[one.basis for one in trace],
                        *[one.basis for one in notices_first],
                    }
                )
            ),
            as_of=situation.day.isoformat(),
            facts=tuple(
                out.FactShown(name, plain_value(self.guideline, known), known.source)
                for name in self.guideline.vocabulary.facts
                if (known := situation.known.get(name)) is not None
            ),
            guideline=self._guideline_answer,
        )

    def _cited(self, ids: frozenset[str]) -> tuple[out.ReferenceAnswer, ...]:
        found = self._kept_references.get(ids)
        if found is None:
            numbers: set[int] = set()
            for one in ids:
                numbers |= self._numbers.get(one, frozenset())
            found = tuple(self._references[number] for number in sorted(numbers))
            if len(self._kept_references) >= MOST_KEPT:
                self._kept_references.clear()
            self._kept_references[ids] = found
        return found


def _doses(option: Option, name: str) -> _Doses:
    doses = tuple(one for one in option.doses if one.drug == name)
    return _Doses(
        doses=doses,
        text=in_words(doses),
        routes=tuple(dict.fromkeys(route for one in doses for route in one.routes)),
        basis=doses[0].cite,
        figures=any(one.kind for one in doses),
        by_weight=any(needs_weight(one) for one in doses),
        fixed=tuple(part for one in doses for part in calculated(one, None)),
    )

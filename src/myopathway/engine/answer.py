"""From a record to an answer: the place, the options, the doses, what is missing, why."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Criterion
from myopathway.engine import outcome as out
from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.engine.missing import DOSE, Questions
from myopathway.engine.notices import contradictions, notices
from myopathway.engine.options import Judge, Judged, Wanted
from myopathway.engine.position import Place, Positions
from myopathway.engine.situation import Situation
from myopathway.engine.trace import Tracer
from myopathway.engine.words import plain_value
from myopathway.truth import Truth

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from myopathway.facts import Record
    from myopathway.guideline.model import Drug, Guideline, Node, Option, Therapy

_NO_DOSE: Final = "No dose: excluded for this patient."
_NOWHERE: Final = Place((), ())


class Engine:
    """Answers for one guideline; holds nothing of any patient."""

    def __init__(self, guideline: Guideline) -> None:
        """Prepare what does not depend on the patient."""
        self.guideline = guideline
        self.positions = Positions(guideline)
        self.judge = Judge(guideline)
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
            trace = Tracer(situation).steps([(scope.when, scope.cites[0])])
            return self._answer(situation, "not-covered", None, _NOWHERE, about, trace)
        conflicts = self.positions.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            told = contradictions(situation, conflicts)
            about = out.About(
                "Contradiction", "Stated facts contradict each other; settle them first.", (), ()
            )
            trace = Tracer(situation).steps((one.when, one.cites[0]) for one in conflicts)
            return self._answer(
                situation, "conflict", None, _NOWHERE, about, trace, notices_first=told
            )
        place = self.positions.place(situation)
        if len(place.possible) != 1:
            return self._unsettled(situation, place, occasions)
        return self._settled(situation, place, self.guideline.node(place.possible[0]), occasions)

    def _unsettled(
        self, situation: Situation, place: Place, occasions: tuple[str, ...]
    ) -> out.Answer:
        nodes = [self.guideline.node(name) for name in place.possible]
        titles = "; ".join(node.title for node in nodes)
        about = out.About(
            "More has to be known", f"Possible: {titles}.", (), self._about_all
        )
        trace = Tracer(situation).steps(_criteria(nodes))
        missing = Questions(self.positions.cuts, situation).missing(place, ())
        return self._answer(
            situation, "needs-information", None, place, about, trace,
            missing=missing, notices_first=notices(situation, None, (), occasions),
        )  # fmt: skip

    def _settled(
        self, situation: Situation, place: Place, node: Node, occasions: tuple[str, ...]
    ) -> out.Answer:
        wanted: list[Wanted] = []
        therapies = tuple(
            self._therapy(situation, node, therapy, wanted) for therapy in node.therapies
        )
        group = next(one for one in self.guideline.groups if one.id == node.group)
        evidence = tuple(out.Reason(one.text, one.cites[0]) for one in node.evidence)
        about = out.About(
            node.title,
            node.says,
            tuple(dict.fromkeys((*node.cites, *group.cites))),
            (*evidence, *self._about_all),
        )
        return self._answer(
            situation, "recommended", node, place, about,
            Tracer(situation).steps(_criteria([node])),
            therapies=therapies,
            missing=Questions(self.positions.cuts, situation).missing(place, wanted),
            notices_first=notices(situation, node, therapies, occasions),
        )  # fmt: skip

    def _therapy(
        self, situation: Situation, node: Node, therapy: Therapy, wanted: list[Wanted]
    ) -> out.TherapyAnswer:
        answers: list[out.OptionAnswer] = []
        cites = list(therapy.cites)
        for option in therapy.options:
            listed = self.judge.listed(option, situation)
            if listed is Truth.UNKNOWN and option.listed is not None:
                wanted.extend(self.judge.unlisted(option, situation))
            if listed is not Truth.TRUE:
                continue
            judged, more = self.judge.judge(node, option, situation)
            wanted.extend(more)
            answers.append(self._option(situation, judged, wanted))
            cites.extend(option.cites)
        statements = tuple(
            one for one in dict.fromkeys(cites) if one in self.guideline.statements
        )
        return out.TherapyAnswer(therapy.role, therapy.says, statements, tuple(answers))

    def _option(
        self, situation: Situation, judged: Judged, wanted: list[Wanted]
    ) -> out.OptionAnswer:
        option = judged.option
        return out.OptionAnswer(
            option.id,
            option.tier,
            judged.verdict,
            judged.reasons,
            tuple(
                self._drug(situation, option, name, judged.verdict == "excluded", wanted)
                for name in option.drugs
            ),
            tuple(out.Reason(one.text, one.cites[0]) for one in option.evidence),
        )

    def _drug(
        self,
        situation: Situation,
        option: Option,
        name: str,
        excluded: bool,  # noqa: FBT001 - said beside the call
        wanted: list[Wanted],
    ) -> out.DrugDose:
        drug = self.guideline.drugs[name]
        doses = tuple(one for one in option.doses if one.drug == name)
        routes = tuple(dict.fromkeys(route for one in doses for route in one.routes))
        text, numbers = in_words(doses), ()
        if excluded:
            text = _NO_DOSE
        elif any(one.kind for one in doses):
            text, numbers = self._numbers_for(situation, option, drug, doses, text, wanted)
        else:
            text = self._words_for(situation, text)
        basis = doses[0].cite if doses else option.cites[0]
        return out.DrugDose(name, routes, text, numbers, basis, self._advice[name])

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
        drug: Drug,
        doses: tuple,
        text: str,
        wanted: list[Wanted],
    ) -> tuple[str, tuple[out.Calculated, ...]]:
        adult = self.guideline.adult
        age = situation.value(adult.fact)
        if not isinstance(age, Decimal):
            wanted.append(Wanted(adult.fact, option.id, DOSE))
            return adult.unknown, ()
        if age < adult.from_years:
            return adult.child, ()
        weight: Decimal | None = None
        for name in drug.dose_weight:
            value = situation.value(name)
            if isinstance(value, Decimal):
                weight = value
                break
        if weight is None and any(needs_weight(one) for one in doses):
            wanted.append(Wanted(drug.dose_weight[-1], option.id, DOSE))
        return text, tuple(part for one in doses for part in calculated(one, weight))

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
            references=self._cited(about, therapies, trace, notices_first),
            as_of=situation.day.isoformat(),
            facts=tuple(
                out.FactShown(name, plain_value(self.guideline, known), known.source)
                for name in self.guideline.vocabulary.facts
                if (known := situation.known.get(name)) is not None
            ),
            guideline=self._guideline_answer,
        )

    def _cited(
        self,
        about: out.About,
        therapies: tuple[out.TherapyAnswer, ...],
        trace: tuple[out.Step, ...],
        told: tuple[out.NoticeAnswer, ...],
    ) -> tuple[out.ReferenceAnswer, ...]:
        ids: set[str] = {*about.statements, *(one.basis for one in about.evidence)}
        ids.update(one.basis for one in trace)
        ids.update(one.basis for one in told)
        for therapy in therapies:
            ids.update(therapy.statements)
            for option in therapy.options:
                ids.update(one.basis for one in option.reasons)
                ids.update(one.basis for one in option.evidence)
                ids.update(one.basis for drug in option.drugs for one in drug.advice)
        numbers: set[int] = set()
        for one in ids:
            numbers |= self._numbers.get(one, frozenset())
        return tuple(self._references[number] for number in sorted(numbers))


def _criteria(nodes: Iterable[Node]) -> list[tuple[Criterion, str]]:
    return [(one, node.cites[0]) for node in nodes for one in node.when]

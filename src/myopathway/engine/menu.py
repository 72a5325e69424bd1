"""The therapies of a node for one patient: every option judged, its doses worked out or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.engine.asked import Wanted
from myopathway.engine.course import Entry, Part
from myopathway.engine.doses import Doses
from myopathway.engine.outcome import Advice, DrugDose, OptionAnswer, Reason, TherapyAnswer
from myopathway.engine.served import Served
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.engine.judged import Judged
    from myopathway.engine.options import Judge
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline, Node, Option, Therapy

DOSE: Final = 4  # a dose that cannot be shown is asked for before any verdict
MOST_KEPT: Final = 20_000


class Menu:
    """Serves the therapies of one guideline; remembers what is the same for many patients."""

    def __init__(
        self, guideline: Guideline, advice: dict[str, tuple[Advice, ...]], judge: Judge
    ) -> None:
        """Prepare every option; ``advice`` is what holds wherever a drug is given."""
        self._guideline = guideline
        self._judge = judge
        self._bits = judge.bibliography.bits
        self._parts = {
            node.id: tuple(self._part(node, therapy, advice) for therapy in node.therapies)
            for node in guideline.nodes
        }
        self._kept: dict[tuple[Judged, bool | None], OptionAnswer] = {}

    def serve(self, node: Node, situation: Situation) -> Served:
        """Give the therapies of a node for a patient."""
        order = _Order(self._adult(situation))
        therapies = [self._therapy(part, situation, order) for part in self._parts[node.id]]
        return Served(tuple(therapies), tuple(order.wanted), order.cites, tuple(order.open))

    def _part(self, node: Node, therapy: Therapy, advice: dict[str, tuple[Advice, ...]]) -> Part:
        entries = tuple(self._entry(node, one, advice) for one in therapy.options)
        own = tuple(one for one in therapy.cites if one in self._guideline.statements)
        shown = dict.fromkeys([*own, *(name for one in entries for name in one.statements)])
        return Part(therapy, entries, own, tuple(shown), self._bits(own))

    def _entry(self, node: Node, option: Option, advice: dict[str, tuple[Advice, ...]]) -> Entry:
        known = self._guideline.statements
        doses = tuple(Doses(self._guideline, option, name, advice[name]) for name in option.drugs)
        statements = tuple(one for one in option.cites if one in known)
        cites = [*statements, *(cite for one in option.evidence for cite in one.cites)]
        cites += [one.basis for dose in doses for one in dose.excluded.advice]
        asked = Wanted(self._guideline.adult.fact, option.id, DOSE)
        return Entry(
            option=option,
            doses=doses,
            evidence=tuple(Reason(one.text, one.cites[0]) for one in option.evidence),
            statements=statements,
            cites=self._bits(cites),
            by_weight=any(one.by_weight for one in doses),
            sheet=self._judge.sheet(node, option),
            excluded=tuple(one.excluded for one in doses),
            by_age={age: tuple(one.by_age[age] for one in doses) for age in (None, False, True)},
            no_age=(asked,) * len(doses),
        )

    def _therapy(self, part: Part, situation: Situation, order: _Order) -> TherapyAnswer:
        answers: list[OptionAnswer] = []
        statements: list[str] | None = None
        cites = part.cites
        for place, entry in enumerate(part.entries):
            listed = entry.sheet.listed
            if listed is not None and (truth := listed(situation.marks)) is not Truth.TRUE:
                if truth is Truth.UNKNOWN:
                    order.wanted.extend(self._judge.unlisted(entry.option, situation))
                if statements is None:
                    statements = [*part.statements]
                    for before in part.entries[:place]:
                        statements += before.statements
                continue
            judged, reasons, more = self._judge.judge(entry.sheet, situation)
            order.wanted += more
            answers.append(self._option(entry, judged, reasons, situation, order))
            if statements is not None:
                statements += entry.statements
            cites |= judged.cites | entry.cites
        order.cites |= cites
        shown = part.shown if statements is None else tuple(dict.fromkeys(statements))
        therapy = part.therapy
        return TherapyAnswer(therapy.role, therapy.says, shown, tuple(answers))

    def _option(
        self,
        entry: Entry,
        judged: Judged,
        reasons: tuple[Reason, ...],
        situation: Situation,
        order: _Order,
    ) -> OptionAnswer:
        """Give an option with its doses; kept where neither history nor weight changes it."""
        adult = order.adult
        if judged.verdict == "excluded":
            drugs = entry.excluded
        else:
            if adult is None:
                order.wanted += entry.no_age
            elif adult and entry.by_weight:
                drugs = self._weighed(entry, situation, order)
                order.open += drugs
                return _answer(entry, judged, reasons, drugs)
            drugs = entry.by_age[adult]
            order.open += drugs
        if judged.reasons is None:
            return _answer(entry, judged, reasons, drugs)
        kept = self._kept.get((judged, adult))
        if kept is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            kept = self._kept[judged, adult] = _answer(entry, judged, reasons, drugs)
        return kept

    @staticmethod
    def _weighed(entry: Entry, situation: Situation, order: _Order) -> tuple[DrugDose, ...]:
        found: list[DrugDose] = []
        for one in entry.doses:
            answer = one.by_age[True]
            if one.by_weight:
                weights = [situation.value(name) for name in one.weights]
                weight = next((value for value in weights if value is not None), None)
                if isinstance(weight, Decimal):
                    answer = one.worked(weight)
                else:
                    order.wanted.append(Wanted(one.weights[-1], entry.option.id, DOSE))
            found.append(answer)
        return tuple(found)

    def _adult(self, situation: Situation) -> bool | None:
        """Say whether doses may be shown; None while the age is not known."""
        age = situation.value(self._guideline.adult.fact)
        return age >= self._guideline.adult.from_years if isinstance(age, Decimal) else None


class _Order:
    """What is gathered while one patient is served; ``adult`` is None while the age is unknown."""

    def __init__(self, adult: bool | None) -> None:  # noqa: FBT001 - a truth about the patient
        self.adult = adult
        self.wanted: list[Wanted] = []
        self.open: list[DrugDose] = []
        self.cites = 0


def _answer(
    entry: Entry, judged: Judged, reasons: tuple[Reason, ...], drugs: tuple[DrugDose, ...]
) -> OptionAnswer:
    option = entry.option
    return OptionAnswer(option.id, option.tier, judged.verdict, reasons, drugs, entry.evidence)

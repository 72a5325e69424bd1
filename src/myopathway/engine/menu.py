"""The therapies of a node for one patient: every option judged, its doses worked out or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.clause import Wanted
from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.engine.options import Judge, Judged, Sheet
from myopathway.engine.outcome import (
    Advice,
    Calculated,
    DrugDose,
    OptionAnswer,
    Reason,
    TherapyAnswer,
)
from myopathway.guideline.model import Node, Option, Therapy
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline

DOSE: Final = 4  # a dose that cannot be shown is asked for before any verdict
MOST_KEPT: Final = 20_000
MOST_WORKED: Final = 1_000  # weights, of each drug of each option
_WEEKLY: Final = "Whenever it is given: once WEEKLY, never daily."
_NO_DOSE: Final = "No dose: excluded for this patient."


class _Doses:
    """The doses of one drug in an option: all answers that need no weight, and those worked out."""

    def __init__(
        self, guideline: Guideline, option: Option, name: str, advice: tuple[Advice, ...]
    ) -> None:
        """Word every answer that may be given."""
        doses = tuple(one for one in option.doses if one.drug == name)
        text = in_words(doses)
        rhythm = _WEEKLY if any(one.per == "week" for one in doses) else ""
        without_figures = rhythm if any(one.kind for one in doses) else f"({text})"
        limits = guideline.adult
        self.doses = doses
        self.by_weight = any(needs_weight(one) for one in doses)
        self.weights = guideline.drugs[name].dose_weight
        routes = tuple(dict.fromkeys(route for one in doses for route in one.routes))

        def answer(text: str, numbers: tuple[Calculated, ...] = ()) -> DrugDose:
            return DrugDose(name, routes, text.strip(), numbers, doses[0].cite, advice)

        self.excluded = answer(f"{_NO_DOSE} {rhythm}")
        self.by_age = {
            None: answer(f"{limits.unknown} {without_figures}"),
            False: answer(f"{limits.child} {without_figures}"),
            True: answer(text, tuple(part for one in doses for part in calculated(one, None))),
        }
        self._worked: dict[Decimal, DrugDose] = {}

    def worked(self, weight: Decimal) -> DrugDose:
        """Give the doses worked out for a weight in kg."""
        found = self._worked.get(weight)
        if found is None:
            if len(self._worked) >= MOST_WORKED:
                self._worked.clear()
            found = self._worked[weight] = msgspec.structs.replace(
                self.by_age[True],
                calculated=tuple(part for one in self.doses for part in calculated(one, weight)),
            )
        return found


class _Entry(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of an option of a node.

    ``excluded`` and ``by_age`` are its drugs where no weight is needed; ``no_age`` is what is
    asked while the age is not known.
    """

    option: Option
    doses: tuple[_Doses, ...]
    evidence: tuple[Reason, ...]
    statements: tuple[str, ...]
    cites: int
    by_weight: bool
    sheet: Sheet
    excluded: tuple[DrugDose, ...]
    by_age: dict[bool | None, tuple[DrugDose, ...]]
    no_age: tuple[Wanted, ...]


class _Part(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of a therapy of a node; ``shown``: its statements, all options listed."""

    therapy: Therapy
    entries: tuple[_Entry, ...]
    statements: tuple[str, ...]
    shown: tuple[str, ...]
    cites: int


class Served(msgspec.Struct, frozen=True):
    """The therapies of a node, what is not known of them, and what they cite (bits).

    ``open`` are the drugs of options that are not excluded, in the order of the answer.
    """

    therapies: tuple[TherapyAnswer, ...]
    wanted: tuple[Wanted, ...]
    cites: int
    open: tuple[DrugDose, ...]


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

    def _part(self, node: Node, therapy: Therapy, advice: dict[str, tuple[Advice, ...]]) -> _Part:
        entries = tuple(self._entry(node, one, advice) for one in therapy.options)
        own = tuple(one for one in therapy.cites if one in self._guideline.statements)
        shown = dict.fromkeys([*own, *(name for one in entries for name in one.statements)])
        return _Part(therapy, entries, own, tuple(shown), self._bits(own))

    def _entry(self, node: Node, option: Option, advice: dict[str, tuple[Advice, ...]]) -> _Entry:
        known = self._guideline.statements
        doses = tuple(_Doses(self._guideline, option, name, advice[name]) for name in option.drugs)
        statements = tuple(one for one in option.cites if one in known)
        cites = [*statements, *(cite for one in option.evidence for cite in one.cites)]
        cites += [one.basis for dose in doses for one in dose.excluded.advice]
        asked = Wanted(self._guideline.adult.fact, option.id, DOSE)
        return _Entry(
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

    def _therapy(self, part: _Part, situation: Situation, order: _Order) -> TherapyAnswer:
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
        entry: _Entry,
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
    def _weighed(entry: _Entry, situation: Situation, order: _Order) -> tuple[DrugDose, ...]:
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
    entry: _Entry, judged: Judged, reasons: tuple[Reason, ...], drugs: tuple[DrugDose, ...]
) -> OptionAnswer:
    option = entry.option
    return OptionAnswer(option.id, option.tier, judged.verdict, reasons, drugs, entry.evidence)

"""The therapies of a node for one patient: every option judged, its doses worked out or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.engine.options import Judge, Judged, Sheet, Wanted
from myopathway.engine.outcome import (
    Advice,
    Calculated,
    DrugDose,
    OptionAnswer,
    Reason,
    TherapyAnswer,
)
from myopathway.guideline.model import Dose, Node, Option, Therapy
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline

DOSE: Final = 4  # a dose that cannot be shown is asked for before any verdict
MOST_KEPT: Final = 20_000
_WEEKLY: Final = "Whenever it is given: once WEEKLY, never daily."
_NO_DOSE: Final = "No dose: excluded for this patient."


class _Doses(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of a drug's dose in an option; ``fixed`` needs no weight."""

    drug: str
    doses: tuple[Dose, ...]
    text: str
    without_figures: str
    excluded: str
    routes: tuple[str, ...]
    basis: str
    by_weight: bool
    fixed: tuple[Calculated, ...]
    weights: tuple[str, ...]
    advice: tuple[Advice, ...]


class _Entry(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of an option of a node."""

    option: Option
    doses: tuple[_Doses, ...]
    evidence: tuple[Reason, ...]
    statements: tuple[str, ...]
    cites: int
    by_weight: bool
    sheet: Sheet


class _Part(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of a therapy of a node; ``shown``: its statements, all options listed."""

    therapy: Therapy
    entries: tuple[_Entry, ...]
    statements: tuple[str, ...]
    shown: tuple[str, ...]
    cites: int


class Served(msgspec.Struct, frozen=True):
    """The therapies of a node, what is not known of them, and what they cite (bits)."""

    therapies: tuple[TherapyAnswer, ...]
    wanted: tuple[Wanted, ...]
    cites: int


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
        self._worked: dict[tuple[_Doses, Decimal], tuple[Calculated, ...]] = {}

    def serve(self, node: Node, situation: Situation) -> Served:
        """Give the therapies of a node for a patient."""
        wanted: list[Wanted] = []
        adult = self._adult(situation)
        therapies: list[TherapyAnswer] = []
        cites = 0
        for part in self._parts[node.id]:
            therapy, cited = self._therapy(node, part, situation, adult, wanted)
            therapies.append(therapy)
            cites |= cited
        return Served(tuple(therapies), tuple(wanted), cites)

    def _part(self, node: Node, therapy: Therapy, advice: dict[str, tuple[Advice, ...]]) -> _Part:
        entries = tuple(self._entry(node, one, advice) for one in therapy.options)
        own = tuple(one for one in therapy.cites if one in self._guideline.statements)
        shown = dict.fromkeys([*own, *(name for one in entries for name in one.statements)])
        return _Part(therapy, entries, own, tuple(shown), self._bits(own))

    def _entry(self, node: Node, option: Option, advice: dict[str, tuple[Advice, ...]]) -> _Entry:
        known = self._guideline.statements
        doses = tuple(self._doses(option, name, advice[name]) for name in option.drugs)
        statements = tuple(one for one in option.cites if one in known)
        cites = [*statements, *(cite for one in option.evidence for cite in one.cites)]
        cites += [one.basis for dose in doses for one in dose.advice]
        return _Entry(
            option=option,
            doses=doses,
            evidence=tuple(Reason(one.text, one.cites[0]) for one in option.evidence),
            statements=statements,
            cites=self._bits(cites),
            by_weight=any(needs_weight(one) for one in option.doses),
            sheet=self._judge.sheet(node, option),
        )

    def _doses(self, option: Option, name: str, advice: tuple[Advice, ...]) -> _Doses:
        doses = tuple(one for one in option.doses if one.drug == name)
        text = in_words(doses)
        figures = any(one.kind for one in doses)
        weekly = any(one.per == "week" for one in doses)
        rhythm = _WEEKLY if weekly else ""
        return _Doses(
            drug=name,
            doses=doses,
            text=text,
            without_figures=rhythm if figures else f"({text})",
            excluded=f"{_NO_DOSE} {rhythm}".strip(),
            routes=tuple(dict.fromkeys(route for one in doses for route in one.routes)),
            basis=doses[0].cite,
            by_weight=any(needs_weight(one) for one in doses),
            fixed=tuple(part for one in doses for part in calculated(one, None)),
            weights=self._guideline.drugs[name].dose_weight,
            advice=advice,
        )

    def _therapy(
        self,
        node: Node,
        part: _Part,
        situation: Situation,
        adult: bool | None,  # noqa: FBT001 - a truth about the patient
        wanted: list[Wanted],
    ) -> tuple[TherapyAnswer, int]:
        answers: list[OptionAnswer] = []
        statements: list[str] | None = None
        cites = part.cites
        for place, entry in enumerate(part.entries):
            option, listed = entry.option, entry.sheet.listed
            if listed is not None and (truth := listed(situation.marks)) is not Truth.TRUE:
                if truth is Truth.UNKNOWN:
                    wanted.extend(self._judge.unlisted(option, situation))
                if statements is None:
                    statements = [*part.statements]
                    for before in part.entries[:place]:
                        statements += before.statements
                continue
            judged, reasons, more = self._judge.judge(entry.sheet, node, option, situation)
            wanted += more
            answers.append(self._option(entry, judged, reasons, situation, adult, wanted))
            if statements is not None:
                statements += entry.statements
            cites |= judged.cites | entry.cites
        shown = part.shown if statements is None else tuple(dict.fromkeys(statements))
        therapy = part.therapy
        return TherapyAnswer(therapy.role, therapy.says, shown, tuple(answers)), cites

    def _option(
        self,
        entry: _Entry,
        judged: Judged,
        reasons: tuple[Reason, ...],
        situation: Situation,
        adult: bool | None,  # noqa: FBT001 - a truth about the patient
        wanted: list[Wanted],
    ) -> OptionAnswer:
        """Give an option with its doses; kept where neither history nor weight changes it."""
        keep = judged.reasons is not None and adult is not None and not entry.by_weight
        kept = self._kept.get((judged, adult)) if keep else None
        if kept is not None:
            return kept
        excluded = judged.verdict == "excluded"
        option = entry.option
        drugs = [
            DrugDose(one.drug, one.routes, one.excluded, (), one.basis, one.advice)
            if excluded
            else self._drug(one, option, adult, situation, wanted)
            for one in entry.doses
        ]
        answer = OptionAnswer(
            option.id, option.tier, judged.verdict, reasons, tuple(drugs), entry.evidence
        )
        if keep:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[judged, adult] = answer
        return answer

    def _adult(self, situation: Situation) -> bool | None:
        """Say whether doses may be shown; None while the age is not known."""
        age = situation.value(self._guideline.adult.fact)
        return age >= self._guideline.adult.from_years if isinstance(age, Decimal) else None

    def _drug(
        self,
        doses: _Doses,
        option: Option,
        adult: bool | None,  # noqa: FBT001 - a truth about the patient
        situation: Situation,
        wanted: list[Wanted],
    ) -> DrugDose:
        text, numbers = doses.text, doses.fixed
        limits = self._guideline.adult
        if adult is None:
            wanted.append(Wanted(limits.fact, option.id, DOSE))
        if adult is not True:
            why = limits.unknown if adult is None else limits.child
            text, numbers = f"{why} {doses.without_figures}".strip(), ()
        elif doses.by_weight:
            weight = next(
                (value for one in doses.weights if (value := situation.value(one)) is not None),
                None,
            )
            if isinstance(weight, Decimal):
                numbers = self._work(doses, weight)
            else:
                wanted.append(Wanted(doses.weights[-1], option.id, DOSE))
        return DrugDose(doses.drug, doses.routes, text, numbers, doses.basis, doses.advice)

    def _work(self, doses: _Doses, weight: Decimal) -> tuple[Calculated, ...]:
        key = (doses, weight)
        found = self._worked.get(key)
        if found is None:
            if len(self._worked) >= MOST_KEPT:
                self._worked.clear()
            found = self._worked[key] = tuple(
                part for one in doses.doses for part in calculated(one, weight)
            )
        return found

"""What speaks against a regimen for the patient: drugs that are ruled out, and warnings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myopathway.engine.outcome import NoticeAnswer, Reason
from myopathway.orders.drug import said_of
from myopathway.orders.outcome import Finding
from myopathway.plan.outcome import ExcludedDrug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.orders.case import Case


class Findings:
    """The findings on each drug of a regimen, the others being given beside it."""

    def __init__(self, case: Case, drugs: tuple[str, ...]) -> None:
        """Judge each drug once."""
        self._case = case
        together = frozenset(drugs)
        self._found = {name: tuple(dict.fromkeys(said_of(case, name, together))) for name in drugs}

    def excluded(self) -> tuple[ExcludedDrug, ...]:
        """Give the drugs that are ruled out, with every reason."""
        return tuple(
            ExcludedDrug(name, reasons)
            for name, found in self._found.items()
            if (
                reasons := tuple(
                    Reason(one.text, one.basis)
                    for one in found
                    if isinstance(one, Finding) and one.severity == "critical"
                )
            )
        )

    def warnings(self) -> tuple[NoticeAnswer, ...]:
        """Give the rest, each once, the name of the drug first where there are several."""
        told = dict.fromkeys(self._age())
        for name, found in self._found.items():
            lead = f"{self._case.guideline.drugs[name].title}: " if len(self._found) > 1 else ""
            for one in found:
                severity = one.severity if isinstance(one, Finding) else "warning"
                if severity != "critical":
                    told[NoticeAnswer(severity, f"{lead}{one.text}", one.basis)] = None
        return tuple(sorted(told, key=lambda one: one.level == "info"))

    def _age(self) -> Iterator[NoticeAnswer]:
        adult = self._case.guideline.adult
        age = self._case.situation.value(adult.fact)
        if isinstance(age, Decimal) and age < adult.from_years:
            yield NoticeAnswer("warning", adult.child, adult.cites[0])

"""A form, the patient that it states and the answer: what every page and download starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myopathway.facts import Record
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.web.carried import patient_of
from myopathway.web.entries import NONE_OF, SET, TREATMENTS, pressed
from myopathway.web.filled import filled, raw_of

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.web.carried import Carried
    from myopathway.web.entries import Entries
    from myopathway.web.filled import Filled


@dataclass(frozen=True, slots=True)
class Reading:
    """One form as it was read on one day; ``entries`` is what it held after its buttons."""

    guideline: Guideline
    day: dt.date
    entries: Entries
    carried: Carried | None
    filled: Filled
    patient: Patient
    answer: Answer

    def answered(self, name: str, value: str) -> Reading:
        """Give the reading with one question answered: a fact, or ``treatments[0].outcome``."""
        found = {**self.entries, SET: [f"{name}:{value}"]}
        return read(self.guideline, self.day, found, self.carried)

    def denied(self, section: str) -> Answer:
        """Give the answer with every fact of a section denied, as one button does."""
        found = {**self.entries, NONE_OF: [section]}
        return read(self.guideline, self.day, found, self.carried).answer

    def answer_if(self, name: str, value: str) -> Answer:
        """Give only the answer with one question answered; a fact needs no second reading."""
        vocabulary = self.guideline.vocabulary
        fact = vocabulary.facts.get(name)
        if fact is None or name == TREATMENTS:
            return self.answered(name, value).answer
        known = vocabulary.known(fact, raw_of(fact, [value]))
        record = Record({**self.patient.record.facts, name: known})
        patient = Patient(record, occasions=self.patient.occasions)
        return recommend_on(patient, self.day, self.guideline)


def read(
    guideline: Guideline, day: dt.date, found: Entries, carried: Carried | None = None
) -> Reading:
    """Read a form; ``day`` counts where it states none. Nothing is raised."""
    vocabulary = guideline.vocabulary
    held = pressed(found, vocabulary)
    form = filled(vocabulary, held)
    patient = patient_of(form, carried, vocabulary)
    answer = recommend_on(patient, day, guideline)
    return Reading(guideline, day, held, carried, form, patient, answer)

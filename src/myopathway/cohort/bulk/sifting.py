"""Resources of one type sifted: those that a fact may be read from by their form, the rest by id.

Each form is read once. What has no form that can be kept is carried along as it stands.
"""

from __future__ import annotations

import datetime as dt
import pickle
import re
from itertools import compress, groupby
from operator import attrgetter, not_
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import astuple

from myopathway.cohort.bulk.dates import written_as
from myopathway.cohort.bulk.drugs import (
    dates_of,
    needs_product,
    order_of,
    plain,
    signature,
    simple,
    texts_of,
    view_of,
)  # fmt: skip
from myopathway.cohort.bulk.form import SLOTS, Form, form_of
from myopathway.cohort.bulk.found import CARRIED, WHOLE
from myopathway.cohort.bulk.shapes import Condition, Drug, Observation, Period
from myopathway.fhir.bundle import SUBJECT
from myopathway.fhir.conditions import read_condition
from myopathway.fhir.entry import Entry
from myopathway.fhir.observations import read_observation
from myopathway.fhir.plain import as_map, as_text, brief, canonical
from myopathway.fhir.questionnaire import QUESTIONNAIRES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msgspec import Raw

    from myopathway.cohort.bulk import shapes
    from myopathway.cohort.bulk.desk import Desk
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.plain import Resource


_MOST_FORMS: Final = 20_000
_MOST_CODES: Final = 200_000
# What has a value of its own has as many forms as values.
_CARRIES: Final = frozenset({"Observation", "Condition"})
_LONGEST_ID: Final = 64
_CODE, _PARTS, _ID = attrgetter("code"), attrgetter("component"), attrgetter("id")
_SUBJECT = attrgetter("subject.reference")
# In the place of a code: it stands in a component.
_IN_PARTS: Final = -1
_REST: Final = Observation.__struct_fields__.index("valueQuantity") + 1
_NO_REST: Final = astuple(Observation("Observation"))[_REST:]
_END: Final = Condition.__struct_fields__.index("abatementDateTime")
_NO_END: Final = astuple(Condition("Condition"))[_END:]
_RARE: Final = Drug.__struct_fields__.index("dosage")
_NO_RARE: Final = astuple(Drug("MedicationRequest"))[_RARE:]
_VALUES: Final = tuple(
    name for name in Observation.__struct_fields__
    if name.startswith("value") or name in {"interpretation", "dataAbsentReason"}
)  # fmt: skip
_VALUE: Final = re.compile(rb'(?<="value":)-?[0-9.]+')
# A drug of the algorithm, with which to learn what a product that is not known yet will need.
_SPECIMEN: Final = "x"


class Sifter:
    """Sifts resources, and learns their forms."""

    def __init__(self, book: CodeBook, desk: Desk) -> None:
        """Start without a form."""
        self.forms: list[Form] = []
        self.products: list[tuple[str, str, bytes]] = []
        self._book = book
        self._desk = desk
        self._places: dict[object, int] = {}
        # Of Observations that differ in the number of their value: one of each sort.
        self._like: dict[object, Form] = {}
        self._uses: dict[int, tuple[int, ...]] = {}
        self._codes: dict[bytes, int] = {}
        self._problems: dict[bytes, int] = {}
        self._doses: dict[str, str] = {}
        self._last = 0
        self._carried: Form | None = None
        self.most = _MOST_FORMS
        self._readers: dict[str, Callable[[list[Any], int], None]] = {
            "Patient": self._people,
            "Observation": self._observations,
            "Condition": self._conditions,
            "AllergyIntolerance": self._allergies,
            "Medication": self._products,
            "QuestionnaireResponse": self._answers,
        }

    def sift(self, kind: str, found: list[Any], base: int) -> None:
        """Sift resources of one type that follow each other from a place on."""
        self._readers.get(kind, self._drugs)(found, base)

    def odd(self, kind: str, resource: Resource, place: int) -> None:
        """Carry along a resource that is not written as FHIR has it."""
        name = as_text(resource.get("id"))
        if kind == "Medication":
            self._product(resource)
            return
        reference = as_map(resource.get(SUBJECT.get(kind, ""))).get("reference")
        if kind == "Patient":
            reference = f"Patient/{name}" if name else None
        known = reference if isinstance(reference, str) else None
        _, _, kept, rest, _ = self._desk.run(kind, known, place)
        if kind == "Observation" and self._is_idle(resource):
            rest.append(name)
        else:
            kept += (WHOLE, name, "", "", place, msgspec.json.encode(resource))

    def _is_idle(self, resource: Resource) -> bool:
        try:
            return read_observation(Entry("Observation", "", "", resource), self._book) is None
        except Exception:  # noqa: BLE001 - whatever it is, the reader proper will list it
            return False

    def _people(self, found: list[shapes.Person], base: int) -> None:
        for place, one in enumerate(found, base):
            named = f"Patient/{one.id}" if one.id else None
            _, _, kept, _, _ = self._desk.run("Patient", named, place)
            known = self._places.get(("Patient", one.gender))
            if known is None:
                view: Resource = {} if one.gender is None else {"gender": one.gender}
                known = self._form("Patient", ("Patient", one.gender), lambda: view, ())  # noqa: B023
            own = self._desk.whole(place) if known == WHOLE else one.birthDate
            kept += (known, one.id, "", "", place, own)

    def _observations(self, found: list[Observation], base: int) -> None:
        # Step by step through all of them at once: most are read by no fact.
        codes = self._codes
        numbers = list(map(codes.get, map(bytes, map(_CODE, found))))
        if None in numbers:
            numbers = [
                self._learnt(codes, one.code, self._says_something) if number is None else number
                for one, number in zip(found, numbers, strict=True)
            ]
        for row, parts in enumerate(map(_PARTS, found)):
            if parts is not None:
                numbers[row] = _IN_PARTS if numbers[row] or not self._is_silent(parts) else 0
        names = list(map(_ID, found))
        silent = list(map(not_, numbers))
        start = 0
        for reference, group in groupby(map(_SUBJECT, found)):
            end = start + len(list(group))
            _, _, kept, rest, _ = self._desk.run("Observation", reference, base + start)
            rest += compress(names[start:end], silent[start:end])
            if len(rest) < end - start:
                for row in range(start, end):
                    if number := numbers[row]:
                        self._observation(found[row], number, kept, base + row)
            start = end

    def _observation(self, one: Observation, code: int, kept: list[Any], place: int) -> None:
        if code == _IN_PARTS:
            self._keep(kept, WHOLE, one.id, place, ())
            return
        effective, issued = one.effectiveDateTime, one.issued
        key: tuple[object, ...] = (
            code, one.status, written_as(effective), written_as(issued), bytes(one.valueQuantity),
        )  # fmt: skip
        dates: tuple[str | None, ...] = (effective, None, None, None, issued)
        if astuple(one)[_REST:] != _NO_REST:
            if one.effectivePeriod is not None or one.effectiveInstant is not None:
                period = one.effectivePeriod or Period()
                dates = (effective, one.effectiveInstant, period.start, period.end, issued)
            values = tuple(bytes(getattr(one, name)) for name in _VALUES)
            key = (*key, *values, *map(written_as, dates))
        known = self._places.get(key)
        if known is None:

            def view() -> Resource:
                names = ("code", *_VALUES)
                parts = {name: value[0] for name in names if (value := plain(getattr(one, name)))}
                return parts if one.status is None else {"status": one.status, **parts}

            sort = (*key[:4], _VALUE.sub(b"", bytes(one.valueQuantity)), *key[5:])
            known = self._form(
                "Observation", key, view, tuple(map(written_as, dates)), like=self._like.get(sort)
            )
            if known >= 0:
                self._like.setdefault(sort, self.forms[known])
        self._keep(kept, known, one.id, place, dates)

    def _conditions(self, found: list[Condition], base: int) -> None:
        problems = self._problems
        last: str | None = ""
        kept: list[Any] = []
        rest: list[str] = []
        for place, one in enumerate(found, base):
            reference = one.subject.reference
            if reference != last:
                _, _, kept, rest, _ = self._desk.run("Condition", reference, place)
                last = reference
            code = problems.get(bytes(one.code))
            if code is None:
                code = self._learnt(problems, one.code, self._may_be_a_problem)
            if code == 0:
                rest.append(one.id)
                continue
            onset = None if one.onsetPeriod is None else one.onsetPeriod.start
            dates = (one.recordedDate, one.onsetDateTime, onset)
            written = tuple(map(written_as, dates))
            ended = astuple(one)[_END:] != _NO_END
            key = (ended, written, code, bytes(one.clinicalStatus), bytes(one.verificationStatus))
            known = self._places.get(key)
            if known is None:
                parts = _parts(one, ("clinicalStatus", "verificationStatus", "code"))
                known = self._form("Condition", key, parts, written, ended=ended)
            self._keep(kept, known, one.id, place, dates)

    def _allergies(self, found: list[shapes.Allergy], base: int) -> None:
        for place, one in enumerate(found, base):
            reference = one.patient.reference
            _, _, kept, _, _ = self._desk.run("AllergyIntolerance", reference, place)
            onset = None if one.onsetPeriod is None else one.onsetPeriod.start
            dates = (one.recordedDate, one.onsetDateTime, onset)
            written = tuple(map(written_as, dates))
            names = ("clinicalStatus", "verificationStatus", "code")
            key = ("Allergy", written, *(bytes(getattr(one, name)) for name in names))
            known = self._places.get(key)
            if known is None:
                known = self._form("AllergyIntolerance", key, _parts(one, names), written)
            self._keep(kept, known, one.id, place, dates)

    def _drugs(self, found: list[Drug], base: int) -> None:
        last: str | None = ""
        kept: list[Any] = []
        for place, one in enumerate(found, base):
            reference = one.subject.reference
            if reference != last:
                _, _, kept, _, _ = self._desk.run(one.resourceType, reference, place)
                last = reference
            key: object = None
            if astuple(one)[_RARE:] == _NO_RARE and (dosage := simple(one)) is not None:
                dates: Sequence[str | None] | None = (one.authoredOn, None, None)
                key = (
                    one.resourceType, one.status, one.intent, written_as(one.authoredOn),
                    bytes(one.medicationCodeableConcept), bytes(one.statusReason),
                    bytes(one.category), dosage,
                )  # fmt: skip
            elif (dates := dates_of(one)) is not None:
                key = (tuple(map(written_as, dates)), order_of(dates), signature(one))
            if dates is None:
                self._keep(kept, WHOLE, one.id, place, ())
                continue
            known = self._places.get(key)
            if known is None:
                known = self._drug_form(one, key, dates)
            self._keep(kept, known, one.id, place, dates)
            if kept[-6] != WHOLE:
                kept[-1] = self._own(one, self.forms[known])

    def _drug_form(self, one: Drug, key: object, dates: Sequence[str | None]) -> int:
        product = needs_product(one)
        named = f"Medication/{_SPECIMEN}" if product else ""
        return self._form(
            one.resourceType, key, lambda: view_of(one, named), tuple(map(written_as, dates)),
            order=order_of(dates), product=product,
        )  # fmt: skip

    def _own(self, drug: Drug, form: Form) -> Any:  # noqa: ANN401 - a text, or two
        """Give what an entry has besides its form: its dose in words, the product it names."""
        course = form.course
        dose = ""
        if course is not None and course.dose >= 0:
            text = texts_of(drug)[course.dose]
            dose = self._doses.get(text, "")
            if not dose:
                if len(self._doses) >= _MOST_CODES:
                    self._doses.clear()
                dose = self._doses[text] = brief(text)
        if form.product and drug.medicationReference is not None:
            return (dose, drug.medicationReference.reference)
        return dose

    def _answers(self, found: list[shapes.Answers], base: int) -> None:
        for place, one in enumerate(found, base):
            reference = one.subject.reference
            _, _, kept, rest, _ = self._desk.run("QuestionnaireResponse", reference, place)
            if as_text(one.questionnaire).startswith(QUESTIONNAIRES):
                self._keep(kept, WHOLE, one.id, place, ())
            else:
                rest.append(one.id)

    def _products(self, found: list[shapes.Product], base: int) -> None:
        for place in range(base, base + len(found)):
            self._product(msgspec.json.decode(self._desk.whole(place)))

    def _product(self, resource: Resource) -> None:
        name = as_text(resource.get("id"))
        if name:
            version = as_text(as_map(resource.get("meta")).get("lastUpdated"))
            view = {key: resource[key] for key in ("status", "code", "form", "ingredient")
                    if key in resource}  # fmt: skip
            self.products.append((name, version, canonical(view).encode()))

    # Forms

    def _form(
        self,
        kind: str,
        key: object,
        view: Callable[[], Resource],
        written: Sequence[int],
        *,
        order: Sequence[int] = (),
        ended: bool = False,
        product: bool = False,
        like: Form | None = None,
    ) -> int:
        parts = view()
        specimen = next(iter(self._book.drugs.order), "")
        products = [Entry("Medication", _SPECIMEN, "", {"code": {"text": specimen}})]
        form = form_of(kind, parts, written, order, self._book, ended=ended,
                       products=products if product else (), like=like)  # fmt: skip
        known = WHOLE
        if len(self._places) >= self.most:
            if form is None or kind not in _CARRIES:
                return WHOLE
            self._carried = form
            slots = SLOTS[kind]
            self._uses[CARRIED] = tuple(slots.index(path) for path in form.dates)
            return CARRIED
        if form is not None:
            if product:
                form = msgspec.structs.replace(form, product=True)
            known = len(self.forms)
            self.forms.append(form)
            slots = SLOTS[kind]
            self._uses[known] = tuple(slots.index(path) for path in form.dates)
        self._places[key] = known
        return known

    def _keep(
        self, kept: list[Any], known: int, name: str, place: int, dates: Sequence[str | None]
    ) -> None:
        if known == WHOLE or not 0 < len(name) <= _LONGEST_ID or not name.isprintable():
            kept += (WHOLE, name, "", "", place, self._desk.whole(place))
            return
        used = self._uses[known]
        first = dates[used[0]] if used else None
        second = dates[used[1]] if len(used) > 1 else None
        kept += (
            known, name, "" if first is None else first, "" if second is None else second, place,
            pickle.dumps(self._carried) if known == CARRIED else None,
        )  # fmt: skip

    def uses(self, known: int) -> tuple[int, ...]:
        """Give the places of the dates that a form uses, among those of ``form.SLOTS``."""
        return self._uses[known]

    # Codes

    def speaks(self, kind: str, code: bytes) -> bool:
        """Say whether a fact may be read from resources with this code."""
        if kind == "Observation":
            return self._says_something(msgspec.json.decode(code))
        return kind != "Condition" or self._may_be_a_problem(msgspec.json.decode(code))

    def _learnt(self, codes: dict[bytes, int], raw: Raw, tells: Callable[[object], bool]) -> int:
        """Give a number to a code that a fact may be read from; 0 to any other."""
        if len(codes) >= _MOST_CODES:
            codes.clear()
        number = 0
        concept = plain(raw)
        if concept and tells(concept[0]):
            self._last += 1
            number = self._last
        codes[bytes(raw)] = number
        return number

    def _says_something(self, concept: object) -> bool:
        return bool(self._book.observations.read(concept))

    def _may_be_a_problem(self, concept: object) -> bool:
        entry = Entry("Condition", "", "", {"code": concept})
        try:
            return read_condition(entry, self._book, dt.date.max) is not None
        except Exception:  # noqa: BLE001 - as above
            return True

    def _is_silent(self, parts: list[shapes.Part]) -> bool:
        for part in parts:
            code = self._codes.get(bytes(part.code))
            if code is None:
                code = self._learnt(self._codes, part.code, self._says_something)
            if code:
                return False
        return True


def _parts(one: msgspec.Struct, names: Sequence[str]) -> Callable[[], Resource]:
    return lambda: {name: value[0] for name in names if (value := plain(getattr(one, name)))}

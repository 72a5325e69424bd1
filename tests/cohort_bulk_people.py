"""Random patients as FHIR resources for the tests of bulk data: ordinary ones, and every oddity.

`person` gives the resources of one patient, the same for a seed; `products` the Medications that
they refer to. `bundle` puts a patient together as the reader of one Bundle takes it.
"""

from __future__ import annotations

import random
from typing import Any

Json = dict[str, Any]

FACTS = "https://myopathway.example/fhir/CodeSystem/facts"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
REASONS = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
READING = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
QUESTIONNAIRE = "https://myopathway.example/fhir/Questionnaire/iim-facts"
OF_THE_RECORD = ("complete-problem-list", "complete-medication-list")
DATES = (
    "2024", "2025-03", "2025-03-01", "2025-04-01T09:00:00Z", "2025-06-30T23:10:00.000+02:00",
    "2025-09-12", "2026-01-05", "2026-02-28", "2026-05-01", "2027-01-01",
    # The newer of two of these is told by time and zone alone.
    "2026-02-28T08:00:00Z", "2026-02-28T09:30:00+02:00", "2026-02-27T23:00:00-05:00",
)  # fmt: skip
NO_DATES = ("yesterday", "2025-13-01", "2025-3-1", "", 20250301, None, "2025-02-30", " 2025-02-01")
SUBTYPES = (
    ((SNOMED, "396230008"), (ICD10CM, "M33.10")), ((ICD10CM, "M33.20"),), ((SNOMED, "31384009"),),
    ((ICD10CM, "G72.41"), (SNOMED, "72315009")), ((ICD10, "M33.9"),), ((ICD10CM, "M33.13"),),
    ((ICD10, "G72.4"),), ((ICD10, "M35.1"),), ((ICD10, "M36.0"),), ((ICD10, "M33.0"),),
)  # fmt: skip
PROBLEMS = (
    ((SNOMED, "233703007"), (ICD10CM, "J84.9")), ((ICD10CM, "M33.11"),), ((ICD10, "I40"),),
    ((SNOMED, "40739000"), (ICD10, "R13")), ((ICD10, "C34.9"),), ((SNOMED, "363346000"),),
    ((SNOMED, "77386006"),), ((ICD10CM, "O26.8"),), ((ICD10, "A41.9"),), ((SNOMED, "38341003"),),
    ((ICD10, "I80.2"),), ((ICD10, "A15.0"),), ((ICD10, "B18.1"),), ((ICD10, "K57.3"),),
    ((ICD10, "E11.9"),), ((SNOMED, "44054006"),), (("urn:local", "1"),), ((FACTS, "ild"),),
)  # fmt: skip
DRUGS: tuple[Any, ...] = (
    ((RXNORM, "8640", "prednisone"),), ((ATC, "L04AX03", "methotrexate"),),
    ((RXNORM, "6851", "methotrexate"), ("urn:local", "MTX", "mtx")), ((ATC, "L04AX01", None),),
    ((RXNORM, "68149", "mycophenolate mofetil"),), ((ATC, "L04AD02", "Tacrolimus"),),
    ((ATC, "H02AB06", None),), ((RXNORM, "121191", "rituximab"),),
    (("urn:x", "1", "Prednisolone 5 mg"),),
    ((RXNORM, "5521", "hydroxychloroquine"),), (("urn:x", "2", "Allopurinol 100 mg"),),
    ((ATC, "L04AX03", "azathioprine"),), ((ATC, "D07AA03", "prednisolone cream"),),
    ((ATC, "B03BB01", "Folic acid"),), ((ATC, "J06BA02", "immunoglobulins, normal human"),),
)  # fmt: skip
STATED: dict[str, tuple[Any, ...]] = {
    "course": ("initial", "remission", "relapse", "cured"),
    "subtype": ("dermatomyositis", "not-iim", "polymyositis", "unspecified-iim"),
    "autoantibodies": ("anti-jo-1", "anti-mda5", "none", "anti-srp"),
    "disease_damage": ("low", "high"),
    "allergies": ("none", "methotrexate"),
    "other_drugs": ("none", "allopurinol"),
    "treatments": ("none", "methotrexate"),
    "hbsag": ("positive", "negative"),
    "tuberculosis": ("latent", "none"),
    "sex": ("female", "male"),
}
FLAGS = (
    "ild", "severe_muscle_weakness", "pregnant", "infection", "severe_dysphagia", "ild_predominant",
    "can_become_pregnant", "refractory_rash", *OF_THE_RECORD, "no-such-fact",
)  # fmt: skip
NULLS = (
    "status", "code", "clinicalStatus", "abatementDateTime", "abatementBoolean", "onsetPeriod",
    "dataAbsentReason", "valueRange", "valueString", "interpretation", "component", "category",
    "statusReason", "dosage", "dosageInstruction", "dispenseRequest", "doNotPerform", "authoredOn",
    "medicationCodeableConcept", "medicationReference", "gender", "birthDate", "effectivePeriod",
)  # fmt: skip
ANTIBODIES = ("8076-2", "33921-8", "107563-9", "33772-5", "88732-3")
RESULTS = ("Positive", "negative", "weak positive", "Not detected", "12 U/mL")


def coding(system: str, code: str | None, display: str | None = None) -> Json:
    pairs = (("system", system), ("code", code), ("display", display))
    return {key: value for key, value in pairs if value is not None}


def concept(*codes: Any, text: str | None = None) -> Json:
    said: Json = {"coding": [coding(*one) for one in codes]}
    return said if text is None else {**said, "text": text}


class Person:
    """One patient in the making."""

    def __init__(self, rng: random.Random, name: str, *, oddity: float) -> None:
        self.rng = rng
        self.name = name
        self.oddity = oddity
        self.resources: list[Json] = []
        self.versions: list[Json] = []

    def odd(self, times: float = 1) -> bool:
        return self.rng.random() < self.oddity * times

    def any(self, *members: Any) -> Any:
        return self.rng.choice(members)

    def date(self) -> Any:
        return self.rng.choice(NO_DATES if self.odd() else DATES)

    def add(self, kind: str, key: str, **body: Any) -> None:
        number = len(self.resources)
        whose: Any = {"reference": f"Patient/{self.name}"}
        if self.odd():
            whose = {"reference": self.any(
                f"https://server.example/fhir/Patient/{self.name}", f"urn:uuid:{self.name}",
                f"Patient/{self.name}/_history/3")}  # fmt: skip
        resource = {"resourceType": kind, "id": f"{self.name}-{number}", key: whose, **body}
        if self.odd(0.3):
            resource["meta"] = {"lastUpdated": "2026-01-01T00:00:00Z"}
            other = {**resource, "meta": {"lastUpdated": self.any("2025-12-01", "2026-02-01")}}
            other |= self.any({}, {"status": "entered-in-error"}, {"code": {}}, {"note": []},
                              {"effectiveDateTime": "2025-01-02"})  # fmt: skip
            self.versions.append(other)
        self.resources.append(resource)

    def patient(self) -> None:
        gender = self.any("female", "female", "male", "male", "other", "unknown", None)
        born = self.any("1950-04-05", "1988-02-29", "1979-12-31", "2010-01-01", None)
        if self.odd():
            gender = self.any("feminine", 3, "Female")
        if self.odd():
            born = self.any("1970", "2027-01-01", "1970-02-30", 1970, "1970-01-01T00:00:00Z")
        body = {"gender": gender, "birthDate": born}
        self.resources.append(
            {"resourceType": "Patient", "id": self.name, "active": True}
            | {key: value for key, value in body.items() if value is not None}
        )

    def when(self, *keys: str) -> Json:
        found: Json = {}
        for key in keys:
            if self.rng.random() < (0.9 if key == keys[0] else 0.25):
                if key.endswith("Period"):
                    ends = [self.date(), self.date()]
                    found[key] = dict(zip(("start", "end"), ends, strict=True))
                    for end in ("start", "end"):
                        if self.rng.random() < 0.2:
                            del found[key][end]
                else:
                    found[key] = self.date()
        return found

    def condition(self, codes: Any) -> None:
        body: Json = {"code": concept(*codes)}
        if self.odd():
            body["code"] = self.any(
                {"text": "Muscle disease"}, {"coding": [{"display": "Lung disease"}]}, "M33.1", {},
                concept(*codes, text="free words"), {"coding": coding(*codes[0])})  # fmt: skip
        if self.rng.random() < 0.8:
            now = self.any("active", "active", "active", "resolved", "remission", "recurrence")
            body["clinicalStatus"] = concept(("urn:status", now))
            if self.odd():
                body["clinicalStatus"] = self.any({"text": "Active"}, "active", {"coding": []})
        if self.rng.random() < 0.6:
            sure = self.any("confirmed", "confirmed", "confirmed", "refuted", "provisional",
                            "entered-in-error", "unconfirmed")  # fmt: skip
            body["verificationStatus"] = concept(("urn:sure", sure))
        body |= self.when("recordedDate", "onsetDateTime", "onsetPeriod")
        if self.rng.random() < 0.1:
            body |= self.any(
                {"abatementDateTime": "2025-08-01"}, {"abatementDateTime": "2026-12-01"},
                {"abatementBoolean": False}, {"abatementString": "last year"},
                {"abatementPeriod": {"start": "2025-01-01", "end": "2026-09-01"}},
            )  # fmt: skip
        self.add("Condition", "subject", **body)

    def observation(self, code: Json, **value: Any) -> None:
        status = "final"
        if self.rng.random() < 0.15:
            status = self.any("amended", "preliminary", "entered-in-error", "cancelled", None)
        body: Json = {"code": code, **value}
        if status is not None:
            body["status"] = status
        body |= self.when("effectiveDateTime", "issued", "effectivePeriod", "effectiveInstant")
        if self.odd():
            body["effectiveDateTime"] = None
        if self.odd():
            body |= self.any({"dataAbsentReason": concept(("urn:x", "unknown"))},
                             {"valueString": "see text"}, {"valueRange": {}})  # fmt: skip
        self.add("Observation", "subject", **body)

    def quantity(self, number: Any, unit: str, *units: str) -> Json:
        said = self.any(unit, unit, *units) if units else unit
        found: Json = {"value": number, "unit": said, "system": UCUM, "code": said}
        if self.odd():
            found |= self.any({"comparator": "<"}, {"value": "70"}, {"code": "lm"}, {"unit": "g"},
                              {"system": None, "code": None}, {"value": -1})  # fmt: skip
        return {"valueQuantity": found}

    def measured(self) -> None:
        rng = self.rng
        match rng.randrange(4):
            case 0:
                kilos = round(rng.uniform(45, 110), rng.choice((0, 1, 4)))
                code = concept((LOINC, "29463-7", "Body weight"), (SNOMED, "27113001"))
                self.observation(code, **self.quantity(kilos, "kg", "g", "[lb_av]"))
            case 1:
                code = concept((LOINC, self.any("62238-1", "33914-3", "98979-8")))
                rate = self.quantity(rng.randint(20, 110), "mL/min/{1.73_m2}", "mL/min")
                self.observation(code, **rate)
            case 2:
                code = concept((LOINC, self.any("751-8", "777-3", "6690-2")))
                count = self.quantity(round(rng.uniform(0.5, 300), 2), "10*9/L", "10*3/uL")
                self.observation(code, **count)
            case _:
                code = concept((LOINC, "2157-6", "CK"), (FACTS, "muscle_strength_mrc"))
                grade = self.any({"valueInteger": rng.randint(0, 6)}, {"valueString": "4-"},
                                 {"valueQuantity": {"value": 4.5}})  # fmt: skip
                self.observation(code, **grade)

    def stated(self) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            value: Json = {"valueBoolean": rng.random() < 0.5}
            if self.odd():
                value = {"valueString": "yes"}
            self.observation(concept((FACTS, self.any(*FLAGS))), **value)
            return
        name = self.any(*STATED)
        word = self.any(*STATED[name])
        value = {"valueCodeableConcept": concept((FACTS, word))}
        if self.odd():
            value = {"valueCodeableConcept": {"text": word}}
        self.observation(concept((FACTS, name)), **value)

    def antibody(self) -> None:
        code = concept((LOINC, self.any(*ANTIBODIES)))
        said = self.any(*RESULTS)
        value = self.any({"valueString": said}, {"valueCodeableConcept": {"text": said}},
                         {"valueQuantity": {"value": 12}})  # fmt: skip
        if self.rng.random() < 0.4:
            value["interpretation"] = [concept((READING, self.any("POS", "NEG", "IND")))]
        self.observation(code, **value)

    def panel(self) -> None:
        parts: list[Json] = [{"code": concept((LOINC, "8480-6")), "valueQuantity": {"value": 120}}]
        if self.rng.random() < 0.3:
            parts.append({"code": concept((FACTS, "ild")), "valueBoolean": True})
        self.observation(concept((LOINC, "85354-9")), component=parts)

    def allergy(self) -> None:
        body: Json = {"code": self.any(
            concept((ATC, "L04AX01", "azathioprine")), {"text": "Methotrexate"},
            {"text": "No known allergies"}, {"text": "peanut"}, concept(("urn:x", "9", "latex")),
            {})}  # fmt: skip
        if self.rng.random() < 0.6:
            body["clinicalStatus"] = concept(("urn:c", self.any("active", "active", "resolved")))
        if self.rng.random() < 0.3:
            body["verificationStatus"] = concept(("urn:v", self.any("confirmed", "refuted")))
        body |= self.when("recordedDate", "onsetDateTime")
        self.add("AllergyIntolerance", "patient", **body)

    def drug(self, codes: Any) -> None:
        kind = self.any("MedicationRequest", "MedicationRequest", "MedicationStatement",
                        "MedicationAdministration")  # fmt: skip
        body: Json = {"status": self.any("active", "active", "stopped", "stopped", "completed",
                                         "on-hold", "in-progress")}  # fmt: skip
        if self.odd():
            body["status"] = self.any("draft", "entered-in-error", "unknown", None, "not-taken")
        body["medicationCodeableConcept"] = concept(*codes)
        if self.rng.random() < 0.15:
            del body["medicationCodeableConcept"]
            number = self.rng.randrange(len(DRUGS) + 1)
            prefix = self.any("Medication/", "Medication/", "https://s.example/Medication/",
                              "urn:uuid:")  # fmt: skip
            body["medicationReference"] = {"reference": f"{prefix}m{number}"}
            if self.rng.random() < 0.3:
                body["medicationReference"]["display"] = self.any("Azathioprine 50 mg", "tablet")
            if self.odd():
                body["medicationReference"] = {"reference": "#p"}
                body["contained"] = [{"resourceType": "Medication", "id": "p",
                                      "code": concept(*codes)}]  # fmt: skip
        elif self.odd():
            body["medicationCodeableConcept"] = self.any({"text": "Prednisolone 5 mg"}, {}, "x")
        if body.get("status") in {"stopped", "completed"} and self.rng.random() < 0.5:
            why = self.any((REASONS, "sintol"), (REASONS, "salg"), (FACTS, "intolerance"),
                           (FACTS, "inadequate-response"), ("urn:x", "cost"))  # fmt: skip
            body["statusReason"] = self.any(concept(why), [concept(why)])
        if self.rng.random() < 0.2:
            body["category"] = [
                concept((FACTS, self.any("induction", "maintenance", "outpatient")))
            ]
        body |= self.times(kind)
        if self.rng.random() < 0.6:
            body |= self.dosage(kind)
        self.add(kind, "subject", **body)

    def times(self, kind: str) -> Json:
        if kind != "MedicationRequest":
            return self.when(self.any("effectiveDateTime", "effectivePeriod"))
        body: Json = {"intent": "order", **self.when("authoredOn")}
        if self.odd():
            body |= self.any({"intent": "plan"}, {"doNotPerform": True})
        if self.rng.random() < 0.5:
            body["dispenseRequest"] = {"validityPeriod": {"end": self.date()}}
        return body

    def dosage(self, kind: str) -> Json:
        dosage: Json = {"text": f"{self.rng.randint(1, 40)} mg daily"}
        if self.rng.random() < 0.3:
            dosage["route"] = {"text": self.any("oral", "topical", "Subcutaneous")}
        if self.rng.random() < 0.2:
            dosage["timing"] = {"repeat": {"boundsPeriod": {"end": self.date()}}}
        if kind == "MedicationAdministration":
            return {"dosage": dosage}
        key = "dosageInstruction" if kind == "MedicationRequest" else "dosage"
        return {key: [dosage] if self.rng.random() < 0.8 else [{}, dosage]}

    def answers(self) -> None:
        item = [
            {"linkId": "course", "answer": [{"valueCoding": {"system": FACTS, "code": "relapse"}}]},
            {"linkId": "ild", "answer": [{"valueBoolean": self.rng.random() < 0.5}]},
        ]
        self.add(
            "QuestionnaireResponse", "subject", status="completed", item=item,
            questionnaire=self.any(QUESTIONNAIRE, "https://other.example/q"), authored="2025-11-05",
        )  # fmt: skip


def person(seed: int, oddity: float = 0.02) -> list[Json]:
    """Give the resources of one patient."""
    rng = random.Random(seed)
    one = Person(rng, f"p{seed:06d}", oddity=rng.choice((0.0, 0.0, oddity, 5 * oddity)))
    one.patient()
    if rng.random() < 0.8:
        one.condition(rng.choice(SUBTYPES[:4] if rng.random() < 0.7 else SUBTYPES))
    if rng.random() < 0.1:
        one.condition(rng.choice(SUBTYPES))
    if rng.random() < 0.15:
        word = rng.choice(("dermatomyositis", "polymyositis"))
        code = concept((FACTS, "subtype"))
        one.observation(code, valueCodeableConcept=concept((FACTS, word)))
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        one.condition(rng.choice(PROBLEMS))
    for _ in range(rng.choice((0, 1, 2, 4, 6))):
        one.measured()
    for _ in range(rng.choice((0, 0, 1, 3))):
        one.stated()
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        one.antibody()
    if rng.random() < 0.1:
        one.panel()
    if rng.random() < 0.15:
        one.allergy()
    chosen = rng.sample(DRUGS, 2)
    for _ in range(rng.choice((0, 1, 2, 3, 5))):
        one.drug(rng.choice(chosen if rng.random() < 0.6 else DRUGS))
    if one.odd():
        one.answers()
    if one.odd():
        one.observation(
            concept((FACTS, "as_of")), valueDateTime=one.any("2025-10-01", "2026-03-01")
        )
    return with_nulls(one.resources + one.versions, random.Random(f"null {seed}"), oddity)


def with_nulls(resources: list[Json], rng: random.Random, oddity: float) -> list[Json]:
    """Put members without a value where nothing stood."""
    for resource in resources:
        if rng.random() < oddity:
            resource.setdefault(rng.choice(NULLS), None)
    return resources


def products() -> list[Json]:
    """Give the Medications that the patients' entries refer to; one more is referred to."""
    found: list[Json] = []
    for number, codes in enumerate(DRUGS):
        one: Json = {"resourceType": "Medication", "id": f"m{number}", "code": concept(*codes)}
        if number % 5 == 2:
            one = {"resourceType": "Medication", "id": f"m{number}",
                   "ingredient": [{"itemCodeableConcept": concept(*codes)}],
                   "form": {"text": "cream" if number % 2 else "tablet"}}  # fmt: skip
        found.append(one)
    found[3]["status"] = "entered-in-error"
    return found


def bundle(resources: list[Json]) -> Json:
    """Give one patient's resources as a Bundle, with the Medications that they refer to."""
    text = str(resources)
    shelf = [one for one in products() if f"{one['id']}'" in text]
    entries = [{"resource": one} for one in [*resources, *shelf]]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}

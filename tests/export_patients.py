"""
Random FHIR patients for the exported library: the same facts said in the ways that it reads.

A fact may stand as an Observation under the facts code system, as an answer to the exported
questionnaire, or under the codes of others; older, later and withdrawn values stand beside it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from myopathway.engine.outcome import Answer
from myopathway.guideline.load import shipped
from tests import population

Facts = dict[str, Any]
Resource = dict[str, Any]

TODAY = population.TODAY
FACTS = "https://myopathway.example/fhir/CodeSystem/facts"
QUESTIONNAIRE = "https://myopathway.example/fhir/Questionnaire/iim-facts"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
ICD10, ICD10CM = "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"
ATC, RXNORM = "http://www.whocc.no/atc", "http://www.nlm.nih.gov/research/umls/rxnorm"
REASON = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

SUBTYPES = (
    (SNOMED, "396230008"), (SNOMED, "31384009"), (SNOMED, "72315009"), (SNOMED, "445187004"),
    (ICD10, "M33.1"), (ICD10CM, "M33.13"), (ICD10CM, "M33.20"), (ICD10CM, "G72.41"),
    (ICD10, "M33.9"), (ICD10, "G72.4"), (ICD10CM, "M33.01"),
)  # fmt: skip
SHOWN = {
    "ild": ((SNOMED, "233703007"), (ICD10CM, "J84.10"), (ICD10, "J84.9")),
    "myocarditis": ((SNOMED, "50920009"), (ICD10, "I41.0"), (ICD10CM, "I40.1")),
    "malignancy": ((SNOMED, "363346000"), (ICD10, "C50.9")),
    "pregnant": ((SNOMED, "77386006"), (ICD10CM, "Z33.1"), (ICD10, "O10")),
    "infection": ((ICD10, "A41.9"),),
    "thrombosis_history": ((SNOMED, "128053003"), (ICD10, "I81")),
    "significant_liver_disease": ((SNOMED, "19943007"), (ICD10, "K74.6")),
}
MEASURED = {
    "weight_kg": ("29463-7", (("kg", 1), ("g", 1000), ("[lb_av]", 2))),
    "egfr": ("98979-8", (("mL/min/{1.73_m2}", 1), ("mL/min/1.73.m2", 1))),
    "platelets": ("777-3", (("10*9/L", 1), ("10*3/uL", 1), ("/uL", 1000))),
    "neutrophils": ("751-8", (("10*9/L", 1),)),
}
ANTIBODIES = {"anti-jo-1": "8076-2", "anti-mda5": "107563-9", "anti-srp": "33921-8"}
CODED = {"allopurinol": "M04AA01", "trimethoprim": "J01EA01", "co-trimoxazole": "J01EE01"}
OTHERS = ("allopurinol", "St John's wort", "trimethoprim", "co-trimoxazole", "vitamin D", "nsaid")
SAFETY = (
    "can_become_pregnant", "breastfeeding", "planning_conception", "uncontrolled_hypertension",
    "live_vaccine_planned", "peptic_ulcer_active", "iga_deficiency_with_anti_iga",
    "diverticulitis_history", "heart_failure_nyha_4", "bone_marrow_failure",
)  # fmt: skip


def concept(*codings: tuple[str, str]) -> Resource:
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


class Chart:
    """One patient's Bundle as it grows."""

    def __init__(self, rng: Random, name: str) -> None:
        self.rng = rng
        self.subject = {"reference": f"Patient/{name}"}
        self.person: Resource = {"resourceType": "Patient", "id": name}
        self.entries: list[Resource] = [self.person]
        self.answers: list[Resource] = []

    def add(self, kind: str, **parts: Any) -> None:
        whose = "patient" if kind == "AllergyIntolerance" else "subject"
        resource = {"resourceType": kind, "id": f"r{len(self.entries):03d}", whose: self.subject}
        self.entries.append(resource | {key: one for key, one in parts.items() if one is not None})

    def bundle(self) -> Resource:
        rng = self.rng
        if self.answers:
            half = len(self.answers) // 2
            groups = (self.answers[:half], self.answers[half:])
            self.add(
                "QuestionnaireResponse",
                status="completed",
                authored="2024-05-05T10:00:00Z",
                questionnaire=f"{QUESTIONNAIRE}|1.0.0",
                item=[
                    {"linkId": f"section-{place}", "item": items}
                    for place, items in enumerate(groups, 1)
                    if items
                ],
            )
        rng.shuffle(self.entries)
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in self.entries],
        }


def patients(count: int, seed: int) -> Iterator[Resource]:
    rng = Random(seed)
    for place in range(count):
        facts = population.patient(rng) if rng.random() < 0.6 else population.complete_patient(rng)
        more(rng, facts)
        yield bundle(rng, f"p{place}", facts)


def more(rng: Random, facts: Facts) -> None:
    """Facts that only the drug-safety rules read, for some."""
    if rng.random() < 0.4:
        return
    for name in SAFETY:
        if rng.random() < 0.2:
            facts[name] = rng.random() < 0.5
    for name in ("egfr", "platelets", "neutrophils"):
        if rng.random() < 0.3:
            facts[name] = rng.choice((0.4, 0.9, 1.4, 3, 20, 29, 30, 45, 49, 59, 60, 90, 99))
    for name, values in (
        ("tpmt", ("normal", "intermediate", "poor")),
        ("nudt15", ("normal", "poor")),
        ("tuberculosis", ("active", "latent", "none")),
        ("hbsag", ("positive", "negative")),
        ("anti_hbc", ("positive", "negative")),
    ):
        if rng.random() < 0.2:
            facts[name] = rng.choice(values)
    if rng.random() < 0.4:
        facts["other_drugs"] = rng.sample(OTHERS, rng.choice((0, 1, 2)))


def bundle(rng: Random, name: str, facts: Facts) -> Resource:  # noqa: C901 - way by way
    """The facts of one document, said in a way of FHIR each."""
    chart = Chart(rng, name)
    for fact, value in facts.items():
        if value is None:
            continue
        kind = shipped().vocabulary.facts[fact].type
        if fact == "treatments":
            treatments(chart, value)
        elif fact == "sex" and rng.random() < 0.5:
            chart.person["gender"] = value
        elif fact == "birth_date" and rng.random() < 0.5:
            chart.person["birthDate"] = value
        elif fact in MEASURED and rng.random() < 0.5:
            measured(chart, fact, value)
        elif fact in SHOWN and rng.random() < 0.5:
            if value:
                problem(chart, rng.choice(SHOWN[fact]))
        elif fact == "subtype" and rng.random() < 0.3:
            for coding in rng.sample(SUBTYPES, rng.choice((1, 1, 2))):
                problem(chart, coding)
        elif fact == "autoantibodies" and rng.random() < 0.4:
            antibodies(chart, value)
        elif fact == "other_drugs" and rng.random() < 0.5:
            others(chart, value)
        elif fact == "allergies" and rng.random() < 0.5:
            allergies(chart, value)
        elif rng.random() < 0.25:
            chart.answers.append(answer(fact, kind, value))
        else:
            stated(chart, fact, kind, value)
    noise(chart)
    return chart.bundle()


def plainly(name: str, facts: Facts) -> Resource:
    """The facts of one document, each stated outright, so that nothing is lost or added."""
    chart = Chart(Random(0), name)
    for fact, given in facts.items():
        if given is None:
            continue
        kind = shipped().vocabulary.facts[fact].type
        value: Any = float(given) if isinstance(given, Decimal) else given
        if fact != "treatments":
            chart.answers.append(answer(fact, kind, value))
        elif value:
            chart.answers += [regimen(one) for one in value]
        else:
            yes = {"linkId": "treatments.none", "answer": [{"valueBoolean": True}]}
            chart.answers.append(yes)
    return chart.bundle()


def stated(chart: Chart, fact: str, kind: str, value: Any) -> None:
    rng = chart.rng
    members = (value or ["none"]) if isinstance(value, list) else [value]
    day = rng.choice(("2024-01-02", "2025-02", "2023", "2026-02-28T23:30:00-05:00", None))
    for member in members:
        chart.add(
            "Observation",
            status=rng.choice(("final", "amended", "corrected")),
            code=concept((FACTS, fact)),
            effectiveDateTime=day,
            **said(kind, fact, member, rng),
        )
    if kind == "boolean" and rng.random() < 0.3:
        # With one of the days above time and zone alone tell which of two is the newer.
        status, when = rng.choice(
            (("final", "2019-01-01"), ("entered-in-error", "2026-01-01"), ("final", "2026-12-24"),
             ("final", "2026-03-01T02:00:00Z"), ("final", "2026-02-28T23:31:00-05:00"),
             ("final", "2026-03-01"))
        )  # fmt: skip
        chart.add(
            "Observation",
            status=status,
            code=concept((FACTS, fact)),
            effectiveDateTime=when,
            valueBoolean=not value,
        )


def said(kind: str, fact: str, value: Any, rng: Random) -> Resource:
    match kind:
        case "boolean":
            return {"valueBoolean": value}
        case "date":
            return {"valueDateTime": value}
        case "number":
            unit = shipped().vocabulary.facts[fact].unit
            if isinstance(value, int) and rng.random() < 0.3:
                return {"valueInteger": value}
            return {"valueQuantity": {"value": value, "system": UCUM, "code": unit}}
        case "grade" if isinstance(value, str):
            return {"valueString": value} if rng.random() < 0.5 else {
                "valueCodeableConcept": concept((FACTS, value))}  # fmt: skip
        case "grade":
            return {"valueQuantity": {"value": value}}
        case _:
            return {"valueCodeableConcept": concept((FACTS, value))}


def answer(fact: str, kind: str, value: Any) -> Resource:
    members = (value or ["none"]) if isinstance(value, list) else [value]
    return {"linkId": fact, "answer": [answered(kind, one) for one in members]}


def answered(kind: str, value: Any) -> Resource:
    match kind:
        case "boolean":
            return {"valueBoolean": value}
        case "date":
            return {"valueDate": str(value)}
        case "number":
            return {"valueDecimal": value}
        case "grade":
            return {"valueString": value} if isinstance(value, str) else {"valueDecimal": value}
        case _:
            return {"valueCoding": {"system": FACTS, "code": value}}


def measured(chart: Chart, fact: str, value: float) -> None:
    code, units = MEASURED[fact]
    unit, factor = chart.rng.choice(units)
    chart.add(
        "Observation",
        status="final",
        code=concept((LOINC, code)),
        effectiveDateTime="2025-06-01",
        valueQuantity={"value": value * factor, "unit": unit, "system": UCUM, "code": unit},
    )
    if chart.rng.random() < 0.2:
        chart.add(
            "Observation",
            status="final",
            code=concept((LOINC, code)),
            effectiveDateTime=chart.rng.choice(("2020-01-01", "2025-08-01", "2026-11-11")),
            valueQuantity={"value": 61, "system": UCUM, "code": units[0][0]},
        )


def problem(chart: Chart, coding: tuple[str, str]) -> None:
    rng = chart.rng
    clinical = rng.choice(("active", "active", "recurrence", "resolved", None))
    verified = rng.choice((None, "confirmed", "confirmed", "provisional"))
    chart.add(
        "Condition",
        code=concept(coding),
        clinicalStatus=concept((CLINICAL, clinical)) if clinical else None,
        verificationStatus=concept((VERIFIED, verified)) if verified else None,
        recordedDate=rng.choice((None, "2025-11-30", "2022-03", "2027-01-01")),
        onsetDateTime=rng.choice((None, "2025-10-01", "2021")),
        abatementDateTime=rng.choice((None, None, None, "2025-12-01", "2026-12-01")),
    )


def antibodies(chart: Chart, value: list[str]) -> None:
    for name, code in ANTIBODIES.items():
        found = name in value
        mark = "POS" if found else "NEG"
        if not found and chart.rng.random() < 0.5:
            continue
        told: Resource = {"interpretation": [concept((INTERPRETATION, mark))], "valueString": mark}
        if chart.rng.random() < 0.5:
            told = {"valueCodeableConcept": {"text": "Positive" if found else "not detected"}}
        chart.add(
            "Observation",
            status="final",
            code=concept((LOINC, code)),
            effectiveDateTime=chart.rng.choice(("2024-04-04", "2025-05-05")),
            **told,
        )


def allergies(chart: Chart, value: list[str]) -> None:
    for name in value:
        drug = shipped().drugs[shipped().vocabulary.drug_names[name]]
        clinical = chart.rng.choice(("active", "active", "resolved", None))
        code = concept((ATC, drug.atc[0]))
        if chart.rng.random() < 0.4:
            words = (f"Allergy to {name}", drug.title, f"{name.upper()} tablets")
            code = {"text": chart.rng.choice(words)}
        chart.add(
            "AllergyIntolerance",
            code=code,
            clinicalStatus=concept((ALLERGY, clinical)) if clinical else None,
            recordedDate="2020-02-02",
        )


def others(chart: Chart, value: list[str]) -> None:
    for name in value:
        words = chart.rng.choice((f"{name} 100 mg", name.upper(), name.replace("-", " ")))
        by_code = name in CODED and chart.rng.random() < 0.5
        chart.add(
            "MedicationStatement",
            status=chart.rng.choice(("active", "active", "completed")),
            medicationCodeableConcept=concept((ATC, CODED[name])) if by_code else {"text": words},
            effectivePeriod={"start": "2024-03-03"},
        )


def treatments(chart: Chart, regimens: list[Facts]) -> None:
    rng = chart.rng
    if rng.random() < 0.45:
        if not regimens:
            yes = {"linkId": "treatments.none", "answer": [{"valueBoolean": True}]}
            chart.answers.append(yes)
        chart.answers += [regimen(one) for one in regimens]
    elif not regimens:
        chart.add(
            "Observation",
            status="final",
            code=concept((FACTS, "treatments")),
            effectiveDateTime="2024-01-01",
            valueCodeableConcept=concept((FACTS, "none")),
        )
    else:
        for one in regimens:
            medications(chart, one)


def regimen(one: Facts) -> Resource:
    parts: list[Resource] = []
    given: list[Resource]
    for key, value in one.items():
        if value is None:
            continue
        if key in {"started", "stopped"}:
            given = [{"valueDate": str(value)}]
        elif key == "dose":
            given = [{"valueString": value}]
        else:
            codes = value if isinstance(value, list) else [value]
            given = [{"valueCoding": {"system": FACTS, "code": code}} for code in codes]
        parts.append({"linkId": f"treatments.{key}", "answer": given})
    return {"linkId": "treatments", "item": parts}


def medications(chart: Chart, one: Facts) -> None:
    rng = chart.rng
    begun = date(2020, 1, 1) + timedelta(days=rng.randrange(2400))
    ended = begun + timedelta(days=rng.randrange(1, 500))
    outcome = one.get("outcome")
    for name in one["drugs"]:
        drug = shipped().drugs[shipped().vocabulary.drug_names[name]]
        systems = [(ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed)]
        known = [(system, codes[0]) for system, codes in systems if codes]
        entry(chart, rng.choice(known), one.get("purpose"), outcome, begun, ended)
        if rng.random() < 0.25:
            later = ended + timedelta(days=rng.choice((1, 30, 90, 91, 200)))
            last = later + timedelta(days=120)
            how = rng.choice((None, "ongoing", "inadequate-response"))
            entry(chart, rng.choice(known), None, how, later, last)


def entry(
    chart: Chart,
    drug: tuple[str, str],
    purpose: str | None,
    outcome: str | None,
    begun: date,
    ended: date,
) -> None:
    rng = chart.rng
    kind = rng.choice(("MedicationRequest", "MedicationStatement", "MedicationAdministration"))
    reason = None
    if outcome in {"adequate-response", "inadequate-response", "intolerance"}:
        reason = concept((FACTS, outcome))
        if outcome == "intolerance" and rng.random() < 0.5:
            reason = concept((REASON, rng.choice(("sintol", "salg"))))
    now = "in-progress" if kind == "MedicationAdministration" else rng.choice(("active", "on-hold"))
    status = {"ongoing": now, "completed": "completed"}.get(outcome or "", "stopped")
    if rng.random() < 0.05:
        status = "entered-in-error"
    elif rng.random() < 0.05 and kind == "MedicationRequest":
        status = rng.choice(("draft", "cancelled"))
    category = concept((FACTS, purpose)) if purpose and rng.random() < 0.6 else None
    what = concept(drug)
    if rng.random() < 0.3:
        names = [
            name for name, one in shipped().drugs.items() if drug[1] in (*one.atc, *one.rxnorm)
        ]
        what = (
            {"text": rng.choice(("{} 10 mg", "{}", "{} tablet")).format(names[0]).title()}
            if names
            else what
        )
    parts: Resource = {"status": status, "medicationCodeableConcept": what}
    if kind == "MedicationRequest":
        parts |= {
            "intent": rng.choice(("order", "order", "order", "plan")),
            "authoredOn": begun.isoformat(),
            "statusReason": reason,
            "category": [category] if category else None,
        }
        if status in {"stopped", "completed"} and rng.random() < 0.7:
            period = {"start": begun.isoformat(), "end": ended.isoformat()}
            parts["dispenseRequest"] = {"validityPeriod": period}
    else:
        parts |= {"statusReason": [reason] if reason else None, "category": category}
        if rng.random() < 0.2:
            parts["effectiveDateTime"] = begun.isoformat()
        else:
            end = ended.isoformat() if status in {"stopped", "completed"} else None
            until = {"end": end} if end else {}
            parts["effectivePeriod"] = {"start": begun.isoformat(), **until}
    chart.add(kind, **parts)


def noise(chart: Chart) -> None:
    chart.add("Condition", code=concept((SNOMED, "38341003")))
    chart.add(
        "Observation",
        status="final",
        code=concept((LOINC, "2157-6")),
        valueQuantity={"value": 900, "unit": "U/L"},
    )
    chart.add("Encounter", status="finished")


def shown(answer: Answer) -> Resource:
    """An answer in the terms of the exported library."""
    return {
        "status": answer.status,
        "node": answer.node,
        "group": answer.group,
        "line": answer.line,
        "possible": list(answer.possible),
        "options": [
            {
                "therapy": place,
                "role": therapy.role,
                "option": option.id,
                "tier": option.tier,
                "verdict": option.verdict,
                "doses": [
                    {
                        "drug": drug.drug,
                        "kind": one.kind,
                        "low": float(one.low),
                        "high": float(one.high),
                        "unit": one.unit,
                        "capped": one.capped,
                    }
                    for drug in option.drugs
                    for one in drug.calculated
                ],
            }
            for place, therapy in enumerate(answer.therapies, 1)
            for option in therapy.options
        ],
    }

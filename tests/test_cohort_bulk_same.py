"""Bulk data says of every patient what the Bundle of that patient says: value, source and date."""

from __future__ import annotations

import datetime as dt
import gzip
import importlib
import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from myopathway.cohort import bulk
from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.patient import Patient
from tests.cohort_bulk_people import FACTS, LOINC, RXNORM, Json, bundle, concept, person, products

if TYPE_CHECKING:
    from pathlib import Path

    from myopathway.facts import Regimen, Source

pa = pytest.importorskip("pyarrow")
TODAY = dt.date(2026, 3, 1)
PEOPLE = int(os.environ.get("MYOPATHWAY_BULK_PEOPLE", "400"))
# Patients who once showed a difference, or a planted one, that the others did not.
TELLING = (605, 759, 898, 932)


def written(folder: Path, people: dict[str, list[Json]], *, packed: bool = False) -> Path:
    """Write patients as a bulk export: a type in several files, in no order of patients."""
    folder.mkdir(parents=True)
    lines: dict[str, list[bytes]] = {}
    for place, resources in enumerate(people.values()):
        for one in resources:
            name = f"{one['resourceType']}.{place % 3}.ndjson"
            lines.setdefault(name, []).append(json.dumps(one).encode() + b"\n")
    lines["Medication.ndjson"] = [json.dumps(one).encode() + b"\n" for one in products()]
    for name, some in lines.items():
        data = b"".join(reversed(some))
        if packed and "0" in name:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def rows(found: bulk.Bulk) -> dict[str, Json]:
    """Read a facts table; an empty column is left out."""
    every = [row for table in found.tables() for row in table.to_pylist()]
    assert [row["id"] for row in every] == sorted(row["id"] for row in every)
    return {
        row["id"]: {key: cell for key, cell in row.items() if cell is not None} for row in every
    }


def expected(name: str, patient: Patient) -> Json:
    """Write one patient as a row of a facts table."""
    row: Json = {"id": name, "occasions": list(patient.occasions), "sources": []}
    for fact, known in patient.record.facts.items():
        value: Any = known.value
        if fact == "treatments":
            row["sources"] += [source(f"treatments[{place}]", one.source)
                               for place, one in enumerate(value)]  # fmt: skip
            value = [regimen(one) for one in value]
        elif isinstance(value, Decimal):
            value = float(value)
        elif isinstance(value, tuple):
            value = list(value)
        row[fact] = value
        row["sources"].append(source(fact, known.source))
        if known.text:
            row[f"{fact}_text"] = known.text
    # A Medication of an export is nobody's own, so that none is counted as unread by a patient.
    row["unread"] = [{"resource": one.resource, "reason": one.reason}
                     for one in patient.unread or () if one.resource != "Medication"]  # fmt: skip
    return row


def source(fact: str, one: Source) -> Json:
    return {"fact": fact, "kind": one.kind, "reference": one.reference, "date": one.date,
            "detail": one.detail}  # fmt: skip


def regimen(one: Regimen) -> Json:
    return {
        "drugs": list(one.drugs), "purpose": one.purpose, "outcome": one.outcome,
        "intolerant_of": list(one.intolerant_of), "started": one.started, "stopped": one.stopped,
        "dose": one.dose,
    }  # fmt: skip


def ordered(row: Json) -> Json:
    return {**row, "sources": sorted(row["sources"], key=lambda one: str(one["fact"]))}


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("moulded", [False, True])
def test_bulk_data_and_bundles_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, complete: bool, moulded: bool
) -> None:
    # With or without as many moulds as can be made.
    casting, casts = (importlib.import_module(f"myopathway.cohort.bulk.{name}")
                      for name in ("casting", "casts"))  # fmt: skip
    monkeypatch.setattr(casting, "_TRIES", 100_000 if moulded else 100)
    monkeypatch.setattr(casts, "_LEAST", 0 if moulded else 2)
    people = {f"p{seed:06d}": person(seed) for seed in {*range(PEOPLE), *TELLING}}
    folder = written(tmp_path / "in", people, packed=complete)
    intake = Intake(shipped(), TODAY, complete, complete)
    (tmp_path / "out").mkdir()
    found = bulk.read(folder, intake, tmp_path / "out", everyone=True, workers=1 + complete)
    table = rows(found)
    assert list(table) == sorted(people)
    for name, resources in people.items():
        patient = Patient.from_fhir(
            bundle(resources), today=TODAY, complete_problem_list=complete,
            complete_medication_list=complete,
        )  # fmt: skip
        assert ordered(table[name]) == ordered(expected(name, patient)), resources


def seen(name: str, when: str, code: Json, **value: Any) -> Json:
    return {"resourceType": "Observation", "id": name, "status": "final", "code": code,
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": when, **value}  # fmt: skip


def test_time_and_zone_tell_which_of_two_is_the_newer(tmp_path: Path) -> None:
    weight = concept((LOINC, "29463-7"))
    course = concept((FACTS, "course"))
    people = {"p": [
        {"resourceType": "Patient", "id": "p"},
        seen("a", "2026-02-28T01:00:00-05:00", weight, valueQuantity={"value": 70, "unit": "kg"}),
        seen("b", "2026-02-28T05:30:00Z", weight, valueQuantity={"value": 80, "unit": "kg"}),
        seen("c", "2026-02-27T23:00:00-05:00", course,
             valueCodeableConcept=concept((FACTS, "relapse"))),
        seen("d", "2026-02-28T03:00:00Z", course,
             valueCodeableConcept=concept((FACTS, "initial"))),
    ]}  # fmt: skip
    folder = written(tmp_path / "in", people)
    (tmp_path / "out").mkdir()
    found = bulk.read(folder, Intake(shipped(), TODAY), tmp_path / "out", everyone=True, workers=1)
    (row,) = rows(found).values()
    assert (row["weight_kg"], row["course"]) == (70, "relapse")
    patient = Patient.from_fhir(bundle(people["p"]), today=TODAY)
    assert ordered(row) == ordered(expected("p", patient))


@pytest.mark.parametrize(
    ("newer", "older"),
    [("2026-02-27T23:00:00-05:00", "2026-02-28T03:00:00Z"),
     ("2026-02-24T23:30:00-14:00", "2026-02-26T00:30:00+12:00"),
     ("2026-02-27T23:00:00-05:00", "2026-02-28")],
)  # fmt: skip
def test_of_measurements_of_two_days_the_zones_may_tell_the_newer(
    tmp_path: Path, newer: str, older: str
) -> None:
    code = concept((LOINC, "29463-7"))
    people = {"p": [
        {"resourceType": "Patient", "id": "p"},
        seen("a", newer, code, valueQuantity={"value": 70, "unit": "kg"}),
        seen("b", older, code, valueQuantity={"value": 80, "unit": "kg"}),
    ]}  # fmt: skip
    folder = written(tmp_path / "in", people)
    (tmp_path / "out").mkdir()
    found = bulk.read(folder, Intake(shipped(), TODAY), tmp_path / "out", everyone=True, workers=1)
    (row,) = rows(found).values()
    assert row["weight_kg"] == 70
    patient = Patient.from_fhir(bundle(people["p"]), today=TODAY)
    assert ordered(row) == ordered(expected("p", patient))


def test_members_of_a_list_need_nobody_put_together_by_the_readers_own_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allergy(name: str, when: str, code: Json) -> Json:
        return {"resourceType": "AllergyIntolerance", "id": name, "recordedDate": when,
                "patient": {"reference": "Patient/p"}, "code": code}  # fmt: skip

    def drug(name: str, when: str, words: str) -> Json:
        return {"resourceType": "MedicationRequest", "id": name, "status": "active",
                "intent": "order", "subject": {"reference": "Patient/p"}, "authoredOn": when,
                "medicationCodeableConcept": {"text": words}}  # fmt: skip

    people = {"p": [
        {"resourceType": "Patient", "id": "p"},
        allergy("a", "2025-03-01", {"text": "penicillin"}),
        allergy("b", "2024-03-01", concept((RXNORM, "1256"))),
        allergy("c", "2023-03-01", {"text": "penicillin"}),
        drug("d", "2025-02-01", "hydroxychloroquine"), drug("e", "2025-02-03", "allopurinol"),
        drug("f", "2025-02-03", "allopurinol"),
    ]}  # fmt: skip
    folder = written(tmp_path / "in", people)
    (tmp_path / "out").mkdir()
    read = importlib.import_module("myopathway.cohort.bulk.read")
    monkeypatch.setattr(read, "Work", None)
    found = bulk.read(folder, Intake(shipped(), TODAY), tmp_path / "out", everyone=True, workers=1)
    (row,) = rows(found).values()
    assert row["allergies"] == ["azathioprine", "penicillin"]
    patient = Patient.from_fhir(bundle(people["p"]), today=TODAY)
    assert ordered(row) == ordered(expected("p", patient))
    (details,) = (one["detail"] for one in row["sources"] if one["fact"] == "allergies")
    assert ", " in details


def test_how_the_export_is_cut_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {f"p{seed:06d}": person(seed) for seed in range(150)}
    folder = written(tmp_path / "in", people, packed=True)
    intake = Intake(shipped(), TODAY)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    whole = bulk.read(folder, intake, tmp_path / "one", workers=1)
    every = pa.concat_tables(whole.tables())
    for module, name, size in (
        ("pieces", "_PIECE", 3_000), ("pieces", "_BLOCK", 700), ("read", "_RANGE", 40_000),
        ("read", "_MOST_LINES", 60), ("read", "_FEW", 20), ("store", "_AT_A_TIME", 7),
        ("learning", "_AT_A_TIME", 7), ("learning", "_SAMPLE", 2_000), ("learning", "_HEAD", 300),
        ("sifting", "_MOST_FORMS", 40), ("sifting", "_MOST_CODES", 5), ("work", "_ROWS", 3),
        ("resolving", "_MOST", 3), ("dates", "_MOST", 4), ("buffers", "_SIZE", 3_000),
        ("casting", "_AT_A_TIME", 1_000), ("casting", "_TRIES", 5), ("casting", "_SHARE", 3),
        ("casts", "_LEAST", 0), ("casts", "_MOST_LINES", 100),
    ):  # fmt: skip
        found = importlib.import_module(f"myopathway.cohort.bulk.{module}")
        assert hasattr(found, name)
        monkeypatch.setattr(found, name, size)
    cut = bulk.read(folder, intake, tmp_path / "two", workers=1)
    pieces = list(cut.tables(10))
    assert len(pieces) > 5
    assert pa.concat_tables(pieces).to_pylist() == every.to_pylist()
    assert cut.counts == whole.counts

"""What is wrong with an export is counted with its reason, and hides nothing else."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from myopathway.cohort import bulk
from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from tests.cohort_bulk_people import Json, concept

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pyarrow.parquet")
TODAY = dt.date(2026, 3, 1)
LUNG = concept(("http://snomed.info/sct", "233703007"))
DISEASE = concept(("http://snomed.info/sct", "396230008"))


def patient(name: str) -> Json:
    return {"resourceType": "Patient", "id": name, "gender": "female"}


def condition(name: str, whose: str | None, code: Json = DISEASE, **more: Any) -> Json:
    body: Json = {"resourceType": "Condition", "id": name, "code": code}
    return (body if whose is None else {**body, "subject": {"reference": whose}}) | more


def weight(name: str, kilos: float, day: str, **more: Any) -> Json:
    code = concept(("http://loinc.org", "29463-7"))
    return {"resourceType": "Observation", "id": name, "status": "final", "code": code,
            "subject": {"reference": "Patient/a"}, "effectiveDateTime": day,
            "valueQuantity": {"value": kilos, "unit": "kg"}} | more  # fmt: skip


def lines(*resources: Json) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


def write(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def read(folder: Path, tmp_path: Path, **options: Any) -> tuple[dict[str, Json], bulk.Counts]:
    into = tmp_path / f"into{len(list(tmp_path.iterdir()))}"
    into.mkdir()
    found = bulk.read(folder, Intake(shipped(), TODAY), into, **options)
    rows = [row for table in found.tables() for row in table.to_pylist()]
    return {row["id"]: row for row in rows}, found.counts


def skipped(counts: bulk.Counts) -> dict[str, int]:
    return {one.reason: one.count for one in counts.skipped}


ONE = {
    "Patient_ndjson": lines(patient("a")),
    "Condition_ndjson": lines(condition("c1", "Patient/a")),
}


def test_only_patients_with_the_disease_are_listed(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "in",
        Patient_ndjson=lines(*map(patient, "abcdefg")),
        Condition_ndjson=lines(
            condition("c1", "Patient/a"),
            condition("c2", "Patient/b", LUNG),
            condition("c3", "Patient/c", verificationStatus={"text": "refuted"}),
            condition("c4", "Patient/d", clinicalStatus=concept(("urn:x", "resolved"))),
            condition("c5", "Patient/e", recordedDate="2026-04-01"),
            condition("c6", "Patient/f", onsetDateTime="2025-04-01", abatementString="gone"),
        ),
        Observation_ndjson=lines(
            {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/g"},
             "code": concept(("https://myopathway.example/fhir/CodeSystem/facts", "subtype")),
             "valueCodeableConcept": {"coding": [{
                 "system": "https://myopathway.example/fhir/CodeSystem/facts",
                 "code": "not-iim"}]}}),
    )  # fmt: skip
    table, counts = read(folder, tmp_path)
    assert list(table) == ["a", "d", "f", "g"]
    assert (counts.patients, counts.listed, counts.outside) == (7, 4, 3)
    everyone, _ = read(folder, tmp_path, everyone=True)
    assert list(everyone) == list("abcdefg")


def test_broken_lines_are_counted_with_their_place(tmp_path: Path) -> None:
    good = lines(weight("o1", 70, "2025-01-01"))
    broken = b'{"resourceType": "Observation", "id": \n\n[1]\n"x"\n{"id": "y"}\n'
    folder = write(tmp_path / "in", **ONE, Observation_ndjson=good + broken + b'\xff\xfe{"a"\n')
    table, counts = read(folder, tmp_path)
    assert table["a"]["weight_kg"] == 70
    assert skipped(counts) == {
        "a broken line: it is no JSON": 2, "a line that holds no resource of a type": 3,
    }  # fmt: skip
    assert {place for one in counts.skipped for place in one.examples} == {
        f"Observation.ndjson, line {line}" for line in (2, 4, 5, 6, 7)
    }


def test_what_duckdb_takes_for_json_and_is_none_is_no_value(tmp_path: Path) -> None:
    good = lines(weight("o1", 70, "2025-01-01"))
    odd = lines(weight("o2", 80, "2025-02-01")).replace(b"80", b"NaN")
    late = lines(weight("o3", 90, "2025-03-01")).replace(b'"final"', b'"final", "x": NaN')
    folder = write(tmp_path / "in", **ONE, Observation_ndjson=good + odd + late)
    table, counts = read(folder, tmp_path)
    assert table["a"]["weight_kg"] == 90
    assert skipped(counts) == {"a broken line: it is no JSON": 1}


def test_ids_and_dates_that_are_written_strangely_are_read_as_the_reader_does(
    tmp_path: Path,
) -> None:
    odd = [weight("é-1", 71, "2025-01-02"), weight("o\u007f2", 72, "2025-01-03"),
           weight("o3", 73, " 202-01-01"), weight("o4", 74, "2025-01-04x"),
           weight("o5", 75, "2025-1-05"), weight("o6", 76, '2025-01-0"')]  # fmt: skip
    folder = write(tmp_path / "in", **ONE, Observation_ndjson=lines(*odd))
    table, counts = read(folder, tmp_path)
    assert table["a"]["weight_kg"] == 72
    assert {one["resource"] for one in table["a"]["unread"]} == {
        f"Observation/o{place}" for place in (3, 4, 5, 6)
    }
    assert counts.skipped == ()


def test_types_that_no_fact_reads_are_counted(tmp_path: Path) -> None:
    other = lines(
        {"resourceType": "Encounter"}, {"resourceType": "Claim"}, {"resourceType": "Claim"}
    )
    mixed = lines(weight("o1", 71, "2025-01-01"), {"resourceType": "Device"}, patient("b"))
    folder = write(tmp_path / "in", **ONE, Other_ndjson=other, mixed_ndjson=mixed)
    table, counts = read(folder, tmp_path, everyone=True)
    assert counts.unused == {"Claim": 2, "Device": 1, "Encounter": 1}
    assert counts.resources == {"Condition": 1, "Observation": 1, "Patient": 2}
    assert table["a"]["weight_kg"] == 71
    assert list(table) == ["a", "b"]


def test_a_packed_file_that_ends_too_early_gives_what_it_holds(tmp_path: Path) -> None:
    many = lines(*(weight(f"o{place}", 60 + place % 20, f"2025-01-{place % 28 + 1:02}")
                   for place in range(4000)))  # fmt: skip
    packed = gzip.compress(many)
    folder = write(tmp_path / "in", **ONE)
    (folder / "Observation.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "other.ndjson.gz").write_bytes(b"no gzip at all")
    table, counts = read(folder, tmp_path)
    assert 0 < counts.resources["Observation"] < 4000
    assert table["a"]["weight_kg"] is not None
    told = [one for one in counts.skipped if one.reason.startswith("a file that is no whole gzip")]
    assert {place for one in told for place in one.examples} == {
        "Observation.ndjson.gz", "other.ndjson.gz",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_and_one_that_is_missing(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", **ONE)
    (folder / "gone.ndjson").symlink_to(folder / "nowhere")
    urls = ["https://s.example/out/Patient.ndjson", "https://s.example/out/Observation.ndjson?x=1"]
    manifest = {"transactionTime": "2026-01-01", "output": [{"url": url} for url in urls]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    table, counts = read(folder, tmp_path)
    assert list(table) == ["a"]
    assert {one.reason: one.examples for one in counts.skipped} == {
        "a file that the manifest names and that is not there": ("Observation.ndjson",),
        "a file that cannot be read: no such file or directory": ("gone.ndjson",),
    }


def test_resources_of_nobody_and_of_absent_patients(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "in",
        Patient_ndjson=lines(patient("a")),
        Condition_ndjson=lines(
            condition("c1", "Patient/a"), condition("c2", None), condition("c3", "Group/1"),
            condition("c4", "Patient/z"), condition("c5", "Patient/z", {"coding": []}),
        ),
    )  # fmt: skip
    table, counts = read(folder, tmp_path)
    assert list(table) == ["a"]
    assert counts.patients == 1
    assert skipped(counts) == {
        "a resource that names no patient": 2,
        "a resource of a patient who is not in the export": 2,
    }


def test_of_what_stands_twice_the_newest_counts(tmp_path: Path) -> None:
    old = weight("o1", 70, "2025-01-01", meta={"lastUpdated": "2025-01-01T00:00:00Z"})
    new = weight("o1", 80, "2025-01-01", meta={"lastUpdated": "2025-02-01T00:00:00Z"})
    height = concept(("http://loinc.org", "8302-2"))
    moved = weight("o2", 90, "2025-09-09", meta={"lastUpdated": "2025-01-01"})
    folder = write(
        tmp_path / "in",
        Patient_ndjson=lines(patient("a"), patient("a"), patient("a") | {
            "gender": "male", "meta": {"lastUpdated": "2025-01-01"}}),
        Condition_ndjson=ONE["Condition_ndjson"],
        Observation_0_ndjson=lines(new, moved),
        Observation_1_ndjson=lines(old, moved | {"code": height, "meta": {"lastUpdated": "2026"}}),
    )  # fmt: skip
    table, counts = read(folder, tmp_path)
    # The newest version of the second says that it was no weight.
    assert (table["a"]["weight_kg"], table["a"]["sex"]) == (80, "male")
    assert skipped(counts) == {"a Patient that stands more than once": 2}
    told = {one.reason: one.count for one in counts.unread}
    again = "Observation: stands in the Bundle more than once: the newest version counts"
    assert told[again] == 2


def test_without_an_id_a_resource_is_named_by_its_place(tmp_path: Path) -> None:
    one = weight("", 77, "2025-01-01")
    folder = write(tmp_path / "in", **ONE, Observation_ndjson=lines(one, one | {"id": 5}))
    table, _ = read(folder, tmp_path)
    (source,) = [one for one in table["a"]["sources"] if one["fact"] == "weight_kg"]
    assert source["reference"].startswith("Observation.ndjson")


def test_a_mark_blank_lines_and_windows_ends_do_no_harm(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + lines(patient("a")).replace(b"\n", b"\r\n\r\n")
    folder = write(tmp_path / "in", Patient_ndjson=marked, Condition_ndjson=ONE["Condition_ndjson"])
    table, counts = read(folder, tmp_path)
    assert list(table) == ["a"]
    assert counts.skipped == ()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "does not exist"),
        ({}, "no NDJSON file in it"),
        ({"Condition_ndjson": ONE["Condition_ndjson"]}, "no Patient in it"),
        ({"Patient_ndjson": b""}, "no Patient in it"),
    ],
)
def test_a_folder_without_patients_is_refused(
    tmp_path: Path, files: dict[str, bytes] | None, said: str
) -> None:
    folder = tmp_path / "in"
    if files is not None:
        write(folder, **files)
    with pytest.raises(InputError) as refused:
        read(folder, tmp_path)
    first, *rest = refused.value.faults
    assert said in str(first)
    assert all(one.found.startswith("skipped ") for one in rest)


def test_nobody_listed_gives_an_empty_table(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", Patient_ndjson=lines(patient("a")))
    table, counts = read(folder, tmp_path)
    assert table == {}
    assert (counts.patients, counts.listed) == (1, 0)


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", **ONE)
    with pytest.raises(InputError) as refused:
        bulk.read(folder, Intake(shipped(), TODAY), tmp_path / "no such folder", workers=2)
    assert "no such file" in str(refused.value)


def test_one_worker_or_two_give_the_same_bytes(tmp_path: Path) -> None:
    one, first = read(write(tmp_path / "in", **ONE), tmp_path, workers=1)
    two, second = read(tmp_path / "in", tmp_path, workers=2)
    assert (one, first) == (two, second)

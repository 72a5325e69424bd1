"""FHIR bulk data to a facts table, beside the bare flattening of the same files by DuckDB.

usage: bench/bulk.py FOLDER [N] [--tidy | --varied]

N synthetic patients are written to FOLDER unless it holds an export already: names, addresses and
values of any length, units that differ, values and dates of birth that are missing. With --tidy
their lines are more alike than that; with --varied less: words, profiles, extensions, times, drugs
more than once, results and types of resources that no fact reads. Each measurement is a process of
its own, its start included; the better of two runs is told. `facts` is the reading alone, `answers`
all of `myopathway cohort`. `limit` is the typed decoding of every line by one core, times the
cores: no reader that decodes can be faster.
"""

# ruff: noqa: PLC0415, S603, S608 - imports are measured; commands and names are our own
from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

FLAT = {
    "Patient": {"id": "VARCHAR", "gender": "VARCHAR", "birthDate": "VARCHAR"},
    "Condition": {"clinicalStatus": "CODED", "verificationStatus": "CODED", "code": "CODED",
                  "subject": "STRUCT(reference VARCHAR)"},
    "Observation": {"status": "VARCHAR", "code": "CODED", "subject": "STRUCT(reference VARCHAR)",
                    "effectiveDateTime": "VARCHAR",
                    "valueQuantity": "STRUCT(value DOUBLE, code VARCHAR)"},
    "MedicationRequest": {"status": "VARCHAR", "statusReason": "CODED",
                          "medicationCodeableConcept": "CODED", "authoredOn": "VARCHAR",
                          "subject": "STRUCT(reference VARCHAR)",
                          "dosageInstruction": "STRUCT(doseAndRate STRUCT(doseQuantity"
                                               " STRUCT(value DOUBLE, code VARCHAR))[])[]"},
}  # fmt: skip
CODED = "STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])"
PROBLEMS = ("396230008", "31384009", "72315009", "233703007", "40739000", "363346000", "38341003")
DRUGS = ("8640", "6851", "1256", "68149", "121191", "42316", "5521")
MEASURED = ("29463-7", "19868-9", "2157-6")
SYSTEMS = {"sct": "http://snomed.info/sct", "lnc": "http://loinc.org",
           "rxn": "http://www.nlm.nih.gov/research/umls/rxnorm",
           "ucum": "http://unitsofmeasure.org"}  # fmt: skip
STATUS = "http://terminology.hl7.org/CodeSystem/"


def coded(system: str, code: str, words: str) -> dict[str, Any]:
    coding = [
        {"system": SYSTEMS.get(system, system), "code": code, "display": words},
        {"system": "urn:example:local", "code": f"local-{code}", "display": words},
    ]
    return {"coding": coding, "text": words}  # fmt: skip


def person(number: int) -> dict[str, list[dict[str, Any]]]:
    """About 15 resources and 11 kB of one patient; three in four have the disease."""
    rng = random.Random(number)
    name = f"p{number:08d}"
    meta = {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00.000+00:00"}
    whose = {"subject": {"reference": f"Patient/{name}"}}
    made: dict[str, list[dict[str, Any]]] = {kind: [] for kind in FLAT}

    def day() -> str:
        date = dt.date(2020, 1, 1) + dt.timedelta(days=rng.randrange(2000))
        return f"{date}T09:30:00+00:00"

    def add(kind: str, **body: object) -> None:
        number = len(made[kind])
        made[kind].append({"resourceType": kind, "id": f"{name}-{kind[0]}{number}", "meta": meta,
                           **whose, **body})  # fmt: skip

    born = dt.date(1935, 1, 1) + dt.timedelta(days=rng.randrange(29000))
    made["Patient"].append({
        "resourceType": "Patient", "id": name, "meta": meta, "active": True,
        "text": {"status": "generated", "div": "<div>A synthetic patient</div>"},
        "name": [{"use": "official", "family": f"Synth{number}", "given": ["A"]}],
        "gender": rng.choice(("female", "male")), "birthDate": born.isoformat(),
    })  # fmt: skip
    ill = rng.choices([*PROBLEMS[:3], None], [0.35, 0.25, 0.15, 0.25])[0]
    chances = zip(PROBLEMS[3:], (0.25, 0.15, 0.07, 0.4), strict=True)
    for code in [
        *([ill] if ill else []),
        *(code for code, share in chances if rng.random() < share),
    ]:
        now = "resolved" if rng.random() < 0.06 else "active"
        add("Condition", code=coded("sct", code, "A problem of the list"), onsetDateTime=day(),
            clinicalStatus=coded(f"{STATUS}condition-clinical", now, now),
            verificationStatus=coded(f"{STATUS}condition-ver-status", "confirmed", "Confirmed"),
            category=[coded(f"{STATUS}condition-category", "problem-list-item", "Problem List")],
            recordedDate=day()[:10])  # fmt: skip
    for code, unit, times in zip(MEASURED, ("kg", "%", "U/L"), (3, 3, 4), strict=True):
        for _ in range(times):
            when = day()
            value = round(rng.uniform(45, 105), 1)
            add("Observation", status="final", code=coded("lnc", code, "A measurement"),
                category=[coded(f"{STATUS}observation-category", "exam", "Exam")],
                effectiveDateTime=when, issued=when,
                valueQuantity={"value": value, "unit": unit, "system": SYSTEMS["ucum"],
                               "code": unit})  # fmt: skip
    for code in rng.sample(DRUGS, rng.choice((1, 2, 3)) if ill else rng.randrange(2)):
        status = rng.choice(("active", "active", "stopped", "completed"))
        more = {} if status != "stopped" else {
            "statusReason": coded("urn:example:codes", "ineffective", "Ineffective")}  # fmt: skip
        dose = {"value": round(rng.uniform(5, 60), 1), "unit": "mg"}
        add("MedicationRequest", status=status, intent="order", authoredOn=day(),
            medicationCodeableConcept=coded("rxn", code, "A drug"),
            dosageInstruction=[{"text": "once a day", "doseAndRate": [{"doseQuantity": dose}]}],
            **more)  # fmt: skip
    return made


def plain(number: int) -> dict[str, list[dict[str, Any]]]:
    """The same patient as most sources write it: what is of one kind is not of one length."""
    made = person(number)
    rng = random.Random(-number - 1)
    (patient,) = made["Patient"]
    patient["text"]["div"] = f"<div>Synthetic patient number {number}</div>"
    patient["identifier"] = [{"system": "urn:example:number", "value": f"N{number:09}"}]
    patient["name"] = [{"use": "official", "family": f"Person{number % 8191}",
                        "given": [f"Name{number % 509}"]}]  # fmt: skip
    patient["address"] = [{"line": [f"{number % 977} Sample Road"], "city": "Sampleton"}]
    if rng.random() < 0.02:
        del patient["birthDate"]
    for one in made["Observation"]:
        value = one["valueQuantity"]
        chance = rng.random()
        if chance < 0.03:
            del one["valueQuantity"]
            one["dataAbsentReason"] = coded("urn:example:reasons", "unknown", "Unknown")
        elif chance < 0.04:
            one["status"] = "entered-in-error"
        elif value["unit"] == "U/L":
            value["value"] = int(rng.lognormvariate(6, 1.2))
        elif value["unit"] == "kg" and chance < 0.14:
            value.update(value=round(value["value"] * 1000), unit="g", code="g")
    return made


def varied(number: int) -> dict[str, list[dict[str, Any]]]:
    """The same patient as a less tidy source writes it."""
    made = person(number)
    rng = random.Random(-number - 1)
    name = made["Patient"][0]["id"]

    def second() -> str:
        return f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.123+01:00"

    for kind, resources in made.items():
        for one in resources:
            day = f"2026-01-{rng.randrange(1, 29):02}"
            one["meta"] = {"versionId": str(rng.randrange(9)), "profile": [f"urn:{kind}"],
                           "lastUpdated": f"{day}T{second()}"}  # fmt: skip
            one["extension"] = [{"url": "urn:example:seen", "valueInteger": rng.randrange(999)}]
            if "subject" in one:
                one["subject"]["display"] = f"Synth {number}"
            for key in ("code", "medicationCodeableConcept"):
                if key in one:
                    words = f"As written by {rng.randrange(8)}"
                    one[key] = {"coding": one[key]["coding"], "text": words}
            for key in ("effectiveDateTime", "issued", "authoredOn"):
                if key in one:
                    one[key] = f"{one[key][:10]}T{second()}"
            if "valueQuantity" in one:
                one["valueQuantity"]["value"] = round(rng.uniform(45, 105), rng.choice((0, 1, 2)))
    for place in range(6):
        value = {"value": round(rng.uniform(0, 200), 3), "unit": "mmol/L"}
        made["Observation"].append({
            "resourceType": "Observation", "id": f"{name}-L{place}", "status": "final",
            "subject": {"reference": f"Patient/{name}"}, "valueQuantity": value,
            "code": coded("lnc", f"9{rng.randrange(400)}-1", "Another result"),
            "effectiveDateTime": f"2024-0{rng.randrange(1, 10)}-11T{second()}",
        })  # fmt: skip
    given = made["MedicationRequest"]
    if given and rng.random() < 0.3:
        given.append({**given[0], "id": f"{name}-M9", "authoredOn": "2025-11-03"})
    made["Encounter"] = [
        {"resourceType": "Encounter", "id": f"{name}-E{place}", "status": "finished",
         "subject": {"reference": f"Patient/{name}"}, "period": {"start": "2024-01-01"}}
        for place in range(3)
    ]  # fmt: skip
    return made


def export(folder: Path, number: int, sort: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("*.ndjson*")):
        return
    kinds = [*FLAT, "Encounter"] if sort == "varied" else FLAT
    make = {"plain": plain, "tidy": person, "varied": varied}[sort]
    files = {kind: (folder / f"{kind}.ndjson").open("wb") for kind in kinds}
    encoder = msgspec.json.Encoder()
    for one in range(number):
        for kind, resources in make(one).items():
            for made in resources:
                files[kind].write(encoder.encode(made) + b"\n")
    for file in files.values():
        file.close()


def flatten(folder: Path, out: Path) -> None:
    """The bare flattening: the newest of each measurement, each problem, each drug with its dose
    and whether it failed; no rules."""
    con = duckdb.connect()
    con.execute(f"SET threads={os.cpu_count()}; SET preserve_insertion_order=false")
    for kind, columns in FLAT.items():
        inner = ", ".join(f"{name}: '{CODED if of == 'CODED' else of}'"
                          for name, of in columns.items())  # fmt: skip
        con.execute(
            f"CREATE VIEW {kind} AS SELECT * FROM read_json('{folder}/{kind}*.ndjson*',"
            f" format='newline_delimited', columns={{{inner}}}, maximum_object_size=33554432)"
        )
    problems = ", ".join(f"bool_or(c.code = '{code}') AS problem_{code}" for code in PROBLEMS)
    drugs = ", ".join(f"bool_or(c.code = '{code}' AND status = 'active') AS on_{code},"
                      f" bool_or(c.code = '{code}' AND status = 'stopped'"
                      f" AND reason = 'ineffective') AS failed_{code},"
                      f" max(CASE WHEN c.code = '{code}' AND status = 'active' THEN dose END)"
                      f" AS dose_{code}"
                      for code in DRUGS)  # fmt: skip
    measured = ", ".join(
        f"arg_max(CASE WHEN c.code = '{code}' THEN valueQuantity.value END,"
        f" CASE WHEN c.code = '{code}' THEN effectiveDateTime END) AS \"m_{code}\""
        for code in MEASURED
    )
    whose = "substr(subject.reference, 9) AS pid"
    query = f"""
    WITH c AS (SELECT pid, {problems} FROM (
        SELECT {whose}, clinicalStatus.coding[1].code AS now,
        verificationStatus.coding[1].code AS sure, unnest(code.coding) AS c FROM Condition)
        WHERE now = 'active' AND sure = 'confirmed' GROUP BY pid),
    o AS (SELECT pid, {measured} FROM (SELECT {whose}, effectiveDateTime, valueQuantity,
        unnest(code.coding) AS c FROM Observation WHERE status = 'final')
        WHERE c.code IN {MEASURED} GROUP BY pid),
    m AS (SELECT pid, {drugs} FROM (SELECT {whose}, status, statusReason.coding[1].code AS reason,
        dosageInstruction[1].doseAndRate[1].doseQuantity.value AS dose,
        unnest(medicationCodeableConcept.coding) AS c FROM MedicationRequest)
        WHERE c.code IN {DRUGS} GROUP BY pid)
    SELECT * FROM Patient p LEFT JOIN c ON c.pid = p.id LEFT JOIN o ON o.pid = p.id
    LEFT JOIN m ON m.pid = p.id"""
    con.execute(f"COPY ({query}) TO '{out}/flat.parquet' (FORMAT parquet)")


# What is measured loads what it needs itself, for loading is a part of it.


def facts(folder: Path, out: Path) -> dict[str, int]:
    from myopathway.cohort import bulk
    from myopathway.guideline.load import shipped
    from myopathway.intake import Intake

    found = bulk.read(folder, Intake(shipped(), dt.date(2026, 11, 22)), out)
    for table in found.tables():
        del table
    return {"patients": found.counts.patients, "listed": found.counts.listed}


def answers(folder: Path, out: Path) -> dict[str, int]:
    from myopathway.cohort import run
    from myopathway.guideline.load import shipped
    from myopathway.intake import Intake

    intake = Intake(shipped(), dt.date(2026, 11, 22))
    done = run.run(run.Job(str(folder), str(out / "answers.parquet"), intake), lambda *_: None)
    return {} if done.read is None else {"patients": done.read.patients, "listed": done.read.listed}


def limit(folder: Path) -> float:
    """Bytes in a second that one core decodes into the typed part that is needed."""
    from myopathway.cohort.bulk import shapes

    size, taken = 0, 0.0
    for kind in FLAT:
        decoder = msgspec.json.Decoder(shapes.OF[kind])
        for path in folder.glob(f"{kind}*.ndjson"):
            with path.open("rb") as file:
                data = file.read(64 << 20)
            data = data[: data.rfind(b"\n") + 1]
            started = time.process_time()
            at = 0
            while at < len(data):
                end = data.rfind(b"\n", at, at + (1 << 20)) + 1
                decoder.decode_lines(data[at:end])
                at = end
            taken += time.process_time() - started
            size += len(data)
    return size / taken


STEPS: dict[str, Callable[[Path, Path], dict[str, int] | None]] = {
    "flatten": flatten, "facts": facts, "answers": answers,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    sorts = parser.add_mutually_exclusive_group()
    for sort in ("tidy", "varied"):
        sorts.add_argument(f"--{sort}", action="store_const", const=sort, dest="sort",
                           default="plain")  # fmt: skip
    parser.add_argument("--only", choices=list(STEPS))
    given = parser.parse_args()
    if given.only:
        with tempfile.TemporaryDirectory() as out:
            told = STEPS[given.only](given.folder, Path(out)) or {}
            own, others = (resource.getrusage(who) for who in
                           (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
            print(json.dumps({
                "cpu": own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime,
                "peak": peak_of(own.ru_maxrss, others.ru_maxrss), **told,
            }))  # fmt: skip
        return
    export(given.folder, given.number, given.sort)
    size = sum(path.stat().st_size for path in given.folder.glob("*.ndjson*"))
    best: dict[str, dict[str, float]] = {}
    for _ in range(2):
        for name in STEPS:
            started = time.perf_counter()
            found = json.loads(subprocess.check_output(
                [sys.executable, __file__, str(given.folder), "--only", name]))  # fmt: skip
            found["seconds"] = time.perf_counter() - started
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    cores = os.cpu_count() or 1
    top = limit(given.folder) * cores
    people, listed = (best["facts"][name] for name in ("patients", "listed"))
    print(f"{size / 1e6:.0f} MB, {people:.0f} patients, {listed:.0f} listed, {cores} cores,"
          f" limit {top / 1e6:.0f} MB/s")  # fmt: skip
    for name, one in best.items():
        rate = size / one["seconds"]
        times, cpu = (one[what] / best["flatten"][what] for what in ("seconds", "cpu"))
        print(f"{name:8} {one['seconds']:7.2f} s  cpu {one['cpu']:6.2f} s"
              f"  {rate / 1e6:5.0f} MB/s  {rate / top:5.1%} of the limit"
              f"  at most {one['peak'] / 1024:5.0f} MiB"
              f"  / flatten {times:5.2f} (cpu {cpu:5.2f})")  # fmt: skip


def peak_of(own: int, largest: int) -> int:
    """The memory of master and workers together is at most that of the master and of as many
    of the largest worker as there are cores."""
    return own + largest * (os.cpu_count() or 1) if largest else own


if __name__ == "__main__":
    main()

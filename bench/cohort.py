"""A facts table of N random registry patients, and the time that answering it takes.

usage: python -m bench.cohort make N FILE [SEED]
       python -m bench.cohort run FILE [--places]
       python -m bench.cohort command FILE [--places]    (with the start of Python, and its end)

The patients are made by SQL: subtypes, courses and histories in the shares of a registry, a
quarter of the facts unknown, regimens without outcome or purpose among them. None is real.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from myopathway.cohort.run import Job
from myopathway.cohort.run import run as answer
from myopathway.guideline.load import shipped
from myopathway.intake import Intake

DAY = dt.date(2026, 3, 1)
REGIMENS = (
    "['prednisolone'], ['prednisolone','methotrexate','folic-acid'], ['methotrexate','folic-acid'],"
    " ['azathioprine'], ['prednisolone','azathioprine'], ['mycophenolate'], ['tacrolimus'],"
    " ['ciclosporin'], ['ivig'], ['rituximab'], ['cyclophosphamide'], ['methylprednisolone'],"
    " ['azathioprine','prednisolone','ivig'], ['mycophenolate','tacrolimus'], ['abatacept']"
)
CHOSEN = {
    "subtype": "dermatomyositis dermatomyositis polymyositis immune-mediated-necrotising-myopathy"
    " antisynthetase-syndrome antisynthetase-syndrome overlap-myositis inclusion-body-myositis",
    "course": "initial remission remission relapse",
    "sex": "female female male",
    "disease_damage": "low high",
    "hbsag": "negative negative positive",
    "tuberculosis": "none none latent",
    "tpmt": "normal normal intermediate",
}
TRUE_IN = {
    "severe_muscle_weakness": 0.3, "respiratory_failure_from_ild": 0.02, "myocarditis": 0.03,
    "severe_dysphagia": 0.1, "other_life_threatening_complication": 0.02, "ild": 0.4,
    "refractory_rash": 0.1, "pregnant": 0.02, "infection": 0.05, "malignancy": 0.08,
    "can_become_pregnant": 0.3, "breastfeeding": 0.02, "significant_liver_disease": 0.04,
    "uncontrolled_hypertension": 0.1, "thrombosis_history": 0.05,
}  # fmt: skip


def known(value: str, share: float = 0.75) -> str:
    return f"CASE WHEN random() < {share} THEN {value} END"


def make(count: int, path: str, seed: float) -> None:
    columns = ["'p' || i AS id"]
    for name, words in CHOSEN.items():
        listed = ", ".join(f"'{one}'" for one in words.split())
        one = f"list_extract([{listed}], 1 + floor(random() * {len(words.split())})::INT)"
        columns.append(f"{known(one, 0.95 if name in ('subtype', 'course') else 0.7)} AS {name}")
    columns += [f"{known(f'random() < {share}')} AS {name}" for name, share in TRUE_IN.items()]
    regimen = (
        f"{{drugs: list_extract([{REGIMENS}], 1 + floor((random() + 0 * x) * 15)::INT),"
        " purpose: " + known("CASE WHEN random() < 0.6 THEN 'induction' ELSE 'maintenance' END", .8)
        + ", outcome: " + known("list_extract(['ongoing', 'adequate-response',"
                                " 'inadequate-response', 'intolerance', 'completed'],"
                                " 1 + floor(random() * 5)::INT)", 0.8)
        + ", intolerant_of: NULL::VARCHAR[]"
        ", started: DATE '2020-01-01' + floor(random() * 1800)::INT, stopped: NULL::DATE,"
        " dose: CASE WHEN random() < 0.2 THEN '60 mg daily' END}"
    )  # fmt: skip
    columns += [
        f"{known('round(40 + random() * 70, 1)')} AS weight_kg",
        f"{known('18 + floor(random() * 70)', 0.9)} AS age_years",
        f"{known('round(15 + random() * 100)')} AS egfr",
        f"{known('list_filter([1, 2, 3, 4], lambda x: random() < 0.45)', 0.95)} AS places",
        known("CASE WHEN random() < 0.9 THEN []::VARCHAR[] ELSE ['methotrexate'] END")
        + " AS allergies",
    ]
    import duckdb  # noqa: PLC0415 - for this alone

    con = duckdb.connect()
    con.execute("SET threads = 1")
    con.execute(f"SELECT setseed({seed})")
    con.execute(
        f"COPY (SELECT * EXCLUDE places, list_transform(places, lambda x: {regimen}) AS treatments"  # noqa: S608 - of ours
        f" FROM (SELECT {', '.join(columns)} FROM range({count}) t(i)))"
        f" TO '{path}' (FORMAT parquet)"
    )


def run(path: str, *, places: bool) -> None:
    ticks: list[tuple[float, float, int]] = []

    def tell(_what: str, done: int, _size: int) -> None:
        ticks.append((time.perf_counter(), time.process_time(), done))

    begun, spent = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        job = Job(path, str(Path(folder) / "out.parquet"), Intake(shipped(), DAY), not places)
        done = answer(job, tell)
        size = (Path(folder) / "out.parquet").stat().st_size
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    rows = done.summary.rows
    found = {
        "rows": rows,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "rows_per_s": round(rows / wall),
        "rows_per_cpu_s": round(rows / cpu),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "out_mb": round(size / 1e6, 1),
        "statuses": dict(done.summary.statuses),
    }
    if len(ticks) > 1:
        (wall_0, cpu_0, rows_0), (wall_1, cpu_1, rows_1) = ticks[0], ticks[-1]
        found["rows_per_s_after_the_first_piece"] = round((rows_1 - rows_0) / (wall_1 - wall_0))
        found["rows_per_cpu_s_after_the_first_piece"] = round((rows_1 - rows_0) / (cpu_1 - cpu_0))
    print(json.dumps(found))


def command(path: str, *, places: bool) -> None:
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.parquet")
        options = ["--as-of", DAY.isoformat(), "--quiet", *(["--places"] if places else [])]
        subprocess.run(  # noqa: S603 - of ours
            [sys.executable, "-m", "myopathway", "cohort", path, "-o", out, *options], check=True
        )
        wall = time.perf_counter() - begun
        rows = pq.ParquetFile(out).metadata.num_rows
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        "rows": rows,
        "wall_s": round(wall, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "rows_per_s": round(rows / wall),
        "peak_mib": round(used.ru_maxrss / 1024),
    }
    print(json.dumps(found))


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "make":
        make(int(rest[0]), rest[1], float(rest[2]) if rest[2:] else 0.5)
    elif what == "command":
        command(rest[0], places="--places" in rest)
    else:
        run(rest[0], places="--places" in rest)


if __name__ == "__main__":
    main()

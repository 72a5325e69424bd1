"""One run of ours over an NDJSON file of Bundles: prints one JSON object. usage: ours.py FILE."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.render.json import json_bytes

WARM = 200


def resident_mib() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    intake = Intake(shipped(), dt.date(2026, 6, 1))
    taken: list[float] = []
    places: dict[str, int] = {}
    start = 0.0
    with Path(sys.argv[1]).open("rb") as lines:
        first = [next(lines) for _ in range(WARM)]
    for raw in first:
        json_bytes(recommend_on(intake.patient(raw, "-"), intake.today, intake.guideline))
    start = resident_mib()
    with Path(sys.argv[1]).open("rb") as lines:
        for raw in lines:
            begun = time.perf_counter()
            answer = recommend_on(intake.patient(raw, "-"), intake.today, intake.guideline)
            json_bytes(answer)
            taken.append(time.perf_counter() - begun)
            place = answer.node or answer.status
            places[place] = places.get(place, 0) + 1
    taken.sort()
    print(json.dumps({
        "patients": len(taken),
        "patients_per_second": len(taken) / sum(taken),
        "p50_ms": 1000 * taken[len(taken) // 2],
        "p99_ms": 1000 * taken[int(len(taken) * 0.99)],
        "max_ms": 1000 * taken[-1],
        "start_mib": start,
        "end_mib": resident_mib(),
        "places": places,
    }))  # fmt: skip


main()

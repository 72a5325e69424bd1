"""Every cell of a random population, with places alone too, held against one patient at a time.

usage: python -m bench.cohort_same [N] [SEED]
"""

from __future__ import annotations

import sys
import time

from myopathway.cohort.answering import Answering
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests.cohort_patients import cells, documents, row_cells, table
from tests.population import TODAY

PIECE = 10_000


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else 50_000
    seed = int(sys.argv[2]) if sys.argv[2:] else 1
    guideline = shipped()
    answering = Answering(guideline, TODAY)
    alone = Answering(guideline, TODAY, whole=False)
    begun = time.perf_counter()
    wrong = rows = compared = 0
    while rows < count:
        patients = [
            Patient.from_facts(one) for one in documents(seed + rows, min(PIECE, count - rows))
        ]
        found = answering.answered(table(patients)).to_pylist()
        places = alone.answered(table(patients)).to_pylist()
        for patient, row, place in zip(patients, found, places, strict=True):
            wanted, got = cells(recommend_on(patient, TODAY, guideline)), row_cells(row)
            compared += sum(len(one) if isinstance(one, list) else 1 for one in wanted)
            if wanted != got or row | place != row:
                wrong += 1
                print(row["id"], place, [pair for pair in zip(wanted, got, strict=True)
                                         if pair[0] != pair[1]])  # fmt: skip
        rows += len(patients)
        print(f"{rows} rows, {compared} cells, {wrong} rows differ,"
              f" {time.perf_counter() - begun:.0f} s", flush=True)  # fmt: skip
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

"""Plants every fault in the compiler of the cohort and says which ones the comparison finds.

usage: python -m bench.cohort_faults [N]
"""

from __future__ import annotations

import sys

from myopathway.cohort.answering import Answering
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests.cohort_faults import FAULTS
from tests.cohort_patients import cells, documents, row_cells, table
from tests.population import TODAY


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else 150
    guideline = shipped()
    patients = [Patient.from_facts(one) for one in documents(20260301, count)]
    wanted = [cells(recommend_on(one, TODAY, guideline)) for one in patients]
    missed = 0
    for name, (where, what, broken) in FAULTS.items():
        right = getattr(where, what)
        setattr(where, what, broken)
        try:
            found = Answering(guideline, TODAY).answered(table(patients)).to_pylist()
            wrong = sum(one != row_cells(row) for one, row in zip(wanted, found, strict=True))
            said = f"{wrong} of {count} rows differ"
        except (LookupError, RecursionError, ValueError) as error:
            wrong, said = 1, f"stops with {type(error).__name__}"
        finally:
            setattr(where, what, right)
        missed += not wrong
        print(f"{'found ' if wrong else 'MISSED'} {name}: {said}", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

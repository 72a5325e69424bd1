"""Plants every fault in the compiler of the cohort and says which ones the comparison finds.

usage: python -m bench.cohort_faults [N]
"""

from __future__ import annotations

import sys

from myopathway.cohort.answering import Answering
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests.cohort_faults import ALONE, FAULTS
from tests.cohort_patients import OTHERWISE, cells, documents, place_cells, row_cells, table
from tests.population import TODAY


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else 150
    patients = [Patient.from_facts(one) for one in documents(20260301, count)]
    guidelines = (shipped(), OTHERWISE)
    wanted = [[cells(recommend_on(one, TODAY, own)) for one in patients] for own in guidelines]
    missed = 0
    for name, (where, what, broken) in (FAULTS | ALONE).items():
        whole = name in FAULTS
        cells_of = row_cells if whole else place_cells
        right = getattr(where, what)
        setattr(where, what, broken)
        try:
            wrong = 0
            for guideline, right_ones in zip(guidelines, wanted, strict=True):
                answering = Answering(guideline, TODAY, whole=whole)
                found = map(cells_of, answering.answered(table(patients)).to_pylist())
                wrong += sum(
                    one[: len(got)] != got for one, got in zip(right_ones, found, strict=True)
                )
                if whole:
                    break
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

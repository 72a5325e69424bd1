"""Answers many random patients and counts whom an answer could harm.

usage: python -m bench.safety [patients, default 200000] [seed, default 1]

The same walk as tests/test_safety_population.py (5,000 patients, in CI) over many more. Exit status
1 where anything was found; the first patients of each kind are printed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from random import Random

from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import safety_population
from tests.population import TODAY
from tests.safety_harms import HARMS, TERATOGENS
from tests.safety_patients import options

SHOWN = 3


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = Random(seed)
    places: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    found: Counter[str] = Counter()
    answering = looking = 0.0
    for number in range(count):
        facts = safety_population.patient(rng)
        begun = time.perf_counter()
        answer = recommend_on(Patient.from_facts(facts), TODAY)
        answered = time.perf_counter()
        places[answer.node or answer.status] += 1
        for option in options(answer):
            seen[f"options {option.verdict}"] += 1
            seen["options with a teratogen"] += not TERATOGENS.isdisjoint(option.id.split("+"))
            seen["open block questions"] += sum(
                one.text.startswith("Not known: ") for one in option.reasons
            )
            seen["doses"] += sum(len(one.calculated) for one in option.drugs)
        for name, harm in HARMS.items():
            for fault in harm(facts, answer):
                found[name] += 1
                if found[name] <= SHOWN:
                    print(f"patient {number}: {name}: {fault}\n  {json.dumps(facts)}")
        answering += answered - begun
        looking += time.perf_counter() - answered
    print(f"{count:,} patients (seed {seed}): {answering:.0f} s of answers,"
          f" {1e6 * answering / count:.0f} us each; {looking:.0f} s of looking")  # fmt: skip
    for place, number in sorted(places.items()):
        print(f"  {number:9,} {place}")
    for what, number in sorted(seen.items()):
        print(f"  {number:9,} {what}")
    for name in HARMS:
        print(f"  {found[name]:9,} {name}")
    sys.exit(int(bool(found)))


if __name__ == "__main__":
    main()

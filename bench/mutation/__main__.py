"""Changes content and deciding code one place at a time and sees whether a test notices.

usage: python -m bench.mutation [--content | --code | --reading] [--limit N] [--seed N]
                                [--list] [--only TEXT] [--stages N] [--from FILE] [--together]

A mutant that no test notices is a survivor: a mistake that could be made unseen, or a change that
no patient could see. The latter are listed with their reason in bench/mutation/equivalent.txt and
stay in the first score; the second score leaves them out. Content that the loader refuses counts
as noticed and is counted apart.

  --content   rules, nodes, doses, notices, order limits, monitoring, and every code and name
  --code      what decides of an answer, an order, a plan
  --reading   what reads a patient from facts and FHIR
  --limit     take a sample, of each file its share and at least one
  --stages    1: ask only the tests that notice most; 2: then those that are about what was
              changed; 3, the default: then all others that need only Python
  --from      only the mutants that FILE lists, a run's output
  --together  do not begin with each alone: for mutants of which most live
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from bench.mutation import code, codes, places, safety
from bench.mutation.asked import SOON, THEN, narrow
from bench.mutation.mutant import PACKAGE, ROOT, Mutant
from bench.mutation.workshop import Workshop

Stage: TypeAlias = Callable[[str], tuple[str, ...]]
_EQUIVALENT = Path(__file__).parent / "equivalent.txt"


def content(_: Counter[str]) -> list[Mutant]:
    return [*safety.mutants(), *places.mutants(), *codes.mutants()]


def deciding(left_out: Counter[str]) -> list[Mutant]:
    return list(code.mutants(code.DECIDES, left_out))


def reading(left_out: Counter[str]) -> list[Mutant]:
    return list(code.mutants(code.READS, left_out))


# Content comes last: from then on the package is imported.
_WHAT = {"code": deciding, "reading": reading, "content": content}


def sample(mutants: list[Mutant], limit: int, seed: int) -> list[Mutant]:
    """Take as many of each file as its share, so that no file is left out by chance."""
    rng = random.Random(seed)
    if limit >= len(mutants):
        return mutants
    by_file: dict[Path, list[Mutant]] = {}
    for one in mutants:
        by_file.setdefault(one.path, []).append(one)
    taken: list[Mutant] = []
    for several in by_file.values():
        share = limit * len(several) / len(mutants)
        count = int(share) + (rng.random() < share - int(share))
        taken += rng.sample(several, max(1, count))
    rng.shuffle(taken)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation")
    for name in _WHAT:
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--limit", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--stages", type=int, choices=(1, 2, 3), default=3)
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--from", dest="listed", type=Path)
    chosen = parser.parse_args()
    wanted = [name for name in _WHAT if getattr(chosen, name)] or list(_WHAT)
    worst = 0
    for name in wanted:
        left_out = Counter[str]()
        every = sorted(set(_WHAT[name](left_out)))
        mutants = sample([one for one in every if chosen.only in str(one)],
                         chosen.limit, chosen.seed)  # fmt: skip
        if chosen.listed:
            mutants = listed(chosen.listed, every)
        print(f"{name}: {len(mutants)} of {len(every)} mutants, seed {chosen.seed}", flush=True)
        for why, count in left_out.most_common():
            print(f"  left out: {count} places, {why}")
        if chosen.list:
            print(*mutants, sep="\n")
        else:
            worst = max(worst, judge(name, mutants, chosen))
    sys.exit(worst)


def listed(file: Path, every: list[Mutant]) -> list[Mutant]:
    """Find the mutants that a file lists; where lines have moved since, the nearest that is so."""
    found: dict[Mutant, None] = {}
    for text in file.read_text().splitlines():
        parts = re.search(rf"({PACKAGE}\S*?):(\d+):(\d+): (.*)", text)
        same = [one for one in every if parts and (str(one.path), one.what) == parts.group(1, 4)]
        if parts and same:
            line, column = int(parts[2]), int(parts[3])
            found[min(same, key=lambda one: (abs(one.line - line), abs(one.column - column)))] = (
                None
            )
    return list(found)


def judge(name: str, mutants: list[Mutant], chosen: argparse.Namespace) -> int:
    begun = time.perf_counter()
    by = Counter[str]()
    living = mutants
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder), code_stays=name == "content")
        stages: tuple[Stage, ...] = (SOON.__getitem__, THEN.__getitem__, workshop.others)
        if not chosen.together:
            living = alone(workshop, living, by)
            stages = stages[1:]
        for stage in stages[: chosen.stages - 3 + len(stages)]:
            groups = apart(living)
            living = []
            for group in groups:
                living += remaining(workshop, group, stage(group[0].kind), by)
    return score(name, mutants, living, by, time.perf_counter() - begun)


def alone(workshop: Workshop, mutants: list[Mutant], by: Counter[str]) -> list[Mutant]:
    """Ask of each mutant the tests that notice most; give those that live."""
    living = []
    for number, one in enumerate(mutants, 1):
        noticed = workshop.noticed([one], SOON[one.kind], narrow(one))
        print(f"{number:4} {noticed or 'LIVES':<60.60} {one}", flush=True)
        if noticed:
            by[noticed.partition("::")[0]] += 1
        else:
            living.append(one)
    return living


def remaining(
    workshop: Workshop, group: list[Mutant], tests: tuple[str, ...], by: Counter[str]
) -> list[Mutant]:
    """Ask tests of several mutants at once; of each by itself the file in which one fails."""
    living = list(group)
    while living and tests:
        failed = workshop.noticed(living, tests)
        if not failed:
            break
        file = failed.partition("::")[0]
        print(f"     {len(living)} together: {failed}", flush=True)
        if file not in tests and len(living) > 1:
            half = len(living) // 2
            return [*remaining(workshop, living[:half], tests, by),
                    *remaining(workshop, living[half:], tests, by)]  # fmt: skip
        asked = (file,) if file in tests else tests
        found = []
        for one in living:
            if noticed := workshop.noticed([one], asked):
                found.append(one)
                by[noticed.partition("::")[0]] += 1
                print(f"     {noticed:<60.60} {one}", flush=True)
        living = [one for one in living if one not in found]
        # What passed of all together passes of each, and each was asked the file that failed.
        tests = tests[tests.index(file) + 1 :] if file in tests else ()
    return living


def apart(living: list[Mutant]) -> list[list[Mutant]]:
    """Put mutants of one kind together that change different places."""
    groups: list[list[Mutant]] = []
    for one in living:
        for group in groups:
            if one.kind == group[0].kind and all(
                other.path != one.path or other.end < one.start or one.end < other.start
                for other in group
            ):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def score(
    name: str, mutants: list[Mutant], living: list[Mutant], by: Counter[str], took: float
) -> int:
    reasons = dict(line.rsplit(" | ", 1) for line in _EQUIVALENT.read_text().splitlines()
                   if " | " in line)  # fmt: skip
    same = [one for one in living if key(one) in reasons]
    found = len(mutants) - len(living)
    rest = len(mutants) - len(same)
    print(
        f"\n{name}: {found} of {len(mutants)} noticed, {percent(found, len(mutants))};"
        f" without {len(same)} that no patient could see, {percent(found, rest)} ({took:.0f} s)"
    )
    for noticed, count in by.most_common():
        print(f"{count:6} by {noticed}")
    for one in same:
        print(f"  no patient could see: {one}\n    {reasons[key(one)]}")
    for one in living:
        if one not in same:
            print(f"  SURVIVED: {one}")
    return int(len(same) < len(living))


def key(mutant: Mutant) -> str:
    """Name a mutant by its function and the words of its line, since its number moves."""
    lines = (ROOT / mutant.path).read_text().splitlines()[: mutant.line]
    named = (re.match(r"\s*(?:def|class) (\w+)", line) for line in reversed(lines))
    where = next((found[1] for found in named if found), "") if mutant.path.suffix == ".py" else ""
    column = mutant.column - len(lines[-1]) + len(lines[-1].lstrip())
    place = f"{mutant.path.relative_to(PACKAGE)} {where}".strip()
    return f"{place} | {lines[-1].strip()} | {column}: {mutant.what}"


def percent(part: int, whole_number: int) -> str:
    return f"{100 * part / max(1, whole_number):.1f} %"


if __name__ == "__main__":
    main()

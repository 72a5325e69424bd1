"""Whose answer changes: patients answered by both versions, one by one."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from myopathway.diff.outcome import Group, Person
from myopathway.errors import Fault, InputError
from myopathway.intake import Intake, lines
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.whatif.difference import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from myopathway.cases import Case
    from myopathway.diff.versions import Version
    from myopathway.guideline.model import Guideline

    Reader = Callable[[Guideline], Patient]


def in_cases(old: Version, new: Version) -> Group:
    """Answer the vignettes of both versions by both; one of the same name counts once."""
    found = {one.id: one for one in (*old.cases, *new.cases)}
    day = dt.date.fromisoformat(new.guideline.edition.date)

    def readers() -> Iterator[tuple[str, Reader]]:
        for name, case in found.items():
            yield name, partial(_of_case, case)

    return _group("vignettes", readers(), old, new, day)


def in_file(path: Path, old: Version, new: Version, day: dt.date) -> Group:
    """Answer the patients of a file, one facts document or Bundle a line, by both versions."""

    def readers() -> Iterator[tuple[str, Reader]]:
        try:
            stream = path.open("rb")
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise InputError([Fault(str(path), reason, "a file that can be read")]) from None
        with stream:
            for number, raw in lines(stream):
                name = f"line {number}"
                yield name, partial(_of_line, raw, name, day)

    return _group(path.name, readers(), old, new, day)


def _of_case(case: Case, guideline: Guideline) -> Patient:
    return Patient.from_facts(case.given, guideline=guideline)


def _of_line(raw: bytes, name: str, day: dt.date, guideline: Guideline) -> Patient:
    return Intake(guideline, day).patient(raw, name)


def _group(
    name: str, patients: Iterator[tuple[str, Reader]], old: Version, new: Version, day: dt.date
) -> Group:
    changed: list[Person] = []
    unread: list[tuple[str, str]] = []
    count = 0
    for person, read in patients:
        try:
            answers = [recommend_on(read(one.guideline), day, one.guideline) for one in (old, new)]
        except InputError as error:
            unread.append((person, str(error.faults[0])))
            continue
        count += 1
        told = difference(*answers)
        if not told.empty:
            changed.append(Person(person, told))
    return Group(name, count, tuple(changed), tuple(unread))

"""What the resources of one patient tell of each fact, and which of it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.cohort.bulk.dates import day_as
from myopathway.facts import Known, Source
from myopathway.fhir.entry import Entry
from myopathway.fhir.finding import Finding
from myopathway.fhir.plain import moment_of
from myopathway.fhir.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.bulk.form import Form, Told
    from myopathway.fhir.gathered import Gathered

# What is told of a fact, with type, id, day and date as written of the resource that tells it.
_Telling: TypeAlias = tuple["Told", str, str, str, str]

_COURSE: Final = "course"
_BORN: Final = "birth_date"
_SINGLE: Final = frozenset({"boolean", "choice", "date", "number", "grade"})
_MEASURED: Final = frozenset({"number", "grade"})
# The types of which the reader looks at the time of day.
_TIMED: Final = frozenset({"Observation", "Condition"})
_WHOLE_DAY: Final = 10  # characters; a form keeps only dates that are dates


class Tellings:
    """Takes what forms tell, up to a day."""

    def __init__(self, today: str) -> None:
        """Start with nothing told."""
        self._today = today
        self._groups: dict[str, list[_Telling]] = {}
        self._late: list[_Telling] = []

    def take(self, form: Form, name: str, first: str, second: str) -> None:
        """Take what a resource of this form, id and dates tells."""
        kind, groups, today = form.kind, self._groups, self._today
        # What has no day is at place -1: the last.
        dates = (first, second, "")
        days = (
            first if len(first) == _WHOLE_DAY else day_as(first),
            second if len(second) == _WHOLE_DAY else day_as(second),
            "",
        )
        for told in form.told:
            day = days[told.date]
            fact = told.name
            telling = (told, kind, name, day, dates[told.date])
            if day > today or fact == _BORN:
                self._put(fact, telling)
            elif fact in groups:
                groups[fact].append(telling)
            else:
                groups[fact] = [telling]

    def take_all(self, tellings: Iterable[Told], kind: str, name: str) -> None:
        """Take what is told without a day."""
        for told in tellings:
            self._put(told.name, (told, kind, name, "", ""))

    def courses(self) -> list[Finding]:
        """Give what is told of the course of the disease, up to the day."""
        return [_finding(one) for one in self._groups.get(_COURSE, ())]

    def settled(self, gathered: Gathered) -> dict[str, Known]:
        """Give each fact its value; where it takes more than the newest, the reader settles it."""
        facts: dict[str, Known] = {}
        open_: list[_Telling] = self._late
        for name, group in self._groups.items():
            one = group[0]
            told = one[0]
            kind = told.fact.type
            if kind not in _SINGLE:
                open_ += group
            elif len(group) == 1:
                if not told.negative:
                    facts[name] = _known(*one)
            elif (kind in _MEASURED and not told.fact.judgement) or _agree(group):
                facts[name] = _known(*max(group, key=_order))
            else:
                open_ += group
        if open_:
            gathered.findings += map(_finding, open_)
            facts |= settle(gathered.until(self._today), gathered.unread)
        return facts

    def _put(self, fact: str, telling: _Telling) -> None:
        """Keep apart what lies ahead: the reader says so."""
        told, _, _, day, _ = telling
        if day > self._today or (fact == _BORN and str(told.value) > self._today):
            self._late.append(telling)
        else:
            self._groups.setdefault(fact, []).append(telling)


def day_at(place: int, first: str, second: str) -> str:
    """Give the day at a place among the dates of a form."""
    if place < 0:
        return ""
    date = second if place else first
    return date if len(date) == _WHOLE_DAY else day_as(date)


def _agree(group: list[_Telling]) -> bool:
    first = group[0][0]
    value, stated = first.value, first.stated
    return all(
        told.value == value and told.stated == stated and not told.negative for told, *_ in group
    )


def _order(telling: _Telling) -> tuple[str, str, str, int]:
    told, kind, name, day, written = telling
    return (moment_of(written, day), kind, name, told.place)


def _known(told: Told, kind: str, name: str, day: str, _: str = "") -> Known:
    return Known(told.value, Source("fhir", f"{kind}/{name}", day, told.detail), told.text)


def _finding(telling: _Telling) -> Finding:
    told, kind, name, day, written = telling
    entry = Entry(kind, name, f"{kind}/{name}", {})
    known = _known(told, kind, name, day)
    when = written if kind in _TIMED else ""
    return Finding(told.fact, known, entry, day, told.stated, told.negative, told.place, when)

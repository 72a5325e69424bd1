"""What the forms of an export say, as arrays: numbers in, numbers out.

Every value, detail and remark stays here as the reader gave it, under a number.
"""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Ints
from myopathway.cohort.bulk.form import MEDICATIONS, NAMELESS, born
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS, code_book
from myopathway.fhir.entry import Entry
from myopathway.fhir.history import regimens
from myopathway.fhir.medication import Given
from myopathway.fhir.plain import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.cohort.bulk.form import Course, Form, Told
    from myopathway.facts import Regimen
    from myopathway.intake import Intake

_SINGLE: Final = frozenset({"boolean", "choice", "date", "number", "grade"})
_MEASURED: Final = frozenset({"number", "grade"})
_DAYS: Final = ("2001-02-10", "2002-03-11")
HISTORY: Final = "treatments"
# Facts that bear on more than themselves: who has one is put together by the reader.
_APART: Final = frozenset({COMPLETE_PROBLEMS, COMPLETE_MEDICATIONS, HISTORY, "as_of"})

_TOLD: Final = ("form", "fact", "date", "place", "stated", "negative", "nothing", "equal")
# The number of no form: no fact is read from such a line. WHOLE and CARRIED follow.
NONE: Final = -3


class Info(msgspec.Struct, frozen=True):
    """What is said of a form.

    ``apart``: patients with it stand apart; ``silent``: no fact is read from it; ``names`` is that
    of ``Form``; ``known``: its drug is known; of its regimen the number, the places of its dates,
    the number of the drug in the order of names, and whether it has a dose in words.
    """

    apart: bool = False
    silent: bool = False
    names: int = NAMELESS
    known: bool = False
    course: int = -1
    start: int = -1
    stop: int = -1
    stopped: int = -1
    drug: int = -1
    dosed: bool = False


# Without a form of its own, or with one that nothing else has: read by itself.
_BY_ITSELF: Final = Info(apart=True)
_SPECIAL: Final = (Info(silent=True), _BY_ITSELF, _BY_ITSELF)


class Known:
    """Enters forms, and keeps what they say in arrays.

    A form's place in them is its number, counted from ``NONE``.
    """

    def __init__(self, forms: Sequence[Form], births: Iterable[str], intake: Intake) -> None:
        """Enter the forms, and dates of birth as further ones."""
        self._intake = intake
        self._book = code_book(intake.guideline)
        facts = intake.guideline.vocabulary.facts
        self.facts = sorted(facts)
        self._ranks = {name: rank for rank, name in enumerate(self.facts)}
        self.listed = np.array([facts[name].type not in _SINGLE for name in self.facts])
        self.measured = np.array([
            facts[name].type in _MEASURED and not facts[name].judgement for name in self.facts
        ])  # fmt: skip
        self.values: list[Any] = []
        self.texts: list[str | None] = []
        self.details: list[str] = []
        self._equal: dict[tuple[object, ...], int] = {}
        self._together: dict[frozenset[int], int] = {}
        self._joining = threading.Lock()
        self.courses: list[Regimen] = []
        self._drugs: dict[str, int] = {
            name: place
            for place, name in enumerate(
                sorted({one.course.drug for one in forms if one.course is not None})
            )
        }
        self._remarks: dict[str, int] = {}
        self._told: list[tuple[int, ...]] = []
        self._remarked: list[tuple[int, int]] = []
        info = [*_SPECIAL, *(self._form(number, form) for number, form in enumerate(forms))]
        late = [False] * len(info)
        births = list(births)
        self.births = dict(zip(births, range(len(forms), len(forms) + len(births)), strict=True))
        plain = self._plain(births)
        for date in births if plain is None else births[:0]:
            told, remarks = born(date, self._book)
            self._tell(self.births[date], told)
            self._remark(self.births[date], remarks)
            late.append(any(str(one.value) > intake.today.isoformat() for one in told))
        rows = np.array(self._told, np.int32).reshape(len(self._told), len(_TOLD))
        if plain is not None:
            rows = np.concatenate([rows, self._tell_alike(*plain, len(forms))])
            late += [day > intake.today for day in plain[1]]
        self.late = np.array(late)
        nothing = Info()
        self.info = {
            name: np.append(
                np.array([getattr(one, name) for one in info]),
                np.repeat(np.array(getattr(nothing, name)), len(births)),
            )
            for name in Info.__struct_fields__
        }
        self.remarks = list(self._remarks)
        self.told = _spread(_TOLD, rows, len(self.late))
        remarked = np.array(self._remarked, np.int32).reshape(len(self._remarked), 2)
        self.remarked = _spread(("form", "remark"), remarked, len(self.late))

    def together(self, tellings: frozenset[int]) -> int:
        """Give the number of what tellings say that are members of one list; threads may ask."""
        with self._joining:
            number = self._together.get(tellings)
            if number is None:
                said = [self.values[one] for one in tellings]
                members = {str(one) for value in said for one in
                           (value if isinstance(value, tuple) else (value,))}  # fmt: skip
                number = self._together[tellings] = len(self.values)
                self.values.append(tuple(sorted(members)))
                self.texts.append(None)
                self.details.append(", ".join(sorted({self.details[one] for one in tellings})))
            return number

    def _form(self, number: int, form: Form) -> Info:
        course = form.course
        alone = None if course is None else self._alone(form.kind, course)
        if (
            form.product
            or form.sets_day
            or any(one.name in _APART for one in form.told)
            or (course is not None and alone is None)
        ):
            return _BY_ITSELF
        self._tell(number, form.told)
        self._remark(number, form.remarks)
        if form.kind not in MEDICATIONS:
            return Info(silent=not form.read, names=form.names)
        if course is None or alone is None:
            return Info(silent=form.idle, names=form.names, known=form.known)
        self.courses.append(alone)
        return Info(
            names=form.names, known=form.known, course=len(self.courses) - 1, start=course.start,
            stop=course.stop, stopped=course.stopped, drug=self._drugs[course.drug],
            dosed=course.dose >= 0,
        )  # fmt: skip

    def _alone(self, kind: str, course: Course) -> Regimen | None:
        """Give the regimen that the reader makes of a drug by itself; its days are specimens."""
        days = [*_DAYS, ""]
        given = Given(
            course.drug, Entry(kind, "x", f"{kind}/x", {}), course.detail,
            days[course.start], days[course.stop], days[course.stopped], course.ended,
            course.outcome, course.reasoned, course.purpose,
        )  # fmt: skip
        said: list[Any] = []
        found = regimens([given], (), self._intake.today.isoformat(), self._book.drugs.order, said)
        if len(found) != 1 or said:
            return None
        one = found[0]
        dates = {"": None, **{day: dt.date.fromisoformat(day) for day in _DAYS}}
        fits = (
            one.started == dates[days[course.start]]
            and one.stopped == dates[days[course.stopped]]
            and one.source.date == days[course.start]
            and one.source.reference == f"{kind}/x"
        )
        return one if fits else None

    def _tell(self, form: int, told: Iterable[Told]) -> None:
        for one in told:
            value: Any = one.value
            equal = self._equal.setdefault((one.name, value), len(self._equal))
            self._told.append((form, self._ranks[one.name], one.date, one.place,
                               one.stated, one.negative, value == (), equal))  # fmt: skip
            self.values.append(float(value) if isinstance(value, Decimal) else value)
            self.texts.append(one.text or None)
            self.details.append(one.detail)

    def _plain(self, births: Sequence[str]) -> tuple[Told, list[dt.date]] | None:
        """Give what dates of birth tell, if it is the day itself of every one, and these days.

        The dates are in order: of what their first and last say all between are.
        """
        if not births:
            return None
        first, last = (born(one, self._book) for one in (births[0], births[-1]))
        days = [dt.date.fromisoformat(one) for one in births if day_of(one) == one]
        if len(days) < len(births) or len(first[0]) != 1 or first[1] or last[1]:
            return None
        (told,) = first[0]
        same = msgspec.structs.replace(told, value=days[-1])
        return (told, days) if told.value == days[0] and last[0] == (same,) else None

    def _tell_alike(self, told: Told, days: Sequence[dt.date], first: int) -> Ints:
        """Enter what dates of birth tell: the same but for the day."""
        rows = np.empty((len(days), len(_TOLD)), np.int32)
        equal = [self._equal.setdefault((told.name, day), len(self._equal)) for day in days]
        rows[:] = (0, self._ranks[told.name], told.date, told.place, told.stated, told.negative,
                   0, 0)  # fmt: skip
        rows[:, _TOLD.index("form")] = np.arange(first, first + len(days))
        rows[:, _TOLD.index("equal")] = equal
        self.values += days
        self.texts += [told.text or None] * len(days)
        self.details += [told.detail] * len(days)
        return rows

    def _remark(self, form: int, remarks: Iterable[str]) -> None:
        for said in dict.fromkeys(remarks):
            self._remarked.append((form, self._remarks.setdefault(said, len(self._remarks))))


class Spread(msgspec.Struct, frozen=True):
    """Rows that belong to forms, in their order: where those of each begin, and how many."""

    first: Ints
    times: Ints
    columns: dict[str, Ints]

    def of(self, forms: Ints) -> tuple[Ints, Ints]:
        """Give for each row of forms its place among these, and the place of the row."""
        places = forms - NONE
        times = self.times[places]
        some = np.flatnonzero(times)
        times = times[some]
        rows = np.repeat(some, times)
        ends = np.cumsum(times)
        within = np.arange(len(rows)) - np.repeat(ends - times, times)
        return rows, self.first[places[rows]] + within


def _spread(names: Sequence[str], every: Ints, forms: int) -> Spread:
    times = np.bincount(every[:, 0] - NONE, minlength=forms)
    columns = {name: np.ascontiguousarray(every[:, place]) for place, name in enumerate(names)}
    return Spread(np.cumsum(times) - times, times, columns)

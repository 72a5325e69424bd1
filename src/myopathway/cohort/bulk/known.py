"""What the forms of an export say, as tables that SQL can join: numbers in, numbers out.

Every value, detail and remark stays here as the reader gave it, under a number.
"""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from myopathway.cohort.bulk.form import MEDICATIONS, NAMELESS, born
from myopathway.cohort.bulk.found import CARRIED, WHOLE
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS, code_book
from myopathway.fhir.entry import Entry
from myopathway.fhir.history import regimens
from myopathway.fhir.medication import Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from myopathway.cohort.bulk.form import Course, Form, Told
    from myopathway.facts import Regimen
    from myopathway.intake import Intake

_SINGLE: Final = frozenset({"boolean", "choice", "date", "number", "grade"})
_MEASURED: Final = frozenset({"number", "grade"})
_DAYS: Final = ("2001-02-10", "2002-03-11")
HISTORY: Final = "treatments"
# Facts that bear on more than themselves: who has one is put together by the reader.
_APART: Final = frozenset({COMPLETE_PROBLEMS, COMPLETE_MEDICATIONS, HISTORY, "as_of"})

# Of a form: whether patients with it stand apart, whether no fact is read from it, whether it
# tells any, the date of what points to the disease (as ``Form.names``), whether its drug is known,
# and of its regimen the number, the dates, the drug and whether it has a dose in words.
_INFO: Final = {
    "form": pa.int32(), "apart": pa.bool_(), "silent": pa.bool_(), "tells": pa.bool_(),
    "names": pa.int8(), "known": pa.bool_(), "course": pa.int32(), "start": pa.int8(),
    "stop": pa.int8(), "stopped": pa.int8(), "drug": pa.string(), "dosed": pa.bool_(),
}  # fmt: skip
_NO_COURSE: Final = (-1, -1, -1, -1, "", False)
_BY_ITSELF: Final = (True, False, False, NAMELESS, False, *_NO_COURSE)
_TOLD: Final = {
    "form": pa.int32(), "fact": pa.int16(), "told": pa.int32(), "date": pa.int8(),
    "place": pa.int32(), "stated": pa.bool_(), "negative": pa.bool_(), "equal": pa.int32(),
}  # fmt: skip


class Known:
    """Enters forms into a database, and keeps what SQL need not see."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, forms: Sequence[Form], intake: Intake
    ) -> None:
        """Enter the forms."""
        self._con = con
        self._intake = intake
        self._book = code_book(intake.guideline)
        facts = intake.guideline.vocabulary.facts
        self.facts = sorted(facts)
        self._ranks = {name: rank for rank, name in enumerate(self.facts)}
        self.values: list[Any] = []
        self.texts: list[str | None] = []
        self.details: list[str] = []
        self._equal: dict[tuple[object, ...], int] = {}
        self.courses: list[Regimen] = []
        self.remarks: dict[str, int] = {}
        self._told: list[tuple[Any, ...]] = []
        self._remarked: list[tuple[int, int]] = []
        self.put("fact_kind", {"fact": pa.int16(), "single": pa.bool_(), "measured": pa.bool_()}, [
            (rank, facts[name].type in _SINGLE,
             facts[name].type in _MEASURED and not facts[name].judgement)
            for name, rank in self._ranks.items()
        ])  # fmt: skip
        # Without a form of its own, or with one that nothing else has: read by itself.
        info = [(number, *_BY_ITSELF) for number in (WHOLE, CARRIED)]
        info += [(number, *self._form(number, form)) for number, form in enumerate(forms)]
        self.put("form_info", _INFO, info)
        self._enter()

    def births(self, dates: Iterable[str]) -> None:
        """Enter dates of birth as further forms."""
        rows = []
        today = self._intake.today
        for number, date in enumerate(dates):
            told, remarks = born(date, self._book)
            form = -10 - number
            late = any(str(one.value) > today.isoformat() for one in told)
            rows.append((date, form, late))
            self._tell(form, told)
            self._remark(form, remarks)
        kinds = {"own": pa.string(), "form": pa.int32(), "apart": pa.bool_()}
        self.put("birth", kinds, rows)
        self._enter()

    def put(
        self, name: str, kinds: dict[str, pa.DataType], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """Enter rows as a table, in the place of one of that name."""
        columns = {column: pa.array([row[place] for row in rows], kind)
                   for place, (column, kind) in enumerate(kinds.items())}  # fmt: skip
        self._con.register("entered", pa.table(columns))
        self._con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM entered")
        self._con.unregister("entered")

    def _form(self, number: int, form: Form) -> tuple[Any, ...]:
        """Give what ``_INFO`` names of a form."""
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
            return False, not form.read, bool(form.told), form.names, False, *_NO_COURSE
        if course is None or alone is None:
            return False, form.idle, False, form.names, form.known, *_NO_COURSE
        self.courses.append(alone)
        return (
            False, False, False, form.names, form.known, len(self.courses) - 1, course.start,
            course.stop, course.stopped, course.drug, course.dose >= 0,
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
            self._told.append((form, self._ranks[one.name], len(self.values), one.date, one.place,
                               one.stated, one.negative, equal))  # fmt: skip
            self.values.append(float(value) if isinstance(value, Decimal) else value)
            self.texts.append(one.text or None)
            self.details.append(one.detail)

    def _remark(self, form: int, remarks: Iterable[str]) -> None:
        for said in dict.fromkeys(remarks):
            self._remarked.append((form, self.remarks.setdefault(said, len(self.remarks))))

    def _enter(self) -> None:
        self.put("told", _TOLD, self._told)
        self.put("remarked", {"form": pa.int32(), "remark": pa.int32()}, self._remarked)

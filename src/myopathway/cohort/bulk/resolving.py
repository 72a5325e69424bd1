"""Forms of medication entries that name another resource, read once that resource is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.cohort.bulk.drugs import order_of
from myopathway.cohort.bulk.form import SLOTS, Form, form_of
from myopathway.cohort.bulk.products import named
from myopathway.fhir.entry import Entry

if TYPE_CHECKING:
    from myopathway.cohort.bulk.export import Export
    from myopathway.cohort.bulk.found import Kept
    from myopathway.fhir.codebook import CodeBook

_DAY: Final = 10  # characters of a day; of a time only its day makes a form
_MOST: Final = 50_000
_SPECIMEN: Final = "x"


class Resolver:
    """Finds the Medication of an entry and reads the entry's form with it."""

    def __init__(self, export: Export, book: CodeBook) -> None:
        """Start without a form."""
        self._export = export
        self._book = book
        self._known: dict[object, Form | None] = {}

    def form(self, one: Kept) -> Form | None:
        """Give the form of an entry, its product known; None where it has to be read by itself."""
        index, _, first, second, _, (_, reference) = one
        name = named(reference)
        view = self._export.shelf.view(name)
        general = reference.strip().removesuffix(name) if name else reference
        lengths = (min(len(first), _DAY), min(len(second), _DAY))
        order = order_of([first or None, second or None])
        key = (index, view, general, lengths, order)
        if key not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = self._read(index, general, view, lengths, order)
        return self._known[key]

    def _read(
        self,
        index: int,
        general: str,
        view: bytes | None,
        lengths: tuple[int, int],
        order: tuple[int, ...],
    ) -> Form | None:
        form = self._export.forms[index]
        slots = SLOTS[form.kind]
        written = [0] * len(slots)
        ranks = list(range(len(slots), 2 * len(slots)))
        for place, path in enumerate(form.dates):
            written[slots.index(path)] = lengths[place]
            ranks[slots.index(path)] = order[place] if order else place
        products = []
        if view is not None:
            resource = msgspec.json.decode(view)
            products = [Entry("Medication", _SPECIMEN, f"Medication/{_SPECIMEN}", resource)]
        reference = {**form.view["medicationReference"], "reference": general + _SPECIMEN}
        found = form_of(
            form.kind, {**form.view, "medicationReference": reference}, written, ranks, self._book,
            products=products,
        )  # fmt: skip
        if found is None:
            return None
        # Its dates are told by the places that they have in the form without the product.
        new = {place: form.dates.index(path) for place, path in enumerate(found.dates)} | {-1: -1}
        course = found.course
        if course is not None:
            course = msgspec.structs.replace(
                course, start=new[course.start], stop=new[course.stop], stopped=new[course.stopped]
            )
        told = tuple(msgspec.structs.replace(one, date=new[one.date]) for one in found.told)
        return msgspec.structs.replace(found, told=told, course=course, dates=form.dates)

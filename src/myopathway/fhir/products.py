"""The Medication resources of a Bundle, to which medication entries refer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from myopathway.fhir.naming import Naming
from myopathway.fhir.plain import as_map, as_maps, as_text, words_of
from myopathway.fhir.routes import local_form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.fhir.drugnames import DrugNames
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.plain import Resource


class Products:
    """Finds the Medication that an entry names, and remembers which ones were named."""

    def __init__(self, medications: Iterable[Entry]) -> None:
        """Index the Bundle's own Medication resources by what can refer to them."""
        self._found: dict[str, Entry] = {}
        self._entries = sorted(medications, key=lambda entry: (entry.id, entry.tie, entry.url))
        for entry in self._entries:
            for reference in (entry.url, f"Medication/{entry.id}", f"urn:uuid:{entry.id}"):
                self._found.setdefault(reference, entry)
        self._named: set[str] = set()

    def named(self, entry: Entry, names: DrugNames) -> Naming:
        """Say which drug an entry is of."""
        concept = entry.resource.get("medicationCodeableConcept")
        if concept is not None:
            return names.named(concept)
        reference = as_map(entry.resource.get("medicationReference"))
        display = as_text(reference.get("display"))
        product = self._product(entry.resource, as_text(reference.get("reference")))
        if product is None:
            return names.named({"text": display})
        if as_text(product.get("status")) == "entered-in-error":
            return Naming(doubt="its Medication is entered-in-error")
        naming = _of_product(product, names)
        if not naming.drug and not naming.words and not naming.doubt:
            naming = names.named({"text": display})
        form = local_form([*words_of(product.get("form")), display])
        return msgspec.structs.replace(naming, form=form) if form else naming

    def unnamed(self) -> int:
        """Count the Medication resources to which nothing refers."""
        return sum(entry.label not in self._named for entry in self._entries)

    def _product(self, resource: Resource, reference: str) -> Resource | None:
        if reference.startswith("#"):
            for one in as_maps(resource.get("contained")):
                if reference[1:] in {one.get("id"), as_text(one.get("id")).removeprefix("#")}:
                    return one
            return None
        reference = reference.partition("/_history/")[0]
        found = self._found.get(reference) if reference else None
        if found is None and "://" in reference:
            found = self._found.get("/".join(reference.split("/")[-2:]))
        if found is None:
            return None
        self._named.add(found.label)
        return found.resource


def _of_product(product: Resource, names: DrugNames) -> Naming:
    naming = names.named(product.get("code"))
    if naming.drug or naming.doubt:
        return naming
    parts = [names.named(one.get("itemCodeableConcept"))
             for one in as_maps(product.get("ingredient"))]  # fmt: skip
    drugs = sorted({drug for part in parts for drug in part.named})
    if len(drugs) > 1:
        return Naming(doubt=f"its ingredients are {' and '.join(drugs)}", named=tuple(drugs))
    if drugs:
        return next(part for part in parts if part.named)
    # A product's own name may say less than what is in it.
    inside = " / ".join(part.words[0] for part in parts if part.words)
    return Naming(words=(*naming.words, *([inside] if inside else [])))

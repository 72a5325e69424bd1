"""Routes that treat one place only: on the skin, breathed in, in eye, ear or nose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.fhir.codes import SNOMED
from myopathway.fhir.plain import as_map, as_maps, as_text, codes_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.fhir.plain import Resource

# Whole words, so that "subcutaneous" and "transdermal" are none of them.
_LOCAL: Final = frozenset(
    {
        "topical", "topically", "topic", "cutaneous", "dermal", "skin", "scalp",
        "inhalation", "inhalational", "inhaled", "inhaler", "inhale", "inh", "nebulised",
        "nebulized", "nebuliser", "nebulizer", "nebulisation", "nebulization", "respiratory",
        "ocular", "ophthalmic", "eye", "eyes", "conjunctival", "intraocular", "intravitreal",
        "nasal", "intranasal", "nose", "nostril", "otic", "auricular", "ear", "ears",
        "rectal", "rectum",
    }
)  # fmt: skip
# Forms that a product's name can give away; "drops" and "gel" may be swallowed.
_FORMS: Final = _LOCAL | {"ointment", "cream", "lotion", "suppository", "suppositories", "enema"}
# Where a route is a code alone: what SNOMED CT calls it (FHIR's own example set, route-codes).
_CALLED: Final = {
    "6064005": "topical route",
    "54485002": "ophthalmic route",
    "46713006": "nasal route",
    "10547007": "otic route",
    "37161004": "per rectum",
}
_WORD: Final = re.compile(r"[a-z]+")


def local_route(resource: Resource) -> str:
    """Give the route where every dosage that names one is local; "" otherwise."""
    dosages = [*as_maps(resource.get("dosageInstruction")), *as_maps(resource.get("dosage"))]
    routes = [dosage["route"] for dosage in dosages if dosage.get("route")]
    named = [_named(route) for route in routes]
    if routes and all(_holds(said, _LOCAL) for said in named):
        return named[0][0]
    return ""


def has_route(resource: Resource) -> bool:
    """Say whether some dosage names its route so that it can be understood."""
    dosages = [*as_maps(resource.get("dosageInstruction")), *as_maps(resource.get("dosage"))]
    return any(
        _WORD.search(said.lower()) for dosage in dosages for said in _named(dosage.get("route"))
    )


def local_form(texts: Iterable[str]) -> str:
    """Give the text that says that a product is for local use; "" where none does."""
    return next((text for text in texts if _holds([text], _FORMS)), "")


def _named(route: object) -> list[str]:
    codes = [as_text(one.get("code")) for one in as_maps(as_map(route).get("coding"))]
    called = [_CALLED[code] for code in codes_of(route, SNOMED) if code in _CALLED]
    return [*words_of(route), *called, *(code for code in codes if code)]


def _holds(texts: list[str], words: frozenset[str]) -> bool:
    return any(not words.isdisjoint(_WORD.findall(text.lower())) for text in texts)

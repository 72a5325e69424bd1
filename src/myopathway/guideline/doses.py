"""The dose sentence: one claim on one line, parsed to numbers or refused.

``drug kind amount unit[/kg]/per [route or route] [in n doses] [for|over n-m days]
[, at most amount unit[/kg]/per [in n doses]] [, every n weeks] [; words]``, or, where the
sources give no figure, ``drug without dose [route]; words``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.errors import nearest, shown
from myopathway.guideline.model import Ceiling, Dose

if TYPE_CHECKING:
    from collections.abc import Collection

    from myopathway.yamltext import Path, YamlText

KINDS: Final = ("daily", "initial", "maintenance", "weekly", "per-cycle")
ROUTES: Final = ("oral", "subcutaneous", "intramuscular", "intravenous")
EXAMPLE: Final = "prednisolone initial 0.5-1 mg/kg/day oral, at most 80 mg/day; taper by response"
_PERIOD: Final = {
    **dict.fromkeys(("daily", "initial", "maintenance"), "day"),
    "weekly": "week",
    "per-cycle": "cycle",
}
_NUMBER: Final = r"\d+(?:\.\d+)?"
_DOSE: Final = re.compile(
    r"(?P<drug>[a-z-]+) (?P<kind>[a-z-]+) (?P<below>below )?"
    rf"(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))? (?P<unit>mg|g)(?P<per_kg>/kg)?/(?P<per>[a-z]+)"
    r"(?: (?P<routes>[a-z]+(?: or [a-z]+)*))?"
    r"(?: in (?P<portions>\d+(?:-\d+)?) doses)?"
    r"(?: (?P<how>for|over) (?P<first>\d+)-(?P<last>\d+) days)?"
    rf"(?:, at most (?P<cap>{_NUMBER}) (?P<cap_unit>mg|g)(?P<cap_kg>/kg)?/(?P<cap_per>[a-z]+)"
    r"(?: in (?P<cap_portions>\d+(?:-\d+)?) doses)?)?"
    r"(?:, every (?P<weeks>\d+) weeks)?(?:; (?P<words>.+))?"
)
_NONE: Final = re.compile(
    r"(?P<drug>[a-z-]+) without dose(?: (?P<routes>[a-z]+(?: or [a-z]+)*))?; (?P<words>.+)"
)
FORMS: Final = (_NONE.pattern, _DOSE.pattern)


def read_dose(text: YamlText, path: Path, sentence: str, drugs: Collection[str]) -> Dose | None:
    """Read one dose sentence; notes a fault at its line and gives None where it is refused."""
    sentence = " ".join(sentence.split())
    found = _NONE.fullmatch(sentence) or _DOSE.fullmatch(sentence)
    if found is None:
        text.fault(path, f"not a dose: {shown(sentence, 100)}", f"for example: {EXAMPLE}")
        return None
    parts = found.groupdict()
    routes = tuple(parts["routes"].split(" or ")) if parts["routes"] else ()
    fault = _fault(parts, routes, drugs)
    if fault:
        text.fault(path, f"{fault[0]} in {shown(sentence, 100)}", fault[1])
        return None
    if "kind" not in parts:
        return Dose(parts["drug"], routes=routes, words=parts["words"], sentence=sentence)
    low, high = Decimal(parts["low"]), Decimal(parts["high"] or parts["low"])
    return Dose(
        drug=parts["drug"],
        kind=parts["kind"],
        low=Decimal(0) if parts["below"] else low,
        high=high,
        below=bool(parts["below"]),
        unit=parts["unit"],
        per=parts["per"],
        per_kg=bool(parts["per_kg"]),
        routes=routes,
        portions=parts["portions"] or "",
        ceiling=_ceiling(parts),
        days=(int(parts["first"]), int(parts["last"])) if parts["how"] else None,
        split=parts["how"] == "over",
        every_weeks=int(parts["weeks"] or 0),
        words=parts["words"] or "",
        sentence=sentence,
    )


def _ceiling(parts: dict[str, str]) -> Ceiling | None:
    if not parts["cap"]:
        return None
    return Ceiling(
        amount=Decimal(parts["cap"]),
        unit=parts["cap_unit"],
        per=parts["cap_per"],
        per_kg=bool(parts["cap_kg"]),
        portions=parts["cap_portions"] or "",
    )


def _fault(
    parts: dict[str, str], routes: tuple[str, ...], drugs: Collection[str]
) -> tuple[str, str] | None:
    """Say what a well-formed sentence gets wrong, and what would be right."""
    if parts["drug"] not in drugs:
        return f"unknown drug{nearest(parts['drug'], drugs)}", ", ".join(sorted(drugs))
    for place, route in enumerate(routes):
        if route not in ROUTES:
            return f"unknown route {route!r}{nearest(route, ROUTES)}", ", ".join(ROUTES)
        if route in routes[:place]:
            return f"the route {route!r} twice", "each route once"
    if any(one.isdigit() for one in parts["words"] or ""):
        return "a figure after the semicolon", "figures in the dose itself, words after it"
    return _fault_of_kind(parts) or _fault_of_figures(parts) if "kind" in parts else None


def _fault_of_kind(parts: dict[str, str]) -> tuple[str, str] | None:
    if parts["kind"] not in KINDS:
        return f"unknown kind {parts['kind']!r}{nearest(parts['kind'], KINDS)}", ", ".join(KINDS)
    if parts["per"] != _PERIOD[parts["kind"]]:
        return f"{parts['kind']} per {parts['per']}", f"per {_PERIOD[parts['kind']]}"
    if parts["weeks"] and parts["kind"] != "per-cycle":
        return f"{parts['kind']} every {parts['weeks']} weeks", "every ... weeks of a cycle alone"
    return None


def _fault_of_figures(parts: dict[str, str]) -> tuple[str, str] | None:
    low, high = Decimal(parts["low"]), Decimal(parts["high"] or parts["low"])
    if high < low:
        return "an upper end below the lower", "low-high"
    if low == 0:
        return "a dose of nothing", "an amount above zero, or below ..."
    if parts["how"] and int(parts["first"]) > int(parts["last"]):
        return "a span of days that ends before it begins", "for example 3-5 days"
    if not parts["cap"]:
        return None
    if (parts["cap_unit"], parts["cap_per"]) != (parts["unit"], parts["per"]):
        return "a maximum in another unit than the dose", f"{parts['unit']}/{parts['per']}"
    if parts["cap_kg"] == parts["per_kg"] and Decimal(parts["cap"]) < high:
        return "a maximum below the dose", "at most as much as the upper end or more"
    return None

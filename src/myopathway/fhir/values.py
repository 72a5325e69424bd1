"""The value of an Observation as the facts dictionary takes it: amounts, codes, texts, dates."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from myopathway.errors import Fault, InputError, shown
from myopathway.fhir.codes import FACTS
from myopathway.fhir.plain import as_map, as_text, brief, codes_of, day_of, words_of
from myopathway.quantity import convert, units_for

if TYPE_CHECKING:
    from myopathway.facts import Fact
    from myopathway.fhir.plain import Resource

UCUM: Final = "http://unitsofmeasure.org"
NONE: Final = "none"
# The last three stand in a QuestionnaireResponse only.
_VALUES: Final = frozenset(
    {
        "valueQuantity", "valueBoolean", "valueCodeableConcept", "valueInteger", "valueString",
        "valueDateTime", "valueDecimal", "valueDate", "valueCoding",
    }
)  # fmt: skip
# Numbers that need no unit: a grade, a year, a pure number.
_UNITLESS: Final = frozenset({"", "a", "{grade}"})
_MOST_BITS: Final = 200
_SCALARS: Final = frozenset((str, bool, int, float))
_MOST_KEYS: Final = 40
_BEARING: Final = _VALUES | {"dataAbsentReason", "interpretation"}


def value_of(fact: Fact, carrier: Resource) -> tuple[str, Any]:
    """Give the one value[x] with its name; raises ``InputError`` where there is none or several."""
    present = _VALUES.intersection(carrier)
    if len(present) != 1:  # a null beside the value is no second value
        present = frozenset(name for name in present if carrier[name] is not None)
    if len(present) == 1 and carrier.get("dataAbsentReason") is None:
        (name,) = present
        if (raw := carrier[name]) is not None:
            return name, raw
    if len(present) > 1:
        raise InputError([Fault(fact.name, f"more than one value: {', '.join(sorted(present))}")])
    others = sorted(
        name
        for name, raw in carrier.items()
        if name.startswith("value") and name not in _VALUES and raw is not None
    )
    if others and not present:
        raise InputError([Fault(fact.name, f"a {brief(others[0])} cannot be read")])
    raise InputError([Fault(fact.name, "no value")])


def plain_key(carrier: Resource) -> tuple[object, ...] | None:
    """Give what tells one plain value from another; None where more than that bears on it."""
    name = _sole_value(tuple(carrier)) if len(carrier) <= _MOST_KEYS else ""
    if not name:
        return None
    raw = carrier[name]
    kind = type(raw)
    if kind in _SCALARS:
        return name, kind, raw
    if kind is not dict:
        return None
    if name == "valueCodeableConcept":
        codings = raw.get("coding")
        if len(raw) != 1 or type(codings) is not list or len(codings) != 1:
            return None
        raw = codings[0]
        if type(raw) is not dict:
            return None
    types = tuple(map(type, raw.values()))
    return (name, types, *raw, *raw.values()) if _SCALARS.issuperset(types) else None


@lru_cache(maxsize=1024)
def _sole_value(keys: tuple[str, ...]) -> str:
    """Give the key of a value that nothing else bears on; "" where there is none."""
    bearing = _BEARING.intersection(keys)
    (name,) = bearing if len(bearing) == 1 else ("",)
    return name if name in _VALUES else ""


def stated_value(fact: Fact, carrier: Resource) -> object:
    """Give the value under our own code, as the dictionary would take it from a document."""
    name, raw = value_of(fact, carrier)
    match name:
        case "valueQuantity" | "valueDecimal":
            value: object = amount(fact, name, raw, stated=True)
        case "valueCodeableConcept" | "valueCoding":
            value = _code(fact, raw if name == "valueCodeableConcept" else {"coding": [raw]})
        case "valueDateTime" | "valueDate":
            # A month or a year is no day; the dictionary refuses it.
            value = raw[:10] if isinstance(raw, str) and day_of(raw) else raw
        case _:
            value = raw.strip() if isinstance(raw, str) else raw
    match fact.type:
        case "set" | "names":
            return [] if value == NONE else [value]
        case "treatments" if value == NONE:
            return []
        case "treatments":
            want = "the code none; regimens come from medication resources"
            raise InputError([Fault(fact.name, f"found {shown(value)}", want)])
        case _:
            return value


def amount(fact: Fact, name: str, raw: object, *, stated: bool) -> Decimal:
    """Give a number in the fact's own unit; raises ``InputError`` where that is in doubt."""
    if name in {"valueInteger", "valueDecimal"}:
        # Our own code says by its definition which unit is meant, a foreign one does not.
        if not stated and fact.unit not in _UNITLESS:
            raise InputError([Fault(fact.name, "no unit", _units(fact))])
        return _decimal(fact, raw)
    if name != "valueQuantity" or not isinstance(raw, dict):
        raise InputError([Fault(fact.name, f"found {shown(raw)}", "a quantity")])
    if raw.get("comparator"):
        found = f"found a bound, {brief(raw.get('comparator'))} {brief(raw.get('value'))}"
        raise InputError([Fault(fact.name, found, "a measured value")])
    value = _decimal(fact, raw.get("value"))
    system = raw.get("system")
    unit = as_text(raw.get("unit"))
    code = as_text(raw.get("code")) if system is None or system == UCUM else ""
    if not code and not unit:
        if fact.unit in _UNITLESS:
            return value
        raise InputError([Fault(fact.name, "no unit", _units(fact))])
    converted = convert(value, code or unit, fact.unit)
    if converted is None:
        raise InputError([Fault(fact.name, f"found {value} {brief(code or unit)}", _units(fact))])
    if code and unit and code != unit:
        worded = convert(value, unit, fact.unit)
        if worded is not None and worded != converted:
            found = f"unit {brief(unit)!r} and code {brief(code)!r} differ"
            raise InputError([Fault(fact.name, found, "one unit")])
    return converted


def _decimal(fact: Fact, raw: object) -> Decimal:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw.bit_length() <= _MOST_BITS:
        return Decimal(raw)
    number = Decimal(str(raw)) if isinstance(raw, float) else raw
    if isinstance(number, Decimal) and number.is_finite():
        return number
    found = "a number too large" if isinstance(raw, int) and raw > 1 else f"found {shown(raw)}"
    raise InputError([Fault(fact.name, found, "a number")])


def _units(fact: Fact) -> str:
    return "a number with one of the units " + ", ".join(units_for(fact.unit))


def _code(fact: Fact, concept: object) -> str:
    codes = set(codes_of(concept, FACTS))
    if len(codes) == 1:
        return codes.pop().strip()
    if len(codes) > 1:
        found = "several codes: " + ", ".join(sorted(brief(code) for code in codes))
        raise InputError([Fault(fact.name, found, "one")])
    words = words_of(concept)
    if fact.type == "names" and words:
        return words[0]
    found = f"found {words[0]!r}" if words else f"found {shown(as_map(concept).get('coding'))}"
    raise InputError([Fault(fact.name, brief(found), f"a code of {FACTS}")])

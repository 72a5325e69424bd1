"""A patient's facts document as JSON Schema, made from the facts dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.facts import GRADE, MOST_REGIMENS, OUTCOMES, PURPOSES
from myopathway.quantity import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.facts import Fact, Vocabulary

Schema: TypeAlias = dict[str, Any]

_NULL: Final[Schema] = {"type": "null"}
_DATE: Final[Schema] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_NAME: Final[Schema] = {"type": "string", "pattern": r"\S"}


def facts_schema(vocabulary: Vocabulary) -> Schema:
    """Give the schema of a facts document; absent and null both mean unknown."""
    return {
        "title": "Facts of one patient",
        "description": "One key per fact; a fact that is absent or null is unknown, never false.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": _about(fact), **_value(vocabulary, fact)}
            for name, fact in vocabulary.facts.items()
        },
    }


def _about(fact: Fact) -> str:
    return " ".join(part for part in (f"{fact.says}.", fact.question, fact.help) if part)


def _value(vocabulary: Vocabulary, fact: Fact) -> Schema:
    match fact.type:
        case "boolean":
            return {"type": ["boolean", "null"]}
        case "number":
            return {"type": ["number", "null"], **_range(fact)}
        case "grade":
            number = {"type": "number", **_range(fact)}
            return {"anyOf": [number, {"type": "string", "pattern": f"^{GRADE}$"}, _NULL]}
        case "choice":
            return {"anyOf": [*_labels(fact), _NULL]}
        case "set":
            return {"type": ["array", "null"], "items": {"anyOf": _labels(fact)}}
        case "names":
            return {"type": ["array", "null"], "items": _NAME}
        case "date":
            return {"anyOf": [_DATE, _NULL]}
        case _:
            regimen = _regimen(vocabulary)
            return {"type": ["array", "null"], "maxItems": MOST_REGIMENS, "items": regimen}


def _labels(fact: Fact) -> list[Schema]:
    return [{"const": value, "title": label} for value, label in fact.values.items()]


def _range(fact: Fact) -> Schema:
    ends = {"minimum": fact.low, "maximum": fact.high}
    return {name: _number(end) for name, end in ends.items() if end is not None}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(plain(value))


def _regimen(vocabulary: Vocabulary) -> Schema:
    drug = {"enum": sorted(vocabulary.drug_names)}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["drugs"],
        "properties": {
            "drugs": {
                "description": "The drugs given together; names are read in any case.",
                "type": "array",
                "minItems": 1,
                "items": drug,
            },
            "purpose": {
                "description": "What it was for; leave it out when it is not known.",
                "enum": [*PURPOSES, None],
            },
            "outcome": {
                "description": "How it ended, or ongoing; leave it out when it is not known.",
                "enum": [*OUTCOMES, None],
            },
            "intolerant_of": {
                "description": "The drugs of the regimen that were not tolerated.",
                "type": ["array", "null"],
                "items": drug,
            },
            "started": {"description": "The day it began.", "anyOf": [_DATE, _NULL]},
            "stopped": {"description": "The day it ended.", "anyOf": [_DATE, _NULL]},
            "dose": {"description": "The dose, in words.", "type": ["string", "null"]},
        },
    }

"""The facts dictionary as a JSON Schema, so that the OpenAPI document says what may be stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myopathway.facts import GRADE, MOST_REGIMENS, OUTCOMES, PURPOSES

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.facts import Fact, Vocabulary

_DATE = {"type": "string", "format": "date"}


def facts_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Describe a facts document; what is absent or null is unknown.

    It is no stricter than the reader: a document that the reader takes fits it.
    """
    names = sorted(set(vocabulary.drug_names.values()))
    # Synonyms and any case are taken too; the names say what is meant.
    drug = {"anyOf": [{"enum": names}, {"type": "string"}]}
    drugs = {"type": "array", "items": drug}
    return {
        "type": "object",
        "description": "What is known of a patient. Absent or null is unknown, never no.",
        "additionalProperties": False,
        "properties": {
            name: {"description": fact.says, "anyOf": [_value(fact, drugs), {"type": "null"}]}
            for name, fact in vocabulary.facts.items()
        },
    }


def _value(fact: Fact, drugs: dict[str, Any]) -> dict[str, Any]:
    match fact.type:
        case "boolean":
            return {"type": "boolean"}
        case "number":
            return {"type": "number"} | _range(fact.low, fact.high)
        case "grade":
            text = {"type": "string", "pattern": f"^\\s*{GRADE}\\s*$"}
            return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 5}, text]}
        case "choice":
            return {"enum": list(fact.values)}
        case "set":
            return {"type": "array", "items": {"enum": list(fact.values)}}
        case "names":
            return {"type": "array", "items": {"type": "string", "pattern": "\\S"}}
        case "date":
            return _DATE
        case _:
            return {"type": "array", "maxItems": MOST_REGIMENS, "items": _regimen(drugs)}


def _range(low: Decimal | None, high: Decimal | None) -> dict[str, Any]:
    bounds = (("minimum", low), ("maximum", high))
    return {name: float(end) for name, end in bounds if end is not None}


def _regimen(drugs: dict[str, Any]) -> dict[str, Any]:
    optional = {
        "purpose": {"enum": list(PURPOSES)},
        "outcome": {"enum": list(OUTCOMES)},
        "intolerant_of": drugs,
        "started": _DATE,
        "stopped": _DATE,
        "dose": {"type": "string"},
    }
    known = {name: {"anyOf": [one, {"type": "null"}]} for name, one in optional.items()}
    return {
        "type": "object",
        "required": ["drugs"],
        "additionalProperties": False,
        "properties": {"drugs": {**drugs, "minItems": 1}} | known,
    }

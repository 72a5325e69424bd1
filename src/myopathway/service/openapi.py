"""What the routes take and give, for the OpenAPI document: made from the very types they read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.fhir.bundle import SUBJECT
from myopathway.service.facts_schema import facts_schema
from myopathway.service.hooks.call import Call
from myopathway.service.hooks.card import Card
from myopathway.service.hooks.feedback import Told
from myopathway.service.problems import Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

    from myopathway.facts import Vocabulary

_PLACE: Final = "#/components/schemas/{name}"
_TYPES: Final = (Call, Card, Told, Problem)


class Cards(msgspec.Struct, frozen=True):
    """The answer of a hook: one card, or none."""

    cards: list[Card]


def body(name: str, media: str = "application/json") -> dict[str, Any]:
    """Describe what a route takes."""
    held = {media: {"schema": {"$ref": _PLACE.format(name=name)}}}
    return {"requestBody": {"required": True, "content": held}}


def gives(name: str, media: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """Describe what a route gives."""
    schema = {"$ref": _PLACE.format(name=name)}
    return {200: {"description": "The answer", "content": {media: {"schema": schema}}}}


def install(app: FastAPI, vocabulary: Vocabulary) -> None:
    """Add the types to the app's OpenAPI document; ``vocabulary`` says what may be stated."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            own = document.setdefault("components", {}).setdefault("schemas", {})
            _, types = msgspec.json.schema_components((*_TYPES, Cards), ref_template=_PLACE)
            own.update(types | _FHIR | {"Facts": facts_schema(vocabulary)})
            _plain_types(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _plain_types(document: dict[str, Any]) -> None:
    """Take out what the framework adds of its own shape of refusals: ours is another."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def _resource(kind: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": kind}},
    }


# What is read of a Bundle; whatever else it holds is counted and left alone.
_READ: Final = ("Patient", "Medication", *SUBJECT)
_FHIR: Final[dict[str, Any]] = {
    "Bundle": {
        **_resource("Bundle"),
        "properties": {
            "resourceType": {"const": "Bundle"},
            "entry": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "fullUrl": {"type": "string"},
                        "resource": {
                            "type": "object",
                            "required": ["resourceType"],
                            "properties": {
                                "resourceType": {
                                    "anyOf": [{"enum": list(_READ)}, {"type": "string"}]
                                }
                            },
                        },
                    },
                },
            },
        },
    },
    "Parameters": {
        **_resource("Parameters"),
        "properties": {
            "resourceType": {"const": "Parameters"},
            "parameter": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Patient": {"anyOf": [{"$ref": _PLACE.format(name=one)} for one in ("Facts", "Bundle")]},
    "Applied": {"anyOf": [{"$ref": _PLACE.format(name=one)} for one in ("Bundle", "Parameters")]},
    "Answer": {
        "type": "object",
        "required": [
            "status", "node", "group", "line", "possible", "therapies", "trace", "missing",
            "notices", "references", "guideline",
        ],
        "properties": {
            "status": {"enum": ["recommended", "needs-information", "conflict", "not-covered"]},
            "node": {"type": ["string", "null"]},
            "group": {"type": ["string", "null"]},
            "line": {"type": ["integer", "null"]},
            "possible": {"type": "array", "items": {"type": "string"}},
            "therapies": {"type": "array", "items": {"type": "object"}},
            "trace": {"type": "array", "items": {"type": "object"}},
            "missing": {"type": "array", "items": {"type": "object"}},
            "notices": {"type": "array", "items": {"type": "object"}},
            "references": {"type": "array", "items": {"type": "object"}},
            "guideline": {"type": "object"},
        },
    },
    "Discovery": {
        "type": "object",
        "required": ["services"],
        "properties": {"services": {"type": "array", "items": {"type": "object"}}},
    },
    "Empty": {"type": "object"},
    "Resource": {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string"}},
    },
}  # fmt: skip

"""The library as ELM, the form that engines run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, TypeAlias, assert_never

from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Cast,
    CqlLibrary,
    Define,
    Expression,
    Field,
    Gathered,
    If,
    Items,
    Literal,
    Null,
    Op,
    Operand,
    Query,
    Record,
    Ref,
    Retrieve,
)
from myopathway.export.cql.text import decimal

Node: TypeAlias = dict[str, Any]

SYSTEM: Final = "urn:hl7-org:elm-types:r1"
FHIR: Final = "http://hl7.org/fhir"
# Operators that look at one list and call it their source.
_AGGREGATES: Final = frozenset({"Count", "First", "Last", "Min", "Max", "Sum"})
_UNARY: Final = frozenset(
    {
        "Not", "IsNull", "IsTrue", "IsFalse", "Exists", "Flatten", "Distinct", "Lower", "Upper",
        "Truncate", "Abs", "ToDecimal", "ToString", "SingletonFrom", "Length",
        "ToDate", "ToDateTime", "DateFrom",
    }
)  # fmt: skip
_PRECISION: Final = {"year": "Year", "month": "Month", "day": "Day", "second": "Second"}
_BETWEEN: Final = {"DaysBetween": "Day", "SecondsBetween": "Second"}
_NAMED: Final = {
    "Date": ("year", "month", "day"),
    "DateTime": (
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "millisecond",
        "timezoneOffset",
    ),
    "Substring": ("stringToSub", "startIndex", "length"),
}
_FOLDED: Final = frozenset({"And", "Or", "Add", "Concatenate", "Union"})


def compiled(library: CqlLibrary) -> Node:
    """Give the whole library as an ELM document."""
    return {
        "library": {
            "annotation": [
                {"type": "CqlToElmInfo", "translatorOptions": "", "signatureLevel": "None"}
            ],
            "identifier": {"id": library.name, "version": library.version},
            "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
            "usings": {
                "def": [
                    {"localIdentifier": "System", "uri": SYSTEM},
                    {"localIdentifier": "FHIR", "uri": FHIR, "version": "4.0.1"},
                ]
            },
            "codeSystems": {
                "def": [
                    {"name": name, "id": url, "accessLevel": "Public"}
                    for name, url in library.systems
                ]
            },
            "contexts": {"def": [{"name": "Patient"}]},
            "statements": {"def": [_patient(), *(_define(one) for one in library.defines)]},
        }
    }


def _patient() -> Node:
    return {
        "name": "Patient",
        "context": "Patient",
        "expression": {"type": "SingletonFrom", "operand": _retrieve("Patient")},
    }


def _define(one: Define) -> Node:
    head: Node = {"name": one.name, "context": "Patient", "accessLevel": "Public"}
    if one.takes is None:
        return {**head, "expression": node(one.body)}
    operands = [{"name": name, "operandTypeSpecifier": specifier(kind)} for name, kind in one.takes]
    return {**head, "type": "FunctionDef", "expression": node(one.body), "operand": operands}


def node(expression: Expression) -> Node:  # noqa: C901, PLR0912 - one place for all kinds
    """Give an expression as ELM."""
    match expression:
        case Literal(value=value):
            return _literal(value)
        case Null(type=kind):
            return {
                "type": "As",
                "strict": False,
                "operand": {"type": "Null"},
                "asTypeSpecifier": specifier(kind),
            }
        case Ref(name=name):
            return {"type": "ExpressionRef", "name": name}
        case Operand(name=name):
            return {"type": "OperandRef", "name": name}
        case Alias(name=name):
            return {"type": "AliasRef", "name": name}
        case Gathered(name=name):
            return {"type": "QueryLetRef", "name": name}
        case Field(of=Alias(name=name), path=path):
            return {"type": "Property", "path": path, "scope": name}
        case Field(of=of, path=path):
            return {"type": "Property", "path": path, "source": node(of)}
        case Call(name=name, arguments=arguments):
            return {
                "type": "FunctionRef",
                "name": name,
                "operand": [node(one) for one in arguments],
            }
        case Op():
            return _operator(expression)
        case If(when=when, then=then, otherwise=otherwise):
            parts = {"condition": node(when), "then": node(then), "else": node(otherwise)}
            return {"type": "If", **parts}
        case Case(items=items, otherwise=otherwise, subject=subject):
            return {
                "type": "Case",
                **({} if subject is None else {"comparand": node(subject)}),
                "caseItem": [{"when": node(when), "then": node(then)} for when, then in items],
                "else": node(otherwise),
            }
        case Items(items=items):
            return {"type": "List", "element": [node(one) for one in items]}
        case Record(parts=parts):
            elements = [{"name": name, "value": node(value)} for name, value in parts]
            return {"type": "Tuple", "element": elements}
        case Cast(of=of, type=kind):
            return {
                "type": "As",
                "operand": node(of),
                "strict": False,
                "asTypeSpecifier": specifier(kind),
            }
        case Retrieve(type=kind):
            return _retrieve(kind)
        case Query():
            return _query(expression)
        case _:
            assert_never(expression)


def _retrieve(kind: str) -> Node:
    return {
        "type": "Retrieve",
        "dataType": f"{{{FHIR}}}{kind}",
        "templateId": f"{FHIR}/StructureDefinition/{kind}",
    }


def _query(one: Query) -> Node:
    found: Node = {
        "type": "Query",
        "source": [{"alias": one.alias, "expression": node(one.source)}],
        "relationship": [],
    }
    if one.where is not None:
        found["where"] = node(one.where)
    if one.returns is not None:
        found["return"] = {"distinct": False, "expression": node(one.returns)}
    if one.fold is not None:
        fold = one.fold
        found["aggregate"] = {
            "identifier": fold.name,
            "expression": node(fold.step),
            "starting": node(fold.starting),
        }
    if one.sort_by:
        by = {"type": "ByColumn", "direction": "asc", "path": one.sort_by}
        found["sort"] = {"by": [by]}
    return found


def _operator(one: Op) -> Node:
    kind = one.kind
    parts = [node(part) for part in one.operands]
    if kind in _AGGREGATES:
        return {"type": kind, "source": parts[0]}
    if kind in _UNARY:
        return {"type": kind, "operand": parts[0]}
    if kind in _PRECISION:
        return {
            "type": "DateTimeComponentFrom",
            "precision": _PRECISION[kind],
            "operand": parts[0],
        }
    if kind in _BETWEEN:
        return {"type": "DurationBetween", "precision": _BETWEEN[kind], "operand": parts}
    if kind in _NAMED:
        return {"type": kind, **dict(zip(_NAMED[kind], parts, strict=True))}
    if kind == "NotEqual":
        return {"type": "Not", "operand": {"type": "Equal", "operand": parts}}
    if kind in _FOLDED:
        # ELM joins two at a time.
        whole = parts[0]
        for part in parts[1:]:
            whole = {"type": kind, "operand": [whole, part]}
        return whole
    return {"type": kind, "operand": parts} if parts else {"type": kind}


def _literal(value: bool | int | Decimal | str) -> Node:  # noqa: FBT001 - a literal's value
    match value:
        case bool():
            return _plain("Boolean", "true" if value else "false")
        case Decimal():
            return _plain("Decimal", decimal(value))
        case int():
            return _plain("Integer", str(value))
        case str():
            return _plain("String", value)


def _plain(kind: str, value: str) -> Node:
    return {"type": "Literal", "valueType": f"{{{SYSTEM}}}{kind}", "value": value}


def specifier(kind: str) -> Node:
    """Give a type as ELM: a System or FHIR type, a list, or a tuple of such."""
    if kind.startswith("List<"):
        return {"type": "ListTypeSpecifier", "elementType": specifier(kind[5:-1])}
    if kind.startswith("Tuple {"):
        return {
            "type": "TupleTypeSpecifier",
            "element": [
                {"name": name, "elementType": specifier(inner)} for name, inner in _parts(kind)
            ],
        }
    if kind.startswith("FHIR."):
        return {"type": "NamedTypeSpecifier", "name": f"{{{FHIR}}}{kind[5:]}"}
    return {"type": "NamedTypeSpecifier", "name": f"{{{SYSTEM}}}{kind}"}


def _parts(kind: str) -> list[tuple[str, str]]:
    """Split ``Tuple { a X, b List<Y> }``; a tuple within a tuple is not used."""
    inner = kind.removeprefix("Tuple {").removesuffix("}").strip()
    pairs = [one.strip().partition(" ") for one in inner.split(",")]
    return [(name, inner_kind) for name, _, inner_kind in pairs]

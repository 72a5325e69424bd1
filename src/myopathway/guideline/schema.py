"""JSON Schema (2020-12) for editors and clients, generated so that it cannot drift.

One schema for each kind of content file, made from ``guideline.shapes`` and the words that the
content itself defines, and one for a patient's facts document, made from the facts dictionary.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.guideline import (
    departures,
    doses,
    monitoring,
    orders,
    overlay_shape,
    safety,
    shapes,
)
from myopathway.guideline.facts_schema import facts_schema
from myopathway.guideline.sentence_schema import criterion_defs
from myopathway.guideline.shape import Key, Shape

if TYPE_CHECKING:
    from collections.abc import Collection

    from myopathway.guideline.model import Guideline

Schema: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BASE: Final = "https://myopathway.example/schema/"
# The kinds of content file: which files, and what each holds.
FILES: Final[dict[str, tuple[str, Shape | Key]]] = {
    "edition": ("edition.yaml", shapes.EDITION),
    "sources": ("sources.yaml", shapes.SOURCES),
    "facts": ("facts.yaml", shapes.FACTS),
    "terms": ("terms.yaml", shapes.TERMS),
    "drugs": ("drugs.yaml", shapes.DRUGS),
    "position": ("position.yaml", shapes.POSITION),
    "rules": ("rules.yaml", shapes.RULES),
    "notices": ("notices.yaml", shapes.NOTICES),
    "interpretations": ("interpretations.yaml", shapes.INTERPRETATIONS),
    "node": ("nodes/*.yaml", shapes.NODE),
    "case": ("cases/*.yaml", Key("cases", "entries", "vignettes", shape=shapes.CASE, least=1)),
    "safety-ledger": ("safety/ledger.yaml", safety.LEDGER),
    "safety-whole-patient": ("safety/whole-patient.yaml", safety.WHOLE_PATIENT),
    "safety-drug": ("safety/<drug>.yaml", safety.DRUG_FILE),
    "monitoring": ("monitoring/*.yaml", monitoring.POLICY),
    "orders": ("orders.yaml", orders.ORDERS),
    "overlay": ("**/overlay.yaml", overlay_shape.OVERLAY),
    "departures": (departures.FILE, departures.DEPARTURES),
}
_FACTS_DOCUMENT: Final = "facts-document"


def schemas(guideline: Guideline) -> dict[str, str]:
    """Give every schema as text, by file name."""
    found = {_FACTS_DOCUMENT: facts_schema(guideline.vocabulary)}
    for kind, (files, content) in FILES.items():
        found[kind] = _of_file(guideline, files, content)
    return {f"{kind}.schema.json": _text(kind, schema) for kind, schema in sorted(found.items())}


def _text(kind: str, schema: Schema) -> str:
    whole = {"$schema": DIALECT, "$id": f"{_BASE}{kind}.schema.json", **schema}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _of_file(guideline: Guideline, files: str, content: Shape | Key) -> Schema:
    maker = _Maker(guideline, of_option=files.startswith("safety/"))
    body = maker.value(content) if isinstance(content, Key) else maker.entry(content)
    defs = maker.defs()
    return {"title": f"Content file {files}", **body, **({"$defs": defs} if defs else {})}


class _Maker:
    """Makes the schema of one file; knows which definitions it came to need.

    ``of_option``: every criterion of the file may speak of the option that is judged.
    """

    def __init__(self, guideline: Guideline, *, of_option: bool) -> None:
        self._guideline = guideline
        self._defs = {**_DEFS, "criterion": "rule-criterion"} if of_option else _DEFS
        self._words = _words(guideline)
        self._needed: set[str] = set()

    def entry(self, shape: Shape) -> Schema:
        """Give the schema of an entry: its keys and no others."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [key.name for key in shape.keys if key.required],
            "properties": {
                key.name: {"description": key.says, **self.value(key)} for key in shape.keys
            },
        }

    def value(self, key: Key) -> Schema:
        """Give the schema of what a key holds."""
        if key.shape is not None:
            return self._nested(key, key.shape)
        match key.kind:
            case "text":
                return self._word(key)
            case "texts" | "numbers":
                return _array(self._word(key), key.least)
            case "words":
                return {"enum": list(key.words)}
            case "doses":
                return _array({"type": "string", "pattern": self._dose()}, key.least)
            case "expectation":
                return self.entry(shapes.EXPECTATION)
            case kind if kind in self._defs:
                self._needed.add(self._defs[kind])
                return {"$ref": f"#/$defs/{self._defs[kind]}"}
            case kind:
                return _PLAIN[kind]

    def defs(self) -> Schema:
        """Give the definitions that were referred to."""
        found: Schema = {
            name: {"enum": list(words)}
            for words_of, words in self._words.items()
            if (name := words_of.replace(" ", "-")) in self._needed
        }
        if _FACTS_DOCUMENT in self._needed:
            found[_FACTS_DOCUMENT] = facts_schema(self._guideline.vocabulary)
        for name in ("criterion", "rule-criterion"):
            if name in self._needed:
                of_option = name == "rule-criterion"
                found |= criterion_defs(self._guideline, name, of_option=of_option)
        return found

    def _nested(self, key: Key, shape: Shape) -> Schema:
        entry = self.entry(shape)
        if key.kind == "entry":
            return entry
        if key.kind == "entries":
            return _array(entry, key.least)
        if key.form:
            found: Schema = {"patternProperties": {f"^(?:{key.form})$": entry}}
            return {"type": "object", **found, "additionalProperties": False}
        return {"type": "object", "additionalProperties": entry}

    def _word(self, key: Key) -> Schema:
        words = self._words.get(key.of)
        if key.kind == "numbers":
            return {"type": "integer"} if words is None else {"enum": [int(one) for one in words]}
        if words is not None:
            name = key.of.replace(" ", "-")
            self._needed.add(name)
            return {"$ref": f"#/$defs/{name}"}
        return {"type": "string", "pattern": f"^(?:{key.form})$"} if key.form else _TEXT

    def _dose(self) -> str:
        """Give the dose sentences as one pattern without names, its words filled in."""
        drug = "|".join(map(re.escape, self._guideline.drugs))
        route = "|".join(doses.ROUTES)
        words = {
            r"(?P<drug>[a-z-]+)": f"(?:{drug})",
            r"(?P<kind>[a-z-]+)": f"(?:{'|'.join(doses.KINDS)})",
            r"(?P<routes>[a-z]+(?: or [a-z]+)*)": f"(?:{route})(?: or (?:{route}))*",
        }
        forms = []
        for form in doses.FORMS:
            for found, wanted in words.items():
                form = form.replace(found, wanted)  # noqa: PLW2901 - filled in step by step
            forms.append(re.sub(r"\(\?P<[a-z_]+>", "(?:", form))
        return f"^(?:{'|'.join(forms)})$"


_TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
_PLAIN: Final[dict[str, Schema]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "labels": {"type": "object", "additionalProperties": _TEXT},
    "open": {},  # a grammar of its own reads it
}
_DEFS: Final = {
    "criterion": "criterion",
    "rule criterion": "rule-criterion",
    "facts": _FACTS_DOCUMENT,
}


def _array(items: Schema, least: int) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _words(guideline: Guideline) -> dict[str, Collection[str]]:
    """List the words that the content defines, as ``Key.of`` names them."""
    return {
        "statements and interpretations": [*guideline.statements, *guideline.interpretations],
        "references": list(guideline.references),
        "facts": list(guideline.vocabulary.facts),
        "drugs": list(guideline.drugs),
        "classes": list(guideline.drug_classes),
        "groups": [group.id for group in guideline.groups],
        "nodes": [node.id for node in guideline.nodes],
    }

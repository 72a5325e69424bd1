"""The sentences of criteria as JSON Schema: the finite ones listed, so that an editor completes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from myopathway.facts import PURPOSES
from myopathway.guideline.sentences import EVENTS, HOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Fact
    from myopathway.guideline.model import Guideline

Schema: TypeAlias = dict[str, Any]

_NUMBER = r"\d+(?:\.\d+)?"
_COUNT = "[1-9][0-9]*"
_STRUCTURES = ("all", "any", "first_known")


def criterion_defs(guideline: Guideline, name: str, *, of_option: bool) -> Schema:
    """Define a criterion under a name; ``of_option``: it may speak of the option judged."""
    own = {"$ref": f"#/$defs/{name}"}
    parts: Schema = {"type": "array", "minItems": 1, "items": own}
    structure: Schema = {
        **dict.fromkeys(_STRUCTURES, parts),
        "not": own,
        "at_least": {
            "type": "object",
            "patternProperties": {f"^{_COUNT}$": parts},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    }
    sentence = f"{name}-sentence"
    return {
        name: {
            "description": "a sentence, a list of which all must hold, or a structure of them",
            "anyOf": [
                {"$ref": f"#/$defs/{sentence}"},
                parts,
                {
                    "type": "object",
                    "properties": structure,
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        },
        sentence: {
            "description": "one sentence of the closed vocabulary",
            "anyOf": list(_sentences(guideline, of_option=of_option)),
        },
    }


def _sentences(guideline: Guideline, *, of_option: bool) -> Iterator[Schema]:
    facts = guideline.vocabulary.facts.values()
    yield {"enum": [one for fact in facts for one in _of_fact(fact)]}
    yield {"enum": [one for name in guideline.terms for one in _truths(name)]}
    classes, purposes = list(guideline.drug_classes), list(PURPOSES)
    yield {"enum": [f"at least 1 {name} {how}" for name in classes for how in HOW]}
    yield {"type": "string", "pattern": f"^at least {_COUNT} {_one_of(classes)} {_one_of(HOW)}$"}
    regimen = f"an? {_one_of(purposes)} regimen"
    ended = f"with at least {_COUNT} {_one_of(classes)} {_one_of(HOW)}"
    yield {"type": "string", "pattern": f"^{regimen} {ended}$"}
    held = f"(?:{regimen}|a regimen without a stated purpose) held"
    yield {"type": "string", "pattern": f"^{held} {_one_of(guideline.drugs)}$"}
    numbers = [fact.name for fact in facts if fact.type in ("number", "grade")]
    yield {"type": "string", "pattern": f"^{_one_of(numbers)} (?:<=|>=|<|>) {_NUMBER}$"}
    years = [fact.name for fact in facts if fact.type == "number"]
    dates = [fact.name for fact in facts if fact.type == "date"]
    apart = f"{_one_of(years)} and {_one_of(dates)} differ by more than"
    yield {"type": "string", "pattern": rf"^{apart} \d+ years?$"}
    names = [fact.name for fact in facts if fact.type == "names"]
    yield {"type": "string", "pattern": rf"^{_one_of(names)} includes \S+$"}
    if of_option:
        yield {"enum": list(EVENTS)}
        yield {"type": "string", "pattern": "^taken with [a-z][a-z-]*$"}


def _of_fact(fact: Fact) -> Iterator[str]:
    match fact.type:
        case "boolean":
            yield from _truths(fact.name)
        case "choice":
            for value in fact.values:
                yield f"{fact.name} is {value}"
                yield f"{fact.name} is not {value}"
        case "set" | "names":
            for value in fact.values:
                yield f"{fact.name} includes {value}"
            yield f"{fact.name} is empty"
            yield f"{fact.name} is not empty"
        case _:
            pass


def _truths(name: str) -> Iterator[str]:
    for value in ("true", "false"):
        yield f"{name} is {value}"
        yield f"{name} is not {value}"


def _one_of(words: Any) -> str:  # noqa: ANN401 - whatever can be walked
    return f"(?:{'|'.join(re.escape(word).replace(chr(92) + '-', '-') for word in words)})"

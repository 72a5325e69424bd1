"""What the definitions of the exported library are called: one place, so that all parts agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Ended, HistoryLeaf

if TYPE_CHECKING:
    from myopathway.guideline.model import Node, Option, Therapy

LIBRARY: Final = "IIMTreatment"
STATUS: Final = "Status"
POSSIBLE: Final = "Possible nodes"
REGIMENS: Final = "Regimens"
TREATMENTS: Final = "treatments"
AS_OF: Final = "Fact as_of"

_ENDS: Final = {
    "failed": "failed",
    "inadequate-response": "had an inadequate response",
    "intolerance": "not tolerated",
}
_EVENTS: Final = {
    "not-tolerated": "Not tolerated",
    "perhaps-not-tolerated": "Perhaps not tolerated",
    "inadequate": "Inadequate for this purpose",
    "inadequate-elsewhere": "Inadequate for another purpose",
    "no-outcome": "Given without a recorded outcome",
    "ongoing": "Being given",
    "worked": "Worked",
}


def fact_name(fact: str) -> str:
    """Name a fact with what follows from others."""
    return f"Fact {fact}"


def term_name(term: str) -> str:
    """Name the definition of a term."""
    return f"Term {term}"


def by_history(term: str) -> str:
    """Name a term as one possible history settles it."""
    return f"Term {term} by history"


def stated_name(fact: str) -> str:
    """Name a fact as it is recorded, before anything follows from another."""
    return f"Fact {fact} as recorded"


def leaf_name(leaf: HistoryLeaf) -> str:
    """Name a criterion about how regimens ended."""
    if isinstance(leaf, Ended):
        return f"At least {leaf.count} {leaf.drug_class} {_ENDS[leaf.how]}"
    return (
        f"A {leaf.purpose} regimen with at least {leaf.count} {leaf.drug_class} {_ENDS[leaf.how]}"
    )


def event_name(event: str) -> str:
    """Name the function that says what became of the drugs of an option."""
    return _EVENTS[event]


def may_be(node: str) -> str:
    """Name the definition that says whether a node is possible."""
    return f"May be {node}"


def recommended(node: str) -> str:
    """Name the definition that says whether a node is recommended."""
    return f"Recommended {node}"


def verdict_name(node: Node, option: Option) -> str:
    """Name an option's verdict."""
    return f"Verdict {node.id} {option.id}"


def listed_name(node: Node, option: Option) -> str:
    """Name the definition that says whether an option is listed for the patient."""
    return f"Listed {node.id} {option.id}"


def open_name(node: Node, option: Option) -> str:
    """Name the definition that says whether an option may be chosen."""
    return f"Open {node.id} {option.id}"


def therapy_name(node: Node, place: int) -> str:
    """Name the definition that says whether a therapy leaves anything to choose."""
    return f"Open {node.id} therapy {place}"


def group_name(group: str) -> str:
    """Name the definition that says whether a group is recommended."""
    return f"Recommended group {group}"


def therapy_id(therapy: Therapy, place: int) -> str:
    """Name a therapy within its node, as an answer's request group does."""
    return f"{therapy.role}-{place}"


def doses_name(node: Node, option: Option) -> str:
    """Name an option's doses."""
    return f"Doses {node.id} {option.id}"


def machine_name(*parts: str) -> str:
    """Make a name that is one word, as FHIR wants the computer's name of an artefact."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(parts))
    return "".join(word[:1].upper() + word[1:] for word in words)

"""Random patients for the tests of the cohort: those of tests.population, and safety facts too."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from myopathway.cohort.rows import row_of
from myopathway.cohort.table import arrow_schema
from myopathway.criteria import Is
from myopathway.guideline.load import shipped
from tests.population import patient

if TYPE_CHECKING:
    from myopathway.patient import Patient

FACTS = shipped().vocabulary.facts
# The shipped content never has a purpose read that counts while the course is open; this has.
OTHERWISE = msgspec.structs.replace(
    shipped(),
    content_hash="unstated purposes are read in remission",
    unstated_purpose=msgspec.structs.replace(
        shipped().unstated_purpose, when=Is("course", "remission")
    ),
)
SAFETY = [
    fact for fact in FACTS.values()
    if fact.section and fact.type in ("boolean", "choice", "number")
    and fact.name not in ("weight_kg", "age_years", "subtype", "course", "sex")
]  # fmt: skip
OTHERS = ("allopurinol", "febuxostat", "trimethoprim", "co-trimoxazole", "aliskiren", "Paracetamol",
          "methotrexate", "folic-acid")  # fmt: skip


def documents(seed: int, count: int) -> list[dict[str, Any]]:
    rng = Random(seed)
    return [_document(rng) for _ in range(count)]


def _document(rng: Random) -> dict[str, Any]:
    facts = patient(rng)
    share = rng.choice((0.0, 0.2, 0.8))
    for fact in SAFETY:
        if fact.name in facts or rng.random() > share:
            continue
        match fact.type:
            case "boolean":
                facts[fact.name] = rng.random() < 0.25
            case "choice":
                facts[fact.name] = rng.choice(list(fact.values))
            case _:
                low, high = float(fact.low or 0), float(fact.high or 100)
                facts[fact.name] = round(low + (high - low) * rng.random() ** 3, 1)
    if rng.random() < share:
        facts["other_drugs"] = rng.sample(OTHERS, rng.choice((0, 0, 1, 2)))
    if facts.get("sex") == "male":
        for name in ("can_become_pregnant", "breastfeeding", "planning_conception"):
            if rng.random() < 0.5:
                facts.pop(name, None)
    return facts


def table(patients: list[Patient]) -> pa.Table:
    vocabulary = shipped().vocabulary
    rows = [row_of(one, str(number), vocabulary) for number, one in enumerate(patients)]
    return pa.Table.from_pylist(rows, arrow_schema(vocabulary))


def cells(answer: Any) -> tuple[Any, ...]:
    """What the cohort has to say of a patient, as ``recommend`` says it."""
    options = [option for therapy in answer.therapies for option in therapy.options]
    return (
        answer.status, answer.node, answer.group, answer.line, list(answer.possible),
        [(one.id, one.verdict) for one in options],
        [(one.id, drug.drug, part.kind, float(part.low), float(part.high), part.unit, part.capped)
         for one in options for drug in one.drugs for part in drug.calculated],
        [one.fact for one in answer.missing],
    )  # fmt: skip


def place_cells(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["status"], row["node"], row["group"], row["line"], row["possible"]


def row_cells(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        *place_cells(row),
        [tuple(one.values()) for one in row["options"]],
        [tuple(one.values()) for one in row["doses"]],
        row["missing"],
    )  # fmt: skip

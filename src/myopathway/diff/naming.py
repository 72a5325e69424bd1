"""Parts of the guideline by the names that clinicians know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import Coding, Fact
from myopathway.guideline import drugsafety, model, orderlimits, policy
from myopathway.quantity import plain
from myopathway.render.words import ROLES, TIERS, drug_title, titles_listed

if TYPE_CHECKING:
    import msgspec

    from myopathway.guideline.model import Guideline

MOST: Final = 160


def named(guideline: Guideline, part: msgspec.Struct) -> str:  # noqa: C901 - a closed set, in one place
    """Name a part of the guideline; nothing for a part that needs no name of its own."""
    match part:
        case model.Node():
            return f"{part.title} ({part.id})"
        case model.Therapy():
            return ROLES.get(part.role, part.role)
        case model.Option():
            return titles_listed(drug_title(guideline, one) for one in part.drugs)
        case model.Dose():
            return f"{drug_title(guideline, part.drug)}, dose {part.kind}".removesuffix(", dose ")
        case model.Drug():
            return part.title
        case model.DrugClass() | model.Group() | model.Interpretation() | policy.Policy():
            return f"{part.title} ({getattr(part, 'id', getattr(part, 'name', ''))})"
        case drugsafety.SafetyRule() | drugsafety.Check() | drugsafety.SafetyAdvice():
            return f"{drug_title(guideline, part.drug)}, drug safety {part.row}"
        case drugsafety.SafetyNotice() | drugsafety.SafetyRow():
            return f"drug safety {part.row}"
        case orderlimits.OrderLimit() | orderlimits.OrderProduct():
            return f"orders of {drug_title(guideline, part.drug)}"
        case model.Reference():
            return f"reference {part.number}"
        case policy.Monitored():
            return part.test
        case model.Statement() | model.Notice() | model.Conflict() | model.Implication():
            return f"{_KINDS[type(part)]} {part.id}"
        case model.Rule():
            return f"rule {part.id}" if ":" not in part.id else f"rule “{_short(part.says)}”"
        case model.Term():
            return f"term {part.name} (“{part.says}”)"
        case _:
            return _other(part)


_KINDS: Final[dict[type, str]] = {
    model.Statement: "statement",
    model.Notice: "message",
    model.Conflict: "contradiction",
    model.Implication: "implication",
}


def _other(part: msgspec.Struct) -> str:
    match part:
        case model.OldMeasurement():
            return f"old measurement of {part.fact}"
        case model.DrugAdvice():
            return part.kind
        case policy.Threshold():
            return f"{part.test} {part.when}"
        case Fact():
            return f"fact {part.name} (“{part.says.partition(';')[0]}”)"
        case Coding():
            return f"code row {part.row}"
        case _:
            return ""


def summary(guideline: Guideline, part: msgspec.Struct) -> str:
    """Say in one line what a part holds that was added or taken away as a whole."""
    match part:
        case model.Option():
            tier = TIERS.get(part.tier or "", "")
            doses = "; ".join(one.sentence for one in part.doses)
            return f"{named(guideline, part)}{f' ({tier})' if tier else ''}: {doses}"
        case model.Dose():
            return part.sentence
        case model.Rule():
            return f"{part.verdict or 'said'}: {part.says}"
        case drugsafety.SafetyRule():
            return f"{part.effect}: {part.says}"
        case orderlimits.OrderLimit():
            return part.sentence
        case model.Reference():
            return part.citation
        case Coding():
            return coding(part)
        case _:
            for field in ("says", "text", "title", "citation", "reason"):
                value = getattr(part, field, "")
                if value:
                    return str(value)
            return named(guideline, part)


def amount(dose: model.Dose) -> str:
    """Write the range of a dose."""
    span = plain(dose.low) if dose.low == dose.high else f"{plain(dose.low)} to {plain(dose.high)}"
    span = f"below {plain(dose.high)}" if dose.below else span
    return f"{span} {dose.unit}{'/kg' if dose.per_kg else ''}/{dose.per}" if dose.kind else "none"


def maximum(ceiling: model.Ceiling | None) -> str:
    """Write the maximum of a dose."""
    if ceiling is None:
        return "none"
    return f"{plain(ceiling.amount)} {ceiling.unit}{'/kg' if ceiling.per_kg else ''}/{ceiling.per}"


def coding(one: Coding) -> str:
    """Write the codes of a fact."""
    systems = ("snomed", "icd10", "icd10cm", "loinc")
    codes = "; ".join(f"{name} {', '.join(getattr(one, name))}" for name in systems
                      if getattr(one, name))  # fmt: skip
    parts = (one.row, one.value and f"= {one.value}", codes, one.doubt and f"doubt: {one.doubt}",
             one.within_days and f"within {one.within_days} days")  # fmt: skip
    return ", ".join(str(part) for part in parts if part)


def _short(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}…"

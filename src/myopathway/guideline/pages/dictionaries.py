"""The pages of the dictionaries: every fact that a document may hold, every drug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.facts import OUTCOMES, PURPOSES, accepted
from myopathway.guideline.pages.markdown import anchor, code, link, spot, table, text
from myopathway.guideline.pages.parts import BEHIND, cited, framed
from myopathway.guideline.pages.wording import UNITS
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Coding, Fact
    from myopathway.guideline.model import Drug, Guideline, OtherDrug

_EASE = {
    1: "known at a glance",
    2: "asked or examined",
    3: "measured",
    4: "looked up or tested",
}
_SYSTEMS = {"icd10": "ICD-10", "icd10cm": "ICD-10-CM", "snomed": "SNOMED CT", "loinc": "LOINC"}


def facts_page(guideline: Guideline) -> str:
    """Give the facts dictionary, in the sections of the form."""
    facts = guideline.vocabulary.facts
    sections = dict.fromkeys(fact.section for fact in facts.values())
    parts = []
    for section in sections:
        rows = [_fact(fact) for fact in facts.values() if fact.section == section]
        head = ["Fact", "What it is", "What is asked", "What it takes", "How a record shows it"]
        parts += [f"## Facts: {text(section)}", table(head, rows)]
    return framed(
        "Facts",
        "Everything that a facts document may hold. A fact that is left out is unknown, never"
        " false. A code with a doubt points to the fact and cannot say it; the row is that of the"
        " list of verified codes.",
        *parts,
        "## A regimen",
        f"An entry of `treatments` holds `drugs` (one name or more), `purpose`"
        f" ({', '.join(PURPOSES)}), `outcome` ({', '.join(OUTCOMES)}), `intolerant_of` (drugs of"
        " the regimen), `started`, `stopped` (dates) and `dose` (a text); all but the drugs may be"
        " left out. The names of drugs are on [the page of drugs](drugs.md).",
    )


def _fact(fact: Fact) -> list[str]:
    asked = [text(fact.question)]
    if fact.help:
        asked.append(text(fact.help))
    asked.append(f"<em>{_EASE.get(fact.ease, str(fact.ease)).capitalize()}.</em>")
    takes = [_takes(fact)]
    if fact.from_date:
        takes.append(f"worked out from [{code(fact.from_date)}](#{anchor(fact.from_date)})")
    shown = [*_marks(fact)]
    shown += [_coding("Condition", one) for one in fact.conditions]
    shown += [_coding("Observation", one) for one in fact.observations]
    return [
        f"{spot(fact.name)}{code(fact.name)}",
        text(fact.says),
        "<br>".join(asked),
        "<br>".join(takes),
        "<br>".join(shown) or "only when it is stated",
    ]


def _takes(fact: Fact) -> str:
    if fact.values:
        labels = "; ".join(f"{code(name)} {text(label)}" for name, label in fact.values.items())
        return f"{fact.type}: {labels}"
    if fact.type == "number" and fact.low is not None and fact.high is not None:
        unit = UNITS.get(fact.unit, fact.unit)
        return f"number: {plain(fact.low)} to {plain(fact.high)} {text(unit)}".rstrip()
    return f"{fact.type}: {text(accepted(fact))}"


def _marks(fact: Fact) -> Iterator[str]:
    if fact.judgement:
        yield "the clinician's own word counts first"
    if fact.problem_list:
        yield "a complete problem list without it says no"


def _coding(kind: str, coding: Coding) -> str:
    codes = []
    for field, system in _SYSTEMS.items():
        values = getattr(coding, field)
        if values:
            codes.append(f"{system} {', '.join(values)}")
    told = f"{kind} {text('; '.join(codes))}"
    if coding.value:
        told += f" → {code(coding.value)}"
    if coding.within_days:
        told += f", for {coding.within_days} days"
    if coding.doubt:
        told += f"; doubt: {text(coding.doubt)}"
    return f"{told} (row {text(coding.row)})"


def drugs_page(guideline: Guideline) -> str:
    """Give the drugs: names, classes, codes, and what holds wherever each is offered."""
    parts = []
    for name, drug in guideline.drugs.items():
        parts += [f"## {name}", table(["", ""], _drug(guideline, drug))]
        if drug.advice:
            rows = [
                [text(one.kind.replace("-", " ")), text(one.text), cited(guideline, one.cites)]
                for one in drug.advice
            ]
            parts.append(table(["Kind", "Said wherever it is offered", BEHIND], rows))
    classes = [
        [
            f"{spot(name)}{code(name)}",
            ", ".join(
                link(guideline.drugs[drug].title, f"#{anchor(drug)}")
                for drug in guideline.drugs
                if drug in guideline.drugs_of(name)
            ),
            cited(guideline, one.cites),
        ]
        for name, one in guideline.drug_classes.items()
    ]
    return framed(
        "Drugs",
        "The drugs of the algorithm, the classes in which the history counts them, and their codes"
        " with the row of the list of verified codes.",
        "## Classes",
        table(["Class", "Drugs", BEHIND], classes),
        *parts,
        *_others(guideline),
    )


def _others(guideline: Guideline) -> Iterator[str]:
    if guideline.other_drugs:
        yield "## Beside the algorithm"
        yield "Drugs that rules speak of; a record may name them by a code alone."
        rows = [[code(name), _codes(one)] for name, one in guideline.other_drugs.items()]
        yield table(["Name", "Codes"], rows)


def _drug(guideline: Guideline, drug: Drug) -> Iterator[list[str]]:
    yield ["Title", text(drug.title)]
    yield ["Names that are read", ", ".join(code(one) for one in (drug.name, *drug.synonyms))]
    titles = ", ".join(
        link(guideline.drug_classes[name].title, f"#{anchor(name)}") for name in drug.classes
    )
    yield ["Counts among", titles or "no class, so that it moves no line"]
    if drug.supplement:
        yield ["Supplement", "struck from a regimen before the history is read"]
    facts = guideline.vocabulary.facts
    weights = ", else ".join(facts[name].says for name in drug.dose_weight)
    yield ["Dosed by", text(weights)]
    yield ["Codes", _codes(drug)]


def _codes(drug: Drug | OtherDrug) -> str:
    systems = (("ATC", drug.atc), ("RxNorm", drug.rxnorm), ("SNOMED CT", drug.snomed))
    codes = "; ".join(f"{name} {', '.join(values)}" for name, values in systems if values)
    return f"{text(codes) or 'none'} (row {text(drug.row)})"

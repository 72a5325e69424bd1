"""The facts and the drugs of the content, read into the dictionaries that sentences rest on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.facts import Coding, Fact
from myopathway.guideline import model

if TYPE_CHECKING:
    from myopathway.yamltext import YamlText


HARDEST: Final = 4
NEEDED: Final = {
    "as_of": "date",
    "treatments": "treatments",
    "allergies": "names",
    "other_drugs": "names",
}


def read_facts(text: YamlText) -> dict[str, Fact]:
    """Read the facts dictionary, noting what is wrong with a fact as such."""
    facts = {name: _fact(name, one) for name, one in text.value.items()}
    for name, kind in NEEDED.items():
        if name not in facts or facts[name].type != kind:
            text.fault((name,), f"no fact {name!r} of type {kind}", "one: the engine reads it")
    for name, fact in facts.items():
        if fact.type in ("choice", "set") and not fact.values:
            text.fault((name,), f"a {fact.type} without values", "the values with their labels")
        if not 1 <= fact.ease <= HARDEST:
            text.fault((name, "ease"), f"ease: found {fact.ease}", f"1 to {HARDEST}")
        if fact.type == "number" and (fact.low is None or fact.high is None):
            text.fault((name,), "a number without a range", "low and high")
        if fact.low is not None and fact.high is not None and fact.low > fact.high:
            text.fault((name, "low"), f"{fact.low} is above {fact.high}", "low and high")
        for kind in ("conditions", "observations"):
            for place, coding in enumerate(getattr(fact, kind)):
                if coding.value and coding.value not in fact.values:
                    want = ", ".join(fact.values) or "no value, since the fact has none"
                    found = f"{coding.value!r} is no value of {name}"
                    text.fault((name, kind, place, "value"), found, want)
    return facts


def read_drugs(text: YamlText) -> dict[str, model.Drug]:
    """Read the drugs, noting a spelling that would name two of them."""
    drugs = {name: _drug(name, one) for name, one in text.value["drugs"].items()}
    spelt = {name: name for name in drugs}
    for name, drug in drugs.items():
        for place, spelling in enumerate(drug.synonyms):
            folded = spelling.strip().lower()
            if spelt.setdefault(folded, name) != name:
                path = ("drugs", name, "synonyms", place)
                text.fault(path, f"{spelling!r} names {spelt[folded]} too", "a name of one drug")
    return drugs


def read_others(text: YamlText) -> dict[str, model.OtherDrug]:
    """Read the drugs beside the algorithm, noting one that is a drug of it."""
    others = text.value.get("others", {})
    for name in others:
        if name in text.value["drugs"]:
            text.fault(("others", name), f"{name!r} is a drug of the algorithm", "another drug")
    return {
        name: model.OtherDrug(
            name,
            one["row"],
            tuple(one.get("atc", ())),
            tuple(one.get("rxnorm", ())),
            tuple(one.get("snomed", ())),
        )
        for name, one in others.items()
    }


def _fact(name: str, one: dict[str, Any]) -> Fact:
    def number(key: str) -> Decimal | None:
        return None if key not in one else Decimal(one[key])

    return Fact(
        name=name,
        type=one["type"],
        says=one["says"],
        question=one["question"],
        ease=one["ease"],
        section=one["section"],
        help=one.get("help", ""),
        values=one.get("values", {}),
        low=number("low"),
        high=number("high"),
        unit=one.get("unit", ""),
        judgement=one.get("judgement", False),
        problem_list=one.get("problem_list", False),
        changes=one.get("changes", ""),
        from_date=one.get("from_date", ""),
        conditions=tuple(_coding(coding) for coding in one.get("conditions", [])),
        observations=tuple(_coding(coding) for coding in one.get("observations", [])),
    )


def _coding(one: dict[str, Any]) -> Coding:
    return Coding(
        row=one["row"],
        value=one.get("value", ""),
        snomed=tuple(one.get("snomed", ())),
        icd10=tuple(one.get("icd10", ())),
        icd10cm=tuple(one.get("icd10cm", ())),
        loinc=tuple(one.get("loinc", ())),
        doubt=one.get("doubt", ""),
        within_days=one.get("within_days", 0),
    )


def _drug(name: str, one: dict[str, Any]) -> model.Drug:
    codes = one["codes"]
    return model.Drug(
        name=name,
        title=one["title"],
        classes=tuple(one["classes"]),
        synonyms=tuple(one["synonyms"]),
        row=codes["row"],
        atc=tuple(codes.get("atc", ())),
        rxnorm=tuple(codes.get("rxnorm", ())),
        snomed=tuple(codes.get("snomed", ())),
        supplement=one.get("supplement", False),
        dose_weight=tuple(one.get("dose_weight", ("weight_kg",))),
        advice=tuple(
            model.DrugAdvice(part["kind"], part["says"], tuple(part["cites"]))
            for part in one.get("advice", [])
        ),
    )

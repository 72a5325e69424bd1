"""The parts that every rendering shares, with doses and answers that the content does not have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from myopathway.engine.outcome import Answer, Calculated, DrugDose, Reason
from myopathway.guideline.load import shipped
from myopathway.guideline.model import Ceiling, Dose
from myopathway.render.doses import drug_line, workings
from myopathway.render.fhir import fhir
from myopathway.render.fhir_doses import dosages
from myopathway.render.fhir_values import citations, desk_for, fhir_id
from myopathway.render.markdown import markdown
from myopathway.render.paper import Paper
from myopathway.render.text import text
from myopathway.render.words import (
    basis_words,
    capital,
    day,
    decided,
    fact_says,
    listed,
    small,
    source_words,
)
from tests.test_render_golden import answer_for


def dose(kind: str, low: str, high: str, unit: str = "mg", per: str = "day", **more: Any) -> Dose:
    return Dose("prednisolone", kind, Decimal(low), Decimal(high), unit=unit, per=per, **more)


def found(kind: str, low: str, high: str, unit: str, *, capped: bool = False) -> Calculated:
    return Calculated(kind, Decimal(low), Decimal(high), unit, capped, f"{low} to {high} {unit}")


def given(*calculated: Calculated, words: str = "as the answer has it") -> DrugDose:
    return DrugDose("prednisolone", ("oral",), words, calculated, "D-TAPER")


def test_initial_and_maintenance_are_two_amounts_and_two_instructions() -> None:
    doses = (
        dose("initial", "0.5", "1", per_kg=True, words="tapered by response",
             ceiling=Ceiling(Decimal(80), "mg", "day", per_kg=False)),
        dose("maintenance", "0", "5", below=True),
    )  # fmt: skip
    drug = given(
        found("initial", "31.1", "62.3", "mg/day"),
        found("maximum", "80", "80", "mg/day"),
        found("maintenance", "0", "5", "mg/day"),
    )
    line = drug_line(shipped(), drug, doses)
    assert line.amount == (
        "31.1 to 62.3 mg/day at first, at most 80 mg/day; to maintain, below 5 mg/day"
    )
    first, second = dosages(line)
    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["maxDosePerPeriod"]["numerator"]["value"] == 80
    assert second["doseAndRate"][0]["doseRange"] == {
        "high": {"value": 5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    }
    assert second["text"] == "to maintain, below 5 mg/day; oral"


def test_a_dose_that_is_half_known_keeps_the_answer_s_words_and_its_ceiling() -> None:
    ceiling = Ceiling(Decimal(80), "mg", "day", per_kg=False)
    doses = (dose("initial", "0.5", "1", per_kg=True, ceiling=ceiling),)
    drug = given(found("maximum", "80", "80", "mg/day"), words="0.5 to 1 mg/kg/day, at most 80")
    line = drug_line(shipped(), drug, doses)
    assert line.amount == ""
    assert line.rest == "0.5 to 1 mg/kg/day, at most 80 (not worked out: the weight is not known)"
    (dosage,) = dosages(line)
    assert "doseAndRate" not in dosage
    assert dosage["maxDosePerPeriod"]["numerator"]["value"] == 80


def test_an_end_that_was_held_says_so() -> None:
    ceiling = Ceiling(Decimal(80), "mg", "day", per_kg=False)
    doses = (dose("initial", "0.5", "1", per_kg=True, ceiling=ceiling),)
    drug = given(
        found("initial", "50", "80", "mg/day", capped=True), found("maximum", "80", "80", "mg/day")
    )
    line = drug_line(shipped(), drug, doses)
    assert line.amount == "50 to 80 mg/day at first (held at the maximum), at most 80 mg/day"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (dose("daily", "10", "10", days=(3, 3)), "10 mg/day for 3 days"),
        (dose("daily", "10", "10", days=(3, 5)), "10 mg/day for 3 to 5 consecutive days"),
        (dose("daily", "10", "10", days=(2, 2), split=True), "10 mg/day over 2 days"),
        (dose("daily", "10", "10", portions="2"), "10 mg/day in 2 doses"),
        (dose("maintenance", "10", "10"), "to maintain, 10 mg/day"),
    ],
)  # fmt: skip
def test_an_amount_says_everything_that_bounds_it(known: Dose, words: str) -> None:
    line = drug_line(shipped(), given(found(known.kind, "10", "10", "mg/day")), (known,))
    assert line.amount == words


def test_an_infusion_over_a_fixed_number_of_days() -> None:
    known = dose("per-cycle", "2", "2", "g", "cycle", per_kg=True, days=(5, 5), split=True,
                 every_weeks=4)  # fmt: skip
    parts = (found("per-cycle", "140", "140", "g"), found("per-day", "28", "28", "g/day"))
    line = drug_line(shipped(), given(*parts), (known,))
    assert line.amount == "140 g a cycle, split over 5 days (28 g/day on 5), every 4 weeks"
    (dosage,) = dosages(line)
    assert dosage["timing"]["repeat"] == {"frequency": 5, "period": 4, "periodUnit": "wk"}
    assert dosage["doseAndRate"][0]["doseQuantity"]["value"] == 28


@pytest.mark.parametrize(
    "known",
    [
        dose("daily", "10", "20", unit="mL"),
        dose("daily", "10", "20", per="cycle"),
        dose("daily", "10", "20", days=(2, 5), split=True),
        dose("daily", "10", "12", portions="1-2"),
    ],
)
def test_what_would_not_be_exact_stays_in_words(known: Dose) -> None:
    low, high = known.low, known.high
    drug = given(Calculated("daily", low, high, f"{known.unit}/day", capped=False, working=""))
    (dosage,) = dosages(drug_line(shipped(), drug, (known,)))
    assert set(dosage) == {"text", "route"}
    assert str(high) in dosage["text"]


def test_once_or_twice_a_day_divides_the_day_s_amount() -> None:
    known = dose("initial", "500", "1000", portions="1-2")
    (dosage,) = dosages(
        drug_line(shipped(), given(found("initial", "500", "1000", "mg/day")), (known,))
    )
    assert dosage["timing"]["repeat"]["frequencyMax"] == 2
    assert dosage["doseAndRate"][0]["doseQuantity"]["value"] == 500


def test_a_working_ends_in_its_result() -> None:
    one = Calculated("course", Decimal(3000), Decimal(5000), "mg", capped=False,
                     working="1000 mg/day × 3 to 5 days")  # fmt: skip
    two = Calculated("initial", Decimal(50), Decimal(80), "mg/day", capped=True,
                     working="0.5 to 1 × 100 = 50 to 100 mg/day, held at 80")  # fmt: skip
    assert list(workings(given(one, two))) == [
        "Whole course: 1000 mg/day × 3 to 5 days = 3000 to 5000 mg",
        "At first: 0.5 to 1 × 100 = 50 to 100 mg/day, held at 80; so 50 to 80 mg/day",
    ]


def elsewhere() -> Answer:
    """An answer of content that is not the guideline at hand."""
    answer = answer_for("severe-with-lung-disease")
    first = answer.therapies[0]
    option = msgspec.structs.replace(first.options[0], id="new", drugs=(), verdict="caution")
    strange = msgspec.structs.replace(first.options[0], verdict="new-verdict")
    therapy = msgspec.structs.replace(
        first, role="new-role", statements=(), options=(option, strange)
    )
    return msgspec.structs.replace(
        answer, node="elsewhere.1", therapies=(therapy, *answer.therapies[1:], therapy)
    )


def test_an_answer_of_other_content_is_shown_in_its_own_words() -> None:
    answer = elsewhere()
    for written in (text(answer, shipped()), markdown(answer, shipped())):
        words = " ".join(written.split())
        assert "1000 mg/day into the vein for 3 to 5 consecutive days" in words
        assert "7.5 to 25 mg once WEEKLY" in words
        assert "new-role" in written.lower()


def test_an_answer_of_other_content_makes_a_valid_bundle() -> None:
    Bundle.model_validate(fhir(elsewhere(), shipped()))


def test_an_id_is_valid_and_as_long_as_may_be() -> None:
    assert fhir_id("core-1", "ciclosporin+methotrexate") == "core-1.ciclosporin-methotrexate"
    long = fhir_id("core-1", "x" * 80)
    assert len(long) == 64
    assert long != fhir_id("core-1", "x" * 81)
    assert fhir_id("+") == "none"


def test_a_citation_without_a_number_has_no_address() -> None:
    guideline = shipped()
    works = {
        name: msgspec.structs.replace(one, pmid="") for name, one in guideline.references.items()
    }
    other = msgspec.structs.replace(guideline, references=works)
    desk = desk_for(answer_for("severe-with-lung-disease"), other, "https://x.example")
    found_here = citations(desk, ["severe.1.core"])
    assert len(found_here) > 1
    assert not any("url" in one for one in found_here)


def test_words() -> None:
    guideline = shipped()
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert [small(one) for one in ("IgA deficiency", "NUDT15 status", "Pregnant", "A day")] == [
        "IgA deficiency", "NUDT15 status", "pregnant", "a day",
    ]  # fmt: skip
    assert capital("") == ""
    assert day("2026") == "2026"
    assert fact_says(guideline, "treatments[1].outcome") == "Regimen 2"
    assert fact_says(guideline, "unheard_of") == "unheard_of"
    assert decided(guideline, "severe.1") == "severe.1"
    assert decided(guideline, "ciclosporin+methotrexate") == "ciclosporin with methotrexate"
    assert basis_words(guideline, "severe.1.core") == "severe.1.core"
    assert basis_words(guideline, "V-EXCLUDED") == "reading V-EXCLUDED"
    assert basis_words(guideline, "MTX-01") == "drug safety MTX-01"
    assert source_words(guideline, None) == ""


def test_nothing_to_write_is_an_empty_line() -> None:
    assert Paper(40).lines(("", "")) == [""]
    assert Paper(40, colour=True).lines(("a", "bold"), ("b", "")) == ["\x1b[1ma\x1b[0m b"]


def changed(answer: Answer, **fields: Any) -> Answer:
    """The answer with the first option of its first therapy changed."""
    first = answer.therapies[0]
    option = msgspec.structs.replace(first.options[0], **fields)
    therapy = msgspec.structs.replace(first, options=(option,))
    return msgspec.structs.replace(answer, therapies=(therapy,))


def test_a_question_that_is_about_no_fact_is_shown_as_it_is() -> None:
    reason = Reason("Not known: Is it Tuesday? The answer may exclude this option (X-1).", "X-1")
    answer = changed(answer_for("severe-with-lung-disease"), reasons=(reason,))
    assert "(1 question open)" in text(answer, shipped())
    assert "could rule it out: Is it Tuesday?" in markdown(answer, shipped())


def test_what_is_missing_for_no_stated_purpose_is_still_shown() -> None:
    answer = answer_for("half-known")
    bare = msgspec.structs.replace(answer.missing[0], decides=())
    written = text(msgspec.structs.replace(answer, missing=(bare,)), shipped())
    assert f"? {bare.question}" in " ".join(written.split())
    assert "decides:" not in written
    note = fhir(msgspec.structs.replace(answer, missing=(bare,)), shipped())
    assert "Decides" not in str(note)


def test_a_place_that_nothing_more_would_settle() -> None:
    answer = msgspec.structs.replace(answer_for("half-known"), missing=())
    written = text(answer, shipped())
    assert "Still possible:" in written
    assert "To be asked first:" not in written


def test_a_drug_whose_checks_are_done_needs_none_in_the_note() -> None:
    answer = answer_for("severe-with-lung-disease")
    done = tuple(
        msgspec.structs.replace(
            drug,
            checks=tuple(msgspec.structs.replace(one, state="done") for one in drug.checks),
        )
        for drug in answer.before_start
    )
    answer = msgspec.structs.replace(answer, before_start=done)
    assert "Before the first dose" not in markdown(answer, shipped())
    first = text(answer, shipped()).partition("\nBelow:")[0]
    assert "Before the first dose" not in first


def test_an_option_that_cites_nothing_has_no_documentation() -> None:
    answer = answer_for("severe-with-lung-disease")
    drugs = tuple(
        msgspec.structs.replace(one, basis="", advice=())
        for one in answer.therapies[0].options[0].drugs
    )
    bare = changed(answer, reasons=(Reason("It is so.", ""),), drugs=drugs, evidence=())
    bundle = fhir(msgspec.structs.replace(bare, safety=(), before_start=()), shipped())
    Bundle.model_validate(bundle)
    group = bundle["entry"][1]["resource"]
    assert "documentation" not in group["action"][0]["action"][0]
    assert "It is so." in " ".join(text(bare, shipped()).split())
    assert "[]" not in text(bare, shipped())
    assert "()" not in markdown(bare, shipped())

"""The text: nothing too wide, nothing hidden, no dose that must not be seen."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import myopathway
from myopathway.facts import Unread
from myopathway.guideline.load import shipped
from myopathway.render.paper import Paper, cells, clean
from myopathway.render.text import BELOW, text
from myopathway.render.views import therapy_views
from myopathway.render.words import fact_value, option_title, source_words, span
from tests.data.fhir import build
from tests.population import TODAY, patient
from tests.test_render_golden import NAMES, answer_for

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, OptionAnswer

COUNT = 150
AMOUNT = re.compile(r"\d ?(?:mg|g)(?:/|\b)")


def enriched(rng: Random, facts: dict[str, Any]) -> dict[str, Any]:
    """The same patient with some of the facts that only the drug-safety rules read."""
    for name, fact in shipped().vocabulary.facts.items():
        if (
            name not in facts
            and not (fact.judgement or fact.name in {"birth_date", "as_of"})
            and rng.random() < 0.3
        ):
            match fact.type:
                case "boolean":
                    facts[name] = rng.random() < 0.3
                case "choice":
                    facts[name] = rng.choice(sorted(fact.values))
                case "number":
                    low, high = int(fact.low or 0) + 1, int(fact.high or 100)
                    facts[name] = min(high, low + rng.choice((0, 1, 25, 45, 90)))
                case _:
                    pass
    return facts


@cache
def answers() -> tuple[Answer, ...]:
    """The answers of some hundred random patients, and of the named ones."""
    people = [patient(Random(seed)) for seed in range(COUNT)]
    people += [enriched(Random(seed), patient(Random(seed))) for seed in range(COUNT)]
    found = [
        myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY) for facts in people
    ]
    return (*found, *(answer_for(name) for name in NAMES))


@cache
def texts() -> tuple[tuple[Answer, str], ...]:
    """Each answer with its text at 80 columns."""
    return tuple((answer, text(answer, shipped())) for answer in answers())


def options(answer: Answer) -> list[OptionAnswer]:
    return [option for therapy in answer.therapies for option in therapy.options]


def first_screen(written: str) -> str:
    return written.partition(f"\n{BELOW}")[0]


def section(written: str, title: str) -> str:
    """The lines under a heading, up to the next empty line."""
    _, _, rest = written.partition(f"\n\n{title}\n{'-' * len(title)}\n")
    return rest.partition("\n\n")[0]


def test_no_line_is_wider_than_asked_for() -> None:
    for place, answer in enumerate(answers()):
        for width in (60, 61 + place % 59, 120):
            lines = text(answer, shipped(), width=width).splitlines()
            assert max(map(cells, lines)) <= width


def test_without_colour_there_is_no_code_and_with_it_the_same_words() -> None:
    for answer, plain in texts():
        assert all(one.isprintable() or one == "\n" for one in plain)
        coloured = text(answer, shipped(), colour=True)
        assert "\x1b[1m" in coloured
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_every_option_is_named_and_every_reason_is_given() -> None:
    for answer, written in texts():
        words = " ".join(written.split())
        for option in options(answer):
            assert option_title(shipped(), option) in words
            for reason in option.reasons:
                assert clean(reason.text) in words


def test_every_notice_question_and_reference_is_shown() -> None:
    for answer, written in texts():
        words = " ".join(written.split())
        for notice in answer.notices:
            assert clean(notice.text) in words
        for missing in answer.missing:
            assert clean(missing.question) in words
        for work in answer.references:
            assert work.pmid in words


def test_an_excluded_option_shows_no_amount() -> None:
    seen = 0
    for answer, written in texts():
        out = [one for one in options(answer) if one.verdict == "excluded"]
        seen += len(out)
        if out:
            words = " ".join(section(written, "Ruled out").split())
            for reason in (reason for one in out for reason in one.reasons):
                words = words.replace(clean(reason.text), "")  # what the content says stays its own
            assert not AMOUNT.search(words)
        open_drugs = {
            drug.drug for one in options(answer) if one.verdict != "excluded" for drug in one.drugs
        }
        for drug in (drug for one in out for drug in one.drugs if drug.drug not in open_drugs):
            title = shipped().drugs[drug.drug].title
            assert not re.search(rf"{title}[^.]*{AMOUNT.pattern}", first_screen(written))
            assert f"\n{title}:" not in section(written, "Doses: how they were worked out")
    assert seen > 50


def test_methotrexate_in_figures_is_always_weekly() -> None:
    seen = 0
    for place, answer in enumerate(answers()):
        for width in (60, 61 + place % 59):
            for line in text(answer, shipped(), width=width).splitlines():
                if re.search(r"7\.5( to( 25)?)?$|7\.5 to 25|\b25 mg/week", line):
                    seen += 1
                    assert "once WEEKLY" in line or "Once WEEKLY" in line
    assert seen > 50


def test_an_amount_stays_on_one_line() -> None:
    for answer in answers():
        for line in text(answer, shipped(), width=60).splitlines():
            assert not re.search(r"\d to$", line)
            assert not re.match(r" *(?:mg|g|kg)(?:/|\b)", line)


def test_the_first_screen_has_at_most_three_cautions_and_counts_the_rest() -> None:
    for answer, written in texts():
        lines = first_screen(written).splitlines()
        shown = [one for one in lines if re.match(r"!.? +(?:CRITICAL|WARNING):", one)]
        loud = [one for one in answer.notices if one.level != "info"]
        assert len(shown) == min(3, len(loud))
        more = [one for one in lines if "under More to watch" in one]
        assert len(more) == (len(loud) > 3)


def test_more_than_three_cautions_go_on_below() -> None:
    answer = answer_for("severe-third-line")
    grave = answer.notices[0]
    notices = tuple(msgspec.structs.replace(grave, text=f"Danger {n}.") for n in range(5))
    written = text(msgspec.structs.replace(answer, notices=notices), shipped())
    assert "2 more (2 critical) below, under More to watch." in first_screen(written)
    assert "Danger 4." in section(written, "More to watch")


def test_no_number_ends_in_an_idle_zero() -> None:
    for answer, written in texts():
        assert not re.search(r"\d\.0\b", written.replace(answer.guideline.version, ""))


def test_nothing_from_the_record_steers_the_terminal() -> None:
    answer = answer_for("from-a-record")
    bad = (Unread("Observation/\x1b[2J", "one\ntwo\r\x9b31m \u202e back \x00" + "x" * 300),)
    answer = msgspec.structs.replace(answer, unread=bad)
    written = text(answer, shipped(), width=60)
    assert all(one.isprintable() or one == "\n" for one in written)
    assert max(map(cells, written.splitlines())) <= 60
    shown = section(written, "Not read").replace("\n ", "")
    assert "Observation/?[2J: one two ?31m ? back ?xxx" in shown


def test_wide_signs_count_twice() -> None:
    lines = Paper(40).lines(("薬" * 50, ""), first="- ")
    assert [cells(line) for line in lines] == [40, 40, 26]


def test_a_verdict_is_a_word_and_not_only_a_colour() -> None:
    for answer, written in texts():
        first = " ".join(first_screen(written).split())
        for option in options(answer):
            title = option_title(shipped(), option)
            if option.verdict == "favoured":
                assert f"+ {title} – FAVOURED" in first
            if option.verdict == "caution":
                assert f"! {title} – CAUTION" in first


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("weight_kg", 62.25, "62.25 kg"),
        ("weight_kg", 70.0, "70 kg"),
        ("weight_kg", Decimal("69.989302691"), "69.989 kg"),
        ("age_years", 45, "45 years"),
        ("muscle_strength_mrc", "4+", "4+"),
        ("muscle_strength_mrc", 4, "4"),
        ("pregnant", False, "no"),
        ("pregnant", None, "not known"),
        ("subtype", "polymyositis", "Polymyositis"),
        ("autoantibodies", [], "none found"),
        ("autoantibodies", ["anti-jo-1", "anti-srp"], "anti-Jo-1, anti-SRP"),
        ("allergies", [], "none"),
        ("birth_date", "1980-06-15", "15 June 1980"),
        ("treatments[0]", "methotrexate: induction", "methotrexate: induction"),
        ("no_such_fact", "as it is", "as it is"),
    ],
)
def test_a_value_reads_as_it_is_said(fact: str, value: object, words: str) -> None:
    assert fact_value(shipped(), fact, value) == words


def test_a_source_says_where_a_value_came_from() -> None:
    answer = answer_for("from-a-record")
    told = {one.fact: source_words(shipped(), one.source) for one in answer.facts}
    assert told["weight_kg"] == "Observation/weight-1, 2 November 2024"
    assert told["age_years"].startswith("follows from: Date of birth")
    assert source_words(shipped(), answer_for("contradiction").facts[0].source) == "stated"


def test_a_weight_in_pounds_is_worked_with_exactly_and_shown_briefly() -> None:
    pounds = {"value": 154.3, "code": "[lb_av]", "system": "http://unitsofmeasure.org"}
    bundle = build.bundle(
        build.patient(birthDate="1980-05-05"),
        build.condition((build.ICD10CM, "M33.20")),
        build.loinc("29463-7", "w", valueQuantity=pounds),
        build.stated("course", "c", valueCodeableConcept=build.coded("initial")),
        build.stated("severe_dysphagia", "d", valueBoolean=True),
        build.stated("treatments", "t", valueCodeableConcept=build.coded("none")),
    )
    day = build.TODAY
    answer = myopathway.recommend(myopathway.Patient.from_fhir(bundle, today=day), today=day)
    written = text(answer, shipped())
    (ivig,) = [one for one in options(answer) if one.id == "ivig"]
    assert ivig.drugs[0].calculated[0].working == "2 g/kg × 69.989 kg = 139.979 g"
    assert ivig.drugs[0].calculated[0].low == 140
    assert "69.989 kg, polymyositis" in written
    assert "69.9893" not in written


def test_equal_ends_are_written_once() -> None:
    answer = answer_for("severe-with-lung-disease")
    found = [
        span(one.low, one.high)
        for option in options(answer)
        for drug in option.drugs
        for one in drug.calculated
    ]
    assert found[:4] == ["1000", "3000 to 5000", "35 to 70", "80"]


def test_answers_that_could_rule_an_option_out_are_counted_beside_it() -> None:
    """What the engine says is open is found by its words; this fails where they change."""
    counted = 0
    for answer, written in texts():
        first = " ".join(first_screen(written).split())
        for option in options(answer):
            questions = [one for one in option.reasons if "may exclude this option" in one.text]
            if questions and option.verdict != "excluded":
                counted += 1
                assert re.search(r"\d questions? open\)", first)
    assert counted > 50


def test_the_state_of_a_check_is_set_apart_from_what_it_says() -> None:
    facts = {"subtype": "dermatomyositis", "course": "initial", "severe_dysphagia": True,
             "treatments": [], "sex": "female", "pregnant": False}  # fmt: skip
    answer = myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY)
    written = text(answer, shipped())
    assert {one.state for drug in answer.before_start for one in drug.checks} == {
        "done", "due", "if it applies"
    }  # fmt: skip
    for state in ("done", "due", "if it applies"):
        assert f"[{state}] " in written
        assert not re.search(rf"\[{state}\]\S", written)
    # A pregnancy that was ruled out is not said to be unknown.
    assert "[done] Find out by a test" in written
    assert "is not known, and" not in written


def test_a_verdict_stands_with_the_reason_that_gave_it() -> None:
    for answer in answers():
        for view in (
            one for therapy in therapy_views(answer, shipped()) for one in therapy.options
        ):
            if view.answer.verdict != "offered":
                assert view.lead
                assert not any(one.text.startswith("Not known: ") for one in view.lead)
                assert not any(one.text.startswith("As we read it: ") for one in view.lead)

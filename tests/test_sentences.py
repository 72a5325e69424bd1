"""The sentences of the content: which are read, as what, and how the others are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from myopathway.criteria import (
    All,
    Any,
    Apart,
    AtLeast,
    Compare,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Named,
    Not,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)
from myopathway.facts import PURPOSES
from myopathway.guideline.doses import read_dose
from myopathway.guideline.load import shipped
from myopathway.guideline.model import Ceiling, Dose
from myopathway.guideline.sentences import EVENTS, Reader, Words
from myopathway.yamltext import YamlText

if TYPE_CHECKING:
    from myopathway.criteria import Criterion

GUIDELINE = shipped()
WORDS = Words(
    GUIDELINE.vocabulary.facts,
    GUIDELINE.terms,
    GUIDELINE.drug_classes,
    GUIDELINE.drugs,
    PURPOSES,
)
WEAK = Named("severe_weakness", GUIDELINE.terms["severe_weakness"].criterion)
ILD = Is("ild", value=True)
PREGNANT = Is("pregnant", value=True)
MALE = Is("sex", "male")


def read(value: object, *, of_option: bool = False) -> tuple[Criterion, list[str]]:
    """Read a criterion as it stands in a file; give it with what was said against it."""
    text = YamlText("when: here\n", "some.yaml")
    criterion = Reader(WORDS, text, of_option=of_option).criterion(("when",), value)
    assert all(fault.where == "some.yaml:1" for fault in text.faults)
    return criterion, [str(fault) for fault in text.faults]


READ: list[tuple[str, Criterion]] = [
    # booleans and choices
    ("ild is true", Is("ild", value=True)),
    ("ild is false", Is("ild", value=False)),
    ("ild is not true", Not(Is("ild", value=True))),
    ("ild is not false", Not(Is("ild", value=False))),
    ("course is initial", Is("course", "initial")),
    ("course is not initial", Not(Is("course", "initial"))),
    ("subtype is not inclusion-body-myositis", Not(Is("subtype", "inclusion-body-myositis"))),
    ("tuberculosis is none", Is("tuberculosis", "none")),
    # numbers and grades
    ("muscle_strength_mrc < 4", Compare("muscle_strength_mrc", "<", Decimal(4))),
    ("muscle_strength_mrc >= 4", Compare("muscle_strength_mrc", ">=", Decimal(4))),
    ("age_years <= 17.5", Compare("age_years", "<=", Decimal("17.5"))),
    ("weight_kg > 100", Compare("weight_kg", ">", Decimal(100))),
    ("egfr < 30", Compare("egfr", "<", Decimal(30))),
    # lists
    ("autoantibodies includes anti-jo-1", Includes("autoantibodies", "anti-jo-1")),
    ("autoantibodies is empty", Not(Includes("autoantibodies"))),
    ("autoantibodies is not empty", Not(Not(Includes("autoantibodies")))),
    ("other_drugs includes allopurinol", Includes("other_drugs", "allopurinol")),
    ("allergies is empty", Not(Includes("allergies"))),
    # two ways to state an age
    (
        "age_years and birth_date differ by more than 1 year",
        Apart("age_years", "birth_date", Decimal(1)),
    ),
    (
        "age_years and birth_date differ by more than 2 years",
        Apart("age_years", "birth_date", Decimal(2)),
    ),
    # the history
    (
        "at least 2 conventional-immunosuppressants failed",
        Ended(2, "conventional-immunosuppressants", "failed"),
    ),
    (
        "at least 1 third-line-agents had an inadequate response",
        Ended(1, "third-line-agents", "inadequate-response"),
    ),
    (
        "at least 1 second-line-agents was not tolerated",
        Ended(1, "second-line-agents", "intolerance"),
    ),
    (
        "at least 2 second-line-agents were not tolerated",
        Ended(2, "second-line-agents", "intolerance"),
    ),
    (
        "a maintenance regimen with at least 2 second-line-agents had an inadequate response",
        RegimenEnded("maintenance", 2, "second-line-agents", "inadequate-response"),
    ),
    (
        "an induction regimen with at least 1 third-line-agents failed",
        RegimenEnded("induction", 1, "third-line-agents", "failed"),
    ),
    ("a maintenance regimen held tacrolimus", Held("maintenance", "tacrolimus")),
    ("an induction regimen held ivig", Held("induction", "ivig")),
    ("a regimen without a stated purpose held tacrolimus", Held("unknown", "tacrolimus")),
    # terms
    ("severe_weakness is true", WEAK),
    ("severe_weakness is false", Not(WEAK)),
    ("severe_weakness is not true", Not(WEAK)),
    ("severe_weakness is not false", WEAK),
    # blanks and line breaks of a folded block do not count
    ("  ild   is\n  true ", Is("ild", value=True)),
]


@pytest.mark.parametrize(("sentence", "criterion"), READ, ids=[sentence for sentence, _ in READ])
def test_a_sentence_that_reads(sentence: str, criterion: Criterion) -> None:
    assert read(sentence) == (criterion, [])


@pytest.mark.parametrize(("sentence", "event"), EVENTS.items())
def test_a_sentence_about_the_option_reads_in_a_rule_alone(sentence: str, event: str) -> None:
    found, faults = read(sentence, of_option=True)
    assert isinstance(found, OptionEvent)
    assert (found.event, faults) == (event, [])
    [fault] = read(sentence)[1]
    assert fault.endswith("accepted: only a rule may speak of the option that is judged")


def test_what_is_taken_with_the_option_reads_in_a_rule_alone() -> None:
    assert read("taken with allopurinol", of_option=True) == (TakenWith("allopurinol"), [])
    assert read("taken with allopurinol")[1]


STRUCTURES: list[tuple[object, Criterion]] = [
    (["ild is true"], ILD),
    (["ild is true", "pregnant is true"], All((ILD, PREGNANT))),
    ({"all": ["ild is true"]}, All((ILD,))),
    ({"any": ["ild is true", "pregnant is true"]}, Any((ILD, PREGNANT))),
    ({"not": "ild is true"}, Not(ILD)),
    ({"not": ["ild is true", "pregnant is true"]}, Not(All((ILD, PREGNANT)))),
    ({"first_known": ["ild is true", "pregnant is true"]}, FirstKnown((ILD, PREGNANT))),
    (
        {"at_least": {"2": ["ild is true", "pregnant is true", "sex is male"]}},
        AtLeast(2, (ILD, PREGNANT, MALE)),
    ),
    ({"any": ["ild is true", {"not": "sex is male"}]}, Any((ILD, Not(MALE)))),
    (
        {"any": [["ild is true", "sex is male"], "pregnant is true"]},
        Any((All((ILD, MALE)), PREGNANT)),
    ),
]


@pytest.mark.parametrize(("value", "criterion"), STRUCTURES)
def test_a_structure_that_reads(value: object, criterion: Criterion) -> None:
    assert read(value) == (criterion, [])


REFUSED = [
    # words outside the vocabulary, with the word that was probably meant
    ("ils is true", "a fact or a term (did you mean 'ild'?)"),
    ("dysphagia is true", "(did you mean 'severe_dysphagia'?)"),
    ("severe_weaknes is true", "(did you mean 'severe_weakness'?)"),
    ("xyz is true", "a fact or a term"),
    ("course is remision", "one of initial, relapse, remission (did you mean 'remission'?)"),
    ("course is Remission", "(did you mean 'remission'?)"),
    ("course is unknown", "one of initial, relapse, remission"),
    ("ild is present", "one of false, true"),
    ("ild is yes", "one of false, true"),
    ("ild is unknown", "one of false, true"),
    ("severe_disease is probable", "one of false, true"),
    ("autoantibodies includes anti-jo1", "(did you mean 'anti-jo-1'?)"),
    ("at least 1 steroids failed", "one of conventional-immunosuppressants, corticosteroids"),
    ("at least 1 third-line-agent failed", "(did you mean 'third-line-agents'?)"),
    ("at least 1 third-line-agents failedd", "(did you mean 'failed'?)"),
    ("at least 1 third-line-agents ended", "one of: failed, had an inadequate response"),
    ("a rescue regimen with at least 1 third-line-agents failed", "one of induction, maintenance"),
    ("a maintainance regimen held tacrolimus", "(did you mean 'maintenance'?)"),
    ("a maintenance regimen held tacrolimuss", "(did you mean 'tacrolimus'?)"),
    ("a regimen of unknown purpose held tacrolimus", "a sentence such as: course is initial"),
    ("a drug of the option was not tolerate", "(did you mean 'a drug of the option was not"),
    # a fact of another type, with a sentence that fits it
    ("ild < 4", "ild is no number: ild is true"),
    ("course > 1", "course is no number: course is initial"),
    ("course includes initial", "course is no list: course is initial"),
    ("weight_kg is 70", "weight_kg is a number: weight_kg < 350"),
    ("muscle_strength_mrc is 4", "muscle_strength_mrc is a grade: muscle_strength_mrc < 5"),
    ("autoantibodies is anti-jo-1", "autoantibodies includes anti-jo-1"),
    ("allergies is penicillin", "allergies is not empty"),
    ("birth_date is 2000-01-01", "age_years and birth_date differ"),
    ("treatments is empty", "at least 1 second-line-agents failed"),
    ("autoantibodies > 1", "autoantibodies is no number"),
    ("sex and course differ by more than 1 year", "a number of years and a date"),
    ("birth_date and age_years differ by more than 1 year", "a number of years and a date"),
    # bounds and counts that make no sense
    ("muscle_strength_mrc < 6", "a bound from 0 to 5"),
    ("age_years > 200", "a bound from 0 to 120"),
    ("at least 0 third-line-agents failed", "at least 1"),
    ("a maintenance regimen with at least 0 third-line-agents failed", "at least 1"),
    # no sentence of the grammar at all
    ("", "a sentence such as: course is initial"),
    ("ild", "a sentence such as: course is initial"),
    ("ild is", "a sentence such as"),
    ("ild == true", "a sentence such as"),
    ("muscle_strength_mrc = 3", "muscle_strength_mrc < 4"),
    ("muscle_strength_mrc < -1", "a sentence such as"),
    ("muscle_strength_mrc <4", "a sentence such as"),
    ("muscle_strength_mrc < 4 kg", "a sentence such as"),
    ("ild is true and pregnant is true", "a sentence such as"),
    ("ild is true - pregnant is true", "a sentence such as"),
    ("not ild is true", "a sentence such as"),
    ("course is in remission", "a sentence such as"),
    ("ild is true or", "a sentence such as"),
    ("at least two third-line-agents failed", "a sentence such as"),
    ("__import__('os') is true", "a sentence such as"),
]


@pytest.mark.parametrize(("sentence", "hint"), REFUSED, ids=[sentence for sentence, _ in REFUSED])
def test_a_sentence_that_is_refused(sentence: str, hint: str) -> None:
    _, faults = read(sentence)
    assert len(faults) == 1
    assert "not understood" in faults[0]
    assert hint in faults[0].partition("; accepted: ")[2]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (None, "a sentence, a list, or one of all, any, not, at_least, first_known"),
        (True, "a sentence, a list"),
        (4, "a sentence, a list"),
        ([], "a sentence, a list"),
        ({}, "a sentence, a list"),
        ({"all": ["ild is true"], "any": ["ild is true"]}, "a sentence, a list"),
        ({"either": ["ild is true"]}, "all, any, not, first_known with a list"),
        ({"all": "ild is true"}, "all, any, not, first_known with a list"),
        ({"any": []}, "all, any, not, first_known with a list"),
        ({"at_least": ["ild is true"]}, "at_least: {2: [...]}"),
        ({"at_least": {"0": ["ild is true"]}}, "at_least: {2: [...]}"),
        ({"at_least": {"2": ["ild is true"]}}, "at_least: {2: [...]}"),
        ({"at_least": {"two": ["ild is true"]}}, "at_least: {2: [...]}"),
        ({"at_least": {"1": [], "2": []}}, "at_least: {2: [...]}"),
        ({"not": None}, "a sentence, a list"),
        ({"any": [None]}, "a sentence, a list"),
    ],
)
def test_a_structure_that_is_refused(value: object, hint: str) -> None:
    _, faults = read(value)
    assert len(faults) == 1
    assert hint in faults[0]


def test_a_fault_inside_a_structure_stands_at_its_own_line() -> None:
    text = YamlText("when:\n  any:\n    - ild is true\n    - not: ild is maybe\n", "some.yaml")
    Reader(WORDS, text).criterion(("when",), text.value["when"])
    assert [fault.where for fault in text.faults] == ["some.yaml:4"]


# ---- doses


def dose(sentence: str) -> tuple[Dose | None, list[str]]:
    text = YamlText("doses:\n  - here\n", "some.yaml")
    found = read_dose(text, ("doses", 0), sentence, GUIDELINE.drugs)
    assert all(fault.where == "some.yaml:2" for fault in text.faults)
    return found, [str(fault) for fault in text.faults]


D = Decimal
DOSES = [
    Dose("methylprednisolone", "daily", D(1000), D(1000), unit="mg", per="day",
         routes=("intravenous",), days=(3, 5), words="once every day",
         sentence="methylprednisolone daily 1000 mg/day intravenous for 3-5 days; once every day"),
    Dose("prednisolone", "initial", D("0.5"), D(1), unit="mg", per="day", per_kg=True,
         routes=("oral",), ceiling=Ceiling(D(80), "mg", "day", per_kg=False),
         sentence="prednisolone initial 0.5-1 mg/kg/day oral, at most 80 mg/day"),
    Dose("prednisolone", "maintenance", D(0), D(5), below=True, unit="mg", per="day",
         routes=("oral",), sentence="prednisolone maintenance below 5 mg/day oral"),
    Dose("methotrexate", "weekly", D("7.5"), D(25), unit="mg", per="week",
         routes=("oral", "subcutaneous", "intramuscular"),
         sentence="methotrexate weekly 7.5-25 mg/week oral or subcutaneous or intramuscular"),
    Dose("azathioprine", "initial", D(25), D(50), unit="mg", per="day", routes=("oral",),
         ceiling=Ceiling(D(2), "mg", "day", per_kg=True), words="raised step by step",
         sentence="azathioprine initial 25-50 mg/day oral, at most 2 mg/kg/day;"
         " raised step by step"),
    Dose("mycophenolate", "initial", D(500), D(1000), unit="mg", per="day", routes=("oral",),
         portions="1-2", ceiling=Ceiling(D(3000), "mg", "day", per_kg=False, portions="2"),
         sentence="mycophenolate initial 500-1000 mg/day oral in 1-2 doses,"
         " at most 3000 mg/day in 2 doses"),
    Dose("ivig", "per-cycle", D(2), D(2), unit="g", per="cycle", per_kg=True,
         routes=("intravenous",), days=(2, 5), split=True, every_weeks=4,
         sentence="ivig per-cycle 2 g/kg/cycle intravenous over 2-5 days, every 4 weeks"),
    Dose("rituximab", words="by specialist guidance",
         sentence="rituximab without dose; by specialist guidance"),
    Dose("prednisolone", routes=("oral",), words="continue the present dose",
         sentence="prednisolone without dose oral; continue the present dose"),
    Dose("methotrexate", routes=("oral", "subcutaneous"), words="once WEEKLY",
         sentence="methotrexate without dose oral or subcutaneous; once WEEKLY"),
]  # fmt: skip


@pytest.mark.parametrize("wanted", DOSES, ids=[one.sentence for one in DOSES])
def test_a_dose_that_reads(wanted: Dose) -> None:
    assert dose(wanted.sentence) == (wanted, [])


BAD_DOSES = [
    ("metotrexate weekly 7.5-25 mg/week", "unknown drug (did you mean 'methotrexate'?)"),
    ("prednisone daily 5 mg/day", "unknown drug (did you mean 'prednisolone'?)"),
    ("methotrexate wekly 7.5-25 mg/week", "unknown kind 'wekly' (did you mean 'weekly'?)"),
    ("methotrexate weekly 7.5-25 mg/day", "weekly per day"),
    ("methotrexate daily 7.5-25 mg/week", "daily per week"),
    ("ivig per-cycle 2 g/kg/day", "per-cycle per day"),
    ("prednisolone initial 1-0.5 mg/kg/day", "an upper end below the lower"),
    ("prednisolone initial 0 mg/day", "a dose of nothing"),
    ("prednisolone initial 0.5-1 mg/kg/day orally", "unknown route 'orally'"),
    ("prednisolone initial 0.5-1 mg/kg/day oral or oral", "the route 'oral' twice"),
    ("prednisolone initial 0.5-1 mg/kg/day oral or by mouth", "not a dose"),
    ("prednisolone initial 5-10 mg/day, at most 80 g/day", "a maximum in another unit"),
    ("prednisolone initial 5-10 mg/day, at most 80 mg/week", "a maximum in another unit"),
    ("prednisolone initial 5-100 mg/day, at most 80 mg/day", "a maximum below the dose"),
    ("prednisolone initial 0.5-1 mg/kg/day, at most 0.8 mg/kg/day", "a maximum below the dose"),
    ("methylprednisolone daily 1000 mg/day for 5-3 days", "ends before it begins"),
    ("methotrexate weekly 7.5-25 mg/week, every 2 weeks", "weekly every 2 weeks"),
    ("prednisolone daily 5 mg/day; then 10 mg", "a figure after the semicolon"),
    ("prednisolone without dose; 10 mg", "a figure after the semicolon"),
    ("prednisolone without dose", "not a dose"),
    ("prednisolone without dose;", "not a dose"),
    ("prednisolone daily 5mg/day", "not a dose"),
    ("prednisolone daily 5 ml/day", "not a dose"),
    ("prednisolone daily 5 mg", "not a dose"),
    ("prednisolone daily mg/day", "not a dose"),
    ("prednisolone daily 5,5 mg/day", "not a dose"),
    ("prednisolone daily 5 to 10 mg/day", "not a dose"),
    ("prednisolone daily -5 mg/day", "not a dose"),
    ("prednisolone daily 5 mg/m2/day", "not a dose"),
    ("prednisolone daily 5 mg/day at most 80 mg/day", "not a dose"),
    ("prednisolone daily 5 mg/day,at most 80 mg/day", "not a dose"),
    ("prednisolone 5 mg/day", "not a dose"),
    ("daily 5 mg/day", "not a dose"),
    ("", "not a dose"),
]


@pytest.mark.parametrize(("sentence", "found"), BAD_DOSES, ids=[one for one, _ in BAD_DOSES])
def test_a_dose_that_is_refused(sentence: str, found: str) -> None:
    read_as, faults = dose(sentence)
    assert read_as is None
    assert len(faults) == 1
    assert found in faults[0]
    assert "; accepted: " in faults[0]


def test_what_is_no_dose_is_shown_one() -> None:
    [fault] = dose("a tablet now and then")[1]
    assert "for example: prednisolone initial 0.5-1 mg/kg/day oral, at most 80 mg/day" in fault

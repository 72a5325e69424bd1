"""The next question: only what can matter, never twice, and as few as can be expected."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

from myopathway.ask import Asker, Interview, Question, document
from myopathway.ask.question import about
from myopathway.engine.outcome import Answer
from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import oracle, population

Facts = dict[str, Any]
Reply = Callable[[Question], object]
MOST = 60


@pytest.fixture(scope="module")
def asker() -> Asker:
    return Asker(shipped(), population.TODAY)


def begun(facts: Facts) -> Interview:
    return Interview(Patient.from_facts(facts))


def given(facts: Facts) -> Answer:
    return recommend_on(Patient.from_facts(facts), population.TODAY)


def truth_of(question: Question, whole: Facts) -> object:
    """What a person who knows everything says."""
    if question.regimen:
        index, key = question.regimen
        return whole["treatments"][index].get(key)
    return whole.get(question.fact)


def told_by(whole: Facts) -> Reply:
    def reply(question: Question) -> object:
        return truth_of(question, whole)

    return reply


def asked(
    asker: Asker, interview: Interview, reply: Reply, *, place_only: bool
) -> Iterator[tuple[Question, Interview]]:
    """Walk the questions, each with the interview before it; no reply is not knowing."""
    for _ in range(MOST):
        question = asker.question(interview, place_only=place_only)
        if question is None:
            return
        yield question, interview
        value = reply(question)
        if value is None:
            interview = interview.unknown(question.fact)
        else:
            interview = asker.learn(interview, question.fact, value)
    pytest.fail("the questions do not end")


def whole_patient(rng: Random) -> Facts:
    whole = population.complete_patient(rng)
    grade = oracle.worse_than_4(whole["muscle_strength_mrc"])
    whole["severe_muscle_weakness"] = grade
    return whole


def half_known(rng: Random, whole: Facts) -> Facts:
    share = rng.choice((0.2, 0.5, 0.9))
    return {
        name: value
        for name, value in whole.items()
        if name == "as_of" or (name != "muscle_strength_mrc" and rng.random() > share)
    }


def what_is_open(answer: Answer) -> tuple[Any, ...]:
    """All of an answer that a question may change."""
    return (
        answer.status,
        answer.possible,
        [
            (
                option.id,
                option.verdict,
                [(one.dose, one.calculated) for one in option.drugs],
            )
            for part in answer.therapies
            for option in part.options
        ],
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_place_is_settled_by_questions_that_each_can_change_it(asker: Asker, seed: int) -> None:
    """Of each question: two answers of the second reading lead to different sets of nodes."""
    rng = Random(seed)
    counted = 0
    for _ in range(40):
        whole = whole_patient(rng)
        interview = begun(half_known(rng, whole))
        for question, before in asked(asker, interview, told_by(whole), place_only=True):
            facts = document(before.patient.record)
            assert question.fact.partition("[")[0] not in facts or question.regimen
            decides = oracle.answer(facts, population.TODAY)["decides"]
            assert question.fact in decides, (question.fact, json.dumps(facts))
            counted += 1
            interview = asker.learn(before, question.fact, truth_of(question, whole))
        assert asker.answer(interview).status != "needs-information"
        assert what_is_open(asker.answer(interview))[1] == given(whole).possible
    assert counted > 40


def values(question: Question) -> list[object]:
    match question.kind:
        case "boolean":
            return [True, False]
        case "choice":
            return list(question.values)
        case "list" if question.fact == "allergies":
            return [[], *([one] for one in shipped().drugs)]
        case "list" if question.fact == "other_drugs":
            rules = shipped().safety.rules
            drugs = {getattr(part, "drug", "") for rule in rules for part in _parts(rule.when)}
            return [[], *([one] for one in sorted(drugs) if one)]
        case "list":
            return [[], *([one] for one in question.values)]
        case "text" if question.fact == "birth_date":
            return ["2020-01-01", "1970-01-01"]
        case "number" if question.fact == "weight_kg":
            return [70, 120]
        case "number":
            return [0.3, 0.9, 1.4, 5, 17, 25, 45, 75, 95, 120]
        case _:
            return []


def _parts(criterion: Any) -> list[Any]:
    parts = getattr(criterion, "parts", None) or [getattr(criterion, "part", None)]
    inner = [one for part in parts if part is not None for one in _parts(part)]
    return [criterion, *inner]


def can_matter(asker: Asker, before: Interview, question: Question) -> bool:
    """Whether two answers differ, whatever one other open question is answered."""
    others = [None]
    answer = asker.answer(before)
    found = [one.fact for one in answer.missing if one.fact != question.fact]
    for other in [*others, *found]:
        for value in [None] if other is None else _two(other):
            seen = set()
            for own in values(question):
                try:
                    now = before if other is None else asker.learn(before, other, value)
                    after = asker.learn(now, question.fact, own)
                except InputError:
                    continue
                seen.add(json.dumps(what_is_open(asker.answer(after)), default=str))
            if len(seen) > 1:
                return True
    return False


def _two(fact: str) -> list[object]:
    if fact.endswith("].outcome"):
        return ["inadequate-response", "completed"]
    if fact.endswith("].purpose"):
        return ["induction", "maintenance"]
    entry = shipped().vocabulary.facts[fact]
    match entry.type:
        case "boolean":
            return [True, False]
        case "choice":
            return list(entry.values)
        case "number":
            return [20, 60]
        case _:
            return [[]]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_asked_about_options_that_cannot_matter(asker: Asker, seed: int) -> None:
    rng = Random(100 + seed)
    counted = 0
    for _ in range(6):
        whole = whole_patient(rng)
        known = half_known(rng, whole)
        for question, before in asked(asker, begun(known), told_by(whole), place_only=False):
            if asker.answer(before).status == "recommended":
                facts = json.dumps(document(before.patient.record))
                assert can_matter(asker, before, question), (question.fact, facts)
                counted += 1
    assert counted > 20


def test_what_nobody_knows_is_not_asked_again_and_the_questions_end(asker: Asker) -> None:
    rng = Random(7)
    for _ in range(15):
        whole = whole_patient(rng)
        seen: list[str] = []
        knows = told_by(whole)

        def sometimes(one: Question, knows: Reply = knows) -> object:
            return knows(one) if rng.random() < 0.5 else None

        begin = begun(half_known(rng, whole))
        for question, _ in asked(asker, begin, sometimes, place_only=False):
            seen.append(question.fact)
        assert len(seen) == len(set(seen)), seen


def test_who_cannot_judge_weakness_is_asked_for_the_grade(asker: Asker) -> None:
    facts: Facts = {
        "subtype": "polymyositis",
        "course": "initial",
        "treatments": [],
        **dict.fromkeys(population.LIFE_THREATENING, False),
    }
    interview = begun(facts)
    first = asker.question(interview, place_only=True)
    assert first is not None
    assert first.fact == "severe_muscle_weakness"
    interview = interview.unknown(first.fact)
    second = asker.question(interview, place_only=True)
    assert second is not None
    assert second.fact == "muscle_strength_mrc"
    settled = asker.learn(interview, second.fact, "4-")
    assert asker.question(settled, place_only=True) is None
    assert asker.answer(settled).node == "severe.1"
    assert asker.question(interview.unknown(second.fact), place_only=True) is None


def test_who_does_not_know_the_age_is_asked_for_the_date_of_birth(asker: Asker) -> None:
    facts: Facts = {"subtype": "polymyositis", "course": "remission", "treatments": []}
    names = [
        question.fact
        for question, _ in asked(asker, begun(facts), lambda _: None, place_only=False)
    ]
    assert names.index("birth_date") == names.index("age_years") + 1


def test_of_questions_that_are_worth_the_same_the_easiest_is_asked(asker: Asker) -> None:
    """Four signs of severe disease separate alike; one of them takes a test."""
    facts: Facts = {
        "subtype": "polymyositis",
        "course": "initial",
        "treatments": [],
        "severe_muscle_weakness": False,
    }
    names = [
        question.fact
        for question, _ in asked(asker, begun(facts), lambda _: False, place_only=True)
    ]
    dictionary = shipped().vocabulary.facts
    eases = [dictionary[name].ease for name in names]
    assert len(names) == 4
    assert eases == sorted(eases)
    assert eases[0] < eases[-1]


def test_a_patient_outside_the_guideline_and_a_contradiction_are_asked_nothing(
    asker: Asker,
) -> None:
    for facts in ({"subtype": "not-iim"}, {"sex": "male", "pregnant": True}):
        assert asker.question(begun(facts)) is None


def test_a_document_says_what_the_record_says() -> None:
    rng = Random(9)
    for _ in range(100):
        record = Patient.from_facts(population.patient(rng)).record
        again = Patient.from_facts(json.loads(json.dumps(document(record)))).record
        assert again == record


def test_an_impossible_answer_is_refused(asker: Asker) -> None:
    interview = begun({"treatments": [{"drugs": ["methotrexate"]}]})
    for fact, value in (
        ("weight_kg", 900),
        ("course", "soon"),
        ("treatments[0].outcome", "good"),
        ("treatments[0].purpose", "fun"),
    ):
        with pytest.raises(InputError):
            asker.learn(interview, fact, value)
    learnt = asker.learn(interview, "treatments[0].outcome", "intolerance")
    assert document(learnt.patient.record) == {
        "treatments": [{"drugs": ["methotrexate"], "outcome": "intolerance"}]
    }


SIGNS = population.LIFE_THREATENING


def fewest(facts: Facts, left: tuple[str, ...]) -> float:
    """The fewest questions to expect, by trying every order of questions on every answer.

    A sign is taken to be absent twice as often as present, as the interview takes it.
    """
    if len(given(facts).possible) < 2 or not left:
        return 0.0
    return min(
        1
        + sum(
            share * fewest({**facts, name: value}, tuple(one for one in left if one != name))
            for value, share in ((True, 1 / 3), (False, 2 / 3))
        )
        for name in left
    )


def taken(asker: Asker, interview: Interview) -> float:
    question = asker.question(interview, place_only=True)
    if question is None:
        return 0.0
    return 1 + sum(
        share * taken(asker, asker.learn(interview, question.fact, value))
        for value, share in ((True, 1 / 3), (False, 2 / 3))
    )


@pytest.mark.parametrize("course", ["initial", "relapse"])
def test_no_order_of_questions_needs_fewer(asker: Asker, course: str) -> None:
    facts: Facts = {"subtype": "polymyositis", "course": course}
    for treatments, known in product(([], [{"drugs": ["ivig"]}]), ({}, {SIGNS[0]: False})):
        whole = {**facts, **known, "treatments": treatments}
        left = tuple(one for one in (*SIGNS, "severe_muscle_weakness") if one not in known)
        assert taken(asker, begun(whole)) == pytest.approx(fewest(whole, left))


def test_the_day_counts_for_who_states_a_date_of_birth() -> None:
    asker = Asker(shipped(), dt.date(2026, 1, 1))
    interview = begun({"birth_date": "1980-01-01", "as_of": "2026-02-01"})
    assert asker.question(interview) is not None


def test_another_way_to_say_the_same_is_taken_in_the_same_place(asker: Asker) -> None:
    facts: Facts = {"subtype": "polymyositis", "course": "initial", "treatments": []}
    interview = begun({**facts, **dict.fromkeys(population.LIFE_THREATENING, False)})
    question = asker.question(interview)
    assert question is not None
    assert question.fact == "severe_muscle_weakness"
    for typed, learnt in (
        ("no", {"severe_muscle_weakness": False}),
        ("4+", {"muscle_strength_mrc": "4+"}),
        ("4", {"muscle_strength_mrc": "4"}),
    ):
        known = document(asker.told(interview, question, typed).patient.record)
        assert {
            name: known[name] for name in known if name not in interview.patient.record.facts
        } == learnt
    with pytest.raises(InputError, match="yes, no"):
        asker.told(interview, question, "9")


def test_words_may_be_shortened_while_they_are_clear() -> None:
    course = about(shipped().vocabulary.facts["course"])
    assert course.read(" REL ") == "relapse"
    assert course.read("2") == "remission"
    antibodies = about(shipped().vocabulary.facts["autoantibodies"])
    assert antibodies.read("anti-j, anti-mi-2") == ["anti-jo-1", "anti-mi-2"]
    assert antibodies.read("none") == []
    for question, typed in ((course, "re"), (course, "4"), (course, ""), (antibodies, "anti")):
        with pytest.raises(InputError):
            question.read(typed)
    assert about(shipped().vocabulary.facts["weight_kg"]).read("70,5") == 70.5


def test_a_question_does_not_lead_because_an_answer_would_contradict(asker: Asker) -> None:
    """In remission a sign of severe disease contradicts; what several options wait for leads."""
    facts: Facts = {"subtype": "polymyositis", "course": "remission", "treatments": []}
    question = asker.question(begun(facts))
    assert question is not None
    assert question.fact not in population.LIFE_THREATENING
    assert len(question.decides) > 3

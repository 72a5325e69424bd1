"""
Every check before the first dose, every message of the whole patient, every re-check, by itself.

What they are to do stands in `tests/safety_checks_table.py`; each is asked alone, then among all.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from myopathway.engine.answer import Engine
from myopathway.engine.outcome import Answer, CheckAnswer, NoticeAnswer
from myopathway.guideline.drugsafety import Check as ShippedCheck
from myopathway.guideline.drugsafety import SafetyNotice
from tests.safety_checks_table import ADVICE, CHECKS, NOTICES, Check, Notice
from tests.safety_conditions import Examples, Stated, examples, truth
from tests.safety_patients import (
    GUIDELINE,
    NODES,
    WHERE,
    ask,
    engine_with,
    options,
    patient,
    same,
    sources_alone,
    whole,
)

Facts = dict[str, Any]
SAFETY = GUIDELINE.safety
UNVERIFIED = "(Not yet verified.)"
each_check = pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.id)
each_notice = pytest.mark.parametrize("one", NOTICES, ids=lambda one: one.id)
# What an answer is to hold whether or not there are checks and messages.
UNTOUCHED = ("status", "node", "possible", "therapies", "trace", "missing")


def test_everything_has_its_line() -> None:
    assert Counter((x.drug, x.row, x.confidence) for x in CHECKS) == Counter(
        (x.drug, x.row, x.confidence) for x in SAFETY.checks
    )
    assert Counter((x.row, x.level, x.confidence, x.climbing) for x in NOTICES) == Counter(
        (x.row, x.level, x.confidence, x.climbing) for x in SAFETY.notices
    )
    for one in CHECKS:
        assert shipped_check(one).confidence == one.confidence, one.id
    for entry in NOTICES:
        assert (shipped_notice(entry).level, shipped_notice(entry).confidence) == (
            entry.level,
            entry.confidence,
        ), entry.id


def shipped_check(one: Check) -> ShippedCheck:
    own = [x for x in SAFETY.checks if (x.drug, x.row) == (one.drug, one.row)]
    return own[one.place - 1]


def shipped_notice(one: Notice) -> SafetyNotice:
    return [x for x in SAFETY.notices if x.row == one.row][one.place - 1]


@cache
def check_alone(one: Check) -> Engine:
    return engine_with(checks=(shipped_check(one),))


@cache
def notice_alone(one: Notice) -> Engine:
    return engine_with(notices=(shipped_notice(one),))


# ------------------------------------------------------------------------------------------------
# Checks before the first dose

ANY = Examples([{}], [], [])


def cases_of(one: Check) -> Iterator[Facts]:
    """Every way in which a check can be wanted, beside every way in which it can be answered."""
    when = examples(one.when)
    done = ANY if one.done is None else examples(one.done)
    for wanted in (*when.yes, *when.no, *when.open):
        for answered in (*done.yes, *done.no, *done.open):
            yield {**answered, **wanted}


def state(one: Check, facts: Facts) -> str:
    wanted = truth(one.when, facts)
    if wanted is False:
        return "not asked"
    if one.done is not None and truth(one.done, facts) is True:
        return "done"
    return "due" if wanted is True else "if it applies"


def found(one: Check, answer: Answer) -> list[CheckAnswer]:
    text = shipped_check(one).says
    return [
        check
        for drug in answer.before_start
        if drug.drug == one.drug
        for check in drug.checks
        if check.basis == one.row and check.text.startswith(text)
    ]


@each_check
def test_a_check_is_due_done_or_not_asked(one: Check) -> None:
    states: Counter[str] = Counter()
    for case in cases_of(one):
        for node in WHERE[one.drug]:
            facts = patient(node, case)
            for engine in (check_alone(one), whole()):
                answer = ask(engine, facts)
                if answer.node != node:
                    continue
                gone = {x.verdict for x in options(answer, one.drug)} == {"excluded"}
                wanted = "not asked" if gone else state(one, facts)
                states[wanted] += 1
                shown = found(one, answer)
                assert [x.state for x in shown] == ([] if wanted == "not asked" else [wanted])
                for x in shown:
                    assert x.text.endswith(UNVERIFIED) == (one.confidence == "K")
            assert same(ask(check_alone(one), facts), ask(sources_alone(), facts), UNTOUCHED)
    assert states["due"] or states["if it applies"]
    if one.done is not None:
        assert states["done"]
    if examples(one.when).no:
        assert states["not asked"]
        assert states["if it applies"]


@each_check
def test_no_check_is_asked_for_a_drug_that_is_excluded(one: Check) -> None:
    for node in WHERE[one.drug]:
        facts = patient(node, {"allergies": [one.drug]})
        assert {x.verdict for x in options(ask(check_alone(one), facts), one.drug)} == {"excluded"}
        assert found(one, ask(check_alone(one), facts)) == []
        assert found(one, ask(whole(), facts)) == []


@each_check
def test_no_check_is_asked_while_the_place_is_not_known(one: Check) -> None:
    for node in WHERE[one.drug]:
        answer = ask(check_alone(one), patient(node, {"course": None}))
        assert answer.status == "needs-information"
        assert answer.before_start == ()


def test_a_part_of_the_record_does_not_answer_a_check() -> None:
    """One hepatitis B test of the two, tuberculosis without hepatitis B: not done."""
    for one in CHECKS:
        parts = getattr(one.done, "parts", ())
        for part in parts:
            assert isinstance(part, Stated)
            facts = patient(WHERE[one.drug][0], {part.fact: None})
            assert [x.state for x in found(one, ask(whole(), facts))] == ["due"], one.id


# ------------------------------------------------------------------------------------------------
# Messages and re-checks

SILENT = ("not-covered", "conflict")


def said(one: Notice, answer: Answer) -> list[NoticeAnswer]:
    text = shipped_notice(one).says
    return [x for x in answer.notices if x.basis == one.row and x.text.startswith(text)]


@each_notice
def test_a_message_is_said_when_it_is_meant_to_be(one: Notice) -> None:
    kinds = examples(one.when)
    told: Counter[bool] = Counter()
    for wanted, cases in ((True, kinds.yes), (False, kinds.no), (False, kinds.open)):
        for case in cases:
            for node in NODES:
                facts = patient(node, case)
                if "course" in case:
                    facts["severe_muscle_weakness"] = False
                for engine in (notice_alone(one), whole()):
                    answer = ask(engine, facts)
                    if answer.status in SILENT:
                        assert not said(one, answer)
                        continue
                    line = answer.line or 0
                    expected = truth(one.when, facts) is True and (not one.climbing or line > 1)
                    if not one.climbing:
                        assert expected is wanted, case
                    told[expected] += 1
                    shown = said(one, answer)
                    assert len(shown) == expected, (case, node)
                    for x in shown:
                        assert x.level == one.level
                        assert x.text.endswith(UNVERIFIED) == (one.confidence == "K")
                before = ask(sources_alone(), facts)
                assert same(ask(notice_alone(one), facts), before, UNTOUCHED)
    assert told[True]
    assert told[False] or not kinds.no, "only the not-covered are spared"


@pytest.mark.parametrize("one", [x for x in NOTICES if x.climbing], ids=lambda one: one.id)
def test_a_re_check_waits_for_a_line_to_be_climbed(one: Notice) -> None:
    """Said from the second line on, not in the first, not while the line is not known."""
    for node in NODES:
        answer = ask(notice_alone(one), patient(node))
        assert len(said(one, answer)) == (not node.endswith(".1"))
    unknown = ask(notice_alone(one), patient("severe.2", {"treatments": None}))
    assert unknown.possible == ("severe.1", "severe.2", "severe.3")
    assert not said(one, unknown)


# ------------------------------------------------------------------------------------------------
# Advice


@pytest.mark.parametrize("drug", sorted(ADVICE))
def test_advice_goes_with_its_drug(drug: str) -> None:
    wanted = [(row, how) for row, parts in ADVICE[drug].items() for how in parts]
    for node in WHERE[drug]:
        plain = {x.id: x for x in options(ask(sources_alone(), patient(node)), drug)}
        for option in options(ask(whole(), patient(node)), drug):
            place = option.id.split("+").index(drug)
            own = option.drugs[place].advice
            theirs = plain[option.id].drugs[place].advice
            assert own[: len(theirs)] == theirs
            ours = own[len(theirs) :]
            assert [x.basis for x in ours] == [row for row, _ in wanted]
            for advice, (_, confidence) in zip(ours, wanted, strict=True):
                assert advice.text.endswith(UNVERIFIED) == (confidence == "K")


def test_no_drug_without_its_advice() -> None:
    assert {x.drug for x in SAFETY.advice} == set(ADVICE)
    assert set(WHERE) == set(ADVICE) == {x.drug for x in SAFETY.rules}

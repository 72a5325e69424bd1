"""
Every drug-safety rule by itself: it fires, it is refused, it is not known.

What a rule is to do stands in `tests/safety_rules_table.py`.  Each is asked alone, in an engine
that knows no other, so that a broken rule cannot hide behind one that says the same; and then
among all the others.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from myopathway.criteria import Criterion, evaluate
from myopathway.engine.answer import Engine
from myopathway.engine.outcome import Answer, NoticeAnswer, OptionAnswer, Reason
from myopathway.engine.situation import Situation
from myopathway.engine.view import OptionView
from myopathway.guideline.drugsafety import SafetyRule
from myopathway.patient import Patient
from tests.oracle import STRICTNESS
from tests.safety_conditions import Taken, examples, spellings, truth, unsettled
from tests.safety_patients import (
    DAY,
    GUIDELINE,
    WHERE,
    ask,
    engine_with,
    options,
    patient,
    sources_alone,
    whole,
)
from tests.safety_rules_table import BLOCK, HOLD, NOT_PREGNANT, RULES, VACCINE, WARN, Rule

Facts = dict[str, Any]
VERDICTS = {BLOCK: "excluded", HOLD: "caution"}
NAMES = {None: "unknown", True: "true", False: "false"}
each = pytest.mark.parametrize("one", RULES, ids=lambda one: one.id)
asked = pytest.mark.parametrize(
    "one", [one for one in RULES if one.effect in VERDICTS and one.unless], ids=lambda one: one.id
)


def shipped_rule(one: Rule) -> SafetyRule:
    own = [x for x in GUIDELINE.safety.rules if (x.drug, x.row) == (one.drug, one.row)]
    assert len(own) >= one.place, f"no such rule in the content: {one.id}"
    return own[one.place - 1]


@cache
def alone(one: Rule) -> Engine:
    return engine_with(rules=(shipped_rule(one),))


def test_every_rule_has_its_line() -> None:
    written = Counter((one.drug, one.row, one.effect, one.confidence) for one in RULES)
    assert written == Counter(
        (one.drug, one.row, one.effect, one.confidence) for one in GUIDELINE.safety.rules
    )
    for one in RULES:
        rule = shipped_rule(one)
        assert (rule.effect, rule.confidence) == (one.effect, one.confidence), one.id


def holds(one: Rule, node: str, facts: Mapping[str, Any], drugs: list[str]) -> bool | None:
    if one.groups and node.split(".", 1)[0] not in one.groups:
        return False
    return truth(one.when, facts, drugs)


def spoken(one: Rule, option: OptionAnswer) -> list[Reason]:
    return [x for x in option.reasons if x.basis == one.row and not x.text.startswith("Not known")]


def questions(one: Rule, option: OptionAnswer) -> list[Reason]:
    return [x for x in option.reasons if x.text.startswith("Not known: ") and one.row in x.text]


def vaccine_notices(one: Rule, answer: Answer) -> list[NoticeAnswer]:
    drug = GUIDELINE.drugs[one.drug].title.lower()
    return [x for x in answer.notices if f"{drug} ({one.row})" in x.text]


def wanted(answer: Answer, option: OptionAnswer) -> set[str]:
    """The facts that are asked for because of an option, or of the place itself."""
    return {x.fact for x in answer.missing if {option.id, answer.node} & set(x.decides)}


def places(one: Rule, case: Facts) -> Iterator[tuple[str, Facts, Answer, Answer]]:
    """Every node of the drug that the case does not move: its facts, the sources' answer, ours."""
    for node in WHERE[one.drug]:
        facts = patient(node, case)
        before = ask(sources_alone(), facts)
        after = ask(alone(one), facts)
        assert (after.node, after.status, after.possible) == (
            before.node,
            before.status,
            before.possible,
        )
        if before.node == node:
            yield node, facts, before, after


def check(one: Rule, case: Facts, kind: bool | None) -> int:
    """Hold the rule alone against one case; give how often it could be seen."""
    met = 0
    for node, facts, before, after in places(one, case):
        sources = {option.id: option for option in options(before)}
        for option in options(after):
            drugs = option.id.split("+")
            plain = sources[option.id]
            if one.drug not in drugs:
                assert (option.verdict, option.reasons) == (plain.verdict, plain.reasons)
                continue
            assert plain.verdict in ("offered", "favoured"), (node, option.id)
            truly = holds(one, node, facts, drugs)
            if truly is kind:
                met += 1
            else:
                # What only the other drug of a pair, or another group of patients, can change.
                assert len(drugs) > 1 or one.groups, (node, case)
            check_option(one, option, plain, truly)
            if truly is None and one.effect in VERDICTS:
                assert set(unsettled(one.when, facts, drugs)) <= wanted(after, option)
            notices = vaccine_notices(one, after)
            assert len(notices) == (one.effect == VACCINE and truly is True)
            assert all(x.level == "critical" for x in notices)
    return met


def check_option(
    one: Rule,
    option: OptionAnswer,
    plain: OptionAnswer,
    truly: bool | None,
) -> None:
    """Hold one option's verdict and reasons against what the rule is to do."""
    fires = truly is True
    where = (one.id, option.id, NAMES[truly])
    assert option.verdict == (VERDICTS.get(one.effect, plain.verdict) if fires else plain.verdict)
    assert len(spoken(one, option)) == (fires and one.effect != VACCINE), where
    for reason in spoken(one, option):
        assert reason.text.endswith("(Not yet verified.)") == (one.confidence == "K"), where
    assert len(questions(one, option)) == (truly is None and one.effect == BLOCK), where
    if fires and one.effect == BLOCK:
        assert option.reasons[0].basis == one.row, where
        assert all(drug.calculated == () for drug in option.drugs), where
        assert all(drug.dose.startswith("No dose") for drug in option.drugs), where
    else:
        assert [x.calculated for x in option.drugs] == [x.calculated for x in plain.drugs]


@each
def test_fires(one: Rule) -> None:
    cases = examples(one.when).yes
    assert cases
    for case in cases:
        met = check(one, case, kind=True)
        assert met or one.order_only, f"never seen to fire: {case}"
        assert evaluated(one, case) == "true", case


SPELT = [(one, case) for one in RULES for case in spellings(one.when)]


@pytest.mark.parametrize(("one", "case"), SPELT, ids=[f"{one.id} {case}" for one, case in SPELT])
def test_a_name_counts_however_it_is_written(one: Rule, case: Facts) -> None:
    assert check(one, case, kind=True)


@each
def test_is_refused(one: Rule) -> None:
    cases = examples(one.when).no
    met = check(one, {}, kind=False)
    for case in cases:
        met += check(one, case, kind=False)
        assert evaluated(one, case) == "false", case
    assert met, "never seen to be refused"


@each
def test_is_unknown(one: Rule) -> None:
    cases = examples(one.when).open
    for case in cases:
        met = check(one, case, kind=None)
        # While the subtype is not known, inclusion body myositis is possible: no options yet.
        assert met or "subtype" in case, f"never seen to be unknown: {case}"
        assert evaluated(one, case) == "unknown", case
    assert truth_of(one, {}) == "unknown"


def evaluated(one: Rule, case: Facts) -> str:
    """The truth of the content's own condition at the first node that it speaks of."""
    node = next(x for x in WHERE[one.drug] if not one.groups or x.split(".")[0] in one.groups)
    return truth_of(one, patient(node, case))


def truth_of(one: Rule, facts: Facts) -> str:
    """The truth of the content's own condition, seen from the drug by itself."""
    return value_of(shipped_rule(one).when, one, facts)


def value_of(criterion: Criterion, one: Rule, facts: Facts) -> str:
    record = Patient.from_facts(facts).record
    situation = Situation(GUIDELINE, whole().positions.cuts.lines, record, DAY)
    return evaluate(criterion, OptionView(situation, (one.drug,), "")).value


@each
def test_the_excuse_for_not_asking_is_the_right_one(one: Rule) -> None:
    """In words of the content too, also where the rule only says something and never asks."""
    excuse = shipped_rule(one).ask_unless
    assert (excuse is None) == (one.unless is None)
    if excuse is None or one.unless is None:
        return
    for sex in ("male", "female", "other", None):
        for can in (True, False, None):
            facts = {"sex": sex, "can_become_pregnant": can}
            assert NAMES[truth(one.unless, facts)] == value_of(excuse, one, facts), facts


@asked
def test_a_pointless_question_is_not_asked(one: Rule) -> None:
    """No man is asked about pregnancy; whose sex is not known, is."""
    pointless: list[Facts] = [{"sex": "male"}, {"sex": "male", "can_become_pregnant": None}]
    if one.unless == NOT_PREGNANT:
        pointless += [{"can_become_pregnant": False}, {"sex": None, "can_become_pregnant": False}]
    open_cases = [case for case in examples(one.when).open if "sex" not in case]
    for case in open_cases:
        for excuse in pointless:
            for _, _, before, after in places(one, {**case, **excuse}):
                for option in options(after, one.drug):
                    assert not questions(one, option)
                    assert not set(case) & wanted(after, option)
                assert verdicts(after) == verdicts(before)
        for reason in ({"sex": None, "can_become_pregnant": None}, {"sex": "other"}):
            met = 0
            for _, facts, _, after in places(one, {**case, **reason}):
                for option in options(after, one.drug):
                    met += 1
                    assert set(unsettled(one.when, facts)) <= wanted(after, option)
                    assert len(questions(one, option)) == (one.effect == BLOCK)
            assert met


def verdicts(answer: Answer) -> list[tuple[str, str]]:
    return [(option.id, option.verdict) for option in options(answer)]


@each
def test_among_all_the_others(one: Rule) -> None:
    """What a rule does alone it does in the shipped layer too."""
    found = examples(one.when)
    for case in (*found.yes, *found.no, *found.open):
        for node in WHERE[one.drug]:
            facts = patient(node, case)
            answer = ask(whole(), facts)
            if answer.node == node:
                for option in options(answer, one.drug):
                    among(one, option, holds(one, node, facts, option.id.split("+")))


def among(one: Rule, option: OptionAnswer, truly: bool | None) -> None:
    siblings = [x for x in RULES if x.row == one.row and x is not one]
    if truly is True and one.effect in VERDICTS:
        assert STRICTNESS[option.verdict] >= STRICTNESS[VERDICTS[one.effect]]
        assert spoken(one, option)
    if truly is True and one.effect == WARN and option.verdict != "excluded":
        assert spoken(one, option)
    if truly is False and not siblings:
        assert not spoken(one, option)
        assert not questions(one, option)
    if truly is None and one.effect == BLOCK and option.verdict != "excluded":
        assert questions(one, option)


def test_a_drug_of_the_option_itself_counts_as_taken_beside_it() -> None:
    """The pairs of the second line of maintenance bring their own interactions."""
    bases = {
        option.id: {x.basis for x in option.reasons}
        for option in options(ask(whole(), patient("remission.2")))
    }
    assert {"MTX-16"} <= bases["ciclosporin+methotrexate"]
    assert {"AZA-08", "MMF-07"} <= bases["azathioprine+mycophenolate"]
    assert not {"MTX-16", "AZA-08", "MMF-07", "MMF-08"} & bases["methotrexate+mycophenolate"]


def test_a_drug_that_was_taken_and_is_no_more_is_no_company() -> None:
    for rule in RULES:
        if isinstance(rule.when, Taken):
            for name in rule.when.names:
                if name in GUIDELINE.drugs:
                    before = {"drugs": [name], "purpose": "induction", "outcome": "completed"}
                    facts = patient("remission.1", {"treatments": [before]})
                    assert truth_of(rule, facts) == "false"

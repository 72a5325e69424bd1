"""The vignettes: each holds, together they reach everything, and a faulty one is refused."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from myopathway.cases import Case, Expected, answer_of, failures, in_figures, load_cases
from myopathway.criteria import leaves
from myopathway.engine.outcome import Answer, OptionAnswer
from myopathway.errors import ContentError
from myopathway.facts import Known, Record, Source
from myopathway.guideline.load import CONTENT, shipped
from myopathway.guideline.model import Node, Option, Rule
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.statements import report, shown, summary
from tests import oracle, sources_alone

GUIDELINE = shipped()
DAY = date.fromisoformat(GUIDELINE.edition.date)
CASES = load_cases(CONTENT / "cases")
NODES = [node.id for node in GUIDELINE.nodes]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}:{case.name}")
def test_case(case: Case) -> None:
    assert failures(case, GUIDELINE) == ()


# ---- What is expected was not copied from the engine: the oracle expects it too


def ends(fact: str) -> bool:
    """Whether a question is how a regimen ended: it is always asked, the oracle asks less."""
    return fact.endswith("].outcome")


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def figures(option: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for drug in option["drugs"]:
        for one in drug["calculated"]:
            low, high = f"{one['low']:g}", f"{one['high']:g}"
            span = low if low == high else f"{low}-{high}"
            held = " held" if one["capped"] else ""
            yield f"{drug['drug']} {one['kind']}", f"{span} {one['unit']}{held}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}:{case.name}")
def test_the_oracle_expects_it_too(case: Case) -> None:
    given, expect = plain(case.given), case.expect
    found = oracle.answer(given, DAY)
    assert expect.status in ("", found["status"])
    assert expect.node in ("", found["node"])
    assert expect.possible in (None, tuple(found["possible"]))
    options = {one["id"]: one for part in found["therapies"] for one in part["options"]}
    stricter_by_safety = {
        option.id
        for part in answer_of(case, GUIDELINE).therapies
        for option in part.options
        if option.id in options and option.verdict != options[option.id]["verdict"]
    }
    for name, verdict in expect.options.items():
        if name not in stricter_by_safety:
            assert verdict == (options[name]["verdict"] if name in options else "absent"), name
        else:
            assert oracle.STRICTNESS[verdict] > oracle.STRICTNESS[options[name]["verdict"]]
    dosed = dict(pair for one in options.values() for pair in figures(one))
    for key, figure in expect.doses.items():
        if " " in key:
            assert dosed.get(key, "none") == figure
        else:
            assert not [one for one in dosed if one.startswith(f"{key} ")]
    asked = found["decides"] | found["verdict_unknown"]
    assert not asked & set(expect.not_missing)
    wanted = {one for one in (*expect.missing, expect.first_missing) if not ends(one)}
    assert wanted <= {*asked, "weight_kg", "age_years", ""}
    named = {basis: key for (basis, _), key in sources_alone.NOTICES.items()}
    told = {key for _, key in found["notices"]}
    for basis in set(expect.notices) & set(named):
        assert {key for (one, _), key in sources_alone.NOTICES.items() if one == basis} & told
    assert not {named[one] for one in expect.not_notices if one in named} & told


# ---- Together they reach everything


@cache
def answers() -> dict[str, Answer]:
    return {case.id: answer_of(case, GUIDELINE) for case in CASES}


@cache
def alone() -> dict[str, Answer]:
    return {case.id: sources_alone.answer(case.given, DAY) for case in CASES}


@pytest.mark.parametrize("node", NODES)
def test_every_node_is_reached_refused_and_left_unknown(node: str) -> None:
    found = answers().values()
    assert any(one.node == node for one in found)
    assert any(one.status == "recommended" and one.node != node for one in found)
    assert any(one.status == "needs-information" and node in one.possible for one in found)
    assert any(one.status == "needs-information" and node not in one.possible for one in found)


def every_option() -> Iterator[tuple[Node, Option]]:
    for node in GUIDELINE.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                yield node, option


def found_options(given: dict[str, Answer], node: Node, option: Option) -> list[OptionAnswer]:
    return [
        found
        for answer in given.values()
        if answer.node == node.id
        for therapy in answer.therapies
        for found in therapy.options
        if found.id == option.id
    ]


@pytest.mark.parametrize(
    ("node", "option"),
    [pytest.param(*pair, id=f"{pair[0].id}:{pair[1].id}") for pair in every_option()],
)
def test_every_option_is_offered_excluded_and_in_doubt(node: Node, option: Option) -> None:
    verdicts = {one.verdict for one in found_options(alone(), node, option)}
    assert verdicts & {"offered", "favoured"}
    assert "excluded" in verdicts
    asked = any(
        option.id in one.decides
        for answer in alone().values()
        if answer.node == node.id
        for one in answer.missing
    )
    assert "caution" in verdicts or asked


def test_every_verdict_of_a_case_is_exactly_that_of_its_vignettes() -> None:
    """An option counts as reached only where some vignette says what it expects of it."""
    said = {
        (case.expect.node, option, verdict)
        for case in CASES
        for option, verdict in case.expect.options.items()
    }
    for node, option in every_option():
        own = {verdict for where, name, verdict in said if (where, name) == (node.id, option.id)}
        assert own & {"offered", "favoured", "caution"}, (node.id, option.id)
        assert "excluded" in own, (node.id, option.id)


def by_template(says: str) -> re.Pattern[str]:
    """Match a text of the content with its slots filled in."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(says.strip())), re.DOTALL)


def fires(rule: Rule, found: list[OptionAnswer]) -> bool:
    template = by_template(rule.says)
    return any(
        reason.basis == rule.cites[0] and template.fullmatch(reason.text)
        for one in found
        for reason in one.reasons
    )


@pytest.mark.parametrize("rule", [pytest.param(one, id=one.id) for one in GUIDELINE.rules])
def test_every_rule_fires(rule: Rule) -> None:
    assert any(fires(rule, found_options(alone(), *pair)) for pair in every_option())


@pytest.mark.parametrize(
    ("node", "option", "rule"),
    [
        pytest.param(node, option, rule, id=f"{node.id}:{option.id}:{place}")
        for node, option in every_option()
        for place, rule in enumerate(option.rules)
    ],
)
def test_every_rule_of_an_option_fires(node: Node, option: Option, rule: Rule) -> None:
    assert fires(rule, found_options(alone(), node, option))


def test_every_criterion_of_the_trace_is_met_known_and_unknown() -> None:
    met: dict[str, set[str]] = defaultdict(set)
    for answer in answers().values():
        if answer.status != "conflict":  # contradictions show what holds, and nothing else
            for step in answer.trace:
                met[step.criterion].add(step.value)
    # The grade is asked for by the question of severe weakness, so that it is never shown open.
    grade = GUIDELINE.vocabulary.facts["muscle_strength_mrc"].says
    assert {name for name, values in met.items() if "unknown" not in values} == {
        f"{grade}: below 4"
    }
    # Only places that are possible are shown, so these three are never shown to be false.
    assert {name for name, values in met.items() if not {"true", "false"} <= values} == {
        GUIDELINE.terms["covered"].says,
        GUIDELINE.terms["active_disease"].says,
        "Course of the disease: Remission achieved and held",
    }


FROM_RECORDS = {one.id for one in GUIDELINE.notices if one.occasion == "history-from-record"}


@pytest.mark.parametrize(
    "notice", [one for one in GUIDELINE.notices if one.id not in FROM_RECORDS], ids=lambda n: n.id
)
def test_every_notice_is_given_and_withheld(notice: Any) -> None:
    template = by_template(notice.says)
    given = {
        name
        for name, answer in answers().items()
        for one in answer.notices
        if (one.level, one.basis) == (notice.level, notice.cites[0])
        and template.fullmatch(one.text)
    }
    assert given
    assert set(answers()) - given


@pytest.mark.parametrize("conflict", GUIDELINE.conflicts, ids=lambda conflict: conflict.id)
def test_every_contradiction_is_told(conflict: Any) -> None:
    told = [one.text for answer in answers().values() for one in answer.notices]
    assert conflict.says in told


@pytest.mark.parametrize("implied", GUIDELINE.implications, ids=lambda implied: implied.id)
def test_every_implication_holds_both_ways_and_is_contradicted(implied: Any) -> None:
    derived = {
        (fact.fact, fact.value)
        for answer in answers().values()
        for fact in answer.facts
        if fact.source.kind == "derived" and fact.source.detail == implied.says
    }
    assert derived == {(implied.then, True), (implied.given, False)}
    told = [one.text for answer in answers().values() for one in answer.notices]
    assert any(text.startswith(implied.says) for text in told)


def from_a_record() -> Answer:
    """What no facts document can say: entries of a record, and how old a weight is."""
    weight = GUIDELINE.vocabulary.read({"weight_kg": 70}).facts["weight_kg"].value
    adjusted = Known(weight, Source("fhir", "Observation/2", "2024-05-01"))
    old = Known(weight, Source("fhir", "Observation/1", "2024-05-01"))
    stated = GUIDELINE.vocabulary.read(
        {"age_years": 50, "subtype": "polymyositis", "course": "remission", "treatments": []}
    )
    pregnant = Known(value=False, source=Source("fhir", "Observation/3", "2024-05-01"))
    record = Record(
        {**stated.facts, "weight_kg": old, "ivig_dose_weight_kg": adjusted, "pregnant": pregnant}
    )
    return recommend_on(Patient(record, (), ("history-from-record",)), DAY)


def test_what_only_a_record_can_say_is_told() -> None:
    told = [one.text for one in from_a_record().notices]
    for notice in GUIDELINE.notices:
        if notice.id in FROM_RECORDS:
            assert notice.says in told
    for one in GUIDELINE.old_measurements:
        assert any(by_template(one.says).fullmatch(text) for text in told)


@cache
def everything_shown() -> frozenset[str]:
    return frozenset().union(*map(shown, answers().values()), shown(from_a_record()))


@pytest.mark.parametrize("name", GUIDELINE.interpretations)
def test_every_interpretation_is_shown_where_it_changed_an_answer(name: str) -> None:
    assert name in everything_shown()


def test_every_statement_is_carried_and_exercised() -> None:
    entries = report(GUIDELINE, CASES)
    counts = summary(entries)
    assert (counts["total"], counts["carried"]) == (111, 111)
    assert counts["not_encoded"] == []
    assert {one["id"] for one in entries if not one["exercised_by"]} == set()


def test_every_case_stands_in_the_file_of_its_node() -> None:
    assert {case.file for case in CASES} == {
        *(f"{name.replace('.', '-')}.yaml" for name in NODES),
        "boundaries.yaml",
    }
    for case in CASES:
        names = [case.expect.node, *(case.expect.possible or ())]
        assert case.file == "boundaries.yaml" or case.file in [
            f"{name.replace('.', '-')}.yaml" for name in names
        ]


def test_every_case_reads_as_one() -> None:
    for case in CASES:
        assert case.name.isascii(), case.name
        assert len(case.name) <= 120, case.name
        assert case.why.endswith("."), case.name
        assert "\n" not in case.name + case.why


def test_every_fact_that_the_pathway_reads_stands_in_a_case() -> None:
    criteria = [one for node in GUIDELINE.nodes for one in node.when]
    criteria += [rule.when for _, option in every_option() for rule in option.rules]
    criteria += [one.when for one in GUIDELINE.rules]
    criteria += [one.when for one in GUIDELINE.notices]
    criteria += [one.when for one in GUIDELINE.conflicts]
    read = {getattr(leaf, "fact", "treatments") for one in criteria for leaf in leaves(one)}
    assert read <= {name for case in CASES for name in case.given}


# ---- A vignette that says something else is told so, in words

MYOCARDITIS = {
    "age_years": 50,
    "weight_kg": 70,
    "subtype": "polymyositis",
    "course": "initial",
    "myocarditis": True,
    "treatments": [],
}


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"status": "conflict"}, "the status is recommended; conflict was expected"),
        ({"node": "severe.2"}, "the place is severe.1; severe.2 was expected"),
        (
            {"possible": ("severe.1", "ibm")},
            "possible are severe.1; severe.1, ibm were expected",
        ),
        ({"possible": ()}, "possible are severe.1; none were expected"),
        ({"options": {"ivig": "excluded"}}, "ivig is offered; excluded was expected"),
        ({"options": {"ivig": "absent"}}, "ivig is offered; absent was expected"),
        ({"options": {"rituximab": "offered"}}, "rituximab is absent; offered was expected"),
        ({"reasons": {"rituximab": ("AMB-40",)}}, "no reason for rituximab rests on AMB-40"),
        ({"reasons": {"ivig": ("AMB-40",)}}, "no reason for ivig rests on AMB-40"),
        (
            {"doses": {"prednisolone initial": "40-80 mg/day"}},
            "prednisolone initial is 35-70 mg/day; 40-80 mg/day was expected",
        ),
        ({"doses": {"prednisolone initial": "35-70 mg/day held"}}, "prednisolone initial is 35-70"),
        ({"doses": {"ivig": "none"}}, "ivig is 140 g, 28-70 g/day; none was expected"),
        ({"doses": {"prednisolone maintenance": "0-5 mg/day"}}, "maintenance is none; 0-5 mg/day"),
        ({"doses": {"rituximab": "none"}}, "rituximab is no option, so that it has no dose"),
        ({"first_missing": "weight_kg"}, "; weight_kg was expected"),
        ({"missing": ("weight_kg",)}, "weight_kg is not asked for"),
        ({"not_missing": ("ild",)}, "ild is asked for"),
        ({"notices": ("AMB-40",)}, "no notice rests on AMB-40"),
        ({"not_notices": ("topic.formulary-caveat",)}, "a notice rests on topic.formulary-caveat"),
        ({"shows": ("AMB-40",)}, "no criterion rests on AMB-40"),
    ],
)
def test_each_difference_is_told(expect: dict[str, Any], told: str) -> None:
    case = Case("Myocarditis", "Why.", MYOCARDITIS, Expected(**expect), "x.yaml", 1)
    (found,) = failures(case, GUIDELINE)
    assert told in found


def test_a_place_that_is_open_is_told_with_all_that_is_possible() -> None:
    expect = Expected(node="severe.1")
    case = Case("Myocarditis", "Why.", {"myocarditis": True}, expect, "x.yaml", 1)
    (found,) = failures(case, GUIDELINE)
    assert found == "the place is severe.1, severe.2, severe.3, ibm; severe.1 was expected"
    nowhere = Case("No myositis", "Why.", {"subtype": "not-iim"}, expect, "x.yaml", 1)
    assert failures(nowhere, GUIDELINE) == ("the place is nowhere; severe.1 was expected",)


def test_figures_are_written_as_vignettes_write_them() -> None:
    doses = {
        in_figures(one)
        for therapy in answers()[CASES[-1].id].therapies
        for option in therapy.options
        for drug in option.drugs
        for one in drug.calculated
    }
    assert all(re.fullmatch(r"[\d.]+(-[\d.]+)? (mg|g)(/day|/week)?( held)?", one) for one in doses)


# ---- Reading is strict

GOOD = """\
- name: Somebody
  why: Because.
  given:
    subtype: inclusion-body-myositis
  expect:
    node: ibm
"""


def write(folder: Path, text: str) -> Path:
    cases = folder / "cases"
    cases.mkdir(exist_ok=True)
    (cases / "some.yaml").write_text(text, encoding="utf-8")
    return cases


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (case,) = load_cases(write(tmp_path, GOOD))
    assert (case.name, case.file, case.line) == ("Somebody", "some.yaml", 1)
    assert case.id == "some.yaml: Somebody"
    assert failures(case, GUIDELINE) == ()


def test_cases_speak_of_the_guideline_that_they_lie_in() -> None:
    assert load_cases(CONTENT / "cases", GUIDELINE) == CASES


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  why: Because.\n", "", "some.yaml:1: the key 'why' is missing"),
        ("  why:", "  whi:", "some.yaml:2: no such key 'whi'"),
        ("    node: ibm", "    node: imb", "some.yaml:6: 'imb' resolves to nothing"),
        ("    node: ibm", "    nodes: ibm", "some.yaml:6: no such key 'nodes'"),
        ("    node: ibm", "    status: fine", "some.yaml:6: status: found 'fine'"),
        ("    node: ibm", "    possible: [ibm, remission]", "some.yaml:6: 'remission' resolves"),
        ("    node: ibm", "    possible: ibm", "some.yaml:6: possible: found 'ibm'"),
        ("    node: ibm", "    options: {ivig: ofered}", "some.yaml:6: 'ofered' resolves to"),
        (
            "    node: ibm",
            "    node: ibm\n    options:\n      ivig: offered",
            "some.yaml:8: found 'ivig'",
        ),
        ("    node: ibm", "    options: {ivg: absent}", "some.yaml:6: found 'ivg'"),
        ("    node: ibm", "    node: ibm\n    status: conflict", "some.yaml:6: keys in another"),
        ("    node: ibm", "    reasons: [V-IVIG]", "some.yaml:6: found ['V-IVIG']"),
        (
            "    node: ibm",
            "    node: severe.1\n    reasons: {ivig: V-IVIG}",
            "some.yaml:7: found 'V-IVIG'; accepted: a list of ids",
        ),
        (
            "    node: ibm",
            "    node: severe.1\n    reasons: {ivig: [V-IVG, [x]]}",
            "some.yaml:7: found 'V-IVG' (did you mean 'V-IVIG'?)",
        ),
        ("    node: ibm", "    doses: {ivg: none}", "some.yaml:6: found 'ivg'"),
        ("    node: ibm", "    doses: {ivig percycle: 1 g}", "some.yaml:6: found 'percycle'"),
        ("    node: ibm", "    doses: {ivig per-cycle: 140}", "some.yaml:6: found 140"),
        ("    node: ibm", "    doses: {ivig per-cycle: 140 kg}", "some.yaml:6: found '140 kg'"),
        ("    node: ibm", "    doses: {ivig: 140 g}", "some.yaml:6: found '140 g'"),
        ("    node: ibm", "    missing: [wieght_kg]", "some.yaml:6: found 'wieght_kg' (did you"),
        ("    node: ibm", "    first_missing: nothing", "some.yaml:6: found 'nothing'"),
        (
            "    node: ibm",
            "    missing: ['treatments[0].outcome']",
            "some.yaml:6: found 'treatments[0].outcome'",
        ),
        ("    node: ibm", "    notices: [AMB-99]", "some.yaml:6: 'AMB-99' resolves to nothing"),
        ("    node: ibm", "    {}", "some.yaml:5: nothing is expected"),
        ("    subtype:", "    subtyp:", "some.yaml:4: subtyp: no such fact (did you mean"),
        ("inclusion-body-myositis", "inclusion", "some.yaml:4: subtype: found 'inclusion'"),
        (
            "    subtype: inclusion-body-myositis",
            "    treatments:\n      - drugs: [aspirin]",
            "some.yaml:5: treatments[0].drugs[0]: found 'aspirin'",
        ),
        (
            "    subtype: inclusion-body-myositis",
            "    - none",
            "some.yaml:3: patient: found a list",
        ),
        (
            "    subtype: inclusion-body-myositis",
            "    birth_date: '1980-01-01'",
            "some.yaml:3: a date of birth without as_of",
        ),
        ("    subtype: inclusion-body-myositis", "    ild: no", "some.yaml:4: ild: found 'no'"),
        ("  why: Because.", "  why: Because\n   of this.", "some.yaml:2: plain text over several"),
        ("  why: Because.", "  why: Because.\n  why: Twice.", "some.yaml:3: the key 'why' stands"),
        (GOOD, GOOD + GOOD, "some.yaml:7: a second 'Somebody'"),
        (GOOD, "name: Somebody\n", "some.yaml:1: found {'name': 'Somebody'}"),
        (GOOD, "[]\n", "some.yaml:1: found []"),
        (GOOD, "- nobody\n", "some.yaml:1: found 'nobody'"),
        (GOOD, "- [", "some.yaml:"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(ContentError) as caught:
        load_cases(write(tmp_path, GOOD.replace(old, new, 1)))
    assert any(str(one).startswith(fault) for one in caught.value.faults), str(caught.value)


def test_the_faults_of_all_files_come_together(tmp_path: Path) -> None:
    cases = write(tmp_path, GOOD.replace("ibm", "imb"))
    (cases / "other.yaml").write_bytes(b"\xff")
    (cases / "third.yaml").write_text(GOOD.replace("why", "whi"), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_cases(cases)
    files = {one.where.partition(":")[0] for one in caught.value.faults}
    assert files == {"some.yaml", "other.yaml", "third.yaml"}


def test_a_folder_without_vignettes_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no vignettes here"):
        load_cases(tmp_path)

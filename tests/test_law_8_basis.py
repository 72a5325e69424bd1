"""Law 8: every option carries a reason with its basis, and every basis resolves."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest

from myopathway.cases import answer_of, known_bases, load_cases
from myopathway.engine.outcome import Answer
from myopathway.guideline.load import CONTENT, shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.statements import shown
from tests import population

GUIDELINE = shipped()
KNOWN = known_bases(GUIDELINE)


def everywhere(value: Any) -> Iterator[Any]:
    """Every basis and every list of statements, wherever it stands in an answer."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "basis":
                yield member
            elif name == "statements":
                yield from member
            else:
                yield from everywhere(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from everywhere(member)


def check(answer: Answer) -> None:
    plain = msgspec.to_builtins(answer)
    ids = list(everywhere(plain))
    assert ids or answer.status == "needs-information"
    assert not [one for one in ids if one not in KNOWN]
    assert set(ids) == set(shown(answer)), "an id that `statements` does not count"
    for therapy in answer.therapies:
        assert therapy.text
        assert therapy.statements
        for option in therapy.options:
            assert option.reasons
            for reason in option.reasons:
                assert reason.text.strip()
                assert "{" not in reason.text
                assert reason.basis in KNOWN
            for drug in option.drugs:
                assert drug.basis in KNOWN
                assert drug.dose
    for step in answer.trace:
        assert step.criterion
        assert step.basis in KNOWN
    for notice in answer.notices:
        assert notice.text.strip()
        assert "{" not in notice.text


def cited(answer: Answer) -> set[int]:
    """The works that the shown statements cite."""
    statements = GUIDELINE.statements
    return {
        number for one in shown(answer) if one in statements for number in statements[one].cites
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_basis_of_random_patients_resolves(seed: int) -> None:
    rng = Random(seed)
    for make in (population.patient, population.complete_patient):
        for _ in range(120):
            answer = recommend_on(Patient.from_facts(make(rng)), population.TODAY)
            check(answer)
            assert {one.number for one in answer.references} >= cited(answer)


def test_no_work_is_listed_that_nothing_shown_cites() -> None:
    rng = Random(1)
    for _ in range(120):
        answer = recommend_on(Patient.from_facts(population.patient(rng)), population.TODAY)
        assert {one.number for one in answer.references} == cited(answer)


def test_every_basis_of_the_vignettes_resolves() -> None:
    for case in load_cases(CONTENT / "cases"):
        check(answer_of(case, GUIDELINE))


def test_an_excluded_option_says_what_excludes_it() -> None:
    """Its first reason is not the plain one that every option carries."""
    rng = Random(9)
    seen = 0
    plain = {option.id: option.says for node in GUIDELINE.nodes for part in node.therapies
             for option in part.options}  # fmt: skip
    for _ in range(200):
        answer = recommend_on(Patient.from_facts(population.patient(rng)), population.TODAY)
        for therapy in answer.therapies:
            for option in therapy.options:
                if option.verdict in ("excluded", "caution", "favoured"):
                    seen += 1
                    assert option.reasons[0].text not in plain.values()
    assert seen > 100


def test_every_id_of_the_content_is_a_statement_or_an_interpretation() -> None:
    both = set(GUIDELINE.statements) & set(GUIDELINE.interpretations)
    assert not both
    assert {*GUIDELINE.statements, *GUIDELINE.interpretations} <= KNOWN

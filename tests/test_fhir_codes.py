"""Codes: every one of the content is well-formed, and each says what its row says."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from myopathway.fhir.codebook import code_book
from myopathway.guideline.load import shipped
from tests.data.fhir.build import FACTS, ICD10, ICD10CM, LOINC, SNOMED, concept

GUIDELINE = shipped()
_TURNS = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258"
PERMUTATIONS = [[int(digit) for digit in row] for row in _TURNS.split()]


def dihedral(a: int, b: int) -> int:
    """Compose two of the ten symmetries of a pentagon."""
    turned = (a % 5 + b % 5) % 5 if a < 5 else (a % 5 - b % 5) % 5
    return turned + (5 if (a < 5) != (b < 5) else 0)


def verhoeff(code: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = dihedral(check, PERMUTATIONS[place % 8][int(digit)])
    return check == 0


def mod_10(code: str) -> bool:
    number, _, check = code.partition("-")
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number))]
    return (10 - sum(one // 10 + one % 10 for one in doubled) % 10) % 10 == int(check)


def codes(system: str) -> Iterator[str]:
    for fact in GUIDELINE.vocabulary.facts.values():
        for coding in (*fact.conditions, *fact.observations):
            yield from getattr(coding, system, ())
    for drug in GUIDELINE.drugs.values():
        yield from getattr(drug, system, ())


def test_the_check_algorithms_tell_right_from_wrong() -> None:
    assert verhoeff("396230008")
    assert not verhoeff("396230018")
    assert not verhoeff("396320008")
    assert mod_10("29463-7")
    assert not mod_10("13952-0")
    assert not mod_10("35548-5")


@pytest.mark.parametrize("code", sorted(set(codes("snomed"))))
def test_snomed_codes_pass_their_check_digit(code: str) -> None:
    assert verhoeff(code)


@pytest.mark.parametrize("code", sorted(set(codes("loinc"))))
def test_loinc_codes_pass_their_check_digit(code: str) -> None:
    assert mod_10(code)


@pytest.mark.parametrize(
    ("system", "form"),
    [("icd10", r"[A-Z]\d\d(\.\d)?(-[A-Z]\d[\dA-Z])?"),
     ("icd10cm", r"[A-Z]\d[\dA-Z](\.[\dA-Z]{1,4})?(-[A-Z]\d[\dA-Z])?"),
     ("atc", r"[A-Z]\d\d[A-Z]{2}\d\d"), ("rxnorm", r"\d+")],
)  # fmt: skip
def test_other_codes_have_their_form(system: str, form: str) -> None:
    found = sorted(set(codes(system)))
    assert found
    assert [code for code in found if not re.fullmatch(form, code)] == []


def said(system: str, code: str) -> dict[str, str]:
    """Give for each fact of a Condition's code the row, with a mark where it is doubtful."""
    found = {}
    for meaning in code_book(GUIDELINE).conditions.read(concept((system, code))):
        assert meaning.fact is not None
        assert meaning.coding is not None
        assert meaning.detail.endswith(code.strip())
        doubt = "?" if meaning.coding.doubt else ""
        found[meaning.fact.name] = (meaning.coding.value or "true") + doubt
    return found


@pytest.mark.parametrize(
    ("system", "code", "facts"),
    [
        (ICD10CM, "M33.13", {"subtype": "amyopathic-dermatomyositis"}),
        (ICD10CM, "M3313", {"subtype": "amyopathic-dermatomyositis"}),
        (ICD10CM, " m33.13 ", {"subtype": "amyopathic-dermatomyositis"}),
        (ICD10CM, "M33.12", {"subtype": "dermatomyositis"}),
        (ICD10CM, "M33.1", {"subtype": "dermatomyositis"}),
        (ICD10, "M33.13", {"subtype": "dermatomyositis"}),
        (ICD10CM, "M33.11", {"subtype": "dermatomyositis", "ild": "true?"}),
        (ICD10CM, "G72.41", {"subtype": "inclusion-body-myositis"}),
        (ICD10CM, "G72.49", {"subtype": "unspecified-iim"}),
        (ICD10CM, "G72.4", {"subtype": "true?"}),
        (ICD10, "G72.4", {"subtype": "true?"}),
        (ICD10, "G72.41", {"subtype": "true?"}),
        (ICD10CM, "M36.0", {"subtype": "unspecified-iim", "malignancy": "true"}),
        (ICD10, "C97", {"malignancy": "true"}),
        (ICD10CM, "C97", {}),
        (ICD10CM, "C50.911", {"malignancy": "true"}),
        (ICD10, "D00", {}),
        (ICD10CM, "O9A.1", {"pregnant": "true"}),
        (ICD10CM, "Z33.1", {"pregnant": "true"}),
        (ICD10CM, "Z33.2", {}),
        (ICD10, "A15.0", {"infection": "true?", "tuberculosis": "active"}),
        (ICD10, "B16.9", {"infection": "true?", "hbsag": "true?"}),
        (ICD10, "M33", {}),
        (ICD10, "M3", {}),
        (ICD10, "", {}),
        (ICD10, "M33.1; drop", {}),
        (ICD10CM, "J84.10", {"ild": "true"}),
        (ICD10CM, "J84.1", {"ild": "true"}),
        (ICD10CM, "J84.17", {"ild": "true"}),
        (ICD10CM, "J84.2", {}),
        (ICD10CM, "I80.1", {"thrombosis_history": "true"}),
        (ICD10CM, "I82.501", {"thrombosis_history": "true"}),
        (ICD10, "J84.17", {"ild": "true"}),
        (SNOMED, "233703007", {"ild": "true"}),
        (SNOMED, "2337030079", {}),
        (SNOMED, "23370300", {}),
        (LOINC, "233703007", {}),
        ("http://hl7.org/fhir/sid/icd-9-cm", "M33.13", {}),
    ],
)
def test_the_longest_prefix_of_a_fact_counts(system: str, code: str, facts: dict[str, str]) -> None:
    assert said(system, code) == facts


def test_every_code_of_the_content_is_found() -> None:
    book = code_book(GUIDELINE)
    for fact in GUIDELINE.vocabulary.facts.values():
        for coding in fact.conditions:
            for system, found in ((SNOMED, coding.snomed), (ICD10, coding.icd10),
                                  (ICD10CM, coding.icd10cm)):  # fmt: skip
                for code in found:
                    meanings = book.conditions.read(concept((system, code.split("-")[0])))
                    assert fact.name in {one.fact.name for one in meanings if one.fact}
        for coding in fact.observations:
            for code in coding.loinc:
                meanings = book.observations.read(concept((LOINC, code)))
                assert coding in [one.coding for one in meanings]


@pytest.mark.parametrize(
    "broken",
    [None, 3, "x", [], {}, {"coding": "x"}, {"coding": {}}, {"coding": [None, 3, "x", [], {}]},
     {"coding": [{"system": SNOMED}]}, {"coding": [{"code": "233703007"}]},
     {"coding": [{"system": SNOMED, "code": 233703007}]},
     {"coding": [{"system": [SNOMED], "code": {"x": 1}}]}],
)  # fmt: skip
def test_what_is_no_code_says_nothing(broken: object) -> None:
    assert code_book(GUIDELINE).conditions.read(broken) == ()


def test_several_codings_all_count() -> None:
    both = concept((SNOMED, "233703007"), (ICD10, "I40"), ("http://local", "x"))
    facts = [one.fact.name for one in code_book(GUIDELINE).conditions.read(both) if one.fact]
    assert facts == ["ild", "myocarditis"]


def test_our_own_codes_are_read_in_observations_only() -> None:
    book = code_book(GUIDELINE)
    (right,) = book.observations.read(concept((FACTS, "weight_kg")))
    assert right.fact is GUIDELINE.vocabulary.facts["weight_kg"]
    (wrong,) = book.observations.read(concept((FACTS, "wieght_kg")))
    assert wrong.detail == "'wieght_kg' names no fact (did you mean 'weight_kg'?)"
    (misplaced,) = book.conditions.read(concept((FACTS, "ild")))
    assert misplaced.detail == "a fact is stated by an Observation"


def test_the_index_is_built_once_for_a_guideline_and_never_goes_stale() -> None:
    assert code_book(GUIDELINE) is code_book(GUIDELINE)
    other = msgspec.structs.replace(GUIDELINE, drugs={})
    assert code_book(other).guideline is other
    assert code_book(GUIDELINE).guideline is GUIDELINE
    for number in range(10):
        code_book(msgspec.structs.replace(GUIDELINE, content_hash=str(number)))


@pytest.mark.as_written
def test_what_was_looked_up_is_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myopathway.fhir.codes._MOST_KEPT", 3)
    codings = code_book(msgspec.structs.replace(GUIDELINE, content_hash="x")).conditions
    for number in range(10):
        assert codings.read(concept((SNOMED, str(number)))) == ()
    assert len(codings.seen) <= 3

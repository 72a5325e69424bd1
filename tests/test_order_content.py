"""The content of the order check: what a limit may say, and every fault named with its line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from myopathway.errors import ContentError
from myopathway.facts import PURPOSES
from myopathway.guideline.build import build
from myopathway.guideline.load import CONTENT, content_files, content_hash, shipped
from myopathway.guideline.orders import MESSAGES, order_limits
from myopathway.guideline.orders import ORDERS as ORDERS_SHAPE
from myopathway.guideline.sentences import Reader, Words
from myopathway.yamltext import YamlText

if TYPE_CHECKING:
    from myopathway.guideline.orderlimits import OrderLimit, OrderLimits

FILES = content_files(CONTENT)
ORDERS = "orders.yaml"
FIRST = "methotrexate only once weekly"


def read(content: str) -> tuple[OrderLimits | None, list[str]]:
    """The file alone, read as the loader reads it among the others; and what is wrong with it."""
    known = shipped()
    text = YamlText(content, ORDERS)
    lists = {"drugs": list(known.drugs), "classes": list(known.drug_classes)}
    ORDERS_SHAPE.check(text, (), text.value, lists)
    found = None
    if not text.faults:
        words = Words(
            known.vocabulary.facts, known.terms, known.drug_classes, known.drugs, PURPOSES
        )
        ids = {*known.statements, *known.interpretations, *known.safety.ledger}
        found = order_limits(text, Reader(words, text), known.drugs, ids)
    return found, [str(one) for one in text.faults]


def limit(sentence: str) -> OrderLimit:
    found, faults = read(FILES[ORDERS].replace(FIRST, sentence, 1))
    assert found is not None
    assert not faults
    return found.limits[0]


def faults(old: str, new: str) -> list[str]:
    assert old in FILES[ORDERS]
    return read(FILES[ORDERS].replace(old, new, 1))[1]


@pytest.mark.parametrize(
    ("sentence", "kind", "amount", "unit", "days", "low", "high"),
    [
        (FIRST, "once-weekly", "0", "", 0, 0, 0),
        ("azathioprine at most 2 mg/kg/day", "at-most", "2", "mg", 1, 0, 0),
        ("azathioprine at least 7.5 mg/week", "at-least", "7.5", "mg", 7, 0, 0),
        ("ivig at most 2 g/kg in 4 weeks", "at-most", "2", "g", 28, 0, 0),
        ("ivig exactly 1 g/day", "exactly", "1", "g", 1, 0, 0),
        ("ivig in 2 doses a day", "doses", "0", "", 0, 2, 2),
        ("ivig in 2 doses a day above 500 mg/day", "doses", "500", "mg", 1, 2, 2),
        ("ivig over 2-5 days", "days", "0", "", 0, 2, 5),
        ("ivig over 3-3 days", "days", "0", "", 0, 3, 3),
        ("ivig at least 4 weeks apart", "apart", "0", "", 0, 4, 4),
    ],
)
def test_a_limit_is_one_sentence(
    sentence: str, kind: str, amount: str, unit: str, days: int, low: int, high: int
) -> None:
    found = limit(sentence)
    assert (found.kind, found.amount, found.unit) == (kind, Decimal(amount), unit)
    assert (found.days, found.low, found.high) == (days, low, high)
    assert found.per_kg is ("/kg" in sentence)
    assert found.sentence == sentence


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("methotrexate weekly", "not a limit"),
        ("methotrexate at most 25mg/week", "not a limit"),
        ("methotrexate at most 25 mg", "not a limit"),
        ("methotrexate at most 25 mg/month", "not a limit"),
        ("metotrexate only once weekly", "unknown drug (did you mean 'methotrexate'?)"),
        ("methotrexate at most 0 mg/week", "a limit of nothing"),
        ("ivig at most 2 g/kg in 0 weeks", "a limit of nothing"),
        ("ivig over 5-2 days", "a span that ends before it begins"),
        ("ivig exactly 1 g/week", "exactly with another stretch than a day"),
        ("ivig in 2 doses a day above 500 mg/week", "in with another stretch than a day"),
        ("ivig in 2 doses a day above 5 mg/kg/day", "what may be given at once by weight"),
    ],
)
def test_another_sentence_is_refused_at_its_line(sentence: str, found: str) -> None:
    line = FILES[ORDERS].split("\n").index(f"    limit: {FIRST}") + 1
    (told,) = faults(FIRST, sentence)
    assert told.startswith(f"{ORDERS}:{line}: {found}")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("cites: [MTX-13, ", "cites: [MTX-133, ", "'MTX-133' resolves to nothing (did you mean"),
        ("severity: critical", "severity: fatal", "severity: found 'fatal'"),
        ("    severity: critical\n", "", "the key 'severity' is missing"),
        ("when: egfr < 25", "when: egfr is low", "egfr"),
        ("classes: [corticosteroids, ", "classes: [steroids, ", "'steroids' resolves to nothing"),
        ("drug: mycophenolate\n", "drug: mycophenolat\n", "'mycophenolat' resolves to nothing"),
        ("  no-option:", "  no-options:", "no message 'no-options' (did you mean 'no-option'?)"),
        ('of "{node}", where', 'of "{place}", where', "nothing fills in {place}"),
        ("limits:", "limit:", "no such key 'limit'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_told(old: str, new: str, found: str) -> None:
    assert any(found in one and one.startswith(f"{ORDERS}:") for one in faults(old, new))


def test_every_message_must_be_there() -> None:
    told = faults("  supplement:", "  suplement:")
    assert any("the message 'supplement' is missing" in one for one in told)
    assert set(shipped().order_limits.messages) == set(MESSAGES)


def test_the_file_by_itself_is_what_the_loader_gives() -> None:
    found, faults = read(FILES[ORDERS])
    assert not faults
    assert found == shipped().order_limits


def test_content_without_the_file_has_no_limits() -> None:
    files = {name: text for name, text in FILES.items() if name != ORDERS}
    assert build(files, content_hash(files)).order_limits.limits == ()


def test_without_a_ledger_no_row_is_known() -> None:
    files = {name: text for name, text in FILES.items() if name != "safety/ledger.yaml"}
    with pytest.raises(ContentError, match="'MTX-13' resolves to nothing"):
        build(files, content_hash(files))


def test_each_row_of_dosing_safety_with_a_number_is_a_limit() -> None:
    cited = {cite for one in shipped().order_limits.limits for cite in one.cites}
    assert {"MTX-13", "MTX-14", "AZA-15", "MMF-11", "MMF-12", "IVIG-12"} <= cited


def test_each_ceiling_of_a_dose_sentence_is_a_limit() -> None:
    """The limits and the nodes say the same: no dose that a node offers breaks a limit."""
    limits = [one for one in shipped().order_limits.limits if one.kind == "at-most"]
    for node in shipped().nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                for dose in option.doses:
                    cap = dose.ceiling
                    if cap is not None:
                        same = [one for one in limits if one.drug == dose.drug]
                        grams = {"mg": 1, "g": 1000}
                        assert any(
                            one.amount * grams[one.unit] == cap.amount * grams[cap.unit]
                            and one.per_kg == cap.per_kg
                            for one in same
                        ), dose.sentence

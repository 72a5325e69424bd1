"""Bit planes say of every row what a criterion says of one, and lists told apart are apart."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("numpy")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from myopathway.cohort.abreast import Behind, ahead
from myopathway.cohort.bits import (
    bytes_of,
    packed,
    places_of,
    planes_of,
    set_bits,
    unpacked,
    width,
    words_of,
)
from myopathway.cohort.circuit import NEVER, Circuit, Said, Trits
from myopathway.cohort.columns import schema
from myopathway.cohort.criteria import condition, open_leaves
from myopathway.cohort.inputs import pieces
from myopathway.cohort.sequences import combined, distinct, sequences
from myopathway.cohort.texts import held, written
from myopathway.criteria import (
    All,
    AtLeast,
    Criterion,
    FirstKnown,
    Is,
    Leaf,
    Named,
    Not,
    evaluate,
    unsettled,
)
from myopathway.criteria import Any as AnyOf
from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.truth import Truth
from tests.cohort_patients import documents, table
from tests.population import TODAY

LEAVES = [Is(name, value=True) for name in "abcd"]


class View:
    def __init__(self, truths: tuple[Truth, ...]) -> None:
        self.terms: dict[str, Truth] = {}
        self._truths = dict(zip(LEAVES, truths, strict=True))

    def truth(self, leaf: Any) -> Truth:
        return self._truths[leaf]


class Row:
    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit

    def leaf(self, leaf: Leaf) -> Said:
        return Said(self._circuit.given((leaf, True)), self._circuit.given((leaf, False)))


def criterion(rng: Random, depth: int) -> Criterion:
    if depth == 0:
        return rng.choice(LEAVES)
    parts = tuple(criterion(rng, depth - 1) for _ in range(rng.choice((1, 2, 3))))
    made: list[Criterion] = [
        All(parts), AnyOf(parts), Not(parts[0]), AtLeast(rng.randint(0, 3), parts),
        Named(f"t{rng.random()}", parts[0]),
    ]  # fmt: skip
    if depth == 1:
        made.append(FirstKnown(parts))
    return rng.choice(made)


def test_planes_say_what_one_patient_gets() -> None:
    rng = Random(5)
    rows = list(product(Truth, repeat=len(LEAVES)))
    given: dict[Any, Any] = {
        (leaf, value): packed(np.array([row[n] is Truth.of(value) for row in rows]))
        for n, leaf in enumerate(LEAVES)
        for value in (True, False)
    }
    for _ in range(150):
        one = criterion(rng, 3)
        circuit = Circuit()
        trits = Trits(circuit)
        said = condition(one, Row(circuit), trits)
        opened = list(open_leaves(one, Row(circuit), trits))
        run = circuit.wired([*said, *(gate for _, gate in opened)]).run(
            given.__getitem__, width(len(rows))
        )
        true, false = (unpacked(run[gate], len(rows)) for gate in said)
        for n, row in enumerate(rows):
            wanted = evaluate(one, View(row))
            assert (true[n], false[n]) == (wanted is Truth.TRUE, wanted is Truth.FALSE)
            asked = {leaf for leaf, gate in opened if unpacked(run[gate], len(rows))[n]}
            assert asked == set(unsettled(one, View(row)))


def test_gates_count() -> None:
    circuit = Circuit()
    parts = [circuit.given(name) for name in "abcde"]
    rows = list(product((False, True), repeat=len(parts)))
    given: dict[Any, Any] = {
        name: packed(np.array([row[n] for row in rows])) for n, name in enumerate("abcde")
    }
    digits = circuit.counted(parts, 3)
    run = circuit.wired([*digits, circuit.reached(3, parts)]).run(given.__getitem__, 1)
    counts = bytes_of([run[one] for one in digits], len(rows))
    assert counts.tolist() == [sum(row) for row in rows]
    assert unpacked(run[circuit.reached(3, parts)], len(rows)).tolist() == [
        sum(row) >= 3 for row in rows
    ]
    assert circuit.both([parts[0], circuit.no(parts[0])]) == NEVER


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_bits_are_turned_and_turned_back(count: int) -> None:
    rng = np.random.default_rng(count)
    rows = rng.integers(0, 2, (count, 20)).astype(np.bool_)
    planes = [packed(rows[:, n]) for n in range(20)]
    assert all((unpacked(one, count) == rows[:, n]).all() for n, one in enumerate(planes))
    values = bytes_of(planes[:8], count)
    assert values.tolist() == [sum(1 << n for n in range(8) if row[n]) for row in rows]
    again = planes_of(values)
    assert all((unpacked(again[n], count) == rows[:, n]).all() for n in range(8))
    words = words_of(planes, count)
    assert words.tolist() == [sum(1 << n for n in range(20) if row[n]) for row in rows]
    assert [one.tolist() for one in set_bits(planes, count)] == [
        one.tolist() for one in np.nonzero(rows)
    ]
    assert [len(one) for one in places_of(values.reshape(-1, 1))] == [rows[:, :8].sum()] * 2


def test_lists_are_told_apart_however_long() -> None:
    rng = Random(3)
    lists = [[rng.randrange(40) for _ in range(rng.choice((0, 1, 2, 30)))] for _ in range(400)]
    lists += [one[:-1] for one in lists] + [[*one, 0] for one in lists]
    counts = np.array([len(one) for one in lists])
    codes = np.array([member for one in lists for member in one])
    found = sequences(codes, 40, counts)
    names = {tuple(one): number for one, number in zip(lists, found.ids.tolist(), strict=True)}
    assert len(set(names.values())) == len(names) == len(found.firsts)
    assert [lists[row] for row in found.firsts] == [
        lists[found.ids.tolist().index(number)] for number in range(len(names))
    ]


def test_codes_too_many_for_one_number_stay_apart() -> None:
    rng = np.random.default_rng(1)
    codes = [rng.integers(0, 5, 300) for _ in range(4)]
    found = combined([(one, 2**40) for one in codes])
    told = list(zip(*(one.tolist() for one in codes), strict=True))
    assert len(set(told)) == len(found.firsts)
    assert [told[row] for row in found.firsts[found.ids]] == told
    assert distinct(np.zeros(0, np.int64)).ids.tolist() == []


def test_things_are_done_in_order_and_what_goes_wrong_is_raised() -> None:
    done: list[int] = []
    with Behind(done.append) as behind:
        for one in ahead(iter(range(50))):
            behind.take(one)
    assert done == list(range(50))

    def fail(_: int) -> None:
        raise OSError(28, "full")

    with pytest.raises(OSError, match="full"), Behind(fail) as behind:
        behind.take(1)

    def stops() -> Any:
        yield 1
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very one
        list(ahead(stops()))


@pytest.mark.parametrize("rows_a_group", [7, 60, 300])
@pytest.mark.parametrize("as_words", [True, False])
def test_a_file_is_read_alike_however_it_is_cut(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, rows_a_group: int, *, as_words: bool
) -> None:
    monkeypatch.setattr("myopathway.cohort.inputs._FEW", 50 if as_words else 10**9)
    monkeypatch.setattr("myopathway.cohort.inputs._FIRST", 13)
    guideline = shipped()
    whole = table(_patients(300))
    pq.write_table(whole, tmp_path / "facts.parquet", row_group_size=rows_a_group)
    found = list(pieces(str(tmp_path / "facts.parquet"), Intake(guideline, TODAY)))
    read = pa.concat_tables([written(one.table, whole.schema) for one in found])
    assert read.to_pylist() == whole.to_pylist()
    assert found[-1].done == found[-1].size == 300


def test_texts_are_held_and_written_out_again() -> None:
    whole = table(_patients(60))
    kept = held(whole)
    assert pa.types.is_dictionary(kept.schema.field("subtype").type)
    assert pa.types.is_string(kept.schema.field("id").type)
    assert written(kept, whole.schema).to_pylist() == whole.to_pylist()
    assert written(held(whole.slice(11, 20)), whole.schema).to_pylist() == (
        whole.slice(11, 20).to_pylist()
    )
    assert held(whole.slice(0, 0)).num_rows == 0
    assert schema(shipped().vocabulary).names[0] == "id"


def _patients(count: int) -> list[Any]:
    from myopathway.patient import Patient  # noqa: PLC0415 - only here

    return [Patient.from_facts(one) for one in documents(31, count)]

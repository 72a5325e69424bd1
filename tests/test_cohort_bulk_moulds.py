"""A line that fits a mould says what the reader of single lines makes of it, or does not fit."""

from __future__ import annotations

import json
import random
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from myopathway.cohort.bulk.counts import Tally
from myopathway.fhir.codebook import code_book
from myopathway.guideline.load import shipped
from tests.cohort_bulk_people import LOINC, Json, concept, person

if TYPE_CHECKING:
    from pathlib import Path

    from myopathway.cohort.bulk.cast import Cast

np = pytest.importorskip("numpy")
pytest.importorskip("pyarrow")

from myopathway.cohort.bulk import buffers, casting  # noqa: E402 - need extras
from myopathway.cohort.bulk.cast import texts_of  # noqa: E402 - as above
from myopathway.cohort.bulk.columns import LAYOUTS  # noqa: E402 - as above
from myopathway.cohort.bulk.desk import Desk  # noqa: E402 - as above
from myopathway.cohort.bulk.known import NONE  # noqa: E402 - as above
from myopathway.cohort.bulk.lines import dates  # noqa: E402 - as above

# What may stand for a byte: what ends texts, what begins others, signs of numbers, other scripts.
BYTES = b'"\\/{}[]:,-+.eE 0123456789TZabnruz~\x7f\x00\t\xc3\xa9'
WEIGHT: Json = {
    "resourceType": "Observation", "id": "o-1", "meta": {"versionId": "1", "note": 'an "é" \n'},
    "subject": {"reference": "Patient/a-1", "display": "Some One"}, "status": "final",
    "code": concept((LOINC, "29463-7", "Body weight")), "effectiveDateTime": "2024-05-24T09:30:00Z",
    "valueQuantity": {"value": 94.8, "unit": "kg", "code": "kg"}, "x": [1, -20.5, 1e3, None, True],
}  # fmt: skip


def cast(kind: str, lines: list[bytes], path: Path) -> tuple[Cast, list[bytes], Desk, Any]:
    """Cast lines as one file; give what fits and the lines that do not."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    desk = Desk(code_book(shipped()), Tally())
    caster = casting.Caster(desk)
    block = buffers.Buffer().block(str(path), 0)
    found = caster.cast(kind, str(path), block)
    assert found.count == len(lines)
    assert found.left == b"".join(lines[place] + b"\n" for place in found.places.tolist())
    return found.cast, [lines[place] for place in found.places.tolist()], desk, caster


def checked(kind: str, lines: list[bytes], path: Path) -> int:
    """Hold every line that fits against what the desk makes of it; give how many fit."""
    found, _, desk, caster = cast(kind, lines, path)
    days = [dates(one).to_pylist() for one in (found.first, found.second)]
    owners = np.repeat(found.owners.to_pylist(), found.runs).tolist()
    names = texts_of(found.ids(np.arange(len(found)))).to_pylist() if len(found.id) else []
    every = path.read_bytes()
    for row, start in enumerate(found.start.tolist()):
        line = every[start : every.index(b"\n", start)]
        json.loads(line)  # A line that is no JSON must not fit.
        ((pid, _, name, form, _, _, first, second, own, _),) = desk.rows(kind, [line], 0, "")
        assert owners[row] == pid, line
        if form is not None and kind != "Patient":
            assert names[row] == name, line
        assert found.form[row] == (NONE if form is None else form), line
        if kind == "Patient":
            assert own == (None if days[0][row] is None else str(days[0][row])), line
        elif form is not None:
            said = [None if one[row] is None else str(one[row]) for one in days]
            assert said == [first, second], line
            assert caster.entered[found.mould[row]].dose == (own or ""), line
    return len(found)


def spoilt(line: bytes, rng: random.Random) -> bytes:
    """Change one byte or two of a line, or put one in, or take one out."""
    data = bytearray(line)
    for _ in range(rng.choice((1, 1, 2))):
        place = rng.randrange(len(data))
        match rng.randrange(6):
            case 0:
                del data[place]
            case 1:
                data.insert(place, rng.choice(BYTES))
            case _:
                data[place] = rng.choice(BYTES)
    return bytes(data)


@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_spoilt_lines_do_not_fit_or_say_what_the_reader_says(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casting, "_TRIES", 100_000)
    rng = random.Random(kind)
    every = (one for seed in range(120) for one in person(seed, 0))
    lines = [json.dumps(one, ensure_ascii=False).encode()
             for one in every if one["resourceType"] == kind][:150]  # fmt: skip
    if kind == "Observation":
        lines += [json.dumps(WEIGHT).encode(), json.dumps(WEIGHT, ensure_ascii=False).encode()] * 20
    many = [*lines, *(spoilt(rng.choice(lines), rng) for _ in range(4000))]
    assert checked(kind, many, tmp_path / f"{kind}.ndjson") > len(lines) // 3


def changed(old: str, new: str) -> bytes:
    line = json.dumps(WEIGHT, ensure_ascii=False)
    assert line.count(old) == 1
    return line.replace(old, new).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [("-20.5", "-00.5"),
     ('"Some One"', '"Some\\"One"'), ('"Some One"', '"Some" ne"'), ("94.8", "04.8"),
     ("94.8", "9.48"), ("94.8", "94.e"), ("-20.5", "-0.55"), ("2024-05-24", "2024-02-30"),
     ("2024-05-24", "2024-5-024"), ("2024-05-24T", "2024-05-24 "), ("Patient/a-1", "Patient/a/1"),
     ("29463-7", "29463-8"), ('"o-1"', '"o\\1"'), ('"o-1"', '"o"1"'), ("null", "nulx"),
     ("Some One", "Some\\One"), ("Some One", "Some\tOne"), ("\\n", "\\q")],
)  # fmt: skip
def test_what_stands_in_a_hole_cannot_change_what_a_line_is(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = json.dumps(WEIGHT, ensure_ascii=False).encode()
    monkeypatch.setattr(casting, "_TRIES", 1)
    found, left, _, _ = cast("Observation", [plain, changed(old, new)], tmp_path / "o.ndjson")
    assert (len(found), left) == (1, [changed(old, new)])


def test_other_ids_days_values_and_words_that_are_not_read_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casting, "_TRIES", 1)
    pairs = (('"o-1"', '"x-9"'), ("a-1", "b-7"), ("2024-05-24T09:30", "2023-12-31T23:59"),
             ("94.8", "71.3"), ("Some One", "Like Two"), ("-20.5", "-71.9"))  # fmt: skip
    lines = [json.dumps(WEIGHT, ensure_ascii=False).encode(), *(changed(*one) for one in pairs)]
    assert checked("Observation", lines, tmp_path / "o.ndjson") == len(lines)


@pytest.mark.parametrize("wrong", ["2024-02-30", "2024-13-01", "0000-01-01"])
def test_a_line_with_a_wrong_date_teaches_nothing(wrong: str, tmp_path: Path) -> None:
    first = changed("2024-05-24", wrong)
    later = changed("2024-05-24", wrong).replace(b"94.8", b"71.3")
    plain = json.dumps(WEIGHT, ensure_ascii=False).encode()
    lines = [first, plain, later, plain.replace(b"94.8", b"71.3"), first]
    assert checked("Observation", lines, tmp_path / "o.ndjson") == 2
    found, left, desk, _ = cast("Observation", lines, tmp_path / "o.ndjson")
    assert left == [first, later, first]
    assert not any(desk.sifter.forms[form].remarks for form in found.form.tolist())


@pytest.mark.parametrize("size", [10, 100, 333, 700, 5_000])
@pytest.mark.parametrize("ending", ["", "\n", "\n\n"])
def test_blocks_are_the_lines_of_a_file(
    size: int, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(size)
    path = tmp_path / "o.ndjson"
    path.write_text("\n" + "\n".join("x" * rng.randrange(300) for _ in range(40)) + ending)
    monkeypatch.setattr(buffers, "_SIZE", size)
    buffer = buffers.Buffer()
    found = b""
    for number in range(buffers.count(str(path))):
        block = buffer.block(str(path), number)
        data = block.data[: len(block.data) - buffers.BEHIND].tobytes()
        assert not data or (block.offset == len(found) and data.endswith(b"\n"))
        found += data
    assert found == path.read_bytes().removesuffix(b"\n" if ending else b"") + b"\n"


def test_a_line_that_is_too_long_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "o.ndjson"
    path.write_text("x\n" * 200 + "x" * 2000 + "\n" + "x\n" * 200)
    monkeypatch.setattr(buffers, "_SIZE", 100)
    monkeypatch.setattr(buffers, "_LONGEST", 500)
    buffer = buffers.Buffer()
    with pytest.raises(buffers.TooLongError):
        list(map(buffer.block, repeat(str(path)), range(buffers.count(str(path)))))

"""The commands cohort and explain: what goes in, what comes out, what happens when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from myopathway.cli import COMMANDS
from myopathway.cohort.answering import Answering
from myopathway.cohort.outputs import sink
from myopathway.commands.cohort import cohort
from myopathway.commands.explain import explain
from myopathway.commands.recommend import recommend
from myopathway.errors import InputError

DAY = "2026-03-01"
EXAMPLES = Path(__file__).parents[1] / "examples"
OVERLAY = EXAMPLES / "overlay"
LINES: list[Any] = [
    {"subtype": "dermatomyositis", "course": "initial", "severe_dysphagia": True, "age_years": 50,
     "weight_kg": 71.17, "sex": "female", "muscle_strength_mrc": "4-",
     "allergies": ["Methotrexate"],
     "treatments": [{"drugs": ["prednisone"], "outcome": "ongoing", "dose": "100 mg/day"}]},
    {"id": "b", "subtype": "polymyositis", "muscle_strength_mrc": 3.5, "autoantibodies": []},
    "not json",
    {"subtype": "x", "colour": "red"},
    {"id": "c", "subtype": "not-iim", "birth_date": "1970-02-28"},
    {"subtype": "inclusion-body-myositis", "treatments": [
        {"drugs": ["azathioprine", "folic acid"], "started": "2024-01-02"}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    lines = [one if isinstance(one, str) else json.dumps(one) for one in LINES]
    (folder / "in.ndjson").write_text("\n".join(lines) + "\n\n")
    return folder


def invoke(command: Any, *arguments: object) -> Any:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def answered(folder: Path, ending: str) -> Path:
    out = folder / f"out{ending}"
    if not out.exists():
        found = invoke(cohort, folder / "in.ndjson", "-o", out, "--as-of", DAY,
                       "--report", folder / "report.html")  # fmt: skip
        assert found.exit_code == 1, found.output
        assert "Could not be read (status error)" in found.output
    return out


def test_the_commands_are_there() -> None:
    assert {"cohort", "explain"} <= set(COMMANDS)


def test_every_row_gives_a_row_by_its_id_or_number(folder: Path) -> None:
    rows = pq.read_table(answered(folder, ".parquet")).to_pylist()
    assert [one["id"] for one in rows] == ["0", "b", "2", "3", "c", "5"]
    assert [one["status"] for one in rows] == [
        "recommended", "needs-information", "error", "error", "not-covered", "recommended",
    ]  # fmt: skip
    assert "colour: no such fact" in " ".join(rows[3]["faults"])
    assert rows[0]["departures"] == ["no-immunosuppressant", "prednisolone-above-maximum"]
    assert rows[5]["departures_open"].count("immunosuppression-in-ibm") == 1
    assert {"fact": "severe_dysphagia", "source": "stated", "date": ""} in rows[0]["deciding"]


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson"])
def test_explain_gives_what_recommend_gives(folder: Path, ending: str, tmp_path: Path) -> None:
    out = answered(folder, ending)
    for place, name in ((0, "0"), (1, "b"), (4, "c"), (5, "5")):
        document = dict(LINES[place])
        document.pop("id", None)
        one = tmp_path / "one.json"
        one.write_text(json.dumps(document))
        wanted = invoke(recommend, one, "--format", "json", "--as-of", DAY)
        found = invoke(explain, out, name, "--format", "json")
        assert found.exit_code == 0, found.output
        assert found.stdout == wanted.stdout


def test_a_command_that_loads_the_database_ends_without_a_word(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "myopathway",
        "explain",
        str(answered(folder, ".parquet")),
        "0",
    ]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_explain_says_what_is_wrong(folder: Path) -> None:
    out = answered(folder, ".parquet")
    for name, words in (("zz", "no such row"), ("2", "could not be read")):
        found = invoke(explain, out, name)
        assert isinstance(found.exception, InputError)
        assert words in str(found.exception)


def test_forms_of_a_table_say_the_same(folder: Path, tmp_path: Path) -> None:
    wanted = pq.read_table(answered(folder, ".parquet"))
    names = sorted({key for one in LINES if isinstance(one, dict) for key in one} - {"colour"})
    rows = [one if isinstance(one, dict) else {} for one in LINES]
    texts = [
        {name: _cell(one.get(name)) for name in names} for one in rows
    ]  # fmt: skip
    csv = tmp_path / "in.csv"
    lines = [names, *([row[name] for name in names] for row in texts)]
    csv.write_text("\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in line)
        for line in lines))  # fmt: skip
    found = invoke(cohort, csv, "-o", tmp_path / "out.parquet", "--as-of", DAY, "--quiet")
    assert found.exit_code == 1, found.output  # the subtype x
    table = pq.read_table(tmp_path / "out.parquet")
    same = ["status", "node", "possible", "options", "doses", "missing", "departures"]
    for place in (0, 1, 4, 5):
        for name in same:
            assert table[name][place] == wanted[name][place], (place, name)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_the_report_opens_offline(folder: Path) -> None:
    answered(folder, ".parquet")
    html = (folder / "report.html").read_text()
    assert html.count("<svg") >= 3
    for outside in ("<script", "<link", "src=", "@import", "url("):
        assert outside not in html


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nothing.parquet", "no such file"),
        ("in.txt", "a file of another kind"),
        ("broken.parquet", "parquet"),
        ("strange.csv", "colour"),
        ("twice.csv", "stands twice"),
    ],
)
def test_bad_input_is_one_clear_line_and_writes_nothing(
    tmp_path: Path, given: str, words: str
) -> None:
    (tmp_path / "in.txt").write_text("x")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "strange.csv").write_text("id,colour\n1,red\n")
    (tmp_path / "twice.csv").write_text("sex,sex\nmale,male\n")
    out = tmp_path / "out.parquet"
    out.write_text("what stood here before")
    found = invoke(cohort, tmp_path / given, "-o", out)
    assert isinstance(found.exception, InputError)
    assert words in str(found.exception).lower()
    assert out.read_text() == "what stood here before"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "broken.parquet", "in.txt", "out.parquet", "strange.csv", "twice.csv",
    ]  # fmt: skip


def test_what_of_a_folder_was_not_read_is_said(tmp_path: Path) -> None:
    bundle = json.loads((EXAMPLES / "severe-refractory.bundle.json").read_text())
    lines = [json.dumps(one["resource"]) for one in bundle["entry"]]
    device = json.dumps({"resourceType": "Device", "id": "d"})
    (tmp_path / "all.ndjson").write_text("\n".join([*lines, device, "{", ""]))
    found = invoke(cohort, tmp_path, "-o", tmp_path / "out.csv", "--as-of", DAY)
    assert found.exit_code == 0, found.output
    told = [line.strip() for line in found.output.splitlines()]
    assert told[0] == "Read 1 file: 1 patient, of whom"
    assert f"skipped 1: a broken line: it is no JSON (all.ndjson, line {len(lines) + 2})" in told
    assert any(line.startswith("of types that no fact reads: 1 Device") for line in told)
    assert any(line.startswith("set aside or in doubt") for line in told)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "Patient.ndjson").write_text("{\n")
    refused = invoke(cohort, empty, "-o", tmp_path / "none.csv")
    assert isinstance(refused.exception, InputError)
    assert [fault.found for fault in refused.exception.faults] == [
        "no Patient in it", "skipped 1: a broken line: it is no JSON (Patient.ndjson, line 1)",
    ]  # fmt: skip


def test_an_overlay_is_asked_for_again_when_a_row_is_explained(
    folder: Path, tmp_path: Path
) -> None:
    overlay = ["--overlay", OVERLAY]
    out = tmp_path / "out.parquet"
    found = invoke(cohort, folder / "in.ndjson", "-o", out, "--quiet", "--as-of", DAY, *overlay)
    assert found.exit_code == 1, found.output
    told = invoke(explain, out, "0", *overlay)
    assert told.exit_code == 0
    assert "Local (Example Hospital)" in told.output
    refused = invoke(explain, out, "0")
    assert "answered by other content" in str(refused.exception)


def test_nothing_is_written_over_the_input(tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("sex\nmale\n")
    (tmp_path / "link.csv").symlink_to(table)
    for more in (
        ["-o", table],
        ["-o", tmp_path / "link.csv"],
        ["-o", tmp_path / "out.csv", "--report", table],
        ["-o", tmp_path / "out.csv", "--report", tmp_path / "out.csv"],
    ):
        found = invoke(cohort, table, *more)
        assert isinstance(found.exception, InputError)
        assert "another file" in str(found.exception)
    assert table.read_text() == "sex\nmale\n"
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson"])
def test_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException, ending: str
) -> None:
    (tmp_path / "in.ndjson").write_text('{"subtype": "not-iim"}\n')

    def stopped(*_: object) -> None:
        raise stop

    monkeypatch.setattr(Answering, "answered", stopped)
    found = invoke(cohort, tmp_path / "in.ndjson", "-o", tmp_path / f"out{ending}", "--places")
    assert [one.name for one in tmp_path.iterdir()] == ["in.ndjson"]
    if isinstance(stop, KeyboardInterrupt):
        assert found.exit_code == 130
        assert "nothing was written" in found.output
    else:
        assert isinstance(found.exception, InputError)
        assert "no space left on device" in str(found.exception)


def test_an_address_is_written_and_read_as_a_path_is(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"subtype": "not-iim"}\n')
    out = f"file://{tmp_path}/out.csv"
    found = invoke(cohort, f"file://{tmp_path}/in.ndjson", "-o", out, "--places", "--quiet")
    assert found.exit_code == 0, found.output
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith('"0","not-covered"')


def test_a_sink_refuses_other_endings(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="another kind"),
        sink(str(tmp_path / "x.txt"), pa.schema([])),
    ):
        pass

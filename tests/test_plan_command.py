"""The commands plan and check, as users type them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from myopathway.cli import main
from tests.test_order_rules import KNOWN, METHOTREXATE, WOMAN

if TYPE_CHECKING:
    from pathlib import Path

ASKED = ["--regimen", "methotrexate", "--start", "2026-12-01", "--as-of", "2026-12-01"]


@pytest.fixture
def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a patient, an order and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "p.json").write_text(json.dumps(KNOWN))
    (tmp_path / "o.json").write_text(json.dumps(METHOTREXATE))
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0)


def bundle(**more: Any) -> dict[str, Any]:
    resource = {"resourceType": "Patient", "id": "1", **more}
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


@pytest.mark.usefixtures("bed")
def test_plan_writes_text_json_and_a_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "p.json", *ASKED) == 0
    assert capsys.readouterr().out.startswith("Methotrexate: plan from 1 December 2026\n====")
    assert run("plan", "p.json", *ASKED, "--format", "json", "--ics", "plan.ics") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["drugs"] == ["methotrexate"]
    with open("plan.ics", "rb") as written:  # noqa: PTH123 - in the folder that we are in
        events = Calendar.from_ical(written.read()).walk("VEVENT")
    assert len(events) == sum(len(one["dates"]) for one in plan["monitoring"])


@pytest.mark.usefixtures("bed")
def test_a_horizon_in_months_or_by_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    for more in (["--months", "3"], ["--until", "2027-03-01"]):
        assert run("plan", "p.json", *ASKED, *more, "--format", "json") == 0
        assert json.loads(capsys.readouterr().out)["until"] == "2027-03-01"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (["--months", "3", "--until", "2027-03-01"], "months: beside until"),
        (["--months", "121"], "months: found 121"),
        (["--policy", "bsr"], "policy: found 'bsr'; accepted: bsr-2017"),
        (["--regimen", "aspirin"], "regimen: found 'aspirin'"),
        (["--until", "2026-11-01"], "until: found 2026-11-01"),
        (["--ics", "no/such/folder.ics"], "no/such/folder.ics: no such file or directory"),
    ],
)
@pytest.mark.usefixtures("bed")
def test_bad_input_is_one_line_and_nothing_is_written(
    more: list[str], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan", "p.json", *ASKED, *more) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith(f"myopathway: {found}")


def test_the_calendar_on_standard_output_stands_alone(
    bed: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (bed / "p.json").write_text(json.dumps({**KNOWN, "egfr": None}))
    assert run("plan", "p.json", *ASKED, "--ics", "-") == 0
    told = capfdbinary.readouterr()
    assert Calendar.from_ical(told.out).walk("VEVENT")
    assert told.err.startswith(b"myopathway: warning: Not known: ")


def test_of_a_drug_that_is_ruled_out_no_calendar_is_written(
    bed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bed / "p.json").write_text(json.dumps({**KNOWN, **WOMAN, "pregnant": True}))
    assert run("plan", "p.json", *ASKED, "--ics", "plan.ics") == 0
    told = capsys.readouterr()
    assert "RULED OUT" in told.out
    assert told.err == "myopathway: no calendar: ruled out for this patient: methotrexate\n"
    assert not (bed / "plan.ics").exists()


def test_check_answers_an_order_or_a_list(bed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "p.json", "o.json", "--as-of", "2026-12-01") == 0
    assert capsys.readouterr().out.startswith("Methotrexate: 15 mg once WEEKLY\n====")
    assert run("check", "p.json", "o.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "clear"
    daily = {**METHOTREXATE, "frequency": "daily"}
    (bed / "o.json").write_text(json.dumps([METHOTREXATE, daily]))
    assert run("check", "p.json", "o.json", "--format", "json") == 0
    assert [one["status"] for one in json.loads(capsys.readouterr().out)] == ["stop", "stop"]


def test_an_order_may_be_yaml_and_a_patient_a_bundle(
    bed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bed / "o.yaml").write_text("drug: methotrexate\ndose: 30\nunit: mg\nfrequency: weekly\n")
    (bed / "b.json").write_text(json.dumps(bundle(birthDate="1960-01-01", gender="male")))
    assert run("check", "b.json", "o.yaml", "--as-of", "2026-12-01", "--no-color") == 0
    told = capsys.readouterr().out
    assert "STOP\n!! CRITICAL: " in told
    assert "Ordered: 1 × 30 mg = 30 mg a week; limit: 25 mg" in told
    assert "?  Unchecked: " in told
    assert "To be asked:" in told


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"drug": "methotrexate", "dose": 15}, "o.json: unit: missing"),
        ({"drug": "methotrexate", "dose": 6, "unit": "tablets"}, "o.json: unit: found 'tablets'"),
        ({"resourceType": "Patient"}, "o.json: resourceType: found 'Patient'"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused(
    order: dict[str, Any], found: str, bed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bed / "o.json").write_text(json.dumps(order))
    assert run("check", "p.json", "o.json") == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"myopathway: {found}")


@pytest.mark.usefixtures("bed")
def test_one_of_the_two_may_be_standard_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "-", "-") == 2
    assert "both from standard input" in capsys.readouterr().err


def test_a_patient_on_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bed: Path
) -> None:
    with (bed / "p.json").open() as patient:
        monkeypatch.setattr("sys.stdin", patient)
        assert run("check", "-", "o.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "clear"


def test_what_of_the_record_was_not_read_is_said(
    bed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = bundle(birthDate="1960-01-01")
    record["entry"].append({"resource": {"resourceType": "Appointment", "id": "a"}})
    (bed / "b.json").write_text(json.dumps(record))
    assert run("check", "b.json", "o.json", "--as-of", "2026-12-01") == 0
    assert "Not read\n--------" in capsys.readouterr().out
    assert run("check", "b.json", "o.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["unread"]

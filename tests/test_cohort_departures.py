"""Every departure is found, refuted and left open, each by a patient of its own."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("duckdb")

from myopathway.cohort.answering import Answering
from myopathway.cohort.given import milligrams_a_day
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from tests.cohort_patients import table
from tests.population import TODAY

G = shipped()
SEVERE = {"subtype": "polymyositis", "course": "initial", "severe_dysphagia": True}
IBM = {"subtype": "inclusion-body-myositis"}
AT_ALL: dict[str, Any] = {}


def on(*drugs: str, **more: Any) -> dict[str, Any]:
    return {"drugs": list(drugs), "outcome": "ongoing", **more}


def worse(*drugs: str) -> dict[str, Any]:
    return {"drugs": list(drugs), "outcome": "inadequate-response", "purpose": "induction"}


# departure, what is known beside the regimens, the regimens (None: not known), what comes out
CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]] | None, bool | None]] = [
    ("no-immunosuppressant", SEVERE, [on("prednisolone")], True),
    ("no-immunosuppressant", SEVERE, [on("prednisolone"), on("azathioprine")], False),
    ("no-immunosuppressant", SEVERE, [on("prednisolone"), {"drugs": ["azathioprine"]}], None),
    ("no-immunosuppressant", SEVERE, [worse("azathioprine"), on("prednisolone")], False),
    ("no-immunosuppressant", SEVERE, None, None),
    ("no-folic-acid", AT_ALL, [on("methotrexate")], True),
    ("no-folic-acid", AT_ALL, [on("methotrexate", "folic-acid")], False),
    ("no-folic-acid", AT_ALL, [on("methotrexate"), {"drugs": ["folic-acid"]}], None),
    ("no-folic-acid", AT_ALL, [{"drugs": ["methotrexate"], "stopped": "2025-01-01"}], False),
    ("third-line-early", SEVERE, [on("rituximab")], True),
    ("third-line-early", SEVERE, [worse("methotrexate"), on("rituximab")], True),
    ("third-line-early", SEVERE,
     [worse("methotrexate"), worse("tacrolimus"), on("rituximab")], False),
    ("third-line-early", AT_ALL, [on("rituximab")], None),
    ("excluded-drug", {**SEVERE, "allergies": ["methotrexate"]}, [on("methotrexate")], True),
    ("excluded-drug", {**SEVERE, "allergies": []}, [on("methotrexate")], None),
    ("excluded-drug", {**SEVERE, "allergies": []}, [], False),
    ("prednisolone-above-maximum", AT_ALL, [on("prednisolone", dose="90 mg daily")], True),
    ("prednisolone-above-maximum", AT_ALL, [on("prednisolone", dose="40 mg twice daily")], False),
    ("prednisolone-above-maximum", AT_ALL, [on("prednisolone", dose="as before")], None),
    ("prednisolone-above-maximum", AT_ALL, [on("azathioprine", dose="100 mg daily")], False),
    ("ciclosporin-no-trough", AT_ALL, [on("ciclosporin")], None),
    ("ciclosporin-no-trough", {"on_record": []}, [on("ciclosporin")], True),
    ("ciclosporin-no-trough", {"on_record": ["ciclosporin-trough"]}, [on("ciclosporin")], False),
    ("tacrolimus-no-trough", {"on_record": []}, [on("tacrolimus")], True),
    ("tacrolimus-no-trough", {"on_record": []}, [on("ciclosporin")], False),
    ("tacrolimus-no-trough", AT_ALL, None, None),
    ("immunosuppression-in-ibm", IBM, [on("azathioprine")], True),
    ("immunosuppression-in-ibm", IBM, [worse("azathioprine")], False),
    ("immunosuppression-in-ibm", AT_ALL, [on("azathioprine")], None),
    ("teratogen-in-pregnancy", {"pregnant": True}, [on("mycophenolate")], True),
    ("teratogen-in-pregnancy", {"pregnant": False}, [on("mycophenolate")], False),
    ("teratogen-in-pregnancy", AT_ALL, [on("mycophenolate")], None),
]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    patients: list[Patient] = []
    records: list[list[str] | None] = []
    for _, facts, regimens, _ in CASES:
        known = {name: value for name, value in facts.items() if name != "on_record"}
        if regimens is not None:
            known["treatments"] = regimens
        patients.append(Patient.from_facts(known))
        records.append(facts.get("on_record"))
    piece = table(patients)
    place = piece.schema.get_field_index("on_record")
    piece = piece.set_column(place, piece.schema.field(place), [records])
    rows: list[dict[str, Any]] = Answering(G, TODAY).answered(piece).to_pylist()
    return rows


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_departure_is_true_false_or_not_known(number: int, found: list[dict[str, Any]]) -> None:
    departure, _, _, wanted = CASES[number]
    row = found[number]
    truth = None if departure in row["departures_open"] else departure in row["departures"]
    assert truth is wanted
    assert not set(row["departures"]) & set(row["departures_open"])


def test_every_departure_has_a_case_of_each_kind() -> None:
    wanted = {(one.id, truth) for one in G.departures for truth in (True, False, None)}
    assert wanted == {(departure, truth) for departure, _, _, truth in CASES}


@pytest.mark.parametrize(
    ("dose", "amount"),
    [("60 mg daily", 60), ("0,5 g/day", 500), ("40 mg twice daily", 80), ("20mg bd", 40),
     ("10 mg 3x daily", 30), ("1 mg/kg/day", None), ("60 mg", None), ("", None)],
)  # fmt: skip
def test_a_dose_is_read_where_it_is_plain(dose: str, amount: int | None) -> None:
    assert milligrams_a_day(dose) == amount

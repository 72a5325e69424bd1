"""The public names, and what they promise."""

import datetime as dt
import subprocess
import sys

import myopathway
from myopathway.engine.outcome import Answer

DAY = dt.date(2026, 11, 2)


def test_the_public_names_are_pinned() -> None:
    assert myopathway.__all__ == sorted(
        [
            "ContentError",
            "Fault",
            "InputError",
            "MyopathwayError",
            "Patient",
            "load",
            "recommend",
        ]
    )
    for name in myopathway.__all__:
        assert getattr(myopathway, name).__doc__


def test_recommend_stays_a_function_after_use() -> None:
    """Importing a submodule must not overwrite a public name."""
    patient = myopathway.Patient.from_facts({"subtype": "inclusion-body-myositis"})
    for _ in range(2):
        answer = myopathway.recommend(patient, today=DAY)
        assert isinstance(answer, Answer)
        assert answer.node == "ibm"


def test_as_of_counts_before_today() -> None:
    patient = myopathway.Patient.from_facts({"as_of": "2020-02-29", "birth_date": "2002-03-01"})
    assert myopathway.recommend(patient, today=DAY).as_of == "2020-02-29"
    other = myopathway.Patient.from_facts({"birth_date": "2002-03-01"})
    assert myopathway.recommend(other, today=DAY).as_of == "2026-11-02"


def test_the_core_imports_nothing_heavy() -> None:
    """The Python call needs neither the command's libraries nor a YAML reader once warm."""
    code = (
        "import sys, myopathway;"
        "myopathway.recommend(myopathway.Patient.from_facts({}));"
        "print([m for m in ('click', 'rich', 'ruamel.yaml', 'fhir.resources') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, capture_output=True, check=True)  # may have to read the content
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"

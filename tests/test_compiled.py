"""The compiled form gives the answers that the sources give."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from tests.export_patients import patients

ROOT = Path(__file__).parent.parent
HOOK = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["hooks"]["mypyc"]


def matching(patterns: list[str]) -> set[Path]:
    return {path for one in patterns for path in ROOT.glob(one.removeprefix("/"))}


def defines_a_struct(path: Path) -> bool:
    return any(
        isinstance(part, ast.ClassDef) and any("Struct" in ast.unparse(one) for one in part.bases)
        for part in ast.walk(ast.parse(path.read_text()))
    )


@pytest.mark.as_written
def test_what_defines_a_struct_is_not_compiled() -> None:
    compiled = matching(HOOK["include"]) - matching(HOOK["exclude"])
    assert len(compiled) > 30
    assert [str(one) for one in sorted(compiled) if defines_a_struct(one)] == []


@pytest.mark.as_written
def test_nothing_compiled_relies_on_what_compiled_classes_do_not_remember() -> None:
    # mypyc takes a cached property for a plain one, and works it out each time.
    compiled = matching(HOOK["include"]) - matching(HOOK["exclude"])
    assert [str(one) for one in sorted(compiled) if "cached_property" in one.read_text()] == []


@pytest.mark.as_written
@pytest.mark.parametrize("pattern", HOOK["exclude"])
def test_what_is_left_out_is_there(pattern: str) -> None:
    assert matching([pattern])


@pytest.fixture(scope="module", name="compiled")
def _compiled() -> dict[str, str]:
    built = subprocess.run(
        ["bash", "tools/compiled.sh"],  # noqa: S607 - as make does
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return {**os.environ, "PYTHONPATH": built.stdout.strip()}


@pytest.mark.needs_compiler
def test_the_compiled_form_is_what_runs(compiled: dict[str, str]) -> None:
    ask = "from myopathway.engine import menu; from myopathway.fhir import read;"
    done = subprocess.run(
        [sys.executable, "-c", f"{ask} print(menu.__file__, read.__file__)"],
        env=compiled, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(not one.endswith(".py") for one in done.stdout.split())


@pytest.mark.needs_compiler
def test_both_forms_print_the_same_bytes(compiled: dict[str, str], tmp_path: Path) -> None:
    registry = import_module("bench.patients")  # a script without types
    rng = Random(9)
    bundles = [registry.patient(rng, number)[0] for number in range(300)]
    for one in bundles[::2]:  # half-known
        one["entry"] = [one["entry"][0], *(each for each in one["entry"][1:] if rng.random() < 0.5)]
    bundles += patients(300, 5)
    path = tmp_path / "patients.ndjson"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in bundles), encoding="utf-8")
    command = [sys.executable, "-m", "myopathway", "recommend", str(path)]
    printed = [
        subprocess.run(
            [*command, "--as-of", "2026-06-01"], env=where, capture_output=True, check=True
        ).stdout
        for where in (compiled, {**os.environ, "PYTHONPATH": ""})
    ]
    assert len(printed[0]) > 100_000
    assert printed[0] == printed[1]

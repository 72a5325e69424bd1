"""A copy of the tree in which files are changed and tests run, each run in a fork.

The parent has imported what everybody needs, of ours only what no mutant changes; a fork imports
the changed tree and runs pytest in itself. So a mutant that the first test notices costs two or
three seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import re
import resource
import select
import shutil
import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from bench.mutation.asked import KNOWN, at_last
from bench.mutation.mutant import CONTENT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.mutation.mutant import Mutant

# Seconds of one run: of the processor, and by the clock on a machine with others on it.
MOST_CPU = 1500
MOST_CLOCK = 5400
MOST_BYTES = 6 << 30
_NEEDS = (
    "not (needs_browser or needs_node or needs_pdf or needs_postgres or needs_schemathesis"
    " or needs_spark)"
)
_HEAVY = (
    "msgspec", "ruamel.yaml", "click", "rich.console", "icalendar", "jsonschema", "hypothesis",
    "hypothesis.strategies", "fastapi.testclient", "sqlalchemy.orm", "alembic.command", "httpx",
    "jinja2", "uvicorn", "joserfc.jwt", "prometheus_client", "pint", "fhir.resources.bundle",
    "duckdb", "pyarrow.parquet", "sqlglot", "z3", "xml.etree.ElementTree", "multiprocessing",
    "concurrent.futures", "unittest.mock", "http.server", "decimal", "difflib", "html.parser",
)  # fmt: skip

# Modules that do something when they are imported.
_RUNS = re.compile(r"__main__|migrations")


class Noted:
    """Notes the first test that fails, and whether it was the loader that refused."""

    def __init__(self) -> None:
        self.failed = ""
        self.refused = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.note(report.nodeid, report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.note(report.nodeid, report.longrepr)

    def note(self, name: str, why: object) -> None:
        if not self.failed:
            self.failed = name
            self.refused = "ContentError" in str(why)


class Workshop:
    """The copy, and the runs in it."""

    def __init__(self, folder: Path, *, code_stays: bool) -> None:
        """Copy the tree; where no code will change, the package is imported once for all."""
        self._root = folder / "tree"
        self._kept = folder / "cache"
        ignore = shutil.ignore_patterns("__pycache__", ".*cache", "*.pyc", "out", ".hypothesis")
        for name in ("src", "tests", "docs", "examples", "bench", "tools"):
            shutil.copytree(ROOT / name, self._root / name, ignore=ignore)
        for one in ROOT.iterdir():
            if one.is_file() and not one.name.startswith(".git"):
                shutil.copy(one, self._root / one.name)
        paths = (self._root / "tests").glob("test_*.py")
        self.tests = sorted(f"tests/{path.name}" for path in paths)
        self._passes: set[str] = set()
        self.others = partial(at_last, every=self.tests)
        for name in _HEAVY:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        assert not any(one.split(".")[0] == "myopathway" for one in sys.modules)
        if code_stays:
            sys.path.insert(0, str(self._root / "src"))
            for found in pkgutil.walk_packages([str(self._root / "src")]):
                if found.name.startswith("myopathway.") and not _RUNS.search(found.name):
                    with contextlib.suppress(ImportError):
                        importlib.import_module(found.name)
            _composed_once(self._root / CONTENT)

    def noticed(
        self, mutants: Iterable[Mutant], tests: Iterable[str], narrowed: tuple[str, ...] = ()
    ) -> str:
        """Run tests with these changes until the first that fails; "" if none does.

        A file that fails without any change notices nothing: it is asked no more.
        """
        while asked := [one for one in tests if one in self.tests]:
            with self._changed(mutants):
                failed, refused = self._run([*asked, *narrowed])
            file = failed.partition("::")[0]
            if refused:
                return "refused by the loader"
            if file not in asked or self._sound(file):
                return failed
        return ""

    def _sound(self, file: str) -> bool:
        """Say whether a test file passes without any change."""
        if file not in self._passes and (failed := self._run([file])[0]):
            print(f"left out, it fails without any change: {failed}", flush=True)
            self.tests.remove(file)
            return False
        self._passes.add(file)
        return True

    @contextlib.contextmanager
    def _changed(self, mutants: Iterable[Mutant]) -> Iterator[None]:
        """Make the changes, the last of a file first, and take them back."""
        kept: dict[Path, str] = {}
        try:
            for one in sorted(mutants, key=lambda one: one.start, reverse=True):
                path = self._root / one.path
                old = path.read_text()
                kept.setdefault(path, old)
                path.write_text(one.text(old))
                _forget(path)
            yield
        finally:
            for path, old in kept.items():
                path.write_text(old)
                _forget(path)

    def _run(self, tests: list[str]) -> tuple[str, bool]:
        """Give the first test that fails, and whether it was the loader that refused."""
        shutil.rmtree(self._root / ".hypothesis", ignore_errors=True)
        here, there = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(here)
            self._work(tests, there)
        os.close(there)
        said, ended = b"", time.monotonic() + MOST_CLOCK
        while select.select([here], [], [], max(0.0, ended - time.monotonic()))[0]:
            part = os.read(here, 65536)
            if not part:
                break
            said += part
        else:
            said = b'["time out", false]'
        os.close(here)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        failed, refused = json.loads(said or b'["the process died", false]')
        return failed, refused

    def _work(self, tests: list[str], there: int) -> None:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        silent = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(silent, number)
        os.chdir(self._root)
        sys.path[:] = [str(self._root / "src"), str(self._root),
                       *(one for one in sys.path if one not in ("", str(ROOT)))]  # fmt: skip
        for name in [one for one in sys.modules if one.split(".")[0] in ("bench", "tests")]:
            del sys.modules[name]
        os.environ.update(
            MYOPATHWAY_CACHE_DIR=str(self._kept), PYTHONPATH=f"{self._root / 'src'}:{self._root}"
        )
        noted = Noted()
        options = ("-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist",
                   "-p", "no:randomly", "--hypothesis-seed=0", "-m", _NEEDS,
                   "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
        code: int | str = 3
        try:
            if tests[0] == KNOWN:
                noted.failed = _first_that_differs()
                tests = tests[1:]
            rest = bool(tests) and not noted.failed
            code = pytest.main([*options, *tests], plugins=[noted]) if rest else 0
        except BaseException as error:  # noqa: BLE001 - whatever a mutant raises is noticed
            noted.refused = type(error).__name__ == "ContentError"
            noted.failed = noted.failed or f"raised {type(error).__name__}"
        if code not in (0, 5) and not noted.failed:
            noted.failed = f"exit {code}"
        os.write(there, json.dumps([noted.failed, noted.refused]).encode())
        os._exit(0)


def _first_that_differs() -> str:
    """Ask the test of known answers, patient by patient, until the first whose answer differs."""
    test = importlib.import_module("tests.test_answers_known")
    known = test.FILE.read_text().splitlines()
    for seed in range(test.EACH):
        for kind in range(len(test.KINDS)):
            if test.line(kind, seed) != known[kind * test.EACH + seed]:
                return f"{KNOWN}::{test.KINDS[kind].__name__}({seed})"
    return ""


def _composed_once(folder: Path) -> None:
    """Let the YAML of the content be read once for all runs; what is changed is read anew."""
    compose, kept = YAML.compose, dict[str, object]()

    def composed(self: YAML, stream: str) -> object:
        return kept[stream] if stream in kept else compose(self, stream)

    for path in folder.rglob("*.yaml"):
        text = path.read_text()
        kept[text] = compose(YAML(typ="safe", pure=True), text)
    YAML.compose = composed


def _forget(path: Path) -> None:
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()

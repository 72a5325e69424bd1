"""What integrators are told is run: the five minutes, the settings, the container, the page."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from myopathway.settings import VARIABLES
from tests.service_client import ROOT
from tests.service_process import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOC = (ROOT / "docs/integrators.md").read_text(encoding="utf-8")
TRIED = [line.removeprefix("$ ") for line in DOC.splitlines() if line.startswith("$ ")]
SAMPLES = ROOT / "examples/cds-hooks"
EXPECTED: dict[str, Callable[[Any], bool]] = {
    "/health": lambda found: found["status"] == "ok",
    "/api/recommend": lambda found: found["node"] == "severe.1",
    "/cds-services": lambda found: len(found["services"]) == 3,
    "/cds-services/iim-recommendation": lambda found: len(found["cards"]) == 1,
    "/cds-services/iim-order-sign": lambda found: found["cards"][0]["indicator"] == "critical",
    "/cds-services/iim-recommendation/feedback": lambda found: found == {},
    "/fhir/PlanDefinition/iim-treatment/$apply": lambda found: len(found["entry"]) > 2,
    "/fhir/metadata": lambda found: found["fhirVersion"] == "4.0.1",
}


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Served(tmp_path_factory.mktemp("docs")) as served:
        yield served


@pytest.mark.skipif(shutil.which("curl") is None, reason="the try is written with curl")
@pytest.mark.parametrize("path", EXPECTED)
def test_each_line_of_the_five_minutes_works(served: Served, path: str) -> None:
    (line,) = [
        one
        for one in TRIED
        if re.search(rf"8000{re.escape(path)}['\s]|8000{re.escape(path)}$", one)
    ]
    command = shlex.split(line.replace("http://127.0.0.1:8000", served.base))
    assert command[0] == "curl"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert EXPECTED[path](json.loads(done.stdout))


def test_no_line_of_the_five_minutes_is_left_out() -> None:
    assert len(TRIED) == len(EXPECTED)


def test_the_settings_are_all_described() -> None:
    rows = re.findall(r"^\| `(MYOPATHWAY_\w+)` \| (.+?) \| (.+) \|$", DOC, re.MULTILINE)
    assert rows == [(one.name, one.wanted, one.says) for one in VARIABLES]


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            found.append((word, " ".join(rest.split())))
    return found


def test_the_container_runs_without_root_and_pins_what_it_stands_on() -> None:
    found = instructions()
    known = {
        "FROM", "WORKDIR", "ENV", "COPY", "RUN", "LABEL", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
        "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert {word for word, _ in found} <= known, "ADD fetches unseen"
    bases = [rest.partition(" AS ")[0] for word, rest in found if word == "FROM"]
    assert all(re.search(r":\d+\.\d+", one) for one in bases), "no base without its version"
    users = [rest for word, rest in found if word == "USER"]
    assert users[-1].isdecimal()
    assert int(users[-1]) >= 10_000
    last_from = max(place for place, (word, _) in enumerate(found) if word == "FROM")
    after = [word for word, _ in found[last_from:]]
    assert after.index("USER") > after.index("COPY"), "what runs cannot change what it runs"
    for word in ("CMD", "ENTRYPOINT"):
        (rest,) = [rest for own, rest in found if own == word]
        assert isinstance(json.loads(rest), list), "signals reach the service, not a shell"
    text = " ".join(rest for _, rest in found)
    assert "--require-hashes" in text
    assert "uv sync --frozen" in text
    for source in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Containerfile").read_text(
            encoding="utf-8"), re.MULTILINE):  # fmt: skip
        for name in source.split()[:-1]:
            assert (ROOT / name).exists(), name
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv"} <= set(ignored)


def test_the_service_runs_on_a_root_that_cannot_be_written(tmp_path: Path) -> None:
    """As in the container: only the state folder is ours."""
    folder = tmp_path / "state"
    folder.mkdir()
    url = f"sqlite:///{folder / 'audit.db'}"
    cache = tmp_path / "nowhere" / "cache"
    with Served(folder, DATABASE_URL=url, CACHE_DIR=str(cache)) as served:
        assert httpx.get(f"{served.base}/ready").json()["status"] == "ready"


@pytest.fixture(name="ehr")
def _ehr() -> Iterator[str]:
    """Serve the sample record system from an origin of its own."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SAMPLES)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.needs_browser
def test_the_sample_record_system_shows_the_card_and_gives_feedback(
    tmp_path: Path, ehr: str
) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is

    chromium = shutil.which("chromium")
    with Served(tmp_path, CORS_ORIGINS=ehr) as served, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{ehr}/ehr.html?service={served.base}")
        page.get_by_text("Sign methotrexate, daily").click()
        card = page.locator("article.critical")
        card.wait_for()
        assert "STOP: methotrexate" in card.inner_text()
        page.get_by_text("A specialist advised otherwise").click()
        page.get_by_text("Feedback: overridden; answered 200.").wait_for()
        page.get_by_text("Sign methotrexate, daily").click()
        page.get_by_text("0 cards.").wait_for()
        page.get_by_text("Open the patient").click()
        page.locator("article.warning").wait_for()
        browser.close()

# ruff: noqa: INP001 - a script
"""Make the pictures of the six example patients, light and dark, on a desktop and on a phone.

usage: .venv/bin/python tools/screenshots.py [FOLDER]    (default docs/images)

Needs all extras (Pillow comes with `pdf`), the group `check` and Debian's Chromium. Each picture
is the first screen, as it opens.
"""

from __future__ import annotations

import datetime as dt
import socket
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import sync_playwright

from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.settings import Settings
from myopathway.web.carried import carry, typed
from myopathway.web.pages import router

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
SIZES: Final = {"desktop": (1280, 900), "phone": (360, 740)}
PATIENTS: Final = (
    "severe-ild-mda5",
    "severe-refractory",
    "non-severe-mtx-intolerance",
    "remission-predominant-ild",
    "inclusion-body-myositis",
    "half-known",
)
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def address(name: str) -> str:
    """Give the address that shows an example patient."""
    path = ROOT / "examples" / f"{name}.yaml"
    patient = Intake(shipped(), dt.date(2026, 11, 2)).patient(path.read_bytes(), path.name)
    return "/?" + urlencode(typed(carry(patient)), doseq=True)


@contextmanager
def served() -> Iterator[str]:
    """Serve the page on a free port while the pictures are made."""
    app = FastAPI()
    app.include_router(router(Settings()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def lighter(path: Path) -> None:
    """Keep few colours, as a page has few; a picture then takes a third of the room."""
    with Image.open(path) as found:
        found.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def main(folder: Path) -> None:
    """Make every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with served() as site, sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        for size, (wide, high) in SIZES.items():
            for theme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": wide, "height": high}, color_scheme=theme
                )
                for name in PATIENTS:
                    page.goto(site + address(name))
                    path = folder / f"{name}-{size}-{theme}.png"
                    page.screenshot(path=path)
                    lighter(path)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")

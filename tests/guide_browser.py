"""A real browser and a real server for the tests that need them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = "/usr/bin/chromium"


@contextlib.contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only `make check` has it

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=list(arguments))
        yield browser
        browser.close()


def bound() -> socket.socket:
    """Give a socket on a free port: the port is known before the application is made."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    return found


@contextlib.contextmanager
def serving(app: Any, on: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(app, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [on]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(10)

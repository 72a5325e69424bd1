"""Logs as JSON lines on standard error, without anything of a patient or a token in them.

A line says what was asked by its route (``/cds-services/{service}``), never by its address, and
never with what was sent.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import traceback
from collections import deque
from functools import lru_cache
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()
_STDERR: Final = 2
_GATHER: Final = 0.1  # seconds in which lines gather


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; of an exception its kind and its place, never its message."""
        line: dict[str, Any] = {
            "at": stamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= told(record.exc_info[1])
        line |= getattr(record, "fields", {})
        return _ENCODER.encode(line).decode()


def told(error: BaseException) -> dict[str, Any]:
    """Say what went wrong and where; a message could quote what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{os.path.basename(one.filename)}:{one.lineno}" for one in frames]  # noqa: PTH119
    return {"error": type(error).__name__, "where": places[-8:]}


def stamp(seconds: float) -> str:
    """Write a time as UTC, to the millisecond."""
    whole, rest = divmod(seconds, 1)
    return f"{_second(int(whole))}.{int(rest * 1000):03d}Z"


@lru_cache(maxsize=8)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


class Access:
    """Gathers a line for each request and writes them from a thread of its own."""

    def __init__(self, *, on: bool) -> None:
        """Write nothing unless ``on``."""
        self._lines: deque[tuple[float, str, str, int, float, str]] = deque()
        self._wake = threading.Event()
        self._on = on
        self._thread = threading.Thread(target=self._run, name="access", daemon=True)
        if on:
            self._thread.start()

    def line(self, method: str, route: str, status: int, seconds: float, request: str) -> None:
        """Hand in that a request was answered."""
        if not self._on:
            return
        self._lines.append((time.time(), method, route, status, seconds, request))
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits, and end."""
        if self._on:
            self._on = False
            self._wake.set()
            self._thread.join()

    def _run(self) -> None:
        while self._on or self._lines:
            self._wake.wait()
            if self._on:
                time.sleep(_GATHER)
            self._wake.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            with contextlib.suppress(OSError):  # nobody reads us: the service goes on
                os.write(_STDERR, b"".join([_access(*one) for one in lines]))


def _access(at: float, method: str, route: str, status: int, seconds: float, request: str) -> bytes:
    line = {
        "at": stamp(at),
        "level": "info",
        "logger": "myopathway.access",
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "request": request,
    }
    return _ENCODER.encode(line) + b"\n"


CONFIGURATION: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "myopathway.service.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "myopathway": {"level": "INFO"},
        "uvicorn": {"level": "INFO"},
        # These two would write addresses of FHIR servers, queries and SQL.
        "httpx": {"level": "WARNING"},
        "sqlalchemy": {"level": "WARNING"},
    },
}

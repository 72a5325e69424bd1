"""Logs as JSON lines on standard error, without anything of a patient or a token in them.

A line says what was asked by its route (``/cds-services/{service}``), never by its address, and
never with what was sent.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()
_STDERR: Final = 2


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
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{int(rest * 1000):03d}Z"


class Access:
    """Writes a line for each request, at once and without a lock."""

    def __init__(self, *, on: bool) -> None:
        """Write nothing unless ``on``."""
        self._on = on

    def line(self, method: str, route: str, status: int, seconds: float, request: str) -> None:
        """Write that a request was answered."""
        if not self._on:
            return
        line = {
            "at": stamp(time.time()),
            "level": "info",
            "logger": "myopathway.access",
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "request": request,
        }
        os.write(_STDERR, _ENCODER.encode(line) + b"\n")


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

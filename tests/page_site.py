"""A site of our own for tests of the page: the real application on a free port, and its pages read.

Nothing here knows the guideline; what a page should say is for the tests to know.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import uvicorn

from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.patient import Patient
from myopathway.service.app import create_app
from myopathway.settings import Settings
from myopathway.web.carried import carry, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 2)
EXAMPLES = (
    "severe-ild-mda5",
    "severe-refractory",
    "non-severe-mtx-intolerance",
    "remission-predominant-ild",
    "inclusion-body-myositis",
    "half-known",
)


@contextmanager
def site(settings: Settings | None = None, **more: Any) -> Iterator[str]:
    """Serve the whole application; gives its address."""
    with serve(create_app(settings or Settings(**more))) as base:
        yield base


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an application on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def fields(facts: dict[str, Any]) -> dict[str, list[str]]:
    """Give the form's fields for typed facts."""
    return typed(carry(Patient.from_facts(facts)))


def example(name: str) -> dict[str, list[str]]:
    """Give the form's fields for an example patient."""
    path = ROOT / "examples" / f"{name}.yaml"
    patient = Intake(shipped(), TODAY).patient(path.read_bytes(), path.name)
    return typed(carry(patient))


def address(found: dict[str, list[str]], path: str = "/") -> str:
    return f"{path}?{urlencode(found, doseq=True)}"


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    text: str = ""


@dataclass
class Control:
    """A field of a form: what it holds, and what it could hold."""

    name: str
    kind: str
    held: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


class Html(HTMLParser):
    """A page, read: its elements in order, each with the text inside it."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(one)
        if tag not in self.VOID:
            self._open.append(one)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.text += data

    def all(self, tag: str = "", **wanted: str) -> list[Element]:
        return [
            one
            for one in self.elements
            if tag in {"", one.tag}
            and all(
                value in one.attrs.get(name.rstrip("_"), "").split()
                if name == "class_"
                else one.attrs.get(name) == value
                for name, value in wanted.items()
            )
        ]

    def one(self, tag: str = "", **wanted: str) -> Element:
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} elements {tag} {wanted}"
        return found[0]

    def words(self, tag: str = "", **wanted: str) -> str:
        return " ".join(self.one(tag, **wanted).text.split())

    def controls(self) -> dict[str, Control]:
        """Give the fields of the page, those of regimens and of what if too."""
        found: dict[str, Control] = {}
        select: Control | None = None
        for one in self.elements:
            name = one.attrs.get("name", "")
            kind = one.attrs.get("type", "text") if one.tag == "input" else one.tag
            if one.tag in {"input", "select", "textarea"} and name:
                own = found.setdefault(name, Control(name, kind))
                value = one.attrs.get("value", "")
                if kind in {"radio", "checkbox"}:
                    own.values.append(value)
                    if "checked" in one.attrs and value:
                        own.held.append(value)
                elif one.tag == "input" and value:
                    own.held.append(value)
                select = own if one.tag == "select" else select
            elif one.tag == "option" and select is not None:
                select.values.append(one.attrs.get("value", ""))
                if "selected" in one.attrs:
                    select.held.append(one.attrs["value"])
        return found

"""How `myopathway serve` starts its workers.

A launch is kept by one process: several workers and SMART do not go together.
"""

from __future__ import annotations

from typing import Any

import pytest

from myopathway.cli import main
from myopathway.service.protocol import Protocol


def test_several_workers_and_smart_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MYOPATHWAY_SMART_CLIENT_ID", "here")
    monkeypatch.setenv("MYOPATHWAY_SMART_ISSUERS", "https://ehr.example/fhir")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--workers", "2"])
    assert ended.value.code == 2
    assert "--workers" in capsys.readouterr().err


def test_plain_calls_are_answered_straight_where_it_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda *_, **named: given.update(named))
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0"])
    assert ended.value.code in {0, None}
    assert given["http"] is Protocol
    assert given["proxy_headers"] is False, "else the application would be wrapped"

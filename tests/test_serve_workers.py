"""A launch is kept by one process: several workers and SMART do not go together."""

from __future__ import annotations

import pytest

from myopathway.cli import main


def test_several_workers_and_smart_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MYOPATHWAY_SMART_CLIENT_ID", "here")
    monkeypatch.setenv("MYOPATHWAY_SMART_ISSUERS", "https://ehr.example/fhir")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--workers", "2"])
    assert ended.value.code == 2
    assert "--workers" in capsys.readouterr().err

"""Requests made from our own OpenAPI document: nothing but what it promises comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.service_fuzz import fuzz
from tests.service_process import Served

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = 40  # of each operation; `python -m bench.service_fuzz` makes 100,000 requests in all


@pytest.mark.needs_schemathesis
def test_random_requests_get_what_the_document_promises(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        result = fuzz(served.base, examples=EXAMPLES, folder=tmp_path)
        assert result.status == 0, result.text
        assert result.requests > 300, result.text
        assert served.process.poll() is None

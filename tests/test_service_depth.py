"""How deep a call may be nested: told of what was decoded, as it would be told of its bytes."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from myopathway.service.body import deeper, nested
from myopathway.settings import Settings
from tests.service_client import Service, call, example

DEEPEST = Settings().limits.depth


def drawn(rng: Random, depth: int) -> Any:
    kind = rng.randrange(4)
    if depth == 0 or kind == 0:
        return rng.choice([1, "a", None, True])
    count = rng.randrange(4)
    if kind == 1:
        return [drawn(rng, depth - 1) for _ in range(count)]
    return {str(place): drawn(rng, depth - 1) for place in range(count)}


def test_of_what_was_decoded_the_same_is_said_as_of_its_bytes() -> None:
    rng = Random(8)
    said = set()
    for _ in range(500):
        value = [drawn(rng, 6)]
        raw = json.dumps(value).encode()
        for most in range(1, 9):
            assert nested(value, most) is deeper(raw, most)
            said.add((most, nested(value, most)))
    assert said >= {(most, told) for most in range(1, 7) for told in (True, False)}


def chain(levels: int) -> Any:
    value: Any = 1
    for place in range(levels):
        value = {"extension": value} if place % 2 else [value]
    return value


@pytest.mark.parametrize("kind", ["prefetch", "draft"])
def test_a_call_may_be_as_deep_as_the_limit_and_no_deeper(kind: str) -> None:
    bundle = example("severe-ild-mda5")
    with Service() as service:
        for beyond in (0, 1):
            called = call(bundle)
            path = "/cds-services/iim-recommendation"
            if kind == "prefetch":  # the call, prefetch, patient, then what is nested
                called["prefetch"]["patient"]["note"] = chain(DEEPEST - 3 + beyond)
            else:  # the call, context, draftOrders, then what is nested
                called["hook"], path = "order-sign", "/cds-services/iim-order-sign"
                orders = {"resourceType": "Bundle", "note": chain(DEEPEST - 3 + beyond)}
                called["context"]["draftOrders"] = orders
            answer = service.post(path, json=called)
            assert answer.status_code == (422 if beyond else 200), answer.text
            assert ("nested too deeply" in answer.text) is bool(beyond)


@pytest.mark.parametrize("end", [b"", b"]", b'"hook": 1}'])
def test_what_is_broken_and_too_deep_is_too_deep(end: bytes) -> None:
    with Service() as service:
        raw = b'{"prefetch": ' + b"[" * DEEPEST + b"]" * (DEEPEST - 1) + end
        answer = service.post("/cds-services/iim-recommendation", content=raw)
        assert answer.status_code == 422
        assert "nested too deeply" in answer.text

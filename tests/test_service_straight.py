"""Plain calls, answered from their bytes: as the layers answer them, and only where they are plain.

Each test speaks HTTP over a socket to the protocol of a served process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, Self

import pytest
import sqlalchemy as sa
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from myopathway.service.protocol import Protocol
from myopathway.service.shell import Entrance
from myopathway.service.store.tables import EVALUATION
from myopathway.service.straight import plain
from myopathway.settings import Issuer, Settings
from tests.service_client import Service, call, example
from tests.test_service_tokens import JWKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/cds-services/iim-recommendation"
CALL = json.dumps(call(example("severe-ild-mda5"))).encode()
NOBODY = json.dumps(
    call({"entry": [{"resource": {"resourceType": "Patient", "id": "n"}}]})
).encode()
DATE = b"Mon, 02 Nov 2026 10:00:00 GMT"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
# What differs between two answers to one call: ids of request, card and suggestions.
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}|(?<=x-request-id: )[0-9a-f]{16}")


class Listening:
    """A service behind sockets, in this process."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.service = Service(settings)

    def __enter__(self) -> Self:
        self.service.__enter__()
        app = Entrance(self.service.app)
        config = uvicorn.Config(app, log_config=None, proxy_headers=False)
        state = self.state = ServerState()
        state.default_headers = [(b"date", DATE)]
        self._server = self.run(
            asyncio.wait_for(self._listen(lambda: Protocol(config, state, {})), 10)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self.service.__exit__()

    async def _close(self) -> None:
        self._server.close()
        await asyncio.gather(*self.state.tasks)
        for one in list(self.state.connections):
            one.transport.abort()
        await asyncio.sleep(0)  # the loop closes their sockets now

    async def _listen(self, made: Any) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)

    def run(self, work: Any) -> Any:
        return self.service._runner.run(work)

    def talk(self, *parts: bytes, answers: int = 1) -> list[bytes]:
        """Send the parts one by one over one connection; give the answers and what follows."""
        return list(self.run(asyncio.wait_for(self._talk(parts, answers), 30)))

    async def _talk(self, parts: tuple[bytes, ...], answers: int) -> list[bytes]:
        port = self._server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = []
        for part in parts:
            writer.write(part)
            await writer.drain()
            # The other end is in this very loop: now it has read what was sent.
            for _ in range(5):
                await asyncio.sleep(0)
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
            found.append(head + await reader.readexactly(length))
        writer.write_eof()
        found.append(await reader.read())
        await closed(writer)
        return found


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def request(
    body: bytes = CALL, *more: str, line: str = f"POST {PATH} HTTP/1.1", length: int | None = None
) -> bytes:
    count = len(body) if length is None else length
    head = "\r\n".join([line, "Host: h", f"Content-Length: {count}", *more])
    return f"{head}\r\n\r\n".encode() + body


def status(answer: bytes) -> int:
    found = STATUS.match(answer)
    assert found, answer[:80]
    return int(found[1])


@pytest.fixture(name="slow")
def _slow(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Gather what uvicorn was given to read."""
    given: list[bytes] = []
    own = H11Protocol.data_received

    def received(self: H11Protocol, data: bytes) -> None:
        given.append(data)
        own(self, data)

    monkeypatch.setattr(H11Protocol, "data_received", received)
    return given


@pytest.fixture(name="here")
def _here() -> Iterator[Listening]:
    with Listening() as here:
        yield here


@pytest.mark.parametrize("body", [CALL, NOBODY])
def test_a_plain_call_gets_the_very_answer_of_the_layers(
    here: Listening, slow: list[bytes], body: bytes
) -> None:
    straight, _ = here.talk(request(body, "Content-Type: application/json"))
    assert slow == []
    usual, _ = here.talk(request(body, "X-Nothing-We-Know: 1"))
    assert len(slow) == 1
    assert status(straight) == 200
    assert IDS.sub(b"*", straight) == IDS.sub(b"*", usual)
    assert straight != usual or body == NOBODY, "each card has an id of its own"


@pytest.mark.parametrize(
    "sent",
    [
        request(CALL, "Connection: close"),
        request(CALL, "Expect: 100-continue")[: -len(CALL)],
        request(CALL, "Transfer-Encoding: identity"),
        request(CALL, "Origin: https://elsewhere.example"),
        request(CALL, "Content-Encoding: gzip"),
        request(CALL, "Host: other"),
        request(CALL, f"Content-Length: {len(CALL)}"),
        request(CALL, f"Content-Length: {len(CALL) + 1}"),
        request(CALL, "Accept: a\r\n folded"),
        request(CALL, "Accept: a\nTransfer-Encoding: chunked"),
        request(CALL, "Accept: \x00"),
        request(CALL, "Accept"),
        request(CALL, "Accept : a"),
        request(CALL, length=len(CALL) - 1),
        request(CALL, line=f"POST {PATH} HTTP/1.0"),
        request(CALL, line=f"POST {PATH}?a=b HTTP/1.1"),
        request(CALL, line="POST /cds-services/iim%2Drecommendation HTTP/1.1"),
        request(CALL, line=f"post {PATH} HTTP/1.1"),
        request(CALL, line=f"PUT {PATH} HTTP/1.1"),
        request(CALL, line=f"POST  {PATH} HTTP/1.1"),
        request(b"", line="HEAD /health HTTP/1.1"),
        request(CALL).replace(b"Host: h\r\n", b""),
        request(CALL).replace(b"\r\n", b"\n"),
        request(CALL, f"Accept: {'a' * 5000}"),
        b"\r\n" + request(CALL),
    ],
)
def test_what_is_not_plain_is_uvicorns(here: Listening, slow: list[bytes], sent: bytes) -> None:
    here.talk(sent, answers=0)
    assert b"".join(slow) == sent


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([b"Host: h", b"Content-Length: 3"], True),
        ([b"content-length:3", b"host:\th", b"Accept: */*", b"connection: Keep-Alive"], True),
        ([b"host: h", b"content-length: 03"], False),
        ([b"host: h", b"content-length: +3"], False),
        ([b"host: h", b"content-length: 3, 3"], False),
        ([b"host: h", b"content-length: 3", b"connection: keep-alive, x"], False),
        ([b"host: h"], False),
        ([b"content-length: 3"], False),
        ([b"content-length: 3", b"content-length: 3"], False),
        ([b"host: h", b"host: h"], False),
        ([b"host: h", b"content-length: 3", b""], False),
        ([b"host: h", b"content-length: 3", b"accept: \x7f"], False),
        ([b"host: h", b"content-length: 3", b"accept: a\rb"], False),
    ],
)
def test_which_headers_are_plain(headers: list[bytes], expected: bool) -> None:
    assert plain(headers, 3) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", 400),
        (b'{"hook": "patient-view"}', 422),
        (b"[" * 2000, 422),
        (CALL.replace(b'"patient-view"', b'"order-sign"'), 422),
        (CALL.replace(b'"weight": null, ', b""), 412),
        (b'{"a":"' + b"x" * 250_000 + b'"}', 422),
    ],
)
def test_what_is_refused_is_refused_by_the_layers(
    here: Listening, slow: list[bytes], body: bytes, expected: int
) -> None:
    assert body != CALL
    answer, _ = here.talk(request(body))
    assert status(answer) == expected
    assert slow


def test_a_body_beyond_the_limit_is_refused() -> None:
    settings = Settings()
    limits = settings.limits.__class__(body=len(CALL) - 1)
    with Listening(Settings(limits=limits)) as here:
        answer, *_ = here.talk(request())
    assert status(answer) == 413


def test_where_clients_must_be_known_nothing_is_plain(tmp_path: Path, slow: list[bytes]) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(JWKS), encoding="utf-8")
    with Listening(Settings(issuers=(Issuer("https://issuer.example", str(keys)),))) as here:
        answer, _ = here.talk(request())
    assert status(answer) == 401
    assert slow


def test_calls_in_one_breath_are_answered_in_their_order(
    here: Listening, slow: list[bytes]
) -> None:
    both = request(NOBODY) + request(CALL) + request(b"{")
    one, two, three, rest = here.talk(both, answers=3)
    assert [status(each) for each in (one, two, three)] == [200, 200, 400]
    assert len(one) < 1000 < len(two)
    assert slow
    assert rest == b""


@pytest.mark.parametrize("at", [3, 40, 110, 300, -1])
def test_a_call_that_comes_in_parts_is_put_together(
    here: Listening, slow: list[bytes], at: int
) -> None:
    whole = request(CALL)
    first, second, _ = here.talk(whole[:at], whole[at:], request(NOBODY), answers=2)
    assert status(first) == status(second) == 200
    assert b"".join(slow) == whole, "what comes after it is plain again"


@pytest.mark.parametrize(
    "begun",
    [
        f"POST /api/recommend HTTP/1.1\r\nhost: h\r\ncontent-length: {len(request())}\r\n\r\n",
        "POST /api/recommend HTTP/1.1\r\nhost: h\r\nx-more: ",
        "POST /api/recommend HTTP/1.1\r\n",
        "P",
    ],
)
def test_what_looks_plain_within_another_request_is_part_of_it(
    here: Listening, slow: list[bytes], begun: str
) -> None:
    answer, *_ = here.talk(begun.encode(), request())
    assert len(slow) == 2
    assert status(answer) in {400, 405, 422}


def test_every_answer_is_audited_and_counted_once(tmp_path: Path, slow: list[bytes]) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with Listening(Settings(database_url=url)) as here:
        here.talk(request(CALL), request(NOBODY), request(b"{"), answers=3)
        counted = here.service.get("/metrics").text
        assert here.state.total_requests == 3
    assert len(slow) == 1
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        outcomes = list(connection.execute(sa.select(EVALUATION.c.outcome)).scalars())
    engine.dispose()
    assert sorted(outcomes) == ["card"]
    route = 'myopathway_requests_total{route="/cds-services/{service}",status="'
    assert f'{route}200"}} 2.0' in counted
    assert f'{route}400"}} 1.0' in counted


def test_advice_that_another_worker_saw_acknowledged_is_not_repeated(
    here: Listening, slow: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, _ = here.talk(request(CALL))
    card = json.loads(answer.partition(b"\r\n\r\n")[2])["cards"][0]["uuid"]
    given = {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-02T10:00:00Z",
    }
    told = here.service.post(f"{PATH}/feedback", json={"feedback": [given]})
    assert told.status_code == 200
    store = here.service.site.store
    assert not store.current(), "feedback came in since we looked"
    for _ in range(2):
        answer, _ = here.talk(request(CALL))
        assert answer.endswith(b'{"cards":[]}')
    assert len(slow) == 1, "what had to look came by the layers, the next one need not"
    monkeypatch.setattr("myopathway.service.store.store._LOOK_AGAIN", -1.0)
    assert not store.current(), "other machines are looked at now and then"


def test_who_does_not_read_is_waited_for(here: Listening, slow: list[bytes]) -> None:
    async def flood() -> int:
        port = here._server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        for _ in range(3000):
            writer.write(request(CALL))
            for _ in range(5):
                await asyncio.sleep(0)
            if slow:
                break
        (connection,) = here.state.connections
        waiting = connection.transport.get_write_buffer_size()
        writer.transport.abort()
        await closed(writer)
        return int(waiting)

    assert here.run(flood()) < 1_000_000
    assert slow


def test_an_idle_connection_is_closed_when_the_service_stops(here: Listening) -> None:
    async def stopped() -> bytes:
        port = here._server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(NOBODY))
        await reader.readuntil(b'{"cards":[]}')
        for one in list(here.state.connections):
            one.shutdown()
        rest = await reader.read()
        await closed(writer)
        return rest

    assert here.run(asyncio.wait_for(stopped(), 10)) == b""


@pytest.mark.parametrize("asked", [1, 2])
def test_a_connection_that_rests_is_closed_in_time(here: Listening, asked: int) -> None:
    async def rested() -> bytes:
        port = here._server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(asked):
            writer.write(request(NOBODY))
            await reader.readuntil(b'{"cards":[]}')
        (one,) = here.state.connections
        assert isinstance(one, H11Protocol)
        clock = one.timeout_keep_alive_task
        assert clock is not None
        clock.cancel()
        one.timeout_keep_alive_handler()
        assert one.transport.is_closing() is (asked == 1), "answered since, it has its time again"
        if asked > 1:
            again = one.timeout_keep_alive_task
            assert again is not None
            assert again is not clock
            assert 0 < again.when() - one.loop.time() <= one.timeout_keep_alive
            again.cancel()
            one.timeout_keep_alive = 0
            one.timeout_keep_alive_handler()
        rest = await reader.read()
        await closed(writer)
        return rest

    assert here.run(asyncio.wait_for(rested(), 10)) == b""

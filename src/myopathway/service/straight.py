"""Answering a plain call of a hook from its bytes, all at once, as the layers would answer it.

Nothing is decided here about a call that is not plain, not even that it is wrong: then, and where
anything would have to be waited for, the server reads the same bytes itself and asks the layers.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from myopathway.service.serial import serial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from myopathway.service.ending import Ending
    from myopathway.service.shell import Hot
    from myopathway.settings import Limits

_LONGEST: Final = 4_000  # bytes of a head; a longer one is not plain
_OK: Final = b"HTTP/1.1 200 OK\r\n"
_MEDIA: Final = b"application/json"
# What a header may be made of: anything printable, and bytes that HTTP leaves to others.
_PRINTED: Final = bytes([9, *range(0x20, 0x7F), *range(0x80, 0x100)])
# Headers that change nothing of how a call is read or answered, where no client need be known.
_HARMLESS: Final = frozenset({
    b"accept", b"accept-encoding", b"accept-language", b"authorization", b"cache-control",
    b"content-type", b"dnt", b"forwarded", b"pragma", b"priority", b"sec-fetch-dest",
    b"sec-fetch-mode", b"sec-fetch-site", b"traceparent", b"tracestate", b"user-agent", b"via",
    b"x-correlation-id", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
    b"x-real-ip", b"x-request-id",
})  # fmt: skip


class Straight:
    """Answers the plain calls of one site whose clients need not be known."""

    def __init__(self, hot: Mapping[str, Hot], limits: Limits, ending: Ending) -> None:
        """Answer what is posted to ``hot`` paths."""
        self._hot = {f"POST {path} HTTP/1.1".encode(): one for path, one in hot.items()}
        self._most = limits.body
        self._ending = ending

    def answer(self, data: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """Give the response to a request, both as they are sent; None where others must answer.

        ``headers`` are those that the server begins every response with.
        """
        began = time.perf_counter()
        end = data.find(b"\r\n\r\n", 0, _LONGEST)
        if end < 0:
            return None
        body = data[end + 4 :]
        first, *lines = data[:end].split(b"\r\n")
        hot = self._hot.get(first)
        if hot is None or len(body) > self._most or not plain(lines, len(body)):
            return None
        try:
            found = hot.at_once(body, began)
        except Exception:  # noqa: BLE001 - the layers meet it again, and answer and log it
            return None
        if found is None:
            return None
        request = serial().hex()
        head = [_OK, *[b"%b: %b\r\n" % one for one in headers]]
        head += (self._ending.head_of_data(_MEDIA, len(found), request), b"\r\n", found)
        self._ending.told("POST", hot.route, 200, time.perf_counter() - began, request)
        return b"".join(head)


def plain(lines: list[bytes], length: int) -> bool:
    """Say whether these are the headers of a plain call whose body has such a length.

    It names its host and its length once, and nothing that would change how it is read or answered.
    """
    once: list[bytes] = []
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or line.translate(None, _PRINTED):
            return False
        if name in _HARMLESS:
            continue
        value = value.strip(b" \t")
        if name == b"host" or (name == b"content-length" and value == b"%d" % length):
            once.append(name)
        elif name != b"connection" or value.lower() != b"keep-alive":
            return False
    return len(once) == 2 and once[0] != once[1]  # noqa: PLR2004 - both, and each once

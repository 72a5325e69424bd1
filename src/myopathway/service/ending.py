"""What every answer ends with: security headers, a count, one line in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.service.logs import Access
    from myopathway.service.metrics import Metrics
    from myopathway.settings import Settings

Headers: TypeAlias = "list[tuple[bytes, bytes]]"
_POLICY: Final = b"content-security-policy"
_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"


class Ending:
    """Ends the answers of one site."""

    def __init__(self, settings: Settings, metrics: Metrics, access: Access) -> None:
        """Prepare the headers that every answer gets."""
        self._metrics = metrics
        self._access = access
        self._always: tuple[tuple[bytes, bytes], ...] = _ALWAYS
        if urlsplit(settings.public_url).scheme == "https":
            self._always += ((b"strict-transport-security", b"max-age=31536000"),)
        self._page_policy = page_policy(settings).encode()
        self._of_data = (*self._always, (_POLICY, _DATA_POLICY))
        self._lines = b"".join([b"%b: %b\r\n" % one for one in self._of_data])

    def headers(self, given: Iterable[tuple[bytes, bytes]], request: str) -> Headers:
        """Add what the answer does not say itself; ``request`` is the request's id."""
        headers = list(given)
        said = {name for name, _ in headers}
        page = any(name == b"content-type" and value[:9] == b"text/html" for name, value in headers)
        headers.append((b"x-request-id", request.encode()))
        headers.extend(one for one in self._always if one[0] not in said)
        if _POLICY not in said:
            headers.append((_POLICY, self._page_policy if page else _DATA_POLICY))
        return headers

    def of_data(self, media: bytes, length: int, request: str) -> Headers:
        """Give the headers of data that say nothing more themselves."""
        return [
            (b"content-length", b"%d" % length),
            (b"content-type", media),
            (b"x-request-id", request.encode()),
            *self._of_data,
        ]

    def head_of_data(self, media: bytes, length: int, request: str) -> bytes:
        """Write the headers of ``of_data`` as they are sent, each with its end of line."""
        own = b"content-length: %d\r\ncontent-type: %b\r\nx-request-id: %b\r\n%b"
        return own % (length, media, request.encode(), self._lines)

    def told(self, method: str, route: str, status: int, seconds: float, request: str) -> None:
        """Count a request that was answered, and log it by its route."""
        self._metrics.answered(route, status, seconds)
        self._access.line(method, route, status, seconds, request)


def page_policy(settings: Settings) -> str:
    """Give the content policy of a page: everything from here, framed by those allowed."""
    framed = " ".join(("'self'", *settings.frame_ancestors))
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self'; frame-ancestors {framed}"
    )

"""Reading what was sent: as JSON, within the site's limits, without trust."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.settings import Limits

LARGE: Final = 200_000  # bytes from which reading would keep other requests waiting
_NAMED: Final = b'"resource"'
_BRACKETS: Final = b"{}[]"
_ALIKE: Final = bytes.maketrans(_BRACKETS, b"()()")
_REST: Final = bytes(one for one in range(256) if one not in _BRACKETS)
_NO_QUOTES: Final = _REST.replace(b'"', b"")
_TEXT: Final = re.compile(rb'"[^"]*"')


async def worked(raw: bytes, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the work gives
    """Do the work on a body, in another thread where the body is large.

    What turns out to be nested too deeply on the way is refused like what is malformed.
    """
    try:
        return await asyncio.to_thread(work) if len(raw) > LARGE else work()
    except RecursionError:
        raise too_deep() from None


def decoded(raw: bytes, limits: Limits) -> Any:  # noqa: ANN401 - any document
    """Decode JSON; refuses what is malformed, too much or nested too deeply."""
    bounded(raw, limits)
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise malformed(str(error)) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise malformed(str(error)) from None
    except RecursionError:
        raise too_deep() from None


def malformed(told: str) -> ProblemError:
    """Refuse what is no JSON."""
    fault = Fault("body", told[:100], "JSON")
    return ProblemError(400, "The body is not JSON.", [fault])


def bounded(raw: bytes, limits: Limits) -> None:
    """Refuse what holds too many resources or is nested too deeply, before it is read."""
    counted(raw, limits)
    if deeper(raw, limits.depth):
        raise too_deep()


def counted(raw: bytes, limits: Limits) -> None:
    """Refuse what holds too many resources, before it is read."""
    # Each entry of a Bundle names its resource once, so entries are never undercounted. A body that
    # is short has no room for too many.
    if len(raw) > limits.entries * len(_NAMED):
        count = raw.count(_NAMED)
        if count > limits.entries:
            fault = Fault("body", f"{count} resources", f"at most {limits.entries}")
            raise ProblemError(413, "The body holds too much.", [fault])


def deeper(raw: bytes, most: int) -> bool:
    """Say whether JSON is nested deeper than ``most``; decided before anything is built of it."""
    # Brackets within texts may hide or feign levels: then it is looked at without its texts.
    return _levels(raw, most) != 0 and _levels(_textless(raw), most) > 0


def nested(value: object, most: int) -> bool:
    """Say whether a decoded value is nested deeper than ``most``, a level a round."""
    level: list[object] = [value]
    for _ in range(most):
        below: list[object] = []
        for one in level:
            if isinstance(one, dict):
                for each in one.values():
                    if type(each) is dict or type(each) is list:
                        below.append(each)  # noqa: PERF401 - no list of its own for each level
            elif isinstance(one, list):
                for each in one:
                    if type(each) is dict or type(each) is list:
                        below.append(each)  # noqa: PERF401 - as above
        if not below:
            return False
        level = below
    return True


def _textless(raw: bytes) -> bytes:
    """Take the texts out: escapes first, then the texts without brackets at once."""
    raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return _TEXT.sub(b"", raw.translate(None, _NO_QUOTES).replace(b'""', b""))


def _levels(raw: bytes, most: int) -> int:
    """Take pairs of brackets away from within, a level a round.

    Gives 0 where nothing is left, 1 where there are more levels, and -1 where what is left does
    not pair up.
    """
    rest = raw.translate(_ALIKE, _REST)
    run = b"(" * (most + 1)
    for _ in range(most):
        if not rest:
            return 0
        if run in rest:
            return 1
        fewer = rest.replace(b"()", b"")
        if len(fewer) == len(rest):
            return -1
        rest = fewer
    return 1 if rest else 0


def too_deep() -> ProblemError:
    """Refuse what is nested too deeply."""
    fault = Fault("body", "nested too deeply", "a document of ordinary depth")
    return ProblemError(422, "The body is nested too deeply.", [fault])

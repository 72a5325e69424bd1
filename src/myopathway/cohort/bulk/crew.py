"""Worker processes: each does one thing at a time and answers; none outlives its master.

They are started as a module of their own, not forked, and talk over their own pipes, so that a
caller's script is not run again and its threads do not matter.
"""

from __future__ import annotations

import contextlib
import pickle
import selectors
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import msgspec

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from myopathway.cohort.bulk.work import Task, Work

_T = TypeVar("_T")

_HEAD: Final = 8  # bytes that say how long a message is
_MODULE: Final = "myopathway.cohort.bulk"


class Refusal(msgspec.Struct, frozen=True):
    """A worker's error, on its way to the master."""

    faults: tuple[Fault, ...]


class Crew:
    """As many workers as asked for; one is the caller itself."""

    def __init__(self, task: Task, workers: int) -> None:
        """Start the workers."""
        self.size = max(workers, 1)
        self._own: Work | None = None
        self._others: list[subprocess.Popen[bytes]] = []
        if self.size == 1:
            from myopathway.cohort.bulk.work import Work  # noqa: PLC0415 - only here

            self._own = begun(lambda: Work(task))
            return
        for _ in range(self.size):
            worker = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
                [sys.executable, "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._others.append(worker)
            self._send(worker, task)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._own is not None:
            self._own.close()
        for worker in self._others:
            if kind is not None:
                worker.kill()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    _close(pipe)
            worker.wait()

    def share(self, name: str, things: Iterable[_T]) -> Iterator[tuple[_T, Any]]:
        """Share things out, the next to whoever is free; give each with its answer when done."""
        waiting = iter(things)
        if self._own is not None:
            for one in waiting:
                yield one, done(self._own, name, (one,))
            return
        with selectors.DefaultSelector() as selector:
            busy: dict[int, _T] = {}

            def give(number: int) -> None:
                if (one := next(waiting, None)) is not None:
                    busy[number] = one
                    self._send(self._others[number], (name, (one,)))

            for number, worker in enumerate(self._others):
                selector.register(_end(worker.stdout), selectors.EVENT_READ, number)
                give(number)
            while busy:
                for key, _ in selector.select():
                    number = key.data
                    answer = self._answer(self._others[number])
                    finished = busy.pop(number)
                    give(number)
                    yield finished, answer

    def _send(self, worker: subprocess.Popen[bytes], message: object) -> None:
        try:
            put(_end(worker.stdin), message)
        except OSError:
            raise self._gone(worker) from None

    def _answer(self, worker: subprocess.Popen[bytes]) -> Any:  # noqa: ANN401 - any answer
        try:
            answer = take(_end(worker.stdout))
        except EOFError:
            raise self._gone(worker) from None
        if isinstance(answer, Refusal):
            raise InputError(answer.faults)
        return answer

    def _gone(self, worker: subprocess.Popen[bytes]) -> InputError:
        found = f"a reading process ended with status {worker.wait()}"
        return InputError([Fault("bulk data", found, "enough memory and disk, and no stop")])


def begun(begin: Callable[[], Work]) -> Work:
    """Begin to work; raises ``InputError`` where there is no place to write."""
    try:
        return begin()
    except OSError as error:
        raise refused(error) from None


def done(work: Work, name: str, given: tuple[object, ...]) -> Any:  # noqa: ANN401 - any answer
    """Do one thing; raises ``InputError`` for what disk and memory do not allow."""
    try:
        return getattr(work, name)(*given)
    except OSError as error:
        raise refused(error) from None
    except MemoryError:
        raise InputError([Fault("bulk data", "not enough memory")]) from None


def refused(error: OSError) -> InputError:
    """Say in one line what the disk did not allow."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    where = str(error.filename or "bulk data")
    return InputError([Fault(where, reason, "a folder with room to write")])


def put(pipe: IO[bytes], message: object) -> None:
    """Send a message."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(_HEAD, "big") + data)
    pipe.flush()


def take(pipe: IO[bytes]) -> Any:  # noqa: ANN401 - any message
    """Receive a message; raises ``EOFError`` where there is no other end."""
    head = pipe.read(_HEAD)
    data = pipe.read(int.from_bytes(head, "big")) if len(head) == _HEAD else b""
    if not data:
        raise EOFError
    # From our own process, over our own pipe.
    return pickle.loads(data)  # noqa: S301


def _end(pipe: IO[bytes] | None) -> IO[bytes]:
    """Give our end of a pipe: both ends were asked for when the worker was started."""
    return cast("IO[bytes]", pipe)


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        pipe.close()

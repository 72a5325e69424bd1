"""Reading, answering and writing abreast: what Arrow does needs no Python, so it is done beside it.

The order stays: one piece is read ahead while another is answered, and one written behind.
"""

from __future__ import annotations

import contextlib
import gc
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

T = TypeVar("T")


def ahead(found: Iterator[T]) -> Iterator[T]:
    """Give what an iterator gives, the next one already under way."""
    nothing = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, found, nothing)
        while (one := coming.result()) is not nothing:
            coming = pool.submit(next, found, nothing)
            yield one  # type: ignore[misc] # not nothing


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles meanwhile: what is remembered of a population only grows, without any.

    As a decorator it looks again only when all that is gone.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """Let Arrow take its memory from the system's allocator, as all others do, meanwhile.

    Its own gives much of it back after each piece, to ask for it again.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


class Behind(Generic[T]):
    """Takes things and does something to each, in order; at most one waits.

    What goes wrong is raised by the next call, or at the end.
    """

    def __init__(self, do: Callable[[T], None]) -> None:
        """Do this to each."""
        self._do = do
        self._pool = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def take(self, one: T) -> None:
        """Take one more, as soon as the one before is done."""
        self.wait()
        self._last = self._pool.submit(self._do, one)

    def wait(self) -> None:
        """Wait until everything is done."""
        if self._last is not None:
            self._last.result()

    def __enter__(self) -> Behind[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            self._pool.shutdown(wait=True)

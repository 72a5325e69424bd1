"""One thread that writes to the database: many rows in one transaction, in the order handed in.

Evaluations are handed in and left; whoever needs to know that something is kept waits for the
commit that kept it. So a request pays microseconds for its audit, and an answered feedback is on
disk.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy.exc import InterfaceError, OperationalError

from myopathway.service.store.evaluations import keep

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

Job: TypeAlias = "Callable[[sa.Connection], Any]"
_LOG: Final = logging.getLogger("myopathway.store")
_GATHER: Final = 0.05  # seconds in which audits gather before a transaction of their own
_AGAIN: Final = 1.0  # seconds until a database that is down is tried again
_AT_ONCE: Final = 500


class StoreDownError(Exception):
    """The store cannot keep what it was handed; it was not kept."""


class Writer:
    """Writes for one process; ``lost`` counts audits that could not be kept."""

    def __init__(self, engine: sa.Engine, most: int) -> None:
        """Start the thread; at most ``most`` audits wait at a time."""
        self._engine = engine
        self._most = most
        self._rows: deque[dict[str, Any]] = deque()
        self._jobs: deque[tuple[Job, Future[Any]]] = deque()
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._closing = False
        self.failing = ""
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Give how many audits wait."""
        return len(self._rows)

    def put(self, row: dict[str, Any]) -> None:
        """Hand in an evaluation; it is kept soon, unless the process is killed before."""
        if len(self._rows) >= self._most:
            self.lost += 1
            return
        self._rows.append(row)
        if not self._wake.is_set():
            self._wake.set()

    def run(self, job: Job) -> Future[Any]:
        """Run a job within the next transaction; the future is done when that is on disk."""
        future: Future[Any] = Future()
        if self._closing:
            future.set_exception(StoreDownError("the store is closed"))
            return future
        self._jobs.append((job, future))
        self._urgent.set()
        self._wake.set()
        return future

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing = True
        self._urgent.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            if not self._jobs and not self._closing:
                # Nobody waits for these rows: a few large transactions cost less than many.
                self._urgent.wait(_AGAIN if self.failing else _GATHER)
            self._wake.clear()
            self._urgent.clear()
            done = self._write()
            while done and (self._jobs or len(self._rows) >= _AT_ONCE or self._closing):
                if not self._jobs and not self._rows:
                    break
                done = self._write()
            if self._closing and (not done or not (self._rows or self._jobs)):
                self.lost += len(self._rows)
                return
            if self._rows or self._jobs:
                self._wake.set()

    def _write(self) -> bool:
        """Write what waits in one transaction; say whether it is done with."""
        rows = [self._rows.popleft() for _ in range(min(len(self._rows), _AT_ONCE))]
        jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), _AT_ONCE))]
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._engine.begin() as connection:
                if rows:
                    keep(connection, rows)
                done.extend((future, job(connection)) for job, future in jobs)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever happens
            down = isinstance(error, OperationalError | InterfaceError)
            self._failed(error)
            for _, future in jobs:
                future.set_exception(StoreDownError("the store does not answer"))
            if down:
                self._rows.extendleft(reversed(rows))
            else:
                self.lost += len(rows)  # what no database takes would stop all that follows
            return not down
        if self.failing:
            _LOG.warning("the store answers again")
        self.failing = ""
        for future, result in done:
            future.set_result(result)
        return True

    def _failed(self, error: Exception) -> None:
        kind = type(error.__cause__ or error).__name__
        if self.failing != kind:
            _LOG.error("the store does not answer: %s", kind)
        self.failing = kind

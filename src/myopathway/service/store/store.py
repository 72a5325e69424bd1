"""The store of a site: audits handed in, feedback and used tokens kept, advice remembered."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from myopathway.errors import Fault, InputError
from myopathway.service.store.database import Database, migrate
from myopathway.service.store.shared import VARIABLE, Shared
from myopathway.service.store.tables import (
    ACKNOWLEDGED,
    EVALUATION,
    FEEDBACK,
    SITE_SECRET,
    USED_TOKEN,
)
from myopathway.service.store.writer import StoreDownError, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Store", "StoreDownError"]

_DAY: Final = 86_400.0
_SECRET: Final = "advice"  # noqa: S105 - the name of a row, not its value
_LOOK_AGAIN: Final = 1.0  # seconds after which feedback kept by other machines is looked for
_OVERLAP: Final = 60.0  # seconds by which clocks of machines may differ


class Store:
    """What one process keeps; open it before use, close it to write what waits."""

    def __init__(self, url: str, *, waiting: int = 50_000) -> None:
        """Open the database and bring its tables to the newest form."""
        try:
            self.database = Database(url)
            self.engine = self.database.engine
            migrate(self.engine)
        except (SQLAlchemyError, OSError, ImportError) as error:
            kind = type(error.__cause__ or error).__name__
            want = "a database that answers"
            raise InputError([Fault("MYOPATHWAY_DATABASE_URL", kind, want)]) from None
        self.writer = Writer(self.engine, waiting)
        self._swept = 0.0
        self._shared = Shared(os.environ.get(VARIABLE, ""))
        self._acknowledged: dict[str, float] = {}
        self._looked = 0.0
        self._newest = 0.0
        self._seen = b""
        self._look()

    def audit(self, row: dict[str, Any]) -> None:
        """Hand in the row of an evaluation."""
        self.writer.put(row)

    async def keep_feedback(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep feedback and remember the advice that it acknowledges; on disk when it returns.

        Raises ``StoreDownError`` where it could not be kept.
        """

        def job(connection: sa.Connection) -> None:
            connection.execute(sa.insert(FEEDBACK), list(rows))
            for row in rows:
                if row["advice"]:
                    _acknowledge(connection, row["advice"], row["at"])

        await asyncio.wrap_future(self.writer.run(job))
        self._acknowledged.update((row["advice"], row["at"]) for row in rows if row["advice"])
        self._shared.change()

    async def keep_decision(self, evaluation: dict[str, Any], row: dict[str, Any]) -> None:
        """Keep a decision of the page with its evaluation; on disk when it returns.

        Of one card the last word counts: what was kept of it before goes. Raises
        ``StoreDownError`` where it could not be kept.
        """

        def job(connection: sa.Connection) -> None:
            for table in (EVALUATION, FEEDBACK):
                connection.execute(sa.delete(table).where(table.c.card == row["card"]))
            connection.execute(sa.insert(EVALUATION), [evaluation])
            connection.execute(sa.insert(FEEDBACK), [row])

        await asyncio.wrap_future(self.writer.run(job))

    async def first_use(self, digest: str, expires: float) -> bool:
        """Note that a token is used; False where it was used before, by whichever worker."""
        now = time.time()
        sweep = now - self._swept > _DAY / 24
        if sweep:
            self._swept = now

        def job(connection: sa.Connection) -> bool:
            if sweep:
                connection.execute(sa.delete(USED_TOKEN).where(USED_TOKEN.c.expires < now))
            insert = _insert(connection)(USED_TOKEN).values(digest=digest, expires=expires)
            own = insert.on_conflict_do_nothing().returning(USED_TOKEN.c.digest)
            return connection.execute(own).first() is not None

        return bool(await asyncio.wrap_future(self.writer.run(job)))

    def current(self) -> bool:
        """Say whether all is known that was acknowledged; else ``catch_up`` has to look."""
        return self._shared.read() == self._seen and time.monotonic() - self._looked <= _LOOK_AGAIN

    async def catch_up(self) -> None:
        """Learn what was acknowledged elsewhere.

        What a worker of this machine kept is known when this returns, what another machine kept
        soon.
        """
        if self._shared.read() != self._seen:
            await asyncio.to_thread(self._look)
        elif time.monotonic() - self._looked > _LOOK_AGAIN:
            self._looked = time.monotonic()
            _ = asyncio.get_running_loop().run_in_executor(None, self._look)

    def acknowledged(self, advice: str, days: float) -> bool:
        """Say whether an advice was acknowledged in the last days; no where nobody can tell."""
        at = self._acknowledged.get(advice)
        return at is not None and at > time.time() - days * _DAY

    def secret(self) -> str:
        """Give the secret that the workers of this site share; made at first use."""
        with self.engine.begin() as connection:
            made = _insert(connection)(SITE_SECRET).values(
                name=_SECRET, value=secrets.token_hex(32)
            )
            connection.execute(made.on_conflict_do_nothing())
            query = sa.select(SITE_SECRET.c.value).where(SITE_SECRET.c.name == _SECRET)
            return str(connection.execute(query).scalar_one())

    def answers(self) -> bool:
        """Say whether the database answers."""
        try:
            with self.database.reading() as connection:
                connection.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return not self.writer.failing

    def close(self) -> None:
        """Write what waits and let the database go."""
        self.writer.close()
        self._shared.close()
        self.database.close()

    def _look(self) -> None:
        """Learn what was acknowledged since we last looked."""
        self._looked = time.monotonic()
        seen = self._shared.read()
        columns = ACKNOWLEDGED.c.advice, ACKNOWLEDGED.c.at
        query = sa.select(*columns).where(ACKNOWLEDGED.c.at > self._newest - _OVERLAP)
        try:
            with self.database.reading() as connection:
                found = {one.advice: one.at for one in connection.execute(query)}
        except SQLAlchemyError:
            return
        self._acknowledged.update(found)
        self._newest = max(found.values(), default=self._newest)
        self._seen = seen


def _insert(connection: sa.Connection) -> Any:  # noqa: ANN401 - SQLAlchemy has no common type
    from sqlalchemy.dialects import postgresql, sqlite  # noqa: PLC0415 - one of the two

    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _acknowledge(connection: sa.Connection, advice: str, at: float) -> None:
    insert = _insert(connection)(ACKNOWLEDGED).values(advice=advice, at=at)
    newer = insert.on_conflict_do_update(index_elements=["advice"], set_={"at": at})
    connection.execute(newer)

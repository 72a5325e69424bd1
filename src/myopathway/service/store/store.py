"""The store of a site: audits handed in, feedback and used tokens kept, advice remembered."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from myopathway.errors import Fault, InputError
from myopathway.service.store.database import Database, migrate
from myopathway.service.store.tables import ACKNOWLEDGED, FEEDBACK, SITE_SECRET, USED_TOKEN
from myopathway.service.store.writer import StoreDownError, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Store", "StoreDownError"]

_DAY: Final = 86_400.0
_SECRET: Final = "advice"  # noqa: S105 - the name of a row, not its value
_LOOK: Final = "SELECT at FROM acknowledged WHERE advice = ?"


class Store:
    """What one process keeps; open it before use, close it to write what waits."""

    def __init__(self, url: str, *, waiting: int = 50_000) -> None:
        """Open the database and bring its tables to the newest form."""
        self.database = Database(url)
        self.engine = self.database.engine
        try:
            migrate(self.engine)
        except SQLAlchemyError as error:
            kind = type(error.__cause__ or error).__name__
            want = "a database that answers"
            raise InputError([Fault("MYOPATHWAY_DATABASE_URL", kind, want)]) from None
        self.writer = Writer(self.engine, waiting)
        self._swept = 0.0
        # Reading one row of a local file is quicker than asking another thread to.
        self._reader = self.engine.raw_connection() if self.database.local else None

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
            return connection.execute(insert.on_conflict_do_nothing()).rowcount == 1

        return bool(await asyncio.wrap_future(self.writer.run(job)))

    async def acknowledged(self, advice: str, days: float) -> bool:
        """Say whether an advice was acknowledged in the last days; no where nobody can tell."""
        if self._reader is not None:
            return self._look(advice) > time.time() - days * _DAY
        return await asyncio.to_thread(self._ask, advice) > time.time() - days * _DAY

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
        if self._reader is not None:
            return not self.writer.failing
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return not self.writer.failing

    def close(self) -> None:
        """Write what waits and let the database go."""
        self.writer.close()
        if self._reader is not None:
            self._reader.close()
        self.database.close()

    def _look(self, advice: str) -> float:
        assert self._reader is not None  # noqa: S101 - asked for by its only caller
        cursor = self._reader.cursor()
        try:
            row = cursor.execute(_LOOK, (advice,)).fetchone()
        except Exception:  # noqa: BLE001 - sqlite's own; showing a card again does no harm
            return 0.0
        finally:
            cursor.close()
        return float(row[0]) if row else 0.0

    def _ask(self, advice: str) -> float:
        query = sa.select(ACKNOWLEDGED.c.at).where(ACKNOWLEDGED.c.advice == advice)
        try:
            with self.engine.connect() as connection:
                return float(connection.execute(query).scalar() or 0.0)
        except SQLAlchemyError:
            return 0.0


def _insert(connection: sa.Connection) -> Any:  # noqa: ANN401 - SQLAlchemy has no common type
    from sqlalchemy.dialects import postgresql, sqlite  # noqa: PLC0415 - one of the two

    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _acknowledge(connection: sa.Connection, advice: str, at: float) -> None:
    insert = _insert(connection)(ACKNOWLEDGED).values(advice=advice, at=at)
    newer = insert.on_conflict_do_update(index_elements=["advice"], set_={"at": at})
    connection.execute(newer)

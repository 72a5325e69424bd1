"""The database behind the store: SQLite in a file or in memory, or PostgreSQL."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_MS: Final = 10_000
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 4_713_260_719  # any number of ours: one worker changes the tables at a time


class Database:
    """An engine; ``lasting`` says whether what is kept outlives the process."""

    def __init__(self, url: str) -> None:
        """Connect; an empty address is a file that goes with the process."""
        self._folder = None if url else tempfile.TemporaryDirectory(prefix="myopathway-")
        self.lasting = self._folder is None
        address = sa.make_url(_spelt(url) if url else f"sqlite:///{self._name()}")
        self.local = address.get_backend_name() == "sqlite"
        if not self.local:
            reach = {"connect_timeout": 5}
            self.engine = sa.create_engine(address, pool_pre_ping=True, connect_args=reach)
            return
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(address, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _set_up if self.lasting else _set_up_loosely)
        sa.event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that reads, and never waits for a writer."""
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT", reading=True)

    def close(self) -> None:
        """Let go of every connection, and of a file that was not to last."""
        self.engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    def _name(self) -> Path:
        return Path(self._folder.name if self._folder else ".") / "audit.db"


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to the newest form; several workers may do so at once."""
    from alembic import command  # noqa: PLC0415 - slow, and needed once
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _spelt(url: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return f"postgresql+psycopg://{url.removeprefix(short)}"
    return url


def _set_up(connection: DBAPIConnection, _: object, sync: str = "FULL") -> None:
    # What is answered must be on disk: no commit returns before it is.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(f"PRAGMA synchronous = {sync}")
    cursor.close()


def _set_up_loosely(connection: DBAPIConnection, record: object) -> None:
    _set_up(connection, record, "OFF")


def _begin(connection: sa.Connection) -> None:
    # A transaction that will write takes its turn at once instead of failing halfway.
    if connection.get_execution_options().get("reading"):
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")

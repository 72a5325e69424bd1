"""How alembic reaches the database: by the connection that it is given."""

from __future__ import annotations

from alembic import context

from myopathway.service.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the caller holds the transaction, and its lock
)
context.run_migrations()

"""A decision on the page names the fact that is wrong, and the role of who decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("feedback", sa.Column("fact", sa.String(60)))
    op.add_column("feedback", sa.Column("role", sa.String(20)))

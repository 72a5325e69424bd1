"""The first form of the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "evaluation",
        sa.Column("id", _COUNT, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("node", sa.String(40)),
        sa.Column("indicator", sa.String(10)),
        sa.Column("card", sa.String(36)),
        sa.Column("advice", sa.String(16)),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("microseconds", sa.Integer, nullable=False),
    )
    op.create_index("evaluation_at_idx", "evaluation", ["at"])
    op.create_index("evaluation_card_idx", "evaluation", ["card"])
    op.create_table(
        "feedback",
        sa.Column("id", _COUNT, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("card", sa.String(36), nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.Column("advice", sa.String(16)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(100)),
        sa.Column("reason_system", sa.String(200)),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("commented", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("done_at", sa.String(40), nullable=False),
    )
    op.create_index("feedback_at_idx", "feedback", ["at"])
    op.create_index("feedback_card_idx", "feedback", ["card"])
    op.create_table(
        "acknowledged",
        sa.Column("advice", sa.String(16), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("acknowledged_at_idx", "acknowledged", ["at"])
    op.create_table(
        "used_token",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_index("used_token_expires_idx", "used_token", ["expires"])
    op.create_table(
        "site_secret",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(100), nullable=False),
    )

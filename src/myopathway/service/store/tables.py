"""The tables of the store. None has a place for a patient's name, number or free text."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={"pk": "%(table_name)s_pkey", "ix": "%(table_name)s_%(column_0_name)s_idx"}
)
# SQLite counts up by itself for this very type only.
_COUNT: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# One row for each evaluation. `advice` is a keyed digest by which an acknowledged advice is known
# again; `outcome` is what became of the evaluation: card, acknowledged, silent, none, answer, or
# decided on the page.
EVALUATION: Final = sa.Table(
    "evaluation",
    METADATA,
    sa.Column("id", _COUNT, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("client", sa.String(200), nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("node", sa.String(40)),
    sa.Column("indicator", sa.String(10)),
    sa.Column("card", sa.String(36), index=True),
    sa.Column("advice", sa.String(16)),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("microseconds", sa.Integer, nullable=False),
)

# One row for each feedback on a card, and each decision on the page; `own` says that the card was
# issued here, `fact` names the fact that was said to be wrong, `role` is the role of who decided.
FEEDBACK: Final = sa.Table(
    "feedback",
    METADATA,
    sa.Column("id", _COUNT, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("client", sa.String(200), nullable=False),
    sa.Column("card", sa.String(36), nullable=False, index=True),
    sa.Column("own", sa.Boolean, nullable=False),
    sa.Column("advice", sa.String(16)),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(100)),
    sa.Column("reason_system", sa.String(200)),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("commented", sa.Boolean, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("done_at", sa.String(40), nullable=False),
    sa.Column("fact", sa.String(60)),
    sa.Column("role", sa.String(20)),
)

# Which advice was acknowledged, and when last.
ACKNOWLEDGED: Final = sa.Table(
    "acknowledged",
    METADATA,
    sa.Column("advice", sa.String(16), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
)

# Tokens that were used, by digest, until they expire.
USED_TOKEN: Final = sa.Table(
    "used_token",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("expires", sa.Float, nullable=False, index=True),
)

# What the workers of one site share.
SITE_SECRET: Final = sa.Table(
    "site_secret",
    METADATA,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(100), nullable=False),
)

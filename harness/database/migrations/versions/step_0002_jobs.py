"""Jobs of the service, their results, tokens, and who is to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Text

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)
_HEX = String(64)
_GOING = sa.text("state IN ('queued', 'running') AND NOT cancel")


def upgrade() -> None:
    """Make the tables, those first that others refer to."""
    op.create_table(
        "jobs",
        Column("id", Integer, primary_key=True),
        Column("kind", String, nullable=False),
        Column("digest", _HEX, nullable=False, index=True),
        Column("request", Text, nullable=False),
        Column("token", String, nullable=False, index=True),
        Column("priority", Integer, nullable=False),
        Column("state", String, nullable=False),
        Column("cancel", Boolean, nullable=False),
        Column("created", _MOMENT, nullable=False),
        Column("started", _MOMENT),
        Column("ended", _MOMENT),
        Column("attempt", Integer, nullable=False),
        Column("lost", Integer, nullable=False),
        Column("worker", String, nullable=False),
        Column("lease", _MOMENT),
        Column("status", Integer),
        Column("message", String, nullable=False),
        Column("phase", String, nullable=False),
        Column("percent", Integer),
        Column("tail", String, nullable=False),
        Column("revision", Integer, nullable=False),
    )
    op.create_index(
        "uq_jobs_digest_going", "jobs", ["digest"], unique=True, sqlite_where=_GOING, postgresql_where=_GOING
    )
    op.create_index("ix_jobs_queue", "jobs", ["state", "priority", "id"])
    op.create_table(
        "job_results",
        Column("job_id", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        Column("name", String, primary_key=True),
        Column("digest", _HEX, ForeignKey("artifacts.digest"), nullable=False, index=True),
        Column("size", BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        Column("id", String(16), primary_key=True),
        Column("name", String, nullable=False),
        Column("hash", _HEX, nullable=False),
        Column("scopes", String, nullable=False),
        Column("created", _MOMENT, nullable=False),
        Column("expires", _MOMENT),
        Column("revoked", _MOMENT),
    )
    op.create_table(
        "hooks",
        Column("id", Integer, primary_key=True),
        Column("job_id", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("url", Text, nullable=False),
        Column("secret", Text, nullable=False),
        Column("due", _MOMENT, index=True),
        Column("tries", Integer, nullable=False),
        Column("trouble", Text, nullable=False),
    )

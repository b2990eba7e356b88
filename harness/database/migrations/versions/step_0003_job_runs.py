"""Jobs know the recorded run that they made."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(Column("run", Integer, ForeignKey("runs.id", name="fk_jobs_run", ondelete="SET NULL")))

"""Runs of the gate, campaigns, buckets, files, acceptances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_HEX = String(64)
_FAILED = sa.text("decision = 'fail'")


def upgrade() -> None:
    """Make the tables, those first that others refer to."""
    _things()
    _runs()
    _campaigns()
    _comparisons()
    op.create_table(
        "sightings",
        Column("id", Integer, primary_key=True),
        Column("bucket_id", Integer, ForeignKey("buckets.id"), nullable=False, index=True),
        Column("toolchain_id", Integer, ForeignKey("toolchains.id"), nullable=False),
        Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), index=True),
        Column("campaign_id", Integer, ForeignKey("campaigns.id", ondelete="CASCADE"), index=True),
        Column("count", BigInteger, nullable=False),
        sa.CheckConstraint("(run_id IS NULL) <> (campaign_id IS NULL)", name="of_one"),
    )
    op.create_table(
        "acceptances",
        Column("id", Integer, primary_key=True),
        Column("run_id", Integer, nullable=False),
        Column("case_id", Integer, nullable=False),
        Column("reason", String, nullable=False),
        Column("owner", String, nullable=False),
        Column("expires", Date, nullable=False),
        Column("created", _MOMENT, nullable=False),
        Column("withdrawn", _MOMENT),
        sa.ForeignKeyConstraint(["run_id", "case_id"], ["comparisons.run_id", "comparisons.case_id"]),
    )


def _things() -> None:
    op.create_table(
        "artifacts",
        Column("digest", _HEX, primary_key=True),
        Column("size", BigInteger, nullable=False),
        Column("kept", _MOMENT, nullable=False),
    )
    op.create_table(
        "toolchains",
        Column("id", Integer, primary_key=True),
        Column("digest", _HEX, nullable=False, unique=True),
        Column("text", String, nullable=False),
        Column("engine", String, nullable=False),
        Column("release", String, nullable=False),
    )
    for name in ("buckets", "cases"):
        op.create_table(
            name,
            Column("id", Integer, primary_key=True),
            Column("name", String, nullable=False, unique=True),
            Column("seen_first", _MOMENT, nullable=False),
            Column("seen_last", _MOMENT, nullable=False),
        )
    op.create_table(
        "case_versions",
        Column("id", Integer, primary_key=True),
        Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
        Column("source", _HEX, nullable=False),
        sa.UniqueConstraint("case_id", "source"),
    )


def _runs() -> None:
    counts = ("planned", "compared", "cached", "passed", "explained", "accepted", "allowed", "failed", "unknown")
    op.create_table(
        "runs",
        Column("id", Integer, primary_key=True),
        Column("started", _MOMENT, nullable=False, index=True),
        Column("seconds", Float, nullable=False),
        Column("pre_id", Integer, ForeignKey("toolchains.id"), nullable=False),
        Column("post_id", Integer, ForeignKey("toolchains.id"), nullable=False),
        Column("sandbox", String, nullable=False),
        Column("version", String, nullable=False),
        Column("model", _HEX, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headline", String, nullable=False),
        Column("interrupted", Boolean, nullable=False),
        *(Column(name, Integer, nullable=False) for name in counts),
    )
    op.create_table(
        "run_files",
        Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        Column("name", String, primary_key=True),
        Column("digest", _HEX, ForeignKey("artifacts.digest"), nullable=False, index=True),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        Column("id", Integer, primary_key=True),
        Column("recorded", _MOMENT, nullable=False, index=True),
        Column("seconds", Float, nullable=False),
        Column("source", _DOCUMENT, nullable=False),
        Column("model", _HEX, nullable=False),
        Column("driver", _HEX, nullable=False),
        Column("complete", Boolean, nullable=False),
        Column("certificate", _HEX, ForeignKey("artifacts.digest"), nullable=False, unique=True),
    )
    op.create_table(
        "campaign_toolchains",
        Column("campaign_id", Integer, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
        Column("toolchain_id", Integer, ForeignKey("toolchains.id"), primary_key=True),
        Column("programs", BigInteger, nullable=False),
        Column("events", BigInteger, nullable=False),
        Column("differing", BigInteger, nullable=False),
    )


def _comparisons() -> None:
    op.create_table(
        "comparisons",
        Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
        Column("version_id", Integer, ForeignKey("case_versions.id"), nullable=False),
        Column("verdict", String, nullable=False),
        Column("decision", String, nullable=False),
        Column("unexpected_pass", Boolean, nullable=False),
        *_side("pre"),
        *_side("post"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comparisons_case_id", "comparisons", ["case_id", "run_id"])
    op.create_index(
        "ix_comparisons_failed",
        "comparisons",
        ["case_id", "run_id"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )


def _side(role: str) -> tuple[Column[str], Column[bytes], Column[bool], Column[str], Column[str], Column[str]]:
    return (
        Column(f"{role}_outcome", String, nullable=False),
        Column(f"{role}_shows", LargeBinary(16), nullable=False),
        Column(f"{role}_stored", Boolean, nullable=False),
        Column(f"{role}_rule", String, nullable=False),
        Column(f"{role}_got", String, nullable=False),
        Column(f"{role}_owed", String, nullable=False),
    )

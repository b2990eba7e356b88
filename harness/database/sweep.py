"""Stored files that nothing refers to any more."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Column, and_, delete, exists, or_, select

from harness.database.artifacts import ArtifactRow
from harness.database.engine import Database
from harness.database.tables import METADATA

_YOUNG = timedelta(days=1)
"""How long a file, or its row, may wait to be referred to."""


def sweep(database: Database, now: datetime) -> int:
    """Delete the files that no row of any table refers to, unless they are young; how many."""
    oldest = now - _YOUNG
    used = or_(*(exists().where(column == ArtifactRow.digest) for column in _users()))
    with database.writing() as session:
        session.execute(delete(ArtifactRow).where(and_(ArtifactRow.kept < oldest, ~used)))
    with database.reading() as session:
        known = set(session.scalars(select(ArtifactRow.digest)))
    removed = 0
    for file in database.files.glob("??/*"):
        with suppress(OSError):
            if file.parent.name + file.name not in known and file.stat().st_mtime < oldest.timestamp():
                file.unlink()
                removed += 1
    return removed


def _users() -> list[Column[str]]:
    """The columns that refer to a file."""
    digest = METADATA.tables[ArtifactRow.__tablename__].c.digest
    return [key.parent for table in METADATA.tables.values() for key in table.foreign_keys if key.column is digest]

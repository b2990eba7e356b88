"""Files that belong to rows of tables, kept by what they hold: what is the same is there once.

A file is written beside its place and put there at once, so whoever finds it finds all of it. It is on disk before
the row that refers to it is committed, and a row goes before its file does: a crash leaves at most a file that nobody
refers to. `sweep` takes those.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import BigInteger, Column, String, and_, delete, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.engine import Database
from harness.database.upsert import upsert
from harness.errors import DatabaseFailed

_YOUNG = timedelta(days=1)
"""How long a file, or its row, may wait to be referred to."""


class ArtifactRow(Base):
    """`digest`: SHA-256 of the file, in hex; `size` in bytes; `kept`: when it was last handed in.

    Other tables refer to it by foreign keys, and are found by these: a new one needs no care here.
    """

    __tablename__ = "artifacts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[datetime]


def keep(session: Session, files: Path, content: bytes) -> str:
    """Keep a file; its digest, for a row of the same transaction to refer to. Raises `DatabaseFailed`."""
    digest = hashlib.sha256(content).hexdigest()
    # Also if it is there: it may be damaged, and must be young.
    _write(_place(files, digest), content)
    row = {"digest": digest, "size": len(content), "kept": datetime.now(UTC)}
    upsert(session, ArtifactRow, ["digest"], [row], latest=["kept"])
    return digest


def read(files: Path, digest: str) -> bytes:
    """What a file holds, which is what it held when it was kept. Raises `DatabaseFailed`."""
    place = _place(files, digest)
    try:
        content = place.read_bytes()
    except OSError as trouble:
        raise DatabaseFailed(f"{place}: a stored file cannot be read: {trouble.strerror}") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise DatabaseFailed(f"{place}: a stored file is damaged: bring it back from a backup")
    return content


def sweep(database: Database, now: datetime) -> int:
    """Delete the files that no row refers to, unless they are young; how many."""
    oldest = now - _YOUNG
    with database.writing() as session:
        unused = and_(
            ArtifactRow.kept < oldest, ~or_(*(exists().where(one == ArtifactRow.digest) for one in _users()))
        )
        session.execute(delete(ArtifactRow).where(unused))
    with database.reading() as session:
        known = set(session.scalars(select(ArtifactRow.digest)))
    removed = 0
    for place in database.files.glob("??/*"):
        with suppress(OSError):
            if place.parent.name + place.name not in known and place.stat().st_mtime < oldest.timestamp():
                place.unlink()
                removed += 1
    return removed


def _users() -> list[Column[str]]:
    """The columns of all tables that refer to a file."""
    return [
        key.parent
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is ArtifactRow.__table__.c.digest
    ]


def _place(files: Path, digest: str) -> Path:
    return files / digest[:2] / digest[2:]


def _write(place: Path, content: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as scratch:
            made = Path(scratch) / place.name
            with made.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            made.replace(place)
        _sync(place.parent)
    except OSError as trouble:
        raise DatabaseFailed(f"{place.parent}: a file cannot be stored: {trouble.strerror}") from None


def _sync(directory: Path) -> None:
    """Have a new name in a directory on disk."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

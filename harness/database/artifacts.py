"""Files that belong to rows of tables, kept by what they hold: what is the same is there once.

A file is written beside its place and put there at once, so whoever finds it finds all of it. It is on disk before
the row that refers to it is committed, and a row goes before its file does: a crash leaves at most a file that nobody
refers to. `harness.database.sweep` takes those.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.upsert import upsert
from harness.errors import DatabaseFailed


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
    _write(place(files, digest), content)
    row = {"digest": digest, "size": len(content), "kept": datetime.now(UTC)}
    upsert(session, ArtifactRow, ["digest"], [row], latest=["kept"])
    return digest


def read(files: Path, digest: str) -> bytes:
    """What a file holds, which is what it held when it was kept. Raises `DatabaseFailed`."""
    file = place(files, digest)
    try:
        content = file.read_bytes()
    except OSError as trouble:
        raise DatabaseFailed(f"{file}: a stored file cannot be read: {trouble.strerror}") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise DatabaseFailed(f"{file}: a stored file is damaged: bring it back from a backup")
    return content


def place(files: Path, digest: str) -> Path:
    """Where the file is."""
    return files / digest[:2] / digest[2:]


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as scratch:
            made = Path(scratch) / file.name
            with made.open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            made.replace(file)
        _sync(file.parent)
    except OSError as trouble:
        raise DatabaseFailed(f"{file.parent}: a file cannot be stored: {trouble.strerror}") from None


def _sync(directory: Path) -> None:
    """Have a new name in a directory on disk."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

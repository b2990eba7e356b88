from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select

from harness.database import artifacts, runs
from harness.database.artifacts import ArtifactRow
from harness.database.engine import Database
from harness.database.sweep import sweep
from harness.errors import DatabaseFailed
from tests.harness.report import sample

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=2)


def keep(database: Database, content: bytes) -> str:
    with database.writing() as session:
        return artifacts.keep(session, database.files, content)


def place(database: Database, digest: str) -> Path:
    return artifacts.place(database.files, digest)


def files(database: Database) -> list[Path]:
    return [path for path in database.files.rglob("*") if path.is_file()]


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArtifactRow)) or 0


def test_what_is_kept_is_read(database: Database) -> None:
    content = bytes(range(256))
    digest = keep(database, content)
    assert digest == sha256(content).hexdigest()
    assert artifacts.read(database.files, digest) == content
    assert keep(database, content) == digest
    assert files(database) == [place(database, digest)]


@pytest.mark.parametrize("content", [b"", b"changed", b"whol"])
def test_a_damaged_file_is_told_and_mended_when_it_is_handed_in_again(database: Database, content: bytes) -> None:
    digest = keep(database, b"whole")
    place(database, digest).write_bytes(content)
    with pytest.raises(DatabaseFailed, match=f"{place(database, digest)}: a stored file is damaged"):
        artifacts.read(database.files, digest)
    with place(database, digest).open("rb") as reader:
        keep(database, b"whole")
        assert reader.read() == content  # what was there is replaced, and not written over
    assert artifacts.read(database.files, digest) == b"whole"


def test_a_missing_file_is_told(database: Database) -> None:
    digest = keep(database, b"gone")
    place(database, digest).unlink()
    with pytest.raises(DatabaseFailed, match="cannot be read: No such file"):
        artifacts.read(database.files, digest)


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = keep(database, b"old")

    def full(_file: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    for content in (b"old", b"new"):
        with pytest.raises(DatabaseFailed, match="cannot be stored: No space left"):
            keep(database, content)
    assert files(database) == [place(database, digest)]
    assert artifacts.read(database.files, digest) == b"old"


def test_sweeping_takes_what_nobody_refers_to_and_nothing_else(database: Database) -> None:
    with database.writing() as session:
        runs.record(session, database.files, sample.mixed(), {"report.json": b"used"})
    unused = keep(database, b"unused")
    stray = database.files / "ab" / ("cd" * 31)
    stray.parent.mkdir()
    stray.write_bytes(b"of a crash")
    assert sweep(database, datetime.now(UTC)) == 0  # all may be somebody's work of this moment
    assert len(files(database)) == 3
    assert sweep(database, LATER) == 2
    assert not place(database, unused).exists()
    assert not stray.exists()
    assert rows(database) == len(files(database)) == 1
    assert artifacts.read(database.files, sha256(b"used").hexdigest()) == b"used"


def test_what_is_handed_in_again_is_young_again(database: Database) -> None:
    digest = keep(database, b"again")
    old = time.time() - 3 * 24 * 3600
    os.utime(place(database, digest), (old, old))
    with database.writing() as session:
        session.get_one(ArtifactRow, digest).kept = NOW - timedelta(days=3)
    keep(database, b"again")
    assert sweep(database, datetime.now(UTC)) == 0
    assert rows(database) == 1
    assert artifacts.read(database.files, digest) == b"again"

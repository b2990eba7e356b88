from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import event, exc, func, select

from harness.database import engine, runs
from harness.database.artifacts import ArtifactRow
from harness.database.cases import CaseRow
from harness.database.engine import VARIABLE, Database, connect
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow
from harness.errors import BadDatabase, DatabaseFailed
from tests.harness.report import sample
from tests.postgres import Cluster


def toolchain(digest: str) -> ToolchainRow:
    return ToolchainRow(digest=digest, text="", engine="gc", release="")


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(RunRow)) or 0


def record(database: Database) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, sample.mixed(), {"report.json": b"{}"})


def test_what_raises_is_taken_back(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            session.add(toolchain("a"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as session:
        assert session.scalars(select(ToolchainRow)).all() == []


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.reading() as reader:
        assert reader.scalars(select(RunRow)).all() == []
        record(database)
        assert reader.scalars(select(RunRow)).all() == []
    assert count(database) == 1


def test_many_writers_lose_nothing_and_make_nothing_twice(url: str) -> None:
    """Each has a connection of its own, as processes have. All of them see the same cases for the first time."""

    def work(_number: int) -> list[int]:
        with connect(url) as database:
            return [record(database) for _ in range(3)]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for done in pool.map(work, range(4)) for number in done]
    assert len(set(numbers)) == 12
    with connect(url) as database, database.reading() as session:
        cases = len(sample.mixed().decided)
        assert session.scalar(select(func.count()).select_from(RunRow)) == 12
        assert session.scalar(select(func.count()).select_from(ComparisonRow)) == 12 * cases
        assert session.scalar(select(func.count()).select_from(CaseRow)) == cases
        assert session.scalar(select(func.count()).select_from(ArtifactRow)) == 1


def test_a_broken_constraint_is_the_caller_s_affair(database: Database) -> None:
    with pytest.raises(exc.IntegrityError), database.writing() as session:
        session.add_all([toolchain("same"), toolchain("same")])
    with pytest.raises(exc.IntegrityError), database.writing() as session:
        session.add(runs.FileRow(run_id=1, name="of no run", digest="of no file"))


def test_moments_keep_their_instant_and_must_have_a_time_zone(database: Database) -> None:
    there = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    with database.writing() as session:
        session.add(ArtifactRow(digest="a", size=1, kept=there))
    with database.reading() as session:
        kept = session.get_one(ArtifactRow, "a").kept
        assert (kept, kept.tzinfo) == (there, UTC)
    with pytest.raises(exc.StatementError, match="without a time zone"), database.writing() as session:
        session.add(ArtifactRow(digest="b", size=1, kept=there.replace(tzinfo=None)))


def record_while_it_stops(database: Database, cluster: Cluster) -> None:
    with database.writing() as session:
        runs.record(session, database.files, sample.mixed(), {})
        cluster.stop()


@pytest.mark.postgres
def test_a_server_that_was_stopped_is_used_again_when_it_is_back(cluster: Cluster) -> None:
    with connect(cluster.new_database()) as database:
        record(database)
        with pytest.raises(DatabaseFailed) as caught:
            record_while_it_stops(database, cluster)
        try:
            assert "\n" not in str(caught.value)
            with pytest.raises(DatabaseFailed, match="the database failed: connection"):
                count(database)
        finally:
            cluster.start()
        assert count(database) == 1
        record(database)
        assert count(database) == 2


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: a disk that is full, for all that writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    file = tmp_path / "db"
    with connect(str(file)) as database:
        first = record(database)
        wal = Path(f"{file}-wal").stat().st_size
        with largest_file(wal + 4096), pytest.raises(DatabaseFailed, match=f"^{file}: the database failed: "):
            record(database)
        assert count(database) == 1
        assert record(database) > first
    with closing(sqlite3.connect(file)) as again:
        assert again.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_that_is_full_is_told(tmp_path: Path) -> None:
    with connect(str(tmp_path / "db")) as database:
        with database.writing() as session:
            event.listen(session.get_bind().engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1"))
        with pytest.raises(DatabaseFailed, match="database or disk is full"):
            list(map(record, [database] * 20))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mysql://user:secret@host/name", "^mysql: no such sort of database here"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://user:secret@host", "^postgresql://user:\\*\\*\\*@host: names no database"),
        ("://", "cannot be read"),
        ("postgresql://host:port/name", "cannot be read"),
    ],
)
def test_names_that_mean_nothing(name: str, says: str) -> None:
    with pytest.raises(BadDatabase, match=says) as caught:
        connect(name)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFailed, match="the database failed: connection") as caught:
        connect(f"postgresql://user:secret@/name?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.postgres
def test_a_want_of_rights_is_told(cluster: Cluster) -> None:
    cluster.new_role("guest")
    with pytest.raises(DatabaseFailed, match="the database failed: permission denied"):
        connect(cluster.new_database().replace("deferdiff@", "guest@"))


def test_who_only_reads_locks_nothing(url: str) -> None:
    with connect(url) as first, first.writing() as session:
        session.add(toolchain("a"))
        session.flush()
        with connect(url) as second:
            assert count(second) == 0


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "db"
    file.write_bytes(b"this is something else" * 500)
    with pytest.raises(DatabaseFailed, match="file is not a database"):
        connect(str(file))
    assert file.read_bytes() == b"this is something else" * 500


def test_which_database_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFERDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.delenv(VARIABLE, raising=False)
    with connect() as database:
        assert database.shown == str(tmp_path / "data" / "deferdiff.sqlite3")
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/other")
    with connect() as database:
        assert database.shown == f"{tmp_path}/other"
        assert database.files == tmp_path / "other.files"
    with connect(str(tmp_path / "named")) as database:
        assert database.shown == str(tmp_path / "named")


class _Refusing:
    """A connection on which so many statements fail with an error of SQLite."""

    def __init__(self, times: int, code: int) -> None:
        self.times = times
        self.code = code
        self.asked = 0

    def execute(self, _statement: str) -> None:
        self.asked += 1
        if self.asked <= self.times:
            trouble = sqlite3.OperationalError("database is locked")
            trouble.sqlite_errorcode = self.code
            raise trouble


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY])
def test_a_journal_that_others_change_at_the_same_time_is_tried_again(code: int) -> None:
    connection = _Refusing(2, code)
    engine._use_wal(cast(sqlite3.Connection, connection))
    assert connection.asked == 3


def test_a_journal_that_cannot_be_changed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(sqlite3.OperationalError):
        engine._use_wal(cast(sqlite3.Connection, _Refusing(1, sqlite3.SQLITE_FULL)))
    monkeypatch.setattr(engine, "_PATIENCE", -1)
    with pytest.raises(sqlite3.OperationalError):
        engine._use_wal(cast(sqlite3.Connection, _Refusing(1, sqlite3.SQLITE_BUSY)))

"""A database that is open: SQLite in a file, or a PostgreSQL server.

All that happens in one `reading` or `writing` block is one transaction. Trouble of the database's own (it is away,
full, locked, damaged) is raised as `DatabaseFailed`, one line; a constraint that is broken is the caller's own affair
and raised as it is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

import platformdirs
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.orm import Session

from harness.database import tables
from harness.database.migrations import is_current, upgrade
from harness.errors import BadDatabase, DatabaseFailed

VARIABLE = "DEFERDIFF_DATABASE"
"""The environment variable that names the database, where no option does."""

_PATIENCE = 30
"""Seconds to wait for another process's transaction, and for a server to answer."""

_SILENT = 60
"""Seconds for which a transaction may say nothing. A machine that is gone without a word never says anything, and the
rows that it has locked would be nobody's for the hours that it takes a server to notice."""

_PAUSE = 0.02
"""Seconds between two tries of what SQLite does not wait for."""

_WRITES = "deferdiff_writes"
"""Execution option of a connection whose transactions write."""

METADATA = tables.METADATA
"""All tables are known wherever a database is open, whichever of them the caller has heard of."""

_TROUBLE = (exc.DatabaseError, exc.InterfaceError, exc.TimeoutError)
_OUR_OWN = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
_FORBIDDEN = "42501"
"""PostgreSQL's code for a want of rights, which counts as an error of the statement."""


def data_directory() -> Path:
    """Where what is to last is kept: $DEFERDIFF_DATA, else the user's data directory for this program."""
    chosen = os.environ.get("DEFERDIFF_DATA")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("deferdiff")


class Database:
    """An open database with its tables as this version needs them. Safe for many threads; closes as a context.

    `shown` names it in messages, without a password. `files` is the directory for what is too large for a table: no
    two databases have the same.
    """

    def __init__(self, url: URL) -> None:
        self.shown = _shown(url)
        self.files = _files(url)
        self._engine = _engine(url, self.shown)
        self._readers = self._engine.execution_options(**_snapshot(url))
        self._writers = self._engine.execution_options(**{_WRITES: True})
        try:
            with self._translated():
                self._bring_up_to_date()
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads, and sees one state of the database throughout. Raises `DatabaseFailed`."""
        with self._translated(), Session(self._readers) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end of the block, taken back if it raises. On SQLite no
        other process writes meanwhile, so keep it short. Raises `DatabaseFailed`."""
        with self._translated(), Session(self._writers) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back. A closed database opens itself again when it is used."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _bring_up_to_date(self) -> None:
        """Nothing is locked if there is nothing to do: who only reads needs no more rights than that."""
        with self._readers.connect() as connection:
            if is_current(connection):
                return
        with self._writers.begin() as connection:
            upgrade(connection, self.shown)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _OUR_OWN as error:
            if getattr(error.orig, "sqlstate", None) != _FORBIDDEN:
                raise
            raise DatabaseFailed(f"{self.shown}: {_reason(error)}") from error
        except _TROUBLE as trouble:
            raise DatabaseFailed(f"{self.shown}: {_reason(trouble)}") from trouble


def connect(name: str | None = None) -> Database:
    """Open the database that is called `name`: a URL (`sqlite:///FILE`, `postgresql://USER@HOST/NAME`) or the path of
    a file. Without one, what the environment says (`VARIABLE`), else a file in the data directory.

    Raises `BadDatabase` or `DatabaseFailed`.
    """
    return Database(_url(name or os.environ.get(VARIABLE) or str(data_directory() / "deferdiff.sqlite3")))


def _url(name: str) -> URL:
    if "://" not in name:
        return URL.create("sqlite", database=str(Path(name).expanduser().absolute()))
    try:
        url = make_url(name)
    except (exc.ArgumentError, ValueError):
        raise BadDatabase(
            "a database's URL that cannot be read; sqlite:///FILE and postgresql://HOST/NAME can"
        ) from None
    match url.drivername:
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise BadDatabase(f"{name}: names no file; sqlite:///FILE does")
            return url.set(database=str(Path(url.database).absolute()))
        case "postgres" | "postgresql" | "postgresql+psycopg":
            if not url.database:
                raise BadDatabase(f"{_shown(url)}: names no database; postgresql://HOST/NAME does")
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise BadDatabase(
                f"{other}: no such sort of database here; sqlite:///FILE and postgresql://HOST/NAME are"
            )


def _engine(url: URL, shown: str) -> Engine:
    if url.drivername == "sqlite":
        return _sqlite(url, shown)
    try:
        return create_engine(
            url,
            pool_pre_ping=True,  # a server that was restarted has forgotten us
            pool_timeout=_PATIENCE,
            connect_args={
                "connect_timeout": _PATIENCE,
                "options": f"-c timezone=utc -c lock_timeout=30s -c idle_in_transaction_session_timeout={_SILENT}s",
            },
        )
    except ImportError:
        raise BadDatabase(f"{shown}: needs the package psycopg: pip install 'deferdiff[postgres]'") from None


def _snapshot(url: URL) -> dict[str, str]:
    """Options of a connection that make all its reads of one transaction see one state. SQLite's always do."""
    return {} if url.drivername == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _sqlite(url: URL, shown: str) -> Engine:
    assert url.database is not None, "a URL without a file is refused"
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise DatabaseFailed(f"{shown}: its directory cannot be made: {trouble.strerror}") from None
    engine = create_engine(url, connect_args={"timeout": _PATIENCE}, pool_timeout=_PATIENCE)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions begin where `_begin` says, not where the module sqlite3 thinks that one is needed.
    connection.isolation_level = None
    _use_wal(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Change the journal, if it is not changed yet. For this SQLite does not wait for others by itself."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as trouble:
            if trouble.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    """Who will write takes the lock at once: who reads first and then wants to write may be refused."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _files(url: URL) -> Path:
    if url.drivername == "sqlite":
        return Path(f"{url.database}.files")
    host = url.host or url.query.get("host") or "local"
    server = f"{host}-{url.port or 5432}-{url.database}"
    return data_directory() / "files" / quote(server, safe="")


def _shown(url: URL) -> str:
    if url.drivername == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def _reason(trouble: exc.SQLAlchemyError) -> str:
    """What the database says, on one line."""
    said = str(getattr(trouble, "orig", None) or trouble).strip().splitlines()
    return f"the database failed: {said[0] if said else type(trouble).__name__}"

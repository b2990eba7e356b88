"""A service whose jobs run a stand-in for `deferdiff`: the program that is submitted is Python, and is run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from harness import toolchain
from harness.database import tokens
from harness.database.engine import Database, connect
from harness.database.tokens import Scope
from harness.service import execution
from harness.service.api import application
from harness.service.core import Service
from harness.service.kinds import Place
from harness.service.worker import Settings, Workers
from tests.harness.service.standin import STANDIN
from tests.sqlite import new_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with connect(new_database(tmp_path / "service.sqlite3")) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "cases", toolchain.load(), sandbox="process")


@pytest.fixture
def service(database: Database, place: Place) -> Service:
    return Service(database, place, limit=20)


@pytest.fixture
def client(service: Service, database: Database) -> Iterator[TestClient]:
    """Somebody who may do everything."""
    with TestClient(application(service), raise_server_exceptions=True) as made:
        made.headers["Authorization"] = f"Bearer {token(database, Scope.ADMIN)}"
        yield made


@pytest.fixture
def workers(database: Database, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """One worker that has not begun."""
    monkeypatch.setattr(execution, "_deferdiff", lambda: [sys.executable, "-I", "-c", STANDIN])
    made = Workers(database, Settings(place, tmp_path, lease=20, beat=0.05, idle=0.05), 1)
    yield made
    made.stop()


def token(database: Database, *scopes: Scope, expires: datetime | None = None) -> str:
    with database.writing() as session:
        return tokens.create(session, "test", scopes, expires, datetime.now(UTC))

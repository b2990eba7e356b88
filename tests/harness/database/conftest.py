"""Databases of either sort, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from harness.database import tables
from harness.database.engine import Database, connect
from tests.postgres import Cluster
from tests.sqlite import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that nobody has opened yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture(scope="session")
def kept(cluster: Cluster) -> str:
    """The URL of a database on the server that many tests use: to make one takes a second."""
    return cluster.new_database()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty one, with its tables."""
    monkeypatch.setenv("DEFERDIFF_DATA", str(tmp_path / "data"))
    if request.param == "sqlite":
        with connect(new_database(tmp_path / "runs.sqlite3")) as opened:
            yield opened
        return
    with connect(request.getfixturevalue("kept")) as opened:
        with opened.writing() as session:
            names = ", ".join(tables.METADATA.tables)
            session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        yield opened

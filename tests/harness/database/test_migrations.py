from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from harness.database import tables
from harness.database.engine import Database, connect
from harness.database.migrations import VERSIONS
from harness.database.toolchains import ToolchainRow
from harness.errors import BadDatabase


def test_the_steps_lead_to_the_tables_of_the_code(database: Database) -> None:
    with database.reading() as session:
        options = {"version_table": VERSIONS, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, tables.METADATA) == []


def test_opening_a_database_again_keeps_it(url: str) -> None:
    for number in range(2):
        with connect(url) as database, database.writing() as session:
            session.add(ToolchainRow(digest=str(number), text="", engine="gc", release=""))
    with connect(url) as database, database.reading() as session:
        assert session.query(ToolchainRow).count() == 2


def test_of_many_that_open_a_new_database_one_makes_it(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(connect, [url] * 4):
            opened.close()


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    with connect(url) as database, database.writing() as session:
        session.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))
    with pytest.raises(BadDatabase, match="made by a newer version of deferdiff \\(step 9999\\); use that one"):
        connect(url)


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (id)")
    connection.close()
    with pytest.raises(BadDatabase, match=f"^{file}: holds tables of another program \\(bookmarks\\)"):
        connect(str(file))
    with sqlite3.connect(file) as again:
        assert again.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    again.close()

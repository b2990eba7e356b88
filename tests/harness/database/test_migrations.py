from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from harness.database import tables
from harness.database.engine import connect
from harness.database.migrations import VERSIONS
from harness.errors import BadDatabase


def test_the_steps_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    connect(str(tmp_path / "new")).close()
    with create_engine(f"sqlite:///{tmp_path / 'new'}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSIONS, "compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []


def test_opening_a_database_again_keeps_it(tmp_path: Path) -> None:
    for number in range(2):
        with connect(str(tmp_path / "db")) as database, database.writing() as session:
            session.execute(
                text("INSERT INTO toolchains (digest, text, engine, release) VALUES (:d, '', '', '')"),
                {"d": str(number)},
            )
    with connect(str(tmp_path / "db")) as database, database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM toolchains")) == 2


def test_of_many_that_open_a_new_database_one_makes_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for opened in pool.map(connect, [str(tmp_path / "db")] * 8):
            opened.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "db"
    with connect(str(file)) as database, database.writing() as session:
        session.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))
    before = file.read_bytes()
    with pytest.raises(BadDatabase, match=f"^{file}: made by a newer version of deferdiff \\(step 9999\\)"):
        connect(str(file))
    assert file.read_bytes() == before


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (id)")
    connection.close()
    with pytest.raises(BadDatabase, match="holds tables of another program \\(bookmarks\\)"):
        connect(str(file))

"""SQLite databases that nobody has used yet: to make the tables anew for each test takes longer than most tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.database.engine import connect


def new_database(file: Path) -> str:
    """Make `file` one with its tables; its name."""
    file.write_bytes(_with_tables())
    return str(file)


@cache
def _with_tables() -> bytes:
    with TemporaryDirectory() as directory:
        file = Path(directory, "database.sqlite3")
        connect(str(file)).close()
        assert list(file.parent.iterdir()) == [file]  # nothing of it is in a log beside it
        return file.read_bytes()

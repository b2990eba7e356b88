"""Databases of either sort, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.database.engine import Database, connect


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with connect(str(tmp_path / "runs.sqlite3")) as opened:
        yield opened

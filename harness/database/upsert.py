"""Rows that several writers may want at once: whoever comes first makes them, and nobody fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from harness.database.base import Base

_CHUNK = 1000
"""Rows of one statement."""


def upsert(
    session: Session,
    table: type[Base],
    key: Sequence[str],
    rows: Sequence[dict[str, Any]],
    *,
    earliest: Sequence[str] = (),
    latest: Sequence[str] = (),
) -> None:
    """Insert those of `rows` that are not there yet, by the columns `key`, which have a unique constraint. Where one
    is there, its columns `earliest` become the smaller of the two values, and `latest` the larger.

    Rows are taken in the order of their keys, so that no two writers wait for each other in a ring.
    """
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    there = inspect(table).local_table.c
    for begin in range(0, len(ordered), _CHUNK):
        statement = _insert(session, table).values(ordered[begin : begin + _CHUNK])
        new = statement.excluded
        changes = {name: case((new[name] < there[name], new[name]), else_=there[name]) for name in earliest}
        changes |= {name: case((new[name] > there[name], new[name]), else_=there[name]) for name in latest}
        if changes:
            session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))
        else:
            session.execute(statement.on_conflict_do_nothing(index_elements=key))


def _insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from harness.database import tokens
from harness.database.engine import Database
from harness.database.tokens import Scope

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make(database: Database, *scopes: Scope, expires: datetime | None = None) -> str:
    with database.writing() as session:
        return tokens.create(session, "ci", scopes or (Scope.READ,), expires, NOON)


def scopes_of(database: Database, token: str, now: datetime = NOON) -> frozenset[Scope] | None:
    with database.reading() as session:
        found = tokens.holder(session, token, now)
    return None if found is None else found.scopes


def test_a_token_is_good_for_its_scopes(database: Database) -> None:
    made = make(database, Scope.READ, Scope.SUBMIT)
    with database.reading() as session:
        holder = tokens.holder(session, made, NOON)
    assert holder is not None
    assert [holder.may(scope) for scope in Scope] == [True, True, False, False]


def test_an_administrator_may_everything(database: Database) -> None:
    with database.reading() as session:
        holder = tokens.holder(session, make(database, Scope.ADMIN), NOON)
    assert holder is not None
    assert all(holder.may(scope) for scope in Scope)


def test_a_token_expires(database: Database) -> None:
    made = make(database, expires=NOON + timedelta(hours=1))
    assert scopes_of(database, made, NOON + timedelta(minutes=59)) is not None
    assert scopes_of(database, made, NOON + timedelta(hours=1)) is None


def test_a_revoked_token_is_worth_nothing(database: Database) -> None:
    made = make(database)
    with database.writing() as session:
        assert tokens.revoke(session, made.split("_")[1], NOON)
        assert not tokens.revoke(session, "0" * 16, NOON)
    assert scopes_of(database, made) is None


@pytest.mark.parametrize("change", ["", "x", "secret", "id", "newline"])
def test_what_is_no_token(database: Database, change: str) -> None:
    made = make(database)
    secret = made.split("_")[2]
    other = "0" if secret[-1] != "0" else "1"
    given = {
        "": "",
        "x": made + "x",
        "secret": made[:-1] + other,
        "id": f"ddf_{'0' * 16}_{secret}",
        "newline": f"{made}\n",
    }[change]
    assert scopes_of(database, made) is not None
    assert scopes_of(database, given) is None


def test_the_database_does_not_have_the_secret(database: Database) -> None:
    secret = make(database).split("_")[2]
    with database.reading() as session:
        rows = session.execute(text("SELECT * FROM tokens")).all()
    assert secret not in str(rows)

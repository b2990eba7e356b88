"""Tokens of the service, as `deferdiff token` makes, shows and ends them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import typer
from rich.console import Console
from rich.table import Table

from harness.database import tokens
from harness.database.engine import connect
from harness.database.tokens import Scope
from harness.errors import BadToken

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=3650)


def create(database: str | None, name: str, scopes: str, expires: str) -> str:
    """A new token. `expires`: see `_after`, or "never". Raises `BadToken`, and what `connect` does."""
    wanted = _scopes(scopes)
    if not re.fullmatch(r"[^\x00-\x1f\x7f]{1,100}", name):
        raise BadToken("a token's name is one line of up to 100 characters")
    now = datetime.now(UTC)
    until = None if expires == "never" else now + _after(expires)
    with connect(database) as opened, opened.writing() as session:
        return tokens.create(session, name, wanted, until, now)


def show(database: str | None, *, as_json: bool) -> None:
    """Print all tokens, without their secrets."""
    with connect(database) as opened, opened.reading() as session:
        rows = [
            (row.id, row.name, row.scopes, str(row.expires or "never"), str(row.revoked or ""))
            for row in tokens.listed(session)
        ]
    headings = ("id", "name", "scopes", "expires", "revoked")
    if as_json:
        typer.echo(json.dumps([dict(zip(headings, row, strict=True)) for row in rows], indent=2))
        return
    shown = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    Console(highlight=False, markup=False).print(shown)


def revoke(database: str | None, identity: str) -> None:
    """End a token. Raises `BadToken` if there is none."""
    with connect(database) as opened, opened.writing() as session:
        found = tokens.revoke(session, identity, datetime.now(UTC))
    if not found:
        raise BadToken(f"{identity}: there is no such token; `deferdiff token list` shows all")


def _scopes(text: str) -> set[Scope]:
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in set(Scope):
            raise BadToken(f"--scopes {text}: {word!r} is no scope; there are {', '.join(Scope)}")
    return {Scope(word) for word in words}


def _after(text: str) -> timedelta:
    form = re.fullmatch(r"([1-9]\d{0,6})([mhd])", text)
    if form is None or (length := int(form[1]) * _UNITS[form[2]]) > _LONGEST:
        raise BadToken(f"--expires {text}: must be such as 30m, 12h or 90d, up to 3650d, or never")
    return length

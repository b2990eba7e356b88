"""Tokens of the service: only a hash of each is kept, so that who reads the database cannot use them.

A token is `ddf_<id>_<secret>`. The secret has 256 random bits, so a plain SHA-256 of it cannot be searched.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base

_FORM = re.compile(r"ddf_([0-9a-f]{16})_([0-9a-f]{64})")


class Scope(StrEnum):
    """What a token is good for; `ADMIN` for everything."""

    READ = "read"
    SUBMIT = "submit"
    CANCEL = "cancel"
    ADMIN = "admin"


class TokenRow(Base):
    """`hash`: SHA-256 of the secret, in hex; `scopes`: their words, with commas between."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str]
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks, as a valid token has it."""

    id: str
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the token is good for this."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def create(session: Session, name: str, scopes: Collection[Scope], expires: datetime | None, now: datetime) -> str:
    """Make a token; it is returned this once."""
    identity, secret = secrets.token_hex(8), secrets.token_hex(32)
    words = ",".join(sorted(scopes))
    session.add(TokenRow(id=identity, name=name, hash=_hash(secret), scopes=words, created=now, expires=expires))
    return f"ddf_{identity}_{secret}"


def holder(session: Session, token: str, now: datetime) -> Holder | None:
    """Whose a token is; None if it is nobody's, has expired or was revoked. Takes as long for a wrong secret as for
    the right one."""
    form = _FORM.fullmatch(token)
    row = None if form is None else session.get(TokenRow, form[1])
    secret = "" if form is None else form[2]
    same = hmac.compare_digest(_hash(secret), _hash("nobody's") if row is None else row.hash)
    if row is None or not same or row.revoked is not None or (row.expires is not None and row.expires <= now):
        return None
    return Holder(row.id, row.name, frozenset(map(Scope, row.scopes.split(","))))


def listed(session: Session) -> Sequence[TokenRow]:
    """All tokens, the oldest first."""
    return session.scalars(select(TokenRow).order_by(TokenRow.created, TokenRow.id)).all()


def revoke(session: Session, identity: str, now: datetime) -> bool:
    """End a token; whether there was one."""
    row = session.get(TokenRow, identity)
    if row is not None and row.revoked is None:
        row.revoked = now
    return row is not None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

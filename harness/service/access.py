"""Who may do what: a bearer token with the scope, or for reading nobody in particular, if the operator says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from harness.database import queue, tokens
from harness.database.engine import Database
from harness.database.tokens import Holder, Scope

_NOBODY = Holder("", "nobody", frozenset({Scope.READ}))
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_BEARER = HTTPBearer(auto_error=False, description="A token of `deferdiff token create`")
_Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


class Access:
    """`public_read`: reading takes no token."""

    def __init__(self, database: Database, *, public_read: bool) -> None:
        self._database = database
        self._public_read = public_read

    def to(self, scope: Scope) -> Callable[[_Given], Holder]:
        """A dependency of routes: who asks, if that one may. See `check`."""

        def check(given: _Given) -> Holder:
            return self.check(None if given is None else given.credentials, scope)

        return check

    def check(self, token: str | None, scope: Scope) -> Holder:
        """Whose the token is, if that one may. 401: nobody known; 403: not for this."""
        if token is None:
            if scope is Scope.READ and self._public_read:
                return _NOBODY
            raise HTTPException(401, "this needs a token: Authorization: Bearer ddf_...", _CHALLENGE)
        with self._database.reading() as session:
            holder = tokens.holder(session, token, queue.clock(session))
        if holder is None:
            raise HTTPException(401, "the token is not known, has expired or was revoked", _CHALLENGE)
        if not holder.may(scope):
            raise HTTPException(403, f"the token is not good for this: it needs the scope {scope.value}")
        return holder

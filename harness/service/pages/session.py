"""Who is asking in a browser: a token in a cookie that no script reads and no other site's form carries.

The token itself is in the cookie, so one that is revoked or has expired is of no use here at once, too.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from harness.database import queue, tokens
from harness.service.pages.site import COOKIE, Site

_DAYS = 30


def add(pages: APIRouter, site: Site) -> None:
    """The form that takes a token, and the way out."""

    @pages.get("/login")
    def login(request: Request, back: Annotated[str, Query(max_length=2000, alias="next")] = "/") -> Response:
        return site.page(request, "login.html", back=_here(back), wrong=False)

    @pages.post("/login")
    def enter(
        request: Request,
        token: Annotated[str, Form(max_length=200)],
        back: Annotated[str, Form(max_length=2000, alias="next")] = "/",
    ) -> Response:
        site.refuse_foreign(request)
        given = token.strip()
        with site.database.reading() as session:
            holder = tokens.holder(session, given, queue.clock(session))
        if holder is None:
            return site.page(request, "login.html", 401, back=_here(back), wrong=True)
        response = RedirectResponse(_here(back), 303)
        response.set_cookie(
            COOKIE,
            given,
            max_age=_DAYS * 86_400,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    @pages.post("/logout")
    def leave(request: Request) -> Response:
        site.refuse_foreign(request)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response


def _here(wanted: str) -> str:
    """A path of this site, whatever a link asks for: nobody is sent elsewhere by us."""
    parts = urlsplit(wanted)
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and not parts.scheme and not parts.netloc else "/"

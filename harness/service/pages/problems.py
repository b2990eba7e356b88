"""What no route answers by itself: addresses and methods that there are not, bodies that are refused, faults of our
own. A browser has a page, a program one line of JSON, as everywhere below /api."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from harness.database.tokens import Scope
from harness.errors import DatabaseFailed
from harness.service.pages.site import Site

Answer = Callable[[Request, int, str, Mapping[str, str]], Awaitable[Response]]
"""A request, a status, why, and headers -> the answer."""

_FOR_PROGRAMS = ("/api/", "/metrics", "/healthz", "/readyz", "/openapi.json")
_IN_WORDS = {404: "This service has nothing at this address."}


def answering(site: Site) -> Answer:
    """How this site answers what is wrong."""
    known = site.to(Scope.READ)

    def page(request: Request, status: int, why: str) -> Response:
        try:
            known(request)
        except (HTTPException, DatabaseFailed):
            request.state.holder = None
        said = _IN_WORDS.get(status, why) if why == HTTPStatus(status).phrase else why
        return site.wrong(request, status, said)

    async def answer(request: Request, status: int, why: str, headers: Mapping[str, str]) -> Response:
        browser = "text/html" in request.headers.get("accept", "")
        if not browser or str(request.scope["path"]).startswith(_FOR_PROGRAMS):
            return JSONResponse({"detail": why}, status, dict(headers))
        made = await run_in_threadpool(page, request, status, why)
        made.headers.update(headers)
        return made

    return answer


def add(app: FastAPI, answer: Answer) -> None:
    """Answer what no route does."""

    @app.exception_handler(StarletteHTTPException)
    async def wrong(request: Request, error: StarletteHTTPException) -> Response:
        return await answer(request, error.status_code, str(error.detail), error.headers or {})

    @app.exception_handler(Exception)
    async def fault(request: Request, _error: Exception) -> Response:
        return await answer(request, 500, "this is a fault of the service: its log says more", {})

"""Addresses that are none: a page for browsers. Programs have JSON, as everywhere below /api."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from harness.database.tokens import Scope
from harness.errors import DatabaseFailed
from harness.service.pages.site import Site


def add(app: FastAPI, site: Site) -> None:
    """Answer where no route does."""
    known = site.to(Scope.READ)

    def page(request: Request) -> Response:
        try:
            known(request)
        except (HTTPException, DatabaseFailed):
            request.state.holder = None
        return site.wrong(request, 404, "This service has nothing at this address.")

    @app.exception_handler(StarletteHTTPException)
    async def wrong(request: Request, error: StarletteHTTPException) -> Response:
        nowhere = error.status_code == 404 and "endpoint" not in request.scope
        browser = "text/html" in request.headers.get("accept", "")
        if nowhere and browser and not request.url.path.startswith("/api/"):
            return await run_in_threadpool(page, request)
        return await http_exception_handler(request, error)

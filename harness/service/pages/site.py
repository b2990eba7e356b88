"""What all pages share: templates, headers, who is asking, and what is shown when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound, UndefinedError
from markupsafe import Markup

from harness.database.tokens import Holder, Scope
from harness.errors import BadRun, DatabaseFailed, UsageError
from harness.policy import Status
from harness.report.result import word
from harness.report.text import one_line
from harness.service.core import Service
from harness.yamltext import in_words

COOKIE = "deferdiff"

Search = Annotated[str, Query(max_length=200)]
"""What is looked for in a list."""
Page = Annotated[int, Query(ge=1, le=100_000)]
"""Of a list: the first is 1."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With no referrer at all, browsers do not tell either which site a form was sent from: see `refuse_foreign`.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Site:
    """The service, and templates to show it with."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.database = service.database
        self._access = service.access
        self._templates = Environment(
            loader=PackageLoader(__package__),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"when": _when, "line": one_line, "word": _word, "path": quote, "query": _query}

    def uses(self, address: Callable[[str], str]) -> None:
        """What templates call to have the address of a static file."""
        self._templates.globals["static"] = address

    def filters(self, **more: Callable[..., object]) -> None:
        """What templates of one place have beside."""
        self._templates.filters |= more

    def part(self, templates: Sequence[str], /, **shown: Any) -> Markup:
        """A piece of a page by the first of `templates` that is there and finds in `shown` what it expects; the last
        one must."""
        *special, general = templates
        for name in special:
            with suppress(TemplateNotFound, UndefinedError, KeyError, TypeError, ValueError):
                return Markup(self._templates.get_template(name).render(**shown))
        return Markup(self._templates.get_template(general).render(**shown))

    def page(self, request: Request, template: str, code: int = 200, /, **shown: Any) -> HTMLResponse:
        """A template filled in. In each, `holder` is who asks (None: nobody asked), and `here` the page's path."""
        holder: Holder | None = getattr(request.state, "holder", None)
        text = self._templates.get_template(template).render(
            holder=holder, may_submit=holder is not None and holder.may(Scope.SUBMIT), here=request.url.path, **shown
        )
        return HTMLResponse(text, code, headers=_HEADERS)

    # --- Who asks ------------------------------------------------------------------------------------------------

    def to(self, scope: Scope) -> Callable[[Request], Holder]:
        """A dependency of pages: who asks, if that one may. Who is not known is sent to log in."""

        def check(request: Request) -> Holder:
            if scope is not Scope.READ:
                self.refuse_foreign(request)
            token = request.cookies.get(COOKIE)
            try:
                holder = self._access.check(token, scope)
            except HTTPException as unknown:
                if unknown.status_code != 401:
                    raise
                # An old token in a cookie is no reason to keep from somebody what all may read.
                holder = self._access.check(None, scope)
            request.state.holder = holder
            return holder

        return check

    @staticmethod
    def refuse_foreign(request: Request) -> None:
        """Refuse a form that another site's page sent. Browsers tell; what is no browser has no cookie to steal."""
        told = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        foreign = told not in (None, "same-origin", "none") or (
            told is None and origin is not None and urlsplit(origin).netloc != request.headers.get("host")
        )
        if foreign:
            raise HTTPException(403, "this form was sent from another site")

    # --- What is wrong -------------------------------------------------------------------------------------------

    def wrong(self, request: Request, status: int, why: str) -> Response:
        """A page that says so; for who is not known, the form that takes a token."""
        if status == 401 and request.method == "GET":
            asked = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
            return RedirectResponse(f"/login?next={asked}", 303, headers=_HEADERS)
        page = self.page(request, "wrong.html", status, why=" ".join(why.split()), status=status)
        if status == 503:
            page.headers["Retry-After"] = "5"
        return page


def router(site: Site) -> APIRouter:
    """A router whose routes answer what is wrong with a page."""

    class Route(APIRoute):
        """A page."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """See FastAPI."""
            answer = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await answer(request)
                except HTTPException as wrong:
                    return site.wrong(request, wrong.status_code, str(wrong.detail))
                except RequestValidationError as wrong:
                    fault = wrong.errors()[0]
                    return site.wrong(request, 422, f"{fault['loc'][-1]}: {in_words(fault)}")
                except BadRun as wrong:
                    return site.wrong(request, 404, str(wrong))
                except UsageError as wrong:
                    return site.wrong(request, 422, str(wrong))
                except DatabaseFailed as wrong:
                    return site.wrong(request, 503, str(wrong))

            return handle

    return APIRouter(route_class=Route, include_in_schema=False)


def _when(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _query(asked: Mapping[str, object]) -> str:
    """The part of an address that asks this, without what is empty."""
    said = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
    return f"?{said}" if said else "?"


def _word(status: int) -> str:
    """PASS, FAIL, ... of an exit status."""
    return word(Status(status))

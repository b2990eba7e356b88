"""The service over HTTP: the application and its routes below /api. Pages for people are in `pages`.

All that routes answer is JSON, but for results and events.

Who may do what is in `access.py`. What goes wrong is one line: {"detail": "..."}.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST

from harness.database import jobs, queue
from harness.database.jobs import JobRow, State
from harness.database.tokens import Holder, Scope
from harness.errors import DatabaseFailed, UsageError
from harness.service import events, files
from harness.service.core import Service
from harness.service.limits import BodyLimit
from harness.service.metrics import Metrics
from harness.service.pages import add_pages, problems
from harness.service.pages.site import Site
from harness.service.schemas import JobView, Number, Problem, ResultView, Submission
from harness.yamltext import in_words

_RETRY = {"Retry-After": "5"}
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 401, 403, 404, 408, 413, 422, 429, 503)
}


def application(service: Service) -> FastAPI:
    """The application, with its OpenAPI at /openapi.json."""
    app = FastAPI(title="deferdiff", version=version("deferdiff"), responses=_ERRORS, docs_url=None, redoc_url=None)
    site = Site(service)
    answer = problems.answering(site)
    app.add_middleware(BodyLimit, answer=answer)
    app.middleware("http")(_measured(service.metrics))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(UsageError, lambda _request, error: _problem(422, str(error)))
    app.add_exception_handler(DatabaseFailed, lambda _request, error: _problem(503, str(error), _RETRY))
    _add_health(app, service)
    _add_jobs(app, service)
    _add_results(app, service)
    add_pages(app, site)
    problems.add(app, answer)
    return app


def _add_jobs(app: FastAPI, service: Service) -> None:
    database, access = service.database, service.access
    submitter = Depends(access.to(Scope.SUBMIT))

    @app.post("/api/v1/jobs", status_code=201, responses={200: {"model": JobView}})
    def submit(given: Submission, response: Response, holder: Holder = submitter) -> JobView:
        """Submit a job. 201: it is new; 200: an identical one is there already."""
        view, new = service.submit(given, holder)
        response.status_code = 201 if new else 200
        response.headers["Location"] = f"/api/v1/jobs/{view.id}"
        return view

    @app.get("/api/v1/jobs", dependencies=[Depends(access.to(Scope.READ))])
    def listed(
        state: State | None = None,
        before: Annotated[Number | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> list[JobView]:
        """Jobs, the newest first; `before` the number of the last one that is known, for the next page."""
        with database.reading() as session:
            return [JobView.of(row) for row in jobs.listed(session, state=state, before=before, limit=limit)]

    @app.get("/api/v1/jobs/{job}", dependencies=[Depends(access.to(Scope.READ))])
    def shown(job: Number) -> JobView:
        """One job."""
        with database.reading() as session:
            return JobView.of(_found(jobs.get(session, job), job))

    @app.get("/api/v1/jobs/{job}/request", dependencies=[Depends(access.to(Scope.READ))])
    def request(job: Number) -> Response:
        """What was asked, uploads and all."""
        with database.reading() as session:
            return Response(_found(jobs.get(session, job), job).request, media_type="application/json")

    @app.post("/api/v1/jobs/{job}/cancel", dependencies=[Depends(access.to(Scope.CANCEL))])
    def cancel(job: Number) -> JobView:
        """Ask for the end of a job. One that runs ends soon after: look at its state. One that is done stays so."""
        with database.writing() as session:
            return JobView.of(_found(queue.cancel(session, job, queue.clock(session)), job))

    @app.get(
        "/api/v1/jobs/{job}/events",
        dependencies=[Depends(access.to(Scope.READ))],
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    def watched(
        job: Number, last_event_id: Annotated[str | None, Header(pattern="^[0-9]{1,9}$")] = None
    ) -> StreamingResponse:
        """The job as server-sent events, until it is done."""
        return events.answer(database, job, int(last_event_id or 0))


def _add_results(app: FastAPI, service: Service) -> None:
    database, access = service.database, service.access

    @app.get("/api/v1/jobs/{job}/results", dependencies=[Depends(access.to(Scope.READ))])
    def results(job: Number) -> list[ResultView]:
        """The files that a job left."""
        with database.reading() as session:
            _found(jobs.get(session, job), job)
            return [
                ResultView(
                    name=row.name, size=row.size, sha256=row.digest, url=f"/api/v1/jobs/{job}/results/{row.name}"
                )
                for row in jobs.results(session, job)
            ]

    @app.get(
        "/api/v1/jobs/{job}/results/{name:path}",
        dependencies=[Depends(access.to(Scope.READ))],
        response_class=Response,
    )
    def result(job: Number, name: str) -> Response:
        """One of them."""
        return files.of_job(database, job, name)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/healthz")
    def alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        """The database answers, too."""
        with service.database.reading() as session:
            queue.workers(session)
        return {"status": "ready"}

    @app.get("/metrics", dependencies=[Depends(service.access.to(Scope.READ))], response_class=PlainTextResponse)
    def metrics() -> Response:
        """For Prometheus."""
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _found(row: JobRow | None, number: int) -> JobRow:
    if row is None:
        raise HTTPException(404, f"there is no job {number}")
    return row


def _problem(status: int, why: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": " ".join(why.split())}, status, headers)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """The first fault, in words. What the client sent is not sent back: it need not be anything that can be."""
    assert isinstance(error, RequestValidationError)
    fault = error.errors()[0]
    place = ".".join(str(step) for step in fault["loc"])
    return _problem(422, f"{place}: {in_words(fault)}".encode(errors="replace").decode())


def _measured(metrics: Metrics) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    """Middleware that counts and times requests, by the routes' patterns: paths are for clients to choose."""

    async def measure(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        begun = time.perf_counter()
        response = await answer(request)
        route = getattr(request.scope.get("route"), "path", "none")
        metrics.requests.labels(route, request.method, response.status_code).inc()
        metrics.seconds.labels(route).observe(time.perf_counter() - begun)
        return response

    return measure

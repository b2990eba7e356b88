"""Jobs: the list, and one job, which a small script keeps up to date until it is done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from harness.database import artifacts, jobs, queue
from harness.database.jobs import DONE, JobRow, ResultRow, State
from harness.database.tokens import Holder, Scope
from harness.service import events, files
from harness.service.execution import STDOUT
from harness.service.pages import agreement
from harness.service.pages.forms import FORMS
from harness.service.pages.site import Site
from harness.service.schemas import Number

_JOBS = 50
"""Of a page of the list."""
_LARGEST = 4 << 20
"""Bytes of a result above which it is only linked to."""
_STATUS = {
    0: "agree: nothing differs",
    1: "a difference",
    2: "bad input",
    3: "the machinery failed, or it was stopped",
    125: "cannot be tested",
}
"""Exit statuses in words."""


def add(pages: APIRouter, site: Site) -> None:
    """The pages."""
    site.filters(agreeing=agreement.groups, told=_STATUS.get, pretty=_pretty)
    reader = Depends(site.to(Scope.READ))

    @pages.get("/jobs", dependencies=[reader])
    def listed(
        request: Request, state: State | None = None, before: Annotated[Number | None, Query()] = None
    ) -> Response:
        with site.database.reading() as session:
            rows = jobs.listed(session, state=state, before=before, limit=_JOBS + 1)
        shown = rows[:_JOBS]
        older = shown[-1].id if len(rows) > _JOBS else None
        return site.page(
            request, "jobs.html", jobs=shown, asked=state, before=before, older=older, states=list(State)
        )

    @pages.get("/jobs/{job}")
    def one(request: Request, job: Number, holder: Holder = reader) -> Response:
        with site.database.reading() as session:
            row = _found(jobs.get(session, job), job)
            asked = json.loads(row.request)
            left = jobs.results(session, job)
        return site.page(
            request,
            "job.html",
            job=row,
            done=row.state in DONE,
            given={name: said for name, said in asked.items() if name not in ("kind", "files") and _is_said(said)},
            uploads=asked.get("files", []),
            left=left,
            below=[each.name for each in left if "/" in each.name],
            names={each.name for each in left},
            came=_came(site, row, asked, left),
            may_cancel=holder.may(Scope.CANCEL),
            form=FORMS.get(row.kind),
        )

    @pages.post("/jobs/{job}/cancel", dependencies=[Depends(site.to(Scope.CANCEL))])
    def cancel(job: Number) -> Response:
        with site.database.writing() as session:
            _found(queue.cancel(session, job, queue.clock(session)), job)
        return RedirectResponse(f"/jobs/{job}", 303)

    @pages.get("/jobs/{job}/events", dependencies=[reader])
    def watched(job: Number, last_event_id: Annotated[str | None, Header(pattern="^[0-9]{1,9}$")] = None) -> Response:
        return events.answer(site.database, job, int(last_event_id or 0))

    @pages.get("/jobs/{job}/results/{name:path}", dependencies=[reader])
    def result(job: Number, name: str) -> Response:
        return files.of_job(site.database, job, name)


def _found(row: JobRow | None, number: int) -> JobRow:
    if row is None:
        raise HTTPException(404, f"there is no job {number}")
    return row


def _is_said(said: object) -> bool:
    return said not in (None, False, "", [], {})


def _came(site: Site, job: JobRow, asked: dict[str, Any], left: Sequence[ResultRow]) -> str:
    """What came of it: by the template of its kind, if there is one and the result is as that expects it; else as it
    is. "" if there is nothing to show."""
    row = next((each for each in left if each.name == STDOUT), None)
    if row is None or row.size > _LARGEST:
        return ""
    try:
        result = json.loads(_read(site, row) or b"null")
    except ValueError:
        return ""
    if not result:
        return ""
    shown = {"result": result, "asked": asked, "job": job, "names": {each.name for each in left}}
    return site.part([f"results/{job.kind}.html", "results/any.html"], **shown)


def _pretty(result: Any) -> str:
    return json.dumps(result, indent=1, ensure_ascii=False)


def _read(site: Site, row: ResultRow) -> bytes:
    return artifacts.read(site.database.files, row.digest)

"""One case of a recorded run: what is wrong, its events step by step, and its run on the model."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from harness.database import comparisons, runs
from harness.database.tokens import Scope
from harness.errors import BadRun
from harness.report import explain_html, pagedata, terminal
from harness.report.result import Decided, GateResult, label
from harness.report.text import one_line
from harness.service.pages.evidence import Evidence
from harness.service.pages.site import Site
from harness.service.schemas import Number


def add(pages: APIRouter, site: Site) -> None:
    """The page, and the one that is in it."""
    evidence = Evidence(site.database)
    reader = Depends(site.to(Scope.READ))

    def found(run: int, name: str) -> tuple[GateResult, Decided] | None:
        digest = evidence.digest(run)
        if digest is None:
            return None
        whole = evidence.case(digest, name).result
        return (whole, whole.decided[0]) if whole.decided else None

    @pages.get("/runs/{run}/cases/{name:path}", dependencies=[reader])
    def shown(request: Request, run: Number, name: str) -> Response:
        with site.database.reading() as session:
            of = runs.find(session, str(run))
            row = comparisons.find(session, run, one_line(name))
        if row is None:
            raise HTTPException(404, f"run {run} has no case of this name")
        why, kept = "this run was recorded without it", None
        try:
            kept = found(run, name)
        except BadRun as damaged:
            why = str(damaged)
        return site.page(
            request,
            "run_case.html",
            run=of,
            row=row,
            word=comparisons.word(row),
            name=name,
            case=kept and kept[1].comparison.case,
            data=kept and Markup(explain_html.in_script(data(*kept))),
            text=kept and terminal.story(*kept),
            why=why,
        )

    @pages.get("/runs/{run}/model/{name:path}", dependencies=[reader])
    def model(run: Number, name: str) -> Response:
        kept = found(run, name)
        steps = kept and pagedata.model(kept[1].comparison)
        if steps is None:
            raise HTTPException(404, "this case is not known to the model, or is not kept")
        page, policy = _model_page()
        headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(page.replace("@DATA@", explain_html.in_script(steps)), headers=headers)


def data(result: GateResult, decided: Decided) -> pagedata.Json:
    """What the page's script draws. The run on the model has a page of its own: here is only whether there is one."""
    return {
        "detail": pagedata.detail(result, decided) | {"model": pagedata.model(decided.comparison) is not None},
        "labels": [one_line(label(role, side)) for role, side in (("pre", result.pre), ("post", result.post))],
    }


@cache
def _model_page() -> tuple[str, str]:
    """The page of a run on the model, and a policy under which its own script runs, of no origin, and no other."""
    page = explain_html.skeleton()
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return page, (
        f"sandbox allow-scripts allow-popups; default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )

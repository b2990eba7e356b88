"""Cases: all that recorded runs have, and the history of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from harness.database import case_list, history
from harness.database.case_list import PAGE, RECENT
from harness.database.history import Point
from harness.database.tokens import Scope
from harness.policy import Decision
from harness.report.text import one_line
from harness.service.pages.site import Page, Search, Site

_MARKS = 120
"""Runs that the row of marks shows."""
_LINES = 50
"""Runs that the table shows."""

_HEIGHTS = {Decision.FAIL.value: 40, Decision.MACHINERY.value: 30, Decision.PASS.value: 10}
_HEIGHT = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A run in the row of marks. `height`: of 40, so that colour is not all that tells them apart."""

    decision: str
    height: int
    words: str


def add(pages: APIRouter, site: Site) -> None:
    """The pages."""
    reader = Depends(site.to(Scope.READ))

    @pages.get("/cases", dependencies=[reader])
    def listed(
        request: Request, q: Search = "", failing: Annotated[bool, Query()] = False, page: Page = 1
    ) -> Response:
        search = one_line(q.strip())
        with site.database.reading() as session:
            found = case_list.listed(session, search=search, failing=failing, skip=(page - 1) * PAGE)
        asked = {"q": search, "failing": "1" if failing else ""}
        more = len(found) == PAGE
        return site.page(request, "cases.html", cases=found, asked=asked, page=page, more=more, recent=RECENT)

    @pages.get("/cases/{name:path}", dependencies=[reader])
    def shown(request: Request, name: str) -> Response:
        with site.database.reading() as session:
            found = history.history(session, one_line(name))
        latest = found.points[::-1][:_LINES]
        return site.page(
            request, "case.html", found=found, marks=marks(found.points), latest=latest, failed=_failed(found.points)
        )


def marks(points: Sequence[Point]) -> list[Mark]:
    """The last runs of a case, in their order."""
    return [
        Mark(
            point.decision,
            _HEIGHTS.get(point.decision, _HEIGHT),
            f"run {point.run}, {point.started.date()}: {point.verdict}, {point.decision}",
        )
        for point in points[-_MARKS:]
    ]


def _failed(points: Sequence[Point]) -> int:
    return sum(point.decision == Decision.FAIL.value for point in points)

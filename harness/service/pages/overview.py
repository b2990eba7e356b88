"""The first page: what runs now, how it goes from day to day, the latest runs, what fails most and in which ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Depends, Request, Response

from harness.database import jobs, queue
from harness.database.jobs import State
from harness.database.overview import WINDOW, Day, overview
from harness.database.tokens import Scope
from harness.service.pages.site import Site

_HEIGHT = 100.0
"""Of the plot, in its own units; one bar is ten wide."""
_GOING = 20
"""Jobs that are shown."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the plot. `compared`, `failed`: heights."""

    day: date
    runs: int
    compared: float
    failed: float
    words: str


def add(pages: APIRouter, site: Site) -> None:
    """The page."""

    @pages.get("/", dependencies=[Depends(site.to(Scope.READ))])
    def home(request: Request) -> Response:
        with site.database.reading() as session:
            now = queue.clock(session)
            found = overview(session, now)
            going = [
                *jobs.listed(session, state=State.RUNNING, before=None, limit=_GOING),
                *jobs.listed(session, state=State.QUEUED, before=None, limit=_GOING),
            ][:_GOING]
        bars = plot(found.days, now.date())
        return site.page(request, "overview.html", found=found, going=going, bars=bars, height=_HEIGHT)


def plot(days: Sequence[Day], today: date) -> list[Bar]:
    """All days of the window as bars, those without runs too. Failures are drawn on a scale of their own, up to the
    worst day: on the scale of the comparisons nobody would see them."""
    known = {day.day: day for day in days}
    most = max((day.compared for day in days), default=0) or 1
    worst = max((day.failed for day in days), default=0) or 1
    first = today - WINDOW + timedelta(days=1)
    bars = []
    for number in range(WINDOW.days):
        day = known.get(first + timedelta(days=number), Day(first + timedelta(days=number), 0, 0, 0))
        runs = "no runs" if not day.runs else f"{day.runs} run{'s' * (day.runs != 1)}"
        words = f"{day.day}: {runs}" + (f", {day.compared:,} compared, {day.failed:,} failed" if day.runs else "")
        bars.append(Bar(day.day, day.runs, _HEIGHT * day.compared / most, _HEIGHT * day.failed / worst, words))
    return bars

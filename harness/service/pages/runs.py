"""Recorded runs: the list, one run with its comparisons, and its reports in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from sqlalchemy.orm import Session

from harness.database import changes, comparisons, overview, runs
from harness.database.changes import Change, Changes, Kind
from harness.database.comparisons import FAULTLESS, PAGE, Group, Line
from harness.database.runs import RunRow
from harness.database.tokens import Scope
from harness.database.toolchains import ToolchainRow
from harness.errors import BadRun
from harness.policy import Decision
from harness.report.formats import FORMATS
from harness.report.text import one_line
from harness.service import files
from harness.service.pages.evidence import Evidence
from harness.service.pages.kept import Kept
from harness.service.pages.site import Page, Search, Site
from harness.service.schemas import Number

_RUNS = 50
"""Of a page of the list."""
_CHANGES = 20
"""Changes that are shown."""
_COMPARED = 200
"""Pairs of runs whose changes are kept in memory: a run's page is asked for once for each part of its list."""
_KINDS = {Kind.CHANGED: "changed", Kind.APPEARED: "new", Kind.VANISHED: "gone"}
_FORMATS = {form.name: form for form in FORMATS}


@dataclass(frozen=True, slots=True)
class Block:
    """Comparisons of one group, of which a page shows `lines`."""

    group: Group
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the run number `since`. `counts`: how many of each kind, without those that none has;
    `first`: what is shown of it, what now fails first; `more`: how many are not."""

    since: int
    counts: tuple[tuple[str, int], ...]
    first: tuple[Change, ...]
    more: int


def add(pages: APIRouter, site: Site) -> None:
    """The pages."""
    evidence = Evidence(site.database)
    kept = Kept[tuple[int, int], Since](_COMPARED)
    reader = Depends(site.to(Scope.READ))

    @pages.get("/runs", dependencies=[reader])
    def listed(request: Request, before: Annotated[Number | None, Query()] = None) -> Response:
        with site.database.reading() as session:
            found = overview.latest(session, _RUNS + 1, before)
        return site.page(request, "runs.html", runs=found[:_RUNS], more=len(found) > _RUNS, before=before)

    @pages.get("/runs/{run}", dependencies=[reader])
    def shown(
        request: Request,
        run: Number,
        decision: Annotated[str, Query(max_length=20)] = "",
        q: Search = "",
        page: Page = 1,
    ) -> Response:
        search, wanted = one_line(q.strip()), one_line(decision)
        with site.database.reading() as session:
            row = runs.find(session, str(run))
            sides = [session.get_one(ToolchainRow, number) for number in (row.pre_id, row.post_id)]
            groups = comparisons.groups(session, run, search=search)
            lines = comparisons.page(session, run, decision=wanted, search=search, skip=(page - 1) * PAGE)
            changed = _changed(kept, session, row)
        digest = evidence.digest(run)
        matching = sum(group.count for group in groups if wanted in ("", group.decision))
        return site.page(
            request,
            "run.html",
            run=row,
            sides=sides,
            weaknesses=_weaknesses(evidence, digest),
            decisions=_counts(groups),
            blocks=blocks(groups, lines),
            changed=changed,
            formats=FORMATS if digest is not None else (),
            faultless=FAULTLESS,
            asked={"decision": wanted, "q": search},
            page=page,
            last=max(1, -(-matching // PAGE)),
        )

    @pages.get("/runs/{run}/reports/{name}", dependencies=[reader])
    def report(run: Number, name: str) -> Response:
        form = _FORMATS.get(name)
        if form is None:
            raise HTTPException(404, "reports have no such format")
        with site.database.reading() as session:
            runs.find(session, str(run))
        digest = evidence.digest(run)
        if digest is None:
            raise HTTPException(404, f"run {run} was recorded without the file that reports are made of")
        return files.answer(form.file, evidence.report(digest, form), f"{digest}-{name}")


def blocks(groups: Sequence[Group], lines: Sequence[Line]) -> list[Block]:
    """The lines, which come in the order of their groups, under these."""
    known = {(group.decision, group.word, group.rule): group for group in groups}
    return [
        Block(known[key], tuple(some))
        for key, some in groupby(lines, key=lambda line: (line.decision, line.word, line.rule))
    ]


def _changed(kept: Kept[tuple[int, int], Since], session: Session, run: RunRow) -> Since | None:
    """What changed since the run before with the same toolchains, if there is one. What is recorded stays so."""
    earlier = changes.before(session, run)
    if earlier is None:
        return None
    return kept.get((earlier.id, run.id), lambda: since(changes.changes(session, earlier, run)))


def since(found: Changes) -> Since:
    """The changes, the worst first."""
    kinds = Counter(change.kind for change in found.changes)
    counts = tuple((_KINDS[kind], kinds[kind]) for kind in Kind if kinds[kind])
    fails = f"({Decision.FAIL.value})"
    ordered = sorted(
        found.changes, key=lambda one: (not one.now.endswith(fails), one.kind is not Kind.CHANGED, one.case)
    )
    return Since(found.was, counts, tuple(ordered[:_CHANGES]), max(0, len(ordered) - _CHANGES))


def _counts(groups: Sequence[Group]) -> dict[str, int]:
    """How many comparisons have each decision, the worst first."""
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.decision] = counts.get(group.decision, 0) + group.count
    return counts


def _weaknesses(evidence: Evidence, digest: str | None) -> Sequence[str]:
    """Of the run's sandbox. A stored run that is damaged costs the page no more than this."""
    try:
        return () if digest is None else evidence.frame(digest).weaknesses
    except BadRun:
        return ()

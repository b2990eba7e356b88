"""All cases that recorded runs have, with what became of each in the last of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from harness.database import comparisons, history
from harness.database.cases import CaseRow
from harness.database.history import Flakes
from harness.database.overview import FAIL
from harness.database.runs import ComparisonRow, RunRow

PAGE = 100
"""Cases of a page."""
RECENT = 200
"""Runs in which flakes are counted here: to look into all, for all cases of a page, takes too long."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case. `run`: the last that has it, `word` and `decision`: of it there; `failures`: in how many runs it failed
    the gate; `flakes`: in the `RECENT` latest runs of all."""

    name: str
    seen_first: datetime
    seen_last: datetime
    run: int
    word: str
    decision: str
    failures: int
    flakes: Flakes


def listed(session: Session, *, search: str = "", failing: bool = False, skip: int = 0) -> list[CaseLine]:
    """`PAGE` cases by name, of those whose names have `search` in them. `failing`: only those that failed the gate in
    the last run that has them; `skip`: how many of the first not."""
    last = (
        select(func.max(ComparisonRow.run_id)).where(ComparisonRow.case_id == CaseRow.id).correlate(CaseRow)
    ).scalar_subquery()
    statement = select(CaseRow, ComparisonRow).join(
        ComparisonRow, (ComparisonRow.case_id == CaseRow.id) & (ComparisonRow.run_id == last)
    )
    if search:
        statement = statement.where(CaseRow.name.icontains(search, autoescape=True))
    if failing:
        statement = statement.where(ComparisonRow.decision == FAIL)
    rows = session.execute(statement.order_by(CaseRow.name).offset(skip).limit(PAGE)).all()
    cases = [case.id for case, _ in rows]
    failures = _failures(session, cases)
    latest = session.scalar(select(func.max(RunRow.id))) or 0
    flakes = history.flakes(session, cases, latest - RECENT + 1)
    return [
        CaseLine(
            case.name,
            case.seen_first,
            case.seen_last,
            row.run_id,
            comparisons.word(row),
            row.decision,
            failures.get(case.id, 0),
            flakes.get(case.id, Flakes(0, 0)),
        )
        for case, row in rows
    ]


def _failures(session: Session, cases: list[int]) -> dict[int, int]:
    counted = select(ComparisonRow.case_id, func.count()).where(
        ComparisonRow.case_id.in_(cases), ComparisonRow.decision == FAIL
    )
    return dict(session.execute(counted.group_by(ComparisonRow.case_id)).all())

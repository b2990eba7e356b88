"""What a person wants to see first: the latest runs, how it goes from day to day, what fails most and in which ways.

Runs have their counts, and what fails is indexed, so this reads few of the comparisons however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from harness.database.buckets import BucketRow, SightingRow
from harness.database.cases import CaseRow
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow
from harness.policy import Decision

RUNS, CASES, BUCKETS = 20, 10, 10
"""How many are shown."""
WINDOW = timedelta(days=60)
"""How far back days and failing cases go."""


FAIL = literal_column(f"'{Decision.FAIL.value}'", String)
"""Written out in the statement: a parameter could be any decision, and the index of failures would be no use."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line; counts as in `harness.database.runs.RunRow`. `pre`, `post`: texts of the toolchains."""

    number: int
    started: datetime
    pre: str
    post: str
    status: int
    headline: str
    compared: int
    failed: int
    accepted: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Day:
    """All runs that began on one day (UTC), added up."""

    day: date
    runs: int
    compared: int
    failed: int


@dataclass(frozen=True, slots=True)
class Failing:
    """A case that fails, in how many runs, and the number of the last of them."""

    case: str
    runs: int
    last: int


@dataclass(frozen=True, slots=True)
class BucketLine:
    """A way to go wrong (`harness.database.buckets`); in how many runs and campaigns."""

    number: int
    name: str
    seen_first: datetime
    seen_last: datetime
    runs: int
    campaigns: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The latest runs, the last first; days with runs, in their order; the cases that fail most, the worst first; the
    ways to go wrong, the last seen first."""

    runs: tuple[RunLine, ...]
    days: tuple[Day, ...]
    failing: tuple[Failing, ...]
    buckets: tuple[BucketLine, ...]


def overview(session: Session, now: datetime) -> Overview:
    """All of it, as of `now`."""
    since = now - WINDOW
    return Overview(latest(session), _days(session, since), _failing(session, since), buckets(session))


def latest(session: Session, most: int = RUNS, before: int | None = None) -> tuple[RunLine, ...]:
    """The latest runs, the last recorded first. `before`: only those recorded before the one with this number."""
    pre, post = aliased(ToolchainRow), aliased(ToolchainRow)
    facts = (RunRow.id, RunRow.started, pre.text, post.text, RunRow.status, RunRow.headline)
    counts = (RunRow.compared, RunRow.failed, RunRow.accepted, RunRow.unknown)
    statement = (
        select(*facts, *counts)
        .join(pre, pre.id == RunRow.pre_id)
        .join(post, post.id == RunRow.post_id)
        .order_by(RunRow.id.desc())
        .limit(most)
    )
    if before is not None:
        statement = statement.where(RunRow.id < before)
    found: Iterable[tuple[Any, ...]] = session.execute(statement)
    return tuple(RunLine(*row) for row in found)


def _days(session: Session, since: datetime) -> tuple[Day, ...]:
    day = func.date(RunRow.started, type_=String)
    sums = (func.count(), func.sum(RunRow.compared), func.sum(RunRow.failed))
    rows = session.execute(select(day, *sums).where(RunRow.started >= since).group_by(day).order_by(day))
    return tuple(Day(date.fromisoformat(str(when)), *counts) for when, *counts in rows)


def _failing(session: Session, since: datetime) -> tuple[Failing, ...]:
    runs, last = func.count(), func.max(ComparisonRow.run_id)
    worst = (
        select(ComparisonRow.case_id, runs.label("runs"), last.label("last"))
        .join(RunRow, RunRow.id == ComparisonRow.run_id)
        .where(ComparisonRow.decision == FAIL, RunRow.started >= since)
        .group_by(ComparisonRow.case_id)
        .order_by(runs.desc(), last.desc(), ComparisonRow.case_id)
        .limit(CASES)
        .subquery()
    )
    rows = session.execute(
        select(CaseRow.name, worst.c.runs, worst.c.last)
        .join(worst, worst.c.case_id == CaseRow.id)
        .order_by(worst.c.runs.desc(), worst.c.last.desc(), CaseRow.name)
    )
    return tuple(Failing(*row) for row in rows)


def buckets(session: Session, most: int = BUCKETS, *, search: str = "", skip: int = 0) -> tuple[BucketLine, ...]:
    """The ways to go wrong, the last seen first. `search`: what their names have in them; `skip`: how many of the
    first not."""
    chosen = select(BucketRow)
    if search:
        chosen = chosen.where(BucketRow.name.icontains(search, autoescape=True))
    latest = chosen.order_by(BucketRow.seen_last.desc(), BucketRow.name).offset(skip).limit(most).subquery()
    of = func.count(SightingRow.run_id.distinct()), func.count(SightingRow.campaign_id.distinct())
    rows = session.execute(
        select(latest.c.id, latest.c.name, latest.c.seen_first, latest.c.seen_last, *of)
        .join(SightingRow, SightingRow.bucket_id == latest.c.id)
        .group_by(latest.c.id, latest.c.name, latest.c.seen_first, latest.c.seen_last)
        .order_by(latest.c.seen_last.desc(), latest.c.name)
    )
    return tuple(BucketLine(*row) for row in rows)

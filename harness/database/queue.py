"""What workers do with jobs. Each function is part of one transaction of the caller's, and `now` is the time there.

A worker holds a job by a lease. Each change that it makes names the attempt that it was given and needs a lease that
has not run out: one that was away too long, or whose job was begun again elsewhere, changes nothing (`Fenced`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from harness.database import deliveries
from harness.database.jobs import DONE, JobRow, ResultRow, State


class Fenced(Exception):
    """The job is no longer this worker's: it lost the lease."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker was given, and for which attempt."""

    job: int
    attempt: int
    kind: str
    request: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a job is. `tail`: the last lines of its log; `percent`: of the phase, None where nobody knows."""

    phase: str = ""
    percent: int | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A result, kept under its digest already."""

    digest: str
    size: int


def clock(session: Session) -> datetime:
    """The time of the database's own machine: workers on several machines need one clock."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found


def claim(session: Session, worker: str, lease: timedelta, now: datetime) -> Claim | None:
    """The next job for a worker: the highest priority first, then the oldest. None if nothing waits."""
    waiting = select(JobRow).where(JobRow.state == State.QUEUED).order_by(JobRow.priority.desc(), JobRow.id)
    # Where several transactions write at once, none waits for another one's job; SQLite has one writer at a time.
    row = session.scalars(waiting.limit(1).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.state, row.worker, row.lease = State.RUNNING, worker, now + lease
    row.attempt += 1
    row.started, row.phase, row.percent, row.tail = now, "", None, ""
    row.revision += 1
    return Claim(row.id, row.attempt, row.kind, row.request)


def beat(session: Session, held: Claim, seen: Seen, lease: timedelta, now: datetime) -> bool:
    """Renew the lease and tell how far the job is; whether to go on. Raises `Fenced`."""
    row = _held(session, held, now)
    row.lease = now + lease
    if (row.phase, row.percent, row.tail) != (seen.phase, seen.percent, seen.tail):
        row.phase, row.percent, row.tail = seen.phase, seen.percent, seen.tail
        row.revision += 1
    return not row.cancel


def finish(
    session: Session,
    held: Claim,
    status: int,
    message: str,
    files: Mapping[str, File],
    now: datetime,
    run: int | None = None,
) -> State:
    """The job's command came to an end: keep what it left, its log among that. One that was cancelled meanwhile is
    cancelled. `run`: what it was recorded as in this transaction. Raises `Fenced`."""
    row = _held(session, held, now)
    row.run, row.tail = run, ""
    row.status = None if row.cancel else status
    session.add_all(ResultRow(job_id=row.id, name=name, digest=f.digest, size=f.size) for name, f in files.items())
    return _end(session, row, State.CANCELLED if row.cancel else State.FINISHED, message, now)


def lose(session: Session, held: Claim, why: str, attempts: int, now: datetime) -> State:
    """The attempt came to nothing through no fault of the request's: another one, or none after `attempts`. Raises
    `Fenced`."""
    return _again(session, _held(session, held, now), why, attempts, now)


def give_back(session: Session, held: Claim, now: datetime) -> State:
    """The worker stops, the job does not: it waits again, and this attempt does not count. Raises `Fenced`."""
    row = _held(session, held, now)
    if row.cancel:
        return _end(session, row, State.CANCELLED, "cancelled", now)
    row.state, row.lease, row.worker, row.message = State.QUEUED, None, "", ""
    row.revision += 1
    return State.QUEUED


def cancel(session: Session, number: int, now: datetime) -> JobRow | None:
    """Ask for the end of a job: one that waits ends at once, one that runs when its worker hears of it."""
    row = session.scalars(select(JobRow).where(JobRow.id == number).with_for_update()).one_or_none()
    if row is not None and row.state not in DONE and not row.cancel:
        row.cancel = True
        row.revision += 1
        if row.state == State.QUEUED:
            _end(session, row, State.CANCELLED, "cancelled before it began", now)
    return row


def reclaim(
    session: Session, attempts: int, now: datetime, dead: frozenset[str] = frozenset()
) -> list[tuple[int, State]]:
    """Take back the jobs whose leases ran out, or whose workers are certainly `dead`; what became of each."""
    gone = or_(JobRow.lease <= now, JobRow.worker.in_(dead))
    lost = select(JobRow).where(JobRow.state == State.RUNNING, gone).with_for_update(skip_locked=True)
    return [(row.id, _again(session, row, "its worker was lost", attempts, now)) for row in session.scalars(lost)]


def has_work(session: Session, now: datetime, dead: frozenset[str] = frozenset()) -> bool:
    """Whether `claim` or `reclaim` would do anything."""
    gone = or_(JobRow.lease <= now, JobRow.worker.in_(dead))
    wanted = or_(JobRow.state == State.QUEUED, and_(JobRow.state == State.RUNNING, gone))
    return session.scalars(select(JobRow.id).where(wanted).limit(1)).first() is not None


def workers(session: Session) -> frozenset[str]:
    """Those that hold jobs."""
    return frozenset(session.scalars(select(JobRow.worker).where(JobRow.state == State.RUNNING)))


def _held(session: Session, held: Claim, now: datetime) -> JobRow:
    row = session.scalars(select(JobRow).where(JobRow.id == held.job).with_for_update()).one_or_none()
    if row is None or row.state != State.RUNNING or row.attempt != held.attempt:
        raise Fenced(f"job {held.job}: attempt {held.attempt} is over")
    if row.lease is None or row.lease <= now:
        raise Fenced(f"job {held.job}: the lease of attempt {held.attempt} ran out")
    return row


def _again(session: Session, row: JobRow, why: str, attempts: int, now: datetime) -> State:
    if row.cancel:
        return _end(session, row, State.CANCELLED, "cancelled", now)
    row.lost += 1
    if row.lost >= attempts:
        return _end(session, row, State.FAILED, f"given up after {row.lost} attempts: {why}", now)
    row.state, row.lease, row.worker, row.message = State.QUEUED, None, "", why
    row.revision += 1
    return State.QUEUED


def _end(session: Session, row: JobRow, state: State, message: str, now: datetime) -> State:
    row.state, row.ended, row.lease, row.message = state, now, None, message
    row.revision += 1
    deliveries.release(session, row.id, now)
    return state

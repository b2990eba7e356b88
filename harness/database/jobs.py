"""Jobs of the service: what was asked, how far it is, what came of it.

Here a job comes in and is looked at; `harness.database.queue` has all that workers do with it. A job that is not done
and was not given up stands for all that are alike (`digest`): an index sees to it that there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.artifacts import ArtifactRow
from harness.database.base import Base


class State(StrEnum):
    """What a job is at; the last three are for ever."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    """Its command came to an end of its own; `status` is its exit status."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It was tried as often as may be, and each time its worker was lost or its command broke."""


DONE = (State.FINISHED, State.CANCELLED, State.FAILED)
_GOING = "state IN ('queued', 'running') AND NOT cancel"


class JobRow(Base):
    """`attempt` counts how often it was begun, and is the fencing token: who holds an older one changes nothing.
    `lost`: how many attempts came to nothing.
    `lease`: until when its worker need not be heard of. `revision` grows with every change that a client may see.
    `run`: of the gate that it was."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(
            "uq_jobs_digest_going",
            "digest",
            unique=True,
            sqlite_where=text(_GOING),
            postgresql_where=text(_GOING),
        ),
        Index("ix_jobs_queue", "state", "priority", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    request: Mapped[str] = mapped_column(Text, deferred=True)
    token: Mapped[str] = mapped_column(index=True)
    priority: Mapped[int]
    state: Mapped[str]
    cancel: Mapped[bool]
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    attempt: Mapped[int]
    lost: Mapped[int]
    worker: Mapped[str]
    lease: Mapped[datetime | None]
    status: Mapped[int | None]
    message: Mapped[str]
    phase: Mapped[str]
    percent: Mapped[int | None]
    tail: Mapped[str]
    revision: Mapped[int]
    run: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))


class ResultRow(Base):
    """A file that a job left. `name` is its path among the job's results."""

    __tablename__ = "job_results"

    job_id: Mapped[int] = mapped_column(ForeignKey(JobRow.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey(ArtifactRow.digest), index=True)
    size: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job to come. `digest`: hex SHA-256 over all that decides what it does; `limit`: how many jobs of the token
    may be going; `reuse`: one that has finished is as good."""

    kind: str
    digest: str
    request: str
    token: str
    priority: int
    limit: int
    reuse: bool = False


class TooMany(Exception):
    """The token has as many jobs going as it may."""


def submit(session: Session, asked: Asked, now: datetime) -> tuple[JobRow, bool]:
    """The job that does what is asked, and whether it is a new one. Raises `TooMany`."""
    if (same := _same(session, asked)) is not None:
        return same, False
    going = (State.QUEUED, State.RUNNING)
    mine = select(func.count()).select_from(JobRow).where(JobRow.token == asked.token, JobRow.state.in_(going))
    if session.scalars(mine).one() >= asked.limit:
        raise TooMany
    row = JobRow(
        kind=asked.kind,
        digest=asked.digest,
        request=asked.request,
        token=asked.token,
        priority=asked.priority,
        state=State.QUEUED,
        cancel=False,
        created=now,
        attempt=0,
        lost=0,
        worker="",
        message="",
        phase="",
        tail="",
        revision=1,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another transaction was faster. If its job is over by now, there is none: the client is told to try again.
        if (same := _same(session, asked)) is None:
            raise
        return same, False
    return row, True


def _same(session: Session, asked: Asked) -> JobRow | None:
    alike = select(JobRow).where(JobRow.digest == asked.digest)
    going = session.scalars(alike.where(text(_GOING))).first()
    if going is not None or not asked.reuse:
        return going
    whole = alike.where(JobRow.state == State.FINISHED, JobRow.status.in_((0, 1)))
    return session.scalars(whole.order_by(JobRow.id.desc()).limit(1)).first()


def get(session: Session, number: int) -> JobRow | None:
    """The job of that number."""
    return session.get(JobRow, number)


def listed(session: Session, *, state: State | None, before: int | None, limit: int) -> Sequence[JobRow]:
    """The newest jobs first; those of numbers below `before`."""
    wanted = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(JobRow.state == state)
    if before is not None:
        wanted = wanted.where(JobRow.id < before)
    return session.scalars(wanted).all()


def counted(session: Session) -> dict[tuple[str, str], int]:
    """How many jobs there are of each kind and state."""
    found = session.execute(select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state))
    return {(kind, state): count for kind, state, count in found}


def results(session: Session, number: int) -> Sequence[ResultRow]:
    """The files that a job left, by name."""
    return session.scalars(select(ResultRow).where(ResultRow.job_id == number).order_by(ResultRow.name)).all()

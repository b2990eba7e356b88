"""Messages to clients about the ends of their jobs (webhooks), until they are delivered or given up.

A delivery is held as a job is: whoever takes it has it until a time, and another one takes it then. So a message may
come twice, and never not at all; its `id` tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.jobs import JobRow


class HookRow(Base):
    """Where to tell of a job's end. Each who submits a job may want to be told, also of one that was there."""

    __tablename__ = "hooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey(JobRow.id, ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    due: Mapped[datetime | None] = mapped_column(index=True)
    tries: Mapped[int]
    trouble: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to be delivered now. `tries`: how often it was, this time included."""

    id: int
    job: int
    url: str
    secret: str
    tries: int


def want(session: Session, job: int, url: str, secret: str, now: datetime, *, done: bool) -> None:
    """Have a client told of the end of a job; at once if it is `done`. Who asks twice is told once."""
    alike = select(HookRow.id).where(HookRow.job_id == job, HookRow.url == url, HookRow.secret == secret)
    if done or session.scalars(alike).first() is None:
        due = now if done else None
        session.add(HookRow(job_id=job, url=url, secret=secret, due=due, tries=0, trouble=""))


def release(session: Session, job: int, now: datetime) -> None:
    """The job has ended: its messages are due. Part of the transaction that ends it."""
    for row in session.scalars(select(HookRow).where(HookRow.job_id == job)):
        row.due = now


def is_due(session: Session, now: datetime) -> bool:
    """Whether `take` would find anything. Only reads."""
    return session.scalars(select(HookRow.id).where(HookRow.due <= now).limit(1)).first() is not None


def take(session: Session, patience: timedelta, now: datetime) -> Delivery | None:
    """The next that is due; it is again after `patience`, unless `settle` says otherwise."""
    due = select(HookRow).where(HookRow.due <= now).order_by(HookRow.due, HookRow.id)
    row = session.scalars(due.limit(1).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.due = now + patience
    row.tries += 1
    return Delivery(row.id, row.job_id, row.url, row.secret, row.tries)


def settle(session: Session, delivery: Delivery, again: datetime | None, trouble: str) -> None:
    """It was delivered, or given up (`again` is None), or is to be tried `again`."""
    row = session.get(HookRow, delivery.id)
    if row is not None and row.tries == delivery.tries:
        row.due, row.trouble = again, trouble

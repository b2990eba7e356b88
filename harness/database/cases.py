"""Cases, and their versions: what an edited case shows says nothing about what it showed before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.upsert import upsert
from harness.difference import source
from harness.model import Case


class CaseRow(Base):
    """`seen_first`, `seen_last`: the starts of the first and the last run that compared it."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    seen_first: Mapped[datetime]
    seen_last: Mapped[datetime]


class VersionRow(Base):
    """A case as one file had it. `source`: SHA-256 of the file."""

    __tablename__ = "case_versions"
    __table_args__ = (UniqueConstraint("case_id", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id))
    source: Mapped[str] = mapped_column(String(64))


def see(session: Session, cases: Iterable[Case], when: datetime) -> dict[str, tuple[int, int]]:
    """Note that a run that started at `when` has these cases: name -> numbers of the case and of its version."""
    sources = {case.name: source(case) for case in cases}
    seen = [{"name": name, "seen_first": when, "seen_last": when} for name in sources]
    upsert(session, CaseRow, ["name"], seen, earliest=["seen_first"], latest=["seen_last"])
    numbers = dict(session.execute(select(CaseRow.name, CaseRow.id)).all())
    versions = [{"case_id": numbers[name], "source": digest} for name, digest in sources.items()]
    upsert(session, VersionRow, ["case_id", "source"], versions)
    known = {
        (case, digest): number
        for case, digest, number in session.execute(select(VersionRow.case_id, VersionRow.source, VersionRow.id))
    }
    return {name: (numbers[name], known[numbers[name], digest]) for name, digest in sources.items()}

"""Fuzz campaigns: what ran on which toolchain, and the buckets of what differed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.data.record import Ran, Record
from harness.database import artifacts, buckets, toolchains
from harness.database.artifacts import ArtifactRow
from harness.database.base import Base, Document
from harness.database.toolchains import Tested, ToolchainRow


class CampaignRow(Base):
    """A campaign of the data tier (`harness.data.record.Record`). `recorded`: when that was, for a certificate does
    not say when it ran; `certificate`: the file that has all of it, so none is there twice."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    recorded: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[float] = mapped_column(Float)
    source: Mapped[dict[str, Any]] = mapped_column(Document)
    model: Mapped[str] = mapped_column(String(64))
    driver: Mapped[str] = mapped_column(String(64))
    complete: Mapped[bool]
    certificate: Mapped[str] = mapped_column(ForeignKey(ArtifactRow.digest), unique=True)


class RanRow(Base):
    """What ran on one toolchain: how many programs and events, and how many programs did not do what they owe."""

    __tablename__ = "campaign_toolchains"

    campaign_id: Mapped[int] = mapped_column(ForeignKey(CampaignRow.id, ondelete="CASCADE"), primary_key=True)
    toolchain_id: Mapped[int] = mapped_column(ForeignKey(ToolchainRow.id), primary_key=True)
    programs: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    differing: Mapped[int] = mapped_column(BigInteger)


def record(session: Session, files: Path, campaign: Record, now: datetime) -> int:
    """Keep a campaign with its certificate, once; its number. Raises `DatabaseFailed`."""
    certificate = artifacts.keep(session, files, campaign.model_dump_json(indent=1).encode())
    there = session.scalars(select(CampaignRow.id).where(CampaignRow.certificate == certificate)).one_or_none()
    if there is not None:
        return there
    row = CampaignRow(
        recorded=now,
        seconds=campaign.seconds,
        source=campaign.source,
        model=campaign.model,
        driver=campaign.driver,
        complete=campaign.complete,
        certificate=certificate,
    )
    session.add(row)
    session.flush()
    numbers = toolchains.see(session, map(_tested, campaign.toolchains))
    for number, ran in zip(numbers, campaign.toolchains, strict=True):
        session.add(
            RanRow(
                campaign_id=row.id,
                toolchain_id=number,
                programs=ran.programs,
                events=ran.events,
                differing=ran.differing,
            )
        )
    counts = {
        (bucket.signature, number): bucket.count
        for number, ran in zip(numbers, campaign.toolchains, strict=True)
        for bucket in ran.buckets
    }
    buckets.see(session, buckets.Sighted(now, campaign=row.id), counts)
    return row.id


def _tested(ran: Ran) -> Tested:
    engine = "gccgo" if ran.text.partition(",")[0] == "gccgo" else "gc"
    return Tested(ran.digest, ran.text, engine, ran.release)

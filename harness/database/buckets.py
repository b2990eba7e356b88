"""Buckets: what goes wrong in the same way, in runs of the gate and in campaigns, since when and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.toolchains import ToolchainRow
from harness.database.upsert import upsert
from harness.model import Diverges, Judged
from harness.report import words
from harness.report.result import GateResult
from harness.report.text import one_line, shortened

_LONGEST = 400
"""Columns of a name."""


class BucketRow(Base):
    """`name`: the rule that breaks, with what the process dies of where it does, or an outcome ("timed out");
    `seen_first`, `seen_last`: as `Sighted.when` of the first and the last run or campaign that has it."""

    __tablename__ = "buckets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    seen_first: Mapped[datetime]
    seen_last: Mapped[datetime]


class SightingRow(Base):
    """A bucket on one toolchain, in one run of the gate (`count` cases) or one campaign (`count` programs)."""

    __tablename__ = "sightings"
    __table_args__ = (CheckConstraint("(run_id IS NULL) <> (campaign_id IS NULL)", name="of_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket_id: Mapped[int] = mapped_column(ForeignKey(BucketRow.id), index=True)
    toolchain_id: Mapped[int] = mapped_column(ForeignKey(ToolchainRow.id))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    count: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Sighted:
    """Where buckets were seen: in a run that began at `when`, or in a campaign that was recorded then."""

    when: datetime
    run: int | None = None
    campaign: int | None = None


def see(session: Session, where: Sighted, counts: Mapping[tuple[str, int], int]) -> None:
    """Note how often each bucket was seen on each toolchain: (name, number of the toolchain) -> count."""
    if not counts:
        return
    short = Counter[tuple[str, int]]()
    for (name, toolchain), count in counts.items():
        short[shown_name(name), toolchain] += count
    names = {name for name, _ in short}
    rows = [{"name": name, "seen_first": where.when, "seen_last": where.when} for name in names]
    upsert(session, BucketRow, ["name"], rows, earliest=["seen_first"], latest=["seen_last"])
    numbers = dict(session.execute(select(BucketRow.name, BucketRow.id).where(BucketRow.name.in_(names))).all())
    sightings = [
        {
            "bucket_id": numbers[name],
            "toolchain_id": toolchain,
            "run_id": where.run,
            "campaign_id": where.campaign,
            "count": count,
        }
        for (name, toolchain), count in short.items()
    ]
    session.execute(insert(SightingRow), sightings)


def shown_name(name: str) -> str:
    """A bucket's name as it is kept."""
    return shortened(one_line(name), _LONGEST)


def see_run(session: Session, run: int, result: GateResult, pre: int, post: int) -> None:
    """Note the buckets of a run of the gate on the toolchains with the numbers `pre` and `post`."""
    counts = Counter[tuple[str, int]]()
    for decided in result.decided:
        for side, toolchain in ((decided.comparison.pre, pre), (decided.comparison.post, post)):
            if words.fails(side.outcome):
                counts[_name(side), toolchain] += 1
    see(session, Sighted(result.started, run=run), counts)


def _name(side: Judged) -> str:
    match side.outcome:
        case Diverges(broken):
            return broken.rule.name
        case outcome:
            return words.kind(outcome)

"""Ways to go wrong, looked at closely: on which toolchains, in which runs and campaigns, and by which cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from harness.database.buckets import BucketRow, SightingRow
from harness.database.campaigns import CampaignRow
from harness.database.cases import CaseRow
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow

RUNS, CAMPAIGNS, CASES = 20, 10, 50
"""How many are shown of one bucket, the latest; cases of each of the last `_LOOKED_AT` runs."""
_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class OnToolchain:
    """A bucket on one toolchain: in how many runs and campaigns, and how many cases and programs of these had it."""

    text: str
    runs: int
    cases: int
    campaigns: int
    programs: int


@dataclass(frozen=True, slots=True)
class InRun:
    """A bucket in one run. `sides`: how often a side of a case had it."""

    number: int
    started: datetime
    pre: str
    post: str
    status: int
    sides: int


@dataclass(frozen=True, slots=True)
class InCampaign:
    """A bucket in one campaign on one toolchain. `certificate`: digest of the file that has all of it."""

    number: int
    recorded: datetime
    source: dict[str, Any]
    toolchain: str
    programs: int
    certificate: str


@dataclass(frozen=True, slots=True)
class Shows:
    """A case that shows a bucket in a run, on "pre", "post" or both."""

    run: int
    case: str
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BucketView:
    """One bucket; the latest runs, campaigns and cases first. `in_runs`, `in_campaigns`: how many have it at all."""

    number: int
    name: str
    seen_first: datetime
    seen_last: datetime
    in_runs: int
    in_campaigns: int
    toolchains: tuple[OnToolchain, ...]
    runs: tuple[InRun, ...]
    campaigns: tuple[InCampaign, ...]
    cases: tuple[Shows, ...]


def view(session: Session, number: int) -> BucketView | None:
    """One bucket, or None if there is no such."""
    row = session.get(BucketRow, number)
    if row is None:
        return None
    of = (func.count(SightingRow.run_id.distinct()), func.count(SightingRow.campaign_id.distinct()))
    in_runs, in_campaigns = session.execute(select(*of).where(SightingRow.bucket_id == number)).one()
    runs = _runs(session, number)
    return BucketView(
        number,
        row.name,
        row.seen_first,
        row.seen_last,
        in_runs,
        in_campaigns,
        _toolchains(session, number),
        runs,
        _campaigns(session, number),
        tuple(shows for run in runs[:_LOOKED_AT] for shows in _cases(session, run.number, row.name)),
    )


def _toolchains(session: Session, bucket: int) -> tuple[OnToolchain, ...]:
    def total(of: Any) -> Any:
        return func.coalesce(func.sum(SightingRow.count).filter(of.is_not(None)), 0)

    counts = [
        count
        for of in (SightingRow.run_id, SightingRow.campaign_id)
        for count in (func.count(of.distinct()), total(of))
    ]
    rows = session.execute(
        select(ToolchainRow.text, *counts)
        .join(SightingRow, SightingRow.toolchain_id == ToolchainRow.id)
        .where(SightingRow.bucket_id == bucket)
        .group_by(ToolchainRow.id, ToolchainRow.text)
        .order_by(func.max(SightingRow.id).desc())
    )
    return tuple(OnToolchain(text, *map(int, numbers)) for text, *numbers in rows)


def _runs(session: Session, bucket: int) -> tuple[InRun, ...]:
    pre, post = aliased(ToolchainRow), aliased(ToolchainRow)
    columns = (RunRow.id, RunRow.started, pre.text, post.text, RunRow.status)
    rows: Iterable[tuple[Any, ...]] = session.execute(
        select(*columns, cast(func.sum(SightingRow.count), BigInteger))
        .join(SightingRow, SightingRow.run_id == RunRow.id)
        .join(pre, pre.id == RunRow.pre_id)
        .join(post, post.id == RunRow.post_id)
        .where(SightingRow.bucket_id == bucket)
        .group_by(*columns)
        .order_by(RunRow.id.desc())
        .limit(RUNS)
    )
    return tuple(InRun(*row) for row in rows)


def _campaigns(session: Session, bucket: int) -> tuple[InCampaign, ...]:
    rows = session.execute(
        select(
            CampaignRow.id,
            CampaignRow.recorded,
            CampaignRow.source,
            ToolchainRow.text,
            SightingRow.count,
            CampaignRow.certificate,
        )
        .join(SightingRow, SightingRow.campaign_id == CampaignRow.id)
        .join(ToolchainRow, ToolchainRow.id == SightingRow.toolchain_id)
        .where(SightingRow.bucket_id == bucket)
        .order_by(CampaignRow.id.desc(), ToolchainRow.text)
        .limit(CAMPAIGNS)
    )
    return tuple(InCampaign(*row) for row in rows)


def _cases(session: Session, run: int, name: str) -> Sequence[Shows]:
    """A bucket is named by its rule, or else by the outcome."""
    has = {
        role: or_(getattr(ComparisonRow, f"{role}_rule") == name, getattr(ComparisonRow, f"{role}_outcome") == name)
        for role in ("pre", "post")
    }
    rows = session.execute(
        select(CaseRow.name, has["pre"], has["post"])
        .join(ComparisonRow, ComparisonRow.case_id == CaseRow.id)
        .where(ComparisonRow.run_id == run, or_(*has.values()))
        .order_by(CaseRow.name)
        .limit(CASES)
    )
    return [
        Shows(run, case, tuple(role for role, found in zip(has, sides, strict=True) if found))
        for case, *sides in rows
    ]

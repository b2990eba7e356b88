"""What is known of one case: since when, on which toolchains, with which outcomes, and how steady it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from harness.database.cases import CaseRow, VersionRow
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow
from harness.errors import BadRun

_NOTHING_SEEN = ("inconclusive", "not applicable")
"""Outcomes of sides on which the program did not run."""


@dataclass(frozen=True, slots=True)
class Point:
    """The case in one run."""

    run: int
    started: datetime
    verdict: str
    decision: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One side of one run. `source`: of the case's file; `shows`: a digest of what it did (`harness.difference`);
    `stored`: it did not run, but had before."""

    started: datetime
    toolchain: str
    text: str
    release: str
    source: str
    outcome: str
    rule: str
    shows: bytes
    stored: bool


@dataclass(frozen=True, slots=True)
class OnToolchain:
    """The case on one toolchain. `outcomes`: with the rule that broke, how often; `last`: the last of them.

    `ran`: how often it really ran and showed something; `odd`: how many of these runs did not show what most runs of
    the same file showed on this same toolchain.
    """

    digest: str
    text: str
    release: str
    outcomes: dict[str, int]
    last: str
    seen_first: datetime
    seen_last: datetime
    ran: int
    odd: int


@dataclass(frozen=True, slots=True)
class Flakes:
    """How often a case really ran on whichever toolchain, and how many of these runs were `odd`, as `OnToolchain` has
    it."""

    ran: int
    odd: int

    @property
    def rate(self) -> float:
        """The share of runs that showed something else, 0 to 1."""
        return self.odd / self.ran if self.ran else 0.0


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """One case. `versions`: how many states of its file there were; `points`: its runs in the order in which they
    were recorded; `toolchains`: the last seen first."""

    case: str
    seen_first: datetime
    seen_last: datetime
    versions: int
    points: tuple[Point, ...]
    toolchains: tuple[OnToolchain, ...]

    @property
    def ran(self) -> int:
        """How often it really ran, on whichever toolchain."""
        return sum(one.ran for one in self.toolchains)

    @property
    def odd(self) -> int:
        """How many of these runs showed something else than most of their kind."""
        return sum(one.odd for one in self.toolchains)

    @property
    def flake_rate(self) -> float:
        """The share of runs that showed something else, 0 to 1."""
        return self.odd / self.ran if self.ran else 0.0


def history(session: Session, case: str) -> CaseHistory:
    """The history of the case with this name. Raises `BadRun` if no run has it."""
    row = session.scalars(select(CaseRow).where(CaseRow.name == case)).one_or_none()
    if row is None:
        raise BadRun(f"{case}: no recorded run has such a case")
    points = session.execute(
        select(RunRow.id, RunRow.started, ComparisonRow.verdict, ComparisonRow.decision)
        .join(ComparisonRow, ComparisonRow.run_id == RunRow.id)
        .where(ComparisonRow.case_id == row.id)
        .order_by(RunRow.id)
    )
    seen = [*_side(session, row.id, "pre"), *_side(session, row.id, "post")]
    versions = len({one.source for one in seen})
    return CaseHistory(
        case, row.seen_first, row.seen_last, versions, tuple(Point(*point) for point in points), _by_toolchain(seen)
    )


def flakes(session: Session, cases: Collection[int], since: int) -> dict[int, Flakes]:
    """Of each of these cases that ran in the run of the number `since` or in later ones."""
    shown: dict[tuple[int, int, int], list[int]] = {}
    for role in ("pre", "post"):
        outcome, shows, stored = (getattr(ComparisonRow, f"{role}_{name}") for name in ("outcome", "shows", "stored"))
        kind = (ComparisonRow.case_id, ComparisonRow.version_id, getattr(RunRow, f"{role}_id"))
        statement = (
            select(*kind, func.count())
            .join(RunRow, RunRow.id == ComparisonRow.run_id)
            .where(ComparisonRow.case_id.in_(cases), ComparisonRow.run_id >= since)
            .where(~stored, outcome.not_in(_NOTHING_SEEN))
            .group_by(*kind, shows)
        )
        for case, version, on, count in session.execute(statement):
            shown.setdefault((case, version, on), []).append(count)
    found: dict[int, Flakes] = {}
    for (case, _, _), counts in shown.items():
        so_far = found.get(case, Flakes(0, 0))
        found[case] = Flakes(so_far.ran + sum(counts), so_far.odd + sum(counts) - max(counts))
    return found


def _side(session: Session, case: int, role: str) -> list[Seen]:
    on = aliased(ToolchainRow)
    outcome, rule, shows, stored = (
        getattr(ComparisonRow, f"{role}_{name}") for name in ("outcome", "rule", "shows", "stored")
    )
    statement = (
        select(RunRow.started, on.digest, on.text, on.release, VersionRow.source, outcome, rule, shows, stored)
        .join(ComparisonRow, ComparisonRow.run_id == RunRow.id)
        .join(VersionRow, VersionRow.id == ComparisonRow.version_id)
        .join(on, on.id == getattr(RunRow, f"{role}_id"))
        .where(ComparisonRow.case_id == case)
    )
    return [Seen(*row) for row in session.execute(statement)]


def _by_toolchain(seen: Iterable[Seen]) -> tuple[OnToolchain, ...]:
    grouped: dict[str, list[Seen]] = {}
    for one in sorted(seen, key=lambda one: one.started):
        grouped.setdefault(one.toolchain, []).append(one)
    made = [_on_toolchain(group) for group in grouped.values()]
    return tuple(sorted(made, key=lambda one: one.seen_last, reverse=True))


def _on_toolchain(group: list[Seen]) -> OnToolchain:
    """`group`: in the order of time."""
    ran = [one for one in group if not one.stored and one.outcome not in _NOTHING_SEEN]
    shown: dict[str, Counter[bytes]] = {}
    for one in ran:
        shown.setdefault(one.source, Counter())[one.shows] += 1
    usual = sum(max(counts.values()) for counts in shown.values())
    first, last = group[0], group[-1]
    return OnToolchain(
        digest=first.toolchain,
        text=first.text,
        release=first.release,
        outcomes=dict(Counter(map(_told, group)).most_common()),
        last=_told(last),
        seen_first=first.started,
        seen_last=last.started,
        ran=len(ran),
        odd=len(ran) - usual,
    )


def _told(one: Seen) -> str:
    return f"{one.outcome}: {one.rule}" if one.rule else one.outcome

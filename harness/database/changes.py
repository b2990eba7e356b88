"""Two recorded runs side by side: what of the comparisons changed, appeared and vanished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from harness.database.cases import CaseRow
from harness.database.runs import ComparisonRow, RunRow

_COMPARED = ("verdict", "decision", "pre_shows", "post_shows")
"""Columns that can make a change: what a side shows is a digest of its outcome, of what it broke, and of the rest."""


class Kind(Enum):
    """What became of a comparison from the one run to the other."""

    CHANGED = "changed"
    APPEARED = "appeared"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Change:
    """One case. `was`, `now`: verdict and decision, "" where the run has no such case; `why`: what is different, one
    sentence each, none for a case that only one run has."""

    case: str
    kind: Kind
    was: str
    now: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """`alike`: comparisons that are the same in both runs; `same_toolchains`: both runs had the same two."""

    was: int
    now: int
    same_toolchains: bool
    alike: int
    changes: tuple[Change, ...]


def changes(session: Session, was: RunRow, now: RunRow) -> Changes:
    """What is different in the run `now`. That a case was edited or came from the store is no change by itself."""
    found = [change for pair in _unlike(session, was, now) if (change := _change(*pair)) is not None]
    same = (was.pre_id, was.post_id) == (now.pre_id, now.post_id)
    cases = _cases(session, was) + sum(change.kind is Kind.APPEARED for change in found)
    return Changes(was.id, now.id, same, cases - len(found), tuple(found))


def before(session: Session, run: RunRow) -> RunRow | None:
    """The last run before this one that had the same two toolchains."""
    alike = (RunRow.pre_id == run.pre_id, RunRow.post_id == run.post_id, RunRow.id < run.id)
    return session.scalars(select(RunRow).where(*alike).order_by(RunRow.id.desc()).limit(1)).one_or_none()


_Pair = tuple[str, ComparisonRow | None, ComparisonRow | None]


def _unlike(session: Session, was: RunRow, now: RunRow) -> list[_Pair]:
    """What of two runs may have changed, by name. What is the same to the letter, as most is, is not read."""
    earlier, later = aliased(ComparisonRow), aliased(ComparisonRow)
    other = or_(*(getattr(earlier, name) != getattr(later, name) for name in _COMPARED))
    both = (
        select(CaseRow.name, earlier, later)
        .join(earlier, earlier.case_id == CaseRow.id)
        .join(later, later.case_id == CaseRow.id)
        .where(earlier.run_id == was.id, later.run_id == now.id, other)
    )
    found: list[_Pair] = [(name, one, two) for name, one, two in session.execute(both)]
    found += [(name, one, None) for name, one in _alone(session, was, now)]
    found += [(name, None, two) for name, two in _alone(session, now, was)]
    return sorted(found, key=lambda pair: pair[0])


def _alone(session: Session, run: RunRow, other: RunRow) -> Iterable[tuple[str, ComparisonRow]]:
    """Comparisons of cases that the other run does not have."""
    there = aliased(ComparisonRow)
    missing = ~exists().where(there.run_id == other.id, there.case_id == ComparisonRow.case_id)
    statement = select(CaseRow.name, ComparisonRow).join(ComparisonRow, ComparisonRow.case_id == CaseRow.id)
    found: Iterable[tuple[str, ComparisonRow]] = session.execute(
        statement.where(ComparisonRow.run_id == run.id, missing)
    )
    return found


def _cases(session: Session, run: RunRow) -> int:
    """How many cases a run has."""
    return session.scalars(select(func.count()).where(ComparisonRow.run_id == run.id)).one()


def _change(case: str, was: ComparisonRow | None, now: ComparisonRow | None) -> Change | None:
    match was, now:
        case ComparisonRow(), ComparisonRow():
            why = _why(was, now)
            return Change(case, Kind.CHANGED, _told(was), _told(now), why) if why else None
        case ComparisonRow(), None:
            return Change(case, Kind.VANISHED, _told(was), "")
        case None, ComparisonRow():
            return Change(case, Kind.APPEARED, "", _told(now))
        case _:
            raise AssertionError("a case is of one of the runs")


def _told(row: ComparisonRow) -> str:
    return f"{row.verdict} ({row.decision})"


def _why(was: ComparisonRow, now: ComparisonRow) -> tuple[str, ...]:
    found = []
    if was.verdict != now.verdict:
        found.append(f"verdict: {was.verdict}, now {now.verdict}")
    if was.decision != now.decision:
        found.append(f"decision: {was.decision}, now {now.decision}")
    for role in ("pre", "post"):
        outcomes = [_outcome(row, role) for row in (was, now)]
        if outcomes[0] != outcomes[1]:
            found.append(f"{role}: {outcomes[0]}, now {outcomes[1]}")
        elif getattr(was, f"{role}_shows") != getattr(now, f"{role}_shows"):
            found.append(f"{role}: {outcomes[0]} as before, but its output or its events are others")
    return tuple(found)


def _outcome(row: ComparisonRow, role: str) -> str:
    outcome, rule, got, owed = (getattr(row, f"{role}_{name}") for name in ("outcome", "rule", "got", "owed"))
    return f"{rule} (got {got}; owed {owed})" if rule else str(outcome)

"""Two recorded runs side by side: what of the comparisons changed, appeared and vanished."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.database.cases import CaseRow
from harness.database.runs import ComparisonRow, RunRow


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
    before, after = _comparisons(session, was), _comparisons(session, now)
    found = []
    for case in sorted(before.keys() | after.keys()):
        change = _change(case, before.get(case), after.get(case))
        if change is not None:
            found.append(change)
    same = (was.pre_id, was.post_id) == (now.pre_id, now.post_id)
    return Changes(was.id, now.id, same, len(before.keys() | after.keys()) - len(found), tuple(found))


def _comparisons(session: Session, run: RunRow) -> dict[str, ComparisonRow]:
    statement = select(CaseRow.name, ComparisonRow).join(ComparisonRow, ComparisonRow.case_id == CaseRow.id)
    return dict(session.execute(statement.where(ComparisonRow.run_id == run.id)).all())


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

"""Reviewed differences (`harness.acceptance`): each is of a comparison in a recorded run, which says what it saw."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, ForeignKeyConstraint, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from harness.acceptance import REVIEWABLE, Acceptance
from harness.database.base import Base
from harness.database.cases import CaseRow, VersionRow
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow
from harness.difference import Difference, Shown
from harness.errors import BadAcceptance
from harness.model import Verdict
from harness.policy import Decision


class AcceptanceRow(Base):
    """`expires`: the last day on which it holds. Rows are never deleted: what was excused, by whom and why, can be
    looked up later. `withdrawn`: when it was taken back, None if it was not."""

    __tablename__ = "acceptances"
    __table_args__ = (ForeignKeyConstraint(["run_id", "case_id"], ["comparisons.run_id", "comparisons.case_id"]),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int]
    case_id: Mapped[int]
    reason: Mapped[str]
    owner: Mapped[str]
    expires: Mapped[date] = mapped_column(Date)
    created: Mapped[datetime]
    withdrawn: Mapped[datetime | None]


def accept(session: Session, run: RunRow, case: str, *, reason: str, owner: str, expires: date) -> Acceptance:
    """Accept what `case` showed in a run. Raises `BadAcceptance` if that is nothing that can be accepted."""
    row, found = _reviewed(session, run, case)
    if row.unexpected_pass:
        raise BadAcceptance(f"{case}: its header expects a failure that did not come; mend the header")
    if found.verdict not in REVIEWABLE or row.decision not in (Decision.FAIL.value, Decision.ACCEPTED.value):
        raise BadAcceptance(f"{case}: run {run.id} says {row.verdict}, {row.decision}: there is nothing to accept")
    now = datetime.now(UTC)
    session.add(
        AcceptanceRow(run_id=run.id, case_id=row.case_id, reason=reason, owner=owner, expires=expires, created=now)
    )
    session.flush()
    return Acceptance(found, reason, owner, expires)


def withdraw(session: Session, run: RunRow, case: str) -> int:
    """Take back all acceptances of what `case` showed in a run, in whichever run that was reviewed; how many. Raises
    `BadAcceptance` if there are none."""
    _, wanted = _reviewed(session, run, case)
    rows = [row for row, found in _rows(session, CaseRow.name == case) if found == wanted]
    if not rows:
        raise BadAcceptance(f"{case}: what it showed in run {run.id} is not accepted")
    for row in rows:
        row.withdrawn = datetime.now(UTC)
    return len(rows)


def given(session: Session) -> tuple[Acceptance, ...]:
    """All that were not withdrawn; expired ones too, for that they are over is worth saying."""
    return tuple(Acceptance(found, row.reason, row.owner, row.expires) for row, found in _rows(session))


def _rows(session: Session, *where: ColumnElement[bool]) -> list[tuple[AcceptanceRow, Difference]]:
    of = (AcceptanceRow.run_id == ComparisonRow.run_id) & (AcceptanceRow.case_id == ComparisonRow.case_id)
    statement = _differences().add_columns(AcceptanceRow).join(AcceptanceRow, of)
    found = session.execute(statement.where(AcceptanceRow.withdrawn.is_(None), *where).order_by(AcceptanceRow.id))
    return [(row, _difference(*of_what)) for *of_what, row in found]


def _reviewed(session: Session, run: RunRow, case: str) -> tuple[ComparisonRow, Difference]:
    found = session.execute(_differences().where(RunRow.id == run.id, CaseRow.name == case)).one_or_none()
    if found is None:
        raise BadAcceptance(f"{case}: run {run.id} has no such case")
    return found[0], _difference(*found)


_PRE, _POST = aliased(ToolchainRow), aliased(ToolchainRow)


def _differences() -> Any:
    """Comparisons with all that says of what they are: what `_difference` takes."""
    return (
        select(ComparisonRow, CaseRow.name, VersionRow.source, _PRE, _POST)
        .join(CaseRow, CaseRow.id == ComparisonRow.case_id)
        .join(VersionRow, VersionRow.id == ComparisonRow.version_id)
        .join(RunRow, RunRow.id == ComparisonRow.run_id)
        .join(_PRE, _PRE.id == RunRow.pre_id)
        .join(_POST, _POST.id == RunRow.post_id)
    )


def _difference(row: ComparisonRow, case: str, source: str, pre: ToolchainRow, post: ToolchainRow) -> Difference:
    return Difference(
        case,
        source,
        Verdict(row.verdict),
        Shown(pre.digest, row.pre_shows.hex(), pre.text, row.pre_rule, row.pre_got, row.pre_owed),
        Shown(post.digest, row.post_shows.hex(), post.text, row.post_rule, row.post_got, row.post_owed),
    )

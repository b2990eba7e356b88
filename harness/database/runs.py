"""Runs of the gate, and what each compared.

A run's row has its counts, so that an overview of many runs reads no comparison. A comparison has what lists, trends
and acceptances need; the whole evidence is in the run's files (`harness.database.artifacts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness import identity
from harness.database import artifacts, buckets, cases, toolchains
from harness.database.artifacts import ArtifactRow
from harness.database.base import Base
from harness.database.cases import CaseRow, VersionRow
from harness.database.toolchains import Tested, ToolchainRow
from harness.difference import Shown, shown
from harness.errors import BadRun
from harness.policy import Decision
from harness.report import words
from harness.report.result import NEITHER, GateResult
from harness.report.text import one_line, shortened

_LONGEST = 400
"""Columns of what came and what was owed that are kept in a row."""


class RunRow(Base):
    """One run of a gate. `status`: its exit status; `model`: SHA-256 of the oracle that judged; the rest as in
    `harness.report.result.GateResult`. The last columns count comparisons by what the policy made of them; those that
    apply to neither side count as none of these."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    started: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[float] = mapped_column(Float)
    pre_id: Mapped[int] = mapped_column(ForeignKey(ToolchainRow.id))
    post_id: Mapped[int] = mapped_column(ForeignKey(ToolchainRow.id))
    sandbox: Mapped[str]
    version: Mapped[str]
    model: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headline: Mapped[str]
    interrupted: Mapped[bool]
    planned: Mapped[int]
    compared: Mapped[int]
    cached: Mapped[int]
    passed: Mapped[int]
    explained: Mapped[int]
    accepted: Mapped[int]
    allowed: Mapped[int]
    failed: Mapped[int]
    unknown: Mapped[int]


class FileRow(Base):
    """A file of a run, by its name in the report directory."""

    __tablename__ = "run_files"

    run_id: Mapped[int] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey(ArtifactRow.digest), index=True)


class ComparisonRow(Base):
    """One case in one run. Of each side: the outcome in a word, a digest of what it showed (`harness.difference`),
    whether that came from the store, and rule, what came and what was owed ("" for what broke none)."""

    __tablename__ = "comparisons"
    __table_args__ = (
        Index("ix_comparisons_case_id", "case_id", "run_id"),
        Index(
            "ix_comparisons_failed",
            "case_id",
            "run_id",
            sqlite_where=text("decision = 'fail'"),
            postgresql_where=text("decision = 'fail'"),
        ),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey(RunRow.id, ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(VersionRow.id))
    verdict: Mapped[str]
    decision: Mapped[str]
    unexpected_pass: Mapped[bool]
    pre_outcome: Mapped[str]
    pre_shows: Mapped[bytes] = mapped_column(LargeBinary(16))
    pre_stored: Mapped[bool]
    pre_rule: Mapped[str]
    pre_got: Mapped[str]
    pre_owed: Mapped[str]
    post_outcome: Mapped[str]
    post_shows: Mapped[bytes] = mapped_column(LargeBinary(16))
    post_stored: Mapped[bool]
    post_rule: Mapped[str]
    post_got: Mapped[str]
    post_owed: Mapped[str]


def find(session: Session, name: str) -> RunRow:
    """The run with a number, or the "last" one. Raises `BadRun`."""
    if name == "last":
        found = session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(1)).one_or_none()
        if found is None:
            raise BadRun("no run is recorded yet: deferdiff gate --record")
        return found
    if not name.isdecimal() or len(name) > 9:
        raise BadRun(f"{name}: no number of a run; `deferdiff history` lists them, and `last` is the last")
    found = session.get(RunRow, int(name))
    if found is None:
        raise BadRun(f"{name}: no such run is recorded; `deferdiff history` lists them")
    return found


def record(session: Session, files: Path, result: GateResult, attached: Mapping[str, bytes]) -> int:
    """Keep a finished gate with its files; the run's number. Raises `DatabaseFailed`."""
    numbers = cases.see(session, (d.comparison.case for d in result.decided), result.started)
    pre, post = toolchains.see(session, [Tested.of(result.pre), Tested.of(result.post)])
    run = RunRow(pre_id=pre, post_id=post, **_facts(result))
    session.add(run)
    session.flush()
    rows = [
        {"run_id": run.id, "case_id": numbers[name][0], "version_id": numbers[name][1], **row}
        for name, row in _comparisons(result)
    ]
    if rows:
        session.execute(insert(ComparisonRow), rows)
    for name, content in sorted(attached.items()):
        session.add(FileRow(run_id=run.id, name=name, digest=artifacts.keep(session, files, content)))
    buckets.see_run(session, run.id, result, pre, post)
    session.flush()
    return run.id


def _facts(result: GateResult) -> dict[str, Any]:
    counted = {decision: result.count(decision) for decision in Decision}
    aside = sum(d.standing == NEITHER for d in result.decided)
    return {
        "started": result.started,
        "seconds": result.seconds,
        "sandbox": result.sandbox,
        "version": result.version,
        "model": identity.model_digest(),
        "status": int(result.status),
        "headline": result.headline(),
        "interrupted": result.interrupted,
        "planned": result.planned,
        "compared": result.compared,
        "cached": result.cached,
        "passed": counted[Decision.PASS] - aside,
        "explained": counted[Decision.EXPLAINED],
        "accepted": counted[Decision.ACCEPTED],
        "allowed": counted[Decision.ALLOWED],
        "failed": counted[Decision.FAIL],
        "unknown": counted[Decision.MACHINERY],
    }


def _comparisons(result: GateResult) -> Iterator[tuple[str, dict[str, Any]]]:
    for decided in result.decided:
        comparison = decided.comparison
        name = comparison.case.name
        sides = (
            ("pre", comparison.pre, result.pre, result.stored.pre),
            ("post", comparison.post, result.post, result.stored.post),
        )
        row: dict[str, Any] = {
            "verdict": comparison.verdict.value,
            "decision": decided.standing,
            "unexpected_pass": comparison.pre.unexpected_pass or comparison.post.unexpected_pass,
        }
        for role, side, on, known in sides:
            row |= {f"{role}_outcome": words.kind(side.outcome), f"{role}_stored": name in known}
            row |= {f"{role}_{key}": value for key, value in _shown(shown(side, on)).items()}
        yield name, row


def _shown(side: Shown) -> dict[str, Any]:
    return {
        "shows": bytes.fromhex(side.shows),
        "rule": side.rule,
        "got": shortened(one_line(side.got), _LONGEST),
        "owed": shortened(one_line(side.owed), _LONGEST),
    }

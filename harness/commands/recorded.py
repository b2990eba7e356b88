"""What commands do with the database of recorded runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from harness import accepted_file
from harness.acceptance import Acceptance
from harness.commands import history_report
from harness.commands.accept import Review
from harness.data.record import Record
from harness.database import acceptances, campaigns, changes, history, overview, runs
from harness.database.engine import Database, connect
from harness.database.sweep import sweep
from harness.policy import Status
from harness.report import terminal
from harness.report.result import GateResult, Written
from harness.report.text import one_line


def show_history(name: str | None, case: str | None, *, as_json: bool) -> None:
    """Print the overview, or the history of one case. Raises `BadRun` or what `connect` does."""
    with connect(name) as database, database.reading() as session:
        if case is None:
            found = overview.overview(session, datetime.now(UTC))
            shown = history_report.overview(found)
            plain = asdict(found)
        else:
            of_case = history.history(session, one_line(case))
            shown = history_report.case(of_case)
            plain = asdict(of_case) | {"flake_rate": of_case.flake_rate}
    _print(shown, plain, as_json=as_json)


def show_changes(name: str | None, was: str, now: str, *, as_json: bool) -> Status:
    """Print what changed from one run to another; whether anything did. Raises `BadRun` or what `connect` does."""
    with connect(name) as database, database.reading() as session:
        found = changes.changes(session, runs.find(session, was), runs.find(session, now))
    _print(history_report.changes(found), asdict(found), as_json=as_json)
    return Status.DIFFERENCE if found.changes else Status.AGREE


def accept(name: str | None, of: tuple[str, str] | None, review: Review | None, file: Path | None) -> list[str]:
    """Accept, or without a `review` take back, what a case showed in a run; write all that holds to a file. What was
    done, in lines. Raises `BadAcceptance`, `BadRun`, `BadOutput` or what `connect` does."""
    said = []
    with connect(name) as database, database.writing() as session:
        if of is not None:
            run, case = runs.find(session, of[0]), one_line(of[1])
            if review is None:
                number = acceptances.withdraw(session, run, case)
                said.append(f"{case}: {number} taken back" if number > 1 else f"{case}: taken back")
            else:
                acceptances.accept(
                    session, run, case, reason=review.reason, owner=review.owner, expires=review.expires
                )
                said.append(f"{case}: accepted as in run {run.id}, until {review.expires}")
        given = acceptances.given(session)
    if file is not None:
        held = [one for one in given if one.holds(datetime.now(UTC).date())]
        accepted_file.write(file, held)
        said.append(f"{file}: {len(held)} accepted")
    return said


def sweep_files(name: str | None) -> int:
    """Delete stored files that nothing refers to; how many. Raises what `connect` does."""
    with connect(name) as database:
        return sweep(database, datetime.now(UTC))


def keep_campaign(name: str | None, campaign: Record) -> int:
    """Keep a campaign; its number. Raises what `connect` does."""
    with connect(name) as database, database.writing() as session:
        return campaigns.record(session, database.files, campaign, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Book:
    """The database beside a gate. `given`: what is accepted there, read before the gate runs."""

    database: Database
    given: tuple[Acceptance, ...]

    def record(self, result: GateResult, written: Written) -> int:
        """Keep a result, its report and the stored run; the run's number. Raises `DatabaseFailed`."""
        attached = {file.name: file.read_bytes() for file in (written.json, written.run)}
        with self.database.writing() as session:
            return runs.record(session, self.database.files, result, attached)


@contextmanager
def book(name: str | None) -> Iterator[Book]:
    """Open a database for a gate. Raises what `connect` does, and `DatabaseFailed`."""
    with connect(name) as database:
        with database.reading() as session:
            given = acceptances.given(session)
        yield Book(database, given)


def _print(shown: RenderableType, plain: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(plain, indent=1, default=_as_text) + "\n")
    else:
        terminal.console().print(shown)


def _as_text(value: object) -> str:
    match value:
        case date():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            raise TypeError(f"{value!r} has no form in JSON")

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from harness.database import artifacts, runs
from harness.database.buckets import BucketRow, SightingRow
from harness.database.cases import CaseRow, VersionRow
from harness.database.engine import Database
from harness.database.runs import ComparisonRow, FileRow, RunRow
from harness.errors import BadRun, DatabaseFailed
from harness.policy import Status
from harness.report.result import FromStore, GateResult
from tests.harness.report import sample


def recorded(database: Database, result: GateResult, **attached: bytes) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, result, attached)


def test_a_run_keeps_its_counts(database: Database) -> None:
    result = sample.mixed()
    number = recorded(database, result)
    with database.reading() as session:
        row = session.get_one(RunRow, number)
        assert (row.status, row.headline, row.planned) == (Status.DIFFERENCE, result.headline(), 13)
        assert row.started == result.started
        counted = (row.passed, row.explained, row.accepted, row.allowed, row.failed, row.unknown)
        assert counted == (2, 2, 0, 0, 7, 1)
        assert sum(counted) == row.compared == result.compared
        assert session.scalar(select(func.count()).select_from(ComparisonRow)) == len(result.decided)


def test_a_comparison_keeps_what_broke(database: Database) -> None:
    with database.writing() as session:
        stored = FromStore(pre=frozenset({"open-coded/recover-with-two-pending"}))
        runs.record(session, database.files, sample.result(sample.regressed(), stored=stored), {})
    with database.reading() as session:
        row = session.scalars(select(ComparisonRow)).one()
        assert (row.verdict, row.decision, row.unexpected_pass) == ("regressed", "fail", False)
        assert (row.pre_outcome, row.pre_rule, row.pre_stored) == ("conforms", "", True)
        assert (row.post_outcome, row.post_rule, row.post_stored) == ("diverges", "deferred-call-lost", False)
        assert row.pre_shows != row.post_shows


def test_what_programs_print_is_kept_as_harmless_text(database: Database) -> None:
    recorded(database, sample.result(sample.hostile()))
    with database.reading() as session:
        row = session.scalars(select(ComparisonRow)).one()
        for text in (row.post_got, row.post_owed):
            assert not any(sign in text for sign in "\x00\x1b\n\t\u202e")
            assert "\\x1b" in text
            assert len(text) <= 400


def test_a_case_is_known_by_its_name_and_its_versions_by_their_text(database: Database) -> None:
    first, last = sample.result(sample.same()), sample.result(sample.same())
    same = sample.same()
    edited = replace(same, case=replace(same.case, source="package main\n"))
    day = timedelta(1)
    for result in (
        first,
        sample.result(edited, started=first.started + day),
        replace(last, started=first.started - day),
    ):
        recorded(database, result)
    with database.reading() as session:
        row = session.scalars(select(CaseRow)).one()
        assert (row.seen_first, row.seen_last) == (first.started - day, first.started + day)
        assert session.scalar(select(func.count()).select_from(VersionRow)) == 2


def test_files_are_kept_once_and_found_by_the_run(database: Database) -> None:
    numbers = [recorded(database, sample.mixed(), report=b"{}") for _ in range(2)]
    with database.reading() as session:
        rows = session.scalars(select(FileRow).order_by(FileRow.run_id)).all()
        assert [(row.run_id, row.name) for row in rows] == [(number, "report") for number in numbers]
        assert {artifacts.read(database.files, row.digest) for row in rows} == {b"{}"}
    assert len([path for path in database.files.rglob("*") if path.is_file()]) == 1


def test_buckets_count_cases_by_rule_and_toolchain(database: Database) -> None:
    result = sample.result(sample.regressed(), sample.regressed("order/second"), sample.disputed())
    for _ in range(2):
        recorded(database, result)
    with database.reading() as session:
        bucket = session.scalars(select(BucketRow)).one()
        assert bucket.name == "deferred-call-lost"
        sightings = session.scalars(select(SightingRow).where(SightingRow.run_id == 1)).all()
        assert sorted(one.count for one in sightings) == [1, 3]  # before and after


def test_a_run_is_found_by_its_number_or_as_the_last(database: Database) -> None:
    with database.reading() as session, pytest.raises(BadRun, match="no run is recorded yet"):
        runs.find(session, "last")
    recorded(database, sample.mixed())
    number = recorded(database, sample.mixed())
    with database.reading() as session:
        assert runs.find(session, "last").id == runs.find(session, str(number)).id == number
        for name in ("0", "99", "-1", "x", "9" * 40, "1; DROP TABLE runs"):
            with pytest.raises(BadRun, match="run"):
                runs.find(session, name)


def test_a_run_that_cannot_be_kept_whole_is_not_kept_at_all(database: Database) -> None:
    database.files.parent.mkdir(parents=True, exist_ok=True)
    database.files.write_text("in the way")
    with pytest.raises(DatabaseFailed, match="cannot be stored: Not a directory"):
        recorded(database, sample.mixed(), report=b"{}")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RunRow)) == 0

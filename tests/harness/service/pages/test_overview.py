from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from harness.database import jobs, runs
from harness.database.engine import Database
from harness.database.jobs import Asked
from harness.database.overview import WINDOW, Day
from harness.report.result import GateResult
from harness.service.pages.overview import plot
from tests.harness.report import sample

TODAY = date(2026, 11, 20)


def record(database: Database, result: GateResult) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, replace(result, started=datetime.now(UTC)), {})


def test_nothing_is_there_yet(browser: TestClient) -> None:
    assert "No run is recorded yet" in browser.get("/").text


def test_runs_failures_and_buckets(browser: TestClient, database: Database) -> None:
    number = record(database, sample.mixed())
    text = browser.get("/").text
    assert f'<a href="/runs/{number}">' in text
    assert '<span class="badge FAIL">FAIL</span>' in text
    assert '<a href="/cases/open-coded/recover-with-two-pending">' in text
    assert '<a href="/buckets/1">' in text


def test_jobs_that_go_on(browser: TestClient, database: Database) -> None:
    with database.writing() as session:
        jobs.submit(session, Asked("gate", "d", "{}", "t", 0, 10), datetime.now(UTC))
    text = browser.get("/").text
    assert "Going on now" in text
    assert '<a href="/jobs/1">' in text


def test_what_programs_are_called_stays_text(browser: TestClient, database: Database) -> None:
    result = sample.result(sample.hostile())
    named = replace(result.post, toolchain=replace(result.post.toolchain, text=sample.HOSTILE))
    record(database, replace(result, post=named))
    text = browser.get("/").text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_bar_for_each_day() -> None:
    days = [Day(TODAY - timedelta(3), 2, 200, 1), Day(TODAY, 1, 50, 4)]
    bars = plot(days, TODAY)
    assert [bar.day for bar in bars] == [TODAY - timedelta(n) for n in reversed(range(WINDOW.days))]
    assert [(bar.compared, bar.failed) for bar in bars if bar.runs] == [(100, 25), (25, 100)]
    assert bars[-1].words == "2026-11-20: 1 run, 50 compared, 4 failed"
    assert bars[-2].words == "2026-11-19: no runs"


@pytest.mark.parametrize("days", [[], [Day(TODAY, 1, 0, 0)], [Day(TODAY - timedelta(400), 1, 9, 9)]])
def test_a_plot_of_nothing(days: list[Day]) -> None:
    assert all(bar.compared == bar.failed == 0 for bar in plot(days, TODAY))

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console, RenderableType

from harness.commands import history_report
from harness.database.changes import Change, Changes, Kind
from harness.database.history import CaseHistory, OnToolchain, Point
from harness.database.overview import BucketLine, Day, Failing, Overview, RunLine
from tests.harness.report.sample import HOSTILE

WHEN = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def shown(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=150, highlight=False, markup=False, emoji=False, color_system=None)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def overview(text: str = "order/case") -> Overview:
    return Overview(
        (RunLine(7, WHEN, f"pre {text}", f"post {text}", 1, f"said {text}", 10, 2, 0, 0),),
        (Day(date(2026, 11, 21), 2, 20, 0), Day(date(2026, 11, 22), 1, 10, 1), Day(date(2026, 11, 23), 1, 10, 2)),
        (Failing(text, 3, 7),),
        (BucketLine(1, text, WHEN, WHEN, 3, 1),),
    )


def case(text: str = "order/case", odd: int = 1, ran: int = 4) -> CaseHistory:
    decisions = ("pass", "fail", "explained", "accepted", "allowed", "machinery", "not applicable")
    points = tuple(Point(n, WHEN, "same", decision) for n, decision in enumerate(decisions))
    on = OnToolchain("d1", text, "1.22", {text: 3, "conforms": 1}, text, WHEN, WHEN, ran, odd)
    return CaseHistory(text, WHEN, WHEN, 2, points, (on,))


def test_an_overview_says_run_trend_cases_and_ways() -> None:
    lines = shown(history_report.overview(overview()))
    assert "FAIL" in lines
    assert "2026-11-23 12:30" in lines
    assert "·▅█  2026-11-21 … 2026-11-23  3 of 40 comparisons failed in 4 runs; worst day 20.0%" in lines
    assert "goes wrong by" in lines


def test_days_without_comparisons_have_no_bar() -> None:
    days = (Day(date(2026, 11, 21), 1, 0, 0),)
    assert "0 of 0 comparisons" in shown(history_report.overview(Overview(overview().runs, days, (), ())))


def test_nothing_recorded() -> None:
    assert "no run is recorded yet" in shown(history_report.overview(Overview((), (), (), ())))


def test_a_case_shows_its_runs_in_a_line() -> None:
    lines = shown(history_report.case(case()))
    assert "·✗eaa?" in lines
    assert "7 runs, 2 states of its file" in lines
    assert "flake rate 25.0%: 1 of 4 runs did something else than usual" in lines


def test_a_case_that_never_ran_is_neither_steady_nor_flaky() -> None:
    assert "how steady it is is not known" in shown(history_report.case(case(odd=0, ran=0)))


def test_changes() -> None:
    found = Changes(
        1,
        2,
        False,
        5,
        (
            Change("a", Kind.CHANGED, "same (pass)", "fixed (fail)", ("post: x, now y",)),
            Change("b", Kind.APPEARED, "", "same (pass)"),
            Change("c", Kind.VANISHED, "same (pass)", ""),
        ),
    )
    assert shown(history_report.changes(found)).splitlines() == [
        "run 1 and run 2 had different toolchains",
        "~ a  same (pass) → fixed (fail)",
        "    post: x, now y",
        "+ b  same (pass)",
        "- c  was same (pass)",
        "run 1 → run 2: 1 changed, 1 appeared, 1 vanished, 5 alike",
    ]


@pytest.mark.parametrize(
    "what",
    [
        history_report.overview(overview(HOSTILE)),
        history_report.case(case(HOSTILE)),
        history_report.changes(Changes(1, 2, True, 0, (Change(HOSTILE, Kind.CHANGED, "a", "b", (HOSTILE,)),))),
    ],
    ids=["overview", "case", "changes"],
)
def test_hostile_text_is_text(what: RenderableType) -> None:
    told = shown(what)
    assert not any(sign in told for sign in "\x00\x1b\x07\u202e\x9b")
    assert "\\x1b" in told

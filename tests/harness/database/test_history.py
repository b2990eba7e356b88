from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from harness.database import runs
from harness.database.changes import Kind, changes
from harness.database.engine import Database, connect
from harness.database.history import CaseHistory, history
from harness.database.overview import CASES, Failing, overview
from harness.errors import BadRun
from harness.model import Comparison, Installed, Verdict
from harness.report.result import FromStore, GateResult
from tests.harness.report import sample

NAME = "open-coded/recover-with-two-pending"
NONE_STORED = FromStore()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = sample.result().started


def good() -> Comparison:
    return sample.same(NAME)


def bad() -> Comparison:
    return sample.regressed(NAME)


def edited(comparison: Comparison) -> Comparison:
    return replace(comparison, case=replace(comparison.case, source="package main\n"))


def record(
    database: Database, results: Sequence[GateResult], every: timedelta = HOUR, stored: FromStore = NONE_STORED
) -> None:
    for number, result in enumerate(results):
        with database.writing() as session:
            runs.record(session, database.files, replace(result, started=START + number * every, stored=stored), {})


def of_case(database: Database) -> CaseHistory:
    with database.reading() as session:
        return history(session, NAME)


def test_first_and_last_seen_and_the_points_between(database: Database) -> None:
    record(database, [sample.result(one()) for one in (good, bad, good)])
    record(database, [sample.result(sample.same("order/other"))], every=DAY)
    found = of_case(database)
    assert (found.seen_first, found.seen_last, found.versions) == (START, START + 2 * HOUR, 1)
    assert [(p.run, p.verdict, p.decision) for p in found.points] == [
        (1, "same", "pass"),
        (2, "regressed", "fail"),
        (3, "same", "pass"),
    ]


def test_a_steady_case_does_not_flake(database: Database) -> None:
    record(database, [sample.result(bad())] * 3)
    found = of_case(database)
    assert (found.ran, found.odd, found.flake_rate) == (6, 0, 0.0)
    by_text = {one.text: one for one in found.toolchains}
    assert by_text[sample.PRE.toolchain.text].outcomes == {"conforms": 3}
    assert by_text[sample.POST.toolchain.text].outcomes == {"diverges: deferred-call-lost": 3}


def test_what_differs_on_the_same_toolchain_is_odd(database: Database) -> None:
    record(database, [sample.result(one()) for one in (good, good, bad, good)])
    found = of_case(database)
    assert (found.ran, found.odd, found.flake_rate) == (8, 1, 0.125)
    post = next(one for one in found.toolchains if one.digest == sample.POST.digest)
    assert (post.odd, post.last) == (1, "conforms")


def other(installed: Installed) -> Installed:
    return replace(installed, digest="ab" * 32)


@pytest.mark.parametrize(
    "second",
    [
        sample.result(edited(bad())),
        sample.result(bad(), post=other(sample.POST)),
        sample.result(sample.inconclusive(NAME)),
    ],
    ids=["another file", "another toolchain", "nothing known"],
)
def test_only_the_same_file_on_the_same_toolchain_can_flake(database: Database, second: GateResult) -> None:
    record(database, [sample.result(good()), second])
    assert of_case(database).odd == 0


def test_runs_from_the_store_are_no_witnesses(database: Database) -> None:
    record(database, [sample.result(good()), sample.result(bad())])
    record(database, [sample.result(good())] * 5, stored=FromStore(frozenset({NAME}), frozenset({NAME})))
    found = of_case(database)
    assert (found.ran, found.odd) == (4, 1)
    assert len(found.points) == 7


def test_an_unknown_case(database: Database) -> None:
    with pytest.raises(BadRun, match="no/such: no recorded run has such a case"), database.reading() as session:
        history(session, "no/such")


def test_the_overview_adds_up(database: Database) -> None:
    many = [sample.regressed(f"order/case{number}") for number in range(CASES + 2)]
    record(
        database, [sample.result(*many, good()), sample.result(bad(), sample.same()), sample.result(bad())], every=DAY
    )
    with database.reading() as session:
        found = overview(session, START + 3 * DAY)
    assert [(line.number, line.status, line.compared, line.failed) for line in found.runs] == [
        (3, 1, 1, 1),
        (2, 1, 2, 1),
        (1, 1, CASES + 3, CASES + 2),
    ]
    assert [line.post for line in found.runs] == [sample.POST.toolchain.text] * 3
    assert [(day.day, day.runs, day.compared, day.failed) for day in found.days] == [
        (date(2026, 11, 23), 1, CASES + 3, CASES + 2),
        (date(2026, 11, 24), 1, 2, 1),
        (date(2026, 11, 25), 1, 1, 1),
    ]
    assert found.failing[0] == Failing(NAME, 2, 3)
    assert len(found.failing) == CASES


def test_the_overview_forgets_what_is_long_ago(database: Database) -> None:
    record(database, [sample.result(bad())])
    with database.reading() as session:
        found = overview(session, START + 61 * DAY)
    assert len(found.runs) == 1
    assert (found.days, found.failing) == ((), ())


def test_the_overview_reads_no_comparison_that_did_not_fail(tmp_path: Path) -> None:
    """So it does not slow down with all that passes."""
    steps: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: object) -> None:
        plan = connection.connection.cursor()
        plan.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps.extend(row[3] for row in plan.fetchall())

    with connect(str(tmp_path / "db")) as database:
        record(database, [sample.result(bad())])
        with database.reading() as session:
            event.listen(session.get_bind().engine, "before_cursor_execute", explain)
            overview(session, START)
    assert [step for step in steps if "comparisons" in step] == ["SCAN comparisons USING INDEX ix_comparisons_failed"]


def test_what_changed_from_run_to_run(database: Database) -> None:
    gone, new, same = sample.same("order/gone"), sample.same("order/new"), sample.disputed()
    record(database, [sample.result(good(), gone, same), sample.result(bad(), new, same)])
    with database.reading() as session:
        found = changes(session, runs.find(session, "1"), runs.find(session, "2"))
        back = changes(session, runs.find(session, "2"), runs.find(session, "1"))
        nothing = changes(session, runs.find(session, "1"), runs.find(session, "1"))
    assert [(one.case, one.kind, one.was, one.now) for one in found.changes] == [
        (NAME, Kind.CHANGED, "same (pass)", "regressed (fail)"),
        ("order/gone", Kind.VANISHED, "same (pass)", ""),
        ("order/new", Kind.APPEARED, "", "same (pass)"),
    ]
    assert found.alike == 1
    assert found.same_toolchains
    assert {one.kind for one in back.changes} == set(Kind)
    why = found.changes[0].why
    assert why[0] == "verdict: same, now regressed"
    assert why[2].startswith("post: conforms, now deferred-call-lost (got ")
    assert nothing.changes == ()


def test_the_same_verdict_for_another_reason_is_a_change(database: Database) -> None:
    twice = replace(bad(), post=replace(bad().post, outcome=sample.judged_trace(sample.TWICE)))
    printed = replace(good(), post=sample.side(good().case, "post", stdout=b"other"))
    renamed = replace(edited(good()), verdict=Verdict.SAME)
    record(database, [sample.result(one) for one in (bad(), twice, good(), printed, renamed)])
    with database.reading() as session:
        run = [runs.find(session, str(number)) for number in range(1, 6)]
        (rule,) = changes(session, run[0], run[1]).changes
        (output,) = changes(session, run[2], run[3]).changes
        assert changes(session, run[2], run[4]).changes == ()  # only the text of its file is another
    assert [reason.partition(":")[0] for reason in rule.why] == ["post"]
    assert output.why == ("post: conforms as before, but its output or its events are others",)

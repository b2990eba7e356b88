from __future__ import annotations

from dataclasses import replace

import pytest

from harness.database import case_list, runs
from harness.database.engine import Database
from harness.database.history import Flakes, history
from harness.report.result import GateResult
from tests.harness.report import sample


def record(database: Database, result: GateResult) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, result, {})


def test_each_case_with_its_last_run(database: Database) -> None:
    record(database, sample.result(sample.regressed("a/mended"), sample.regressed("b/fails")))
    last = record(database, sample.result(sample.same("a/mended"), sample.regressed("b/fails")))
    other = record(database, sample.result(sample.unexpected_pass("c/c")))
    with database.reading() as session:
        found = case_list.listed(session)
        failing = case_list.listed(session, failing=True)
    assert [(one.name, one.run, one.word, one.decision, one.failures) for one in found] == [
        ("a/mended", last, "same", "pass", 1),
        ("b/fails", last, "regressed", "fail", 2),
        ("c/c", other, "unexpected pass", "fail", 1),
    ]
    assert [one.name for one in failing] == ["b/fails", "c/c"]


def test_a_search_and_a_page_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 2)
    record(database, sample.result(*map(sample.same, ("a/1", "a/2_", "a/3%", "b/4"))))
    with database.reading() as session:
        names = [[one.name for one in case_list.listed(session, search="A/", skip=skip)] for skip in (0, 2)]
        assert [one.name for one in case_list.listed(session, search="_")] == ["a/2_"]
    assert names == [["a/1", "a/2_"], ["a/3%"]]


def test_what_flakes_in_the_latest_runs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the history of each case has it, for as many runs."""
    monkeypatch.setattr(case_list, "RECENT", 4)
    for flaky in (sample.regressed, sample.same, sample.same, sample.regressed, sample.same):
        made = (flaky("a/flakes"), sample.regressed("b/fails"), sample.inapplicable("c/never"))
        record(database, sample.result(*made))
    with database.reading() as session:
        found = {one.name: one.flakes for one in case_list.listed(session)}
        assert found == {"a/flakes": Flakes(8, 1), "b/fails": Flakes(8, 0), "c/never": Flakes(0, 0)}
        assert (found["a/flakes"].rate, found["c/never"].rate) == (0.125, 0.0)
        monkeypatch.setattr(case_list, "RECENT", 100)
        for one in case_list.listed(session):
            whole = history(session, one.name)
            assert one.flakes == Flakes(whole.ran, whole.odd)


def test_toolchains_and_files_are_told_apart(database: Database) -> None:
    """What differs since a file or a toolchain changed is no flake."""
    bad = sample.regressed("a/a")
    record(database, sample.result(sample.same("a/a")))
    record(database, sample.result(replace(bad, case=replace(bad.case, source="package main\n"))))
    record(database, sample.result(bad, post=replace(sample.POST, digest="ab" * 32)))
    with database.reading() as session:
        (found,) = case_list.listed(session)
    assert found.flakes == Flakes(6, 0)

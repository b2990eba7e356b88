from __future__ import annotations

import pytest

from harness.database import comparisons, runs
from harness.database.comparisons import FAULTLESS
from harness.database.engine import Database
from harness.model import Comparison, Conforms, Inconclusive, NotApplicable, Outcome
from harness.report import words
from harness.report.result import GateResult
from tests.harness.report import sample


def record(database: Database, result: GateResult) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, result, {})


def test_what_fails_comes_first_and_each_group_is_counted(database: Database) -> None:
    run = record(database, sample.mixed())
    record(database, sample.result(sample.same("another/run")))
    with database.reading() as session:
        groups = comparisons.groups(session, run)
        lines = comparisons.page(session, run)
    assert [(one.decision, one.word, one.rule, one.count) for one in groups] == [
        ("fail", "regressed", "build failed", 1),
        ("fail", "regressed", "crashed", 1),
        ("fail", "regressed", "deferred-call-lost", 1),
        ("fail", "both diverge differently", "deferred-call-twice", 1),
        ("fail", "disputed", "deferred-call-lost", 1),
        ("fail", "changed", "", 1),
        ("fail", "unexpected pass", "", 1),
        ("machinery", "inconclusive", "", 1),
        ("explained", "changed", "", 1),
        ("explained", "fixed", "deferred-call-lost", 1),
        ("pass", "same", "", 2),
        ("not applicable", "not applicable", "", 1),
    ]
    order = [(one.decision, one.word, one.rule) for one in groups]
    assert [order.index((one.decision, one.word, one.rule)) for one in lines] == [*range(11), 10, 11]
    said = {decided.comparison.case.name: decided.word for decided in sample.mixed().decided}
    assert all(one.word in (said[one.case], "not applicable") for one in lines)
    lost = lines[2]
    assert (lost.pre, lost.post) == ("conforms", "diverges")
    assert lost.owed == "deferred call f.func2 (line 14 of f)"


def test_which_outcomes_are_no_fault() -> None:
    faultless: list[Outcome] = [Conforms(), NotApplicable(""), Inconclusive("")]
    assert {words.kind(one) for one in faultless} == {*FAULTLESS}
    assert not any(map(words.fails, faultless))


@pytest.mark.parametrize(
    ("search", "found"), [("", 3), ("%", 1), ("_", 1), ("'", 1), ("A/", 3), ("/100", 1), ("\\", 0), ("b", 0)]
)
def test_signs_of_a_search_are_signs(database: Database, search: str, found: int) -> None:
    run = record(database, sample.result(*map(sample.same, ("a/100%", "a/x_y", "a/it's"))))
    with database.reading() as session:
        assert len(comparisons.page(session, run, search=search)) == found
        assert sum(one.count for one in comparisons.groups(session, run, search=search)) == found


def test_one_decision_and_a_page_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "PAGE", 2)
    many: list[Comparison] = [sample.same(f"a/{n}") for n in range(3)]
    run = record(database, sample.result(sample.regressed("z/z"), *many))
    with database.reading() as session:
        pages = [[one.case for one in comparisons.page(session, run, skip=skip)] for skip in (0, 2, 4)]
        passing = [one.case for one in comparisons.page(session, run, decision="pass")]
    assert pages == [["z/z", "a/0"], ["a/1", "a/2"], []]
    assert passing == ["a/0", "a/1"]


def test_one_comparison(database: Database) -> None:
    run = record(database, sample.mixed())
    with database.reading() as session:
        row = comparisons.find(session, run, "recover/fixed-long-ago")
        assert row is not None
        assert comparisons.word(row) == "unexpected pass"
        assert comparisons.find(session, run, "no/such") is None
        assert comparisons.find(session, run + 1, "recover/fixed-long-ago") is None

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from harness.acceptance import Acceptance, Reviewed
from harness.database import acceptances, runs
from harness.database.engine import Database
from harness.difference import difference
from harness.errors import BadAcceptance
from harness.model import Comparison
from harness.report.result import GateResult
from tests.harness.report import sample
from tests.harness.report.sample import POST, PRE, TODAY

REGRESSED = sample.regressed().case.name


def record(database: Database, result: GateResult) -> int:
    with database.writing() as session:
        return runs.record(session, database.files, result, {})


def accept(database: Database, case: str, run: str = "last", expires: date = TODAY) -> Acceptance:
    with database.writing() as session:
        found = runs.find(session, run)
        return acceptances.accept(session, found, case, reason="harmless", owner="mira", expires=expires)


def given(database: Database) -> tuple[Acceptance, ...]:
    with database.reading() as session:
        return acceptances.given(session)


@pytest.mark.parametrize(
    "comparison",
    [
        sample.regressed(),
        sample.both_diverge(),
        sample.disputed(),
        sample.changed(),
        sample.crashed(),
        sample.hostile(),
    ],
    ids=lambda comparison: comparison.case.name,
)
def test_what_is_accepted_from_a_row_is_the_difference_itself(database: Database, comparison: Comparison) -> None:
    record(database, sample.result(comparison))
    made = accept(database, comparison.case.name)
    assert made.difference == difference(comparison, PRE, POST)
    assert given(database) == (made,)
    assert Reviewed(PRE, POST, TODAY, given(database)).find(comparison) == made


@pytest.mark.parametrize(
    ("comparison", "says"),
    [
        (sample.same(), "says same, pass: there is nothing to accept"),
        (sample.fixed_as_foreseen(), "says fixed, explained: there is nothing to accept"),
        (sample.inconclusive(), "says inconclusive, machinery: there is nothing to accept"),
        (sample.inapplicable(), "not applicable: there is nothing to accept"),
        (sample.unexpected_pass(), "mend the header"),
    ],
)
def test_what_cannot_be_accepted(database: Database, comparison: Comparison, says: str) -> None:
    record(database, sample.result(comparison))
    with pytest.raises(BadAcceptance, match=says):
        accept(database, comparison.case.name)
    assert given(database) == ()


def test_a_case_that_the_run_has_not(database: Database) -> None:
    record(database, sample.result(sample.regressed("order/other")))
    number = record(database, sample.result(sample.regressed()))
    with pytest.raises(BadAcceptance, match=f"order/other: run {number} has no such case"):
        accept(database, "order/other")


def test_an_acceptance_can_be_made_longer(database: Database) -> None:
    plain = sample.result(sample.regressed())
    record(database, plain)
    first = accept(database, REGRESSED, expires=TODAY - timedelta(1))
    record(database, sample.result(sample.regressed(), accepting=[replace(first, expires=TODAY)]))
    accept(database, REGRESSED, expires=TODAY + timedelta(9))
    found = Reviewed(PRE, POST, TODAY, given(database)).find(sample.regressed())
    assert found is not None
    assert found.expires == TODAY + timedelta(9)


def test_what_is_taken_back_counts_no_more_whichever_run_it_was_accepted_in(database: Database) -> None:
    for _ in range(2):
        record(database, sample.result(sample.regressed(), sample.disputed()))
        accept(database, REGRESSED)
    kept = accept(database, sample.disputed().case.name)
    same = sample.regressed()
    record(database, sample.result(replace(same, case=replace(same.case, source="package main\n"))))
    edited = accept(database, REGRESSED)
    with database.writing() as session:
        assert acceptances.withdraw(session, runs.find(session, "1"), REGRESSED) == 2
    assert given(database) == (kept, edited)
    with pytest.raises(BadAcceptance, match="is not accepted"), database.writing() as session:
        acceptances.withdraw(session, runs.find(session, "1"), REGRESSED)

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from harness.model import Comparison, Diverges
from harness.policy import Policy
from harness.report import codequality
from harness.report.result import GateResult
from tests.harness.report import sample


def issues(result: GateResult) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(codequality.render(result))
    return found


def test_a_regression() -> None:
    [issue] = issues(sample.result(sample.regressed()))
    assert issue["check_name"] == "deferred-call-lost"
    assert issue["severity"] == "critical"
    assert issue["location"] == {
        "path": "cases/open-coded/recover-with-two-pending.go",
        "lines": {"begin": 14},
    }
    assert issue["description"].startswith("regressed: open-coded/recover-with-two-pending: deferred call f.func1")


def test_what_asks_for_nothing_is_left_out() -> None:
    assert issues(sample.result(sample.same(), sample.fixed_as_foreseen(), sample.inapplicable())) == []


def test_what_a_person_has_accepted_is_left_out_until_it_expires() -> None:
    of = sample.regressed()
    accepted = sample.accepted(of)
    expired = replace(accepted, expires=sample.TODAY - timedelta(days=1))
    assert json.loads(codequality.render(sample.result(of, accepting=[accepted]))) == []
    assert len(json.loads(codequality.render(sample.result(of, accepting=[expired])))) == 1


def test_severities() -> None:
    comparisons = (sample.regressed(), sample.disputed(), sample.inconclusive(), sample.changed())
    found = issues(sample.result(*comparisons, policy=Policy(changed="allow")))
    assert {
        issue["check_name"]: issue["severity"] for issue in found if issue["location"]["lines"]["begin"] == 1
    } == {
        "inconclusive": "minor",
        "changed": "info",
    }
    assert [issue["severity"] for issue in found] == ["critical", "major", "minor", "info"]


def fingerprint(comparison: Comparison) -> str:
    [issue] = issues(sample.result(comparison))
    found: str = issue["fingerprint"]
    return found


def test_a_fingerprint_is_the_same_over_runs() -> None:
    """Though addresses, times and the numbers of events are not."""
    first = sample.regressed()
    assert isinstance(first.post.outcome, Diverges)
    told = replace(first.post.outcome.divergence, index=7, got="another address", owed="0xc000012345")
    again = replace(first, post=replace(first.post, outcome=Diverges(told)))
    assert fingerprint(first) == fingerprint(again)


def test_fingerprints_tell_failures_apart() -> None:
    comparisons = (
        sample.regressed(),
        sample.regressed("order/another"),
        sample.both_diverge("open-coded/recover-with-two-pending"),
        sample.disputed("open-coded/recover-with-two-pending"),
        sample.crashed("open-coded/recover-with-two-pending"),
    )
    assert len(set(map(fingerprint, comparisons))) == len(comparisons)

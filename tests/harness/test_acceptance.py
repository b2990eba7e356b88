from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from harness.acceptance import Reviewed
from harness.difference import difference, shows
from harness.model import Comparison, Conforms, Exited, Judged, Verdict
from harness.policy import Decision, Policy, Status
from harness.report.result import GateResult
from tests.harness.report import sample
from tests.harness.report.sample import POST, PRE, TODAY, accepted

REVIEWABLE = (sample.regressed(), sample.both_diverge(), sample.disputed(), sample.changed(), sample.crashed())


def decided(result: GateResult) -> Decision:
    (only,) = result.decided
    return only.decision


@pytest.mark.parametrize("comparison", REVIEWABLE, ids=lambda comparison: comparison.verdict.value)
def test_an_accepted_difference_passes_on_its_last_day_and_fails_on_the_next(comparison: Comparison) -> None:
    assert decided(sample.result(comparison)) is Decision.FAIL
    last = sample.result(comparison, accepting=[accepted(comparison)])
    assert decided(last) is Decision.ACCEPTED
    assert last.status is Status.AGREE
    over = sample.result(comparison, accepting=[accepted(comparison, TODAY - timedelta(1))])
    assert decided(over) is Decision.FAIL
    assert over.status is Status.DIFFERENCE
    assert over.decided[0].acceptance == accepted(comparison, TODAY - timedelta(1))


def other_post(comparison: Comparison, **changes: object) -> Comparison:
    return replace(comparison, post=replace(comparison.post, **changes))  # type: ignore[arg-type]  # as called here


def edited(comparison: Comparison) -> Comparison:
    case = replace(comparison.case, source=comparison.case.source + "\n")
    return replace(comparison, case=case)


@pytest.mark.parametrize(
    "other",
    [
        sample.regressed("order/other"),
        edited(sample.regressed()),
        replace(sample.regressed(), verdict=Verdict.BOTH_DIVERGE),
        other_post(sample.regressed(), outcome=sample.judged_trace(sample.TWICE), trace=sample.TWICE),
        other_post(sample.regressed(), plain=sample.side(sample.case("x"), "post", stdout=b"else").plain),
        other_post(sample.regressed(), trace=sample.GOOD),
        other_post(sample.regressed(), outcome=sample.crashed().post.outcome),
    ],
    ids=["case", "source", "verdict", "rule", "output", "trace", "outcome"],
)
def test_another_difference_still_fails(other: Comparison) -> None:
    result = sample.result(other, accepting=[accepted(sample.regressed())])
    assert decided(result) is Decision.FAIL
    assert result.decided[0].acceptance is None


@pytest.mark.parametrize("side", ["pre", "post"])
def test_another_toolchain_is_another_difference(side: str) -> None:
    comparison = sample.regressed()
    toolchains = {"pre": PRE, "post": POST}
    toolchains[side] = replace(toolchains[side], digest="00" * 32)
    reviewed = Reviewed(toolchains["pre"], toolchains["post"], TODAY, (accepted(comparison),))
    assert reviewed.find(comparison) is None
    assert reviewed.elsewhere == 1
    assert reviewed.unmatched([comparison]) == ()


def test_the_names_of_toolchains_do_not_matter() -> None:
    comparison = sample.regressed()
    renamed = replace(POST, toolchain=replace(POST.toolchain, name="other", text="other"))
    assert Reviewed(PRE, renamed, TODAY, (accepted(comparison),)).find(comparison) is not None


def test_of_two_acceptances_the_longer_counts() -> None:
    comparison = sample.regressed()
    both = [accepted(comparison, TODAY - timedelta(1)), accepted(comparison, TODAY + timedelta(1))]
    assert decided(sample.result(comparison, accepting=both)) is Decision.ACCEPTED


@pytest.mark.parametrize(
    ("comparison", "decision"),
    [
        (sample.inconclusive(), Decision.MACHINERY),
        (sample.unexpected_pass(), Decision.FAIL),
        (sample.same(), Decision.PASS),
        (sample.fixed_as_foreseen(), Decision.EXPLAINED),
    ],
    ids=lambda value: value.value if isinstance(value, Decision) else "",
)
def test_what_is_unknown_or_the_header_s_affair_is_not_excused(comparison: Comparison, decision: Decision) -> None:
    result = sample.result(comparison, accepting=[accepted(comparison)])
    assert decided(result) is decision
    assert result.decided[0].acceptance is None


def test_a_policy_can_forbid_acceptances() -> None:
    comparison = sample.regressed()
    result = sample.result(comparison, policy=Policy(accepted="fail"), accepting=[accepted(comparison)])
    assert decided(result) is Decision.FAIL


def test_an_acceptance_that_matches_nothing_any_more_is_told() -> None:
    was, now = sample.regressed(), other_post(sample.regressed(), outcome=Conforms(), trace=sample.GOOD)
    gone = accepted(sample.regressed("order/gone"))
    result = sample.result(replace(now, verdict=Verdict.SAME), accepting=[accepted(was), gone])
    assert result.unmatched == (accepted(was),)  # of order/gone nothing is known: it was not compared
    assert sample.result(was, accepting=[accepted(was)]).unmatched == ()


def test_what_a_run_shows_does_not_depend_on_times_and_identifiers() -> None:
    side = sample.regressed().pre
    assert side.plain is not None
    again = replace(side, plain=replace(side.plain, seconds=9.0, stderr=b"goroutine 7"))
    assert shows(again) == shows(side)
    assert shows(replace(side, plain=replace(side.plain, ending=Exited(1)))) != shows(side)


def test_a_difference_keeps_what_people_must_know() -> None:
    comparison = sample.regressed()
    found = difference(comparison, PRE, POST)
    broken: Judged = comparison.post
    assert (found.case, found.verdict) == (comparison.case.name, Verdict.REGRESSED)
    assert found.post.rule == "deferred-call-lost"
    assert found.post.got == broken.outcome.divergence.got  # type: ignore[union-attr]  # it diverges
    assert found.pre.rule == ""

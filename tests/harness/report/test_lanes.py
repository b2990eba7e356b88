from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Comparison, Conforms, Diverges, Trace, Verdict
from harness.report import evidence
from harness.report.lanes import Lanes, align
from oracle import rules
from oracle.check import Divergence
from oracle.events import Callee, CalleeKind, End, EndKind, Enter, Event, Function, Go, Recover, Return, Via
from tests.harness.report import sample


def shown(lanes: Lanes | None) -> list[tuple[int, int, bool]]:
    """Numbers of each row's events, 0 for none, and whether the row is the same on both sides."""
    assert lanes is not None
    return [(row.pre.number if row.pre else 0, row.post.number if row.post else 0, row.same) for row in lanes.rows]


def test_a_lost_call_leaves_a_gap() -> None:
    rows = shown(align(sample.regressed()))
    assert rows == [
        *((n, n, True) for n in range(6, 10)),
        (10, 0, False),
        (11, 0, False),
        *((n + 2, n, True) for n in range(10, 14)),
    ]


def test_a_repeated_call_is_an_insertion_and_the_broken_step_is_marked() -> None:
    lanes = align(sample.both_diverge())
    assert lanes is not None
    broken = [(row.pre and row.pre.broken, row.post and row.post.broken) for row in lanes.rows if row.broken]
    assert broken == [(None, True), (True, False)]


def test_what_is_alike_from_the_start_stays_aligned() -> None:
    """Of two ways to align a call that runs twice, the one that has the repetition come second."""
    lanes = align(replace(sample.both_diverge(), pre=sample.same().pre))
    assert lanes is not None
    gap = [row.post.number for row in lanes.rows if row.pre is None and row.post is not None]
    assert gap == [12, 13]


def test_no_lanes_where_there_is_nothing_to_see() -> None:
    for comparison in (sample.changed(), sample.build_failed(), sample.inconclusive(), sample.same()):
        assert evidence.lanes(comparison) is None, comparison.case.name


def long(length: int, wrong: int | None) -> Trace:
    """`length` calls of recover, the one at `wrong` with another value."""
    events: list[Event] = [Enter(1, 1, 0, Via.START)]
    events += (Recover(1, 1, 26, "1" if index == wrong else "nil") for index in range(length))
    return Trace(sample.FUNCTIONS, tuple(events), End(EndKind.RETURNED))


@pytest.mark.timeout(60)
def test_long_traces_show_only_the_part_that_matters() -> None:
    base = sample.same()
    good, bad = long(100_000, None), long(100_000, 70_000)
    outcome = Diverges(Divergence(rules.RECOVER_GIVES_NIL, 70_001, "recover gives 1", "recover gives nil"))
    lanes = align(
        replace(base, pre=replace(base.pre, trace=good), post=replace(base.post, trace=bad, outcome=outcome))
    )
    assert lanes is not None
    assert len(lanes.rows) <= 12
    assert lanes.above
    assert lanes.below
    assert [(row.pre, row.post and row.post.number) for row in lanes.rows if row.broken] == [(None, 70_002)]


def test_a_lawful_difference_far_before_the_broken_rule_is_not_shown() -> None:
    base = sample.same()
    outcome = Diverges(Divergence(rules.RECOVER_GIVES_NIL, 500, "x", "y"))
    post = replace(base.post, trace=long(1_000, 3), outcome=outcome)
    lanes = align(replace(base, pre=replace(base.pre, trace=long(1_000, None)), post=post))
    assert lanes is not None
    assert any(row.broken for row in lanes.rows)
    assert all(step is None or 480 < step.number < 520 for row in lanes.rows for step in (row.pre, row.post))


def test_only_the_goroutine_that_breaks_a_rule_is_shown() -> None:
    functions = (Function("main", 1, 9), Function("worker", 11, 19))
    call = Callee(CalleeKind.FUNCTION, (1,))
    start = (Enter(1, 1, 0, Via.START), Go(1, 1, 3, 1, call), Enter(2, 2, 1, Via.START, started=1))
    noise = tuple(Recover(1, 1, 4, "nil") for _ in range(9))
    pre = Trace(functions, (*start, *noise, Recover(2, 2, 12, "nil"), Return(2, 2, 19)), End(EndKind.RETURNED))
    post = Trace(functions, (*start, Recover(2, 2, 12, "7"), *noise, Return(2, 2, 19)), End(EndKind.RETURNED))
    base = sample.same()
    outcome = Diverges(Divergence(rules.RECOVER_GIVES_NIL, 3, "x", "y"))
    lanes = align(
        replace(base, pre=replace(base.pre, trace=pre), post=replace(base.post, trace=post, outcome=outcome))
    )
    assert lanes is not None
    assert lanes.goroutine == 2
    assert shown(lanes) == [(3, 3, True), (13, 4, False), (14, 14, True), (15, 15, True)]


def test_one_trace_alone_is_shown_around_the_broken_rule() -> None:
    comparison = sample.regressed()
    lanes = align(replace(comparison, pre=replace(comparison.pre, trace=None)))
    assert lanes is not None
    assert [row.post.number for row in lanes.rows if row.post] == list(range(6, 14))
    assert all(row.pre is None for row in lanes.rows)


def test_the_source_of_a_lost_call_is_its_defer_statement() -> None:
    """Line 14, where the call that did not come was deferred; not line 11, of the call that came instead."""
    for comparison in (sample.regressed(), sample.fixed_as_foreseen()):
        assert [line.number for line in evidence.source(comparison) if line.here] == [14]


def test_the_source_where_both_sides_diverge_is_that_of_the_event() -> None:
    assert [line.number for line in evidence.source(sample.disputed()) if line.here] == [11]


def test_the_source_of_a_divergence_at_the_end_is_the_last_event() -> None:
    base = sample.same()
    assert base.post.trace is not None
    end = len(base.post.trace.events)
    outcome = Diverges(Divergence(rules.PROCESS_END, end, "status 3", "status 0"))
    comparison = Comparison(base.case, base.pre, replace(base.post, outcome=outcome), Verdict.REGRESSED, False)
    assert [line.number for line in evidence.source(comparison) if line.here] == [27]
    assert evidence.got(comparison.post) == "status 3"
    assert isinstance(base.pre.outcome, Conforms)

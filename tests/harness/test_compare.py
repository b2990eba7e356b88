"""Every pair of outcomes has one verdict, and the header explains what it foresees and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from harness.compare import compare
from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Diverges,
    Exited,
    Inconclusive,
    Judged,
    KnownFault,
    Mode,
    NotApplicable,
    Outcome,
    RanOutOfMemory,
    RanTooLong,
    Run,
    Trace,
    Verdict,
    WroteTooMuch,
)
from oracle import rules
from oracle.check import Divergence
from oracle.events import CalleeKind, End, EndKind
from tests.harness.fake import case
from tests.oracle.script import Story

LOST = Diverges(Divergence(rules.DEFERRED_CALL_LOST, 7, "main returned", "deferred call a"))
ORDER = Diverges(Divergence(rules.DEFERRED_CALL_ORDER, 7, "main returned", "deferred call a"))

OUTCOMES: dict[str, Outcome] = {
    "conforms": Conforms(),
    "lost": LOST,
    "order": ORDER,
    "crashed": Crashed("signal SIGSEGV"),
    "too long": RanTooLong("stopped after 10 s"),
    "out of memory": RanOutOfMemory("out of memory at 512 MiB"),
    "too much output": WroteTooMuch("wrote more than 4096 KiB to stdout"),
    "build failed": BuildFailed("no such function"),
    "inconclusive": Inconclusive("the Engine is gone"),
    "not applicable": NotApplicable("<1.22"),
}
FAILURES = ("lost", "order", "crashed", "too long", "out of memory", "too much output", "build failed")
KNOWN = KnownFault("<1.22", "it loses the call", "https://go.dev/issue/43942")


def judged(outcome: Outcome, known: KnownFault | None = None) -> Judged:
    return Judged(case(), "post", outcome, known)


def expected(pre: str, post: str) -> Verdict:
    if "inconclusive" in (pre, post):
        return Verdict.INCONCLUSIVE
    match pre in FAILURES, post in FAILURES:
        case False, True:
            return Verdict.REGRESSED
        case True, False:
            return Verdict.FIXED
        case True, True:
            return Verdict.DISPUTED if pre == post else Verdict.BOTH_DIVERGE
        case _:
            return Verdict.SAME


def test_the_outcomes_here_are_all() -> None:
    assert {type(outcome) for outcome in OUTCOMES.values()} == set(get_args(Outcome))


@pytest.mark.parametrize("pre", OUTCOMES)
@pytest.mark.parametrize("post", OUTCOMES)
def test_every_pair_of_outcomes(pre: str, post: str) -> None:
    found = compare(judged(OUTCOMES[pre]), judged(OUTCOMES[post]))
    assert found.verdict is expected(pre, post)
    assert (found.pre.outcome, found.post.outcome) == (OUTCOMES[pre], OUTCOMES[post])
    assert found.explained == ({pre, post} <= {"conforms", "not applicable"})


@pytest.mark.parametrize("pre", OUTCOMES)
@pytest.mark.parametrize("post", OUTCOMES)
def test_what_a_header_explains(pre: str, post: str) -> None:
    """Both sides have a known fault: a side that shows it is explained, one that passes is not."""
    found = compare(judged(OUTCOMES[pre], KNOWN), judged(OUTCOMES[post], KNOWN))
    assert found.verdict is expected(pre, post)
    assert found.explained == ({pre, post} <= {*FAILURES, "not applicable"})


@pytest.mark.parametrize("failure", FAILURES)
def test_a_fault_that_is_known_of_the_other_side_explains_nothing(failure: str) -> None:
    good, bad = judged(Conforms()), judged(OUTCOMES[failure])
    foreseen = replace(bad, known=KNOWN)
    assert compare(foreseen, good).explained
    assert compare(good, foreseen).explained
    assert not compare(bad, good).explained
    assert not compare(bad, replace(good, known=KNOWN)).explained
    assert not compare(foreseen, replace(good, known=KNOWN)).explained
    assert not compare(foreseen, bad).explained


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (LOST, Verdict.DISPUTED),
        # Where in the trace it came is not what makes two divergences alike: releases differ in what goes before.
        (Diverges(replace(LOST.divergence, index=9)), Verdict.DISPUTED),
        (Diverges(replace(LOST.divergence, got="something else")), Verdict.BOTH_DIVERGE),
        (Diverges(replace(LOST.divergence, owed="deferred call b")), Verdict.BOTH_DIVERGE),
        (ORDER, Verdict.BOTH_DIVERGE),
    ],
)
def test_two_divergences_that_are_alike(other: Outcome, verdict: Verdict) -> None:
    assert compare(judged(LOST), judged(other)).verdict is verdict


def test_two_crashes_are_alike_whatever_their_words() -> None:
    assert compare(judged(Crashed("at 0x1")), judged(Crashed("at 0x2"))).verdict is Verdict.DISPUTED


# --- Both conform: do they show the same? -----------------------------------------------------------------


def story() -> Story:
    s = Story("main", "worker", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    started = s.go(m, "worker")
    w = s.start("worker", g=2, started=started)
    s.returns(w, g=2)
    s.returns(m)
    s.returns(s.by_return("a", m, ra))
    return s


def conforming(s: Story, *, stdout: bytes = b"out\n", status: int = 0, end: EndKind = EndKind.RETURNED) -> Judged:
    plain = Run("order/lifo", Mode.PLAIN, Exited(status), stdout, b"", b"", 0.1)
    trace = Trace(s.functions, tuple(s.events), End(end, status))
    return replace(judged(Conforms()), trace=trace, plain=plain, traced=replace(plain, mode=Mode.TRACED))


def verdict(pre: Judged, post: Judged) -> Verdict:
    assert compare(pre, post).explained
    assert compare(post, pre).verdict is compare(pre, post).verdict
    return compare(pre, post).verdict


def test_the_same_trace() -> None:
    assert verdict(conforming(story()), conforming(story())) is Verdict.SAME


def test_traces_that_differ_by_scheduling_only() -> None:
    other = story()
    main = [event for event in other.events if event.goroutine == 1]
    other.events = main[:-1] + [event for event in other.events if event.goroutine == 2] + main[-1:]
    assert other.events != story().events
    assert verdict(conforming(story()), conforming(other)) is Verdict.SAME


def test_traces_that_differ_in_what_was_done() -> None:
    other = story()
    other.recover(max(event.activation for event in other.events), "nil")
    other.events[-2:] = reversed(other.events[-2:])
    assert verdict(conforming(story()), conforming(other)) is Verdict.CHANGED


def test_traces_that_differ_in_a_goroutine() -> None:
    other = story()
    other.events = [event for event in other.events if event.goroutine == 1]
    assert verdict(conforming(story()), conforming(other)) is Verdict.CHANGED


def test_the_output_differs() -> None:
    assert verdict(conforming(story()), conforming(story(), stdout=b"other\n")) is Verdict.CHANGED


def test_the_status_differs() -> None:
    """As after an exit in code that is not traced."""
    pre, post = (conforming(story(), status=status, end=EndKind.EXITED) for status in (1, 3))
    assert verdict(pre, post) is Verdict.CHANGED


def test_a_fatal_error_cuts_a_trace_where_it_will() -> None:
    cut = story()
    del cut.events[-3:]
    pre, post = (conforming(s, status=2, end=EndKind.FATAL) for s in (story(), cut))
    assert verdict(pre, post) is Verdict.SAME
    other = story()
    other.defer(1, kind=CalleeKind.SILENT)
    other.events.insert(1, other.events.pop())
    assert verdict(pre, conforming(other, status=2, end=EndKind.FATAL)) is Verdict.CHANGED
    assert verdict(conforming(story()), conforming(cut)) is Verdict.CHANGED


def test_a_side_without_evidence_is_not_the_same_as_one_with() -> None:
    assert verdict(judged(Conforms()), judged(Conforms())) is Verdict.SAME
    assert verdict(judged(Conforms()), conforming(story())) is Verdict.CHANGED


def test_a_side_that_the_case_does_not_apply_to_shows_no_difference() -> None:
    assert verdict(judged(NotApplicable("<1.22")), conforming(story())) is Verdict.SAME

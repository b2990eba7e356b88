"""What tells two toolchains apart, and which of the two a third is like."""

from __future__ import annotations

import pytest

from harness import behaviour
from harness.behaviour import Behaviour, Sort
from harness.history import Answer
from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Diverges,
    Exited,
    Inconclusive,
    Judged,
    Mode,
    NotApplicable,
    Outcome,
    RanTooLong,
    Run,
    WroteTooMuch,
)
from oracle import rules
from oracle.check import Divergence
from tests.harness.fake import case

YES, NO, UNTESTABLE = Answer.YES, Answer.NO, Answer.UNTESTABLE


def shown(outcome: Outcome, stdout: bytes = b"", stderr: bytes = b"", status: int = 0) -> Behaviour:
    plain = Run("it", Mode.PLAIN, Exited(status), stdout, stderr, b"", 0.0)
    return behaviour.of(Judged(case(), "post", outcome, plain=plain))


LOST = shown(Diverges(Divergence(rules.DEFERRED_CALL_LOST, 7, "main returned", "deferred call a")))
TWICE = shown(Diverges(Divergence(rules.DEFERRED_CALL_TWICE, 7, "main returned", "deferred call a")))
ONE, TWO, THREE = (shown(Conforms(), stdout) for stdout in (b"1\n", b"2\n", b"3\n"))
UNKNOWN = shown(Inconclusive("the Engine is gone"))


@pytest.mark.parametrize(
    ("outcome", "sort"),
    [
        (Conforms(), Sort.CONFORMS),
        (Crashed("fatal error: bad"), Sort.FAILS),
        (RanTooLong("10 s"), Sort.FAILS),
        (WroteTooMuch("4 MiB"), Sort.FAILS),
        (BuildFailed("no such function"), Sort.UNKNOWN),
        (NotApplicable("<1.22"), Sort.UNKNOWN),
        (Inconclusive("the Engine is gone"), Sort.UNKNOWN),
    ],
)
def test_sorts(outcome: Outcome, sort: Sort) -> None:
    found = shown(outcome)
    assert found.sort is sort
    assert found.said


def test_what_differs_from_run_to_run_makes_no_difference() -> None:
    crash = b"fatal error: bad\n\ngoroutine 1 [running]:\nmain.main()\n\t%s\n"
    first, second = (
        shown(Crashed(f"fatal error: bad {at}"), b"", crash % at.encode(), 2) for at in ("0xc000012345", "0xdd")
    )
    assert (first.kind, first.shown) == (second.kind, second.shown)
    assert shown(Conforms(), b"1\n") == ONE
    assert len({ONE.shown, TWO.shown, shown(Conforms(), b"1\n", status=1).shown}) == 3


@pytest.mark.parametrize(
    ("first", "last", "answers"),
    [
        (ONE, LOST, {ONE: NO, TWO: NO, LOST: YES, TWICE: UNTESTABLE, UNKNOWN: UNTESTABLE}),
        (LOST, ONE, {ONE: YES, TWO: YES, LOST: NO, TWICE: UNTESTABLE, UNKNOWN: UNTESTABLE}),
        (ONE, TWO, {ONE: NO, TWO: YES, THREE: UNTESTABLE, LOST: UNTESTABLE, UNKNOWN: UNTESTABLE}),
        (TWICE, LOST, {TWICE: NO, LOST: YES, ONE: UNTESTABLE, UNKNOWN: UNTESTABLE}),
    ],
)
def test_which_end_it_is_like(first: Behaviour, last: Behaviour, answers: dict[Behaviour, Answer]) -> None:
    tell = behaviour.between(first, last)
    assert {one: tell(one) for one in answers} == answers


def test_any_fault() -> None:
    tell = behaviour.between(ONE, LOST, any_fault=True)
    assert [tell(one) for one in (TWO, LOST, TWICE, UNKNOWN)] == [NO, YES, YES, UNTESTABLE]

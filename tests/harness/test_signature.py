"""What Go programs that differ alike have in common, whether or not it is known what they owe."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import signature
from harness.generated import case_of
from harness.model import (
    Crashed,
    Diverges,
    Exited,
    Judged,
    Mode,
    Outcome,
    OutOfMemory,
    RanOutOfMemory,
    RanTooLong,
    Run,
    TimedOut,
    Trace,
)
from oracle import rules
from oracle.check import Divergence
from oracle.events import End, EndKind
from oracle.rules import Rule
from tests.oracle.programs import program

CASE = case_of(program(main=["recover"]), "it", Path("it.go"))
ASLEEP = "fatal error: all goroutines are asleep - deadlock!"


def diverges(rule: Rule, got: str, index: int = 3) -> Diverges:
    return Diverges(Divergence(rule, index, got, "something else"))


@pytest.mark.parametrize(
    ("outcome", "owned"),
    [
        (diverges(rules.DEFERRED_CALL_LOST, "main returned"), "deferred-call-lost"),
        (diverges(rules.UNCAUGHT_PANIC, "the process died by a panic: panic: b"), "uncaught-panic"),
        (diverges(rules.PROCESS_END, "died by a fatal error: fatal error: bad frame 7"), "fatal error: bad frame N"),
        (Crashed("plain run: the runtime failed: fatal error: bad frame 9"), "fatal error: bad frame N"),
        (Crashed("traced run: SIGSEGV: segmentation violation"), "SIGSEGV: segmentation violation"),
        (Crashed("traced run: killed by signal 11"), "killed by signal N"),
        (diverges(rules.DEFERRED_CALL_LOST, f"the process died by a fatal error: {ASLEEP}"), ASLEEP),
        (Crashed(f"plain run: {ASLEEP}"), ASLEEP),
        (RanTooLong("plain run: stopped after 10 s (wall time)"), "it hangs"),
        (RanOutOfMemory("plain run: out of memory at 512 MiB"), "out of memory"),
    ],
)
def test_the_rule_and_the_death(outcome: Outcome, owned: str) -> None:
    whole = owned if owned in {"deferred-call-lost", "uncaught-panic", "out of memory"} else f"process-end: {owned}"
    assert signature.of(Judged(CASE, "go1.22.10", outcome)) == whole


@pytest.mark.parametrize(
    ("ending", "index", "owned"),
    [
        (TimedOut("wall", 10.0), 0, "process-end: it hangs"),
        (TimedOut("wall", 10.0), -1, "deferred-call-lost"),
        (OutOfMemory(1 << 20), 0, "deferred-call-lost"),
        (Exited(0), 0, "deferred-call-lost"),
    ],
)
def test_what_does_not_come_for_time_is_up(ending: TimedOut | OutOfMemory | Exited, index: int, owned: str) -> None:
    """What is owed next says nothing then; but what came before it does."""
    run = Run("it", Mode.TRACED, ending, b"", b"", b"", 10.0)
    trace = Trace((), (), End(EndKind.KILLED, text="stopped"))
    outcome = diverges(rules.DEFERRED_CALL_LOST, "the process was killed: stopped", index)
    assert signature.of(Judged(CASE, "go1.22.10", outcome, trace=trace, traced=run)) == owned

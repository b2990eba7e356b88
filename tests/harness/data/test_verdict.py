"""The rule that a program's words break."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import single, wire
from harness.data.driver import Difference
from harness.data.verdict import Broken, broken
from harness.model import Ending, Exited, OutOfMemory, OutputLimit, Signaled, TimedOut
from oracle import rules
from oracle.code import SHIFT
from oracle.rules import Rule
from tests.oracle.programs import program

PROGRAM = program(
    main=[{"defer": "f1"}, {"defer": "f2"}, {"call": "f3"}],
    f1=["recover"],
    f2=["recover"],
    f3=[{"defer": "f4"}, {"panic": "a"}],
    f4=["recover"],
)
CHUNK, CODE = single.chunk_of([single.fit(PROGRAM, (1, 22))])
OWED = list(wire.from_bytes(CHUNK.owed))
# main enters, defers twice; f3 enters, defers, panics; f4, then main's end, f2, f1.


def told(got: Sequence[int], died: Ending | None = None, said: str = "") -> Broken:
    return broken(CODE, OWED, Difference(0, tuple(got), died, said))


def test_the_program_owes_this() -> None:
    assert len(OWED) == 17
    assert OWED[-1] == wire.RETURNED


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda w: w[:6] + w[9:], rules.DEFERRED_CALL_LOST),
        (lambda w: [*w[:10], *w[13:16], *w[10:13], w[16]], rules.DEFERRED_CALL_ORDER),
        (lambda w: [*w[:13], *w[10:]], rules.DEFERRED_CALL_TWICE),
        (lambda w: [*w[:4], *w[10:13], *w[4:]], rules.DEFERRED_CALL_EARLY),
        (lambda w: [*w[:7], w[7] & ~0xFF, *w[8:]], rules.RECOVER_GIVES_PANIC),
        (lambda w: [*w[:11], w[11] | 4, *w[12:]], rules.RECOVER_GIVES_NIL),
        (lambda w: [*w[:-1], wire.PANICKED | 4], rules.UNCAUGHT_PANIC),
        (lambda w: [*w[:3], wire.GOEXIT], rules.PROCESS_END),
        (lambda w: [*w[:8], w[5], *w[8:]], rules.CONTROL_FLOW),
        (lambda w: [*w, w[3]], rules.PROCESS_END),
    ],
)
def test_rules(change: object, rule: Rule) -> None:
    assert callable(change)
    found = told(change(list(OWED)))
    assert found.rule is rule
    assert found.signature == rule.name


def near(place: int) -> st.SearchStrategy[int]:
    """Words of a place, with anything as what they tell of it."""
    return st.integers(0, 255).map(lambda detail: place << SHIFT | detail)


WORDS = st.integers(0, 2**32 - 1) | st.integers(0, CODE.places[-1] + 40).flatmap(near)


@given(st.integers(0, len(OWED)), st.lists(WORDS, max_size=4))
def test_whatever_a_damaged_process_writes_gets_a_verdict(kept: int, written: list[int]) -> None:
    got = [*OWED[:kept], *written]
    found = told(got, Exited(2), "fatal error: x\n")
    assert found.rule in rules.ALL
    assert found.got
    assert found.owed


def test_how_a_function_cannot_be_entered() -> None:
    """A word of main's entry with a detail that stands for nothing."""
    found = told([OWED[0] | 0xFF, *OWED[1:]])
    assert found.got == f"{OWED[0] | 0xFF:#x}, which is no event of the program"


def test_words() -> None:
    lost = told(OWED[:6] + OWED[9:])
    assert (lost.index, lost.got, lost.owed) == (6, "main returns", "f4 is entered (a deferred call)")
    assert told([*OWED[:-1], wire.PANICKED | 4]).got == "the program ends: panic: a"
    assert told([*OWED[:-1], wire.PANICKED | 99]).got == "the program ends: panic: a value that is not the program's"
    assert told([*OWED[:-1], wire.GOEXIT]).got == "the program ends by Goexit"
    assert told(OWED[:3]).owed == "f3 is entered (a call)"
    assert told([0x7FFF00]).got == "0x7fff00, which is no event of the program"
    assert told([0x7FFF00]).rule is rules.CONTROL_FLOW
    assert told([*OWED[:7], OWED[7] | 0xFF, *OWED[8:]]).rule is rules.RECOVER_GIVES_PANIC


@pytest.mark.parametrize(
    ("died", "said", "how"),
    [
        (
            Exited(2),
            "recover: 0xc0000 not in [..]\nfatal error: bad recovery\n\nruntime stack:\n",
            "fatal error: bad recovery",
        ),
        (Exited(2), "panic: a [recovered]\n", "panic: a [recovered]"),
        (Exited(2), "SIGSEGV: segmentation violation\nPC=0x4\n", "SIGSEGV: segmentation violation"),
        (Exited(4), "data: a program does not come to an end\n", "data: a program does not come to an end"),
        (Exited(7), "", "exit status 7"),
        (Signaled(11), "", "signal 11"),
        (Signaled(9), "", "it hangs"),
        (TimedOut("wall", 10.0), "", "it hangs"),
        (OutOfMemory(1), "", "out of memory"),
        (OutputLimit("trace", 1), "", "too much output"),
    ],
)
def test_deaths(died: Ending, said: str, how: str) -> None:
    found = told(OWED[:3], died, said)
    assert (found.rule, found.how, found.index) == (rules.PROCESS_END, how, 3)
    assert found.signature == f"process-end: {how}"


def test_addresses_make_no_difference() -> None:
    first = told([], Exited(2), "fatal error: at 0xc00012 of 7\n")
    assert first.how == told([], Exited(2), "fatal error: at 0xd0 of 12\n").how == "fatal error: at N of N"


def test_a_deferred_call_that_nothing_comes_for_is_lost() -> None:
    deadlock = "fatal error: all goroutines are asleep - deadlock!"
    assert told(OWED[:6], Exited(2), deadlock + "\n").rule is rules.DEFERRED_CALL_LOST
    assert told(OWED[:3], Exited(2), deadlock + "\n").rule is rules.PROCESS_END
    assert told(OWED[:6], Exited(2), "fatal error: bad recovery\n").rule is rules.PROCESS_END


def test_a_goroutine_that_ends_without_a_word() -> None:
    """The deferred call that was next is lost; where none was, nothing more is known."""
    found = told([*OWED[:7], wire.LOST])
    assert (found.rule, found.index, found.got) == (rules.PROCESS_END, 7, "nothing more: data: a goroutine is lost")
    found = told([*OWED[:13], wire.LOST])
    assert (found.rule, found.how, found.index) == (rules.DEFERRED_CALL_LOST, "", 13)
    assert found.got == "nothing more: data: a goroutine is lost"
    assert told([*OWED[:5], OWED[7], wire.LOST]).index == 5

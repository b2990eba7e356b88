"""Every event, callee and end has its words."""

from __future__ import annotations

import pytest

from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Exit,
    Function,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.words import describe_callee, describe_end, describe_event

FUNCTIONS = (Function("main", 1, 9), Function("(*T).M", 11, 19))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Enter(1, 1, 0, Via.START), "main starts"),
        (Enter(1, 2, 1, Via.CODE, 5), "(*T).M is entered, from line 5"),
        (Enter(1, 2, 1, Via.FOREIGN), "(*T).M is entered, from another package"),
        (Enter(1, 2, 1, Via.CODE, 5, 3), "deferred call (*T).M begins, from line 5"),
        (Enter(1, 2, 1, Via.PANIC), "deferred call (*T).M begins, run by a panic"),
        (Enter(1, 2, 1, Via.GOEXIT), "deferred call (*T).M begins, run by Goexit"),
        (Enter(1, 2, 1, Via.RUNTIME), "deferred call (*T).M begins, run by the runtime"),
        (Enter(1, 2, 1, Via.START, 0, 3), "deferred call (*T).M begins"),
        (Defer(1, 1, 4, 1, Callee(CalleeKind.LITERAL, (1,))), "line 4: defer (*T).M"),
        (Go(1, 1, 4, 1, Callee(CalleeKind.SILENT)), "line 4: go of code that is not traced"),
        (Panic(1, 1, 4, '"boom"'), 'line 4: panic("boom")'),
        (Recover(1, 1, 4, "nil"), "line 4: recover gives nil"),
        (Goexit(1, 1, 4), "line 4: runtime.Goexit"),
        (Return(1, 1, 4), "line 4: return"),
        (Exit(1, 1, 4, 3), "line 4: os.Exit(3)"),
    ],
)
def test_an_event(event: Event, words: str) -> None:
    assert describe_event(event, FUNCTIONS) == f"goroutine 1: {words}"


@pytest.mark.parametrize(
    ("callee", "words"),
    [
        (Callee(CalleeKind.LITERAL, (0,)), "main"),
        (Callee(CalleeKind.FUNCTION, (0, 1)), "main or (*T).M"),
        (Callee(CalleeKind.PANIC, (), "3"), "panic(3)"),
        (Callee(CalleeKind.EXIT, (), "3"), "os.Exit(3)"),
        (Callee(CalleeKind.RECOVER), "recover()"),
        (Callee(CalleeKind.GOEXIT), "runtime.Goexit()"),
        (Callee(CalleeKind.NIL), "of a nil function value"),
        (Callee(CalleeKind.VALUE), "of a function value"),
        (Callee(CalleeKind.SILENT), "of code that is not traced"),
        (Callee(CalleeKind.FOREIGN), "of code that is not traced"),
    ],
)
def test_a_callee(callee: Callee, words: str) -> None:
    assert describe_callee(callee, FUNCTIONS) == words


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (End(EndKind.RETURNED), "main returned"),
        (End(EndKind.EXITED, 3), "the process exited with status 3"),
        (End(EndKind.PANICKED, 2, "panic: boom"), "the process died by a panic: panic: boom"),
        (End(EndKind.MAIN_GOEXIT, 2, "x"), "the process died by a fatal error: x"),
        (End(EndKind.DEADLOCK, 2, "x"), "the process died by a fatal error: x"),
        (End(EndKind.FATAL, 2, "x"), "the process died by a fatal error: x"),
        (End(EndKind.KILLED, text="signal SIGKILL"), "the process was killed: signal SIGKILL"),
    ],
)
def test_an_end(end: End, words: str) -> None:
    assert describe_end(end) == words

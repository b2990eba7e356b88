from __future__ import annotations

import pytest

from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Inconclusive,
    NotApplicable,
    Outcome,
    RanOutOfMemory,
    RanTooLong,
    Trace,
    WroteTooMuch,
)
from harness.report import words
from harness.report.words import Narrator
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
from tests.conftest import Golden
from tests.harness.report import sample

FUNCTIONS = (Function("main", 5, 30), Function("f", 40, 50), Function("(*T).M", 60, 61))


def told(*events: Event, end: End | None = None) -> list[str]:
    narrator = Narrator(Trace(FUNCTIONS, events, end or End(EndKind.RETURNED)))
    return [narrator.full(index) for index in range(len(events) + 1)]


def test_golden(golden: Golden) -> None:
    narrator = Narrator(sample.TWICE)
    lines = [narrator.full(index) for index in range(len(sample.TWICE.events) + 1)]
    golden("twice.words.txt", "\n".join(lines) + "\n")


def test_a_deferred_call_names_its_defer_statement_and_who_runs_it() -> None:
    lines = told(
        Enter(1, 1, 0, Via.START),
        Defer(1, 1, 12, 1, Callee(CalleeKind.LITERAL, (1,))),
        Enter(1, 2, 1, Via.PANIC, deferred=1),
        Enter(1, 3, 2, Via.GOEXIT),
        Enter(1, 4, 0, Via.FOREIGN, deferred=9),
    )
    assert lines[1] == "goroutine 1: main defers f (line 12)"
    assert lines[2] == "goroutine 1: deferred call f begins (defer at line 12, run by panic)"
    assert lines[3] == "goroutine 1: (*T).M begins (run by Goexit)"
    assert lines[4] == "goroutine 1: deferred call main#2 begins (no defer made it, called by another package)"


def test_goroutines_and_ends() -> None:
    lines = told(
        Enter(1, 1, 0, Via.START),
        Go(1, 1, 7, 1, Callee(CalleeKind.FUNCTION, (1, 2))),
        Enter(2, 2, 1, Via.START, started=1),
        Recover(2, 2, 41, "nil"),
        Goexit(2, 2, 42),
        Exit(1, 1, 8, 3),
        end=End(EndKind.EXITED, 3),
    )
    assert lines[1:] == [
        "goroutine 1: main starts a goroutine for f or (*T).M (line 7)",
        "goroutine 2: f begins (go at line 7)",
        "goroutine 2: f calls recover, which gives nil (line 41)",
        "goroutine 2: f calls runtime.Goexit (line 42)",
        "goroutine 1: main calls os.Exit(3) (line 8)",
        "process: the process exits with status 3",
    ]


@pytest.mark.parametrize("kind", CalleeKind)
def test_every_callee_has_words(kind: CalleeKind) -> None:
    (line, _) = told(Defer(1, 1, 3, 1, Callee(kind, (), '"x"')))
    assert line.startswith("goroutine 1: activation 1 defers ")
    assert line.endswith(" (line 3)")


@pytest.mark.parametrize("kind", EndKind)
def test_every_end_has_words(kind: EndKind) -> None:
    text = words.end(End(kind, 4, "panic: \x1b[2J"))
    assert "\x1b" not in text
    assert text


def test_damaged_tables_are_told_too() -> None:
    lines = told(Enter(1, 1, 99, Via.CODE), Panic(1, 7, 3, "\x1b[2J\n"), Return(1, 1, 4))
    assert lines[:3] == [
        "goroutine 1: function 99 begins",
        "goroutine 1: activation 7 panics with \\x1b[2J\\n (line 3)",
        "goroutine 1: function 99 returns (line 4)",
    ]


@pytest.mark.parametrize(
    ("outcome", "kind", "detail", "fails"),
    [
        (Conforms(), "conforms", "", False),
        (sample.regressed().post.outcome, "diverges", "deferred-call-lost", True),
        (Crashed("SIGSEGV\nmore"), "crashed", "SIGSEGV", True),
        (RanTooLong("10 s"), "timed out", "10 s", True),
        (RanOutOfMemory("1 GiB"), "out of memory", "1 GiB", True),
        (WroteTooMuch("1 MiB to stdout"), "too much output", "1 MiB to stdout", True),
        (BuildFailed("\na.go:1: no\nb"), "build failed", "a.go:1: no", True),
        (BuildFailed(""), "build failed", "", True),
        (Inconclusive("Engine\nx"), "inconclusive", "Engine", False),
        (NotApplicable(">=1.23"), "not applicable", "only for >=1.23", False),
    ],
)
def test_outcomes(outcome: Outcome, kind: str, detail: str, fails: bool) -> None:
    assert (words.kind(outcome), words.detail(outcome), words.fails(outcome)) == (kind, detail, fails)


@pytest.mark.parametrize(
    ("compiler", "told"),
    [
        ("a/b.go:3:2: undefined: x", "a/b.go:3:2: undefined: x"),
        (
            "a/b.go:3:5: initialization cycle or refers to itself:\na/b.go: \tx refers to y\na/b.go: \ty refers to x",
            "a/b.go:3:5: initialization cycle or refers to itself: x refers to y",
        ),
        ("a/b.go:3:5: it ends so:", "a/b.go:3:5: it ends so:"),
        ("a/b.go:3:2: one\na/b.go: \thave (int)\na/b.go:4:2: two\na/b.go:9: three", "a/b.go:3:2: one (and 2 more)"),
        ("a/b.go:3:2: one\na/b.go:4:2: too many errors\na/b.go: too many errors", "a/b.go:3:2: one"),
        (
            "a/b.go:3:2: one:\na/b.go:4:2: \tother place\na/b.go:9: two",
            "a/b.go:3:2: one: a/b.go:4:2: \tother place (and 1 more)",
        ),
    ],
)
def test_the_first_error_of_a_compiler_makes_sense_alone(compiler: str, told: str) -> None:
    assert words.first_error(compiler) == told

"""How processes end: what must have been done, and which ends no trace explains."""

from __future__ import annotations

import pytest

from oracle.events import Callee, CalleeKind, End, EndKind, Go
from tests.oracle.lawful import DEADLOCK, MAIN_GOEXIT, PANICKED, exited, verdict
from tests.oracle.script import Story


@pytest.mark.parametrize(("given", "status"), [(0, 0), (256, 0), (1, 1), (-1, 255), (257, 1)])
def test_of_a_status_eight_bits_arrive(given: int, status: int) -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.exit(m, given)
    assert verdict(s, exited(status)) is None
    assert verdict(s, exited(7)) == ("process-end", 3)


def test_nothing_comes_after_an_exit() -> None:
    s = Story("main")
    m = s.start("main")
    s.exit(m, 3)
    s.returns(m)
    assert verdict(s, exited(3)) == ("process-end", 2)


def test_another_goroutine_may_go_on_until_the_exit_is_there() -> None:
    s = Story("main", "f")
    m = s.start("main")
    f = s.start("f", g=2, started=s.go(m, "f"))
    s.exit(m, 3)
    s.returns(f, g=2)
    assert verdict(s, exited(3)) is None


def test_code_that_is_not_traced_may_exit() -> None:
    for foreign, rule in ((("main",), None), ((), ("process-end", 1))):
        s = Story("main", foreign=foreign)
        s.start("main")
        assert verdict(s, exited(1)) == rule


def test_a_status_that_nobody_gave_while_a_call_is_owed() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.returns(m)
    assert verdict(s, exited(1)) == ("deferred-call-lost", 3)


def test_a_panic_of_another_goroutine_kills_the_process() -> None:
    s = Story("main", "f")
    started = s.go(s.start("main"), "f")
    s.panic(s.start("f", g=2, started=started), g=2)
    assert verdict(s, PANICKED) is None
    assert verdict(s) == ("uncaught-panic", 4)
    assert verdict(s, DEADLOCK) == ("uncaught-panic", 4)


def test_a_process_that_dies_by_a_panic_which_none_may_have() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.returns(m)
    assert verdict(s, PANICKED) == ("uncaught-panic", 2)
    s = Story("main", "a")
    s.defer(s.start("main"), "a")
    assert verdict(s, PANICKED) == ("deferred-call-lost", 2)


def test_a_deadlock_with_an_exit_on_its_way() -> None:
    s = Story("main")
    s.exit(s.start("main"), 3)
    assert verdict(s, DEADLOCK) == ("process-end", 2)


def test_a_deadlock_is_the_end_of_a_program_that_sleeps() -> None:
    s = Story("main", "a")
    s.defer(s.start("main"), "a")
    assert verdict(s, DEADLOCK) is None


def test_main_has_not_called_goexit() -> None:
    s = Story("main")
    s.start("main")
    assert verdict(s, MAIN_GOEXIT) == ("process-end", 1)


@pytest.mark.parametrize("end", [End(EndKind.FATAL, 2, "fatal error: stack overflow"), End(EndKind.KILLED, text="x")])
def test_what_may_come_at_any_time_owes_nothing(end: End) -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.returns(m)
    assert verdict(s, end) is None


def test_a_goroutine_that_no_go_statement_started() -> None:
    s = Story("main", "f", "g")
    s.go(s.start("main"), "f")
    s.start("g", g=2)
    assert verdict(s) == ("goroutine-start", 2)


def test_a_named_function_takes_the_go_statement_that_names_it() -> None:
    s = Story("main", "f")
    m = s.start("main")
    s.go(m, "f")
    s.returns(s.start("f", g=2), g=2)
    s.returns(m)
    assert verdict(s) is None
    s.start("f", g=3)
    assert verdict(s) == ("goroutine-start", 5)


def test_initialisers_come_before_main() -> None:
    s = Story("main", "init.0")
    s.returns(s.start("init.0"))
    s.returns(s.start("main", g=2), g=2)
    assert verdict(s) is None


def test_a_program_without_events_is_no_pass() -> None:
    s = Story("main")
    assert verdict(s) == ("process-end", 0)
    assert verdict(s, exited(1)) == ("process-end", 0)
    assert verdict(s, MAIN_GOEXIT) == ("process-end", 0)
    assert verdict(s, PANICKED) == ("uncaught-panic", 0)


# --- Code that is not traced, at the end -----------------------------------------------------------------------


def test_a_worker_asleep_in_foreign_code_owes_nothing_after_it_but_main_does() -> None:
    for sleeps in ("worker", "main"):
        s = Story("main", "worker", "a")
        m = s.start("main")
        w = s.start("worker", g=2, started=s.go(m, "worker"))
        f, g = (w, 2) if sleeps == "worker" else (m, 1)
        s.defer(f, "a", g=g)
        s.defer(f, kind=CalleeKind.FOREIGN, g=g)
        if sleeps == "worker":
            s.returns(w, g=2)
        s.goexit(m)
        lost = ("deferred-call-lost", len(s.events))
        assert verdict(s, MAIN_GOEXIT) == (None if sleeps == "worker" else lost)


@pytest.mark.parametrize("worker", [False, True])
def test_a_callback_that_returned_says_nothing_of_a_panic(worker: bool) -> None:
    s = Story("main", "worker", "f")
    m = s.start("main")
    g = 1
    if worker:
        g = 2
        s.start("worker", g=2, started=s.go(m, "worker"))
    s.returns(s.called_back("f", g=g), g=g)
    assert verdict(s, PANICKED) == ("uncaught-panic", len(s.events))


def test_foreign_code_may_die_by_a_panic_of_its_own() -> None:
    for foreign, rule in ((("main",), None), ((), ("uncaught-panic", 1))):
        s = Story("main", foreign=foreign)
        s.start("main")
        assert verdict(s, PANICKED) == rule


def test_a_run_time_error_in_a_callback_goes_through_the_code_that_called_it() -> None:
    s = Story("main", "f")
    s.start("main")
    s.called_back("f")
    assert verdict(s, End(EndKind.PANICKED, 2, "panic: runtime error: index out of range")) is None


@pytest.mark.parametrize(
    ("kind", "end", "lawful"),
    [
        (CalleeKind.FOREIGN, PANICKED, True),
        (CalleeKind.FOREIGN, exited(3), True),
        (CalleeKind.FOREIGN, exited(0), False),
        (CalleeKind.FOREIGN, End(EndKind.RETURNED), False),
        (CalleeKind.FOREIGN, End(EndKind.RETURNED, 2), False),
        (CalleeKind.FOREIGN, MAIN_GOEXIT, False),
        (CalleeKind.PANIC, PANICKED, True),
        (CalleeKind.PANIC, exited(3), False),
        (CalleeKind.NIL, PANICKED, True),
        (CalleeKind.EXIT, exited(3), True),
        (CalleeKind.EXIT, exited(4), False),
        (CalleeKind.EXIT, PANICKED, False),
        (CalleeKind.SILENT, PANICKED, False),
    ],
)
def test_what_a_goroutine_that_shows_nothing_explains(kind: CalleeKind, end: End, lawful: bool) -> None:
    s = Story("main")
    m = s.start("main")
    s.events.append(Go(1, m, 2, 9, Callee(kind, (), "3")))
    assert (verdict(s, end) is None) == lawful


def test_a_worker_whose_callback_returned_may_be_asleep_in_the_code_that_called_it() -> None:
    s = Story("main", "worker", "f")
    m = s.start("main")
    s.start("worker", g=2, started=s.go(m, "worker"))
    s.returns(s.called_back("f", g=2), g=2)
    s.goexit(m)
    assert verdict(s, MAIN_GOEXIT) is None

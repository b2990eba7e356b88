"""How processes end: what must have been done, and which ends no trace explains."""

from __future__ import annotations

import pytest

from oracle.events import End, EndKind
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

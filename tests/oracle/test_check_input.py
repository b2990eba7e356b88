"""What is no event is the caller's mistake; an event out of its place is a fault of the trace, with its position."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.check import Checker, NotAnEvent, check
from oracle.events import Enter, Recover, Return, Via
from oracle.rules import TRACE_CONSISTENT
from tests.oracle.lawful import MAIN_GOEXIT, RETURNED, verdict
from tests.oracle.script import Story


class Late(Return):
    """Events are what they are: not even a subclass is one."""


@pytest.mark.parametrize("other", [None, 3, "T 1 1 6", RETURNED, object, Late(1, 1, 6)])
def test_what_is_no_event(other: Any) -> None:
    s = Story("main")
    s.start("main")
    with pytest.raises(NotAnEvent, match=r"^event 1 is none: "):
        check(s.functions, [*s.events, other], RETURNED)
    checker = Checker(s.functions)
    checker.feed(s.events[0])
    with pytest.raises(NotAnEvent, match=r"^event 1 is none: "):
        checker.feed(other)


@pytest.mark.parametrize("function", [-1, 1, 7])
def test_a_function_that_is_not_in_the_table(function: int) -> None:
    s = Story("main")
    s.events.append(Enter(1, 1, function, Via.START))
    with pytest.raises(NotAnEvent, match=r"^event 0 enters a function that is not in the table: Enter\("):
        check(s.functions, s.events, RETURNED)


def test_a_mistake_of_the_caller_is_a_type_error() -> None:
    assert issubclass(NotAnEvent, TypeError)


# --- Goroutines that have ended ---------------------------------------------------------------------------------


def ended(how: str) -> tuple[Story, int]:
    """Main goes on, the worker on goroutine 2 has ended."""
    s = Story("main", "worker", "a")
    m = s.start("main")
    w = s.start("worker", g=2, started=s.go(m, "worker"))
    if how == "deferring Goexit":
        record = s.defer(w, "a", g=2)
        s.goexit(w, g=2)
        s.returns(s.by_goexit("a", record, g=2), g=2)
    elif how == "Goexit":
        s.goexit(w, g=2)
    else:
        s.returns(w, g=2)
    return s, w


HOW = {"return": "goroutine-end", "Goexit": "goexit-unwinds", "deferring Goexit": "goexit-unwinds"}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("deed", ["return", "recover", "call", "start"])
def test_an_event_of_a_goroutine_that_has_ended(how: str, deed: str) -> None:
    s, w = ended(how)
    at = len(s.events)
    match deed:
        case "return":
            s.returns(w, g=2)
        case "recover":
            s.recover(w, "nil", g=2)
        case "call":
            s.call("a", w, g=2)
        case _:
            s.start("worker", g=2)
    s.returns(1)
    assert verdict(s) == (HOW[how], at)


@pytest.mark.parametrize("how", HOW)
def test_a_deferred_call_of_a_goroutine_that_has_ended(how: str) -> None:
    s, _ = ended(how)
    at = len(s.events)
    s.by_goexit("a", g=2)
    assert verdict(s) == ("deferred-call-twice", at)


@pytest.mark.parametrize("how", HOW)
def test_a_goroutine_that_ended_before_main_began(how: str) -> None:
    s = Story("main", "init.0")
    i = s.start("init.0")
    if how == "return":
        s.returns(i)
    else:
        s.goexit(i)
    m = s.start("main", g=2)
    s.returns(m, g=2)
    assert verdict(s) is None
    s.returns(i)
    assert verdict(s) == (HOW[how], len(s.events) - 1)


def test_a_goroutine_with_something_left_to_do_has_not_ended() -> None:
    s = Story("main", "worker", "a", "b", ranges=("worker",))
    m = s.start("main")
    w = s.start("worker", g=2, started=s.go(m, "worker"))
    ra, rb = s.defer(w, "a", g=2), s.defer(w, "b", g=2)
    s.goexit(w, g=2)
    s.returns(s.by_goexit("b", rb, g=2), g=2)
    a = s.by_goexit("a", ra, g=2)
    rb = s.defer(a, "b", g=2)
    s.returns(a, g=2)
    s.returns(s.by_return("b", a, rb, g=2), g=2)
    s.returns(m)
    assert verdict(s) is None


def test_a_loop_body_that_returns_leaves_its_iterator_to_end() -> None:
    s = Story("main", "worker", "seq", ranges=("worker",))
    m = s.start("main")
    w = s.start("worker", g=2, started=s.go(m, "worker"))
    q = s.call("seq", w, g=2)
    s.returns(w, g=2)
    s.returns(q, g=2)
    s.returns(m)
    assert verdict(s) is None


def test_a_loop_body_that_returns_in_what_goexit_runs() -> None:
    s = Story("main", "worker", "a", "seq", ranges=("a",))
    m = s.start("main")
    w = s.start("worker", g=2, started=s.go(m, "worker"))
    ra = s.defer(w, "a", g=2)
    s.goexit(w, g=2)
    a = s.by_goexit("a", ra, g=2)
    q = s.call("seq", a, g=2)
    s.returns(a, q, g=2)
    s.returns(m)
    assert verdict(s) is None


# --- Out of order -----------------------------------------------------------------------------------------------


def test_goroutines_are_numbered_as_they_are_first_seen() -> None:
    s = Story("main", "worker")
    m = s.start("main")
    first, second = s.go(m, "worker"), s.go(m, "worker")
    s.start("worker", g=3, started=first)
    s.start("worker", g=2, started=second)
    broken = check(s.functions, s.events, RETURNED)
    assert broken is not None
    assert (broken.rule, broken.index) == (TRACE_CONSISTENT, 3)
    assert broken.owed == "goroutines are numbered in the order in which they are first seen"


def test_the_first_goroutine_is_number_one() -> None:
    s = Story("main")
    s.start("main", g=2)
    assert verdict(s) == ("trace-consistent", 0)


@pytest.mark.parametrize("g", [1, 2])
def test_a_deed_before_the_goroutine_begins(g: int) -> None:
    s = Story("main")
    if g == 2:
        s.start("main")
    s.events.append(Recover(g, 1, 4, "nil"))
    broken = check(s.functions, s.events, RETURNED)
    assert broken is not None
    assert (broken.rule, broken.index) == (TRACE_CONSISTENT, g - 1)
    assert broken.owed == "the goroutine's first function is entered first"


@pytest.mark.parametrize("second", [2, 1])
def test_activations_are_entered_in_the_order_of_their_numbers(second: int) -> None:
    s = Story("main", "f", "g")
    s.call("f", s.start("main"))
    s.events.append(Enter(1, second, 2, Via.CODE, 15))
    broken = check(s.functions, s.events, RETURNED)
    assert broken is not None
    assert (broken.rule, broken.index) == (TRACE_CONSISTENT, 2)
    assert broken.owed == "every activation is entered once, in order"


def test_the_position_counts_all_events_fed() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.returns(m)
    checker = Checker(s.functions)
    assert [checker.feed(event) for event in s.events] == [None, None, None]
    broken = checker.feed(Return(1, m, 6))
    assert broken is not None
    assert broken.index == 3
    checker = Checker(s.functions)
    assert checker.feed_all(s.events) is None
    broken = checker.finish(RETURNED)
    assert broken is not None
    assert broken.index == 3


def test_events_after_a_divergence_are_not_taken() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.returns(m, m, m)
    rest = iter(s.events)
    broken = Checker(s.functions).feed_all(rest)
    assert broken is not None
    assert broken.index == 2
    assert len(list(rest)) == 1


def test_that_a_worker_called_goexit_does_not_say_that_main_did() -> None:
    s = Story("main", "worker")
    m = s.start("main")
    s.start("worker", g=2, started=s.go(m, "worker"))
    s.goexit(2, g=2)
    assert verdict(s, MAIN_GOEXIT) == ("process-end", len(s.events))
    s.goexit(m)
    assert verdict(s, MAIN_GOEXIT) is None

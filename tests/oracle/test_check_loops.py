"""Loops over functions: whose loop body acts below the running function."""

from __future__ import annotations

import pytest

from oracle.check import check
from oracle.events import Callee, CalleeKind, Defer, End, EndKind, Enter, Event, Function, Return, Via
from tests.oracle.lawful import verdict
from tests.oracle.script import Story

RETURNED = End(EndKind.RETURNED)


def nested(depth: int) -> tuple[Story, list[int]]:
    """walk calls itself, each activation in a loop over the next."""
    s = Story("main", "walk", "g", ranges=("main", "walk"))
    calls = [s.start("main")]
    for _ in range(depth):
        calls.append(s.call("walk", calls[-1]))
    return s, calls


@pytest.mark.parametrize("owner", range(4))
def test_a_body_is_its_own_activations(owner: int) -> None:
    s, calls = nested(3)
    s.recover(calls[owner], "nil")
    s.returns(*reversed(calls))
    assert verdict(s) is None


def test_a_call_from_a_body_is_the_newest_activations_that_holds_the_line() -> None:
    s, calls = nested(3)
    s.returns(s.call("g", calls[0]))
    s.returns(*reversed(calls))
    assert verdict(s) is None
    s, calls = nested(3)
    s.returns(calls[3])
    s.returns(s.call("g", calls[1]))
    s.returns(*reversed(calls[:3]))
    assert verdict(s) is None


@pytest.mark.parametrize("running", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1), (0, 0, 1), (1, 1, 0)])
@pytest.mark.parametrize("foreign", [0, 1])
def test_of_two_functions_that_hold_the_line_the_newest_activation_owns_the_body(
    running: tuple[int, ...], foreign: int
) -> None:
    """Both the literal and the function around it hold the line that the literal begins on. Only one of them may call
    Goexit unseen, so that what follows shows which was taken."""
    functions = (
        Function("main", 1, 20, foreign=foreign == 0, ranges=True),
        Function("main.func1", 5, 15, foreign=foreign == 1, ranges=True),
        Function("seq", 30, 39),
        Function("g", 40, 49),
    )
    calls = [Enter(1, 2 + i, function, Via.CODE, 5) for i, function in enumerate((*running[1:], 2, 3))]
    events: list[Event] = [
        Enter(1, 1, running[0], Via.START),
        Defer(1, 1, 2, 1, Callee(CalleeKind.LITERAL, (3,))),
        *calls,
        Return(1, calls[-1].activation, 41),
        Enter(1, 9, 3, Via.GOEXIT, 0, 1),
    ]
    broken = check(functions, events, End(EndKind.KILLED))
    assert (broken and broken.rule.name) == (None if foreign == running[-1] else "control-flow")


def test_a_line_of_a_literal_is_not_of_the_function_around_it() -> None:
    functions = (Function("main", 1, 20, ranges=True), Function("main.func1", 5, 15), Function("seq", 30, 39))
    for line, rule in ((4, None), (5, None), (10, "control-flow")):
        events: list[Event] = [
            Enter(1, 1, 0, Via.START),
            Enter(1, 2, 2, Via.CODE, 3),
            Enter(1, 3, 2, Via.CODE, line),
        ]
        broken = check(functions, events, End(EndKind.KILLED))
        assert (broken and broken.rule.name) == rule


@pytest.mark.parametrize("how", ["returned", "unwound"])
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_an_activation_that_control_has_left_owns_no_body(how: str, calls: int) -> None:
    s = Story("main", "h", "f", "g", "a", ranges=("f",))
    m = s.start("main")
    h = s.call("h", m)
    record = s.defer(h, "a")
    left = s.call("f", h)
    if how == "returned":
        s.returns(left, h)
        s.returns(s.by_return("a", h, record))
    else:
        s.panic(left)
        a = s.by_panic("a", record)
        s.recover(a)
        s.returns(a)
    running = [m]
    for _ in range(calls):
        # Then the stack is as high again.
        running.append(s.call("f" if calls == 3 else "g", running[-1]))
    s.returns(left, *reversed(running))
    assert verdict(s) == ("control-flow", len(s.events) - len(running) - 1)


def test_the_running_function_has_no_body_of_its_own_on_top() -> None:
    functions = (Function("main", 1, 20, ranges=True), Function("main.func1", 5, 15), Function("g", 30, 39))
    events: list[Event] = [Enter(1, 1, 0, Via.START), Enter(1, 2, 2, Via.CODE, 7)]
    broken = check(functions, events, RETURNED)
    assert broken is not None
    assert (broken.rule.name, broken.index) == ("control-flow", 1)


@pytest.mark.parametrize("line", [1, 9])
def test_the_first_and_the_last_line_are_the_functions_own(line: int) -> None:
    for outside in (False, True):
        functions = (Function("main", 1, 9, ranges=True), Function("seq", 11, 19), Function("g", 21, 29))
        at = line if not outside else (0 if line == 1 else 10)
        events: list[Event] = [
            Enter(1, 1, 0, Via.START),
            Enter(1, 2, 1, Via.CODE, 5),
            Enter(1, 3, 2, Via.CODE, at),
            Return(1, 3, 22),
            Return(1, 2, 12),
            Return(1, 1, 9),
        ]
        assert (check(functions, events, RETURNED) is None) == (not outside)


def test_a_body_lasts_until_the_iterator_acts() -> None:
    s = Story("main", "seq", "g", "d", ranges=("main",))
    m = s.start("main")
    q = s.call("seq", m)
    for _ in range(2):
        rd = s.defer(m, "d")
        s.recover(m, "nil")
        s.returns(s.call("g", m))
        s.returns(s.called_back("g"))
        s.returns(s.call("g", q))
    s.returns(q, m)
    s.returns(s.by_return("d", m, rd))
    s.returns(s.by_return("d", m, rd - 1))
    assert verdict(s) is None


def test_a_call_is_of_the_function_whose_line_it_comes_from() -> None:
    s = Story("main", "walk", "seq", "g", ranges=("main", "walk"))
    m = s.start("main")
    w = s.call("walk", m)
    q = s.call("seq", w)
    for caller in (w, m, w):
        s.returns(s.call("g", caller))
    s.returns(q, w, m)
    assert verdict(s) is None


def test_a_function_that_has_returned_does_nothing_more_in_its_body() -> None:
    s = Story("main", "seq", ranges=("main",))
    m = s.start("main")
    s.call("seq", m)
    s.returns(m)
    s.recover(m, "nil")
    assert verdict(s) == ("control-flow", 3)


@pytest.mark.parametrize("higher", [False, True])
def test_an_activation_that_was_unwound_calls_nothing(higher: bool) -> None:
    s = Story("main", "h", "f", "g", "a", ranges=("f",))
    m = s.start("main")
    h = s.call("h", m)
    record = s.defer(h, "a")
    left = s.call("f", h)
    s.panic(left)
    a = s.by_panic("a", record)
    s.recover(a)
    s.returns(a)
    if higher:
        s.call("g", s.call("h", s.call("h", m)))
    s.call("g", left)
    assert verdict(s) == ("control-flow", len(s.events) - 1)

"""The work grows with the trace and no faster, whatever the shape of the stack; memory with what is live."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from oracle.check import Checker, check
from oracle.events import CalleeKind, End
from tests.oracle.lawful import PANICKED, RETURNED
from tests.oracle.script import Story

Shape = Callable[[int], tuple[Story, End]]
SHAPES: dict[str, Shape] = {}


def shape(build: Shape) -> Shape:
    SHAPES[build.__name__] = build
    return build


@shape
def many_pending_in_one_frame(n: int) -> tuple[Story, End]:
    s = Story("main", "a", "b")
    m = s.start("main")
    names = ["ab"[i % 2] for i in range(n)]
    for name in names:
        s.defer(m, name, kind=CalleeKind.FUNCTION)
    s.returns(m)
    for name in reversed(names):
        s.returns(s.by_return(name, m))
    return s, RETURNED


@shape
def many_pending_that_show_nothing(n: int) -> tuple[Story, End]:
    s = Story("main")
    m = s.start("main")
    for _ in range(n):
        s.defer(m, kind=CalleeKind.SILENT)
    s.returns(m)
    return s, RETURNED


@shape
def a_panic_through_many_frames(n: int) -> tuple[Story, End]:
    s = Story("main", "f", "a")
    f = s.start("main")
    records = []
    for _ in range(n):
        f = s.call("f", f)
        records.append(s.defer(f, "a"))
    s.panic(f)
    for record in reversed(records):
        s.returns(s.by_panic("a", record))
    return s, PANICKED


@shape
def a_panic_in_each_deferred_call(n: int) -> tuple[Story, End]:
    s = Story("main", "a")
    m = s.start("main")
    records = [s.defer(m, "a") for _ in range(n)]
    s.panic(m)
    for record in reversed(records):
        s.panic(s.by_panic("a", record))
    return s, PANICKED


@shape
def panics_recovered_on_a_deep_stack(n: int) -> tuple[Story, End]:
    s = Story("main", "f", "a", foreign=("f",))
    calls = [s.start("main")]
    for _ in range(n):
        calls.append(s.call("f", calls[-1]))
    for _ in range(n):
        f = s.call("f", calls[-1])
        a = s.by_panic("a", s.defer(f, "a"))
        s.recover(a, '"of foreign code"')
        s.returns(a)
    s.returns(*reversed(calls))
    return s, RETURNED


@shape
def loop_bodies_on_a_deep_stack(n: int) -> tuple[Story, End]:
    s = Story("main", "seq", "g", ranges=("main",))
    calls = [s.start("main")]
    for _ in range(n):
        calls.append(s.call("seq", calls[-1]))
    for _ in range(n):
        s.returns(s.call("g", calls[0]))
        s.recover(calls[0], "nil")
        s.returns(s.call("g", calls[-1]))
    s.returns(*reversed(calls))
    return s, RETURNED


@shape
def loop_bodies_below_many_loops(n: int) -> tuple[Story, End]:
    s = Story("main", "walk", "g", ranges=("main", "walk"))
    calls = [s.start("main")]
    for _ in range(n):
        calls.append(s.call("walk", calls[-1]))
    for _ in range(n):
        s.returns(s.call("g", calls[0]))
        s.recover(calls[n // 2], "nil")
        s.recover(calls[-1], "nil")
    s.returns(*reversed(calls))
    return s, RETURNED


@shape
def calls_among_many_functions(n: int) -> tuple[Story, End]:
    s = Story("main", *(f"f{i}" for i in range(n)))
    m = s.start("main")
    for i in range(n):
        s.returns(s.call(f"f{i}", m))
    s.returns(m)
    return s, RETURNED


@shape
def loops_entered_and_left(n: int) -> tuple[Story, End]:
    s = Story("main", "f", "seq", "g", ranges=("f",))
    m = s.start("main")
    for _ in range(n):
        f = s.call("f", m)
        q = s.call("seq", f)
        s.recover(f, "nil")
        s.returns(q, f)
    s.returns(m)
    return s, RETURNED


@shape
def many_goroutines_at_once(n: int) -> tuple[Story, End]:
    s = Story("main", "worker", "other")
    m = s.start("main")
    for _ in range(n):
        s.go(m, "worker")
    for g in range(2, n + 2):
        s.start("worker", g=g)
    for g in range(2, n + 2):
        s.returns(g, g=g)
    s.returns(m)
    return s, RETURNED


@shape
def nested_callbacks(n: int) -> tuple[Story, End]:
    s = Story("main", "f", foreign=("main",))
    m = s.start("main")
    s.returns(*reversed([s.called_back("f") for _ in range(n)]), m)
    return s, RETURNED


def lines_run(work: Callable[[], object]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_trace_is_twice_the_work(name: str) -> None:
    work = []
    for size in (20, 120, 220):
        story, end = SHAPES[name](size)
        assert check(story.functions, story.events, end) is None
        work.append(lines_run(lambda story=story, end=end: check(story.functions, story.events, end)))  # type: ignore[misc]
    # But for the logarithm of a binary search.
    assert abs((work[2] - work[1]) - (work[1] - work[0])) < work[2] / 20


# --- Memory -----------------------------------------------------------------------------------------------------


def test_frames_that_control_has_left_are_forgotten() -> None:
    story, _ = loops_entered_and_left(50)
    checker = Checker(story.functions)
    assert checker.feed_all(story.events[:-1]) is None
    (goroutine,) = checker._live.values()
    assert len(goroutine.stack) <= 2
    assert sum(len(owners) for owners in goroutine.owners.values()) <= 1


def test_a_loop_body_stands_once_however_much_it_does() -> None:
    s = Story("main", "seq", "g", ranges=("main",))
    m = s.start("main")
    s.call("seq", m)
    for _ in range(50):
        s.recover(m, "nil")
        s.returns(s.call("g", m))
    checker = Checker(s.functions)
    assert checker.feed_all(s.events) is None
    (goroutine,) = checker._live.values()
    assert len(goroutine.stack) <= 4


def test_deferred_calls_that_were_made_are_forgotten() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    for _ in range(50):
        s.defer(m, "a")
    s.panic(m)
    checker = Checker(s.functions)
    assert checker.feed_all(s.events) is None
    for record in range(50, 0, -1):
        s.events.clear()
        s.returns(s.by_panic("a", record))
        assert checker.feed_all(s.events) is None
    (goroutine,) = checker._live.values()
    assert len(goroutine.stack) <= 3
    assert not goroutine.stack[0].pending  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["return", "Goexit", "deferring Goexit"])
def test_goroutines_that_have_ended_are_forgotten(how: str) -> None:
    s = Story("main", "worker", "a")
    m = s.start("main")
    for g in range(2, 52):
        w = s.start("worker", g=g, started=s.go(m, "worker"))
        if how == "return":
            s.returns(w, g=g)
        elif how == "Goexit":
            s.goexit(s.call("a", w, g=g), g=g)
        else:
            record = s.defer(w, "a", g=g)
            s.goexit(w, g=g)
            s.returns(s.by_goexit("a", record, g=g), g=g)
    checker = Checker(s.functions)
    assert checker.feed_all(s.events) is None
    assert len(checker._live) == 1
    s.events.clear()
    s.returns(m)
    assert checker.feed_all(s.events) is None
    assert checker.finish(RETURNED) is None

"""Every rule has traces that keep it and traces that break it."""

from __future__ import annotations

import pytest

from oracle import rules
from oracle.check import Checker, check
from oracle.events import CalleeKind, End, EndKind, Enter, Via
from tests.oracle.lawful import DEADLOCK, GOOD, MAIN_GOEXIT, PANICKED, RETURNED, verdict
from tests.oracle.script import Story


@pytest.mark.parametrize("name", GOOD)
def test_accepts(name: str) -> None:
    story, end = GOOD[name]()
    assert check(story.functions, story.events, end) is None


def test_a_lost_deferred_call() -> None:
    s = Story("main", "f", "a", "b", "after")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a")
    rb = s.defer(f, "b")
    s.panic(f)
    b = s.by_panic("b", rb)
    s.recover(b)
    s.returns(b)
    s.returns(s.call("after", m), m)
    assert verdict(s) == ("deferred-call-lost", 8)


@pytest.mark.parametrize("kind", [CalleeKind.LITERAL, CalleeKind.FUNCTION])
def test_a_deferred_call_that_comes_later_is_out_of_order(kind: CalleeKind) -> None:
    s = Story("main", "a", "b")
    m = s.start("main")
    records = [s.defer(m, name, kind=kind) for name in "ab"]
    if kind is not CalleeKind.LITERAL:
        records = [0, 0]
    s.returns(m)
    s.returns(s.by_return("a", m, records[0]))
    s.returns(s.by_return("b", m, records[1]))
    assert verdict(s) == ("deferred-call-order", 4)


@pytest.mark.parametrize("kind", [CalleeKind.LITERAL, CalleeKind.FUNCTION])
def test_a_deferred_call_that_never_comes_is_lost(kind: CalleeKind) -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    for _ in range(2):
        f = s.call("f", m)
        records = [s.defer(f, name, kind=kind) for name in "ab"]
        s.returns(f)
        s.returns(s.by_return("a", f, records[0] if kind is CalleeKind.LITERAL else 0))
    f = s.call("f", m)
    s.returns(f, m)
    assert verdict(s) == ("deferred-call-lost", 5)


def test_another_activation_makes_deferred_calls_of_its_own() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    for lost in (True, False):
        f = s.call("f", m)
        s.defer(f, "a", kind=CalleeKind.FUNCTION)
        s.defer(f, "b", kind=CalleeKind.FUNCTION)
        s.returns(f)
        if not lost:
            s.returns(s.by_return("b", f))
        s.returns(s.by_return("a", f))
    s.returns(m)
    assert verdict(s) == ("deferred-call-lost", 5)


def test_of_three_the_middle_one_is_out_of_order() -> None:
    for comes, rule in ((("b", "c", "a"), "deferred-call-order"), (("b", "a"), "deferred-call-lost")):
        s = Story("main", "a", "b", "c")
        m = s.start("main")
        records = {name: s.defer(m, name) for name in "abc"}
        s.returns(m)
        for name in comes:
            s.returns(s.by_return(name, m, records[name]))
        assert verdict(s) == (rule, 5)


def test_a_passed_over_literal_may_come_after_another_call_of_the_deferring_function() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    ra, rb = s.defer(f, "a"), s.defer(f, "b")
    s.returns(f)
    s.returns(s.by_return("a", f, ra))
    s.returns(s.call("f", m))
    s.returns(s.by_return("b", f, rb), m)
    assert verdict(s) == ("deferred-call-order", 5)


def test_a_passed_over_function_may_come_after_a_call_of_another_function() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.defer(f, "b", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.returns(s.call("main", m))
    s.returns(s.by_return("b", f), m)
    assert verdict(s) == ("deferred-call-order", 5)


def test_a_call_run_twice_is_no_call_out_of_order_whatever_comes() -> None:
    s = Story("main", "a", "b")
    m = s.start("main")
    s.defer(m, "a")
    rb = s.defer(m, "b")
    s.returns(m)
    s.returns(s.by_return("b", m, rb))
    s.by_return("b", m, rb)
    assert verdict(s) == ("deferred-call-twice", 6)


@pytest.mark.parametrize("by", ["return", "panic"])
def test_what_ran_first_of_three_is_remembered(by: str) -> None:
    for again, rule in (("c", "deferred-call-twice"), ("b", "deferred-call-twice"), ("main", "deferred-call-lost")):
        s = Story("main", "a", "b", "c")
        m = s.start("main")
        for name in "abc":
            s.defer(m, name, kind=CalleeKind.FUNCTION)
        s.returns(m) if by == "return" else s.panic(m)
        for name in ("c", "b", again):
            s.returns(s.by_return(name, m) if by == "return" else s.by_panic(name))
        assert verdict(s) == (rule, 9)


def test_a_call_from_elsewhere_is_no_deferred_call_run_twice() -> None:
    s = Story("main", "a", "b")
    m = s.start("main")
    s.defer(m, "a", kind=CalleeKind.FUNCTION)
    s.defer(m, "b", kind=CalleeKind.FUNCTION)
    s.returns(m)
    b = s.by_return("b", m)
    s.returns(b)
    s.call("b", b)
    assert verdict(s) == ("deferred-call-lost", 6)


@pytest.mark.parametrize(("line", "lawful"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_deferred_call_is_made_from_a_line_of_the_function_that_returns(line: int, lawful: bool) -> None:
    s = Story("main", "a")
    m = s.start("main")
    record = s.defer(m, "a")
    s.returns(m)
    s.events.append(Enter(1, 2, 1, Via.CODE, line, record))
    s.returns(2)
    assert verdict(s) == (None if lawful else ("deferred-call-lost", 3))


def test_a_deferred_call_run_twice() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.returns(f)
    s.returns(s.by_return("a", f, ra))
    s.by_return("a", f, ra)
    assert verdict(s) == ("deferred-call-twice", 6)


def test_a_named_deferred_call_run_twice_is_no_call_of_its_caller() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.by_return("a", f)
    assert verdict(s) == ("deferred-call-twice", 6)


def test_a_call_from_a_function_that_has_returned() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.call("b", f)
    assert verdict(s) == ("control-flow", 6)


def test_a_named_deferred_call_run_twice_before_the_next() -> None:
    s = Story("main", "a", "b")
    m = s.start("main")
    s.defer(m, "a", kind=CalleeKind.FUNCTION)
    s.defer(m, "b", kind=CalleeKind.FUNCTION)
    s.returns(m)
    s.returns(s.by_return("b", m))
    s.returns(s.by_return("b", m))
    s.returns(s.by_return("a", m))
    assert verdict(s) == ("deferred-call-twice", 6)


def test_a_named_deferred_call_run_twice_by_a_panic_that_left_its_frame() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    s.defer(m, "a", kind=CalleeKind.FUNCTION)
    f = s.call("f", m)
    s.defer(f, "b", kind=CalleeKind.FUNCTION)
    s.panic(f)
    s.returns(s.by_panic("b"))
    s.returns(s.by_panic("b"))
    s.returns(s.by_panic("a"))
    assert verdict(s, PANICKED) == ("deferred-call-twice", 7)


def test_a_deferred_call_after_the_last_one_of_a_dying_goroutine() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m)
    s.returns(s.by_panic("a", ra))
    s.by_panic("a", ra)
    assert verdict(s, PANICKED) == ("deferred-call-twice", 5)


def test_a_deferred_call_after_the_last_one_of_a_goexit() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.goexit(m)
    s.returns(s.by_goexit("a", ra))
    s.by_goexit("a", ra)
    assert verdict(s, MAIN_GOEXIT) == ("deferred-call-twice", 5)


def test_a_deferred_call_before_the_function_returns() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.by_return("a", m, ra)
    assert verdict(s) == ("deferred-call-early", 2)


def test_code_after_a_panic_runs() -> None:
    s = Story("main", "f")
    m = s.start("main")
    f = s.call("f", m)
    s.panic(f)
    s.returns(m)
    assert verdict(s) == ("uncaught-panic", 3)


def test_control_comes_back_to_the_wrong_frame() -> None:
    s = Story("main", "f", "g", "a")
    m = s.start("main")
    f = s.call("f", m)
    g = s.call("g", f)
    ra = s.defer(g, "a")
    s.panic(g)
    a = s.by_panic("a", ra)
    s.recover(a)
    s.returns(a, m)
    assert verdict(s) == ("control-flow", 8)


def test_goexit_is_forgotten_after_a_recovery() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    ra, rb = s.defer(f, "a"), s.defer(f, "b")
    s.goexit(f)
    s.panic(s.by_goexit("b", rb))
    a = s.by_panic("a", ra)
    s.recover(a)
    s.returns(a, m)
    assert verdict(s) == ("goexit-unwinds", 10)


def test_a_goroutine_goes_on_after_its_end() -> None:
    s = Story("main", "f")
    m = s.start("main")
    s.returns(m, m)
    assert verdict(s) == ("goroutine-end", 2)


def test_a_goroutine_starts_twice() -> None:
    s = Story("main", "w")
    m = s.start("main")
    started = s.go(m, "w")
    s.start("w", g=2, started=started)
    s.start("w", g=3, started=started)
    assert verdict(s) == ("goroutine-start", 3)


def test_an_event_of_nobody() -> None:
    s = Story("main")
    s.returns(7)
    assert verdict(s) == ("trace-consistent", 0)


def test_the_process_exits_with_another_status() -> None:
    s = Story("main")
    s.exit(s.start("main"), 3)
    assert verdict(s, End(EndKind.EXITED, 4)) == ("process-end", 2)


def test_a_goroutine_asleep_with_a_deferred_call_owed() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.returns(m)
    assert verdict(s, DEADLOCK) == ("deferred-call-lost", 3)


def test_a_cut_off_trace_is_judged_as_far_as_it_goes() -> None:
    killed = End(EndKind.KILLED, text="stopped")
    story, _ = GOOD["two_deferred_calls_run_in_reverse"]()
    assert all(check(story.functions, story.events[:n], killed) is None for n in range(len(story.events)))


def test_panic_nil_before_go_1_21() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m, "nil")
    a = s.by_panic("a", ra)
    s.recover(a, "nil")
    s.returns(a)
    assert check(s.functions, s.events, RETURNED, panic_nil_is_error=False) is None
    assert check(s.functions, s.events, RETURNED) is not None
    assert Checker(s.functions, panic_nil_is_error=False).feed_all(s.events) is None
    assert Checker(s.functions).feed_all(s.events) is not None


def test_memory_is_that_of_the_live_stacks() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    for _ in range(50):
        f = s.call("f", m)
        ra = s.defer(f, "a")
        s.returns(f)
        s.returns(s.by_return("a", f, ra))
    checker = Checker(s.functions)
    for event in s.events:
        assert checker.feed(event) is None
    (goroutine,) = checker._live.values()
    assert len(goroutine.stack) <= 3
    assert not goroutine.stack[0].pending  # type: ignore[union-attr]


def test_every_rule_has_a_name_of_its_own_and_a_source() -> None:
    assert len({rule.name for rule in rules.ALL}) == len(rules.ALL)
    assert all(rule.statement and rule.source for rule in rules.ALL)

"""Steps that no event shows: code that is not traced, loop bodies, the runtime's own calls, and deferred builtins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oracle.check import check
from oracle.events import Callee, CalleeKind, End, EndKind, Enter, Event, Exit, Function, Go, Return, Via
from oracle.stack import NIL_DEREFERENCE
from tests.oracle.lawful import DEADLOCK, MAIN_GOEXIT, PANICKED, RETURNED, exited, verdict
from tests.oracle.script import Story

# --- Loop bodies ------------------------------------------------------------------------------------------


def in_a_loop(*, ranges: tuple[str, ...] = ("main",)) -> tuple[Story, int, int]:
    s = Story("main", "seq", "g", "d", ranges=ranges)
    m = s.start("main")
    return s, m, s.call("seq", m)


def test_a_return_in_a_loop_body_is_its_functions() -> None:
    s, m, q = in_a_loop()
    s.returns(m, q)
    assert verdict(s) is None


def test_only_a_range_loop_lets_a_caller_act() -> None:
    s, m, q = in_a_loop(ranges=())
    s.returns(m, q)
    assert verdict(s) == ("control-flow", 2)


def test_a_function_that_has_returned_has_no_loop_body() -> None:
    s, m, _ = in_a_loop()
    s.returns(m)
    s.call("g", m)
    assert verdict(s) == ("control-flow", 3)


def test_a_loop_body_runs_inside_a_deferred_call_of_the_iterator() -> None:
    s, m, q = in_a_loop()
    rd = s.defer(q, "d")
    s.panic(q)
    d = s.by_panic("d", rd)
    s.returns(s.call("g", m))
    s.recover(d)
    s.returns(d, m)
    assert verdict(s) is None


def test_a_loop_body_calls_back_through_code_that_is_not_traced() -> None:
    s, m, q = in_a_loop()
    s.returns(s.call("g", m))
    s.returns(s.called_back("g"))
    s.returns(s.call("g", m), q, m)
    assert verdict(s) is None


# --- The runtime's own calls ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["returns", "panic", "goexit"])
def test_some_releases_run_deferred_calls_from_other_functions_of_the_runtime(how: str) -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    getattr(s, how)(m)
    s.returns(s.by_runtime("a", ra))
    assert verdict(s, {"returns": RETURNED, "panic": PANICKED, "goexit": MAIN_GOEXIT}[how]) is None


def test_a_run_time_error_whose_calls_another_function_of_the_runtime_runs() -> None:
    for value, rule in (("runtime error: x", None), ("nil", ("recover-gives-panic", 3))):
        s = Story("main", "a")
        ra = s.defer(s.start("main"), "a")
        a = s.by_runtime("a", ra)
        s.recover(a, value)
        s.returns(a)
        assert verdict(s) == rule


def test_a_panic_does_not_run_what_a_return_owes() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.returns(m)
    s.by_panic("a", ra)
    assert verdict(s) == ("deferred-call-lost", 3)


def test_goexit_does_not_come_of_itself() -> None:
    s = Story("main", "a")
    ra = s.defer(s.start("main"), "a")
    s.by_goexit("a", ra)
    assert verdict(s) == ("control-flow", 2)


def test_code_that_is_not_traced_may_call_goexit() -> None:
    s = Story("main", "a", foreign=("main",))
    ra = s.defer(s.start("main"), "a")
    s.returns(s.by_goexit("a", ra))
    assert verdict(s, MAIN_GOEXIT) is None
    assert verdict(s) == ("process-end", 4)


def test_an_unwinding_call_of_nothing_pending() -> None:
    s = Story("main", "a", foreign=("main",))
    s.start("main")
    s.by_panic("a")
    assert verdict(s) == ("deferred-call-twice", 1)


# --- Code that is not traced ------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "rule"), [('"anything"', None), ("nil", "recover-gives-panic")])
@pytest.mark.parametrize("after", ["", "a callback"])
def test_what_code_that_is_not_traced_panics_with_is_unknown_but_not_nil(
    value: str, rule: str | None, after: str
) -> None:
    s = Story("main", "a", "f", foreign=("main",))
    ra = s.defer(s.start("main"), "a")
    if after:
        s.returns(s.called_back("f"))
    a = s.by_panic("a", ra)
    s.recover(a, value)
    s.returns(a)
    found = verdict(s)
    assert (found and found[0]) == rule


@pytest.mark.parametrize(("value", "lawful"), [("runtime error: x", True), ('"boom"', False), ("nil", False)])
def test_a_run_time_error_that_no_event_showed(value: str, lawful: bool) -> None:
    s = Story("main", "a")
    ra = s.defer(s.start("main"), "a")
    a = s.by_panic("a", ra)
    s.recover(a, value)
    s.returns(a)
    assert (verdict(s) is None) == lawful


def test_a_goroutine_of_code_that_is_not_traced() -> None:
    s = Story("main", "f")
    m = s.start("main")
    s.returns(s.called_back("f", g=2), g=2)
    s.returns(s.called_back("f", g=2), g=2)
    s.returns(m)
    assert verdict(s) is None


def deferring_foreign() -> tuple[Story, int, int]:
    s = Story("main", "a", "f")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.defer(m, kind=CalleeKind.FOREIGN)
    return s, m, ra


def test_deferred_code_that_is_not_traced_may_just_return() -> None:
    s, m, ra = deferring_foreign()
    s.returns(m)
    s.returns(s.by_return("a", m, ra))
    assert verdict(s) is None


@pytest.mark.parametrize(("value", "rule"), [('"anything"', None), ("nil", "recover-gives-panic")])
def test_deferred_code_that_is_not_traced_may_panic(value: str, rule: str | None) -> None:
    s, m, ra = deferring_foreign()
    s.returns(m)
    a = s.by_panic("a", ra)
    s.recover(a, value)
    s.returns(a)
    found = verdict(s)
    assert (found and found[0]) == rule


def test_deferred_code_that_is_not_traced_may_call_goexit() -> None:
    s, m, ra = deferring_foreign()
    s.returns(m)
    a = s.by_goexit("a", ra)
    s.recover(a, "nil")
    s.returns(a)
    assert verdict(s, MAIN_GOEXIT) is None


def test_deferred_code_that_is_not_traced_may_panic_anew_during_a_panic() -> None:
    s, m, ra = deferring_foreign()
    s.panic(m)
    a = s.by_panic("a", ra)
    s.recover(a, '"another"')
    s.returns(a)
    assert verdict(s) is None


def test_during_goexit_it_leaves_goexit_as_it_was() -> None:
    s, m, ra = deferring_foreign()
    s.goexit(m)
    a = s.by_goexit("a", ra)
    s.recover(a, "nil")
    s.returns(a)
    assert verdict(s, MAIN_GOEXIT) is None


@pytest.mark.parametrize(("end", "lawful"), [(PANICKED, True), (RETURNED, True), (MAIN_GOEXIT, False)])
def test_the_end_shows_what_deferred_code_did(end: End, lawful: bool) -> None:
    s = Story("main")
    m = s.start("main")
    s.defer(m, kind=CalleeKind.FOREIGN)
    s.returns(m)
    assert (verdict(s, end) is None) == lawful


def test_deferred_code_that_sleeps_owes_nothing_that_comes_after_it() -> None:
    s, m, _ = deferring_foreign()
    s.returns(m)
    assert verdict(s, DEADLOCK) is None
    assert verdict(s) == ("deferred-call-lost", 4)


def test_a_callback_that_sleeps() -> None:
    s = Story("main", "f")
    s.start("main")
    s.returns(s.called_back("f"))
    assert verdict(s, DEADLOCK) is None


def test_code_that_is_not_traced_recovers_a_panic_that_its_callback_raised_with_calls_pending() -> None:
    s = Story("main", "f", "a", "after", foreign=("main",))
    m = s.start("main")
    f = s.called_back("f")
    ra = s.defer(f, "a")
    s.panic(f)
    s.returns(s.by_panic("a", ra))
    s.returns(s.call("after", m), m)
    assert verdict(s) is None
    assert verdict(s, PANICKED) is not None


# --- Deferred builtins ------------------------------------------------------------------------------------


def panics_in(kind: CalleeKind, value: str) -> Callable[[str], tuple[str, int] | None]:
    def recovering(got: str) -> tuple[str, int] | None:
        s = Story("main", "a")
        m = s.start("main")
        ra = s.defer(m, "a")
        s.defer(m, kind=kind, value=value)
        s.panic(m, '"first"')
        a = s.by_panic("a", ra)
        s.recover(a, got)
        s.returns(a)
        return verdict(s)

    return recovering


@pytest.mark.parametrize(
    ("kind", "value", "owed"),
    [
        (CalleeKind.PANIC, '"second"', '"second"'),
        (CalleeKind.NIL, "", NIL_DEREFERENCE),
        (CalleeKind.RECOVER, "", '"first"'),
        (CalleeKind.SILENT, "", '"first"'),
    ],
)
def test_a_deferred_builtin_that_a_panic_runs(kind: CalleeKind, value: str, owed: str) -> None:
    assert panics_in(kind, value)(owed) is None
    assert panics_in(kind, value)('"third"') == ("recover-gives-panic", 5)


@pytest.mark.parametrize("value", ["3", "259", "-253"])
def test_a_deferred_exit(value: str) -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.defer(m, kind=CalleeKind.EXIT, value=value)
    s.returns(m)
    assert verdict(s, exited(3)) is None
    assert verdict(s, exited(4)) == ("process-end", 4)
    assert verdict(s) == ("process-end", 4)


# --- One story --------------------------------------------------------------------------------------------


def test_an_activation_is_entered_once() -> None:
    s = Story("main", "f")
    s.call("f", s.start("main"))
    s.events.append(s.events[-1])
    assert verdict(s) == ("trace-consistent", 2)


def test_a_goroutine_starts_once() -> None:
    s = Story("main", "f")
    s.start("main")
    s.start("f")
    assert verdict(s) == ("goroutine-start", 1)


def test_an_exit_is_no_deed_of_a_goroutine_that_has_ended() -> None:
    s = Story("main")
    m = s.start("main")
    s.returns(m)
    s.events.append(Exit(1, m, 9, 3))
    assert verdict(s, exited(3)) == ("goroutine-end", 2)


# --- What code that is not traced may have done, and what it cannot ------------------------------------------


def test_foreign_code_recovers_and_the_code_below_hits_a_run_time_error() -> None:
    for value, rule in (("runtime error: nil map", None), ('"other"', ("recover-gives-panic", 6))):
        s = Story("main", "T.String", "a", foreign=("main",))
        m = s.start("main")
        ra = s.defer(m, "a")
        s.panic(s.called_back("T.String"), '"in String"')
        a = s.by_panic("a", ra)
        s.returns()
        s.recover(a, value)
        s.returns(a)
        assert verdict(s) == (rule if rule is None else (rule[0], 5))


def test_an_older_panic_is_not_what_recover_gives_after_foreign_deferred_code() -> None:
    for value, rule in (('"new"', None), ('"of the deferred code"', None), ('"old"', ("recover-gives-panic", 9))):
        s = Story("main", "a", "f", "b")
        m = s.start("main")
        ra = s.defer(m, "a")
        s.panic(m, '"old"')
        a = s.by_panic("a", ra)
        f = s.call("f", a)
        rb = s.defer(f, "b")
        s.defer(f, kind=CalleeKind.FOREIGN)
        s.panic(f, '"new"')
        b = s.by_panic("b", rb)
        s.recover(b, value)
        s.returns(b, a)
        assert verdict(s, PANICKED) == rule


def test_a_recovered_panic_does_not_kill() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.panic(f)
    a = s.by_panic("a", ra)
    s.recover(a)
    s.returns(a)
    assert verdict(s, End(EndKind.PANICKED, 2, "panic: boom [recovered]")) == ("uncaught-panic", 7)
    assert verdict(s, End(EndKind.PANICKED, 2, "panic: runtime error: index out of range")) is None


def test_goroutines_that_show_nothing_may_end_the_process() -> None:
    for kind, value, end in (
        (CalleeKind.PANIC, '"x"', End(EndKind.PANICKED, 2, "panic: x")),
        (CalleeKind.EXIT, "3", exited(3)),
        (CalleeKind.FOREIGN, "", exited(1)),
    ):
        s = Story("main", "a")
        m = s.start("main")
        s.defer(m, "a")
        s.events.append(Go(1, m, 2, 9, Callee(kind, (), value)))
        assert verdict(s, end) is None
        assert verdict(s, exited(7)) == (None if kind is CalleeKind.FOREIGN else ("process-end", 3))


def test_foreign_code_starts_goroutines_of_its_own() -> None:
    s = Story("main", "late", foreign=("main",))
    m = s.start("main")
    s.returns(s.start("late", g=2), g=2)
    s.returns(m)
    assert verdict(s) is None


def test_a_deferred_call_of_foreign_code_may_exit() -> None:
    s = Story("main")
    m = s.start("main")
    s.defer(m, kind=CalleeKind.FOREIGN)
    s.returns(m)
    assert verdict(s, exited(1)) is None


def test_finalizers_share_a_goroutine() -> None:
    s = Story("main", "final")
    m = s.start("main")
    s.returns(s.by_runtime("final", g=2), g=2)
    s.returns(s.by_runtime("final", g=2), g=2)
    s.returns(m)
    assert verdict(s) is None


def test_goexit_in_an_initialiser() -> None:
    s = Story("main", "init.0")
    s.goexit(s.start("init.0"))
    assert verdict(s, MAIN_GOEXIT) is None


def test_a_method_by_name_may_be_foreign() -> None:
    s = Story("main", "T.Close", "other")
    m = s.start("main")
    s.defer(m, "T.Close", kind=CalleeKind.METHOD)
    s.returns(m)
    assert verdict(s) is None
    s.returns(s.by_return("T.Close", m))
    assert verdict(s) is None
    s.by_return("T.Close", m)
    assert verdict(s) is not None


def test_a_call_from_a_line_of_a_nested_literal_is_not_its_functions() -> None:
    functions = (Function("main", 1, 20), Function("main.func1", 5, 10), Function("f", 30, 31))
    for line, rule in ((3, None), (7, "control-flow")):
        events: list[Event] = [
            Enter(1, 1, 0, Via.START),
            Enter(1, 2, 2, Via.CODE, line),
            Return(1, 2, 31),
            Return(1, 1, 20),
        ]
        broken = check(functions, events, End(EndKind.RETURNED))
        assert (broken.rule.name if broken else None) == rule


def calling_back(unwind: str, next_call: str, *, older: bool = False) -> tuple[Story, int]:
    """Deferred code that is not traced, run by a panic or Goexit, calls f back; then a begins."""
    s = Story("main", "g", "a", "f")
    m = s.start("main")
    if older:
        first = s.defer(m, "g")
        s.panic(m, '"older"')
        m = s.by_panic("g", first)
    ra = s.defer(m, "a")
    s.defer(m, kind=CalleeKind.FOREIGN)
    if unwind == "panic":
        s.panic(m)
    else:
        s.goexit(m)
    s.returns(s.called_back("f"))
    return s, getattr(s, f"by_{next_call}")("a", ra)


@pytest.mark.parametrize("next_call", ["panic", "runtime"])
@pytest.mark.parametrize(
    ("value", "lawful"), [('"boom"', True), ('"of foreign code"', True), ("nil", False), ('"older"', False)]
)
def test_deferred_code_that_calls_back_returns_to_the_panic_or_panics_anew(
    next_call: str, value: str, lawful: bool
) -> None:
    s, a = calling_back("panic", next_call, older=True)
    s.recover(a, value)
    s.returns(a)
    found = verdict(s, PANICKED)
    assert (found and found[0]) == (None if lawful else "recover-gives-panic")


@pytest.mark.parametrize("next_call", ["goexit", "runtime"])
def test_deferred_code_that_calls_back_returns_to_goexit(next_call: str) -> None:
    s, a = calling_back("goexit", next_call)
    s.recover(a, "nil")
    s.returns(a)
    assert verdict(s, MAIN_GOEXIT) is None


def test_deferred_code_that_calls_back_may_panic_under_goexit() -> None:
    for value, rule in (('"of foreign code"', None), ("nil", "recover-gives-panic")):
        s, a = calling_back("goexit", "panic")
        s.recover(a, value)
        s.returns(a)
        found = verdict(s, MAIN_GOEXIT)
        assert (found and found[0]) == rule


def test_deferred_code_that_calls_back_may_call_goexit_under_a_panic() -> None:
    s, a = calling_back("panic", "goexit")
    s.recover(a, "nil")
    s.returns(a)
    assert verdict(s, MAIN_GOEXIT) is None


def test_a_method_that_turns_out_to_be_the_programs_is_run_by_the_panic_itself() -> None:
    s = Story("main", "T.Close", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.defer(m, "T.Close", kind=CalleeKind.METHOD)
    s.panic(m)
    s.returns(s.by_panic("T.Close"))
    for value, rule in (('"boom"', None), ('"other"', ("recover-gives-panic", 7))):
        at = len(s.events)
        a = s.by_panic("a", ra)
        s.recover(a, value)
        s.returns(a)
        assert verdict(s) == rule
        del s.events[at:]


def test_an_older_panic_is_not_what_recover_gives_after_a_newer_one_was_recovered() -> None:
    for value, rule in (('"old"', ("recover-gives-panic", 13)), ('"of foreign code"', None)):
        s = Story("main", "a", "f", "b", foreign=("f",))
        ra = s.defer(s.start("main"), "a")
        s.panic(1, '"old"')
        a = s.by_panic("a", ra)
        for got in ('"new"', value):
            f = s.call("f", a)
            rb = s.defer(f, "b")
            if got == '"new"':
                s.panic(f, got)
            b = s.by_panic("b", rb)
            s.recover(b, got)
            s.returns(b)
        s.returns(a)
        assert verdict(s, PANICKED) == rule

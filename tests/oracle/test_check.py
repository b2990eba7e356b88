"""Every rule has traces it accepts and traces it rejects; a good trace with any owed event touched is rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from oracle import rules
from oracle.check import Checker, check
from oracle.events import CalleeKind, End, EndKind, Enter, Recover
from oracle.stack import NIL_DEREFERENCE, PANIC_NIL
from tests.oracle.script import Story

RETURNED = End(EndKind.RETURNED)
PANICKED = End(EndKind.PANICKED, 2, "panic: boom")
MAIN_GOEXIT = End(EndKind.MAIN_GOEXIT, 2, "fatal error: no goroutines")
DEADLOCK = End(EndKind.DEADLOCK, 2, "fatal error: all goroutines are asleep")

Scene = Callable[[], tuple[Story, End]]
GOOD: dict[str, Scene] = {}


def good(scene: Scene) -> Scene:
    GOOD[scene.__name__] = scene
    return scene


@good
def two_deferred_calls_run_in_reverse() -> tuple[Story, End]:
    s = Story("main", "a", "b")
    m = s.start("main")
    ra, rb = s.defer(m, "a"), s.defer(m, "b")
    s.returns(m)
    s.returns(s.by_return("b", m, rb))
    s.returns(s.by_return("a", m, ra))
    return s, RETURNED


@good
def recovery_runs_what_is_pending_and_returns_to_the_caller() -> tuple[Story, End]:
    s = Story("main", "f", "a", "b", "after")
    m = s.start("main")
    f = s.call("f", m)
    ra, rb = s.defer(f, "a"), s.defer(f, "b")
    s.panic(f)
    b = s.by_panic("b", rb)
    s.recover(b)
    s.returns(b)
    s.returns(s.by_return("a", f, ra))
    s.returns(s.call("after", m), m)
    return s, RETURNED


@good
def uncaught_panic_runs_all_and_kills() -> tuple[Story, End]:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    ra = s.defer(m, "a")
    f = s.call("f", m)
    rb = s.defer(f, "b")
    s.panic(f)
    s.returns(s.by_panic("b", rb))
    s.returns(s.by_panic("a", ra))
    return s, PANICKED


@good
def a_newer_panic_replaces_the_older() -> tuple[Story, End]:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    ra, rb = s.defer(f, "a"), s.defer(f, "b")
    s.panic(f, '"one"')
    s.panic(s.by_panic("b", rb), '"two"')
    a = s.by_panic("a", ra)
    s.recover(a, '"two"')
    s.recover(a, "nil")
    s.returns(a, m)
    return s, RETURNED


@good
def nested_panic_recovered_inside_leaves_the_outer() -> tuple[Story, End]:
    s = Story("main", "a", "b", "inner")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m, '"outer"')
    a = s.by_panic("a", ra)
    b = s.call("b", a)
    ri = s.defer(b, "inner")
    s.panic(b, '"inner"')
    i = s.by_panic("inner", ri)
    s.recover(i, '"inner"')
    s.returns(i)
    s.recover(a, '"outer"')
    s.returns(a)
    return s, RETURNED


@good
def recover_in_a_callee_of_the_deferred_function_gives_nil() -> tuple[Story, End]:
    s = Story("main", "a", "helper")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m)
    a = s.by_panic("a", ra)
    h = s.call("helper", a)
    s.recover(h, "nil")
    s.returns(h, a)
    return s, PANICKED


@good
def goexit_runs_all_and_is_not_recovered() -> tuple[Story, End]:
    s = Story("main", "a", "b")
    m = s.start("main")
    ra, rb = s.defer(m, "a"), s.defer(m, "b")
    s.goexit(m)
    b = s.by_goexit("b", rb)
    s.recover(b, "nil")
    s.returns(b)
    s.returns(s.by_goexit("a", ra))
    return s, MAIN_GOEXIT


@good
def a_recovered_panic_gives_control_back_to_goexit() -> tuple[Story, End]:
    s = Story("main", "a", "b", "c")
    m = s.start("main")
    ra, rb, rc = s.defer(m, "a"), s.defer(m, "b"), s.defer(m, "c")
    s.goexit(m)
    s.panic(s.by_goexit("c", rc))
    b = s.by_panic("b", rb)
    s.recover(b)
    s.returns(b)
    s.returns(s.by_goexit("a", ra))
    return s, MAIN_GOEXIT


@good
def a_run_time_error_shows_in_what_follows() -> tuple[Story, End]:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    a = s.by_panic("a", ra)
    s.recover(a, "runtime error: integer divide by zero")
    s.returns(a, m)
    return s, RETURNED


@good
def a_nil_function_value_panics_when_it_is_called() -> tuple[Story, End]:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.defer(f, kind=CalleeKind.NIL)
    s.returns(f)
    a = s.by_panic("a", ra)
    s.recover(a, NIL_DEREFERENCE)
    s.returns(a, m)
    return s, RETURNED


@good
def deferred_builtins_act_unseen() -> tuple[Story, End]:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.defer(f, kind=CalleeKind.RECOVER)
    s.defer(f, kind=CalleeKind.PANIC, value='"late"')
    s.defer(f, kind=CalleeKind.SILENT)
    s.returns(f)
    a = s.by_panic("a", ra)
    s.recover(a, '"late"')
    s.returns(a, m)
    return s, RETURNED


@good
def a_recover_deferred_by_a_deferred_function_recovers() -> tuple[Story, End]:
    s = Story("main", "f", "a", "after")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.panic(f)
    a = s.by_panic("a", ra)
    s.defer(a, kind=CalleeKind.RECOVER)
    s.returns(a)
    s.returns(s.call("after", m), m)
    return s, RETURNED


@good
def deferred_goexit_takes_over() -> tuple[Story, End]:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.defer(m, kind=CalleeKind.GOEXIT)
    s.returns(m)
    s.returns(s.by_goexit("a", ra))
    return s, MAIN_GOEXIT


@good
def goroutines_have_lives_of_their_own() -> tuple[Story, End]:
    s = Story("main", "worker", "a")
    m = s.start("main")
    started = s.go(m, "worker")
    w = s.start("worker", g=2, started=started)
    ra = s.defer(w, "a", g=2)
    s.goexit(w, g=2)
    s.returns(s.by_goexit("a", ra, g=2), g=2)
    s.returns(m)
    return s, RETURNED


@good
def a_method_can_be_one_of_several() -> tuple[Story, End]:
    s = Story("main", "T.M", "U.M")
    m = s.start("main")
    s.defer(m, "T.M", "U.M", kind=CalleeKind.FUNCTION)
    s.defer(m, kind=CalleeKind.VALUE)
    s.returns(m)
    s.returns(s.by_return("T.M", m))
    s.returns(s.by_return("U.M", m))
    return s, RETURNED


@good
def a_loop_body_runs_inside_the_iterator() -> tuple[Story, End]:
    s = Story("main", "seq", "g", "d", ranges=("main",))
    m = s.start("main")
    q = s.call("seq", m)
    s.returns(s.call("g", m))
    rd = s.defer(m, "d")
    s.returns(q)
    s.returns(m)
    s.returns(s.by_return("d", m, rd))
    return s, RETURNED


@good
def a_callback_recovered_by_foreign_code() -> tuple[Story, End]:
    s = Story("main", "T.String", "after", foreign=("main",))
    m = s.start("main")
    s.panic(s.called_back("T.String"))
    s.returns(s.call("after", m), m)
    return s, RETURNED


@good
def foreign_deferred_code_calls_back() -> tuple[Story, End]:
    s = Story("main", "f", "a", foreign=("main",))
    m = s.start("main")
    ra = s.defer(m, "a")
    s.defer(m, kind=CalleeKind.FOREIGN)
    s.returns(m)
    s.returns(s.called_back("f"))
    s.returns(s.by_return("a", m, ra))
    return s, RETURNED


@good
def an_exit_runs_nothing_more() -> tuple[Story, End]:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.exit(m, 3)
    return s, End(EndKind.EXITED, 3)


@good
def panic_nil_is_an_error() -> tuple[Story, End]:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m, "nil")
    a = s.by_panic("a", ra)
    s.recover(a, PANIC_NIL)
    s.returns(a)
    return s, RETURNED


@pytest.mark.parametrize("name", GOOD)
def test_accepts(name: str) -> None:
    story, end = GOOD[name]()
    assert check(story.functions, story.events, end) is None


@pytest.mark.parametrize("name", GOOD)
def test_no_strict_prefix_is_accepted(name: str) -> None:
    """At the same end, that is: a trace cut short is never a pass."""
    story, end = GOOD[name]()
    accepted = [n for n in range(1, len(story.events)) if check(story.functions, story.events[:n], end) is None]
    unseen_end = {
        # A goroutine's last Return, another goroutine's whole life, and a Go statement whose goroutine never ran are
        # free: the process may end first.
        "goroutines_have_lives_of_their_own",
        # A fault in the running function can end the process at any point where nothing is deferred.
        "uncaught_panic_runs_all_and_kills",
        "recover_in_a_callee_of_the_deferred_function_gives_nil",
    }
    if name not in unseen_end:
        assert accepted == []


EVENTS = [(name, i, event) for name, scene in GOOD.items() for i, event in enumerate(scene()[0].events)]
OWED_VALUES = [(name, i) for name, i, event in EVENTS if isinstance(event, Recover)]
OWED_CALLS = [
    # Main's return may end the process before another goroutine has run what it owes.
    (name, i)
    for name, i, event in EVENTS
    if isinstance(event, Enter) and event.deferred and event.goroutine == 1
]


@pytest.mark.parametrize(("name", "index"), OWED_CALLS)
@pytest.mark.parametrize("how", ["drop", "double"])
def test_an_owed_call_dropped_or_doubled_is_rejected(name: str, index: int, how: str) -> None:
    """Dropped: the call and all its activation did. Doubled: the same record is entered again after it."""
    story, end = GOOD[name]()
    entered = story.events[index]
    assert isinstance(entered, Enter)
    own = [e for e in story.events if e.activation == entered.activation]
    if how == "drop":
        events = [e for e in story.events if e not in own]
    else:
        last = story.events.index(own[-1])
        again = max(e.activation for e in story.events) + 1
        events = story.events[: last + 1] + [replace(e, activation=again) for e in own] + story.events[last + 1 :]
    assert check(story.functions, events, end) is not None


@pytest.mark.parametrize(("name", "index"), OWED_VALUES)
def test_another_recovered_value_is_rejected(name: str, index: int) -> None:
    story, end = GOOD[name]()
    recover = story.events[index]
    assert isinstance(recover, Recover)
    other = '"other"' if recover.value == "nil" else "nil"
    story.events[index] = replace(recover, value=other)
    broken = check(story.functions, story.events, end)
    assert broken is not None
    assert broken.index == index
    want = rules.RECOVER_GIVES_NIL if recover.value == "nil" else rules.RECOVER_GIVES_PANIC
    assert broken.rule is want


ENDS = (RETURNED, PANICKED, MAIN_GOEXIT, DEADLOCK, End(EndKind.EXITED, 3), End(EndKind.EXITED, 1))
OTHER_ENDS = [
    (name, wrong)
    for name, scene in GOOD.items()
    for wrong in ENDS
    # A goroutine that has nothing left to do may as well be asleep.
    if scene()[1] != wrong and (wrong != DEADLOCK or scene()[1] not in (RETURNED, MAIN_GOEXIT))
]


@pytest.mark.parametrize(("name", "wrong"), OTHER_ENDS)
def test_another_end_is_rejected(name: str, wrong: End) -> None:
    story, _ = GOOD[name]()
    assert check(story.functions, story.events, wrong) is not None


def diverging(story: Story, end: End = RETURNED) -> tuple[str, int]:
    broken = check(story.functions, story.events, end)
    assert broken is not None
    return broken.rule.name, broken.index


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
    assert diverging(s) == ("deferred-call-lost", 8)


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
    assert diverging(s) == ("deferred-call-order", 4)


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
    assert diverging(s) == ("deferred-call-lost", 5)


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
    assert diverging(s) == ("deferred-call-lost", 5)


def test_a_deferred_call_run_twice() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    ra = s.defer(f, "a")
    s.returns(f)
    s.returns(s.by_return("a", f, ra))
    s.by_return("a", f, ra)
    assert diverging(s) == ("deferred-call-twice", 6)


def test_a_named_deferred_call_run_twice_is_no_call_of_its_caller() -> None:
    s = Story("main", "f", "a")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.by_return("a", f)
    assert diverging(s) == ("deferred-call-twice", 6)


def test_a_call_from_a_function_that_has_returned() -> None:
    s = Story("main", "f", "a", "b")
    m = s.start("main")
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.call("b", f)
    assert diverging(s) == ("control-flow", 6)


def test_a_named_deferred_call_run_twice_before_the_next() -> None:
    s = Story("main", "a", "b")
    m = s.start("main")
    s.defer(m, "a", kind=CalleeKind.FUNCTION)
    s.defer(m, "b", kind=CalleeKind.FUNCTION)
    s.returns(m)
    s.returns(s.by_return("b", m))
    s.returns(s.by_return("b", m))
    s.returns(s.by_return("a", m))
    assert diverging(s) == ("deferred-call-twice", 6)


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
    assert diverging(s, PANICKED) == ("deferred-call-twice", 7)


def test_a_deferred_call_after_the_last_one_of_a_dying_goroutine() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.panic(m)
    s.returns(s.by_panic("a", ra))
    s.by_panic("a", ra)
    assert diverging(s, PANICKED) == ("deferred-call-twice", 5)


def test_a_deferred_call_after_the_last_one_of_a_goexit() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.goexit(m)
    s.returns(s.by_goexit("a", ra))
    s.by_goexit("a", ra)
    assert diverging(s, MAIN_GOEXIT) == ("deferred-call-twice", 5)


def test_a_deferred_call_before_the_function_returns() -> None:
    s = Story("main", "a")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.by_return("a", m, ra)
    assert diverging(s) == ("deferred-call-early", 2)


def test_code_after_a_panic_runs() -> None:
    s = Story("main", "f")
    m = s.start("main")
    f = s.call("f", m)
    s.panic(f)
    s.returns(m)
    assert diverging(s) == ("uncaught-panic", 3)


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
    assert diverging(s) == ("control-flow", 8)


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
    assert diverging(s) == ("goexit-unwinds", 10)


def test_a_goroutine_goes_on_after_its_end() -> None:
    s = Story("main", "f")
    m = s.start("main")
    s.returns(m, m)
    assert diverging(s) == ("goroutine-end", 2)


def test_a_goroutine_starts_twice() -> None:
    s = Story("main", "w")
    m = s.start("main")
    started = s.go(m, "w")
    s.start("w", g=2, started=started)
    s.start("w", g=3, started=started)
    assert diverging(s) == ("goroutine-start", 3)


def test_an_event_of_nobody() -> None:
    s = Story("main")
    s.returns(7)
    assert diverging(s) == ("trace-consistent", 0)


def test_the_process_exits_with_another_status() -> None:
    s = Story("main")
    s.exit(s.start("main"), 3)
    assert diverging(s, End(EndKind.EXITED, 4)) == ("process-end", 2)


def test_a_goroutine_asleep_with_a_deferred_call_owed() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    s.returns(m)
    assert diverging(s, DEADLOCK) == ("deferred-call-lost", 3)


def test_a_cut_off_trace_is_judged_as_far_as_it_goes() -> None:
    killed = End(EndKind.KILLED, text="stopped")
    story, _ = two_deferred_calls_run_in_reverse()
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

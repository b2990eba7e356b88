"""Lawful traces, one scene for each behaviour: what a test touches to see the check refuse it."""

from __future__ import annotations

from collections.abc import Callable

from oracle.check import check
from oracle.events import CalleeKind, End, EndKind
from oracle.stack import NIL_DEREFERENCE, PANIC_NIL
from tests.oracle.script import Story

RETURNED = End(EndKind.RETURNED)
PANICKED = End(EndKind.PANICKED, 2, "panic: boom")
MAIN_GOEXIT = End(EndKind.MAIN_GOEXIT, 2, "fatal error: no goroutines")
DEADLOCK = End(EndKind.DEADLOCK, 2, "fatal error: all goroutines are asleep")


def exited(status: int) -> End:
    return End(EndKind.EXITED, status)


def verdict(story: Story, end: End = RETURNED) -> tuple[str, int] | None:
    """The rule that the story breaks first, and the event's index."""
    broken = check(story.functions, story.events, end)
    return (broken.rule.name, broken.index) if broken else None


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

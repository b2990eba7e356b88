"""What a verdict says was owed, for every way to be refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oracle.check import check
from oracle.events import CalleeKind, End, EndKind, Enter, Via
from tests.oracle.lawful import DEADLOCK, MAIN_GOEXIT, PANICKED, RETURNED, exited
from tests.oracle.script import Story

Scene = Callable[[Story, int], End]
"""What happens once main has begun; it gives back how the process ends. Only f calls code that is not traced."""
OWED: list[tuple[str, Scene]] = []


def owed(words: str) -> Callable[[Scene], Scene]:
    def put(scene: Scene) -> Scene:
        OWED.append((words, scene))
        return scene

    return put


@owed("recover gives nil")
def _(s: Story, m: int) -> End:
    s.recover(m)
    return RETURNED


@owed('recover gives "boom"')
def _(s: Story, m: int) -> End:
    record = s.defer(m, "a")
    s.panic(m)
    s.recover(s.by_panic("a", record), "nil")
    return RETURNED


@owed("recover gives a run-time error")
def _(s: Story, m: int) -> End:
    record = s.defer(m, "a")
    s.recover(s.by_panic("a", record), "nil")
    return RETURNED


@owed("recover gives the panic's value, which is not nil")
def _(s: Story, m: int) -> End:
    f = s.call("f", m)
    record = s.defer(f, "a")
    s.recover(s.by_panic("a", record), "nil")
    return RETURNED


@owed("every activation is entered once, in order")
def _(s: Story, m: int) -> End:
    s.events.append(Enter(1, m, 1, Via.CODE, 5))
    return RETURNED


@owed("a new goroutine has a number of its own")
def _(s: Story, m: int) -> End:
    s.start("a")
    return RETURNED


@owed("a call made by the running function")
def _(s: Story, m: int) -> End:
    s.events.append(Enter(1, 2, 2, Via.CODE, 35))
    return RETURNED


@owed("the deferring function has returned: nothing of it is pending")
def _(s: Story, m: int) -> End:
    f = s.call("f", m)
    s.defer(f, "a", kind=CalleeKind.FUNCTION)
    s.returns(f)
    s.returns(s.by_return("a", f))
    s.by_return("a", f)
    return RETURNED


@owed("main goes on: it is the function that runs")
def _(s: Story, m: int) -> End:
    s.returns(7)
    return RETURNED


@owed("the running function goes on: it did not call Goexit")
def _(s: Story, m: int) -> End:
    s.by_goexit("a", s.defer(m, "a"))
    return RETURNED


@owed("the running function goes on: it did not return")
def _(s: Story, m: int) -> End:
    s.by_return("a", m, s.defer(m, "a"))
    return RETURNED


@owed("the running function goes on: no such deferred call is pending")
def _(s: Story, m: int) -> End:
    s.by_return("a", m, 7)
    return RETURNED


@owed("no deferred call is pending: the goroutine unwinds to its end")
def _(s: Story, m: int) -> End:
    s.by_panic("a")
    return RETURNED


@owed("deferred call b (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.defer(m, "b")
    s.returns(m, m)
    return RETURNED


@owed("deferred call b (line 2 of main)")
def _(s: Story, m: int) -> End:
    record = s.defer(m, "a")
    s.defer(m, "b")
    s.returns(m)
    s.by_return("a", m, record)
    return RETURNED


@owed("the process exits with status 3")
def _(s: Story, m: int) -> End:
    s.exit(m, 3)
    s.returns(m)
    return exited(3)


@owed("the process dies by the uncaught panic: no deferred call is pending")
def _(s: Story, m: int) -> End:
    s.panic(m)
    s.by_panic("a")
    return PANICKED


@owed("the goroutine has ended: no deferred call is pending")
def _(s: Story, m: int) -> End:
    s.returns(m)
    s.by_return("a", m, 7)
    return RETURNED


@owed("the process dies by the uncaught panic")
def _(s: Story, m: int) -> End:
    s.panic(m)
    s.returns(m)
    return PANICKED


@owed("the goroutine has ended by Goexit")
def _(s: Story, m: int) -> End:
    s.goexit(m)
    s.returns(m)
    return MAIN_GOEXIT


@owed("the goroutine has ended")
def _(s: Story, m: int) -> End:
    s.returns(m, m)
    return RETURNED


@owed("no go statement is waiting for this call")
def _(s: Story, m: int) -> End:
    s.start("a", g=2, started=7)
    return RETURNED


# --- At the process's end -------------------------------------------------------------------------------------


@owed("the process goes on: main has not returned")
def _(s: Story, m: int) -> End:
    return RETURNED


@owed("the process exits with status 3")
def _(s: Story, m: int) -> End:
    s.exit(m, 3)
    return RETURNED


@owed("the process dies by the uncaught panic")
def _(s: Story, m: int) -> End:
    s.panic(m)
    return RETURNED


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.returns(m)
    return RETURNED


@owed("the process goes on: nothing called os.Exit")
def _(s: Story, m: int) -> End:
    return exited(3)


@owed("the process exits with status 3")
def _(s: Story, m: int) -> End:
    s.exit(m, 3)
    return exited(4)


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.returns(m)
    return exited(3)


@owed("the process goes on: no panic is uncaught")
def _(s: Story, m: int) -> End:
    return PANICKED


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    return PANICKED


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.returns(m)
    return PANICKED


@owed("the process goes on: main has not called Goexit")
def _(s: Story, m: int) -> End:
    return MAIN_GOEXIT


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.returns(m)
    return MAIN_GOEXIT


@owed("deferred call b (line 2 of f)")
def _(s: Story, m: int) -> End:
    f = s.start("f", g=2, started=s.go(m, "f"))
    s.defer(f, "b", g=2)
    s.returns(f, g=2)
    s.goexit(m)
    return MAIN_GOEXIT


@owed("the process exits with status 3")
def _(s: Story, m: int) -> End:
    s.exit(m, 3)
    return DEADLOCK


@owed("deferred call a (line 2 of main)")
def _(s: Story, m: int) -> End:
    s.defer(m, "a")
    s.returns(m)
    return DEADLOCK


@owed("the process dies by the uncaught panic")
def _(s: Story, m: int) -> End:
    s.panic(m)
    return DEADLOCK


@pytest.mark.parametrize(("words", "scene"), OWED)
def test_what_was_owed_is_said(words: str, scene: Scene) -> None:
    s = Story("main", "f", "a", "b", foreign=("f",))
    end = scene(s, s.start("main"))
    broken = check(s.functions, s.events, end)
    assert broken is not None
    assert broken.owed == words


def test_what_came_is_said_too() -> None:
    s = Story("main")
    m = s.start("main")
    broken = check(s.functions, s.events, End(EndKind.PANICKED, 2, "panic: boom"))
    assert broken is not None
    assert broken.got == "the process died by a panic: panic: boom"
    s.returns(m, m)
    broken = check(s.functions, s.events, RETURNED)
    assert broken is not None
    assert broken.got == "goroutine 1: line 6: return"

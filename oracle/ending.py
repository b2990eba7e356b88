"""The end of the process: was everything done that had to be, and may it have ended so?

Each way to end has one rule. Limits that stop a process from outside, and fatal errors that a program brings about,
may come at any time: they owe nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from oracle import rules
from oracle.events import Callee, CalleeKind, End, EndKind
from oracle.owed import Owed
from oracle.refuse import refuse_lost
from oracle.rules import Broken
from oracle.settle import Language, Rest, State, begin_unwind, exit_status, settle
from oracle.stack import Goroutine, Unwind

_RUN_TIME_ERRORS = (
    "panic: runtime error: ",
    "panic: interface conversion: ",
    "panic: assignment to entry in nil map",
    "panic: close of ",
    "panic: send on closed channel",
    "panic: makechan: ",
    "panic: [signal ",
)
"""How the report of a panic begins that the runtime itself raised: these come without an event."""


def finish(language: Language, goroutines: Iterable[Goroutine], end: End, started: Iterable[Callee] = ()) -> None:
    """Raise `Broken` if the process may not have ended so. `started`: go statements whose goroutine is unseen."""
    if end.kind in (EndKind.KILLED, EndKind.FATAL):
        return
    states = {g: settle(language, g, end) for g in goroutines}
    main = next((g for g in states if g.main), None)
    if any(_explains(callee, end) for callee in started):
        return
    match end.kind:
        case EndKind.EXITED if end.status != 0:
            _end_by_exit(language, end.status, states, main)
        case EndKind.RETURNED | EndKind.EXITED:
            _end_by_return(language, states, main)
        case EndKind.PANICKED:
            _end_by_panic(language, states, end)
        case EndKind.MAIN_GOEXIT:
            if not any(g.ended_by_goexit for g in states if g.main or main is None):
                _refuse_end(language, states, main, "main has not called Goexit")
            _all_blocked(language, states)
        case _:
            _all_blocked(language, states)


def _explains(callee: Callee, end: End) -> bool:
    """Whether a go statement whose goroutine shows no events may have ended the process so."""
    match callee.kind:
        case CalleeKind.PANIC | CalleeKind.NIL:
            return end.kind is EndKind.PANICKED
        case CalleeKind.EXIT:
            return end.kind in (EndKind.EXITED, EndKind.RETURNED) and exit_status(int(callee.value)) == end.status
        case CalleeKind.FOREIGN:
            return end.kind is EndKind.PANICKED or (end.kind is EndKind.EXITED and end.status != 0)
    return False


def _end_by_exit(language: Language, status: int, states: dict[Goroutine, State], main: Goroutine | None) -> None:
    exiting = [g.exiting for g in states if g.exiting is not None]
    if status in exiting:
        return
    if exiting:
        raise Broken(rules.PROCESS_END, f"the process exits with status {exiting[0]}")
    if any(language.acts_unseen(state) for state in states.values()):
        return
    _refuse_end(language, states, main, "nothing called os.Exit")


def _end_by_return(language: Language, states: dict[Goroutine, State], main: Goroutine | None) -> None:
    exiting = [g.exiting for g in states if g.exiting is not None]
    if any(g.dying for g in states):
        raise Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")
    if exiting:
        if exiting[0] != 0:
            raise Broken(rules.PROCESS_END, f"the process exits with status {exiting[0]}")
        return
    if main is None or main.stack or main.ended_by_goexit:
        _refuse_end(language, states, main, "main has not returned")


def _may_die_so(g: Goroutine, end: End) -> bool:
    """Whether the report may be of this goroutine's panics: one that no event showed is a run-time error."""
    unwinds = [entry for entry in g.stack if isinstance(entry, Unwind)]
    return any(u.loose or u.value is not None for u in unwinds) or end.text.startswith(_RUN_TIME_ERRORS)


def _end_by_panic(language: Language, states: dict[Goroutine, State], end: End) -> None:
    if any(g.dying and _may_die_so(g, end) for g in states):
        return
    owing: Owed | None = None
    settled: State
    for g, state in states.items():
        if not isinstance(state, Owed | Rest):
            begin_unwind(g, loose=language.acts_unseen(state))
            settled = settle(language, g, end)
        else:
            settled = state
        if g.dying and _may_die_so(g, end):
            return
        if isinstance(settled, Owed):
            owing = owing or settled
    if owing is not None:
        refuse_lost(language, owing)
    raise Broken(rules.UNCAUGHT_PANIC, "the process goes on: no panic is uncaught")


def _all_blocked(language: Language, states: dict[Goroutine, State]) -> None:
    """Every goroutine is asleep: then none may owe a deferred call or an exit, and no panic may be uncaught."""
    for g, state in states.items():
        if g.exiting is not None:
            raise Broken(rules.PROCESS_END, f"the process exits with status {g.exiting}")
        if isinstance(state, Owed):
            refuse_lost(language, state)
        if g.dying:
            raise Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")


def _refuse_end(language: Language, states: dict[Goroutine, State], main: Goroutine | None, why: str) -> NoReturn:
    state = states[main] if main is not None else Rest.ENDED
    if isinstance(state, Owed):
        refuse_lost(language, state)
    raise Broken(rules.PROCESS_END, f"the process goes on: {why}")

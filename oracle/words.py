"""Events and states in words for people. Text only: nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Function,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.stack import Frame


def describe_event(event: Event, functions: Sequence[Function]) -> str:
    """One event in words, goroutine first."""
    return f"goroutine {event.goroutine}: {_deed(event, functions)}"


def _deed(event: Event, functions: Sequence[Function]) -> str:
    match event:
        case Enter():
            name = functions[event.function].name
            if event.deferred or event.via in (Via.PANIC, Via.GOEXIT, Via.RUNTIME):
                return f"deferred call {name} begins{_by(event)}"
            if event.via is Via.START:
                return f"{name} starts"
            return f"{name} is entered{_by(event)}"
        case Defer():
            return f"line {event.line}: defer {describe_callee(event.callee, functions)}"
        case Go():
            return f"line {event.line}: go {describe_callee(event.callee, functions)}"
        case Panic():
            return f"line {event.line}: panic({event.value})"
        case Recover():
            return f"line {event.line}: recover gives {event.value}"
        case Goexit():
            return f"line {event.line}: runtime.Goexit"
        case Return():
            return f"line {event.line}: return"
    return f"line {event.line}: os.Exit({event.status})"


def _by(event: Enter) -> str:
    match event.via:
        case Via.CODE:
            return f", from line {event.line}"
        case Via.FOREIGN:
            return ", from another package"
        case Via.PANIC:
            return ", run by a panic"
        case Via.GOEXIT:
            return ", run by Goexit"
        case Via.RUNTIME:
            return ", run by the runtime"
    return ""


def describe_callee(callee: Callee, functions: Sequence[Function]) -> str:
    """What a defer or go statement calls."""
    match callee.kind:
        case CalleeKind.LITERAL | CalleeKind.FUNCTION | CalleeKind.METHOD:
            return " or ".join(functions[i].name for i in callee.functions)
        case CalleeKind.PANIC:
            return f"panic({callee.value})"
        case CalleeKind.EXIT:
            return f"os.Exit({callee.value})"
        case CalleeKind.RECOVER:
            return "recover()"
        case CalleeKind.GOEXIT:
            return "runtime.Goexit()"
        case CalleeKind.NIL:
            return "of a nil function value"
        case CalleeKind.VALUE:
            return "of a function value"
    return "of code that is not traced"


def describe_pending(frame: Frame, functions: Sequence[Function]) -> str:
    """The deferred call that `frame` must run next."""
    pending = frame.pending[-1]
    return (
        f"deferred call {describe_callee(pending.callee, functions)} "
        f"(line {pending.line} of {functions[frame.function].name})"
    )


def describe_end(end: End) -> str:
    """The process's end."""
    match end.kind:
        case EndKind.RETURNED:
            return "main returned"
        case EndKind.EXITED:
            return f"the process exited with status {end.status}"
        case EndKind.PANICKED:
            return f"the process died by a panic: {end.text}"
        case EndKind.KILLED:
            return f"the process was killed: {end.text}"
    return f"the process died by a fatal error: {end.text}"

"""What control has to finish: the steps that no event shows, and then what must come.

A returned call gives control back to whoever made it, a recovered panic to the frame whose deferred call
recovered it, an unwind goes on to the next frame with a pending deferred call. Code that is not traced acts in
between; what it did is read from the next event, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from oracle.events import Callee, CalleeKind, End, EndKind, Enter, Event, Function, Via
from oracle.stack import NIL, NIL_DEREFERENCE, Body, Foreign, Frame, Goroutine, Unwind

UNWINDING = (Via.PANIC, Via.GOEXIT, Via.RUNTIME)
"""Callers that run deferred calls and nothing else."""

_VISIBLE = frozenset({CalleeKind.LITERAL, CalleeKind.FUNCTION, CalleeKind.VALUE})


@dataclass(frozen=True, slots=True)
class Owed:
    """A deferred call that must be the goroutine's next event: the newest of `frame`, run by `by` (None: its
    return)."""

    frame: Frame
    by: Unwind | None


class Rest(Enum):
    """A goroutine that does nothing more."""

    ENDED = "ended"


State = Frame | Foreign | Body | Owed | Rest
"""Code that runs and is free to act, a deferred call that is owed, or nothing left to do."""


class Language:
    """What steps depend on beside the goroutine: the program's functions, and what panic(nil) means."""

    __slots__ = ("_inner", "functions", "panic_nil")

    def __init__(self, functions: Sequence[Function], panic_nil: str) -> None:
        self.functions = functions
        self.panic_nil = panic_nil
        self._inner = tuple(
            tuple(g for g in functions if g.name.startswith(f"{f.name}.") and g.first_line > f.first_line)
            for f in functions
        )

    def holds(self, frame: Frame, line: int) -> bool:
        """Whether `line` lies in the function of `frame` and in none of the literals in it."""
        function = self.functions[frame.function]
        return function.first_line <= line <= function.last_line and not any(
            inner.first_line < line < inner.last_line for inner in self._inner[frame.function]
        )

    def panic_value(self, value: str) -> str:
        """What recover gives after panic(value)."""
        return self.panic_nil if value == NIL else value


def settle(language: Language, g: Goroutine, event: Event | End) -> State:
    """Take all steps that no event shows, in the light of the next event; say what must come.

    Afterwards the top of the stack is what the returned state tells of.
    """
    stack = g.stack
    while stack and g.exiting is None:
        top = stack[-1]
        if isinstance(top, Unwind):
            frame = _next_target(g, top, event)
            if frame is None:
                if stack and stack[-1] is top:
                    return _unwound(g, top)
                continue
            step = _step_deferred(language, g, frame, top, event)
        elif isinstance(top, Frame):
            if not top.returning:
                return top
            if not top.pending:
                stack.pop()
                g.left = top
                _finished(g, top)
                continue
            step = _step_deferred(language, g, top, None, event)
        elif isinstance(top, Foreign):
            if _shows_foreign_code(g, event):
                return top
            stack.pop()
            continue
        else:
            if isinstance(event, End) or _in_body(language, top, event):
                return top
            stack.pop()
            continue
        if step is not None:
            return step
    return Rest.ENDED


def exit_status(given: int) -> int:
    """What the parent of a process sees of the status given to os.Exit: its low eight bits (POSIX, `_exit`)."""
    return given & 0xFF


def _in_body(language: Language, body: Body, event: Event) -> bool:
    if isinstance(event, Enter):
        return event.via is not Via.CODE or language.holds(body.owner, event.line)
    return event.activation == body.owner.activation


def _step_deferred(
    language: Language, g: Goroutine, frame: Frame, by: Unwind | None, event: Event | End
) -> Owed | Foreign | None:
    """The next deferred call of `frame`: owed if it can be seen, else done here, silently."""
    callee = frame.pending[-1].callee
    if callee.kind in _VISIBLE or (callee.kind is CalleeKind.METHOD and _enters(event, callee)):
        return Owed(frame, by)
    frame.pending.pop()
    if by is not None:
        by.target = frame
    match callee.kind:
        case CalleeKind.PANIC:
            g.stack.append(Unwind(goexit=False, value=language.panic_value(callee.value)))
        case CalleeKind.NIL:
            g.stack.append(Unwind(goexit=False, value=NIL_DEREFERENCE))
        case CalleeKind.GOEXIT:
            g.stack.append(Unwind(goexit=True))
        case CalleeKind.EXIT:
            g.exiting = exit_status(int(callee.value))
        case CalleeKind.RECOVER:
            if by is None and frame.run_by is not None and not frame.run_by.goexit:
                # Run by the return of a deferred function, it is that function that calls recover.
                frame.run_by.recovered = True
        case CalleeKind.FOREIGN | CalleeKind.METHOD:
            return _step_foreign(g, by, event)
        case _:
            pass
    return None


def _enters(event: Event | End, callee: Callee) -> bool:
    return isinstance(event, Enter) and event.via is not Via.FOREIGN and event.function in callee.functions


def _shows_foreign_code(g: Goroutine, event: Event | End) -> bool:
    """Whether code that is not traced is still at work: it calls back, is left by an unwind, or sleeps for ever."""
    if isinstance(event, End):
        return event.kind is EndKind.DEADLOCK or (event.kind is EndKind.MAIN_GOEXIT and not g.main)
    return isinstance(event, Enter) and (event.via is Via.FOREIGN or event.via in UNWINDING)


def _shows_panic(event: Event | End) -> bool:
    """Whether a panic is on its way: a deferred call that an unwind runs, or the process's death."""
    if isinstance(event, End):
        return event.kind is EndKind.PANICKED
    return isinstance(event, Enter) and event.via in UNWINDING


def _step_foreign(g: Goroutine, by: Unwind | None, event: Event | End) -> Foreign | None:
    """A deferred call of foreign code: what comes next shows whether it called back, sleeps, panicked, ended the
    process (log.Fatal) or returned."""
    if isinstance(event, End) and event.kind is EndKind.EXITED and event.status != 0:
        g.exiting = event.status
        return None
    called_back = isinstance(event, Enter) and event.via is Via.FOREIGN
    asleep = isinstance(event, End) and _shows_foreign_code(g, event)
    if called_back or asleep:
        foreign = Foreign()
        g.stack.append(foreign)
        return foreign
    if by is None and _shows_panic(event):
        goexit = isinstance(event, Enter) and event.via is Via.GOEXIT
        g.stack.append(Unwind(goexit=goexit, loose=True))
    elif by is not None and not by.goexit:
        by.loose = True
    return None


def _next_target(g: Goroutine, unwind: Unwind, event: Event | End) -> Frame | None:
    """The next frame below `unwind` with a pending deferred call. Foreign code on the way may have recovered
    the panic: unless what comes next shows that the panic goes on, it did, and control is back below it."""
    above = len(g.stack) - 1 if unwind.searched is None else unwind.searched
    for index in range(above - 1, -1, -1):
        entry = g.stack[index]
        if isinstance(entry, Frame) and entry.pending:
            # What lies above has nothing pending any more, nor will it: only running code defers.
            unwind.searched = index + 1
            return entry
        if isinstance(entry, Foreign) and not unwind.goexit:
            if not _shows_panic(event):
                del g.stack[index:]
                return None
            unwind.crossed = True
    return None


def _unwound(g: Goroutine, unwind: Unwind) -> Rest:
    if unwind.goexit:
        g.stack.clear()
        g.ended_by_goexit = True
    else:
        g.dying = True
    return Rest.ENDED


def _finished(g: Goroutine, call: Frame) -> None:
    """A call returned: if a panic ran it and it recovered, the recovery takes place now."""
    panic = call.run_by
    if panic is None or not panic.recovered:
        return
    for index in range(len(g.stack) - 1, -1, -1):
        entry = g.stack[index]
        if entry is panic.target or (isinstance(entry, Unwind) and entry.goexit):
            del g.stack[index + 1 :]
            if isinstance(entry, Frame):
                entry.returning = True
            return

"""What control has to finish: the steps that no event shows, and then what must come.

A returned call gives control back to whoever made it, a recovered panic to the frame whose deferred call
recovered it, an unwind goes on to the next frame with a pending deferred call. Code that is not traced acts in
between; what it did is read from the next event, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from oracle.events import Callee, CalleeKind, End, EndKind, Enter, Event, Function, Via
from oracle.owed import UNWINDING, Owed
from oracle.stack import NIL, NIL_DEREFERENCE, Body, Foreign, Frame, Goroutine, Unwind

_VISIBLE = (CalleeKind.LITERAL, CalleeKind.FUNCTION, CalleeKind.VALUE)


class Rest(Enum):
    """A goroutine that does nothing more."""

    ENDED = "ended"


State = Frame | Foreign | Body | Owed | Rest
"""Code that runs and is free to act, a deferred call that is owed, or nothing left to do."""


class Language:
    """What steps depend on beside the goroutine: the program's functions, and what panic(nil) means."""

    __slots__ = ("_holds", "functions", "panic_nil")

    def __init__(self, functions: Sequence[Function], panic_nil: str) -> None:
        self.functions = functions
        self.panic_nil = panic_nil
        self._holds: dict[tuple[int, int], bool] = {}

    def holds(self, frame: Frame, line: int) -> bool:
        """Whether `line` lies in the function of `frame` and in none of the literals in it."""
        place = (frame.function, line)
        held = self._holds.get(place)
        if held is None:
            held = self._holds[place] = self._look_up(self.functions[frame.function], line)
        return held

    def _look_up(self, function: Function, line: int) -> bool:
        return function.first_line <= line <= function.last_line and not any(
            inner.first_line < line < inner.last_line
            for inner in self.functions
            if inner.name.startswith(f"{function.name}.")
        )

    def acts_unseen(self, running: State) -> bool:
        """Whether code runs, or is called by the function that runs, whose deeds no event shows."""
        frame = running.owner if isinstance(running, Body) else running
        return isinstance(frame, Foreign) or (isinstance(frame, Frame) and self.functions[frame.function].foreign)

    def panic_value(self, value: str) -> str:
        """What recover gives after panic(value)."""
        return self.panic_nil if value == NIL else value


def settle(language: Language, g: Goroutine, event: Event | End) -> State:
    """Take all steps that no event shows, in the light of the next event; say what must come.

    Afterwards the top of the stack is what the returned state tells of.
    """
    stack = g.stack
    while stack:
        top = stack[-1]
        step: State | None = None
        if type(top) is Frame:
            if not top.returning:
                return top
            if top.pending:
                step = _step_deferred(language, g, top, None, event)
            else:
                stack.pop()
                g.left = top
                if top.run_by is not None and top.run_by.recovered:
                    _recovery(g, top.run_by)
        elif type(top) is Unwind:
            if frame := _next_target(g, top, event):
                step = _step_deferred(language, g, frame, top, event)
            elif stack and stack[-1] is top:
                step = _unwound(g, top)
        elif _goes_on(language, g, top, event):
            return top
        else:
            stack.pop()
        if step is not None:
            return step
    return Rest.ENDED


def begin_unwind(g: Goroutine, *, goexit: bool = False, value: str | None = None, loose: bool = False) -> None:
    """The code that runs panics or calls Goexit."""
    g.newest = Unwind(len(g.stack), goexit, value, loose, g.newest)
    g.stack.append(g.newest)


def begin_exit(g: Goroutine, given: int) -> None:
    """The code that runs calls os.Exit: nothing more is owed, by any frame."""
    g.exiting = exit_status(given)
    g.stack.clear()


def exit_status(given: int) -> int:
    """What the parent of a process sees of the status given to os.Exit: its low eight bits (POSIX, `_exit`)."""
    return given & 0xFF


def _goes_on(language: Language, g: Goroutine, running: Foreign | Body, event: Event | End) -> bool:
    if isinstance(running, Foreign):
        return _shows_foreign_code(g, event) and not _goes_back(g, event)
    if isinstance(event, Enter):
        return event.via is not Via.CODE or language.holds(running.owner, event.line)
    return isinstance(event, End) or event.activation == running.owner.activation


def _step_deferred(
    language: Language, g: Goroutine, frame: Frame, by: Unwind | None, event: Event | End
) -> Owed | Foreign | None:
    """The next deferred call of `frame`: owed if it can be seen, else done here, silently."""
    callee = frame.pending[-1].callee
    if callee.kind in _VISIBLE or (callee.kind is CalleeKind.METHOD and _enters(event, callee)):
        return Owed(frame, by)
    frame.pending.pop()
    match callee.kind:
        case CalleeKind.PANIC:
            begin_unwind(g, value=language.panic_value(callee.value))
        case CalleeKind.NIL:
            begin_unwind(g, value=NIL_DEREFERENCE)
        case CalleeKind.GOEXIT:
            begin_unwind(g, goexit=True)
        case CalleeKind.EXIT:
            begin_exit(g, int(callee.value))
        case CalleeKind.RECOVER:
            if by is None and frame.run_by is not None and not frame.run_by.goexit:
                # Run by the return of a deferred function, it is that function that calls recover.
                frame.run_by.recovered = True
        case CalleeKind.FOREIGN | CalleeKind.METHOD:
            return _step_foreign(g, by, event)
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


def _goes_back(g: Goroutine, event: Event | End) -> bool:
    """Whether foreign code, on top of the stack, has returned to the unwind that ran it as a deferred call: `event`
    is the unwind's next call. The code may as well have panicked anew: then it is that panic which makes the call."""
    if len(g.stack) == 1 or not isinstance(event, Enter) or event.via not in UNWINDING:
        return False
    by = g.stack[-2]
    if not isinstance(by, Unwind) or event.via is (Via.PANIC if by.goexit else Via.GOEXIT):
        return False
    by.loose = not by.goexit
    return True


def _step_foreign(g: Goroutine, by: Unwind | None, event: Event | End) -> Foreign | None:
    """A deferred call of foreign code: what comes next shows whether it called back, sleeps, panicked, ended the
    process (log.Fatal) or returned."""
    if isinstance(event, End) and event.kind is EndKind.EXITED and event.status != 0:
        begin_exit(g, event.status)
        return None
    called_back = isinstance(event, Enter) and event.via is Via.FOREIGN
    asleep = isinstance(event, End) and _shows_foreign_code(g, event)
    if called_back or asleep:
        foreign = Foreign()
        g.stack.append(foreign)
        return foreign
    if by is None and _shows_panic(event):
        begin_unwind(g, goexit=isinstance(event, Enter) and event.via is Via.GOEXIT, loose=True)
    elif by is not None and not by.goexit:
        by.loose = True
    return None


def _next_target(g: Goroutine, unwind: Unwind, event: Event | End) -> Frame | None:
    """The next frame below `unwind` with a pending deferred call. Foreign code on the way may have recovered
    the panic: unless what comes next shows that the panic goes on, it did, and control is back below it."""
    index = unwind.searched
    while index > 0:
        index -= 1
        entry = g.stack[index]
        if isinstance(entry, Frame) and entry.pending:
            # What lies above has nothing pending any more, nor will it: only running code defers.
            unwind.searched = index + 1
            return entry
        if isinstance(entry, Unwind):
            # An older panic has been through here: foreign code that did not recover that one has no defer left.
            index = entry.searched
        elif isinstance(entry, Foreign) and not unwind.goexit:
            if not _shows_panic(event):
                while len(g.stack) > index:
                    _drop_top(g)
                return None
            unwind.crossed = True
    return None


def _drop_top(g: Goroutine) -> None:
    top = g.stack.pop()
    if isinstance(top, Unwind):
        g.newest = top.older


def has_ended(g: Goroutine, event: Event) -> bool:
    """Whether nothing is left to do after `event`, a Return or Goexit, whatever comes next."""
    top = g.stack[-1]
    if isinstance(top, Frame):
        if top.pending or not top.returning:
            return False
        if len(g.stack) == 1:
            return True
        top = g.stack[-2]
    return isinstance(top, Unwind) and top.goexit and _next_target(g, top, event) is None


def _unwound(g: Goroutine, unwind: Unwind) -> Rest:
    if unwind.goexit:
        g.stack.clear()
        g.ended_by_goexit = True
    else:
        g.dying = True
    return Rest.ENDED


def _recovery(g: Goroutine, panic: Unwind) -> None:
    """The deferred call that recovered `panic` has returned: the frame that deferred it returns to its caller, unless
    a Goexit on the way takes control back."""
    while len(g.stack) > panic.searched:
        top = g.stack[-1]
        if isinstance(top, Unwind) and top.goexit:
            return
        _drop_top(g)
    target = g.stack[-1]
    assert isinstance(target, Frame)
    target.returning = True

"""An observed trace -> None if it conforms to the language's rules, else the first divergence.

Free and owed events: the program is free to call, defer, panic, recover, call Goexit, return, start goroutines and
exit; the runtime owes which deferred call runs next, what recover gives, where control goes on, how goroutine and
process end. The whole trace must be consumed and at rest at the process's end.

Works on the events alone, no program is known. What no event shows is decided from evidence that the next event
carries (`Via`), never guessed: a run-time error shows as a deferred call that gopanic runs; code that is not
instrumented may recover or panic between two events.

Not modelled: a panic that foreign code catches and replaces by another value; panics that cross an iter.Pull
coroutine, and iterators that yield from another goroutine; the text of tracebacks; scheduling between goroutines.

What passes unseen, for want of evidence: a goroutine other than main's that ends with its last deferred calls undone
and is not waited for; a deferred call of a named function that runs twice where its caller is another activation of
the same function; and what a deferred call of foreign code did, short of calling back. Functions made by package
reflect, and os.Exit called through a variable, are not recognized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NoReturn

from oracle import rules
from oracle.ending import finish
from oracle.events import (
    CalleeKind,
    Defer,
    End,
    Enter,
    Event,
    Exit,
    Function,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.owed import Owed, is_call_of, is_run_by, shows_deferred_call
from oracle.refuse import is_pending, refuse_astray, refuse_call, refuse_ended, refuse_owed
from oracle.rules import Broken, Rule
from oracle.settle import Language, Rest, begin_exit, begin_unwind, settle
from oracle.stack import NIL, PANIC_NIL, RUNTIME_ERROR, Body, Foreign, Frame, Goroutine, Unwind
from oracle.starts import Starts
from oracle.words import describe_end, describe_event

# Bound once: on CPython 3.11 it takes as long to look a member up in its enum as to make a whole step.
_CODE, _PANIC, _GOEXIT, _RUNTIME, _START = Via.CODE, Via.PANIC, Via.GOEXIT, Via.RUNTIME, Via.START


class NotAnEvent(TypeError):
    """What was fed is none of the words of `oracle.events`: the caller's mistake, no fault of the trace."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a trace first breaks a rule. `index`: 0-based event, the number of events for the process's end.

    `got` and `owed` say in words what came and what had to come.
    """

    rule: Rule
    index: int
    got: str
    owed: str


def check(
    functions: tuple[Function, ...], events: Iterable[Event], end: End, *, panic_nil_is_error: bool = True
) -> Divergence | None:
    """Check one whole trace. `panic_nil_is_error`: panic(nil) becomes a PanicNilError (Go 1.21 and later)."""
    checker = Checker(functions, panic_nil_is_error=panic_nil_is_error)
    rest = iter(events)
    if divergence := checker.feed_all(rest):
        return checker.reconsider(divergence, rest)
    return checker.finish(end)


class Checker:
    """Checks a trace event by event; memory grows with the live goroutines and their stacks only, not with the
    trace."""

    def __init__(self, functions: tuple[Function, ...], *, panic_nil_is_error: bool = True) -> None:
        self._functions = functions
        self._language = Language(functions, PANIC_NIL if panic_nil_is_error else NIL)
        self._live: dict[int, Goroutine] = {}
        self._main_begun = False
        self._starts = Starts()
        self._newest_goroutine = 0
        self._newest_activation = 0
        self._count = 0
        self._owing: Frame | None = None

    def feed(self, event: Event) -> Divergence | None:
        """Take the next event; the divergence if it breaks a rule. After one, the checker is spent."""
        return self.feed_all((event,))

    def feed_all(self, events: Iterable[Event]) -> Divergence | None:
        """Take the next events, up to the first that breaks a rule."""
        take = self._take
        for event in events:
            try:
                take(event)
            except Broken as broken:
                return Divergence(broken.rule, self._count, describe_event(event, self._functions), broken.owed)
            self._count += 1
        return None

    def reconsider(self, divergence: Divergence, rest: Iterable[Event]) -> Divergence:
        """The divergence under the name that the `rest` of the trace gives it: a deferred call that was passed over
        ran out of order if it still comes, and was lost if it does not."""
        frame = self._owing
        if frame is None or divergence.rule is not rules.DEFERRED_CALL_ORDER or _still_comes(frame, rest):
            return divergence
        return replace(divergence, rule=rules.DEFERRED_CALL_LOST)

    def finish(self, end: End) -> Divergence | None:
        """The process ended: was everything done that had to be?"""
        try:
            finish(self._language, self._live.values(), end, self._starts.callees())
        except Broken as broken:
            return Divergence(broken.rule, self._count, describe_end(end), broken.owed)
        return None

    # --- Free events -------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        if type(event) is Enter:
            self._enter(event)
            return
        act = _ACTS.get(type(event))
        if act is None:
            raise NotAnEvent(f"event {self._count} is none: {event!r}")
        g = self._live.get(event.goroutine)
        if g is None:
            if event.goroutine > self._newest_goroutine:
                raise Broken(rules.TRACE_CONSISTENT, "the goroutine's first function is entered first")
            g = Goroutine(event.goroutine)
        act(self, g, self._acting(g, event), event)

    def _return(self, g: Goroutine, frame: Frame, _: Return) -> None:
        frame.returning = True
        if type(g.stack[-1]) is Body:
            g.stack.pop()
        elif len(g.stack) == 1 and not frame.pending and not g.main:
            del self._live[g.number]

    def _defer(self, _: Goroutine, frame: Frame, event: Defer) -> None:
        frame.pending.append(event)

    def _panic(self, g: Goroutine, _: Frame, event: Panic) -> None:
        begin_unwind(g, value=self._language.panic_value(event.value))

    def _goexit(self, g: Goroutine, _: Frame, __: Goexit) -> None:
        begin_unwind(g, goexit=True)

    def _go(self, _: Goroutine, __: Frame, event: Go) -> None:
        self._starts.add(event.record, event.callee)

    def _exit(self, g: Goroutine, _: Frame, event: Exit) -> None:
        begin_exit(g, event.status)

    def _acting(self, g: Goroutine, event: Event) -> Frame:
        """The frame that acts in `event`: it must be the one that runs."""
        state = settle(self._language, g, event)
        if type(state) is Frame and state.activation == event.activation:
            return state
        if isinstance(state, Owed):
            self._refuse_owed(g, state, event)
        if isinstance(state, Rest):
            refuse_ended(g, event)
        if isinstance(state, Body):
            return state.owner
        if body := self._loop_body(g, event):
            return body.owner
        return refuse_astray(self._language, g)

    def _refuse_owed(self, g: Goroutine, owed: Owed, event: Event) -> NoReturn:
        self._owing = owed.frame
        refuse_owed(self._language, g, owed, event)

    def _loop_body(self, g: Goroutine, event: Event) -> Body | None:
        """A frame below the running one acts: lawful if that is the body of its range-over-func loop."""
        for entry in islice(reversed(g.stack), 1, None):
            if not isinstance(entry, Frame):
                continue
            function = self._functions[entry.function]
            if isinstance(event, Enter):
                owns = function.first_line <= event.line <= function.last_line
            else:
                owns = entry.activation == event.activation
            if owns and function.ranges and not entry.returning:
                body = Body(entry)
                g.stack.append(body)
                return body
        return None

    def _recover(self, g: Goroutine, frame: Frame, event: Recover) -> None:
        got = event.value
        panic = frame.run_by
        if panic is None or panic.goexit or panic.recovered:
            if got != NIL:
                raise Broken(rules.RECOVER_GIVES_NIL, "recover gives nil")
            return
        panic.recovered = True
        if panic.loose:
            others = [e.value for e in g.stack if isinstance(e, Unwind) and e is not panic]
            lawful = got != NIL and (got == panic.value or got not in others)
            owed = "recover gives the panic's value, which is not nil"
        elif panic.value is None:
            lawful, owed = got.startswith(RUNTIME_ERROR), "recover gives a run-time error"
        else:
            lawful, owed = got == panic.value, f"recover gives {panic.value}"
            # Foreign code may have recovered it, and the code below have hit a run-time error of its own.
            lawful = lawful or (panic.crossed and got.startswith(RUNTIME_ERROR))
        if not lawful:
            raise Broken(rules.RECOVER_GIVES_PANIC, owed)

    # --- Entering a function: free as a call, owed as a deferred call ------------------------------------------

    def _enter(self, event: Enter) -> None:
        if event.activation <= self._newest_activation:
            raise Broken(rules.TRACE_CONSISTENT, "every activation is entered once, in order")
        self._newest_activation = event.activation
        g = self._live.get(event.goroutine)
        if g is None:
            if event.goroutine > self._newest_goroutine:
                self._begin(event)
                return
            g = Goroutine(event.goroutine)
        state = settle(self._language, g, event)
        if type(state) is Owed:
            self._enter_deferred(g, state, event)
        elif isinstance(state, Rest):
            refuse_ended(g, event)
        elif shows_deferred_call(event):
            self._enter_unwound(g, state, event)
        else:
            self._enter_called(g, state, event)

    def _begin(self, event: Enter) -> None:
        """The first function of a goroutine."""
        if event.goroutine != self._newest_goroutine + 1:
            raise Broken(rules.TRACE_CONSISTENT, "goroutines are numbered in the order in which they are first seen")
        g = self._live[event.goroutine] = Goroutine(event.goroutine)
        self._newest_goroutine = event.goroutine
        starts = event.via is _START
        if not starts:
            g.stack.append(Foreign())
        if event.started or (starts and self._main_begun):
            self._take_start(event)
        elif starts and self._functions[event.function].name == "main":
            g.main = self._main_begun = True
        # Else initialisers call it before main begins, or code that is not traced starts goroutines of its own.
        g.stack.append(Frame(event.activation, event.function))

    def _take_start(self, event: Enter) -> None:
        """A go statement must be waiting for this call, unless foreign code starts it (time.AfterFunc)."""
        if self._starts.take(event.started, event.function):
            return
        if event.started or not any(f.foreign for f in self._functions):
            raise Broken(rules.GOROUTINE_START, "no go statement is waiting for this call")

    def _enter_unwound(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> None:
        """A deferred call begins though the running function did neither return nor panic before our eyes."""
        if event.via is _RUNTIME and len(g.stack) == 1 and isinstance(running, Foreign):
            # The runtime's own goroutine calls the next finalizer.
            g.stack.append(Frame(event.activation, event.function))
            return
        self._unwind_unseen(g, running, event)
        state = settle(self._language, g, event)
        if not isinstance(state, Owed):
            raise Broken(rules.DEFERRED_CALL_TWICE, "no deferred call is pending: the goroutine unwinds to its end")
        self._enter_deferred(g, state, event)

    def _unwind_unseen(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> None:
        """It hit a run-time error, or code that is not instrumented panicked or called Goexit."""
        unseen = self._language.acts_unseen(running)
        if event.via is _PANIC or event.via is _RUNTIME:
            begin_unwind(g, loose=unseen)
        elif event.via is _GOEXIT:
            if not unseen:
                raise Broken(rules.CONTROL_FLOW, "the running function goes on: it did not call Goexit")
            begin_unwind(g, goexit=True)
        elif is_pending(g, event.deferred):
            raise Broken(rules.DEFERRED_CALL_EARLY, "the running function goes on: it did not return")
        else:
            raise Broken(rules.DEFERRED_CALL_TWICE, "the running function goes on: no such deferred call is pending")

    def _enter_deferred(self, g: Goroutine, owed: Owed, event: Enter) -> None:
        frame = owed.frame
        if not (is_call_of(frame.pending[-1], event) and is_run_by(owed, event, self._functions)):
            self._refuse_owed(g, owed, event)
        frame.pending.pop()
        if event.function not in frame.ran:
            frame.ran |= {event.function}
        g.stack.append(Frame(event.activation, event.function, owed.by))

    def _enter_called(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> None:
        if event.via is _CODE:
            frame = running.owner if isinstance(running, Body) else running
            calls = isinstance(frame, Frame) and self._language.holds(frame, event.line)
            if not calls and self._loop_body(g, event) is None:
                refuse_call(self._language, g, event)
        elif event.via is _START:
            raise Broken(rules.GOROUTINE_START, "a new goroutine has a number of its own")
        elif not isinstance(running, Foreign):
            g.stack.append(Foreign())
        g.stack.append(Frame(event.activation, event.function))


def _still_comes(frame: Frame, rest: Iterable[Event]) -> bool:
    """Whether the newest deferred call of `frame` begins in `rest`. A function without a record is told by its
    name alone, and then another call of the deferring function would make deferred calls of its own."""
    pending = frame.pending[-1]
    for event in rest:
        if isinstance(event, Enter):
            if is_call_of(pending, event):
                return True
            if event.function == frame.function and pending.callee.kind is not CalleeKind.LITERAL:
                return False
    return False


_ACTS: dict[type, Callable[[Checker, Goroutine, Frame, Any], None]] = {
    Return: Checker._return,
    Defer: Checker._defer,
    Recover: Checker._recover,
    Panic: Checker._panic,
    Goexit: Checker._goexit,
    Go: Checker._go,
    Exit: Checker._exit,
}
"""What each event does that a running function makes."""

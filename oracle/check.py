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
from typing import Any, NoReturn

from oracle import loops, rules
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
from oracle.refuse import is_pending, refuse_astray, refuse_call, refuse_ended, refuse_lost, rule_broken
from oracle.rules import Broken, Rule
from oracle.settle import Language, Rest, State, begin_exit, begin_unwind, has_ended, settle
from oracle.stack import NIL, PANIC_NIL, RUNTIME_ERROR, Body, Foreign, Frame, Goroutine, Unwind
from oracle.starts import Starts
from oracle.words import describe_end, describe_event, describe_pending

# Bound once: on CPython 3.11 it takes as long to look a member up in its enum as to make a whole step.
_CODE, _PANIC, _GOEXIT, _RUNTIME, _START = Via.CODE, Via.PANIC, Via.GOEXIT, Via.RUNTIME, Via.START


class NotAnEvent(TypeError):
    """What was fed is none of the words of `oracle.events`, or points at no function of the table: the caller's
    mistake, no fault of the trace."""


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
    """Checks a trace event by event; memory grows with the live goroutines and their stacks, not with the trace (but
    for a number that is kept of each goroutine that Goexit ended)."""

    def __init__(self, functions: tuple[Function, ...], *, panic_nil_is_error: bool = True) -> None:
        self._functions = functions
        self._language = Language(functions, PANIC_NIL if panic_nil_is_error else NIL)
        self._live: dict[int, Goroutine] = {}
        self._main_begun = False
        self._ended_by_goexit: set[int] = set()
        self._starts = Starts()
        self._indices = range(len(functions))
        self._ranging = frozenset(i for i, f in enumerate(functions) if f.ranges)
        self._newest_goroutine = 0
        self._newest_activation = 0
        self._count = 0
        self._passed_over: Frame | None = None

    def feed(self, event: Event) -> Divergence | None:
        """Take the next event; the divergence if it breaks a rule. After one, the checker is spent."""
        return self.feed_all((event,))

    def feed_all(self, events: Iterable[Event]) -> Divergence | None:
        """Take the next events, up to the first that breaks a rule."""
        for event in events:
            try:
                if type(event) is Enter:
                    self._enter(event)
                else:
                    self._act(event)
            except Broken as broken:
                return Divergence(broken.rule, self._count, describe_event(event, self._functions), broken.owed)
            self._count += 1
        return None

    def reconsider(self, divergence: Divergence, rest: Iterable[Event]) -> Divergence:
        """The divergence under the name that the `rest` of the trace gives it: a deferred call that was passed over
        ran out of order if it still comes, and was lost if it does not."""
        if self._passed_over is None or _still_comes(self._passed_over, rest):
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

    def _act(self, event: Event) -> None:
        act = _ACTS.get(type(event))
        if act is None:
            raise NotAnEvent(f"event {self._count} is none: {event!r}")
        g = self._live.get(event.goroutine)
        if g is None:
            self._refuse_not_live(event)
        state = settle(self._language, g, event)
        if type(state) is Frame and state.activation == event.activation:
            act(self, g, state, event)
        else:
            act(self, g, self._loop_owner(g, state, event), event)

    def _refuse_not_live(self, event: Event) -> NoReturn:
        if event.goroutine > self._newest_goroutine:
            raise Broken(rules.TRACE_CONSISTENT, "the goroutine's first function is entered first")
        refuse_ended(
            Goroutine(event.goroutine, ended_by_goexit=event.goroutine in self._ended_by_goexit),
            deferred_call=isinstance(event, Enter) and shows_deferred_call(event),
        )

    def _return(self, g: Goroutine, frame: Frame, event: Return) -> None:
        frame.returning = True
        if type(g.stack[-1]) is Body:
            g.stack.pop()
        if not g.main:
            self._forget_ended(g, event)

    def _forget_ended(self, g: Goroutine, event: Event) -> None:
        """That a goroutine has ended, its number tells: it has been seen, and is not live."""
        if self._main_begun and has_ended(g, event):
            del self._live[g.number]
            if g.newest is not None:
                self._ended_by_goexit.add(g.number)

    def _defer(self, _: Goroutine, frame: Frame, event: Defer) -> None:
        frame.pending.append(event)

    def _panic(self, g: Goroutine, _: Frame, event: Panic) -> None:
        begin_unwind(g, value=self._language.panic_value(event.value))

    def _goexit(self, g: Goroutine, _: Frame, event: Goexit) -> None:
        begin_unwind(g, goexit=True)
        if not g.main:
            self._forget_ended(g, event)

    def _go(self, _: Goroutine, __: Frame, event: Go) -> None:
        self._starts.add(event.record, event.callee)

    def _exit(self, g: Goroutine, _: Frame, event: Exit) -> None:
        begin_exit(g, event.status)

    def _loop_owner(self, g: Goroutine, state: State, event: Event) -> Frame:
        """Not the running frame acts in `event`: then it must be the owner of a loop body that runs."""
        if isinstance(state, Owed):
            refuse_lost(self._language, state)
        if isinstance(state, Rest):
            refuse_ended(g)
        if isinstance(state, Body):
            return state.owner
        frame = loops.acting(g, event.activation)
        if frame is None:
            assert isinstance(state, Frame)  # Foreign code has no deeds that an event shows.
            refuse_astray(self._language, state)
        g.stack.append(Body(frame))
        return frame

    def _recover(self, g: Goroutine, frame: Frame, event: Recover) -> None:
        got = event.value
        panic = frame.run_by
        if panic is None or panic.goexit or panic.recovered:
            if got != NIL:
                raise Broken(rules.RECOVER_GIVES_NIL, "recover gives nil")
            return
        panic.recovered = True
        if panic.loose:
            lawful = got != NIL and (got == panic.value or not _is_in_progress(g, got))
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
        if event.function not in self._indices:
            raise NotAnEvent(f"event {self._count} enters a function that is not in the table: {event!r}")
        if event.activation <= self._newest_activation:
            raise Broken(rules.TRACE_CONSISTENT, "every activation is entered once, in order")
        self._newest_activation = event.activation
        g = self._live.get(event.goroutine)
        if g is None:
            g, by = self._begin(event), None
        else:
            by = self._make_call(g, event)
        frame = Frame(event.activation, event.function, by)
        g.stack.append(frame)
        if event.function in self._ranging:
            loops.remember(g, frame)

    def _begin(self, event: Enter) -> Goroutine:
        """A goroutine that is not live: `event` is the call that it begins with."""
        if event.goroutine <= self._newest_goroutine:
            self._refuse_not_live(event)
        self._newest_goroutine += 1
        if event.goroutine != self._newest_goroutine:
            raise Broken(rules.TRACE_CONSISTENT, "goroutines are numbered in the order in which they are first seen")
        g = self._live[event.goroutine] = Goroutine(event.goroutine)
        starts = event.via is _START
        if not starts:
            g.stack.append(Foreign())
        if event.started or (starts and self._main_begun):
            self._take_start(event)
        elif starts and self._functions[event.function].name == "main":
            g.main = self._main_begun = True
        # Else initialisers call it before main begins, or code that is not traced starts goroutines of its own.
        return g

    def _take_start(self, event: Enter) -> None:
        """A go statement must be waiting for this call, unless foreign code starts it (time.AfterFunc)."""
        if self._starts.take(event.started, event.function):
            return
        if event.started or not any(f.foreign for f in self._functions):
            raise Broken(rules.GOROUTINE_START, "no go statement is waiting for this call")

    def _make_call(self, g: Goroutine, event: Enter) -> Unwind | None:
        """A call in a live goroutine; the unwind that makes it, if one does."""
        state = settle(self._language, g, event)
        if type(state) is Owed:
            return self._make_deferred_call(g, state, event)
        if isinstance(state, Rest):
            refuse_ended(g, deferred_call=shows_deferred_call(event))
        if shows_deferred_call(event):
            return self._make_unseen_call(g, state, event)
        self._make_plain_call(g, state, event)
        return None

    def _make_deferred_call(self, g: Goroutine, owed: Owed, event: Enter) -> Unwind | None:
        frame = owed.frame
        if not (is_call_of(frame.pending[-1], event) and is_run_by(owed, event, self._functions)):
            rule = rule_broken(self._language, g, owed, event)
            if rule is rules.DEFERRED_CALL_ORDER:
                self._passed_over = frame
            raise Broken(rule, describe_pending(frame, self._functions))
        frame.pending.pop()
        if event.function not in frame.ran:
            frame.ran |= {event.function}
        return owed.by

    def _make_unseen_call(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> Unwind | None:
        """A deferred call begins though the running function did neither return nor panic before our eyes."""
        if event.via is _RUNTIME and len(g.stack) == 1 and isinstance(running, Foreign):
            # The runtime's own goroutine calls the next finalizer.
            return None
        self._unwind_unseen(g, running, event)
        state = settle(self._language, g, event)
        if not isinstance(state, Owed):
            raise Broken(rules.DEFERRED_CALL_TWICE, "no deferred call is pending: the goroutine unwinds to its end")
        return self._make_deferred_call(g, state, event)

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

    def _make_plain_call(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> None:
        if event.via is _CODE:
            frame = running.owner if isinstance(running, Body) else running
            if not (isinstance(frame, Frame) and self._language.holds(frame, event.line)):
                owner = loops.calling(self._language, g, event.line)
                if owner is None:
                    refuse_call(self._language, g, event)
                g.stack.append(Body(owner))
        elif event.via is _START:
            raise Broken(rules.GOROUTINE_START, "a new goroutine has a number of its own")
        elif not isinstance(running, Foreign):
            g.stack.append(Foreign())


def _is_in_progress(g: Goroutine, value: str) -> bool:
    """Whether a panic with that value is."""
    panic = g.newest
    while panic is not None and panic.value != value:
        panic = panic.older
    return panic is not None


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

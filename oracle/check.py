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

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn

from oracle import rules
from oracle.ending import finish
from oracle.events import (
    Callee,
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
from oracle.rules import Broken, Rule
from oracle.settle import UNWINDING, Language, Owed, Rest, exit_status, settle
from oracle.stack import NIL, PANIC_NIL, RUNTIME_ERROR, Body, Foreign, Frame, Goroutine, Pending, Unwind
from oracle.words import describe_end, describe_event, describe_pending


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
    for event in rest:
        if divergence := checker.feed(event):
            return checker.reconsider(divergence, rest)
    return checker.finish(end)


class Checker:
    """Checks a trace event by event; memory grows with the live stacks only, not with the trace."""

    def __init__(self, functions: tuple[Function, ...], *, panic_nil_is_error: bool = True) -> None:
        self._functions = functions
        self._language = Language(functions, PANIC_NIL if panic_nil_is_error else NIL)
        self._goroutines: dict[int, Goroutine] = {}
        self._waiting: dict[int, Callee] = {}
        self._newest_activation = 0
        self._count = 0
        self._passed_over: Frame | None = None

    def feed(self, event: Event) -> Divergence | None:
        """Take the next event; the divergence if it breaks a rule. After one, the checker is spent."""
        try:
            self._take(event)
        except Broken as broken:
            return Divergence(broken.rule, self._count, describe_event(event, self._functions), broken.owed)
        self._count += 1
        return None

    def reconsider(self, divergence: Divergence, rest: Iterable[Event]) -> Divergence:
        """The divergence under the name that the `rest` of the trace gives it: a deferred call that was passed over
        ran out of order if it still comes, and was lost if it does not."""
        frame = self._passed_over
        if frame is None or self._still_comes(frame, rest):
            return divergence
        return replace(divergence, rule=rules.DEFERRED_CALL_LOST)

    def _still_comes(self, frame: Frame, rest: Iterable[Event]) -> bool:
        """Whether the newest deferred call of `frame` begins in `rest`. A function without a record is told by its
        name alone, and then another call of the deferring function would make deferred calls of its own."""
        pending = frame.pending[-1]
        for event in rest:
            if isinstance(event, Enter):
                if self._is_call_of(pending, event):
                    return True
                if event.function == frame.function and pending.callee.kind is not CalleeKind.LITERAL:
                    return False
        return False

    def finish(self, end: End) -> Divergence | None:
        """The process ended: was everything done that had to be?"""
        try:
            finish(self._language, self._goroutines.values(), end, self._waiting.values())
        except Broken as broken:
            return Divergence(broken.rule, self._count, describe_end(end), broken.owed)
        return None

    # --- Free events -------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        if isinstance(event, Enter):
            self._enter(event)
            return
        g = self._goroutines.get(event.goroutine)
        if g is None:
            raise Broken(rules.TRACE_CONSISTENT, "the goroutine's first function is entered first")
        frame = self._acting(g, event)
        match event:
            case Return():
                frame.returning = True
                if isinstance(g.stack[-1], Body):
                    g.stack.pop()
            case Defer():
                frame.pending.append(Pending(event.record, event.line, event.callee))
            case Recover():
                self._recover(g, frame, event.value)
            case Panic():
                g.stack.append(Unwind(goexit=False, value=self._language.panic_value(event.value)))
            case Goexit():
                g.stack.append(Unwind(goexit=True))
            case Go():
                self._waiting[event.record] = event.callee
            case Exit():
                g.exiting = exit_status(event.status)

    def _acting(self, g: Goroutine, event: Event) -> Frame:
        """The frame that acts in `event`: it must be the one that runs."""
        state = settle(self._language, g, event)
        if isinstance(state, Owed):
            self._refuse_owed(g, state, event)
        if isinstance(state, Rest):
            self._refuse_ended(g, event)
        top = state.owner if isinstance(state, Body) else state
        if isinstance(top, Frame) and top.activation == event.activation:
            return top
        if body := self._loop_body(g, event):
            return body.owner
        return self._refuse_astray(g)

    def _loop_body(self, g: Goroutine, event: Event) -> Body | None:
        """A frame below the running one acts: lawful if that is the body of its range-over-func loop."""
        for entry in reversed(g.stack[:-1]):
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

    def _recover(self, g: Goroutine, frame: Frame, got: str) -> None:
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
        g = self._goroutines.get(event.goroutine)
        if g is None:
            g = self._goroutines[event.goroutine] = self._new_goroutine(event)
            g.stack.append(Frame(event.activation, event.function))
            return
        state = settle(self._language, g, event)
        if event.via is Via.RUNTIME and len(g.stack) == 1 and isinstance(g.stack[0], Foreign):
            # The runtime's own goroutine calls the next finalizer.
            g.stack.append(Frame(event.activation, event.function))
            return
        if not isinstance(state, Owed | Rest) and self._shows_unwinding(event):
            self._unwind_unseen(g, event, state)
            state = settle(self._language, g, event)
            if not isinstance(state, Owed):
                raise Broken(
                    rules.DEFERRED_CALL_TWICE, "no deferred call is pending: the goroutine unwinds to its end"
                )
        if isinstance(state, Owed):
            self._enter_deferred(g, state, event)
        elif isinstance(state, Rest):
            self._refuse_ended(g, event)
        else:
            self._enter_called(g, state, event)

    def _new_goroutine(self, event: Enter) -> Goroutine:
        begun = any(g.main for g in self._goroutines.values())
        starts = event.via is Via.START
        g = Goroutine(event.goroutine, main=starts and not begun and self._functions[event.function].name == "main")
        if not starts:
            g.stack.append(Foreign())
        if event.started or (starts and begun):
            self._take_waiting(event)
        # Else initialisers call it before main begins, or code that is not traced starts goroutines of its own.
        return g

    def _take_waiting(self, event: Enter) -> None:
        """A go statement must be waiting for this call: each starts one goroutine."""
        for record, callee in self._waiting.items():
            if record == event.started or (not event.started and self._may_start(callee, event.function)):
                del self._waiting[record]
                return
        if not event.started and any(f.foreign for f in self._functions):
            # Foreign code starts goroutines of its own (time.AfterFunc).
            return
        raise Broken(rules.GOROUTINE_START, "no go statement is waiting for this call")

    @staticmethod
    def _may_start(callee: Callee, function: int) -> bool:
        return callee.kind is CalleeKind.VALUE or function in callee.functions

    @staticmethod
    def _shows_unwinding(event: Enter) -> bool:
        return event.via in UNWINDING or event.deferred != 0

    def _unwind_unseen(self, g: Goroutine, event: Enter, running: Frame | Foreign | Body) -> None:
        """A deferred call begins though the running function did neither return nor panic before our eyes: it
        hit a run-time error, or code that is not instrumented panicked or called Goexit."""
        foreign = self._may_act_unseen(running)
        match event.via:
            case Via.PANIC | Via.RUNTIME:
                g.stack.append(Unwind(goexit=False, loose=foreign))
            case Via.GOEXIT if foreign:
                g.stack.append(Unwind(goexit=True))
            case Via.GOEXIT:
                raise Broken(rules.CONTROL_FLOW, "the running function goes on: it did not call Goexit")
            case _ if self._is_pending(g, event.deferred):
                raise Broken(rules.DEFERRED_CALL_EARLY, "the running function goes on: it did not return")
            case _:
                raise Broken(
                    rules.DEFERRED_CALL_TWICE, "the running function goes on: no such deferred call is pending"
                )

    def _may_act_unseen(self, running: Frame | Foreign | Body) -> bool:
        if isinstance(running, Foreign):
            return True
        frame = running.owner if isinstance(running, Body) else running
        return self._functions[frame.function].foreign

    def _enter_deferred(self, g: Goroutine, owed: Owed, event: Enter) -> None:
        frame = owed.frame
        if not (self._is_call_of(frame.pending[-1], event) and self._is_run_by(owed, event)):
            self._refuse_owed(g, owed, event)
        frame.pending.pop()
        frame.ran |= {event.function}
        if owed.by is not None:
            owed.by.target = frame
        g.stack.append(Frame(event.activation, event.function, run_by=owed.by))

    @staticmethod
    def _is_call_of(pending: Pending, event: Enter) -> bool:
        match pending.callee.kind:
            case CalleeKind.LITERAL:
                return event.deferred == pending.record or (
                    event.deferred == 0 and event.function in pending.callee.functions
                )
            case CalleeKind.FUNCTION | CalleeKind.METHOD:
                return event.deferred == 0 and event.function in pending.callee.functions
            case _:
                return event.deferred == 0

    def _is_run_by(self, owed: Owed, event: Enter) -> bool:
        if event.via is Via.RUNTIME:
            return True
        if owed.by is not None:
            return event.via is (Via.GOEXIT if owed.by.goexit else Via.PANIC)
        function = self._functions[owed.frame.function]
        return event.via is Via.CODE and function.first_line <= event.line <= function.last_line

    def _enter_called(self, g: Goroutine, running: Frame | Foreign | Body, event: Enter) -> None:
        if event.via is Via.FOREIGN:
            if not isinstance(running, Foreign):
                g.stack.append(Foreign())
        elif event.via is Via.CODE:
            frame = running.owner if isinstance(running, Body) else running
            calls = isinstance(frame, Frame) and self._language.holds(frame, event.line)
            if not calls and self._loop_body(g, event) is None:
                self._refuse_call(g, event)
        else:
            raise Broken(rules.GOROUTINE_START, "a new goroutine has a number of its own")
        g.stack.append(Frame(event.activation, event.function))

    # --- Which rule was broken ------------------------------------------------------------------------------

    def _refuse_owed(self, g: Goroutine, owed: Owed, event: Event) -> NoReturn:
        """Something else came than the deferred call that is owed: lost, out of order, or run again?"""
        rule = rules.DEFERRED_CALL_LOST
        if isinstance(event, Enter):
            if any(self._is_call_of(p, event) for p in owed.frame.pending[:-1]):
                rule = rules.DEFERRED_CALL_ORDER
                self._passed_over = owed.frame
            elif self._ran_before(g, owed, event):
                rule = rules.DEFERRED_CALL_TWICE
        raise Broken(rule, describe_pending(owed.frame, self._functions))

    def _ran_before(self, g: Goroutine, owed: Owed, event: Enter) -> bool:
        """Whether what begins has run as a deferred call already: its record is no longer pending, or, where it has
        none, it looks like a call of a frame that control has not left, whose deferred calls entered its function."""
        if event.deferred:
            return not self._is_pending(g, event.deferred)
        if event.via in UNWINDING:
            above = g.stack[g.stack.index(owed.frame) :]
            return any(event.function in entry.ran for entry in above if isinstance(entry, Frame))
        return self._is_run_by(owed, event) and event.function in owed.frame.ran

    def _refuse_call(self, g: Goroutine, event: Enter) -> NoReturn:
        """A call from lines that are not the running function's."""
        left = g.left
        if left is not None and self._language.holds(left, event.line) and event.function in left.ran:
            raise Broken(rules.DEFERRED_CALL_TWICE, "the deferring function has returned: nothing of it is pending")
        raise Broken(rules.CONTROL_FLOW, "a call made by the running function")

    def _refuse_ended(self, g: Goroutine, event: Event) -> NoReturn:
        if g.exiting is not None:
            raise Broken(rules.PROCESS_END, f"the process exits with status {g.exiting}")
        if isinstance(event, Enter) and self._shows_unwinding(event):
            why = "the process dies by the uncaught panic" if g.dying else "the goroutine has ended"
            raise Broken(rules.DEFERRED_CALL_TWICE, f"{why}: no deferred call is pending")
        if g.dying:
            raise Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")
        if g.ended_by_goexit:
            raise Broken(rules.GOEXIT_UNWINDS, "the goroutine has ended by Goexit")
        raise Broken(rules.GOROUTINE_END, "the goroutine has ended")

    def _refuse_astray(self, g: Goroutine) -> NoReturn:
        top = g.stack[-1]
        frame = top.owner if isinstance(top, Body) else top
        name = self._functions[frame.function].name if isinstance(frame, Frame) else "foreign code"
        raise Broken(rules.CONTROL_FLOW, f"{name} goes on: it is the function that runs")

    @staticmethod
    def _is_pending(g: Goroutine, record: int) -> bool:
        return any(p.record == record for f in g.stack if isinstance(f, Frame) for p in f.pending)

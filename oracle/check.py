"""An observed trace -> None if it conforms to the language's rules, else the first divergence.

Free and owed events: the program is free to call, defer, panic, recover, call Goexit, return, start goroutines and
exit; the runtime owes which deferred call runs next, what recover gives, where control goes on, how goroutine and
process end. The whole trace must be consumed and at rest at the process's end.

Works on the events alone, no program is known. What no event shows is decided from evidence that the next event
carries (`Via`), never guessed: a run-time error shows as a deferred call that gopanic runs; code that is not
instrumented may recover or panic between two events.

Not modelled: a panic that foreign code catches and replaces by another value; panics that cross an iter.Pull
coroutine; the text of tracebacks; scheduling between goroutines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from oracle import rules
from oracle.events import (
    CalleeKind,
    Defer,
    End,
    EndKind,
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
from oracle.rules import Rule
from oracle.stack import (
    NIL,
    NIL_DEREFERENCE,
    PANIC_NIL,
    RUNTIME_ERROR,
    Body,
    Foreign,
    Frame,
    Goroutine,
    Pending,
    Unwind,
)
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


@dataclass(frozen=True, slots=True)
class _Owed:
    """A deferred call that must be the goroutine's next event: `frame`'s newest, run by `by` (None: by its return)."""

    frame: Frame
    by: Unwind | None


class _Broken(Exception):
    def __init__(self, rule: Rule, owed: str) -> None:
        self.rule = rule
        self.owed = owed


_UNWINDING = (Via.PANIC, Via.GOEXIT, Via.RUNTIME)
_VISIBLE = frozenset({CalleeKind.LITERAL, CalleeKind.FUNCTION, CalleeKind.VALUE})
_AT_REST, _ENDED = "at rest", "ended"


def check(
    functions: tuple[Function, ...], events: Iterable[Event], end: End, *, panic_nil_is_error: bool = True
) -> Divergence | None:
    """Check one whole trace. `panic_nil_is_error`: panic(nil) becomes a PanicNilError (Go 1.21 and later)."""
    checker = Checker(functions, panic_nil_is_error=panic_nil_is_error)
    for event in events:
        if divergence := checker.feed(event):
            return divergence
    return checker.finish(end)


class Checker:
    """Checks a trace event by event; memory grows with the live stacks only, not with the trace."""

    def __init__(self, functions: tuple[Function, ...], *, panic_nil_is_error: bool = True) -> None:
        self._functions = functions
        self._panic_nil = PANIC_NIL if panic_nil_is_error else NIL
        self._goroutines: dict[int, Goroutine] = {}
        self._started: set[int] = set()
        self._newest_activation = 0
        self._newest_record = 0
        self._count = 0

    def feed(self, event: Event) -> Divergence | None:
        """Take the next event; the divergence if it breaks a rule. After one, the checker is spent."""
        try:
            self._take(event)
        except _Broken as broken:
            return Divergence(broken.rule, self._count, describe_event(event, self._functions), broken.owed)
        self._count += 1
        return None

    def finish(self, end: End) -> Divergence | None:
        """The process ended: was everything done that had to be?"""
        try:
            self._end(end)
        except _Broken as broken:
            return Divergence(broken.rule, self._count, describe_end(end), broken.owed)
        return None

    # --- Free events -------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        if isinstance(event, Enter):
            self._enter(event)
            return
        g = self._goroutines.get(event.goroutine)
        if g is None:
            raise _Broken(rules.TRACE_CONSISTENT, "the goroutine's first function is entered first")
        frame = self._acting(g, event)
        match event:
            case Return():
                frame.returning = True
                if isinstance(g.stack[-1], Body):
                    g.stack.pop()
            case Defer():
                self._new_record(event.record)
                frame.pending.append(Pending(event.record, event.line, event.callee))
            case Recover():
                self._recover(frame, event.value)
            case Panic():
                value = self._panic_nil if event.value == NIL else event.value
                g.stack.append(Unwind(goexit=False, value=value))
            case Goexit():
                g.stack.append(Unwind(goexit=True))
            case Go():
                self._new_record(event.record)
                self._started.add(event.record)
            case Exit():
                g.exiting = event.status

    def _acting(self, g: Goroutine, event: Event) -> Frame:
        """The frame that acts in `event`: it must be the one that runs."""
        state = self._settle(g, event)
        if isinstance(state, _Owed):
            self._refuse_owed(g, state, event)
        if isinstance(state, str):
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

    def _recover(self, frame: Frame, got: str) -> None:
        panic = frame.run_by
        if panic is None or panic.goexit or panic.recovered:
            if got != NIL:
                raise _Broken(rules.RECOVER_GIVES_NIL, "recover gives nil")
            return
        panic.recovered = True
        if panic.loose:
            lawful, owed = got != NIL, "recover gives the panic's value, which is not nil"
        elif panic.value is None:
            lawful, owed = got.startswith(RUNTIME_ERROR), "recover gives a run-time error"
        else:
            lawful, owed = got == panic.value, f"recover gives {panic.value}"
        if not lawful:
            raise _Broken(rules.RECOVER_GIVES_PANIC, owed)

    # --- Entering a function: free as a call, owed as a deferred call ------------------------------------------

    def _enter(self, event: Enter) -> None:
        if event.activation <= self._newest_activation:
            raise _Broken(rules.TRACE_CONSISTENT, "every activation is entered once, in order")
        self._newest_activation = event.activation
        g = self._goroutines.get(event.goroutine)
        if g is None:
            g = self._goroutines[event.goroutine] = self._new_goroutine(event)
            g.stack.append(Frame(event.activation, event.function))
            return
        state = self._settle(g, event)
        if not isinstance(state, _Owed | str) and self._shows_unwinding(event):
            self._unwind_unseen(g, event, state)
            state = self._settle(g, event)
            if not isinstance(state, _Owed):
                raise _Broken(rules.DEFERRED_CALL_TWICE, "no deferred call is pending: the goroutine unwinds to its end")
        if isinstance(state, _Owed):
            self._enter_deferred(g, state, event)
        elif isinstance(state, str):
            self._refuse_ended(g, event)
        else:
            self._enter_called(g, state, event)

    def _new_goroutine(self, event: Enter) -> Goroutine:
        g = Goroutine(event.goroutine, main=not self._goroutines)
        if event.started:
            if event.started not in self._started:
                raise _Broken(rules.GOROUTINE_START, f"no go statement is waiting with record {event.started}")
            self._started.remove(event.started)
        if event.via is not Via.START:
            g.stack.append(Foreign())
        return g

    @staticmethod
    def _shows_unwinding(event: Enter) -> bool:
        return event.via in _UNWINDING or event.deferred != 0

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
                raise _Broken(rules.CONTROL_FLOW, "the running function goes on: it did not call Goexit")
            case _ if self._is_pending(g, event.deferred):
                raise _Broken(rules.DEFERRED_CALL_EARLY, "the running function goes on: it did not return")
            case _:
                raise _Broken(rules.DEFERRED_CALL_TWICE, "the running function goes on: no such deferred call is pending")

    def _may_act_unseen(self, running: Frame | Foreign | Body) -> bool:
        if isinstance(running, Foreign):
            return True
        frame = running.owner if isinstance(running, Body) else running
        return self._functions[frame.function].foreign

    def _enter_deferred(self, g: Goroutine, owed: _Owed, event: Enter) -> None:
        frame = owed.frame
        if not (self._is_call_of(frame.pending[-1], event) and self._is_run_by(owed, event)):
            self._refuse_owed(g, owed, event)
        frame.pending.pop()
        if owed.by is not None:
            owed.by.target = frame
        g.stack.append(Frame(event.activation, event.function, deferred=True, run_by=owed.by))

    @staticmethod
    def _is_call_of(pending: Pending, event: Enter) -> bool:
        match pending.callee.kind:
            case CalleeKind.LITERAL:
                return event.deferred == pending.record or (
                    event.deferred == 0 and event.function in pending.callee.functions
                )
            case CalleeKind.FUNCTION:
                return event.deferred == 0 and event.function in pending.callee.functions
            case _:
                return event.deferred == 0

    def _is_run_by(self, owed: _Owed, event: Enter) -> bool:
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
            calls = isinstance(frame, Frame) and self._holds(frame, event.line)
            if not calls and self._loop_body(g, event) is None:
                raise _Broken(rules.CONTROL_FLOW, "a call made by the running function")
        else:
            raise _Broken(rules.GOROUTINE_START, "a new goroutine has a number of its own")
        g.stack.append(Frame(event.activation, event.function))

    def _holds(self, frame: Frame, line: int) -> bool:
        function = self._functions[frame.function]
        return function.first_line <= line <= function.last_line

    # --- What control has to finish: silent steps, then at rest or owing ---------------------------------------

    def _settle(self, g: Goroutine, event: Event | None) -> Frame | Foreign | Body | _Owed | str:
        """Take all steps that no event shows, in the light of the next event; say what must come.

        A frame, loop body or foreign code that runs (free), a deferred call that is owed, or that the goroutine
        has nothing left to do.
        """
        stack = g.stack
        while stack and g.exiting is None:
            top = stack[-1]
            if isinstance(top, Unwind):
                frame = self._next_target(g, top, event)
                if frame is None:
                    if top in stack and stack[-1] is top:
                        return self._unwound(g, top)
                    continue
                step = self._step_deferred(g, frame, top, event)
            elif isinstance(top, Frame):
                if not top.returning:
                    return top
                if not top.pending:
                    stack.pop()
                    self._finished(g, top)
                    continue
                step = self._step_deferred(g, top, None, event)
            elif isinstance(top, Foreign):
                if isinstance(event, Enter) and (event.via is Via.FOREIGN or event.via in _UNWINDING):
                    return top
                stack.pop()
                self._finished(g, top)
                continue
            else:
                if event is None or self._in_body(top, event):
                    return top
                stack.pop()
                continue
            if step is not None:
                return step
        return _ENDED

    def _in_body(self, body: Body, event: Event) -> bool:
        if isinstance(event, Enter):
            return event.via is not Via.CODE or self._holds(body.owner, event.line)
        return event.activation == body.owner.activation

    def _step_deferred(self, g: Goroutine, frame: Frame, by: Unwind | None, event: Event | None) -> _Owed | Foreign | None:
        """The next deferred call of `frame`: owed if it can be seen, else done here, silently."""
        callee = frame.pending[-1].callee
        if callee.kind in _VISIBLE:
            return _Owed(frame, by)
        frame.pending.pop()
        if by is not None:
            by.target = frame
        match callee.kind:
            case CalleeKind.PANIC:
                g.stack.append(Unwind(goexit=False, value=self._panic_nil if callee.value == NIL else callee.value))
            case CalleeKind.NIL:
                g.stack.append(Unwind(goexit=False, value=NIL_DEREFERENCE))
            case CalleeKind.GOEXIT:
                g.stack.append(Unwind(goexit=True))
            case CalleeKind.EXIT:
                g.exiting = int(callee.value)
            case CalleeKind.FOREIGN:
                return self._step_foreign(g, by, event)
            case _:
                pass
        return None

    @staticmethod
    def _step_foreign(g: Goroutine, by: Unwind | None, event: Event | None) -> Foreign | None:
        """A deferred call of foreign code: the next event shows whether it called back or panicked."""
        if isinstance(event, Enter):
            if event.via is Via.FOREIGN:
                foreign = Foreign(deferred=True, run_by=by)
                g.stack.append(foreign)
                return foreign
            if by is None and event.via in (Via.PANIC, Via.GOEXIT):
                g.stack.append(Unwind(goexit=event.via is Via.GOEXIT, loose=True))
        if by is not None and not by.goexit:
            by.loose = True
        return None

    def _next_target(self, g: Goroutine, unwind: Unwind, event: Event | None) -> Frame | None:
        """The next frame below `unwind` with a pending deferred call. Foreign code on the way may have recovered
        the panic: if the next event is no deferred call, it did, and control is back in the frame below it."""
        for index in range(len(g.stack) - 2, -1, -1):
            entry = g.stack[index]
            if isinstance(entry, Frame) and entry.pending:
                return entry
            if isinstance(entry, Foreign) and not unwind.goexit and event is not None:
                if isinstance(event, Enter) and event.via in _UNWINDING:
                    continue
                del g.stack[index:]
                self._finished(g, entry)
                return None
        return None

    def _unwound(self, g: Goroutine, unwind: Unwind) -> str:
        if unwind.goexit:
            g.stack.clear()
            g.ended_by_goexit = True
        else:
            g.dying = True
        return _ENDED

    def _finished(self, g: Goroutine, call: Frame | Foreign) -> None:
        """A call returned: if a panic ran it and it recovered, the recovery takes place now."""
        panic = call.run_by
        if panic is None or not panic.recovered:
            return
        frame = panic.target
        assert frame is not None
        base = g.stack.index(frame)
        for index in range(len(g.stack) - 1, base, -1):
            entry = g.stack[index]
            if isinstance(entry, Unwind) and entry.goexit:
                del g.stack[index + 1 :]
                return
        del g.stack[base + 1 :]
        frame.returning = True

    # --- The end of the process -------------------------------------------------------------------------------

    def _end(self, end: End) -> None:
        if end.kind in (EndKind.KILLED, EndKind.FATAL):
            return
        states = {g: self._settle(g, None) for g in self._goroutines.values()}
        exiting = [g for g in states if g.exiting is not None]
        dying = [g for g in states if g.dying]
        main = next((g for g in states if g.main), None)
        match end.kind:
            case EndKind.EXITED if end.status != 0 or exiting:
                self._end_by_exit(end.status, exiting, main)
            case EndKind.RETURNED | EndKind.EXITED:
                self._end_by_return(main, dying, exiting)
            case EndKind.PANICKED:
                self._end_by_panic(states, dying)
            case EndKind.MAIN_GOEXIT:
                if main is None or not main.ended_by_goexit:
                    self._refuse_end(main, "main has not called Goexit")
                self._all_blocked(states)
            case _:
                self._all_blocked(states)

    def _end_by_exit(self, status: int, exiting: list[Goroutine], main: Goroutine | None) -> None:
        if any(g.exiting == status for g in exiting):
            return
        if exiting:
            raise _Broken(rules.PROCESS_END, f"the process exits with status {exiting[0].exiting}")
        if any(self._functions[f.function].foreign for g in self._goroutines.values() for f in g.stack if isinstance(f, Frame)):
            return
        self._refuse_end(main, "nothing called os.Exit")

    def _end_by_return(self, main: Goroutine | None, dying: list[Goroutine], exiting: list[Goroutine]) -> None:
        if dying:
            raise _Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")
        if exiting:
            if exiting[0].exiting != 0:
                raise _Broken(rules.PROCESS_END, f"the process exits with status {exiting[0].exiting}")
            return
        if main is not None and (main.stack or main.ended_by_goexit):
            self._refuse_end(main, "main has not returned")

    def _end_by_panic(self, states: dict[Goroutine, Frame | Foreign | Body | _Owed | str], dying: list[Goroutine]) -> None:
        if dying:
            return
        owing: _Owed | None = None
        for g, state in states.items():
            if isinstance(state, Frame | Foreign | Body):
                g.stack.append(Unwind(goexit=False, loose=True))
                settled = self._settle(g, None)
            else:
                settled = state
            if g.dying:
                return
            if isinstance(settled, _Owed):
                owing = owing or settled
        if owing is not None:
            raise _Broken(rules.DEFERRED_CALL_LOST, describe_pending(owing.frame, self._functions))
        raise _Broken(rules.UNCAUGHT_PANIC, "the process goes on: no panic is uncaught")

    def _all_blocked(self, states: dict[Goroutine, Frame | Foreign | Body | _Owed | str]) -> None:
        """Every goroutine is asleep: then none may owe a deferred call or an exit, and no panic may be uncaught."""
        for g, state in states.items():
            if g.exiting is not None:
                raise _Broken(rules.PROCESS_END, f"the process exits with status {g.exiting}")
            if isinstance(state, _Owed):
                raise _Broken(rules.DEFERRED_CALL_LOST, describe_pending(state.frame, self._functions))
            if g.dying:
                raise _Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")

    def _refuse_end(self, main: Goroutine | None, why: str) -> NoReturn:
        state = self._settle(main, None) if main is not None else _ENDED
        if isinstance(state, _Owed):
            raise _Broken(rules.DEFERRED_CALL_LOST, describe_pending(state.frame, self._functions))
        raise _Broken(rules.PROCESS_END, f"the process goes on: {why}")

    # --- Which rule was broken ------------------------------------------------------------------------------

    def _refuse_owed(self, g: Goroutine, owed: _Owed, event: Event) -> NoReturn:
        """Something else came than the deferred call that is owed: lost, out of order, or run again?"""
        rule = rules.DEFERRED_CALL_LOST
        if isinstance(event, Enter):
            if any(self._is_call_of(p, event) for p in owed.frame.pending[:-1]):
                rule = rules.DEFERRED_CALL_ORDER
            elif event.deferred and not self._is_pending(g, event.deferred):
                rule = rules.DEFERRED_CALL_TWICE
        raise _Broken(rule, describe_pending(owed.frame, self._functions))

    def _refuse_ended(self, g: Goroutine, event: Event) -> NoReturn:
        if g.dying:
            raise _Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")
        if g.exiting is not None:
            raise _Broken(rules.PROCESS_END, f"the process exits with status {g.exiting}")
        if g.ended_by_goexit:
            raise _Broken(rules.GOEXIT_UNWINDS, "the goroutine has ended by Goexit")
        if isinstance(event, Enter) and event.deferred:
            raise _Broken(rules.DEFERRED_CALL_TWICE, "the goroutine has ended: no deferred call is pending")
        raise _Broken(rules.GOROUTINE_END, "the goroutine has ended")

    def _refuse_astray(self, g: Goroutine) -> NoReturn:
        top = g.stack[-1]
        frame = top.owner if isinstance(top, Body) else top
        name = self._functions[frame.function].name if isinstance(frame, Frame) else "foreign code"
        raise _Broken(rules.CONTROL_FLOW, f"{name} goes on: it is the function that runs")

    @staticmethod
    def _is_pending(g: Goroutine, record: int) -> bool:
        return any(p.record == record for f in g.stack if isinstance(f, Frame) for p in f.pending)

    def _new_record(self, record: int) -> None:
        if record <= 0:
            raise _Broken(rules.TRACE_CONSISTENT, "records count from 1")
        self._newest_record = max(self._newest_record, record)

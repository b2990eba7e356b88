"""The trace that a run of a program would leave, in the words of `oracle.events`, from the model's own frames.

What `oracle.check` is given when no toolchain is at hand: it must accept every such trace, and refuse it with any
owed event changed. Function number n stands on the lines 1000n+1 to 1000n+999, its actions one a line from 1000n+2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from oracle import execute
from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    BY_RETURN,
    CALLED,
    STARTED,
    Code,
    Deed,
    Ending,
    Word,
    canonical_text,
    word,
)
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
from oracle.profile import POST_CL
from oracle.program import Defer as DeferAction
from oracle.program import Form, function_name
from oracle.program import Go as GoAction
from oracle.runtime import Machine
from oracle.runtime2 import Frame, G, Kind

_LINES: Final = 1000
_MANY: Final = 1000
"""Activations to remember before those that are over are forgotten."""
_VIA = {CALLED: Via.CODE, BY_RETURN: Via.CODE, BY_PANIC: Via.PANIC, BY_GOEXIT: Via.GOEXIT, STARTED: Via.START}
_KIND = {
    Form.CLOSURE: CalleeKind.LITERAL,
    Form.FUNCTION: CalleeKind.FUNCTION,
    Form.ARGUMENT: CalleeKind.FUNCTION,
    Form.VALUE: CalleeKind.VALUE,
    Form.METHOD: CalleeKind.METHOD,
    Form.PROMOTED: CalleeKind.METHOD,
}
_NO_GOROUTINES = "fatal error: no goroutines (main called runtime.Goexit) - deadlock!"


def functions(code: Code) -> tuple[Function, ...]:
    """The program's table of functions."""
    return tuple(
        Function(function_name(n), _LINES * n + 1, _LINES * n + _LINES - 1) for n in range(len(code.routines))
    )


def end(code: Code, ending: Ending) -> End:
    """How the process ends, as its parent sees it."""
    if ending.kind is EndKind.PANICKED:
        value, recovered = ending.chain[0]
        return End(ending.kind, 2, f"panic: {code.values[value]}{' [recovered]' if recovered else ''}")
    return End(ending.kind) if ending.kind is EndKind.RETURNED else End(ending.kind, 2, _NO_GOROUTINES)


def events(code: Code) -> Iterator[Event]:
    """Yield a run's events as they happen; what is printed leaves none. Memory grows with the stack only."""
    scribe = _Scribe(code)
    m = execute.boot(code, POST_CL, scribe.take)
    scribe.attach(m)
    while m.ending is None:
        yield from scribe.written
        scribe.written.clear()
        execute.step(m)
    yield from scribe.written


class _Scribe:
    """Writes events down as they are told, with what the frames say of them at that moment.

    `pending`: records of executed defer statements and their actions, by the frame that executed them.
    """

    def __init__(self, code: Code) -> None:
        self.written: list[Event] = []
        self._code = code
        self._machine: Machine | None = None
        self._early: tuple[int, ...] = ()
        self._activations: dict[Frame, int] = {}
        self._pending: dict[Frame, list[tuple[int, DeferAction]]] = {}
        self._entered = 0
        self._records = 0

    def attach(self, machine: Machine) -> None:
        """The process, which had no name yet when main was entered."""
        self._machine = machine
        self.take(self._early)

    def take(self, told: tuple[int, ...]) -> None:
        """Events of the model."""
        if self._machine is None:
            self._early = told
            return
        for event in told:
            written = self._write(word(self._code, event), self._machine.g)
            if written is not None:
                self.written.append(written)

    def _write(self, told: Word, g: G) -> Event | None:
        frame = g.stack[-1]
        if told.deed is Deed.ENTER:
            return self._enter(told, g, frame)
        activation, line = self._activations[frame], _LINES * told.function + 2 + told.action
        match told.deed:
            case Deed.DEFER:
                return self._defer(told, g, frame, line)
            case Deed.GO:
                self._records += 1
                return Go(g.number, activation, line, self._records, self._callee_of_go(told))
            case Deed.PANIC:
                return Panic(g.number, activation, line, canonical_text(told.value))
            case Deed.RECOVER:
                return Recover(g.number, activation, line, canonical_text(told.value))
            case Deed.GOEXIT:
                return Goexit(g.number, activation, line)
            case Deed.RETURN:
                return Return(g.number, activation, line)
        return None

    def _enter(self, told: Word, g: G, frame: Frame) -> Enter:
        if len(self._activations) > _MANY:
            self._forget(g)
        self._entered += 1
        self._activations[frame] = self._entered
        line = record = 0
        if told.how == CALLED:
            line = self._line(g.stack[-2])
        elif told.how != STARTED:
            owner = _deferring(g)
            record = self._take_record(owner, told.function)
            if told.how == BY_RETURN:
                line = self._line(owner)
        return Enter(g.number, self._entered, told.function, _VIA[told.how], line, record)

    def _line(self, frame: Frame) -> int:
        """The line of the operation that a frame is at, its function's last line once it is behind them."""
        assert frame.routine is not None
        number, ops = frame.routine.number, frame.routine.ops
        if frame.pc > len(ops):
            return _LINES * number + _LINES - 1
        return _LINES * number + 2 + word(self._code, ops[frame.pc - 1][2]).action

    def _defer(self, told: Word, g: G, frame: Frame, line: int) -> Defer:
        self._records += 1
        action = self._code.program.functions[told.function].body[told.action]
        assert isinstance(action, DeferAction)
        self._pending.setdefault(frame, []).append((self._records, action))
        if action.function is None:
            callee = Callee(CalleeKind.NIL)
        else:
            callee = Callee(_KIND[action.form], () if action.form is Form.VALUE else (action.function,))
        return Defer(g.number, self._activations[frame], line, self._records, callee)

    def _take_record(self, owner: Frame, function: int) -> int:
        """The record that a deferred call carries: literals know theirs, others have 0. Calls of nil function values
        that were pending above it have had their turn."""
        pending = self._pending[owner]
        record, action = pending.pop()
        while action.function != function:
            record, action = pending.pop()
        return record if action.form is Form.CLOSURE else 0

    def _callee_of_go(self, told: Word) -> Callee:
        action = self._code.program.functions[told.function].body[told.action]
        assert isinstance(action, GoAction)
        return Callee(CalleeKind.FUNCTION, (action.function,))

    def _forget(self, g: G | None) -> None:
        """Drop what is known of frames that are no more."""
        live: set[Frame] = set()
        while g is not None:
            live.update(g.stack)
            g = g.parent
        self._activations = {f: n for f, n in self._activations.items() if f in live}
        self._pending = {f: p for f, p in self._pending.items() if f in live}


def _deferring(g: G) -> Frame:
    """The frame whose deferred call is being entered: a panic's or Goexit's p.sp tells, else it is the caller."""
    index = len(g.stack) - 2
    while g.stack[index].kind is Kind.WRAPPER:
        index -= 1
    below = g.stack[index]
    if below.panic is None:
        return below
    if below.panic.deferreturn:
        return g.stack[index - 1]
    return next(frame for frame in reversed(g.stack) if frame.sp == below.panic.sp)

"""The language's rules as one small interpreter over programs: what a program must do, and how it must end.

Knows nothing of any runtime: functions call each other, pending deferred calls are a list in each frame, and a panic
is a value that is looked at, never a Python exception. `oracle.runtime` knows nothing of this module; both must give
the same events for every program.

How control leaves a call is what `_call` and `_unwind` return: None if it goes on in the caller; the frame in which a
panic was recovered, or the Goexit that stands in its way, if it goes on there; ENDED if the goroutine is over.

Not modelled: the text of tracebacks, addresses, scheduling (a goroutine that is started runs to its end at once).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    BY_RETURN,
    CALL,
    CALL_AND_SHOW,
    CALLED,
    FAULT_VALUES,
    GO,
    GOEXIT,
    NIL_VALUE,
    PANIC,
    READ,
    RECOVER,
    RECOVER_AND_SHOW,
    SET,
    SET_OUTER,
    SHOWN,
    STARTED,
    Code,
    Ending,
    Routine,
    Statement,
)
from oracle.events import EndKind
from oracle.program import FaultKind

Emit = Callable[[tuple[int, ...]], object]
"""Takes the events (see `oracle.code`), some at a time: a list's `extend`, or anything that streams."""

_Frame = tuple[list[Statement], list[int]]
"""One activation: its pending deferred calls, the newest last, and the cell that holds its result."""


class _Ended:
    """The goroutine is over."""


_ENDED: Final = _Ended()
_RETURNED: Final = Ending(EndKind.RETURNED)
_MAIN_GOEXIT: Final = Ending(EndKind.MAIN_GOEXIT)


class _Unwind:
    """A panic or Goexit under way. `depth`: frames on the stack when it began."""

    __slots__ = ("depth", "goexit", "recovered", "value")

    def __init__(self, depth: int, value: int, goexit: bool) -> None:
        self.depth = depth
        self.value = value
        self.goexit = goexit
        self.recovered = False


_Left = _Frame | _Unwind | _Ended | None


class _Machine:
    """`frames`: the running goroutine's stack, innermost last, without functions that defer nothing; `unwinds`: its
    panics and Goexits under way, newest last; `result`: of the call that returned last; `died`: how the process
    ended, if by a panic."""

    __slots__ = ("died", "emit", "frames", "result", "unwinds")

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.frames: list[_Frame] = []
        self.unwinds: list[_Unwind] = []
        self.result = 0
        self.died: Ending | None = None


def run(code: Code, emit: Emit) -> Ending:
    """Tell `emit` every event that the language owes a run of the program; return how its process must end.

    It ends when main returns, by a panic that nothing recovers, or, if main called Goexit, for want of goroutines
    (go.dev/ref/spec#Program_execution, pkg.go.dev/runtime#Goexit).
    """
    return run_routine(code.main, emit)


def run_routine(main: Routine, emit: Emit) -> Ending:
    """The same, with any function of compiled code for main."""
    m = _Machine(emit)
    left = _call(m, main, STARTED, None, None)
    if m.died is not None:
        return m.died
    return _RETURNED if left is None else _MAIN_GOEXIT


def _call(m: _Machine, routine: Routine, how: int, by: _Unwind | None, outer: list[int] | None) -> _Left:
    """Run a function. `by`: the unwind that runs it as a deferred call, None if it is called or a return runs it;
    `outer`: the result of the function that deferred it.

    A function whose deferred call recovered a panic returns to its caller as if it had come to its end
    (go.dev/ref/spec#Handling_panics): what is still pending runs, and the result is what it is by then.
    """
    emit = m.emit
    emit(routine.opening[how])
    if routine.leaf:
        m.result = 0
        return None
    result = [0]
    pending: list[Statement] = []
    frame: _Frame | None = None
    if routine.statements:
        pending += routine.opening_defers
        frame = (pending, result)
        m.frames.append(frame)
    left: _Left = None
    for op, operand, event, after, statements in routine.rest:
        if op == CALL:
            left = _call(m, operand, CALLED, None, None)
        elif op == RECOVER:
            emit((event + _recover(by),))
        elif op == PANIC:
            left = _unwind(m, operand, goexit=False)
        elif op == GOEXIT:
            left = _unwind(m, NIL_VALUE, goexit=True)
        elif op == CALL_AND_SHOW:
            left = _call(m, operand, CALLED, None, None)
            if left is None:
                emit((event + m.result,))
        elif op == RECOVER_AND_SHOW:
            value = _recover(by)
            emit((event + value, event + SHOWN + value))
        elif op == GO:
            left = _go(m, operand)
        else:
            _use_result(emit, op, operand, event, result, outer)
        if left is not None:
            break
        if after:
            emit(after)
            if statements:
                pending += statements
    if left is not None and left is not frame:
        return left
    # Newest first (go.dev/ref/spec#Defer_statements). A panic in one may be recovered here again.
    while pending:
        deferred = pending.pop().routine
        left = _call_nil(m) if deferred is None else _call(m, deferred, BY_RETURN, None, result)
        if left is not None and left is not frame:
            return left
    if frame is not None:
        m.frames.pop()
    m.result = result[0]
    return None


def _use_result(emit: Emit, op: int, operand: int, event: int, own: list[int], outer: list[int] | None) -> None:
    """Set or print a result: a function's own, or, in a closure that it deferred, that of the function around it
    (go.dev/ref/spec#Defer_statements)."""
    if op == SET:
        own[0] = operand
    elif op == READ:
        emit((event + own[0],))
    else:
        assert outer is not None  # only closures that are deferred see it
        if op == SET_OUTER:
            outer[0] = operand
        else:
            emit((event + outer[0],))


def _call_nil(m: _Machine) -> _Left:
    """Run the deferred call of a nil function value. That it is nil shows now, not when the defer statement was
    executed (go.dev/ref/spec#Defer_statements)."""
    return _unwind(m, FAULT_VALUES[FaultKind.NIL], goexit=False)


def _recover(by: _Unwind | None) -> int:
    """What recover gives to a function: a panic's value if that panic itself runs the function, and the first time.

    One level deeper, or in a call that a return or Goexit runs, it gives nil (go.dev/ref/spec#Handling_panics; Goexit
    is no panic: pkg.go.dev/runtime#Goexit).
    """
    if by is None or by.goexit or by.recovered:
        return NIL_VALUE
    by.recovered = True
    return by.value


def _unwind(m: _Machine, value: int, *, goexit: bool) -> _Left:
    """Panic, or Goexit: run all pending deferred calls of the goroutine, innermost frame first, while the stack
    stands. A panic ends when a call that it ran has recovered it and returned; a newer panic that passes by it
    replaces it. One that nothing recovers ends the process (go.dev/ref/spec#Handling_panics); Goexit ends the
    goroutine.
    """
    frames = m.frames
    depth = len(frames)
    unwind = _Unwind(depth, value, goexit)
    m.unwinds.append(unwind)
    how = BY_GOEXIT if goexit else BY_PANIC
    for index in range(depth - 1, -1, -1):
        pending, result = frame = frames[index]
        while pending:
            routine = pending.pop().routine
            left = _call_nil(m) if routine is None else _call(m, routine, how, unwind, result)
            if unwind.recovered and left is None:
                return _recovery(m, frame, index)
            if left is not None and left is not unwind:
                return left
    if not goexit:
        m.died = Ending(EndKind.PANICKED, tuple([(u.value, u.recovered) for u in m.unwinds if not u.goexit]))
    return _ENDED


def _recovery(m: _Machine, frame: _Frame, index: int) -> _Left:
    """Where control goes after a recovered panic: to the frame (number `index`) whose deferred call recovered it.
    Whatever began above is over, but for a Goexit: that cannot be stopped, so it goes on instead
    (pkg.go.dev/runtime#Goexit, go.dev/issue/29226)."""
    unwinds = m.unwinds
    while unwinds and unwinds[-1].depth > index:
        if unwinds[-1].goexit:
            goexit = unwinds[-1]
            del m.frames[goexit.depth :]
            return goexit
        unwinds.pop()
    del m.frames[index + 1 :]
    return frame


def _go(m: _Machine, routine: Routine) -> _Left:
    """Run a goroutine to its end. It has a stack of its own; how it ends is nothing to the others, unless it ends the
    process (go.dev/ref/spec#Go_statements)."""
    frames, unwinds = m.frames, m.unwinds
    m.frames, m.unwinds = [], []
    _call(m, routine, STARTED, None, None)
    m.frames, m.unwinds = frames, unwinds
    return None if m.died is None else _ENDED

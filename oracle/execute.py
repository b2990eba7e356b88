"""Runs a program on the runtime model: what the compiler makes of functions and defer statements, calls and returns.

One step of the innermost frame at a time; control is nowhere but in the frames. In a function of n operations the
pcs 0 to n-1 are its operations, n is the end of its body, n+1 its exit, where it runs its own open-coded deferred
calls, n+2 the call of deferreturn, which is also where recovered panics are sent to, n+3 its RET.

A goroutine that is started runs to its end at once; the one that waits polls, so waiting leaves g.param alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    BY_RETURN,
    CALL,
    CALL_AND_SHOW,
    CALLED,
    COLLECT,
    DEFER,
    EMIT,
    FAULT,
    FAULT_VALUES,
    GO,
    GOEXIT,
    GROW,
    PANIC,
    READ,
    RECOVER,
    RECOVER_AND_SHOW,
    RETURN,
    RETURN_VALUE,
    SET,
    SET_OUTER,
    SHOWN,
    STARTED,
    Code,
    Ending,
    Routine,
)
from oracle.events import EndKind
from oracle.profile import Profile
from oracle.program import FaultKind
from oracle.runtime import (
    NO_RETURN,
    Machine,
    deferproc,
    deferreturn,
    fatalpanic,
    forget,
    goexit,
    gopanic,
    gorecover,
    next_defer,
    remember,
)
from oracle.runtime2 import WORD, Closure, Frame, G, Kind, Thrown, frame_size
from oracle.spec import Emit
from oracle.stackcopy import GUARD, copystack, new_stack
from oracle.steps import Step, Throw

_CODE = Kind.CODE
_FIRST_HI = 1 << 32
_WRAPPER_FRAME = 4 * WORD
_HOW = {Kind.GOPANIC: BY_PANIC, Kind.GOEXIT: BY_GOEXIT, Kind.DEFERRETURN: BY_RETURN}


def run(
    code: Code,
    profile: Profile,
    emit: Emit,
    *,
    observe: Callable[[Step], object] | None = None,
    moves: Callable[[], bool] | None = None,
) -> Ending:
    """Run a program to its end: events go to `emit`, the runtime's steps to `observe`. `moves` is asked before each
    step whether the stack is to be copied."""
    m = boot(code, profile, emit, observe=observe)
    while m.ending is None:
        if moves is not None and moves():
            copystack(m, m.g, m.g.size)
        step(m)
    return m.ending


def boot(code: Code, profile: Profile, emit: Emit, *, observe: Callable[[Step], object] | None = None) -> Machine:
    """A process about to run main."""
    m = Machine(profile, G(1, _FIRST_HI, None), emit, observe)
    _enter(m, m.g, code.main, STARTED, None)
    return m


def step(m: Machine) -> None:
    """Let the innermost frame go on until it calls, returns, or has done one thing."""
    g = m.g
    frame = g.stack[-1]
    try:
        if frame.kind is _CODE:
            _step_code(m, g, frame)
        elif frame.kind is Kind.WRAPPER:
            g.stack.pop()
        else:
            _step_unwinding(m, g, frame)
    except Thrown as thrown:
        if m.observe is not None:
            m.observe(Throw(thrown.text))
        m.ending = Ending(EndKind.FATAL, text=thrown.text)


# --- The runtime's own frames ---------------------------------------------------------------------------------


def _step_unwinding(m: Machine, g: G, frame: Frame) -> None:
    """The loop of gopanic, Goexit and deferreturn: make the next deferred call; behind the last one each ends in its
    own way."""
    assert frame.panic is not None
    fn = next_defer(m, g, frame.panic)
    if isinstance(fn, tuple):
        _call_deferred(m, g, fn, _HOW[frame.kind])
    elif fn is NO_RETURN:
        return
    elif frame.kind is Kind.GOPANIC:
        fatalpanic(m, g)
    elif frame.kind is Kind.GOEXIT:
        _end_goroutine(m, g, EndKind.MAIN_GOEXIT)
    else:
        g.stack.pop()


def _call_deferred(m: Machine, g: G, fn: Closure, how: int) -> None:
    """Call what a defer statement deferred. The call of a nil function value faults in the caller."""
    statement, outer = fn
    if statement.routine is None:
        gopanic(m, g, FAULT_VALUES[FaultKind.NIL])
        return
    for _ in range(statement.wrappers):
        _enter_wrapper(g)
    _enter(m, g, statement.routine, how, outer)


def _enter_wrapper(g: G) -> None:
    """The prologue of a wrapper: if the panic takes it for its own deferred call, it passes that on to what it
    calls."""
    frame = Frame(Kind.WRAPPER, None, None, g.stack[-1].sp, _WRAPPER_FRAME)
    g.stack.append(frame)
    if g.panic is not None and g.panic.argp == frame.fp:
        g.panic.argp = frame.sp


def _end_goroutine(m: Machine, g: G, last: EndKind) -> None:
    """The goroutine is over; `last` is how the process ends if it was main's."""
    if g.parent is None:
        m.ending = Ending(last)
    else:
        m.g = g.parent


# --- The program's own frames --------------------------------------------------------------------------------------


def _enter(m: Machine, g: G, routine: Routine, how: int, outer: list[int] | None) -> None:
    """Call a function: its frame, its prologue."""
    frame = Frame(_CODE, routine, None, g.stack[-1].sp if g.stack else g.hi, frame_size(routine))
    frame.outer = outer
    g.stack.append(frame)
    if routine.open and routine.statements:
        frame.slots = [None] * routine.statements
        remember(g, frame)
    if frame.sp - GUARD < g.lo:
        new_stack(m, g)
    m.emit((routine.enter + how,))


def _step_code(m: Machine, g: G, frame: Frame) -> None:
    """One operation, or one piece of the function's exit."""
    routine = frame.routine
    assert routine is not None
    if frame.shown >= 0:
        m.emit((frame.shown + g.result,))
        frame.shown = -1
    ops, pc = routine.ops, frame.pc
    if pc < len(ops):
        frame.pc = pc + 1
        op, operand, event = ops[pc]
        _operate(m, g, frame, op, operand, event)
    elif pc == len(ops):
        m.emit((routine.end,))
        _exit(m, g, frame, routine)
    elif pc == len(ops) + 1:
        _exit(m, g, frame, routine)
    elif pc == len(ops) + 2:
        frame.pc = pc + 1
        deferreturn(m, g)
    else:
        _return(m, g, frame)


def _exit(m: Machine, g: G, frame: Frame, routine: Routine) -> None:
    """A function returns by itself. Open-coded: it tests its bits, clears the top one and makes that call, with no
    help of the runtime."""
    frame.pc = len(routine.ops) + 1
    if not routine.open and routine.statements:
        frame.pc += 2
        deferreturn(m, g)
    elif frame.bits:
        top = frame.bits.bit_length() - 1
        frame.bits &= ~(1 << top)
        fn = frame.slots[top]
        assert fn is not None
        _call_deferred(m, g, fn, BY_RETURN)
    else:
        _return(m, g, frame)


def _return(m: Machine, g: G, frame: Frame) -> None:
    g.result = frame.result[0]
    g.stack.pop()
    if frame.slots:
        forget(g, frame)
    if not g.stack:
        _end_goroutine(m, g, EndKind.RETURNED)


def _operate(m: Machine, g: G, frame: Frame, op: int, operand: Any, event: int) -> None:
    routine = frame.routine
    assert routine is not None
    if op == DEFER:
        m.emit((event,))
        fn = (operand, frame.result)
        if routine.open:
            frame.slots[operand.slot] = fn
            frame.bits |= 1 << operand.slot
        else:
            deferproc(g, frame, fn, heap=operand.loop)
    elif op == CALL:
        _enter(m, g, operand, CALLED, None)
    elif op == RECOVER:
        m.emit((event + gorecover(g, frame.fp),))
    elif op == PANIC:
        m.emit((event,))
        gopanic(m, g, operand)
    elif op == FAULT:
        gopanic(m, g, operand)
    elif op == GOEXIT:
        m.emit((event,))
        goexit(m, g)
    elif op == CALL_AND_SHOW:
        frame.shown = event
        _enter(m, g, operand, CALLED, None)
    elif op == RECOVER_AND_SHOW:
        value = gorecover(g, frame.fp)
        m.emit((event + value, event + SHOWN + value))
    elif op == GO:
        m.emit((event,))
        m.goroutines += 1
        m.g = G(m.goroutines, _FIRST_HI * m.goroutines, g)
        _enter(m, m.g, operand, STARTED, None)
    elif op == GROW:
        copystack(m, g, 2 * g.size)
    elif op == COLLECT:
        copystack(m, g, g.size)
    else:
        _operate_results(m, g, frame, op, operand, event)


def _operate_results(m: Machine, g: G, frame: Frame, op: int, operand: int, event: int) -> None:
    """What is done with results, and what is printed."""
    assert frame.routine is not None
    if op == RETURN:
        m.emit((event,))
        _exit(m, g, frame, frame.routine)
    elif op == RETURN_VALUE:
        frame.result[0] = operand
        m.emit((event,))
        _exit(m, g, frame, frame.routine)
    elif op == EMIT:
        m.emit((event,))
    elif op == SET:
        frame.result[0] = operand
    elif op == READ:
        m.emit((event + frame.result[0],))
    else:
        assert frame.outer is not None  # only closures that are deferred see it
        if op == SET_OUTER:
            frame.outer[0] = operand
        else:
            m.emit((event + frame.outer[0],))

"""runtime/panic.go as an explicit state machine: its functions, in its order and under its names.

Read it beside panic.go of Go 1.22. What a profile changes is what CL 515856 changed; `oracle.profile` has its rules,
R1 to R6. The functions that the compiler and the assembler add (exit code, wrappers, jumps) are in `oracle.execute`,
copies of the stack in `oracle.stackcopy`.

A function that "does not return" in Go leaves a changed stack behind, and tells by its result.

Not modelled: locks, counters, the profiler, pools of _defer records, deferrangefunc, cgo, Windows, fatal errors of
programs; preprintpanics, since the algebra's values have no Error methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oracle.code import DEFER, Ending
from oracle.events import EndKind
from oracle.profile import Profile
from oracle.runtime2 import (
    BOTTOM_PC,
    FUNCTION_STRIDE,
    GOEXIT_START_PC,
    WORD,
    Closure,
    Defer,
    Frame,
    G,
    Kind,
    Panic,
    SavedOpenDeferState,
    Thrown,
    defer_bits_offset,
    slots_offset,
)
from oracle.steps import Bits, Linked, RecoveryTo, Start, StateConsumed, StateSaved, Step, UnwinderStep

MIN_FRAME_SIZE = 0
"""Bytes between sp and the arguments of a call (sys.MinFrameSize of amd64)."""
RUNTIME_FRAME = 16 * WORD
"""Bytes of the frames of gopanic, Goexit and deferreturn."""


@dataclass(slots=True)
class Machine:
    """The process. `g`: the goroutine that runs; `goroutines`: how many there have been; `emit`: takes the program's
    events, `observe` the runtime's steps; `ending`: set when the process has ended."""

    profile: Profile
    g: G
    emit: Callable[[tuple[int, ...]], object]
    observe: Callable[[Step], object] | None = None
    goroutines: int = 1
    ending: Ending | None = None


class _NoReturn:
    """The function did not return: control is elsewhere."""


NO_RETURN = _NoReturn()


def deferproc(g: G, frame: Frame, fn: Closure, *, heap: bool) -> None:
    """A defer statement of a function without open-coded defers: link a record to g. (deferprocStack is the same,
    with a record in the frame.)"""
    g.defer = Defer(fn, frame.sp, pc_of(frame), g.defer, heap=heap)


def deferreturn(m: Machine, g: G) -> None:
    """Begin to run the deferred calls of the caller's frame; `oracle.execute` goes on with `next_defer`."""
    p = Panic(deferreturn=True)
    _push(g, Kind.DEFERRETURN, p)
    start(m, g, p, *_caller(g))


def goexit(m: Machine, g: G) -> None:
    """Goexit: begin to run all deferred calls. It has a _panic so that recovery notices when it would pass by it."""
    p = Panic(goexit=True)
    _push(g, Kind.GOEXIT, p)
    start(m, g, p, *_caller(g))


def printpanics(p: Panic | None) -> tuple[tuple[int, bool], ...]:
    """The panics under way as they are printed, the oldest first: value, recovered. Goexits are left out."""
    chain: list[tuple[int, bool]] = []
    while p is not None:
        if not p.goexit:
            chain.append((p.arg, p.recovered))
        p = p.link
    return tuple(reversed(chain))


def gopanic(m: Machine, g: G, arg: int) -> None:
    """The builtin panic, and every run-time error."""
    p = Panic(arg)
    _push(g, Kind.GOPANIC, p)
    start(m, g, p, *_caller(g))


def start(m: Machine, g: G, p: Panic, pc: int, sp: int) -> None:
    """Begin unwinding for the caller of p's function, which runs at pc with the stack pointer sp.

    R1: for deferreturn there is nothing to find out but what recovery saved. Before the CL it took a linked call of
    that frame at once, and otherwise let the unwinder look.
    """
    frame = g.stack[-1]
    p.start_pc = GOEXIT_START_PC
    p.start_sp = frame.sp
    if m.observe is not None:
        m.observe(Start(_FUNCTION[frame.kind], pc, sp))

    if p.deferreturn:
        if m.profile.deferreturn_unwinds:
            d = g.defer
            if d is not None and d.sp == sp:
                p.sp = sp
                return
        else:
            p.sp = sp
            s = g.param
            if s is not None:
                g.param = None
                p.retpc = s.retpc
                p.defer_bits_ptr = sp + s.defer_bits_offset
                p.slots_ptr = sp + s.slots_offset
                if m.observe is not None:
                    m.observe(StateConsumed(p.retpc, p.defer_bits_ptr, p.slots_ptr))
            return
    else:
        p.link = g.panic
        g.panic = p

    p.lr, p.fp = pc, sp
    next_frame(m, g, p)


def next_defer(m: Machine, g: G, p: Panic) -> Closure | _NoReturn | None:
    """The next deferred call that p has to make; None if there is none, NO_RETURN if p was recovered."""
    if not p.deferreturn:
        if g.panic is not p:
            raise Thrown("bad panic stack")
        if p.recovered:
            recovery(m, g)
            return NO_RETURN

    # Wrappers move it while they are called.
    p.argp = p.start_sp + MIN_FRAME_SIZE

    while True:
        while p.defer_bits_ptr != 0:
            holder = _load(g, p.defer_bits_ptr)
            bits = holder.bits
            # R6: looked at before any is cleared.
            if bits == 0:
                p.defer_bits_ptr = 0
                break
            i = bits.bit_length() - 1
            holder.bits = bits & ~(1 << i)
            if m.observe is not None:
                m.observe(Bits(holder.sp, bits, holder.bits))
            fn = _load(g, p.slots_ptr).slots[i]
            if fn is None:
                raise Thrown("a slot that was never filled")
            return fn

        d = g.defer
        if d is not None and d.sp == p.sp:
            p.retpc = d.pc
            g.defer = d.link
            if m.observe is not None:
                m.observe(Linked(d.sp, d.pc))
            return d.fn

        if not next_frame(m, g, p):
            return None


def next_frame(m: Machine, g: G, p: Panic) -> bool:
    """Find the next frame with deferred calls, from the one at p.fp on; False if there is none.

    R5: linked calls first. Before the CL open-coded ones were looked for first, and deferreturn, which may look at no
    frame but its caller's, used this too: limited to that frame, with lr cleared behind it.
    """
    if p.lr == 0:
        return False
    only_caller = p.deferreturn and m.profile.deferreturn_unwinds
    limit = p.fp if only_caller else g.defer.sp if g.defer is not None else 0

    index = _frame_at(g, p.fp)
    while True:
        if index < 0:
            p.lr = 0
            return False
        frame = g.stack[index]
        if m.profile.open_coded_first:
            found = "open-coded" if init_open_coded_defers(p, frame) else "linked" if frame.sp == limit else ""
        else:
            found = "linked" if frame.sp == limit else "open-coded" if init_open_coded_defers(p, frame) else ""
        if m.observe is not None:
            m.observe(UnwinderStep(frame.sp, found))
        if found:
            break
        index -= 1

    p.lr = 0 if only_caller else _return_pc(g, index)
    p.sp = frame.sp
    p.fp = frame.fp
    return True


def init_open_coded_defers(p: Panic, frame: Frame) -> bool:
    """Whether the frame has open-coded deferred calls pending; if so, p knows where."""
    routine = frame.routine
    if frame.kind is not Kind.CODE or routine is None or not (routine.open and routine.statements):
        return False
    if frame.bits == 0:
        return False
    p.retpc = FUNCTION_STRIDE * (routine.number + 1) + deferreturn_offset(frame)
    p.defer_bits_ptr = frame.varp - defer_bits_offset()
    p.slots_ptr = frame.varp - slots_offset(routine)
    return True


def gorecover(g: G, argp: int) -> int:
    """The builtin recover, called by a function whose arguments are at argp: it is the panic's own deferred call if
    that is where the panic's calls find theirs."""
    p = g.panic
    if p is not None and not p.goexit and not p.recovered and argp == p.argp:
        p.recovered = True
        return p.arg
    return 0


def recovery(m: Machine, g: G) -> None:
    """The newest panic was recovered: drop the panics that began above its frame, and go on in that frame's
    deferreturn; but not past a Goexit, whose loop goes on instead."""
    p = g.panic
    if p is None:
        raise Thrown("recovery without a panic")
    pc, sp = p.retpc, p.sp
    p0 = p
    save_open_defer_state = p.defer_bits_ptr != 0 and _load(g, p.defer_bits_ptr).bits != 0
    at_goexit = False

    older: Panic | None = p
    while older is not None and older.start_sp < sp:
        if older.goexit:
            pc, sp = older.start_pc, older.start_sp
            save_open_defer_state = False  # R3: that loop unwinds anyway
            at_goexit = True
            break
        older = older.link
    g.panic = older

    if not m.profile.deferreturn_unwinds:
        if g.param is not None:  # R4
            raise Thrown("unexpected gp.param")
        if save_open_defer_state:  # R2
            g.param = SavedOpenDeferState(p0.retpc, p0.defer_bits_ptr - p0.sp, p0.slots_ptr - p0.sp)
            if m.observe is not None:
                m.observe(StateSaved(g.param.retpc, g.param.defer_bits_offset, g.param.slots_offset))

    if not g.lo <= sp <= g.hi:
        raise Thrown("bad recovery")
    if m.observe is not None:
        m.observe(RecoveryTo(pc, sp, at_goexit))
    _jump(g, pc, sp)


def fatalpanic(m: Machine, g: G) -> None:
    """Nothing recovered the panic: the process dies."""
    m.ending = Ending(EndKind.PANICKED, printpanics(g.panic))


# --- What the functions above find in place: frames, addresses, the jump ----------------------------------------

_FUNCTION = {Kind.GOPANIC: "gopanic", Kind.GOEXIT: "Goexit", Kind.DEFERRETURN: "deferreturn"}


def pc_of(frame: Frame) -> int:
    """The address that a call from this frame returns to."""
    if frame.kind is Kind.CODE and frame.routine is not None:
        return FUNCTION_STRIDE * (frame.routine.number + 1) + frame.pc
    return 1 + frame.kind


def deferreturn_offset(frame: Frame) -> int:
    """Where the `CALL deferreturn; RET` of a function is, which recovered panics are sent to; the end of its body, at
    which it runs its deferred calls itself, is one before."""
    assert frame.routine is not None
    return len(frame.routine.ops) + 2


def _caller(g: G) -> tuple[int, int]:
    """getcallerpc and getcallersp of the newest frame."""
    return _return_pc(g, len(g.stack) - 1), g.stack[-1].fp


def _return_pc(g: G, index: int) -> int:
    return pc_of(g.stack[index - 1]) if index else BOTTOM_PC


def _push(g: G, kind: Kind, p: Panic) -> None:
    g.stack.append(Frame(kind, None, p, g.stack[-1].sp, RUNTIME_FRAME))


def _frame_at(g: G, sp: int) -> int:
    """The index of the frame at sp, -1 above the goroutine's first."""
    stack = g.stack
    index = len(stack) - 1
    while index >= 0 and stack[index].sp < sp:
        index -= 1
    if sp != (stack[index].sp if index >= 0 else g.hi):
        raise Thrown("unwinder: no frame at this sp")
    return index


def _load(g: G, pointer: int) -> Frame:
    """The frame whose bits or slots are at an address."""
    holder = g.memory.get(pointer)
    if holder is None:
        raise Thrown("fault: nothing is at this address")
    return holder


def _jump(g: G, pc: int, sp: int) -> None:
    """gogo: drop the frames above sp, go on at pc."""
    stack = g.stack
    while stack and stack[-1].sp < sp:
        gone = stack.pop()
        if gone.slots:
            forget(g, gone)
    if not stack or stack[-1].sp != sp:
        raise Thrown("jump to no frame")
    frame = stack[-1]
    if frame.kind is Kind.GOEXIT and pc == GOEXIT_START_PC:
        return
    if not _can_go_on(frame, pc - pc_of(frame) + frame.pc):
        raise Thrown("jump to a wrong place")
    # deferproc returns 1, and the function jumps to its deferreturn; open-coded, the pc is already there.
    frame.pc = deferreturn_offset(frame)
    frame.shown = -1


def _can_go_on(frame: Frame, offset: int) -> bool:
    """Whether recovered panics may be sent to this place of the frame's function."""
    routine = frame.routine
    if frame.kind is not Kind.CODE or routine is None:
        return False
    if routine.open:
        return offset == deferreturn_offset(frame)
    return 0 < offset <= len(routine.ops) and routine.ops[offset - 1][0] == DEFER


def remember(g: G, frame: Frame) -> None:
    """Bits and slots of a frame can be found at their addresses."""
    assert frame.routine is not None
    g.memory[frame.varp - defer_bits_offset()] = frame
    g.memory[frame.varp - slots_offset(frame.routine)] = frame


def forget(g: G, frame: Frame) -> None:
    """A frame is no more, or elsewhere: nothing is at the addresses of its bits and slots."""
    assert frame.routine is not None
    del g.memory[frame.varp - defer_bits_offset()]
    del g.memory[frame.varp - slots_offset(frame.routine)]

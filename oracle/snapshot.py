"""Pictures of the runtime model's state, frozen, for people: addresses as distances from the top of the goroutine's
stack, pcs as places in the program, _panic values by number in the order in which they began.

A distance stays the same when the stack is copied, as `oracle.runtime2` moves every frame by the same amount; a
pointer that was not adjusted would stand out as one that lies far below the stack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from oracle.code import SHIFT, Code
from oracle.program import Defer as DeferAction
from oracle.program import function_name
from oracle.runtime import Machine
from oracle.runtime2 import FUNCTION_STRIDE, GOEXIT_START_PC, Closure, Frame, G, Kind, Panic
from oracle.steps import Bits, Linked, RecoveryTo, Start, StateConsumed, Step, UnwinderStep

ENTERED = (
    "called",
    "a deferred call, run by the return",
    "a deferred call, run by a panic",
    "a deferred call, run by Goexit",
    "the first of its goroutine",
)
"""How a function was entered, in words."""

ENTRY = -1
"""A function that was entered and has not begun its first action."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A deferred call that is still to be made. `action`: 0-based, the defer statement in the frame's function;
    `bit`: of deferBits, None for a linked one; `function`: None for a nil function value."""

    action: int
    bit: int | None
    function: int | None


@dataclass(frozen=True, slots=True)
class FrameState:
    """A frame. `kind`: "code", "wrapper", or the name of the runtime's own function; `function`: None if it is none
    of the program's; `action`: the last one begun, `ENTRY` before the first, the body's length at its end; `how`: how
    the function was entered, CALLED ... STARTED, None before; `sp`, `fp`: distances from the stack's top; `bits`:
    deferBits, None without open-coded defers; `pending`: newest first; `result`: its result so far; `record`: number
    of the _panic that one of the runtime's functions keeps here."""

    name: str
    kind: str
    function: int | None
    action: int
    how: int | None
    sp: int
    fp: int
    bits: int | None
    pending: tuple[Pending, ...]
    result: int
    record: int | None


@dataclass(frozen=True, slots=True)
class PanicState:
    """A _panic value. `kind`: "panic", "Goexit" or "deferreturn"; `value`: of a panic, else "". Pointers are
    distances from the stack's top, None for nil; `retpc` is a place in words, "" for 0."""

    number: int
    kind: str
    value: str
    recovered: bool
    start_sp: int
    argp: int | None
    sp: int | None
    retpc: str
    defer_bits_ptr: int | None
    slots_ptr: int | None


@dataclass(frozen=True, slots=True)
class DeferState:
    """A _defer record. `owner`: name of the function whose frame is at `sp`; `pc`: where deferproc returns to."""

    owner: str
    pending: Pending
    sp: int
    pc: str
    heap: bool


@dataclass(frozen=True, slots=True)
class SavedState:
    """What recovery left in g.param."""

    retpc: str
    defer_bits_offset: int
    slots_offset: int


@dataclass(frozen=True, slots=True)
class GoroutineState:
    """A goroutine. `copies`: how often its stack was copied; `frames`: innermost first; `records`: the _panic values
    in them, innermost first; `chain`: g._panic and its links, by number; `defers`: g._defer and its links; `param`:
    g.param."""

    number: int
    stack_bytes: int
    copies: int
    frames: tuple[FrameState, ...]
    records: tuple[PanicState, ...]
    chain: tuple[int, ...]
    defers: tuple[DeferState, ...]
    param: SavedState | None

    def record(self, number: int) -> PanicState:
        """The _panic value of this number."""
        return next(r for r in self.records if r.number == number)

    def owner(self, sp: int | None) -> FrameState | None:
        """The frame at this sp."""
        return next((f for f in self.frames if f.sp == sp), None)

    def revised(self, revised: PanicState) -> GoroutineState:
        """The same with another state of one _panic value."""
        return replace(self, records=tuple([revised if r.number == revised.number else r for r in self.records]))


@dataclass(frozen=True, slots=True)
class State:
    """The goroutines: the one that runs first, then the one that waits for it, and so on."""

    goroutines: tuple[GoroutineState, ...] = ()

    @property
    def running(self) -> GoroutineState:
        """The goroutine that runs."""
        return self.goroutines[0]

    def with_running(self, goroutine: GoroutineState) -> State:
        """The same with another state of the goroutine that runs."""
        return State((goroutine, *self.goroutines[1:]))


def place(code: Code, pc: int) -> str:
    """A pc that control is sent to, in words; "" for 0."""
    number, offset = divmod(pc, FUNCTION_STRIDE)
    if number == 0:
        return "Goexit's loop" if pc == GOEXIT_START_PC else ""
    name = function_name(number - 1)
    if offset > len(code.routines[number - 1].ops):
        return f"{name}'s deferreturn call"
    return f"{name} behind action {action_of(code, number - 1, offset) + 1}"


def relative(step: Step, hi: int) -> Step:
    """A step of the runtime with distances for addresses."""
    match step:
        case Start() | UnwinderStep() | Bits() | Linked() | RecoveryTo():
            return replace(step, sp=step.sp - hi)
        case StateConsumed():
            return replace(step, defer_bits_ptr=step.defer_bits_ptr - hi, slots_ptr=step.slots_ptr - hi)
        case _:
            return step


def action_of(code: Code, function: int, offset: int) -> int:
    """The action last begun by a function that goes on at this offset: a defer statement in a loop is as many
    operations as it is executed."""
    if offset > len(code.routines[function].ops):
        return len(code.program.functions[function].body)
    if offset == 0:
        return ENTRY
    routine = code.routines[function]
    return (routine.ops[offset - 1][2] - routine.enter >> SHIFT) // 2


class Camera:
    """Takes pictures of one run, and remembers what the model itself does not: which `_panic` began when, how each
    frame was entered, how often each stack was copied."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._numbers: dict[Panic, int] = {}
        self._entered: dict[Frame, int] = {}
        self._copies: dict[G, int] = {}
        self._statements = [
            [n for n, action in enumerate(f.body) if isinstance(action, DeferAction)] for f in code.program.functions
        ]

    def began(self, p: Panic) -> None:
        """A _panic value begins its work."""
        self._numbers[p] = len(self._numbers) + 1

    def entered(self, frame: Frame, how: int) -> None:
        """A function was entered."""
        self._entered[frame] = how

    def copied(self, g: G) -> None:
        """A stack was copied."""
        self._copies[g] = self._copies.get(g, 0) + 1

    def take(self, m: Machine) -> State:
        """The state now."""
        goroutines = []
        g: G | None = m.g
        while g is not None:
            goroutines.append(self._goroutine(g))
            g = g.parent
        return State(tuple(goroutines))

    def _goroutine(self, g: G) -> GoroutineState:
        linked: dict[int, list[Pending]] = {}
        defers: list[DeferState] = []
        d = g.defer
        while d is not None:
            function = d.pc // FUNCTION_STRIDE - 1
            pending = self._pending(function, d.fn, None)
            linked.setdefault(d.sp, []).append(pending)
            defers.append(DeferState(function_name(function), pending, d.sp - g.hi, place(self.code, d.pc), d.heap))
            d = d.link
        chain: list[int] = []
        p = g.panic
        while p is not None:
            chain.append(self._numbers[p])
            p = p.link
        outwards = g.stack[::-1]
        saved = g.param
        return GoroutineState(
            number=g.number,
            stack_bytes=g.size,
            copies=self._copies.get(g, 0),
            frames=tuple([self._frame(f, linked.get(f.sp, []), g.hi) for f in outwards]),
            records=tuple([self._record(f.panic, g.hi) for f in outwards if f.panic is not None]),
            chain=tuple(chain),
            defers=tuple(defers),
            param=None
            if saved is None
            else SavedState(place(self.code, saved.retpc), saved.defer_bits_offset, saved.slots_offset),
        )

    def _frame(self, frame: Frame, linked: list[Pending], hi: int) -> FrameState:
        routine = frame.routine
        pending = linked
        bits: int | None = None
        function: int | None = None
        if routine is not None:
            function = routine.number
            if frame.slots:
                bits = frame.bits
                filled = [(n, fn) for n, fn in enumerate(frame.slots) if fn is not None and bits >> n & 1]
                pending = [self._pending(function, fn, n) for n, fn in reversed(filled)]
        return FrameState(
            name=_NAMES[frame.kind] if function is None else function_name(function),
            kind=_NAMES[frame.kind],
            function=function,
            action=ENTRY if function is None else action_of(self.code, function, frame.pc),
            how=self._entered.get(frame),
            sp=frame.sp - hi,
            fp=frame.fp - hi,
            bits=bits,
            pending=tuple(pending),
            result=frame.result[0],
            record=None if frame.panic is None else self._numbers[frame.panic],
        )

    def _pending(self, function: int, fn: Closure, bit: int | None) -> Pending:
        statement = fn[0]
        called = None if statement.routine is None else statement.routine.number
        return Pending(self._statements[function][statement.slot], bit, called)

    def _record(self, p: Panic, hi: int) -> PanicState:
        return PanicState(
            number=self._numbers[p],
            kind="Goexit" if p.goexit else "deferreturn" if p.deferreturn else "panic",
            value="" if p.goexit or p.deferreturn else self.code.values[p.arg],
            recovered=p.recovered,
            start_sp=p.start_sp - hi,
            argp=_distance(p.argp, hi),
            sp=_distance(p.sp, hi),
            retpc=place(self.code, p.retpc),
            defer_bits_ptr=_distance(p.defer_bits_ptr, hi),
            slots_ptr=_distance(p.slots_ptr, hi),
        )


_NAMES = {
    Kind.CODE: "code",
    Kind.WRAPPER: "wrapper",
    Kind.GOPANIC: "gopanic",
    Kind.GOEXIT: "Goexit",
    Kind.DEFERRETURN: "deferreturn",
}


def _distance(pointer: int, hi: int) -> int | None:
    return pointer - hi if pointer else None

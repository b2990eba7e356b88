"""The state of the runtime model, under the names of runtime2.go: g, _panic, _defer, savedOpenDeferState; the stack.

Addresses are integers: a stack grows down from `hi`, a frame reaches from `sp` up to its caller's `sp`, which is its
`fp`. Values that point into the stack are such integers, so a pointer that a copy of the stack leaves stale is found
stale when it is used. State is inert; the rules are in `oracle.runtime`.
"""

from __future__ import annotations

from enum import IntEnum

from oracle.code import Routine, Statement

WORD = 8
LINKAGE = 2 * WORD
"""The return address and the saved frame pointer, above a frame's variables."""
LARGE = 1 << 14
"""Bytes of variables of a function with a large frame."""
FIRST_STACK = 1 << 12
"""Bytes of a goroutine's first stack. Larger than the real one, smaller than LARGE."""


class Kind(IntEnum):
    """Whose frame it is."""

    CODE = 0
    WRAPPER = 1
    GOPANIC = 2
    GOEXIT = 3
    DEFERRETURN = 4


FUNCTION_STRIDE = 1 << 20
"""Every function's pcs begin at a multiple of this; offsets within are indices of operations (`oracle.execute`)."""
GOEXIT_START_PC = 7
"""Where Goexit goes on after p.start; the only pc of the runtime itself that control is sent to."""
BOTTOM_PC = 1
"""The return address of a goroutine's first function."""

Closure = tuple[Statement, list[int]]
"""A deferred call: its statement, and the cell with the result of the function that deferred it."""


class SavedOpenDeferState:
    """What recovery leaves for deferreturn: `retpc`, and where bits and slots are, as offsets from sp since this
    object lies in the heap and the stack may move."""

    __slots__ = ("defer_bits_offset", "retpc", "slots_offset")

    def __init__(self, retpc: int, defer_bits_offset: int, slots_offset: int) -> None:
        self.retpc = retpc
        self.defer_bits_offset = defer_bits_offset
        self.slots_offset = slots_offset


class Panic:
    """_panic: a panic, a Goexit or a deferreturn under way. `arg`: number of the value. Pointers are 0 where Go has
    nil; `link` is the older panic of the goroutine."""

    __slots__ = (
        "arg",
        "argp",
        "defer_bits_ptr",
        "deferreturn",
        "fp",
        "goexit",
        "link",
        "lr",
        "recovered",
        "retpc",
        "slots_ptr",
        "sp",
        "start_pc",
        "start_sp",
    )

    def __init__(self, arg: int = 0, *, goexit: bool = False, deferreturn: bool = False) -> None:
        self.arg = arg
        self.argp = 0
        self.link: Panic | None = None
        self.start_pc = 0
        self.start_sp = 0
        self.sp = 0
        self.lr = 0
        self.fp = 0
        self.retpc = 0
        self.defer_bits_ptr = 0
        self.slots_ptr = 0
        self.recovered = False
        self.goexit = goexit
        self.deferreturn = deferreturn


class Defer:
    """_defer: a linked deferred call. `sp`: of the frame that deferred it; `pc`: where deferproc returns to."""

    __slots__ = ("fn", "heap", "link", "pc", "sp")

    def __init__(self, fn: Closure, sp: int, pc: int, link: Defer | None, *, heap: bool) -> None:
        self.fn = fn
        self.sp = sp
        self.pc = pc
        self.link = link
        self.heap = heap


class Frame:
    """A stack frame. `pc`: offset of the operation that runs next in `routine`; `bits`, `slots`: open-coded deferred
    calls; `result`: its cell; `outer`: that of the function which deferred it; `panic`: the runtime's functions keep
    theirs here; `shown`: the event that prints the result of the call under way, -1 if none is."""

    __slots__ = (
        "bits",
        "fp",
        "kind",
        "outer",
        "panic",
        "pc",
        "result",
        "routine",
        "shown",
        "slots",
        "sp",
    )

    def __init__(self, kind: Kind, routine: Routine | None, panic: Panic | None, fp: int, size: int) -> None:
        self.kind = kind
        self.routine = routine
        self.panic = panic
        self.fp = fp
        self.sp = fp - size
        self.pc = 0
        self.bits = 0
        self.slots: list[Closure | None] = []
        self.result = [0]
        self.outer: list[int] | None = None
        self.shown = -1

    @property
    def varp(self) -> int:
        """The top of its variables."""
        return self.fp - LINKAGE


class G:
    """g: a goroutine. `stack`: its frames, innermost last; `memory`: which frame holds the bits or slots at an
    address; `parent`: the goroutine that waits for it."""

    __slots__ = ("defer", "hi", "memory", "number", "panic", "param", "parent", "result", "size", "stack")

    def __init__(self, number: int, hi: int, parent: G | None) -> None:
        self.number = number
        self.hi = hi
        self.size = FIRST_STACK
        self.parent = parent
        self.stack: list[Frame] = []
        self.memory: dict[int, Frame] = {}
        self.panic: Panic | None = None
        self.defer: Defer | None = None
        self.param: SavedOpenDeferState | None = None
        self.result = 0

    @property
    def lo(self) -> int:
        """The lowest address of its stack."""
        return self.hi - self.size


# --- Open-coded deferred calls in a frame, as the compiler lays them out --------------------------------------------


def frame_size(routine: Routine) -> int:
    """Bytes of a function's frame: linkage, the word with the bits, a slot for each statement, other variables."""
    return LINKAGE + WORD + WORD * routine.statements + (LARGE if routine.large else 2 * WORD)


def defer_bits_offset() -> int:
    """How far below varp the bits are (FUNCDATA_OpenCodedDeferInfo, first number)."""
    return WORD


def slots_offset(routine: Routine) -> int:
    """How far below varp the slots begin (FUNCDATA_OpenCodedDeferInfo, second number)."""
    return WORD + WORD * routine.statements


class Thrown(Exception):
    """runtime.throw, or a fault in the runtime itself: the process dies at once. How a broken model ends, as a broken
    runtime does; a right one never raises it. Caught in `oracle.execute.step` alone."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

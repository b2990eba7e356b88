"""Copies of the stack, as stack.go makes them when a goroutine needs more, when garbage collection shrinks it, or,
for testing, between any two steps.

Every pointer into the stack that the runtime knows of is adjusted: in frames, in _panic values (they lie in frames)
and in _defer records. What lies in the heap and is unknown to it is not: g.param's object, which is why recovery
saves offsets (R2).

Not modelled: frames that the unwinder takes for dead. A runtime that calls a nil function value from gopanic or
Goexit faults in that very frame, and gc from 1.22 on then leaves its _panic unadjusted
(cases/nilfunc/under-goexit-with-a-growing-stack.go): here, as the language asks, every frame lives until control has
left it.
"""

from __future__ import annotations

from collections.abc import Callable

from oracle.runtime import Machine, remember
from oracle.runtime2 import G, Panic
from oracle.steps import StackCopied

GUARD = 1 << 7
"""Bytes below the innermost frame that must be free, for the functions that do not check."""

_GAP = 1 << 24
"""Between an old stack and a new one: no pointer into one is a pointer into the other."""


def new_stack(m: Machine, g: G) -> None:
    """morestack: make the stack twice as large, until the innermost frame fits."""
    size = g.size
    while g.hi - g.stack[-1].sp + GUARD > size:
        size *= 2
    copystack(m, g, max(size, g.size))


def copystack(m: Machine, g: G, size: int) -> None:
    """Move the stack to a new one of `size` bytes, and adjust what points into it."""
    delta = _GAP
    low, high = g.stack[-1].sp, g.hi

    def adjusted(pointer: int) -> int:
        return pointer + delta if low <= pointer <= high else pointer

    g.memory.clear()
    for frame in g.stack:
        frame.sp += delta
        frame.fp += delta
        if frame.panic is not None:
            _adjust_panic(frame.panic, adjusted)
        if frame.slots:
            remember(g, frame)
    d = g.defer
    while d is not None:
        d.sp = adjusted(d.sp)
        d = d.link
    g.hi += delta
    g.size = size
    if m.observe is not None:
        m.observe(StackCopied(delta))


def _adjust_panic(p: Panic, adjusted: Callable[[int], int]) -> None:
    p.argp = adjusted(p.argp)
    p.start_sp = adjusted(p.start_sp)
    p.sp = adjusted(p.sp)
    p.fp = adjusted(p.fp)
    p.defer_bits_ptr = adjusted(p.defer_bits_ptr)
    p.slots_ptr = adjusted(p.slots_ptr)

"""What the runtime does between two events of a program, one small value a step: the words of `oracle.runtime`.

Addresses and pcs are the model's (see `oracle.runtime2`); a frame is named by its sp.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """_panic.start was called by `function` ("gopanic", "Goexit", "deferreturn") for the frame at `sp`."""

    function: str
    pc: int
    sp: int


@dataclass(frozen=True, slots=True)
class StateConsumed:
    """start took what g.param held, and cleared it."""

    retpc: int
    defer_bits_ptr: int
    slots_ptr: int


@dataclass(frozen=True, slots=True)
class UnwinderStep:
    """nextFrame looked at the frame at `sp`. `found`: "linked", "open-coded", or "" if it goes on."""

    sp: int
    found: str


@dataclass(frozen=True, slots=True)
class Bits:
    """nextDefer looked at the bits of the frame at `sp`: `after` is what it left of `before`."""

    sp: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Linked:
    """nextDefer took the newest linked deferred call, which the frame at `sp` deferred; `pc`: where deferproc
    returned to."""

    sp: int
    pc: int


@dataclass(frozen=True, slots=True)
class StateSaved:
    """recovery left this in g.param."""

    retpc: int
    defer_bits_offset: int
    slots_offset: int


@dataclass(frozen=True, slots=True)
class RecoveryTo:
    """recovery sends control to `pc` in the frame at `sp`. `goexit`: that is a Goexit that stood in the way."""

    pc: int
    sp: int
    goexit: bool


@dataclass(frozen=True, slots=True)
class StackCopied:
    """The stack was copied: everything on it lies `delta` higher."""

    delta: int


@dataclass(frozen=True, slots=True)
class Throw:
    """The runtime gave up."""

    text: str


Step = Start | StateConsumed | UnwinderStep | Bits | Linked | StateSaved | RecoveryTo | StackCopied | Throw

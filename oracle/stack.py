"""A goroutine's state while a trace is checked: one stack of frames and unwinds.

An `Unwind` (a panic or a Goexit in progress) stands above the frame it began in; the deferred calls it runs stand
above it. So the stack read from the top down is exactly what control has still to finish:

    Frame f | Frame g | Unwind p1 | Frame d1 (deferred by f, run by p1) | Unwind p2 ...

State is inert; the rules are in `oracle.check`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from oracle.events import Defer

NIL = "nil"
RUNTIME_ERROR = "runtime error: "
NIL_DEREFERENCE = RUNTIME_ERROR + "invalid memory address or nil pointer dereference"
PANIC_NIL = RUNTIME_ERROR + "panic called with nil argument (use GODEBUG=panicnil=1 to disable)"


@final
@dataclass(slots=True, eq=False)
class Frame:
    """One activation. `returning`: its return statement was reached, or a panic in it was recovered. `run_by`:
    the unwind that runs it as a deferred call, None if it is no deferred call or the deferring function's return
    runs it. `pending`: the defer statements whose calls have not begun, oldest first. `ran`: the functions that its
    deferred calls so far have entered."""

    activation: int
    function: int
    run_by: Unwind | None = None
    returning: bool = False
    pending: list[Defer] = field(default_factory=list)
    ran: frozenset[int] = frozenset()


@dataclass(slots=True, eq=False)
class Foreign:
    """Code that is not instrumented, called by the frame below; it may end, and may recover, without an event."""


@dataclass(slots=True, eq=False)
class Body:
    """The body of a range-over-func loop of `owner`, running as a callee of the iterator below."""

    owner: Frame


@final
@dataclass(slots=True, eq=False)
class Unwind:
    """A panic or Goexit in progress. `searched`: the stack entries from this index up to the unwind itself have no
    pending deferred calls any more, and no foreign code that could still recover; the frame below them is the one
    whose deferred call it runs. `value`: what recover owes; None for a run-time error whose text no event showed, or
    (`loose`) for anything that foreign code may have raised. `recovered`: a recover has taken the value; it ends
    when that deferred call returns. `crossed`: it went through foreign code, which may have recovered it; what comes
    after may be a run-time error of the code below. `older`: the newest of the unwinds that stand below it."""

    searched: int
    goexit: bool
    value: str | None
    loose: bool
    older: Unwind | None
    recovered: bool = False
    crossed: bool = False


Entry = Frame | Foreign | Body | Unwind

Owner = tuple[int, Frame]
"""A frame that may own loop bodies, and its index in the stack (see `oracle.loops`)."""


@dataclass(slots=True, eq=False)
class Goroutine:
    """`dying`: an uncaught panic has run everything there was to run. `exiting`: the status that os.Exit makes of
    what it was given. `left`: the last frame that returned. `newest`: of the unwinds in the stack. `owners`: the
    frames, by their function, that may own loop bodies, oldest first; some may have been left."""

    number: int
    main: bool = False
    stack: list[Entry] = field(default_factory=list)
    ended_by_goexit: bool = False
    dying: bool = False
    exiting: int | None = None
    left: Frame | None = None
    newest: Unwind | None = None
    owners: dict[int, list[Owner]] = field(default_factory=dict)

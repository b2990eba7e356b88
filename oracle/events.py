"""The words of a trace: what a Go program did, one small value per event.

Two sorts of events (see `oracle.check`): the program is *free* to make some, the runtime *owes* the others.
`Enter` is free when running code calls a function and owed when the runtime runs a deferred call; which of the
two it was is evidence (`via`, `deferred`), not interpretation. This module knows no file format.

Identifiers are small integers, unique within one trace: goroutines and activations (one entry into one function)
count from 1 in order of first sight, defer records count from 1. A function is an index into the program's table
of `Function`.
Values are canonical text: equal text means the same value (pointers are numbered by identity).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final


class Via(Enum):
    """Who called the function that was entered, as the caller's frame shows it."""

    CODE = "code"
    """The program's own code; the line is given. Also open-coded and returning deferred calls."""
    FOREIGN = "foreign"
    """Code that is not instrumented (another package)."""
    PANIC = "panic"
    """`runtime.gopanic`."""
    GOEXIT = "goexit"
    """`runtime.Goexit`."""
    RUNTIME = "runtime"
    """Another function of the runtime (how some releases run deferred calls)."""
    START = "start"
    """Nobody: the first function of a goroutine."""


class CalleeKind(Enum):
    """What a defer or go statement calls, as far as the source shows it."""

    LITERAL = "literal"
    """A function literal: `functions` has its one index, and its `Enter` carries the defer record."""
    FUNCTION = "function"
    """A function or method of the program: `functions` has every index it can be."""
    METHOD = "method"
    """A method by its name alone: one of `functions`, or one of that name in code that is not instrumented."""
    VALUE = "value"
    """A non-nil function value whose code is the program's own: any of its functions."""
    NIL = "nil"
    """A nil function value: the call itself panics with a nil dereference."""
    RECOVER = "recover"
    """The builtin itself, deferred: run by a panic it recovers nothing; run by the return of a function that a
    panic runs, it recovers that panic (go.dev/issue/34530)."""
    PANIC = "panic"
    """The builtin itself, deferred: it panics with `value`."""
    GOEXIT = "goexit"
    """runtime.Goexit, deferred."""
    EXIT = "exit"
    """os.Exit, deferred: ends the process with status `value`."""
    SILENT = "silent"
    """A call that cannot be seen, cannot panic and calls nothing back (print, fmt.Println, delete)."""
    FOREIGN = "foreign"
    """A call into code that is not instrumented: it may call back and may panic."""


@dataclass(frozen=True, slots=True)
class Callee:
    """What a defer or go statement calls. `value`: canonical text, for PANIC and EXIT."""

    kind: CalleeKind
    functions: tuple[int, ...] = ()
    value: str = ""

    def may_enter(self, function: int) -> bool:
        """Whether `function` can be the one that it calls."""
        return function in self.functions or self.kind is CalleeKind.VALUE


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the program: a row of the table that events point into.

    `name` as Go's tracebacks write it (`f`, `(*T).M`, `f.func1`), lines 1-based and inclusive in the case's source.
    `foreign`: its body calls code that is not instrumented and may panic or exit in ways that no event shows.
    `ranges`: its body has a range loop that may range over a function, so its loop body may run inside a callee.
    `library`: it stands for a function that is not instrumented, like the builtin close, and only calls that. Whom
    that wakes may end the process, so whether its return is still seen is the scheduler's doing.
    """

    name: str
    first_line: int
    last_line: int
    foreign: bool = False
    ranges: bool = False
    library: bool = False


@final
@dataclass(frozen=True, slots=True)
class Enter:
    """A function was entered. `line`: the caller's line if `via` is CODE, else 0. `deferred`: the defer record
    that this call runs where the callee knows it (function literals), else 0. `started`: likewise the record of the
    go statement."""

    goroutine: int
    activation: int
    function: int
    via: Via
    line: int = 0
    deferred: int = 0
    started: int = 0


@dataclass(frozen=True, slots=True)
class Defer:
    """A defer statement was executed: `record` is pending from now on."""

    goroutine: int
    activation: int
    line: int
    record: int
    callee: Callee


@dataclass(frozen=True, slots=True)
class Go:
    """A go statement was executed."""

    goroutine: int
    activation: int
    line: int
    record: int
    callee: Callee


@dataclass(frozen=True, slots=True)
class Panic:
    """panic(value) is about to be called. Run-time errors have no event of their own: what follows shows them."""

    goroutine: int
    activation: int
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Recover:
    """recover() was called and gave `value` ("nil" if it gave nil). The call is free, the value is owed."""

    goroutine: int
    activation: int
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Goexit:
    """runtime.Goexit() is about to be called."""

    goroutine: int
    activation: int
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    """A return statement (or the end of the body) was reached and its results evaluated; pending deferred calls
    come next."""

    goroutine: int
    activation: int
    line: int


@dataclass(frozen=True, slots=True)
class Exit:
    """os.Exit(status) is about to be called."""

    goroutine: int
    activation: int
    line: int
    status: int


Event = Enter | Defer | Go | Panic | Recover | Goexit | Return | Exit


class EndKind(Enum):
    """How the tested process (or the case in it) ended, as far as the language is concerned."""

    RETURNED = "returned"
    """main.main returned, or the process exited with status 0 by itself."""
    EXITED = "exited"
    """The process exited with a status that no crash explains."""
    PANICKED = "panicked"
    """Death by an uncaught panic. The report's first line is evidence of which."""
    MAIN_GOEXIT = "main-goexit"
    """`no goroutines (main called runtime.Goexit) - deadlock!`"""
    DEADLOCK = "deadlock"
    """`all goroutines are asleep - deadlock!`"""
    FATAL = "fatal"
    """Another fatal error of the runtime (stack overflow, concurrent map writes): free, no deferred calls are
    owed."""
    KILLED = "killed"
    """Something outside stopped it: signal, time limit, memory limit, output limit."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of the process: the last word of every trace. `status` is the exit status for EXITED; `text` is
    the first line of the crash's report."""

    kind: EndKind
    status: int = 0
    text: str = ""

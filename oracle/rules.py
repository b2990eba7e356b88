"""The language's rules, each with a name, a statement and its source. A verdict names one of them.

Sources are sections of the Go specification (go.dev/ref/spec), the documentation of package runtime, or the issue
that settled a question the specification leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

_DEFER = "https://go.dev/ref/spec#Defer_statements"
_PANICS = "https://go.dev/ref/spec#Handling_panics"
_GOEXIT = "https://pkg.go.dev/runtime#Goexit"
_MAIN = "https://go.dev/ref/spec#Program_execution"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the language. `name` is stable: reports, buckets and tests refer to it."""

    name: str
    statement: str
    source: str


DEFERRED_CALL_LOST = Rule(
    "deferred-call-lost",
    "Every pending deferred call of a function runs before control leaves it by return, panic or Goexit.",
    _DEFER,
)
DEFERRED_CALL_ORDER = Rule(
    "deferred-call-order", "Deferred calls of a function run in the reverse order of their defer statements.", _DEFER
)
DEFERRED_CALL_TWICE = Rule(
    "deferred-call-twice",
    "A defer statement makes exactly one call: what has run, or was never deferred, does not run.",
    _DEFER,
)
DEFERRED_CALL_EARLY = Rule(
    "deferred-call-early", "Deferred calls run only when their function returns, panics or calls Goexit.", _DEFER
)
RECOVER_GIVES_PANIC = Rule(
    "recover-gives-panic",
    "recover, called directly by a deferred function that a panic runs, gives that panic's value.",
    _PANICS,
)
RECOVER_GIVES_NIL = Rule(
    "recover-gives-nil",
    "recover gives nil where no panic runs the calling function directly, or where it was recovered already.",
    _PANICS,
)
GOEXIT_UNWINDS = Rule(
    "goexit-unwinds",
    "Goexit runs all deferred calls of its goroutine, then ends it; a panic recovered in one does not stop it.",
    _GOEXIT,
)
CONTROL_FLOW = Rule(
    "control-flow",
    "Only the running function acts: control leaves it by call, return, panic or Goexit, and comes back to its"
    " caller.",
    "https://go.dev/ref/spec#Calls",
)
UNCAUGHT_PANIC = Rule(
    "uncaught-panic",
    "A panic that no deferred call recovers ends the process with the panic's report and status 2.",
    _PANICS,
)
GOROUTINE_END = Rule(
    "goroutine-end", "A goroutine that has ended does nothing more.", "https://go.dev/ref/spec#Go_statements"
)
GOROUTINE_START = Rule(
    "goroutine-start",
    "A go statement starts its call once, in a goroutine of its own.",
    "https://go.dev/ref/spec#Go_statements",
)
PROCESS_END = Rule(
    "process-end",
    "The process ends when main returns (status 0), by os.Exit (its status), by an uncaught panic or a fatal"
    " error, and not otherwise.",
    _MAIN,
)
TRACE_CONSISTENT = Rule(
    "trace-consistent",
    "A trace tells one story: activations are entered before they act, and once.",
    "oracle/events.py",
)

ALL = (
    DEFERRED_CALL_LOST,
    DEFERRED_CALL_ORDER,
    DEFERRED_CALL_TWICE,
    DEFERRED_CALL_EARLY,
    RECOVER_GIVES_PANIC,
    RECOVER_GIVES_NIL,
    GOEXIT_UNWINDS,
    CONTROL_FLOW,
    UNCAUGHT_PANIC,
    GOROUTINE_END,
    GOROUTINE_START,
    PROCESS_END,
    TRACE_CONSISTENT,
)


class Broken(Exception):
    """A rule was broken, and this was `owed` instead. How verdicts leave the rules; never leaves `oracle.check`."""

    def __init__(self, rule: Rule, owed: str) -> None:
        super().__init__()
        self.rule = rule
        self.owed = owed

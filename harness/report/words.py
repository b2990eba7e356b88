"""Events and outcomes in words for people.

The words say what a trace says and no more: `Narrator` looks up names and lines, it does not interpret.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Final, assert_never

from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Diverges,
    Inconclusive,
    Judged,
    NotApplicable,
    Outcome,
    RanOutOfMemory,
    RanTooLong,
    Trace,
    WroteTooMuch,
)
from harness.report.text import one_line
from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Exit,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)

_FILE: Final = re.compile(r"\S+\.go: ")
"""Before a line that goes on with an error."""
_ERROR: Final = re.compile(r"\S+\.go:[0-9]+(?::[0-9]+)?: (?!\s)")
"""Before an error: the file and the place in it."""


class Narrator:
    """Tells the events of one trace. A function's second activation is `f#2`, its third `f#3`."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._made: dict[int, int] = {}
        self._entered: dict[int, Enter] = {}
        self._ordinal: dict[int, int] = {}
        self._entries: Counter[int] = Counter()
        self.goroutines: set[int] = set()
        for event in trace.events:
            self.goroutines.add(event.goroutine)
            match event:
                case Enter():
                    self._entries[event.function] += 1
                    self._ordinal[event.activation] = self._entries[event.function]
                    self._entered[event.activation] = event
                case Defer() | Go():
                    self._made[event.record] = event.line
                case _:
                    pass

    def full(self, index: int) -> str:
        """Event `index` with its goroutine; the process's end if there is no such event."""
        if index >= len(self.trace.events):
            return f"process: {self.brief(index)}"
        return f"goroutine {self.trace.events[index].goroutine}: {self.brief(index)}"

    def brief(self, index: int) -> str:
        """Event `index` without its goroutine."""
        events = self.trace.events
        return one_line(self._event(events[index]) if index < len(events) else end(self.trace.end))

    def gist(self, index: int) -> str:
        """What of event `index` must be alike in two traces for it to be the same event: its words without the
        evidence (who called, from which line) in which releases differ lawfully, and without activation counts."""
        if index >= len(self.trace.events):
            return f"end {self.trace.end.kind.value} {self.trace.end.status}"
        event = self.trace.events[index]
        if isinstance(event, Enter):
            bare = replace(event, via=Via.CODE, line=0)
            words = self._enter(bare)
        else:
            words = self._event(event)
        entered = self._entered.get(event.activation)
        name = self._name(entered.function) if entered else ""
        return words.replace(self._who(event.activation), name)

    def line(self, index: int) -> int:
        """The line of the source that event `index` is about, for a deferred call its defer statement; 0 for none."""
        if index >= len(self.trace.events):
            return 0
        event = self.trace.events[index]
        if isinstance(event, Enter):
            made = self._made.get(event.deferred or event.started, 0)
            first = self.trace.functions[event.function].first_line if self._known(event.function) else 0
            return made or event.line or first
        return event.line

    def _event(self, event: Event) -> str:
        who = self._who(event.activation)
        match event:
            case Enter():
                return self._enter(event)
            case Defer():
                return f"{who} defers {self._callee(event.callee)} (line {event.line})"
            case Go():
                return f"{who} starts a goroutine for {self._callee(event.callee)} (line {event.line})"
            case Panic():
                return f"{who} panics with {event.value} (line {event.line})"
            case Recover(value="nil"):
                return f"{who} calls recover, which gives nil (line {event.line})"
            case Recover():
                return f"{who} recovers {event.value} (line {event.line})"
            case Goexit():
                return f"{who} calls runtime.Goexit (line {event.line})"
            case Return():
                return f"{who} returns (line {event.line})"
            case Exit():
                return f"{who} calls os.Exit({event.status}) (line {event.line})"
            case _:
                assert_never(event)

    def _enter(self, event: Enter) -> str:
        who = self._who(event.activation)
        by = _caller(event)
        if event.deferred:
            made = self._made.get(event.deferred)
            place = f"defer at line {made}" if made else "no defer made it"
            return f"deferred call {who} begins ({place}{by and ', ' + by})"
        if event.started:
            made = self._made.get(event.started)
            place = f"go at line {made}" if made else "no go statement made it"
            return f"{who} begins ({place})"
        if event.via is Via.CODE:
            return f"{who} begins (called at line {event.line})" if event.line else f"{who} begins"
        return f"{who} begins ({by or 'first of its goroutine'})"

    def _callee(self, callee: Callee) -> str:
        names = " or ".join(self._name(function) for function in callee.functions)
        match callee.kind:
            case CalleeKind.LITERAL | CalleeKind.FUNCTION | CalleeKind.METHOD:
                return names or "a function"
            case CalleeKind.VALUE:
                return f"a function value ({names})" if names else "a function value"
            case CalleeKind.NIL:
                return "a nil function value"
            case CalleeKind.RECOVER:
                return "recover()"
            case CalleeKind.PANIC:
                return f"panic({callee.value})"
            case CalleeKind.GOEXIT:
                return "runtime.Goexit()"
            case CalleeKind.EXIT:
                return f"os.Exit({callee.value})"
            case CalleeKind.SILENT:
                return "a call that shows nothing"
            case CalleeKind.FOREIGN:
                return "a call into another package"
            case _:
                assert_never(callee.kind)

    def _who(self, activation: int) -> str:
        entered = self._entered.get(activation)
        if entered is None:
            return f"activation {activation}"
        name = self._name(entered.function)
        ordinal = self._ordinal[activation]
        return f"{name}#{ordinal}" if ordinal > 1 else name

    def _known(self, function: int) -> bool:
        return 0 <= function < len(self.trace.functions)

    def _name(self, function: int) -> str:
        return self.trace.functions[function].name if self._known(function) else f"function {function}"


def _caller(event: Enter) -> str:
    """Who called the function, where it was not plain code."""
    match event.via:
        case Via.CODE | Via.START:
            return ""
        case Via.FOREIGN:
            return "called by another package"
        case Via.PANIC:
            return "run by panic"
        case Via.GOEXIT:
            return "run by Goexit"
        case Via.RUNTIME:
            return "run by the runtime"
        case _:
            assert_never(event.via)


def end(value: End) -> str:
    """How the process ended."""
    text = f": {one_line(value.text)}" if value.text else ""
    match value.kind:
        case EndKind.RETURNED:
            return "main returns, the process ends with status 0"
        case EndKind.EXITED:
            return f"the process exits with status {value.status}"
        case EndKind.PANICKED:
            return f"the process dies of an uncaught panic{text}"
        case EndKind.MAIN_GOEXIT:
            return "the process dies: main called Goexit and no goroutine is left"
        case EndKind.DEADLOCK:
            return "the process dies: all goroutines are asleep"
        case EndKind.FATAL:
            return f"the process dies of a fatal error{text}"
        case EndKind.KILLED:
            return f"the process is stopped from outside{text}"
        case _:
            assert_never(value.kind)


def kind(value: Outcome) -> str:
    """An outcome as a stable word for machines."""
    match value:
        case Conforms():
            return "conforms"
        case Diverges():
            return "diverges"
        case Crashed():
            return "crashed"
        case RanTooLong():
            return "timed out"
        case RanOutOfMemory():
            return "out of memory"
        case WroteTooMuch():
            return "too much output"
        case BuildFailed():
            return "build failed"
        case Inconclusive():
            return "inconclusive"
        case NotApplicable():
            return "not applicable"
        case _:
            assert_never(value)


def detail(value: Outcome) -> str:
    """What an outcome has to say for itself beside its `kind`, in one line; "" for nothing."""
    match value:
        case Conforms():
            return ""
        case Diverges():
            return one_line(value.divergence.rule.name)
        case NotApplicable():
            return f"only for {one_line(value.constraint)}"
        case BuildFailed():
            return one_line(first_error(value.detail))
        case Crashed() | RanTooLong() | RanOutOfMemory() | WroteTooMuch() | Inconclusive():
            return one_line(value.detail.strip().partition("\n")[0])
        case _:
            assert_never(value)


def first_error(compiler: str) -> str:
    """The first error among a compiler's words, in one line, and how many more there are. An error that ends in a
    colon says what it is about on the line below."""
    first, *rest = compiler.strip().splitlines() or [""]
    if first.endswith(":") and rest:
        first = f"{first} {_FILE.sub('', rest.pop(0)).strip()}"
    more = sum(_ERROR.match(line) is not None and not line.endswith("too many errors") for line in rest)
    return f"{first} (and {more} more)" if more else first


def fails(value: Outcome) -> bool:
    """Whether an outcome is a fault of the toolchain (or of the case)."""
    return not isinstance(value, Conforms | NotApplicable | Inconclusive)


def excused(side: Judged) -> bool:
    """Whether the side fails as its case's header foresees."""
    return side.known is not None and fails(side.outcome)

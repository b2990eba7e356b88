"""The rules once more, in direct style: which traces are lawful where all code is traced and no loop ranges over a
function.

A call is a Python call, a panic that leaves it is what it gives back. So there is no stack to search and nothing to
settle, and the check, which has both, must agree on every trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oracle.events import (
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Exit,
    Function,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.stack import NIL, NIL_DEREFERENCE, PANIC_NIL, RUNTIME_ERROR


class Unlawful(Exception):
    """An event that must not come."""


class Cut(Exception):
    """The goroutine's events are over while a function runs, or (`owed`) before a deferred call that must come."""

    def __init__(self, *, owed: bool) -> None:
        super().__init__(owed)
        self.owed = owed


class Exited(Exception):
    """os.Exit was called."""


@dataclass(eq=False)
class Leaving:
    """A panic, or (`value` is None) a Goexit, that leaves frames. `fault`: its value is any run-time error.
    `replaced`: what it came in the way of. `goexit`: the Goexit among those, which goes on if it is recovered."""

    value: str | None
    fault: bool = False
    recovered: bool = False
    replaced: Leaving | None = None
    goexit: Leaving | None = None


@dataclass
class Life:
    """One goroutine's events, and what became of it. `dies`: when they are over, the function that runs hits a
    run-time error. `panics`: in progress, with a value that an event showed."""

    functions: Sequence[Function]
    events: list[Event]
    dies: bool = False
    next: int = 0
    panics: list[Leaving] = field(default_factory=list)
    status: int | None = None
    end: str = ""

    def run(self) -> Life:
        try:
            first = self.take(owed=False)
            if not (isinstance(first, Enter) and first.via is Via.START and not first.deferred):
                raise Unlawful
            left = self.call(first, None)
            self.end = "returned" if left is None else "panicked" if left.value is not None else "goexit"
        except Cut as cut:
            self.end = "owing" if cut.owed else "running"
        except Exited:
            self.end = "exited"
        if self.next < len(self.events):
            raise Unlawful
        return self

    def take(self, *, owed: bool) -> Event:
        if self.next == len(self.events):
            raise Cut(owed=owed)
        self.next += 1
        return self.events[self.next - 1]

    def call(self, entered: Enter, by: Leaving | None) -> Leaving | None:
        """One activation, from its beginning to what leaves it: None if it returns."""
        deferred: list[Defer] = []
        left = self.body(entered, by, deferred)
        while deferred:
            newer = self.deferred_call(entered, by, deferred.pop(), left)
            if newer is not None:
                if left is not None:
                    newer.replaced = left
                    newer.goexit = left if left.value is None else left.goexit
                left = newer
            elif left is not None and left.recovered:
                self.is_over(left)
                left = left.goexit
        return left

    def is_over(self, panic: Leaving | None) -> None:
        while panic is not None and panic.value is not None:
            if panic in self.panics:
                self.panics.remove(panic)
            panic = panic.replaced

    def body(self, entered: Enter, by: Leaving | None, deferred: list[Defer]) -> Leaving | None:
        function = self.functions[entered.function]
        while True:
            if self.dies and self.next == len(self.events):
                return self.fault()
            event = self.take(owed=False)
            if isinstance(event, Enter):
                if event.via in (Via.PANIC, Via.RUNTIME):
                    self.next -= 1
                    return self.fault()
                if event.via is not Via.CODE or event.deferred:
                    raise Unlawful
                if not function.first_line <= event.line <= function.last_line:
                    raise Unlawful
                if (left := self.call(event, None)) is not None:
                    return left
                continue
            if event.activation != entered.activation:
                raise Unlawful
            match event:
                case Return():
                    return None
                case Panic():
                    return self.panic(PANIC_NIL if event.value == NIL else event.value)
                case Goexit():
                    return Leaving(None)
                case Defer():
                    deferred.append(event)
                case Recover():
                    self.recover(by, event.value)
                case Exit():
                    self.status = event.status & 255
                    raise Exited
                case Go():
                    pass

    def panic(self, value: str) -> Leaving:
        self.panics.append(Leaving(value))
        return self.panics[-1]

    @staticmethod
    def fault() -> Leaving:
        return Leaving("", fault=True)

    def recover(self, by: Leaving | None, got: str) -> None:
        owed = by is not None and by.value is not None and not by.recovered
        if by is not None and owed:
            by.recovered = True
            if got != by.value and not (by.fault and got.startswith(RUNTIME_ERROR)):
                raise Unlawful
        elif got != NIL:
            raise Unlawful

    def deferred_call(
        self, deferring: Enter, by: Leaving | None, statement: Defer, left: Leaving | None
    ) -> Leaving | None:
        """What leaves the deferred call, which the return of `deferring` makes or what leaves it, `left`."""
        match statement.callee.kind:
            case CalleeKind.PANIC:
                return self.panic(statement.callee.value)
            case CalleeKind.NIL:
                return self.panic(NIL_DEREFERENCE)
            case CalleeKind.GOEXIT:
                return Leaving(None)
            case CalleeKind.RECOVER:
                if left is None and by is not None and by.value is not None:
                    by.recovered = True
                return None
            case CalleeKind.SILENT:
                return None
        event = self.take(owed=True)
        if not isinstance(event, Enter) or not self.is_call_of(statement, event):
            raise Unlawful
        function = self.functions[deferring.function]
        if left is not None:
            lawful = event.via is (Via.GOEXIT if left.value is None else Via.PANIC)
        else:
            lawful = event.via is Via.CODE and function.first_line <= event.line <= function.last_line
        if not lawful and event.via is not Via.RUNTIME:
            raise Unlawful
        return self.call(event, left)

    @staticmethod
    def is_call_of(statement: Defer, event: Enter) -> bool:
        if statement.callee.kind is CalleeKind.LITERAL and event.deferred:
            return event.deferred == statement.record
        named = event.function in statement.callee.functions
        return not event.deferred and (named or statement.callee.kind is CalleeKind.VALUE)


def lawful(functions: Sequence[Function], events: Sequence[Event], end: End) -> bool:
    """Whether a whole trace is."""
    try:
        numbered(events)
        own = {e.goroutine: [f for f in events if f.goroutine == e.goroutine] for e in events}
        lives = {number: Life(functions, theirs).run() for number, theirs in own.items()}
        dying = [Life(functions, theirs, dies=True).run() for theirs in own.values()]
    except Unlawful:
        return False
    return ends(lives, dying, end)


def numbered(events: Sequence[Event]) -> None:
    """Goroutines and activations count up as they are first seen; each goroutine but main's was started by a go
    statement, which starts no other."""
    goroutines = activations = 0
    waiting: set[int] = set()
    for event in events:
        if isinstance(event, Go):
            waiting.add(event.record)
        if event.goroutine == goroutines + 1 and isinstance(event, Enter):
            goroutines += 1
            if goroutines > 1 and event.started not in waiting:
                raise Unlawful
            waiting.discard(event.started)
        if event.goroutine > goroutines:
            raise Unlawful
        if isinstance(event, Enter):
            if event.activation <= activations:
                raise Unlawful
            activations = event.activation


def ends(lives: dict[int, Life], dying: list[Life], end: End) -> bool:
    main = lives.get(1)
    uncaught = any(life.end == "panicked" for life in lives.values())
    exits = [life.status for life in lives.values() if life.end == "exited"]
    asleep = all(life.end not in ("owing", "panicked", "exited") for life in lives.values())
    match end.kind:
        case EndKind.EXITED if end.status:
            return end.status in exits
        case EndKind.RETURNED | EndKind.EXITED:
            done = main is not None and main.end == "returned"
            return not uncaught and (exits[0] == 0 if exits else done)
        case EndKind.PANICKED:
            # The report begins with the oldest panic in progress; one that no event showed is a run-time error.
            fault = end.text.startswith("panic: runtime error: ")
            return any(life.end == "panicked" and (fault or life.panics) for life in dying)
        case EndKind.MAIN_GOEXIT:
            return main is not None and main.end == "goexit" and asleep
        case EndKind.DEADLOCK:
            return asleep
        case _:
            return True

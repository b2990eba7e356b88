"""Traces by hand, short enough to read: `story("main", "f", ...)` makes the table, its methods the events."""

from __future__ import annotations

from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
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


class Story:
    """Builds one trace. Function i holds lines 10*i+1 to 10*i+9, so a call from i comes from line 10*i+5."""

    def __init__(self, *names: str, foreign: tuple[str, ...] = (), ranges: tuple[str, ...] = ()) -> None:
        self.functions = tuple(
            Function(n, 10 * i + 1, 10 * i + 9, n in foreign, n in ranges) for i, n in enumerate(names)
        )
        self.names = names
        self.events: list[Event] = []
        self._activations = 0
        self._records = 0
        self._function_of: dict[int, int] = {}

    def _enter(self, name: str, via: Via, g: int, caller: int = 0, deferred: int = 0, started: int = 0) -> int:
        self._activations += 1
        function = self.names.index(name)
        self._function_of[self._activations] = function
        line = 10 * self._function_of[caller] + 5 if caller else 0
        self.events.append(Enter(g, self._activations, function, via, line, deferred, started))
        return self._activations

    def start(self, name: str, g: int = 1, started: int = 0) -> int:
        return self._enter(name, Via.START, g, started=started)

    def call(self, name: str, caller: int, g: int = 1) -> int:
        return self._enter(name, Via.CODE, g, caller)

    def called_back(self, name: str, g: int = 1) -> int:
        return self._enter(name, Via.FOREIGN, g)

    def by_return(self, name: str, owner: int, record: int = 0, g: int = 1) -> int:
        return self._enter(name, Via.CODE, g, owner, record)

    def by_panic(self, name: str, record: int = 0, g: int = 1) -> int:
        return self._enter(name, Via.PANIC, g, deferred=record)

    def by_goexit(self, name: str, record: int = 0, g: int = 1) -> int:
        return self._enter(name, Via.GOEXIT, g, deferred=record)

    def by_runtime(self, name: str, record: int = 0, g: int = 1) -> int:
        return self._enter(name, Via.RUNTIME, g, deferred=record)

    def defer(self, a: int, *names: str, kind: CalleeKind = CalleeKind.LITERAL, value: str = "", g: int = 1) -> int:
        self._records += 1
        callee = Callee(kind, tuple(self.names.index(n) for n in names), value)
        self.events.append(Defer(g, a, 2, self._records, callee))
        return self._records

    def go(self, a: int, name: str, g: int = 1) -> int:
        self._records += 1
        self.events.append(Go(g, a, 2, self._records, Callee(CalleeKind.LITERAL, (self.names.index(name),))))
        return self._records

    def panic(self, a: int, value: str = '"boom"', g: int = 1) -> None:
        self.events.append(Panic(g, a, 3, value))

    def recover(self, a: int, value: str = '"boom"', g: int = 1) -> None:
        self.events.append(Recover(g, a, 4, value))

    def goexit(self, a: int, g: int = 1) -> None:
        self.events.append(Goexit(g, a, 5))

    def returns(self, *activations: int, g: int = 1) -> None:
        self.events.extend(Return(g, a, 6) for a in activations)

    def exit(self, a: int, status: int, g: int = 1) -> None:
        self.events.append(Exit(g, a, 7, status))

    def function_of(self, event: Event) -> int:
        return self._function_of[event.activation]

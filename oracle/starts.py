"""Go statements whose goroutine has not been seen yet.

A goroutine that is seen may tell by whose statement it was started (function literals do), or leave it to be told
by the function it begins with; then the statement that fits it best is taken, and those that could start anything
are kept for what nothing else explains.
"""

from __future__ import annotations

from collections.abc import Iterable

from oracle.events import Callee, CalleeKind


class Starts:
    """Statements that wait for the goroutine they start: each starts one."""

    def __init__(self) -> None:
        self._callees: dict[int, Callee] = {}
        self._records: dict[Callee, set[int]] = {}

    def add(self, record: int, callee: Callee) -> None:
        """A go statement was executed."""
        self._callees[record] = callee
        self._records.setdefault(callee, set()).add(record)

    def take(self, started: int, function: int) -> bool:
        """Whether one of them starts the goroutine that begins with `function`: the one of record `started` if it
        says so, else (0) the one that fits best. It starts no other."""
        if started:
            callee = self._callees.pop(started, None)
            if callee is not None:
                self._records[callee].discard(started)
            return callee is not None
        fitting = [c for c, records in self._records.items() if records and c.may_enter(function)]
        if not fitting:
            return False
        best = min(fitting, key=_choices)
        del self._callees[self._records[best].pop()]
        return True

    def callees(self) -> Iterable[Callee]:
        """What the statements that still wait call, each once."""
        return (callee for callee, records in self._records.items() if records)


def _choices(callee: Callee) -> tuple[bool, int]:
    return (callee.kind is CalleeKind.VALUE, len(callee.functions))

"""From a table of functions to the program that one of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oracle.program import Action, Call, Defer, Form, Function, Go, Program


def gather(functions: Sequence[Function], root: Function) -> tuple[Program, tuple[int, ...]]:
    """The program with `root` for main and what it needs of `functions`, which may refer to each other in any order,
    but not in a circle; and where in the table each of its functions was, -1 for the root.

    A closure stands in one defer statement of a program, so each such statement gets one of its own.
    """
    collector = _Collector(functions)
    collector.add(root, -1)
    return collector.program()


def aimed(action: Action, target: int) -> Action:
    """The action with another function to refer to."""
    assert isinstance(action, Call | Defer | Go)
    return replace(action, function=target)


class _Collector:
    """Collects functions, what they refer to before themselves; a program has them the other way round."""

    def __init__(self, table: Sequence[Function]) -> None:
        self.table = table
        self.found: list[tuple[Function, int, dict[int, int]]] = []
        self.shared: dict[int, int] = {}

    def add(self, function: Function, origin: int) -> int:
        targets = {
            position: self._reference(
                action.function, closure=isinstance(action, Defer) and action.form is Form.CLOSURE
            )
            for position, action in enumerate(function.body)
            if isinstance(action, Call | Go | Defer) and action.function is not None
        }
        self.found.append((function, origin, targets))
        return len(self.found) - 1

    def _reference(self, number: int, *, closure: bool) -> int:
        if closure:
            return self.add(self.table[number], number)
        if number not in self.shared:
            self.shared[number] = self.add(self.table[number], number)
        return self.shared[number]

    def program(self) -> tuple[Program, tuple[int, ...]]:
        last = len(self.found) - 1
        functions = []
        for function, _, targets in reversed(self.found):
            body = (aimed(a, last - targets[n]) if n in targets else a for n, a in enumerate(function.body))
            functions.append(replace(function, body=tuple(body)))
        return Program(tuple(functions)), tuple([origin for _, origin, _ in reversed(self.found)])

"""Programs to try: at random from a seed, with everything in the algebra; and all there are up to a size.

All programs: a *tree* is a frame and its items, an item a word or a pair of word and tree. What makes no difference
to any rule is left out, so that no two trees are the same program under other names: every function is referred to
once, functions are numbered in the order in which they are read, each panic has a value of its own, nothing stands
behind an action that ends a body, only functions that defer have a choice of frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Final

from oracle.program import (
    OPEN_CODED_LIMIT,
    Action,
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    FaultKind,
    Form,
    Frame,
    Function,
    Go,
    Goexit,
    Grow,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
)

# --- All programs up to a size ------------------------------------------------------------------------------------

Item = str | tuple[str, "Tree"]
Items = tuple[Item, ...]
Tree = tuple[bool, Items]
"""Whether its defers are linked, and what it does: "recover", "panic", "goexit", ("call", tree), ("defer", tree)."""

_KEPT: Final = 4
"""Trees up to this size are kept in memory: all larger ones are made of them again and again."""

NOT_COVERED = (
    "forms of deferred calls other than closures, nil function values, run-time errors, results, goroutines, stack"
    " growth, statements that are not executed or in loops, functions referred to more than once"
)
"""What no tree has; random programs have it."""


def trees(size: int, first: int = 0) -> Iterator[Tree]:
    """All programs of exactly `size` actions, in a fixed order, from number `first` on."""
    if size <= _KEPT:
        yield from _kept(size)[first:]
    else:
        yield from _continued(size, (), False, first)


@cache
def _kept(size: int) -> tuple[Tree, ...]:
    return tuple(_continued(size, (), False, 0))


def _continued(size: int, head: Items, defers: bool, skip: int) -> Iterator[Tree]:
    """All trees whose body is `head` and `size` more actions, but for the first `skip`. `defers`: the head does."""
    if size == 0:
        yield from ((linked, head) for linked in _frames(defers)[skip:])
        return
    if size == 1:
        ended = [(linked, (*head, last)) for last in ("panic", "goexit") for linked in _frames(defers)]
        yield from ended[skip:]
        skip = max(0, skip - len(ended))
    for first in range(1, size + 1):
        rest = size - first
        behind_call, behind_defer = _count_behind(rest, defers), _count_behind(rest, True)
        if first == 1:
            if skip < behind_call:
                yield from _continued(rest, (*head, "recover"), defers, skip)
            skip = max(0, skip - behind_call)
        passed = min(skip // (behind_call + behind_defer), count(first - 1))
        skip -= passed * (behind_call + behind_defer)
        for tree in trees(first - 1, passed):
            if skip < behind_call:
                yield from _continued(rest, (*head, ("call", tree)), defers, skip)
            skip = max(0, skip - behind_call)
            yield from _continued(rest, (*head, ("defer", tree)), True, skip)
            skip = 0


def _frames(defers: bool) -> tuple[bool, ...]:
    return (False, True) if defers else (False,)


def _count_behind(size: int, defers: bool) -> int:
    """How many trees have one and the same beginning and `size` actions behind it."""
    plain, deferring = _counts(size)
    return 2 * (plain + deferring) if defers else plain + 2 * deferring


def count(size: int) -> int:
    """How many programs of exactly `size` actions there are, by another way than making them."""
    plain, deferring = _counts(size)
    return plain + 2 * deferring


@cache
def _counts(size: int) -> tuple[int, int]:
    plain, deferring = (1 if size == 0 else 2 if size == 1 else 0), 0
    for first in range(1, size + 1):
        below = count(first - 1)
        plain_after, deferring_after = _counts(size - first)
        calls = below + (1 if first == 1 else 0)
        plain += calls * plain_after
        deferring += calls * deferring_after + below * (plain_after + deferring_after)
    return plain, deferring


def program_of(tree: Tree) -> Program:
    """The tree as a program."""
    bodies: list[Function | None] = []
    values = [0]
    _flatten(tree, bodies, values)
    return Program(tuple([f for f in bodies if f is not None]))


def _flatten(tree: Tree, functions: list[Function | None], values: list[int]) -> None:
    number = len(functions)
    functions.append(None)
    body: list[Action] = []
    for item in tree[1]:
        if item == "recover":
            body.append(_RECOVER)
        elif item == "panic":
            values[0] += 1
            body.append(Panic(f"p{values[0]}"))
        elif item == "goexit":
            body.append(_GOEXIT)
        else:
            body.append(Call(len(functions)) if item[0] == "call" else Defer(len(functions)))
            _flatten(item[1], functions, values)  # type: ignore[arg-type]
    functions[number] = Function(tuple(body), Frame.LINKED if tree[0] else Frame.OPEN)


_RECOVER = Recover()
_GOEXIT = Goexit()

# --- Random programs ----------------------------------------------------------------------------------------------


def random_program(rng: Random, actions: int) -> Program:
    """A valid program of about `actions` actions with everything in the algebra, leaning to what can go wrong: panics
    under deferred calls, recoveries with deferred calls still pending, Goexit in between."""
    return _Maker(rng).make(actions)


class _Maker:
    """`costs`: how many actions a function makes when it runs, counted as if every call were made."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.functions: list[Function] = []
        self.costs: list[int] = []
        self.shareable: list[int] = []
        self.values = 0

    def make(self, actions: int) -> Program:
        self._function(actions, deferred=False, closure=False)
        return Program(tuple(self.functions))

    def _function(self, budget: int, *, deferred: bool, closure: bool) -> int:
        """Make a function, and those below it, with `budget` actions; return its number."""
        rng = self.rng
        number = len(self.functions)
        self.functions.append(Function())
        self.costs.append(0)
        frame = rng.choice((Frame.OPEN, Frame.OPEN, Frame.LINKED))
        body: list[Action] = []
        # What happens in main ends the process, and there is more to see if it does not.
        last = self._last(number) if budget and rng.random() < (0.5 if number else 0.2) else None
        budget -= last is not None
        if deferred and budget and rng.random() < 0.55:
            body.append(Recover(show=rng.random() < 0.5))
            budget -= 1
        statements = 0
        while budget > 0:
            open_coded_full = frame is Frame.OPEN and statements == OPEN_CODED_LIMIT
            action, budget = self._action(number, budget, frame, open_coded_full, closure=closure)
            statements += isinstance(action, Defer)
            body.append(action)
        if last is not None:
            body.append(last)
        self.functions[number] = Function(tuple(body), frame, large=rng.random() < 0.05)
        self.costs[number] = sum(self._cost(action) for action in body)
        return number

    def _cost(self, action: Action) -> int:
        if isinstance(action, Call | Go):
            return 1 + self.costs[action.function]
        if isinstance(action, Defer) and action.function is not None:
            return action.times * (1 + self.costs[action.function])
        return 1

    def _last(self, number: int) -> Action:
        """What ends a body."""
        draw = self.rng.random()
        if draw < 0.5:
            return Panic(self._value())
        if draw < 0.65:
            return Fault(self.rng.choice(tuple(FaultKind)))
        if draw < 0.85:
            return Goexit()
        return Return(self.rng.randrange(100) if number else None)

    def _value(self) -> str:
        """A new value, or sometimes an old one again."""
        if self.values == 0 or self.rng.random() < 0.9:
            self.values += 1
            return f"p{self.values}"
        return f"p{self.rng.randint(1, self.values)}"

    def _action(
        self, number: int, budget: int, frame: Frame, open_coded_full: bool, *, closure: bool
    ) -> tuple[Action, int]:
        """One action, and what it leaves of the budget."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.5 and not open_coded_full:
            return self._defer(number, budget, frame)
        if draw < 0.72:
            target, budget = self._target(number, budget)
            if rng.random() < 0.1:
                return Go(target), budget
            return Call(target, show=rng.random() < 0.4), budget
        return self._plain(number, draw, closure=closure), budget - 1

    def _defer(self, number: int, budget: int, frame: Frame) -> tuple[Action, int]:
        rng = self.rng
        loop = frame is Frame.LINKED and rng.random() < 0.4
        times = rng.choice((0, 1, 1, 1, 1, 1, 1))
        if rng.random() < 0.05:
            return Defer(None, times=times, loop=loop), budget - 1
        form = rng.choice(tuple(Form))
        if form is Form.CLOSURE:
            below = rng.randint(0, min(budget - 1, 6))
            target, budget = self._function(below, deferred=True, closure=True), budget - 1 - below
        else:
            target, budget = self._target(number, budget, deferred=True)
        if loop and times and self.costs[target] <= _CHEAP:
            times = rng.choice((1, 2, 3))
        return Defer(target, form, times, loop), budget

    def _target(self, number: int, budget: int, *, deferred: bool = False) -> tuple[int, int]:
        """A function to refer to: a new one, or sometimes one that is there."""
        rng = self.rng
        there = [f for f in self.shareable if f > number and self.costs[f] <= _CHEAP]
        if there and rng.random() < 0.15:
            return rng.choice(there), budget - 1
        below = rng.randint(0, min(budget - 1, 8))
        target = self._function(below, deferred=deferred, closure=False)
        self.shareable.append(target)
        return target, budget - 1 - below

    def _plain(self, number: int, draw: float, *, closure: bool) -> Action:
        """An action that refers to nothing."""
        rng = self.rng
        if draw < 0.8:
            return Recover(show=rng.random() < 0.5)
        if draw < 0.88:
            outer = closure and rng.random() < 0.5
            if outer or number:
                return SetResult(rng.randrange(100), outer) if rng.random() < 0.6 else ReadResult(outer)
        if draw < 0.96:
            return Emit(rng.randrange(1000))
        return Grow() if draw < 0.985 else Collect()


_CHEAP = 10
"""Actions of a function that may be referred to more than once, or deferred in a loop, at most."""

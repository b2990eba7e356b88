"""Random tables of functions, and programs over them.

A program is a *skeleton* (a function whose calls and defer statements have holes) with functions of the table in its
holes. Making and compiling a table takes much longer than filling a skeleton, so one table serves some ten thousand
programs, and all of these are different. What is random is the seed's and the table's number's alone.

Every function is made for a shape of the driver (`harness.golang.shapes`), so each can run as data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from harness.golang.shapes import Shape, Site
from oracle.gather import aimed, gather
from oracle.program import (
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

FUNCTIONS = 600
"""Functions of a table."""
SKELETONS = 400
VALUES = 40
"""Different panic values."""

_LEAVES = 120
_COSTLY = 14
"""What a function may cost that is called or deferred; see `Made.cost`."""
_NIL = 0.02
"""How often a defer statement has a nil function value: faults of gc make many of these programs kill the driver."""
_COLLECTING = 0.05
"""How many tables have functions that collect garbage: that takes as long as some hundred programs."""


@dataclass(frozen=True, slots=True)
class Made:
    """A function of a table. `shape`: its number; `cost`: actions that it does if every call is made."""

    function: Function
    shape: int
    cost: int

    @property
    def leaf(self) -> bool:
        """Whether it has no defer statements."""
        return not self.function.statements


@dataclass(frozen=True, slots=True)
class Hole:
    """A hole of a skeleton: the position of the action in its body, and which functions may fill it."""

    action: int
    among: Sequence[int]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A function with holes; its own references mean nothing."""

    function: Function
    shape: int
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`functions`: each refers only to earlier ones, by their numbers; the first is no program's."""

    functions: tuple[Made, ...]
    skeletons: tuple[Skeleton, ...]


def random_table(rng: Random, shapes: Sequence[Shape], *, nil: bool = True) -> Table:
    """A table with everything in the algebra. `nil`: with nil function values among what is deferred."""
    return _Maker(rng, shapes, nil=nil).make()


class _Maker:
    """`callable`, `closures`, `leaves`: numbers of functions that anything may refer to, that a defer statement of a
    closure may, and those of them without defer statements."""

    def __init__(self, rng: Random, shapes: Sequence[Shape], *, nil: bool) -> None:
        self.rng = rng
        self.shapes = shapes
        self.nil = _NIL if nil else 0.0
        self.without = [n for n, shape in enumerate(shapes) if not shape.sites]
        self.few = [n for n, shape in enumerate(shapes) if 1 <= len(shape.sites) <= 3]
        self.all = [n for n, shape in enumerate(shapes) if shape.sites]
        self.collecting = rng.random() < _COLLECTING
        self.made: list[Made] = []
        self.callable: list[int] = []
        self.closures: list[int] = []
        self.leaves: list[int] = []

    def make(self) -> Table:
        self._keep(Made(Function(), 0, 0))
        for number in range(1, FUNCTIONS):
            self._keep(self._function(leaf=number <= _LEAVES or self.rng.random() < 0.15))
        skeletons = tuple(self._skeleton() for _ in range(SKELETONS))
        return Table(tuple(self.made), skeletons)

    def _keep(self, made: Made) -> None:
        number = len(self.made)
        self.made.append(made)
        if number == 0 or made.cost > _COSTLY:
            return
        self.closures.append(number)
        if made.leaf:
            self.leaves.append(number)
        if not made.function.sees_outer_result:
            self.callable.append(number)

    def _shape(self, *, leaf: bool) -> int:
        rng = self.rng
        if leaf:
            return self.without[0] if rng.random() < 0.9 else rng.choice(self.without)
        return rng.choice(self.few if rng.random() < 0.85 else self.all)

    def _function(self, *, leaf: bool) -> Made:
        shape = self._shape(leaf=leaf)
        closure = self.rng.random() < 0.3
        body, cost = self._body(self.shapes[shape], closure=closure, budget=_COSTLY)
        frame, large = self.shapes[shape].frame, self.shapes[shape].large
        return Made(Function(tuple(body), frame, large), shape, cost)

    def _skeleton(self) -> Skeleton:
        shape = self._shape(leaf=False)
        given = self.shapes[shape]
        body, _ = self._body(given, closure=False, budget=3 * _COSTLY)
        holes = []
        for position, action in enumerate(body):
            if isinstance(action, Call | Go):
                holes.append(Hole(position, self.callable))
            elif isinstance(action, Defer) and action.function is not None and action.times:
                site = given.sites[sum(isinstance(a, Defer) for a in body[:position])]
                holes.append(Hole(position, self._among(given.frame, action.form, site)))
        return Skeleton(Function(tuple(body), given.frame, given.large), shape, tuple(holes))

    def _among(self, frame: Frame, form: Form, site: Site) -> list[int]:
        """Which functions a defer statement may refer to."""
        if site is Site.LITERAL:
            return self.leaves
        sees_the_result = form is Form.CLOSURE and frame is Frame.LINKED
        return self.closures if sees_the_result else self.callable

    def _body(self, shape: Shape, *, closure: bool, budget: int) -> tuple[list[Action], int]:
        """A body with so many defer statements as the shape has, and what it costs."""
        rng = self.rng
        body: list[Action] = []
        cost = 0
        if rng.random() < 0.5:
            body.append(Recover(show=rng.random() < 0.3))
        for left in range(len(shape.sites), 0, -1):
            if rng.random() < 0.35:
                cost += self._plain(body, budget - cost, closure=closure)
            cost += self._defer(body, shape, shape.sites[-left], max(1, (budget - cost) // left))
        for _ in range(rng.choice((0, 1, 1, 2))):
            cost += self._plain(body, budget - cost, closure=closure)
        if rng.random() < 0.5:
            body.append(self._last())
        return body, cost + len(body)

    def _defer(self, body: list[Action], shape: Shape, site: Site, budget: int) -> int:
        rng = self.rng
        loop = shape.frame is Frame.LINKED and (shape.ranging or rng.random() < 0.4)
        times = 0 if rng.random() < 0.14 else rng.choice((1, 1, 2, 3)) if loop else 1
        if site is Site.VARIABLE and rng.random() < self.nil:
            body.append(Defer(None, times=times, loop=loop))
            return times
        form = rng.choice(_AT[site])
        target = self._pick(self._among(shape.frame, form, site), budget // max(times, 1))
        body.append(Defer(target, form, times, loop))
        return times * self.made[target].cost

    def _pick(self, among: Sequence[int], budget: int) -> int:
        """A function that is within the budget, if some draws find one; else a cheap one."""
        rng = self.rng
        for _ in range(4):
            target = among[int(rng.random() * len(among))] if among else 0
            if self.made[target].cost <= budget:
                return target
        return among[int(rng.random() * min(len(among), _LEAVES))] if among else 0

    def _plain(self, body: list[Action], budget: int, *, closure: bool) -> int:
        """Add an action that is no defer statement; return what it costs beyond itself."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.45:
            target = self._pick(self.callable, budget)
            if draw < 0.02:
                body.append(Go(target))
            else:
                body.append(Call(target, show=draw < 0.15))
            return self.made[target].cost
        if draw < 0.65:
            body.append(Recover(show=draw < 0.52))
        elif draw < 0.8:
            outer = closure and rng.random() < 0.6
            body.append(SetResult(rng.randrange(100), outer) if draw < 0.73 else ReadResult(outer))
        elif draw < 0.99:
            body.append(Emit(rng.randrange(1000)))
        else:
            body.append(Collect() if self.collecting and rng.random() < 0.3 else Grow())
        return 0

    def _last(self) -> Action:
        rng = self.rng
        draw = rng.random()
        if draw < 0.55:
            return Panic(f"p{rng.randrange(VALUES)}")
        if draw < 0.62:
            return Fault(rng.choice(tuple(FaultKind)))
        if draw < 0.8:
            return Goexit()
        return Return(rng.randrange(100) if rng.random() < 0.7 else None)


_AT = {
    Site.VARIABLE: (Form.CLOSURE, Form.CLOSURE, Form.VALUE),
    Site.LITERAL: (Form.CLOSURE,),
    Site.RECEIVER: (Form.METHOD, Form.PROMOTED),
    Site.ARGUMENT: (Form.ARGUMENT, Form.FUNCTION),
}


# --- One program of a table, to show -----------------------------------------------------------------------------


def program_of(table: Table, skeleton: int, filling: Sequence[int]) -> tuple[Program, tuple[int | None, ...]]:
    """A program of a table by itself, and the shapes that its functions had. Its main calls the skeleton, as main has
    no result. `filling`: a function for each hole."""
    root = table.skeletons[skeleton]
    targets = {hole.action: target for hole, target in zip(root.holes, filling, strict=True)}
    body = tuple(aimed(a, targets[n]) if n in targets else a for n, a in enumerate(root.function.body))
    functions = [*(made.function for made in table.functions), replace(root.function, body=body)]
    known: list[int | None] = [*(made.shape for made in table.functions), root.shape, None]
    program, origins = gather(functions, Function((Call(len(functions) - 1),)))
    return program, tuple([known[origin] for origin in origins])

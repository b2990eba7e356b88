"""All programs up to a size, as chunks: those of `oracle.generate.trees`, in their order.

A program's root is a skeleton, all below it are functions of the chunk's table, of which equal ones are one. A
deferred call is a function literal kept in a variable, in a frame of open-coded or linked defers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice

from harness.data import wire
from harness.data.chunk import PROGRAMS, Chunk, how_of, order_of
from harness.data.compiled import Compiled, predict
from harness.data.tables import Hole, Made, Skeleton, Table
from harness.golang.shapes import Shape, Site, shapes
from oracle import generate
from oracle.generate import Tree
from oracle.program import Action, Call, Defer, Frame, Function, Goexit, Panic, Recover

_VALUES = 190
"""Different panic values of a table at most; equal functions panic with equal values, others seldom do."""
_ROOTS = "root"
"""The value of a root's panic, which no other has."""


def total(size: int) -> int:
    """How many programs there are of up to `size` actions."""
    return sum(generate.count(n) for n in range(size + 1))


def trees(size: int, number: int) -> Iterator[Tree]:
    """Those of chunk `number`."""
    left, skip = PROGRAMS, number * PROGRAMS
    for actions in range(size + 1):
        count = generate.count(actions)
        if skip < count and left:
            for tree in islice(generate.trees(actions, skip), left):
                left -= 1
                yield tree
        skip = max(0, skip - count)


def make(size: int, number: int, release: tuple[int, int]) -> Chunk:
    """Chunk `number` of all programs of up to `size` actions."""
    builder = _Builder(release)
    picked = [builder.program(tree) for tree in trees(size, number)]
    table = builder.table()
    compiled = Compiled(table)
    words = wire.header(len(table.functions), len(table.skeletons), len(picked))
    words.extend(compiled.words)
    first_program = len(words)
    owed: list[int] = []
    ends = array("Q")
    orders = [order_of(skeleton) for skeleton in table.skeletons]
    for which, filling in picked:
        words.append(which)
        targets = [filling[n] for n in orders[which]]
        words.extend(targets)
        predict(compiled.filled(which, targets), owed)
        ends.append(len(owed))
    raw = wire.as_bytes(array(wire.WORD, owed))
    return Chunk(number, how_of(number), wire.as_bytes(words), first_program, raw, ends)


def table(size: int, number: int, release: tuple[int, int]) -> Table:
    """The table of a chunk."""
    builder = _Builder(release)
    for tree in trees(size, number):
        builder.program(tree)
    return builder.table()


class _Builder:
    """Collects functions and skeletons, each once."""

    def __init__(self, release: tuple[int, int]) -> None:
        self._shapes = {shape: number for number, shape in enumerate(shapes(release))}
        self._functions: dict[Tree, int] = {}
        self._skeletons: dict[tuple[bool, tuple[str, ...]], int] = {}
        self._made = [Made(Function(), 0, 0)]
        self._roots: list[Skeleton] = []

    def table(self) -> Table:
        return Table(tuple(self._made), tuple(self._roots))

    def program(self, tree: Tree) -> tuple[int, list[int]]:
        """The skeleton of a program, and the functions in its holes."""
        linked, items = tree
        filling = [self._function(item[1]) for item in items if not isinstance(item, str)]
        kinds = tuple([item if isinstance(item, str) else item[0] for item in items])
        if (linked, kinds) not in self._skeletons:
            body = tuple(_action(kind, 0, _ROOTS) for kind in kinds)
            holes = tuple(Hole(n, ()) for n, action in enumerate(body) if isinstance(action, Call | Defer))
            function, shape = self._shaped(linked, body)
            self._skeletons[linked, kinds] = len(self._roots)
            self._roots.append(Skeleton(function, shape, holes))
        return self._skeletons[linked, kinds], filling

    def _function(self, tree: Tree) -> int:
        if tree not in self._functions:
            linked, items = tree
            below = [0 if isinstance(item, str) else self._function(item[1]) for item in items]
            number = len(self._made)
            value = f"p{number % _VALUES}"
            body = tuple(
                _action(item if isinstance(item, str) else item[0], target, value)
                for item, target in zip(items, below, strict=True)
            )
            function, shape = self._shaped(linked, body)
            self._made.append(Made(function, shape, 0))
            self._functions[tree] = number
        return self._functions[tree]

    def _shaped(self, linked: bool, body: tuple[Action, ...]) -> tuple[Function, int]:
        frame = Frame.LINKED if linked else Frame.OPEN
        statements = sum(isinstance(action, Defer) for action in body)
        return Function(body, frame), self._shapes[Shape(frame, (Site.VARIABLE,) * statements)]


def _action(kind: str, target: int, value: str) -> Action:
    match kind:
        case "call":
            return Call(target)
        case "defer":
            return Defer(target)
        case "recover":
            return Recover()
        case "panic":
            return Panic(value)
    return Goexit()

"""One unit of work: a table, programs over it as the driver reads them, and all the words that they owe.

`make` is a pure function of seed, number and release: it can run in any process, on any machine, and again.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.data import wire
from harness.data.tables import Skeleton, Table, program_of, random_table
from harness.golang import shapes
from oracle.code import CALL, CALL_AND_SHOW, DEFER, GO, STARTED, Code, Routine, compile_program
from oracle.outcomes import DIED, EXITS, PANICS, PANICS_OVER_EXIT, RETURNED, Settled, run
from oracle.program import Call, Defer, Go, Program

PROGRAMS = 50_000
"""Programs of a chunk."""

TIGHT, ROOMY = 0, 1
"""How programs are run: on new stacks, most of which are copied before long, or on larger ones, of which few are."""
_TIGHT_EVERY = 4
"""Of so many chunks one runs on tight stacks."""
_NIL_EVERY = 40
"""Of so many chunks one does with nil function values: a fault of gc makes one program in a thousand kill the driver
there, each of which takes as long as some thousand others."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`how`: `TIGHT` or `ROOMY`; `sheet`: what the driver reads, programs from word `first_program` on; `owed`: what
    it must write; `ends`: for each program, how many words it and those before it owe.
    """

    seed: int
    number: int
    how: int
    sheet: bytes
    first_program: int
    owed: bytes
    ends: array[int]

    @property
    def programs(self) -> int:
        """How many there are."""
        return len(self.ends)

    @property
    def words(self) -> int:
        """How many words they owe."""
        return self.ends[-1]

    def begin(self, index: int) -> int:
        """How many words the programs before number `index` owe."""
        return self.ends[index - 1] if index else 0


def make(seed: int, number: int, programs: int, release: tuple[int, int]) -> Chunk:
    """Chunk `number` of a seed, for drivers of a release: (1, 22)."""
    table, rng = _table(seed, number, release)
    compiled = _Compiled(table)
    words = wire.header(len(table.functions), len(table.skeletons), programs)
    words.extend(compiled.words)
    first_program = len(words)
    owed: list[int] = []
    ends = array("Q")
    skeletons, endings = compiled.skeletons, _ENDINGS
    count = len(skeletons)
    draw = rng.random
    program: list[int] = []
    for _ in range(programs):
        which = int(draw() * count)
        program.append(which)
        function, sites, calls = skeletons[which]
        for site, among, size in sites:
            target, site.target = among[int(draw() * size)]
            program.append(target)
        if calls:
            steps: Any = function.steps
            for place, among, size in calls:
                target, called = among[int(draw() * size)]
                program.append(target)
                op, _, event, after, deferred = steps[place]
                steps[place] = (op, called, event, after, deferred)
        left, value, _ = run(function, owed, STARTED)
        owed.append(endings[left] if left in _QUIET else endings[left] | value)
        ends.append(len(owed))
    words.extend(program)
    raw = wire.as_bytes(array(wire.WORD, owed))
    return Chunk(seed, number, how_of(number), wire.as_bytes(words), first_program, raw, ends)


def _table(seed: int, number: int, release: tuple[int, int]) -> tuple[Table, Random]:
    """The table of a chunk, and where its random numbers go on."""
    rng = Random(f"{seed}/{number}")
    nil = how_of(number) == ROOMY or number % _NIL_EVERY == _NIL_EVERY - 1
    return random_table(rng, shapes.shapes(release), nil=nil), rng


def how_of(number: int) -> int:
    """How the programs of a chunk are run."""
    return TIGHT if number % _TIGHT_EVERY == _TIGHT_EVERY - 1 else ROOMY


_ENDINGS = {
    RETURNED: wire.RETURNED,
    EXITS: wire.GOEXIT,
    PANICS: wire.PANICKED,
    PANICS_OVER_EXIT: wire.PANICKED,
    DIED: wire.PANICKED,
}

_QUIET = (RETURNED, EXITS)
"""Ways to end that have no value."""

_Among = list[tuple[int, Settled]]
"""Functions that may fill a hole, with their numbers."""


class _Compiled:
    """A table as the model reads it. `skeletons`: of each its function; its holes at defer statements; the places of
    its calls in `Settled.steps`; each hole with what may fill it."""

    def __init__(self, table: Table) -> None:
        pool = [made.function for made in table.functions]
        given = [skeleton.function for skeleton in table.skeletons]
        self.code = code = compile_program(Program((*pool, *given)))
        for routine in code.routines:
            wire.deferred_alike(routine)
        self.words = array(wire.WORD)
        for made, routine in zip(table.functions, code.routines, strict=False):
            self.words.extend(wire.function(made.function, made.shape, routine, code))
        known: dict[int, Settled] = {}
        for number, routine in enumerate(code.routines[: len(pool)]):
            known[number] = Settled(routine, known)
        self.skeletons = []
        choices: dict[int, _Among] = {}
        for skeleton, routine in zip(table.skeletons, code.routines[len(pool) :], strict=True):
            holes = [hole.action for hole in skeleton.holes]
            self.words.extend(wire.function(skeleton.function, skeleton.shape, routine, code, holes))
            for hole in skeleton.holes:
                if id(hole.among) not in choices:
                    choices[id(hole.among)] = [(n, known[n]) for n in hole.among]
            self.skeletons.append(_open(skeleton, routine, Settled(routine, known), choices))


_Hole = tuple[Any, _Among, int]


def _open(
    skeleton: Skeleton, routine: Routine, function: Settled, choices: dict[int, _Among]
) -> tuple[Settled, list[_Hole], list[_Hole]]:
    """A skeleton's function, made to be filled."""
    among = {hole.action: choices[id(hole.among)] for hole in skeleton.holes}
    statements = iter(dict.fromkeys(operand for op, operand, _ in routine.ops if op == DEFER))
    stretches = iter([place for place, stretch in enumerate(routine.rest) if stretch[0] in _CALLS])
    sites: list[_Hole] = []
    calls: list[_Hole] = []
    for position, action in enumerate(skeleton.function.body):
        if isinstance(action, Defer) and action.times:
            statement = next(statements)
            if position in among:
                sites.append((function.sites[statement], among[position], len(among[position])))
        elif isinstance(action, Call | Go):
            calls.append((next(stretches), among[position], len(among[position])))
    function.steps = list(function.steps)  # its calls are filled in
    return function, sites, calls


_CALLS = (CALL, CALL_AND_SHOW, GO)

# --- One program of a chunk ---------------------------------------------------------------------------------------


def code_of(chunk: Chunk, release: tuple[int, int]) -> Code:
    """All functions of a chunk as compiled: what its words tell of."""
    return _Compiled(_table(chunk.seed, chunk.number, release)[0]).code


def program(chunk: Chunk, index: int, release: tuple[int, int]) -> tuple[Program, tuple[int | None, ...]]:
    """Program number `index` of a chunk as a program of the algebra, and the shapes of its functions."""
    table, _ = _table(chunk.seed, chunk.number, release)
    words = wire.from_bytes(chunk.sheet)
    at = chunk.first_program
    for _ in range(index):
        at += 1 + len(table.skeletons[words[at]].holes)
    skeleton = table.skeletons[words[at]]
    body = skeleton.function.body
    # In the sheet holes of defer statements come before those of calls.
    order = sorted(range(len(skeleton.holes)), key=lambda n: isinstance(body[skeleton.holes[n].action], Call | Go))
    filling = dict(zip(order, words[at + 1 :], strict=False))
    return program_of(table, words[at], [filling[n] for n in range(len(order))])

"""One unit of work: a table, programs over it as the driver reads them, and all the words that they owe.

`make` is a pure function of seed, number and release: it can run in any process, on any machine, and again. It makes
random programs; `harness.data.everything` makes all that there are.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.data import wire
from harness.data.compiled import Compiled, predict
from harness.data.tables import Skeleton, Table, program_of, random_table
from harness.golang import shapes
from oracle.program import Call, Go, Program

PROGRAMS = 50_000
"""Programs of a chunk."""

TIGHT, ROOMY = 0, 1
"""How programs are run: on new stacks, most of which are copied before long, or on larger ones, of which few are."""
_TIGHT_EVERY = 4
"""Of so many chunks one runs on tight stacks."""
_NIL_EVERY, _NIL_AND_TIGHT_EVERY = 10, 40
"""Of so many chunks one has nil function values, and one has them on tight stacks. A fault of gc makes one program in
a thousand kill the driver there, or damage memory for those behind it; each takes as long as some thousand others."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`how`: `TIGHT` or `ROOMY`; `sheet`: what the driver reads, programs from word `first_program` on; `owed`: what
    it must write; `ends`: for each program, how many words it and those before it owe.
    """

    number: int
    how: int
    sheet: bytes
    first_program: int
    owed: bytes
    ends: array[int]

    def digests(self) -> tuple[bytes, bytes]:
        """SHA-256 of the programs, and of the words that they owe."""
        return hashlib.sha256(self.sheet).digest(), hashlib.sha256(self.owed).digest()

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

    def owed_by(self, which: range) -> bytes:
        """What programs that follow each other owe."""
        return self.owed[4 * self.begin(which.start) : 4 * self.begin(which.stop)]


def make(seed: int, number: int, programs: int, release: tuple[int, int]) -> Chunk:
    """Chunk `number` of a seed, for drivers of a release: (1, 22)."""
    table, rng = drawn(seed, number, release)
    compiled = Compiled(table)
    words = wire.header(len(table.functions), len(table.skeletons), programs)
    words.extend(compiled.words)
    first_program = len(words)
    owed: list[int] = []
    ends = array("Q")
    skeletons = compiled.skeletons
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
        predict(function, owed)
        ends.append(len(owed))
    words.extend(program)
    raw = wire.as_bytes(array(wire.WORD, owed))
    return Chunk(number, how_of(number), wire.as_bytes(words), first_program, raw, ends)


def drawn(seed: int, number: int, release: tuple[int, int]) -> tuple[Table, Random]:
    """The table of a chunk, and where its random numbers go on."""
    rng = Random(f"{seed}/{number}")
    nil = number % _NIL_EVERY == 0 or number % _NIL_AND_TIGHT_EVERY == _NIL_AND_TIGHT_EVERY - 1
    return random_table(rng, shapes.shapes(release), nil=nil), rng


def how_of(number: int) -> int:
    """How the programs of a chunk are run."""
    return TIGHT if number % _TIGHT_EVERY == _TIGHT_EVERY - 1 else ROOMY


# --- One program of a chunk ---------------------------------------------------------------------------------------


def program(table: Table, chunk: Chunk, index: int) -> tuple[Program, tuple[int | None, ...]]:
    """Program number `index` of a chunk as a program of the algebra, and the shapes of its functions. `table`: the
    chunk's."""
    words = wire.from_bytes(chunk.sheet)
    at = chunk.first_program
    for _ in range(index):
        at += 1 + len(table.skeletons[words[at]].holes)
    return _filled(table, words[at], words[at + 1 : at + 1 + len(table.skeletons[words[at]].holes)])


def program_again(
    seed: int, number: int, index: int, release: tuple[int, int]
) -> tuple[Program, tuple[int | None, ...]]:
    """Program number `index` of a chunk of `make`, as `program` gives it, without making the others: those before it
    are drawn, and none is predicted."""
    table, rng = drawn(seed, number, release)
    draw, count = rng.random, len(table.skeletons)
    among = [[skeleton.holes[n].among for n in order_of(skeleton)] for skeleton in table.skeletons]
    which, targets = 0, [0]
    for _ in range(index + 1):
        which = int(draw() * count)
        targets = [choices[int(draw() * len(choices))] for choices in among[which]]
    return _filled(table, which, targets)


def _filled(table: Table, which: int, targets: Sequence[int]) -> tuple[Program, tuple[int | None, ...]]:
    """A program from what stands in a sheet, where holes of defer statements come before those of calls."""
    filling = dict(zip(order_of(table.skeletons[which]), targets, strict=True))
    return program_of(table, which, [filling[n] for n in range(len(targets))])


def order_of(skeleton: Skeleton) -> Sequence[int]:
    """The numbers of a skeleton's holes in the order in which a sheet fills them."""
    body = skeleton.function.body
    return sorted(range(len(skeleton.holes)), key=lambda n: isinstance(body[skeleton.holes[n].action], Call | Go))

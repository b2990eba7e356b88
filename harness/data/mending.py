"""Whether a difference has a known fault for its cause: with the fault taken out of the toolchain, it is gone.

What the smallest programs of a bucket have in common only suggests a cause. The experiment tells: the same programs
run on the toolchain as it is, where they must differ again, and on the toolchain with the patch that mends the fault.
They are the smallest ones; or where programs differ only behind others, and so there are none, those with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness import toolchain
from harness.data import predecessors, single
from harness.data.chunk import Chunk
from harness.data.predecessors import Parts, Run
from harness.data.tally import Example, Reduced
from harness.known import Known
from harness.model import Toolchain

TRIED = 8
"""Programs of a bucket that are tried."""
_RARE = 400
"""Runs until a program is said not to differ again, if none of its bucket did sooner: memory comes to lie elsewhere
each time, and what one program leaves damaged may show in another in one run of a hundred."""
_SURE = 5
"""So many times as many runs as it took to differ again are those without the fault, and `_RARE` at least of what
seldom differs."""


@dataclass(frozen=True, slots=True)
class Mended:
    """`again`: programs that differ when they run once more behind those before them; `gone`: those of them that do
    not when the fault is mended."""

    again: int
    gone: int

    @property
    def explains(self) -> bool:
        """Whether the fault is the cause of all that can be told of."""
        return 0 < self.again == self.gone


def without(faulty: Toolchain, fault: Known) -> Toolchain:
    """The toolchain with the fault taken out. Raises `BadPatch` if its patch cannot be read."""
    assert fault.mend is not None, "a fault that can be taken out"
    return toolchain.with_patches(faulty, patch=[fault.mend])


def compare_alone(smallest: Sequence[Reduced], release: tuple[int, int], faulty: Run, mended: Run) -> Mended:
    """Run each of these programs on both. `release`: whose shapes they have."""
    again = gone = 0
    chunks = [_alone(each, release) for each in smallest]
    for chunk in chunks:
        runs = predecessors.runs_until(faulty, chunk, predecessors.tries(1))
        if runs is not None:
            again += 1
            gone += _is_gone(mended, chunk, runs)
    return Mended(again, gone) if again else _compare_rare(chunks, faulty, mended)


def _alone(each: Reduced, release: tuple[int, int]) -> Chunk:
    fitted = single.fit(each.program, release, each.hints, ranging=each.ranging)
    return single.chunk_of([fitted], each.how)[0]


def _is_gone(mended: Run, chunk: Chunk, runs: int) -> bool:
    """Whether the last program differs no more, as it did in the last of so many runs with the fault."""
    tries = predecessors.tries(chunk.programs)
    # Where all programs of a chunk run, which takes seconds, one run must do.
    without = tries if tries == 1 else max(tries, _SURE * runs)
    return predecessors.runs_until(mended, chunk, without) is None


def compare(examples: Sequence[Example], parts: Callable[[int], Parts], faulty: Run, mended: Run) -> Mended:
    """Run these programs on both. `parts`: a chunk, by number."""
    again = gone = 0
    for example in examples:
        chunk = parts(example.chunk)
        reached = predecessors.reach(faulty, chunk, example.index)
        if reached is not None:
            again += 1
            places, runs = reached
            gone += _is_gone(mended, chunk.of(places), runs)
    if again:
        return Mended(again, gone)
    nearest = (parts(example.chunk).of(predecessors.near(example.index)) for example in examples)
    return _compare_rare(nearest, faulty, mended)


def _compare_rare(chunks: Iterable[Chunk], faulty: Run, mended: Run) -> Mended:
    """The same for chunks whose last program seldom differs; the first one that does so again tells."""
    for chunk in chunks:
        runs = predecessors.runs_until(faulty, chunk, _RARE)
        if runs is not None:
            without = max(_RARE, _SURE * runs)
            return Mended(1, int(predecessors.runs_until(mended, chunk, without) is None))
    return Mended(0, 0)

"""Whether a difference has a known fault for its cause: with the fault taken out of the toolchain, it is gone.

What the smallest programs of a bucket have in common only suggests a cause, and programs that differ only behind
others have no smallest program. The experiment needs neither: the same programs run on the toolchain as it is, where
the last must differ again, and on the toolchain with the patch that mends the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness import toolchain
from harness.data import predecessors
from harness.data.predecessors import Parts, Run
from harness.data.tally import Example
from harness.known import Known
from harness.model import Toolchain

TRIED = 8
"""Programs of a bucket that are tried."""


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


def compare(examples: Iterable[Example], parts: Callable[[int], Parts], faulty: Run, mended: Run) -> Mended:
    """Run these programs on both. `parts`: a chunk, by number."""
    again = gone = 0
    for example in examples:
        chunk = parts(example.chunk)
        places = predecessors.reach(faulty, chunk, example.index)
        if places is not None:
            again += 1
            gone += not predecessors.differs(mended, chunk, places)
    return Mended(again, gone)

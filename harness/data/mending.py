"""Whether a difference has a known fault for its cause: with the fault taken out of the toolchain, it is gone.

What the smallest programs of a bucket have in common only suggests a cause, and programs that differ only behind
others have no smallest program. The experiment needs neither: the same chunk runs on the toolchain as it is, where
the program must differ again, and on the toolchain with the patch that mends the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness import toolchain
from harness.data.chunk import Chunk
from harness.data.driver import Difference
from harness.data.tally import Example
from harness.known import Known
from harness.model import Toolchain

TRIED = 8
"""Programs of a bucket that are tried."""

Run = Callable[[Chunk], Iterable[Difference]]


@dataclass(frozen=True, slots=True)
class Mended:
    """`again`: programs that differ when their chunk runs once more; `gone`: those of them that do not when the
    fault is mended."""

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


def compare(examples: Iterable[Example], make: Callable[[int], Chunk], faulty: Run, mended: Run) -> Mended:
    """Run the chunks of these programs on both."""
    again = gone = 0
    for example in examples:
        chunk = make(example.chunk)
        if example.index in _differing(faulty, chunk):
            again += 1
            gone += example.index not in _differing(mended, chunk)
    return Mended(again, gone)


def _differing(run: Run, chunk: Chunk) -> set[int]:
    return {difference.index for difference in run(chunk)}

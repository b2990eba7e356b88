"""A program that does what it owes when it is alone, and differs behind others: which of those it takes.

Programs of a chunk share a process. One that leaves the runtime's memory damaged may do all that it owes, and a later
one pays for it. The programs before it are left out, as many as can be (`harness.delta`), until each of those that
stay is needed. Most damage shows soon: those directly before it are tried first.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness import delta
from harness.data import unwire, wire
from harness.data.chunk import Chunk
from harness.data.driver import Difference
from harness.golang.shapes import shapes
from harness.history import Answer

NEAR = 100
"""Programs directly before one that are tried before all of them are."""
_TRIES = 6
"""Runs of so few, each of which takes a moment, until one shows a difference."""

Run = Callable[[Chunk], Iterable[Difference]]


@dataclass(frozen=True, slots=True)
class Predecessors:
    """The places in the chunk of the programs that it takes, in order."""

    places: tuple[int, ...]


class Parts:
    """A chunk that is taken apart: `of` gives the chunk of some of its programs. Only its table is decoded: where a
    program begins follows from how many holes the skeletons of those before it have."""

    def __init__(self, whole: Chunk, release: tuple[int, int]) -> None:
        self.whole = whole
        self._words = wire.from_bytes(whole.sheet)
        self._owed = wire.from_bytes(whole.owed)
        self._table = self._headed(0)
        self._table.extend(self._words[len(self._table) : whole.first_program])
        skeletons = unwire.decode(wire.as_bytes(self._table), shapes(release)).skeletons
        lengths = [1 + len(skeleton.holes) for skeleton in skeletons]
        self._begins = array("Q", [whole.first_program])
        at = whole.first_program
        for _ in range(whole.programs):
            at += lengths[self._words[at]]
            self._begins.append(at)

    def _headed(self, programs: int) -> array[int]:
        _, functions, skeletons, _ = self._words[:4]
        return wire.header(functions, skeletons, programs)

    def of(self, places: Sequence[int]) -> Chunk:
        """The programs at these places, which are in order, as a chunk."""
        words = self._headed(len(places))
        words.extend(self._table[len(words) :])
        first_program = len(words)
        owed, ends = array(wire.WORD), array("Q")
        for place in places:
            words.extend(self._words[self._begins[place] : self._begins[place + 1]])
            owed.extend(self._owed[self.whole.begin(place) : self.whole.ends[place]])
            ends.append(len(owed))
        number, how = self.whole.number, self.whole.how
        return Chunk(number, how, wire.as_bytes(words), first_program, wire.as_bytes(owed), ends)


_MOST = 500_000
"""Programs that are run at most to find fewer of them."""
_SHOWN = 40
"""Programs that anybody would look at."""


def reach(run: Run, parts: Parts, place: int) -> tuple[range, int] | None:
    """Programs up to the one at `place` with which that one differs: those near it, or all; and how many runs that
    took. None if with neither."""
    for places in dict.fromkeys((near(place), range(place + 1))):
        runs = runs_until(run, parts.of(places), tries(len(places)))
        if runs is not None:
            return places, runs
    return None


def differs(run: Run, parts: Parts, places: Sequence[int]) -> bool:
    """Whether the last of these programs differs behind the others, once at least: where memory comes to lie differs
    from one run to the next, and the fewer programs there are the more that decides."""
    return runs_until(run, parts.of(places), tries(len(places))) is not None


def near(place: int) -> range:
    """The one at `place`, and those directly before it."""
    return range(max(0, place - NEAR), place + 1)


def runs_until(run: Run, chunk: Chunk, most: int) -> int | None:
    """How many runs of a chunk it takes until its last program differs; None if it does not in so many at most."""
    for count in range(1, most + 1):
        if any(one.index == chunk.programs - 1 for one in run(chunk)):
            return count
    return None


def tries(programs: int) -> int:
    """Runs of so many programs, until the last is said not to differ."""
    return _TRIES if programs <= NEAR + 1 else 1


def smallest(run: Run, parts: Parts, place: int) -> Predecessors | None:
    """The fewest programs found behind which the one at `place` differs; none if it does so alone. None if it does
    not even behind all of them, or not every time, or if few cannot be found soon."""
    if differs(run, parts, (place,)):
        return Predecessors(())
    reached = reach(run, parts, place)
    if reached is None:
        return None
    within, _ = reached

    ran = 0

    def test(sets: Sequence[delta.Parts]) -> Iterator[Answer]:
        nonlocal ran
        for each in sets:
            places = [*(within[n] for n in sorted(each)), place]
            ran += tries(len(places)) * len(places)
            if ran > _MOST:
                raise _Enough
            yield Answer.YES if differs(run, parts, places) else Answer.NO

    try:
        found = delta.smallest(len(within) - 1, test)
    except _Enough:
        return None
    if not isinstance(found, delta.Smallest) or len(found.parts) > _SHOWN:
        return None
    return Predecessors(tuple(within[n] for n in sorted(found.parts)))


class _Enough(Exception):
    """The search has had its share."""

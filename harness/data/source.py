"""Where a campaign's programs come from: chunks by number, the same whoever makes them and whenever.

A source is small and can be sent anywhere; a chunk depends on it, its number and the release alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from harness.data import chunk, everything
from harness.data.chunk import Chunk
from harness.data.tables import Table
from oracle import generate
from oracle.program import Program

_EARLY = 4
"""Chunks at a campaign's beginning that are small, so that what differs often is seen at once."""
_SMALL = 1_000


Shaped = tuple[Program, tuple[int | None, ...]]
"""A program, and the shapes of its functions; None for that of a function more."""


class Source(Protocol):
    """Chunks from number 0 on."""

    @property
    def total(self) -> int | None:
        """How many programs there are, None for no end."""
        ...

    def size(self, number: int) -> int:
        """How many programs a chunk has; 0 behind the last one."""
        ...

    def make(self, number: int, release: tuple[int, int]) -> Chunk:
        """A chunk, for drivers of a release: (1, 22)."""
        ...

    def table(self, number: int, release: tuple[int, int]) -> Table:
        """The table of a chunk."""
        ...

    def program(self, number: int, index: int, release: tuple[int, int]) -> Shaped:
        """One program of a chunk."""
        ...

    def describe(self) -> dict[str, Any]:
        """What tells it from others, as JSON has it."""
        ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """Random programs of a seed, so many or without end."""

    seed: int
    programs: int | None = None

    @property
    def total(self) -> int | None:
        """See `Source`."""
        return self.programs

    def size(self, number: int) -> int:
        """See `Source`."""
        early = min(_SMALL, chunk.PROGRAMS)
        begin = early * min(number, _EARLY) + chunk.PROGRAMS * max(0, number - _EARLY)
        size = early if number < _EARLY else chunk.PROGRAMS
        return size if self.programs is None else max(0, min(size, self.programs - begin))

    def make(self, number: int, release: tuple[int, int]) -> Chunk:
        """See `Source`."""
        return chunk.make(self.seed, number, self.size(number), release)

    def table(self, number: int, release: tuple[int, int]) -> Table:
        """See `Source`."""
        return chunk.drawn(self.seed, number, release)[0]

    def program(self, number: int, index: int, release: tuple[int, int]) -> Shaped:
        """See `Source`."""
        return chunk.program_again(self.seed, number, index, release)

    def describe(self) -> dict[str, Any]:
        """See `Source`. How many there are is a matter of how long it ran."""
        return {"programs": "random", "seed": self.seed}


@dataclass(frozen=True, slots=True)
class Everything:
    """All programs of up to so many actions."""

    actions: int

    @property
    def total(self) -> int | None:
        """See `Source`."""
        return everything.total(self.actions)

    def size(self, number: int) -> int:
        """See `Source`."""
        left = everything.total(self.actions) - number * chunk.PROGRAMS
        return max(0, min(left, chunk.PROGRAMS))

    def make(self, number: int, release: tuple[int, int]) -> Chunk:
        """See `Source`."""
        return everything.make(self.actions, number, release)

    def table(self, number: int, release: tuple[int, int]) -> Table:
        """See `Source`."""
        return everything.table(self.actions, number, release)

    def program(self, number: int, index: int, release: tuple[int, int]) -> Shaped:
        """See `Source`."""
        return chunk.program(self.table(number, release), self.make(number, release), index)

    def describe(self) -> dict[str, Any]:
        """See `Source`."""
        return {"programs": "all", "actions": self.actions, "not_covered": generate.NOT_COVERED}


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `part`, from 1 on, of `parts`: every so many-th chunk."""

    part: int = 1
    parts: int = 1

    def numbers(self, source: Source) -> Iterator[int]:
        """The numbers of its chunks, in order."""
        number = self.part - 1
        while source.size(number):
            yield number
            number += self.parts

    def programs(self, source: Source) -> int | None:
        """How many programs it has, None for no end."""
        if source.total is None:
            return None
        return sum(source.size(number) for number in self.numbers(source))

"""One toolchain of a campaign at work: its drivers, opened anew when machinery fails, and what they count."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from queue import Queue

from harness.data import verdict, wire
from harness.data.chunk import Chunk
from harness.data.compiled import Compiled
from harness.data.driver import Difference, Driver
from harness.data.predecessors import Parts
from harness.data.source import Source
from harness.data.tally import Tally
from harness.errors import MachineryError
from harness.known import Known
from harness.model import Installed
from harness.pipeline import ATTEMPTS, World
from harness.sandbox import Sandbox
from oracle.code import Code

_AHEAD = 2
"""Chunks that wait for a driver at most."""


@dataclass(slots=True)
class Side:
    """One toolchain at work. `drivings`: its drivers."""

    installed: Installed
    tally: Tally
    waiting: Queue[Chunk | None] = field(default_factory=lambda: Queue(_AHEAD))
    drivings: list[Driving] = field(default_factory=list)
    failure: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What all threads of a campaign know. `made`: a chunk by its number, once more; `stop`: the user wants no more;
    `give_up`: it has failed; `compiling`: held while a driver is compiled, for the next one then finds the standard
    library, or all that it needs, in Go's build cache; `cores`: held by the drivers that run, one on each, for more
    of them would be in each other's way."""

    world: World
    source: Source
    release: tuple[int, int]
    made: Callable[[int], Chunk]
    stop: threading.Event
    known: Sequence[Known]
    cores: threading.Semaphore
    give_up: threading.Event = field(default_factory=threading.Event)
    compiling: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_over(self) -> bool:
        """Whether nothing more shall run."""
        return self.stop.is_set() or self.give_up.is_set()

    def parts(self, number: int) -> Parts:
        """A chunk, to be taken apart."""
        return Parts(self.made(number), self.release)


class Driving:
    """A driver that is opened anew when machinery fails."""

    def __init__(self, shared: Shared, side: Side) -> None:
        self.shared = shared
        self.world = shared.world
        self.side = side
        self.release = shared.release
        self._opened: AbstractContextManager[Sandbox] | None = None
        self._sandbox: Sandbox | None = None
        self._driver: Driver | None = None

    def close(self) -> None:
        """Close its sandbox; it is opened anew if need be."""
        opened, self._opened, self._driver, self._sandbox = self._opened, None, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def interrupt(self) -> None:
        """End what runs, from another thread."""
        sandbox = self._sandbox
        if sandbox is not None:
            sandbox.close()

    def _ready(self) -> Driver:
        """Raises `Over` if nobody wants the rest."""
        if self._driver is None:
            with self.shared.compiling:
                if self.shared.is_over:
                    raise Over
                self._opened = self.world.open(self.side.installed)
                self._sandbox = self._opened.__enter__()
                if self.shared.is_over:  # whoever interrupts it may have come too early
                    raise Over
                self.side.tally.weaknesses = self._sandbox.weaknesses
                self._driver = Driver(self._sandbox, self.side.installed, self.world.limits, self.shared.cores)
        return self._driver

    def run(self, chunk: Chunk, seen: Callable[[Difference], None] = lambda _: None) -> list[Difference]:
        """Run a chunk to its end, some times if need be. `seen`: called for what differs as soon as that is known,
        also if machinery fails then. Raises `MachineryError` if that does not help."""
        for attempt in range(ATTEMPTS):
            try:
                driver = self._ready()
                self.side.tally.begun = self.side.tally.begun or time.monotonic()
                return list(driver.run(chunk, seen))
            except MachineryError as error:
                self.again(error, attempt)
        raise AssertionError("the last attempt returns or raises")

    def again(self, error: MachineryError, attempt: int) -> None:
        """Make ready for another attempt, of `ATTEMPTS`. Raises the error if that was the last one."""
        self.close()
        if attempt == ATTEMPTS - 1 or self.shared.give_up.is_set():
            raise error
        self.world.progress.note(f"{self.side.installed.toolchain.name}: {error}; trying again")

    def chunk(self, given: Chunk) -> None:
        """Run a chunk and count it. What differs is told of at once: a toolchain whose driver dies of every tenth
        program takes long for the others."""
        telling = _Telling(given, self.shared.source, self.release)
        told: dict[int, tuple[Difference, verdict.Broken]] = {}

        def seen(difference: Difference) -> None:
            broken = telling.broken(difference)
            told[difference.index] = difference, broken
            self.side.tally.see(broken)

        self.run(given, seen)
        # All of it counts: what a program did it did, also if machinery failed then and it does so no more.
        self.side.tally.count(given, [told[index] for index in sorted(told)])

    def eagerly(self, chunk: Chunk) -> list[Difference]:
        """Run a chunk to its end. Raises `Over`, and `MachineryError` if that does not succeed."""
        if self.shared.is_over:
            raise Over
        return self.run(chunk)

    def lazily(self, chunk: Chunk) -> Iterator[Difference]:
        """Run as much of a chunk as is asked for. Raises `Over`, and `MachineryError` if it fails once."""
        if self.shared.is_over:
            raise Over
        yield from self._ready().run(chunk)


class _Telling:
    """What is wrong with programs of a chunk. Most chunks are never asked, so nothing is made ready beforehand."""

    def __init__(self, chunk: Chunk, source: Source, release: tuple[int, int]) -> None:
        self._chunk = chunk
        self._source = source
        self._release = release

    @cached_property
    def _code(self) -> Code:
        return Compiled(self._source.table(self._chunk.number, self._release)).code

    @cached_property
    def _owed(self) -> array[int]:
        return wire.from_bytes(self._chunk.owed)

    def broken(self, difference: Difference) -> verdict.Broken:
        """What is wrong with a program."""
        due = self._owed[self._chunk.begin(difference.index) : self._chunk.ends[difference.index]]
        return verdict.broken(self._code, due, difference)


class Over(Exception):
    """Nobody wants the rest."""

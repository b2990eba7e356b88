"""A campaign of the data tier: chunks are made and predicted by processes, and each toolchain's driver runs them all.

Making a chunk is pure, so it goes through any `concurrent.futures.Executor`. What is counted is what was compared: a
chunk counts for a toolchain once all of its programs have run there, whatever it took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from queue import Empty, Full, Queue

from harness import known
from harness.campaign import in_order
from harness.data import chunk as chunks
from harness.data import mending, predecessors, verdict, wire
from harness.data.causes import by_cause
from harness.data.chunk import Chunk
from harness.data.compiled import Compiled
from harness.data.driver import Difference, Driver, release_of
from harness.data.predecessors import Parts
from harness.data.reducing import STACKS, Reducing, Shown
from harness.data.source import Shard, Source
from harness.data.tally import Bucket, Example, Reduced, Tally
from harness.errors import BadPatch, MachineryError
from harness.known import Known
from harness.model import Installed
from harness.pipeline import ATTEMPTS, World
from harness.sandbox import Sandbox

_TICK = 0.1
_AHEAD = 2
"""Chunks that wait for a driver at most."""
_REMADE = 8
"""Chunks that are kept while programs of them are reduced."""
REDUCED, TRIED = 4, 16
"""Programs of a bucket that are reduced, and that are looked at for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the chunks of a shard of a source, one at least and none begun when so many seconds are over.
    `known`: differences that need no second look."""

    source: Source
    shard: Shard = field(default_factory=Shard)
    seconds: float | None = None
    known: Sequence[Known] = ()

    def tasks(self, release: tuple[int, int], done: Container[int]) -> Iterator[tuple[Source, int, tuple[int, int]]]:
        """What `_make` needs for each chunk that is not done."""
        for number in self.shard.numbers(self.source):
            if number not in done:
                yield self.source, number, release

    def is_over(self, begun: float) -> bool:
        """Whether a campaign that began then, on the monotonic clock, begins no more chunks. Those made ahead count
        for nothing: a toolchain with a fault may need far longer to run a chunk than it takes to make one."""
        return self.seconds is not None and time.monotonic() - begun >= self.seconds


@dataclass(slots=True)
class Side:
    """One toolchain at work. `drivings`: its drivers."""

    installed: Installed
    tally: Tally
    waiting: Queue[Chunk | None] = field(default_factory=lambda: Queue(_AHEAD))
    drivings: list[_Driving] = field(default_factory=list)
    failure: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Shared:
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
        return self.stop.is_set() or self.give_up.is_set()

    def parts(self, number: int) -> Parts:
        """A chunk, to be taken apart."""
        return Parts(self.made(number), self.release)


def release_for(installed: Sequence[Installed]) -> tuple[int, int]:
    """The release whose shapes all of these have."""
    return min(release_of(one) for one in installed)


def run(
    world: World,
    tallies: Sequence[Tally],
    installed: Sequence[Installed],
    plan: Plan,
    executor: Executor,
    makers: int,
    stop: threading.Event,
    changed: Callable[[], None],
    *,
    jobs: int,
) -> None:
    """Run a plan on all toolchains at once and count it in their tallies; `changed` is called now and then. `makers`:
    how many chunks the executor makes at once; `jobs`: cores for drivers.

    Ends early if `stop` is set: what was compared until then counts, and nothing more is reduced. Raises
    `MachineryError` if a driver fails again and again.
    """
    release = release_for(installed)
    # What differs on one toolchain often differs on others, too: they reduce programs of the same chunks.
    made_again = lru_cache(_REMADE)(partial(plan.source.make, release=release))
    shared = _Shared(world, plan.source, release, made_again, stop, plan.known, threading.Semaphore(jobs))
    sides = [Side(one, tally) for one, tally in zip(installed, tallies, strict=True)]
    done = set[int].intersection(*(side.tally.done for side in sides))
    # Each side gets all cores: the slowest, which the others wait for, then has what those leave.
    for side in sides:
        side.drivings = [_Driving(shared, side) for _ in range(jobs)]
    try:
        with _threads(shared, sides, _run_chunks, jobs) as threads:
            begun = time.monotonic()
            for made in in_order(executor, _make, plan.tasks(shared.release, done), ahead=2 * makers, stop=stop):
                for side in sides:
                    if made.number not in side.tally.done:
                        _hand_over(shared, side, made)
                changed()
                if shared.give_up.is_set() or plan.is_over(begun):
                    break
            for side in sides:
                for _ in range(jobs):
                    _hand_over(shared, side, None)
            _await(threads, changed)
        if not shared.is_over:
            with _threads(shared, sides, _reduce_buckets, 1) as threads:
                _await(threads, changed)
    finally:
        for side in sides:
            for driving in side.drivings:
                driving.close()
    for side in sides:
        if side.failure is not None:
            raise side.failure


def _make(task: tuple[Source, int, tuple[int, int]]) -> Chunk:
    source, number, release = task
    return source.make(number, release)


def _hand_over(shared: _Shared, side: Side, made: Chunk | None) -> None:
    while not shared.is_over:
        try:
            side.waiting.put(made, timeout=_TICK)
        except Full:
            continue
        return


# --- Threads ------------------------------------------------------------------------------------------------------


@contextmanager
def _threads(
    shared: _Shared, sides: Sequence[Side], work: Callable[[_Shared, Side, _Driving], None], drivers: int
) -> Iterator[list[threading.Thread]]:
    """A thread for each of so many drivers of each side. If the block fails, they are made to end."""
    threads = [
        threading.Thread(target=_guarded, args=(work, shared, side, driving))
        for side in sides
        for driving in side.drivings[:drivers]
    ]
    for thread in threads:
        thread.start()
    try:
        yield threads
    except BaseException:
        shared.give_up.set()
        for side in sides:
            for driving in side.drivings:
                driving.interrupt()
        raise
    finally:
        for thread in threads:
            thread.join()


def _await(threads: Sequence[threading.Thread], changed: Callable[[], None]) -> None:
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(_TICK)
        changed()


def _guarded(work: Callable[[_Shared, Side, _Driving], None], shared: _Shared, side: Side, driving: _Driving) -> None:
    try:
        work(shared, side, driving)
    except _Over:
        return
    except BaseException as error:
        side.failure = side.failure or error
        shared.give_up.set()


def _run_chunks(shared: _Shared, side: Side, driving: _Driving) -> None:
    while not shared.is_over:
        try:
            waiting = side.waiting.get(timeout=_TICK)
        except Empty:
            continue
        if waiting is None:
            return
        driving.chunk(waiting)


def _reduce_buckets(shared: _Shared, side: Side, driving: _Driving) -> None:
    for bucket in side.tally.buckets.values():
        if shared.is_over:
            return
        driving.reduce(bucket)
    tally, installed = side.tally, side.installed
    explain = partial(known.find, shared.known, installed.engine, installed.release)
    tally.counted, tally.buckets = tally.buckets, by_cause(tally.buckets.values(), explain)
    try:
        for fault in known.mendable(shared.known, installed.engine, installed.release):
            _try_mended(shared, side, driving, fault)
        shown: list[Known] = []
        for bucket in tally.buckets.values():
            # Damaged memory shows in a dozen ways; one of them tells how it came about.
            if bucket.reduced or bucket.known in shown:
                continue
            driving.look_behind(bucket)
            if bucket.known is not None and bucket.behind:
                shown.append(bucket.known)
    except _Over:
        return


def _try_mended(shared: _Shared, side: Side, driving: _Driving, fault: Known) -> None:
    """Find out which buckets that nothing explains are the work of this fault."""
    unexplained = [bucket for bucket in side.tally.buckets.values() if bucket.known is None]
    if not unexplained:
        return
    try:
        installed = shared.world.install(mending.without(side.installed.toolchain, fault))
        mended = _Driving(shared, Side(installed, Tally(installed.toolchain)))
        side.drivings.append(mended)
        _compare(shared, driving, mended, unexplained, fault)
    except (BadPatch, MachineryError) as bad:
        shared.world.progress.note(f"{side.installed.toolchain.name}: a known fault is not tried without: {bad}")


def _compare(
    shared: _Shared, driving: _Driving, mended: _Driving, unexplained: Sequence[Bucket], fault: Known
) -> None:
    for bucket in unexplained:
        if bucket.reduced:
            found = mending.compare_alone(bucket.reduced, shared.release, driving.eagerly, mended.eagerly)
        else:
            found = mending.compare(bucket.smallest(mending.TRIED), shared.parts, driving.eagerly, mended.eagerly)
        bucket.again = found.again
        if found.explains:
            bucket.known, bucket.mended = fault, found.gone


class _Driving:
    """A driver that is opened anew when machinery fails."""

    def __init__(self, shared: _Shared, side: Side) -> None:
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
        """Raises `_Over` if nobody wants the rest."""
        if self._driver is None:
            with self.shared.compiling:
                if self.shared.is_over:
                    raise _Over
                self._opened = self.world.open(self.side.installed)
                self._sandbox = self._opened.__enter__()
                if self.shared.is_over:  # whoever interrupts it may have come too early
                    raise _Over
                self.side.tally.weaknesses = self._sandbox.weaknesses
                self._driver = Driver(self._sandbox, self.side.installed, self.world.limits, self.shared.cores)
        return self._driver

    def run(self, chunk: Chunk) -> list[Difference]:
        """Run a chunk to its end, some times if need be. Raises `MachineryError` if that does not help."""
        for attempt in range(ATTEMPTS):
            try:
                driver = self._ready()
                self.side.tally.begun = self.side.tally.begun or time.monotonic()
                return list(driver.run(chunk))
            except MachineryError as error:
                self._again(error, attempt)
        raise AssertionError("the last attempt returns or raises")

    def _again(self, error: MachineryError, attempt: int) -> None:
        """Make ready for another attempt. Raises the error if that was the last one."""
        self.close()
        if attempt == ATTEMPTS - 1 or self.shared.give_up.is_set():
            raise error
        self.world.progress.note(f"{self.side.installed.toolchain.name}: {error}; trying again")

    def chunk(self, given: Chunk) -> None:
        """Run a chunk and count it."""
        differences = self.run(given)
        told: list[tuple[Difference, verdict.Broken]] = []
        if differences:
            code = Compiled(self.shared.source.table(given.number, self.release)).code
            owed = wire.from_bytes(given.owed)
            for difference in differences:
                due = owed[given.begin(difference.index) : given.ends[difference.index]]
                told.append((difference, verdict.broken(code, due, difference)))
        self.side.tally.count(given, told)

    # --- reduction ------------------------------------------------------------------------------------

    def reduce(self, bucket: Bucket) -> None:
        """Find the smallest programs that differ as some of the bucket do. When a stack is copied depends on what ran
        before, so a program that differs no more when it is alone is tried on both sorts of stacks."""
        reduced = 0
        for example in bucket.smallest(TRIED):
            try:
                found = self._smallest(example)
            except _Over:
                return
            if found is None:
                bucket.alike += 1
                continue
            bucket.keep(
                Reduced(found.program, found.broken, 1, ranging=found.ranging, how=found.how, hints=found.hints)
            )
            reduced += 1
            if reduced == REDUCED:
                return

    def _smallest(self, example: Example) -> Shown | None:
        """The smallest program that differs as this one; None if it does what it owes when it is alone."""
        program, hints = self.shared.source.program(example.chunk, example.index, self.release)
        stacks = tuple(dict.fromkeys((chunks.how_of(example.chunk), *STACKS)))
        for attempt in range(ATTEMPTS):
            reducing = Reducing(self._lazily, self.release)
            try:
                shown = reducing.differs(program, hints, stacks)
                return None if shown is None else reducing.smallest(shown)
            except MachineryError as error:
                self._again(error, attempt)
        raise AssertionError("the last attempt returns or raises")

    def look_behind(self, bucket: Bucket) -> None:
        """Find the fewest programs behind which one of the bucket differs. Raises `_Over`."""
        for example in bucket.smallest(TRIED):
            parts = self.shared.parts(example.chunk)
            found = predecessors.smallest(self.eagerly, parts, example.index)
            if found is not None:
                table = self.shared.source.table(example.chunk, self.release)
                places = (*found.places, example.index)
                bucket.behind.append(tuple(chunks.program(table, parts.whole, place)[0] for place in places))
                return

    def eagerly(self, chunk: Chunk) -> list[Difference]:
        """Run a chunk to its end. Raises `_Over`, and `MachineryError` if that does not succeed."""
        if self.shared.is_over:
            raise _Over
        return self.run(chunk)

    def _lazily(self, chunk: Chunk) -> Iterator[Difference]:
        if self.shared.is_over:
            raise _Over
        yield from self._ready().run(chunk)


class _Over(Exception):
    """Nobody wants the rest."""

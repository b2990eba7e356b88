"""A campaign of the data tier: chunks are made and predicted by processes, and each toolchain's driver runs them all.

Making a chunk is pure, so it goes through any `concurrent.futures.Executor`. What is counted is what was compared: a
chunk counts for a toolchain once all of its programs have run there, whatever it took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from queue import Empty, Full

from harness.campaign import in_order
from harness.data import explaining
from harness.data.chunk import Chunk
from harness.data.driver import release_of
from harness.data.driving import Driving, Over, Shared, Side
from harness.data.source import Shard, Source
from harness.data.tally import Tally
from harness.known import Known
from harness.model import Installed
from harness.pipeline import World

_TICK = 0.1
_REMADE = 8
"""Chunks that are kept while programs of them are reduced."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the chunks of a shard of a source, one at least and none handed out when so many seconds are over.
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
    shared = Shared(world, plan.source, release, made_again, stop, plan.known, threading.Semaphore(jobs))
    sides = [Side(one, tally) for one, tally in zip(installed, tallies, strict=True)]
    done = set[int].intersection(*(side.tally.done for side in sides))
    # Each side gets all cores: the slowest, which the others wait for, then has what those leave.
    for side in sides:
        side.drivings = [Driving(shared, side) for _ in range(jobs)]
    try:
        with _threads(shared, sides, _run_chunks, jobs) as threads:
            begun = time.monotonic()
            for made in in_order(executor, _make, plan.tasks(shared.release, done), ahead=2 * makers, stop=stop):
                changed()
                for side in sides:
                    if made.number not in side.tally.done:
                        _hand_over(shared, side, made, changed)
                if shared.give_up.is_set() or plan.is_over(begun):
                    break
            for side in sides:
                for _ in range(jobs):
                    _hand_over(shared, side, None, changed)
            _await(threads, changed)
        if not shared.is_over:
            with _threads(shared, sides, explaining.explain, 1) as threads:
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


def _hand_over(shared: Shared, side: Side, made: Chunk | None, changed: Callable[[], None]) -> None:
    while not shared.is_over:
        try:
            side.waiting.put(made, timeout=_TICK)
        except Full:
            changed()
            continue
        return


# --- Threads ------------------------------------------------------------------------------------------------------


@contextmanager
def _threads(
    shared: Shared, sides: Sequence[Side], work: Callable[[Driving], None], drivers: int
) -> Iterator[list[threading.Thread]]:
    """A thread for each of so many drivers of each side. If the block fails, they are made to end."""
    threads = [
        threading.Thread(target=_guarded, args=(work, driving))
        for side in sides
        for driving in side.drivings[:drivers]
    ]
    for thread in threads:
        thread.start()
    try:
        yield threads
    except BaseException:
        shared.give_up.set()
        shared.world.cancel()
        for side in sides:
            for driving in side.drivings:
                driving.interrupt()
        raise
    finally:
        for thread in threads:
            thread.join()


def _await(threads: Sequence[threading.Thread], changed: Callable[[], None]) -> None:
    while (alive := next((thread for thread in threads if thread.is_alive()), None)) is not None:
        alive.join(_TICK)
        changed()


def _guarded(work: Callable[[Driving], None], driving: Driving) -> None:
    try:
        work(driving)
    except Over:
        return
    except BaseException as error:
        driving.side.failure = driving.side.failure or error
        driving.shared.give_up.set()


def _run_chunks(driving: Driving) -> None:
    while not driving.shared.is_over:
        try:
            waiting = driving.side.waiting.get(timeout=_TICK)
        except Empty:
            continue
        if waiting is None:
            return
        driving.chunk(waiting)

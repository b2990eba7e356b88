"""A campaign of the data tier: chunks are made and predicted by processes, and each toolchain's driver runs them all.

Making a chunk is pure, so it goes through any `concurrent.futures.Executor`. What is counted is what was compared: a
chunk counts for a toolchain once all of its programs have run there, whatever it took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from queue import Empty, Full, Queue

from harness.campaign import in_order
from harness.data import chunk as chunks
from harness.data import single, verdict, wire
from harness.data.chunk import ROOMY, TIGHT, Chunk
from harness.data.driver import Difference, Driver, release_of
from harness.data.tally import Bucket, Example, Reduced, Tally
from harness.errors import MachineryError
from harness.model import Installed, Toolchain
from harness.pipeline import ATTEMPTS, World
from harness.reduce import reduce
from harness.sandbox import Sandbox
from oracle import spec
from oracle.code import compile_program
from oracle.events import EndKind
from oracle.gather import gather
from oracle.program import Call, Defer, Function, Program, Recover

_TICK = 0.1
_AHEAD = 2
"""Chunks that wait for a driver at most."""
REDUCED, TRIED = 4, 16
"""Programs of a bucket that are reduced, and that are looked at for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: chunks of a seed until so many programs, or so many seconds from the first chunk on, are over."""

    seed: int
    programs: int | None
    seconds: float | None

    def tasks(self, release: tuple[int, int]) -> Iterator[tuple[int, int, int, tuple[int, int]]]:
        """The arguments of `harness.data.chunk.make`, chunk by chunk."""
        number, left = 0, self.programs
        begun = time.monotonic()
        while left is None or left > 0:
            if self.seconds is not None and time.monotonic() - begun >= self.seconds:
                return
            size = chunks.PROGRAMS if left is None else min(left, chunks.PROGRAMS)
            yield self.seed, number, size, release
            number += 1
            left = None if left is None else left - size


@dataclass(slots=True)
class Side:
    """One toolchain at work."""

    installed: Installed
    tally: Tally
    waiting: Queue[Chunk | None] = field(default_factory=lambda: Queue(_AHEAD))
    failure: BaseException | None = None
    sandbox: Sandbox | None = None


def run(
    world: World,
    toolchains: Sequence[Toolchain],
    plan: Plan,
    executor: Executor,
    jobs: int,
    stop: threading.Event,
    changed: Callable[[Sequence[Tally]], None],
) -> list[Tally]:
    """Run a plan on all toolchains at once; `changed` is told now and then how far it is.

    Ends early if `stop` is set: what was compared until then counts, and nothing more is reduced. Raises what an
    installation raises, and `MachineryError` if a driver fails again and again.
    """
    sides = [_side(world.install(one)) for one in toolchains]
    release = min(release_of(side.installed) for side in sides)
    tallies = [side.tally for side in sides]
    give_up = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(world, side, release, plan.seed, stop, give_up)) for side in sides
    ]
    for thread in threads:
        thread.start()
    try:
        for made in in_order(executor, _make, plan.tasks(release), ahead=2 * jobs, stop=stop):
            for side in sides:
                _hand_over(side, made, stop, give_up)
            changed(tallies)
            if give_up.is_set():
                break
        for side in sides:
            _hand_over(side, None, threading.Event(), give_up)
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(_TICK)
            changed(tallies)
    except BaseException:
        give_up.set()
        for side in sides:
            if side.sandbox is not None:
                side.sandbox.close()
        for thread in threads:
            thread.join()
        raise
    for side in sides:
        if side.failure is not None:
            raise side.failure
    return tallies


def _make(task: tuple[int, int, int, tuple[int, int]]) -> Chunk:
    return chunks.make(*task)


def _side(installed: Installed) -> Side:
    return Side(installed, Tally(installed.toolchain, installed.release, installed.digest))


def _hand_over(side: Side, made: Chunk | None, stop: threading.Event, give_up: threading.Event) -> None:
    while not (stop.is_set() or give_up.is_set()):
        try:
            side.waiting.put(made, timeout=_TICK)
        except Full:
            continue
        return


# --- One toolchain's thread -----------------------------------------------------------------------------------


def _work(
    world: World, side: Side, release: tuple[int, int], seed: int, stop: threading.Event, give_up: threading.Event
) -> None:
    try:
        with _Driving(world, side, release, give_up) as driving:
            while not give_up.is_set():
                try:
                    waiting = side.waiting.get(timeout=_TICK)
                except Empty:
                    if stop.is_set():
                        break
                    continue
                if waiting is None:
                    break
                driving.chunk(waiting)
            for bucket in side.tally.buckets.values():
                if not (stop.is_set() or give_up.is_set()):
                    driving.reduce(bucket, seed)
            side.tally.join_alike()
    except BaseException as error:
        side.failure = error
        give_up.set()


class _Driving:
    """A driver that is opened anew when machinery fails."""

    def __init__(self, world: World, side: Side, release: tuple[int, int], give_up: threading.Event) -> None:
        self.world = world
        self.give_up = give_up
        self.side = side
        self.release = release
        self._opened: AbstractContextManager[Sandbox] | None = None
        self._driver: Driver | None = None

    def __enter__(self) -> _Driving:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        opened, self._opened, self._driver = self._opened, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def _ready(self) -> Driver:
        if self._driver is None:
            self._opened = self.world.open(self.side.installed)
            sandbox = self._opened.__enter__()
            self.side.sandbox = sandbox
            self.side.tally.weaknesses = sandbox.weaknesses
            self._driver = Driver(sandbox, self.side.installed, self.world.limits)
        return self._driver

    def run(self, chunk: Chunk) -> list[Difference]:
        """Run a chunk to its end, some times if need be. Raises `MachineryError` if that does not help."""
        for attempt in range(ATTEMPTS):
            try:
                return list(self._ready().run(chunk))
            except MachineryError as error:
                self._close()
                if attempt == ATTEMPTS - 1 or self.give_up.is_set():
                    raise
                self.world.progress.note(f"{self.side.installed.toolchain.name}: {error}; trying again")
        raise AssertionError("the last attempt returns or raises")

    def chunk(self, given: Chunk) -> None:
        """Run a chunk and count it."""
        tally = self.side.tally
        differences = self.run(given)
        tally.programs += given.programs
        tally.events += given.words - given.programs
        if not differences:
            return
        code, owed = chunks.code_of(given, self.release), wire.from_bytes(given.owed)
        for difference in differences:
            due = owed[given.begin(difference.index) : given.ends[difference.index]]
            broken = verdict.broken(code, due, difference)
            bucket = tally.buckets.setdefault(broken.signature, Bucket(broken.signature, broken))
            bucket.add(Example(given.number, difference.index, len(due)))

    # --- reduction ------------------------------------------------------------------------------------

    def reduce(self, bucket: Bucket, seed: int) -> None:
        """Find the smallest programs that differ as some of the bucket do. When a stack is copied depends on what ran
        before, so a program that differs no more when it is alone is tried on both sorts of stacks."""
        reduced = 0
        for example in bucket.smallest(TRIED):
            made = chunks.make(seed, example.chunk, example.index + 1, self.release)
            program, hints = chunks.program(made, example.index, self.release)
            for how in dict.fromkeys((chunks.how_of(example.chunk), TIGHT, ROOMY)):
                if self._reduce_either(bucket, program, hints, how):
                    reduced += 1
                    break
            else:
                bucket.alike += 1
            if reduced == REDUCED:
                return

    def _reduce_either(self, bucket: Bucket, program: Program, hints: single.Hints, how: int) -> bool:
        """Reduce the program with what the driver has below it, or else as it is; False if neither differs."""
        for candidate, of in (caught(program, hints), (program, hints)):
            [found] = self._verdicts([single.fit(candidate, self.release, of)], how)
            if found is not None:
                self._reduce(bucket, candidate, found, how)
                return True
        return False

    def _reduce(self, bucket: Bucket, program: Program, found: verdict.Broken, how: int) -> None:
        dies = _dies(program)

        def shows(programs: Sequence[Program]) -> list[bool]:
            lively = [dies or not _dies(one) for one in programs]
            fitted = [_fitted(one, self.release) if may else None for one, may in zip(programs, lively, strict=True)]
            verdicts = iter(self._verdicts([one for one in fitted if one is not None], how))
            broken = [None if one is None else next(verdicts) for one in fitted]
            return [one is not None and one.signature == found.signature for one in broken]

        smallest = reduce(program, shows) if shows([program])[0] else program
        fitted = _fitted(smallest, self.release)
        broken = None if fitted is None else self._verdicts([fitted], how)[0]
        bucket.keep(Reduced(smallest, broken or found, 1))

    def _verdicts(self, programs: Sequence[single.Fitted], how: int) -> list[verdict.Broken | None]:
        """What is wrong with each program, None if nothing is."""
        found: list[verdict.Broken | None] = [None] * len(programs)
        if programs:
            made, code = single.chunk_of(programs, how)
            owed = wire.from_bytes(made.owed)
            for difference in self.run(made):
                due = owed[made.begin(difference.index) : made.ends[difference.index]]
                found[difference.index] = verdict.broken(code, due, difference)
        return found


def caught(program: Program, hints: single.Hints) -> tuple[Program, single.Hints]:
    """The program, and the shapes it had, with what the driver has below every program: a function that recovers, and
    below that one which has something to do when all is over."""
    count = len(program.functions)
    main = program.functions[0]
    last, recovers, middle = Function(), Function((Recover(),)), replace(main, body=(Defer(count + 1), *main.body))
    table = (*program.functions, last, recovers, middle)
    whole, origins = gather(table, Function((Defer(count), Call(count + 2))))
    return whole, [hints[origin] if 0 <= origin < len(hints) else None for origin in origins]


def _dies(program: Program) -> bool:
    """Whether the program owes a panic that nothing recovers, which the driver hides and Go does not."""
    return spec.run(compile_program(program), lambda _: None).kind is EndKind.PANICKED


def _fitted(program: Program, release: tuple[int, int]) -> single.Fitted | None:
    try:
        return single.fit(program, release)
    except single.NotData:
        return None

"""What `deferdiff reduce` looks for: a program that differs on a toolchain, and the smallest that differs so, as data
or as Go source."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness import signature
from harness.commands.fuzz import Tier
from harness.data import single
from harness.data.chunk import Chunk
from harness.data.driver import Difference, Driver, release_of
from harness.data.reducing import Reducing, Shown, dies, is_like
from harness.errors import MachineryError, UsageError
from harness.fuzz import judge_alone
from harness.model import BuildFailed, Conforms, Diverges, Inconclusive, Judged, Toolchain
from harness.pipeline import World
from harness.reduce import reduce, weight
from harness.report import evidence, words
from oracle.program import Program


@dataclass(frozen=True, slots=True)
class Found:
    """A program that differs. `rule`: the name of the one that it breaks, "" if none is known; `died`: what the
    process died of, "" if it did not; `is_like`: whether a Go program differs so, too; `ranging`: its loops are over
    functions; `conforms_unrecovered`: by itself the given program conforms, and differs where what it panics with is
    recovered in the end, as the driver does."""

    program: Program
    tier: Tier
    rule: str
    died: str
    got: str
    owed: str
    is_like: Callable[[Judged], bool]
    ranging: bool = False
    conforms_unrecovered: bool = False

    @property
    def signature(self) -> str:
        """What programs that differ alike have in common."""
        return ": ".join(filter(None, (self.rule, self.died)))


@dataclass(slots=True)
class Effort:
    """Programs tried, in how many rounds, in how many seconds; compiling a driver took others."""

    tried: int = 0
    rounds: int = 0
    seconds: float = 0.0
    compiling: float = 0.0
    weaknesses: tuple[str, ...] = ()


def find(
    world: World, toolchain: Toolchain, program: Program, tier: Tier | None, effort: Effort, stop: threading.Event
) -> Found | None:
    """The smallest program that differs on the toolchain as this one does; None if this one conforms. Without a
    `tier`: as data, or else as Go source. Raises `UsageError` for a program that cannot be data but must be."""
    if tier is not Tier.SOURCE:
        try:
            found = _as_data(world, toolchain, program, effort, stop)
        except single.NotData as bad:
            if tier is Tier.DATA:
                raise UsageError(
                    f"the program cannot be data: {bad}; leave out --tier, or give --tier source"
                ) from None
            found = None
            world.progress.note(f"the program cannot be data ({bad}): as Go source, which is slower")
        if found is not None or tier is Tier.DATA:
            return found
    return _as_source(world, toolchain, program, effort, stop)


def _as_data(
    world: World, toolchain: Toolchain, program: Program, effort: Effort, stop: threading.Event
) -> Found | None:
    installed = world.install(toolchain)
    single.fit(program, release_of(installed))
    clock = time.monotonic()
    with world.open(installed) as sandbox:
        effort.weaknesses = sandbox.weaknesses
        driver = Driver(sandbox, installed, world.limits)
        effort.compiling = time.monotonic() - clock
        clock = time.monotonic()

        def run(chunk: Chunk) -> Iterator[Difference]:
            if stop.is_set():
                raise KeyboardInterrupt
            return driver.run(chunk)

        reducing = Reducing(run, driver.release)
        shown, conforms_unrecovered = reducing.differs(program), False
        if shown is not None:
            with_recovery, shown = shown, reducing.smallest(shown)
            if with_recovery.program != program and not shown.ranging and dies(program):
                [given], _ = judge_alone(world, toolchain, [program], stop)
                conforms_unrecovered = isinstance(given.outcome, Conforms)
                own = reducing.as_it_is(program, with_recovery) if is_like(shown.broken, given) else None
                if own is not None:
                    shown = _lighter(world, toolchain, reducing.smallest(own), shown, stop)
    effort.tried, effort.rounds, effort.seconds = reducing.asked, reducing.rounds, time.monotonic() - clock
    if shown is None:
        return None
    broken = shown.broken
    return Found(
        shown.program,
        Tier.DATA,
        broken.rule.name,
        broken.how,
        broken.got,
        broken.owed,
        lambda judged: is_like(broken, judged),
        shown.ranging,
        conforms_unrecovered,
    )


def _lighter(world: World, toolchain: Toolchain, own: Shown, other: Shown, stop: threading.Event) -> Shown:
    """The program without a recovery of its own, if it is the smaller one and differs so as Go source, too."""
    if weight(own.program) >= weight(other.program):
        return other
    [judged], _ = judge_alone(world, toolchain, [own.program], stop)
    return own if is_like(own.broken, judged) else other


def _as_source(
    world: World, toolchain: Toolchain, program: Program, effort: Effort, stop: threading.Event
) -> Found | None:
    clock = time.monotonic()
    effort.tried, effort.rounds = effort.tried + 1, effort.rounds + 1
    [first], effort.weaknesses = judge_alone(world, toolchain, [program], stop)
    if isinstance(first.outcome, Inconclusive | BuildFailed):
        raise MachineryError(f"nothing is known of the program as Go source: {words.detail(first.outcome)}")
    if isinstance(first.outcome, Conforms):
        return None
    sort = signature.of(first)

    def shows(programs: Sequence[Program]) -> list[bool]:
        effort.tried, effort.rounds = effort.tried + len(programs), effort.rounds + 1
        return [signature.of(judged) == sort for judged in judge_alone(world, toolchain, programs, stop)[0]]

    smallest = reduce(program, shows)
    [last], _ = judge_alone(world, toolchain, [smallest], stop)
    effort.seconds = time.monotonic() - clock
    rule, died = signature.parts(last)
    got, owed = _told(last)
    return Found(smallest, Tier.SOURCE, rule, died, got, owed, lambda judged: signature.of(judged) == sort)


def _told(judged: Judged) -> tuple[str, str]:
    """What came and what was owed."""
    if isinstance(judged.outcome, Diverges):
        return evidence.got(judged), judged.outcome.divergence.owed
    return words.detail(judged.outcome), "an end that the language explains"

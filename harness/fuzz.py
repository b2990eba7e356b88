"""Random programs of the algebra on real toolchains: each is lowered to Go, run, and compared with its prediction.

Programs are made and run in rounds, so that memory stays flat and something is known early. What a program is
depends on the seed and its number only, so any one of them can be made again.

Many programs run in one process, one after the other. A runtime that goes wrong in one of them may go on in the next,
so a program that does not conform is run once more, alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from harness import signature
from harness.generated import case_of
from harness.golang.layout import prepare
from harness.model import Case, Conforms, Diverges, Inconclusive, Installed, Judged, Mode, Toolchain
from harness.pipeline import Side, World, observe, verdict
from harness.report import words
from oracle.check import Divergence
from oracle.generate import random_program
from oracle.program import Program
from oracle.rules import Rule

ROUND = 1000
"""Programs that are built and run together."""

SMALLEST, LARGEST = 4, 30
"""Actions of a random program."""

ALONE_ALIKE = Rule(
    "alone-alike",
    "A program does the same alone in a process as after others: each leaves the runtime as it found it.",
    "https://go.dev/ref/spec#Handling_panics",
)
COMPILED_AS_MEANT = "the compiler keeps deferred calls otherwise than the program says; lowering it is at fault"


@dataclass(frozen=True, slots=True)
class Found:
    """A program that did not conform on a toolchain. `number`: which of the seed's it is."""

    number: int
    program: Program
    judged: Judged

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"p{self.number}"

    @property
    def sort(self) -> str:
        """What it has in common with others that differ alike."""
        return signature.of(self.judged)


@dataclass(slots=True)
class Bucket:
    """Programs with one signature: how many, and the smallest."""

    count: int
    smallest: Found


@dataclass(slots=True)
class Tally:
    """What is known of one toolchain so far. `buckets`: by signature; `inconclusive`: programs of which
    nothing is known, and why the last was."""

    toolchain: Toolchain
    installed: Installed | None = None
    programs: int = 0
    conforming: int = 0
    inconclusive: int = 0
    reason: str = ""
    buckets: dict[str, Bucket] = field(default_factory=dict)
    weaknesses: tuple[str, ...] = ()

    @property
    def differing(self) -> int:
        """Programs whose run is not what the language owes."""
        return sum(bucket.count for bucket in self.buckets.values())

    def add(self, found: Found) -> None:
        """Count one program."""
        self.programs += 1
        match found.judged.outcome:
            case Conforms():
                self.conforming += 1
            case Inconclusive(detail=detail):
                self.inconclusive += 1
                self.reason = detail
            case _:
                bucket = self.buckets.setdefault(found.sort, Bucket(0, found))
                bucket.count += 1
                if found.program.size < bucket.smallest.program.size:
                    bucket.smallest = found


def program_of(seed: int, number: int) -> Program:
    """Program `number` of a seed."""
    rng = Random(f"{seed}/{number}")
    return random_program(rng, rng.randint(SMALLEST, LARGEST))


def fuzz(
    world: World,
    toolchains: Sequence[Toolchain],
    seed: int,
    programs: int,
    stop: threading.Event,
    found: Callable[[Found], None],
) -> list[Tally]:
    """Run programs 0 to `programs` of a seed on all toolchains; tell `found` of each that does not conform. Ends
    early, after a round, if `stop` is set.

    Raises the first usage or machinery error of an installation.
    """
    tallies = [Tally(one) for one in toolchains]
    for first in range(0, programs, ROUND):
        if stop.is_set():
            break
        numbers = range(first, min(first + ROUND, programs))
        made = [(number, program_of(seed, number)) for number in numbers]
        cases = [case_of(p, f"fuzz/p{n}", Path(f"p{n}.go"), prefix=f"p{n}_") for n, p in made]
        prepare(cases)
        sides = [Side(one) for one in toolchains]
        observe(world, cases, sides, stop)
        for tally, side in zip(tallies, sides, strict=True):
            tally.installed, tally.weaknesses = side.installed, side.weaknesses
            judged = {
                case.name: _as_meant(case, side, verdict(case, side))
                for case in cases
                if side.installed is not None and not (stop.is_set() and case.name not in side.kept)
            }
            judged |= _alone(world, side, [j for j in judged.values() if _differs(j)], stop)
            for (number, program), case in zip(made, cases, strict=True):
                if case.name not in judged:
                    continue
                one = Found(number, program, judged[case.name])
                tally.add(one)
                if _differs(one.judged):
                    found(one)
    return tallies


def judge_alone(
    world: World, toolchain: Toolchain, programs: Sequence[Program], stop: threading.Event
) -> tuple[list[Judged], tuple[str, ...]]:
    """What each program does as Go source on a toolchain, compiled together, each in a process of its own; and the
    weaknesses of the sandbox. Raises `KeyboardInterrupt` if `stop` is set before all is known."""
    cases = [
        replace(case_of(program, f"reduce/p{n}", Path(f"p{n}.go"), prefix=f"p{n}_"), alone=True)
        for n, program in enumerate(programs)
    ]
    side = Side(toolchain)
    observe(world, cases, [side], stop)
    if stop.is_set():
        raise KeyboardInterrupt
    return [_as_meant(case, side, verdict(case, side)) for case in cases], side.weaknesses


def _differs(judged: Judged) -> bool:
    return not isinstance(judged.outcome, Conforms | Inconclusive)


def _alone(world: World, side: Side, differing: Sequence[Judged], stop: threading.Event) -> dict[str, Judged]:
    """Run programs that differ once more, each in a process of its own: case -> its verdict. One that conforms then
    differs for what ran before it, which is told."""
    if not differing or stop.is_set():
        return {}
    again = Side(side.toolchain)
    cases = [replace(judged.case, alone=True) for judged in differing]
    observe(world, cases, [again], stop)
    verdicts: dict[str, Judged] = {}
    for first, case in zip(differing, cases, strict=True):
        second = verdict(case, again) if case.name in again.kept else first
        if isinstance(second.outcome, Conforms):
            outcome, index = first.outcome, 0
            got = words.detail(outcome)
            if isinstance(outcome, Diverges):
                got, index = outcome.divergence.got, outcome.divergence.index
            owed = "as it does alone: a program before it in the same process left the runtime otherwise"
            second = replace(first, outcome=Diverges(Divergence(ALONE_ALIKE, index, f"after others: {got}", owed)))
        if not isinstance(second.outcome, Inconclusive):
            verdicts[case.name] = second
    return verdicts


def _as_meant(case: Case, side: Side, judged: Judged) -> Judged:
    """The verdict, unless the compiler keeps deferred calls otherwise than the program says: then nothing is known.
    Flags for the compiler may well have it do so."""
    assert case.lowered is not None
    assert side.installed is not None
    kept = side.kept.get(case.name)
    if kept is None or kept.build.failure or side.installed.engine != "gc" or side.toolchain.gcflags:
        return judged
    if all(kept.build.defers.get(mode) == case.lowered.defers for mode in Mode):
        return judged
    return Judged(case, judged.toolchain, Inconclusive(COMPILED_AS_MEANT))

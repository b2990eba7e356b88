"""What came of a campaign on one toolchain: counts, and buckets of programs that differ alike."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from threading import RLock

from harness.data.chunk import ROOMY, Chunk
from harness.data.driver import Difference
from harness.data.single import Hints
from harness.data.verdict import Broken
from harness.known import Known
from harness.model import Toolchain
from harness.reduce import weight
from oracle.program import Program

EXAMPLES = 40
"""Programs of a bucket that are remembered: the smallest of these are reduced."""


@dataclass(frozen=True, slots=True)
class Example:
    """A program that differs: its chunk, its place in it, and how many words it owes."""

    chunk: int
    index: int
    words: int


@dataclass(frozen=True, slots=True)
class Reduced:
    """The smallest program that differs in the same way. `examples`: how many were reduced to it; `as_go`: what it
    does alone as a Go program, "" if nobody tried; `agrees`: whether it differs so, too; `file`: where it was
    written to; `ranging`: its loops are over functions; `how`, `hints`: on what stacks and with what shapes it
    differs (`harness.data.reducing.Shown`)."""

    program: Program
    broken: Broken
    examples: int
    as_go: str = ""
    agrees: bool = False
    file: Path | None = None
    ranging: bool = False
    how: int = ROOMY
    hints: Hints = ()

    def same_as(self, other: Reduced) -> bool:
        """Whether it is the same program that differs in the same way, on whatever stacks."""
        mine, its = ((one.program, one.ranging, one.broken.signature) for one in (self, other))
        return mine == its


@dataclass(slots=True)
class Bucket:
    """Programs with one signature. `first`: what is wrong, of the smallest if one is known; `count`: how many;
    `alike`: of those that were run again alone, how many then did what they owe; `reduced`: the smallest, each once;
    `behind`: of some that do what they owe alone, the programs behind which they differ, themselves last; `known`:
    the known difference that this is; `again`: of those whose chunk ran once more, how many differed again, None if
    nobody tried; `mended`: how many of these do not with that fault taken out; `after`: seconds until the first was
    seen, as in `Tally.seen`; `estimated`: `count` is an estimate (`harness.data.causes`).
    """

    signature: str
    first: Broken
    count: int = 0
    alike: int = 0
    examples: list[Example] = field(default_factory=list)
    reduced: list[Reduced] = field(default_factory=list)
    behind: list[tuple[Program, ...]] = field(default_factory=list)
    known: Known | None = None
    again: int | None = None
    mended: int = 0
    after: float | None = None
    estimated: bool = False

    def add(self, example: Example) -> None:
        """Count one more."""
        self.count += 1
        self.examples.append(example)
        if len(self.examples) > 2 * EXAMPLES:
            self.examples.sort(key=lambda e: (e.words, e.chunk, e.index))
            del self.examples[EXAMPLES:]

    def join(self, other: Bucket) -> None:
        """Take in another bucket with the same signature."""
        self.count += other.count
        self.estimated = self.estimated or other.estimated
        self.examples += other.examples
        self.alike += other.alike
        self.behind += other.behind
        self.after = earliest((self.after, other.after))
        for reduced in other.reduced:
            self.keep(reduced)

    def keep(self, reduced: Reduced) -> None:
        """Remember a smallest program, each once, the smallest first."""
        for number, known in enumerate(self.reduced):
            if known.same_as(reduced):
                self.reduced[number] = replace(known, examples=known.examples + reduced.examples)
                return
        self.reduced.append(reduced)
        self.reduced.sort(key=lambda each: weight(each.program))

    def smallest(self, most: int) -> list[Example]:
        """The examples that owe the fewest words."""
        return sorted(self.examples, key=lambda e: (e.words, e.chunk, e.index))[:most]


@dataclass(slots=True)
class Tally:
    """`programs`, `events`: how many ran and were compared; `done`: the numbers of their chunks; `programs_sum`,
    `traces_sum`: of the programs, and of what they did, as `mixed` adds them up; `begun`: on the monotonic clock,
    when the first began, or would have if it had never been interrupted; `seen`: how many seconds later a signature
    was first seen, maybe in a chunk that does not count yet; `counted`: the buckets as they were counted, once
    `buckets` are told apart by cause; `lock`: several drivers may count.
    """

    toolchain: Toolchain
    release: str = ""
    digest: str = ""
    programs: int = 0
    events: int = 0
    done: set[int] = field(default_factory=set)
    programs_sum: int = 0
    traces_sum: int = 0
    buckets: dict[str, Bucket] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    counted: dict[str, Bucket] = field(default_factory=dict)
    weaknesses: tuple[str, ...] = ()
    begun: float | None = None
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def count(self, chunk: Chunk, differences: Sequence[tuple[Difference, Broken]]) -> None:
        """Count a chunk that has run to its end, once."""
        programs, traces = chunk.digests()
        if differences:
            told = [(one.index, one.got, one.died is not None) for one, _ in differences]
            traces = sha256(traces + repr(told).encode()).digest()
        with self.lock:
            assert chunk.number not in self.done
            self.done.add(chunk.number)
            self.programs += chunk.programs
            self.events += chunk.words - chunk.programs
            self.programs_sum = mixed(self.programs_sum, chunk.number, programs)
            self.traces_sum = mixed(self.traces_sum, chunk.number, traces)
            for difference, broken in differences:
                if broken.signature not in self.buckets:
                    self.see(broken)
                    after = self.seen.get(broken.signature)
                    self.buckets[broken.signature] = Bucket(broken.signature, broken, after=after)
                bucket = self.buckets[broken.signature]
                words = chunk.ends[difference.index] - chunk.begin(difference.index)
                bucket.add(Example(chunk.number, difference.index, words))

    def see(self, broken: Broken) -> None:
        """Remember when something was first seen."""
        with self.lock:
            if self.begun is not None:
                self.seen.setdefault(broken.signature, time.monotonic() - self.begun)

    @property
    def differing(self) -> int:
        """Programs that did not do what they owe."""
        with self.lock:
            return sum(bucket.count for bucket in self.buckets.values())


def earliest(times: Iterable[float | None]) -> float | None:
    """The least of those that are known."""
    return min((one for one in times if one is not None), default=None)


def mixed(whole: int, number: int, digest: bytes) -> int:
    """A sum of digests of chunks: the same in whatever order chunks come, and whoever adds up which of them."""
    one = sha256(number.to_bytes(8, "little") + digest).digest()
    return (whole + int.from_bytes(one, "little")) % (1 << 256)

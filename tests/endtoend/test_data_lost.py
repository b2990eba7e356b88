"""Goroutines that end without a word, as Go before 1.22 lets them: each costs its program, and no driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from harness import machine, toolchain
from harness.commands import options
from harness.data import single, verdict, wire
from harness.data.driver import Difference, Driver
from harness.progress import Silent
from harness.sandbox import CaseEnd, Limits, Sandbox
from oracle import rules
from oracle.program import Program
from tests.oracle.programs import program

pytestmark = pytest.mark.toolchain

LOSES: Mapping[str, Any] = {
    "f2": [{"defer": "f5"}, {"defer": "f3"}, {"panic": "p"}],
    "f3": {"frame": "linked", "body": [{"defer": "f4", "loop": True}, "goexit"]},
    "f4": [{"panic": "q"}],
    "f5": ["recover"],
}
"""On go1.21 the recovery in f5 drops the Goexit of f3, and all that its goroutine has deferred."""
FIRST = program(main=[{"call": "f1"}], f1=[{"call": "f2"}], **LOSES)
STARTED = program(main=[{"go": "f1"}, {"emit": 1}], f1=[{"call": "f2"}], **LOSES)
BELOW = program(main=[{"go": "f1"}], f1=[{"defer": "f6"}, {"call": "f2"}], **LOSES, f6=[{"emit": 1}])
GOOD = program(main=[{"go": "f1"}, {"emit": 1}], f1=[{"defer": "f2"}, {"panic": "p"}], f2=["recover"])


class Counting:
    """A sandbox that counts the jobs that it runs."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.jobs = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run_batch(self, argv: Sequence[str], jobs: Sequence[str], **more: Any) -> Iterator[CaseEnd]:
        self.jobs += len(jobs)
        return self._inner.run_batch(argv, jobs, **more)


def ran(text: str, programs: Sequence[Program]) -> tuple[list[Difference], list[verdict.Broken], int]:
    """What differs on a toolchain, the verdicts on that, and in how many runs of the driver."""
    world = machine.world(options.Kind.PROCESS, Limits(), Silent(), fresh=True, keep=False)
    installed = world.install(toolchain.parse(text))
    with world.open(installed) as sandbox:
        counting = Counting(sandbox)
        driver = Driver(counting, installed, Limits())
        chunk, code = single.chunk_of([single.fit(one, driver.release) for one in programs])
        found = list(driver.run(chunk))
    owed = wire.from_bytes(chunk.owed)
    told = [verdict.broken(code, owed[chunk.begin(one.index) : chunk.ends[one.index]], one) for one in found]
    return found, told, counting.jobs


def test_all_run_to_their_end_twice() -> None:
    """A goroutine that seems lost may only be slow, so the driver must say so twice."""
    found, told, jobs = ran("go1.21.13", [GOOD, STARTED, GOOD, BELOW, FIRST, GOOD, FIRST])
    assert [one.index for one in found] == [1, 3, 4, 6]
    assert all(one.died is None for one in found)
    assert all(one.got[-1] == wire.LOST for one in found)
    assert jobs == 2
    assert told[1].rule is rules.DEFERRED_CALL_LOST
    assert [one.got for one in told] == ["nothing more: data: a goroutine is lost"] * 4


def test_nothing_is_lost_where_nothing_is() -> None:
    assert ran("go1.22.10", [GOOD, STARTED, BELOW, FIRST]) == ([], [], 1)

"""Random programs on toolchains that are not there: what is run, counted and told."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from harness import fuzz as module
from harness.errors import SandboxFailed
from harness.fuzz import COMPILED_AS_MEANT, Found, Tally, fuzz, program_of
from harness.generated import case_of
from harness.model import (
    BuildFailed,
    Case,
    Conforms,
    Diverges,
    Exited,
    Inconclusive,
    Installed,
    Judged,
    Outcome,
    Toolchain,
)
from harness.pipeline import World
from harness.progress import Silent
from harness.sandbox import CaseEnd, Finished, Limits
from harness.store import Store
from oracle.check import Divergence
from oracle.program import Function, Program
from oracle.rules import DEFERRED_CALL_LOST, DEFERRED_CALL_TWICE
from tests.harness.fake import FakeSandbox, ended, finished, installed

RETURNS = b"E 1 1 0 s 0 0 0\nT 1 1 4\n"
"""The trace of an empty main, which stands on the lines 3 and 4."""
TOOLCHAIN = Toolchain("post", "go1.22.10", "go1.22.10")


def world(sandbox: FakeSandbox, tmp_path: Path) -> World:
    def install(wanted: Toolchain) -> Installed:
        return replace(installed(), toolchain=wanted)

    return World(
        install=install,
        open=lambda _: nullcontext(sandbox),
        sandbox="process",
        store=Store(tmp_path / "runs", read=False, write=False),
        limits=Limits(),
        progress=Silent(),
    )


def reports(sandbox: FakeSandbox, kind: Callable[[str], str]) -> Callable[[object], Finished]:
    """A compiler that reports of every defer statement what the programs of seed 7 call for, changed by `kind`."""

    def compiles(_: object) -> Finished:
        said = []
        for path, content in sandbox.files.items():
            if program := re.search(rb"func Mainp(\d+)_", content):
                lowered = made(int(program[1])).lowered
                assert lowered is not None
                said += [f"./{path}:{each.line}:2: {kind(each.kind)} defer\n" for each in lowered.defers]
        sandbox.files.clear()
        return finished("".join(said))

    return compiles


def made(number: int) -> Case:
    return case_of(program_of(7, number), f"fuzz/p{number}", Path("p.go"), prefix=f"p{number}_")


def run_to_the_end(job: str) -> CaseEnd:
    """A toolchain on which every program does nothing and returns."""
    return ended(job)


def test_a_program_is_known_by_its_seed_and_number() -> None:
    assert program_of(1, 5) == program_of(1, 5)
    assert len({program_of(seed, number) for seed in range(3) for number in range(3)}) == 9


def test_every_program_is_run_and_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND", 4)
    sandbox = FakeSandbox(runs=run_to_the_end)
    sandbox.compiles = reports(sandbox, str)
    told: list[Found] = []
    [tally] = fuzz(world(sandbox, tmp_path), [TOOLCHAIN], 7, 10, threading.Event(), told.append)
    assert (tally.programs, tally.inconclusive) == (10, 0)
    assert tally.conforming + tally.differing == 10
    assert [found.number for found in told] == sorted(found.number for found in told)
    assert len(told) == tally.differing > 5
    rounds = [len(jobs) for _, jobs, _, _ in sandbox.batches]
    assert (rounds[0], sum(rounds)) == (8, 2 * (10 + tally.differing))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("alone", [0, 1])
def test_a_program_that_differs_is_run_once_more_alone(
    alone: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it conforms then, what ran before it in the process is to blame."""
    monkeypatch.setattr(module, "program_of", lambda seed, number: Program((Function(),)))
    sandbox = FakeSandbox()
    sandbox.runs = lambda job: ended(job, trace=RETURNS, ending=Exited(alone if len(sandbox.batches) > 1 else 1))
    told: list[Found] = []
    [tally] = fuzz(world(sandbox, tmp_path), [TOOLCHAIN], 7, 3, threading.Event(), told.append)
    assert tally.differing == len(told) == 3
    [bucket] = tally.buckets.values()
    assert bucket.count == 3
    expected = "process-end" if alone else "alone-alike"
    assert told[0].sort == expected
    assert b"Last: true" in sandbox.files["cmd/batch/main.go"]
    if not alone:
        outcome = told[0].judged.outcome
        assert isinstance(outcome, Diverges)
        assert outcome.divergence.got == "after others: the process exited with status 1"


def test_a_program_that_is_compiled_otherwise_tells_nothing(tmp_path: Path) -> None:
    sandbox = FakeSandbox(runs=run_to_the_end)
    sandbox.compiles = reports(sandbox, lambda _: "heap-allocated")
    deferring = [n for n in range(10) if (lowered := made(n).lowered) and lowered.defers]
    [tally] = fuzz(world(sandbox, tmp_path), [TOOLCHAIN], 7, 10, threading.Event(), lambda _: None)
    assert 0 < tally.inconclusive <= len(deferring)
    assert tally.reason == COMPILED_AS_MEANT


def test_flags_for_the_compiler_may_change_how_it_compiles(tmp_path: Path) -> None:
    sandbox = FakeSandbox(runs=run_to_the_end)
    sandbox.compiles = reports(sandbox, lambda _: "heap-allocated")
    wanted = [replace(TOOLCHAIN, gcflags="-N")]
    [tally] = fuzz(world(sandbox, tmp_path), wanted, 7, 10, threading.Event(), lambda _: None)
    assert tally.inconclusive == 0


def test_machinery_is_no_difference(tmp_path: Path) -> None:
    def fails(_: object) -> Finished:
        raise SandboxFailed("no disk")

    told: list[Found] = []
    [tally] = fuzz(world(FakeSandbox(fails), tmp_path), [TOOLCHAIN], 7, 3, threading.Event(), told.append)
    assert (tally.inconclusive, tally.reason, told) == (3, "no disk", [])


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    [tally] = fuzz(world(FakeSandbox(), tmp_path), [TOOLCHAIN], 7, 3, stop, lambda _: None)
    assert tally.programs == 0


def found(number: int, outcome: Outcome) -> Found:
    return Found(number, program_of(7, number), Judged(made(number), "post", outcome))


def test_differences_are_counted_by_rule_with_the_smallest_of_each() -> None:
    tally = Tally(TOOLCHAIN)
    sizes = {n: program_of(7, n).size for n in range(6)}
    lost, twice = (Diverges(Divergence(r, 0, "", "")) for r in (DEFERRED_CALL_LOST, DEFERRED_CALL_TWICE))
    for number in range(4):
        tally.add(found(number, lost))
    tally.add(found(4, twice))
    tally.add(found(5, BuildFailed("no")))
    tally.add(found(0, Conforms()))
    tally.add(found(0, Inconclusive("why")))
    assert (tally.programs, tally.conforming, tally.differing, tally.inconclusive) == (8, 1, 6, 1)
    assert {rule: bucket.count for rule, bucket in tally.buckets.items()} == {
        "deferred-call-lost": 4,
        "deferred-call-twice": 1,
        "build failed": 1,
    }
    assert tally.buckets["deferred-call-lost"].smallest.program.size == min(sizes[n] for n in range(4))

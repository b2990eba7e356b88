"""A campaign: every program runs and counts once on each toolchain, whatever fails; what differs is reduced."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.data import campaign, driving, mending, wire
from harness.data.campaign import Plan
from harness.data.chunk import Chunk, make
from harness.data.driver import Difference, Driver
from harness.data.source import Drawn, Shard
from harness.data.tally import Bucket, Tally
from harness.errors import BadPatch, SandboxFailed, TraceDamaged
from harness.known import Known
from harness.model import Ending, Exited, Installed, OutOfMemory, Signaled, TimedOut, Toolchain
from harness.pipeline import World
from harness.progress import Silent
from harness.sandbox import CaseEnd, Limits
from harness.store import Store
from oracle.program import Goexit, Program
from tests.harness.fake import FakeSandbox, installed

NAMES = ("one", "two")


class FakeDriver:
    """On toolchain "two" programs that owe an end by Goexit return instead. `fails`: how often machinery fails there
    first."""

    fails = 0
    opened: Sequence[str] = ()

    def __init__(self, sandbox: Any, at: Installed, limits: Limits, cores: threading.Semaphore) -> None:
        self.cores = cores
        self.name = at.toolchain.name
        type(self).opened = (*self.opened, self.name)

    def run(self, chunk: Chunk, seen: Callable[[Difference], None] = lambda _: None) -> Iterator[Difference]:
        for difference in self.differing(chunk):
            seen(difference)
            yield difference

    def differing(self, chunk: Chunk) -> Iterator[Difference]:
        owed = wire.from_bytes(chunk.owed)
        for index, end in enumerate(chunk.ends):
            if self.name == "two" and type(self).fails and index == chunk.programs // 2:
                type(self).fails -= 1
                raise SandboxFailed("it broke")
            if self.name == "two" and owed[end - 1] == wire.GOEXIT:
                got = (*owed[chunk.begin(index) : end - 1], wire.RETURNED)
                yield Difference(index, got, None, "")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(FakeDriver, "fails", 0)
    monkeypatch.setattr(FakeDriver, "opened", ())
    monkeypatch.setattr(driving, "Driver", FakeDriver)

    def opens(_: Installed) -> AbstractContextManager[Any]:
        return nullcontext(SimpleNamespace(weaknesses=("weak",), close=lambda: None))

    store = Store(tmp_path, read=False, write=False)
    return World(lambda t: installed(t.name), opens, "process", store, Limits(), Silent())


def run(world: World, programs: int, stop: threading.Event | None = None, **hooks: Any) -> list[Tally]:
    toolchains = [Toolchain(name=name, text=name, base="go1.22.10") for name in NAMES]
    changed = hooks.get("changed", lambda tallies: None)
    at = [world.install(one) for one in toolchains]
    tallies = hooks.get("before") or [Tally(one.toolchain, one.release, one.digest) for one in at]
    plan = Plan(Drawn(3, programs), hooks.get("shard", Shard()), hooks.get("seconds"), known=hooks.get("known", ()))
    with ThreadPoolExecutor(2) as pool:
        ended = stop or threading.Event()
        campaign.run(world, tallies, at, plan, pool, 2, ended, lambda: changed(tallies), jobs=hooks.get("jobs", 2))
    return tallies


# --- Known faults that are taken out ------------------------------------------------------------------------------


class Poisoned(FakeDriver):
    """On toolchain "two" programs that owe an end by Goexit return instead if another program ran before them, unless
    the toolchain is patched. `stubborn`: also if it is. `forgets`: they do so only in the first chunk that runs;
    `seldom`: then only in each so-manieth of those that run."""

    stubborn = False
    forgets = False
    seldom = 0
    runs = 0

    def differing(self, chunk: Chunk) -> Iterator[Difference]:
        type(self).runs += 1
        if ",patch=" in self.name and not self.stubborn:
            return
        if self.forgets and self.runs > len(NAMES):
            return
        if self.seldom and self.runs > len(NAMES) and self.runs % self.seldom:
            return
        if ",patch=" in self.name:
            self.name = "two"
        for difference in super().differing(chunk):
            if difference.index:
                yield difference


@pytest.fixture
def fault(tmp_path: Path) -> Known:
    """A known fault whose work no smallest program tells, with a patch that mends it."""
    mend = tmp_path / "mend.patch"
    mend.touch()
    words = {"rule": "process-end", "needs": "nil function value", "on": "gc", "reason": "x", "issue": "unreported"}
    return Known.model_validate({**words, "source": "https://go.dev/x", "mend": str(mend)})


def poisoned(world: World, monkeypatch: pytest.MonkeyPatch, fault: Known, **how: int) -> Bucket:
    monkeypatch.setattr(driving, "Driver", type("It", (Poisoned,), how))
    [bucket] = run(world, 60, known=[fault])[1].buckets.values()
    assert bucket.count == goexits(60)
    assert bucket.reduced == []
    return bucket


def test_what_differs_behind_others_only_is_known_by_taking_the_fault_out(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known
) -> None:
    bucket = poisoned(world, monkeypatch, fault)
    assert bucket.alike > 0
    tried = min(bucket.count, mending.TRIED)
    assert (bucket.known, bucket.again, bucket.mended) == (fault, tried, tried)
    [programs] = bucket.behind
    assert len(programs) == 2


class Twofold(Poisoned):
    """The driver dies in some of them."""

    def differing(self, chunk: Chunk) -> Iterator[Difference]:
        for difference in super().differing(chunk):
            if len(difference.got) % 2:
                yield replace(difference, got=difference.got[:-1], died=Exited(2), said="fatal error: x\n")
            else:
                yield difference


def test_what_a_fault_does_to_those_behind_it_is_shown_once(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known
) -> None:
    """In several buckets, each of which is tried without it; in none if nothing is known of it."""
    monkeypatch.setattr(driving, "Driver", Twofold)
    one, two = run(world, 60, known=[fault])[1].buckets.values()
    assert (one.known, two.known) == (fault, fault)
    assert one.mended > 0 < two.mended
    assert sorted([len(one.behind), len(two.behind)]) == [0, 1]
    one, two = run(world, 60)[1].buckets.values()
    assert [len(one.behind), len(two.behind)] == [1, 1]


def test_a_difference_that_stays_when_the_fault_is_taken_out_is_not_its_work(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known
) -> None:
    bucket = poisoned(world, monkeypatch, fault, stubborn=True)
    assert (bucket.known, bucket.mended) == (None, 0)
    assert len(bucket.behind) == 1


class Stubborn(FakeDriver):
    """Toolchain "two" differs also when it is patched."""

    def differing(self, chunk: Chunk) -> Iterator[Difference]:
        if ",patch=" in self.name:
            self.name = "two"
        yield from super().differing(chunk)


@pytest.mark.parametrize("driver", [FakeDriver, Stubborn])
def test_smallest_programs_themselves_are_tried_without_the_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known, driver: type[FakeDriver]
) -> None:
    """What else is of the raw bucket may have other causes."""
    monkeypatch.setattr(driving, "Driver", driver)
    monkeypatch.setattr(mending, "compare", None)
    [bucket] = run(world, 200, known=[fault])[1].buckets.values()
    tried = len(bucket.reduced)
    assert tried > 0
    assert (bucket.known, bucket.again, bucket.mended) == (
        (fault, tried, tried) if driver is FakeDriver else (None, tried, 0)
    )


@pytest.mark.parametrize("trouble", [BadPatch("it does not compile"), SandboxFailed("it broke")])
def test_a_mended_driver_that_fails_costs_no_campaign(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known, trouble: Exception
) -> None:
    class Failing(FakeDriver):
        def differing(self, chunk: Chunk) -> Iterator[Difference]:
            if ",patch=" in self.name:
                raise trouble
            yield from super().differing(chunk)

    monkeypatch.setattr(driving, "Driver", Failing)
    [bucket] = run(world, 200, known=[fault])[1].buckets.values()
    assert (bucket.count, bucket.known) == (goexits(200), None)


def test_a_difference_that_does_not_come_again_is_nobodys_work(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known
) -> None:
    bucket = poisoned(world, monkeypatch, fault, forgets=True)
    assert (bucket.known, bucket.again, bucket.mended, bucket.behind) == (None, 0, 0, [])


@pytest.mark.parametrize("stubborn", [False, True])
def test_what_seldom_differs_again_is_tried_longer(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Known, stubborn: bool
) -> None:
    """In one run of 151, until it does so again; and five times as long with the fault taken out."""
    bucket = poisoned(world, monkeypatch, fault, seldom=151, stubborn=stubborn)
    assert (bucket.known, bucket.again, bucket.mended) == ((None, 1, 0) if stubborn else (fault, 1, 1))


def test_a_fault_of_other_releases_is_not_tried(world: World, monkeypatch: pytest.MonkeyPatch, fault: Known) -> None:
    bucket = poisoned(world, monkeypatch, fault.model_copy(update={"on": "gc <1.2"}))
    assert (bucket.known, bucket.mended) == (None, 0)


def test_a_patch_that_does_not_apply_is_said(world: World, monkeypatch: pytest.MonkeyPatch, fault: Known) -> None:
    said: list[str] = []

    class Heard(Silent):
        def note(self, message: str) -> None:
            said.append(message)

    def install(asked: Toolchain) -> Installed:
        if asked.patches:
            raise BadPatch("hunk 1 does not apply")
        return installed(asked.name)

    bucket = poisoned(replace(world, install=install, progress=Heard()), monkeypatch, fault)
    assert (bucket.known, bucket.mended) == (None, 0)
    assert said == ["two: a known fault is not tried without: hunk 1 does not apply"]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.data.chunk.PROGRAMS", 60)


def goexits(programs: int) -> int:
    """How many of the plan's programs owe an end by Goexit."""
    sizes = [60] * (programs // 60) + [programs % 60] * bool(programs % 60)
    found = 0
    for number, size in enumerate(sizes):
        chunk = make(3, number, size, (1, 22))
        owed = wire.from_bytes(chunk.owed)
        found += sum(owed[end - 1] == wire.GOEXIT for end in chunk.ends)
    return found


def test_each_program_counts_once_on_each_toolchain(world: World) -> None:
    good, faulty = run(world, 200)
    assert (good.programs, good.differing) == (200, 0)
    assert (faulty.programs, faulty.differing) == (200, goexits(200))
    assert good.events == faulty.events
    assert good.weaknesses == ("weak",)


def test_what_was_made_ahead_is_not_run_when_time_is_over(world: World) -> None:
    one, two = run(world, 4000, seconds=0.0)
    assert one.done == two.done == {0}
    assert one.programs == two.programs > 0


def test_what_differs_is_reduced_and_of_one_sort(world: World) -> None:
    faulty = run(world, 200)[1]
    [bucket] = faulty.buckets.values()
    assert bucket.count == goexits(200)
    smallest = bucket.reduced[0].program
    assert isinstance(smallest, Program)
    assert smallest.functions[0].body == (Goexit(),)
    assert bucket.reduced[0].broken.got == "the program ends: its first function returns"


def test_what_was_seen_before_machinery_failed_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Once(FakeDriver):
        """A program that differs once, and then the driver breaks."""

        def differing(self, chunk: Chunk) -> Iterator[Difference]:
            if self.name == "two" and type(self).opened.count("two") == 1:
                yield next(super().differing(chunk))
                raise SandboxFailed("it broke")

    monkeypatch.setattr(driving, "Driver", Once)
    _, two = run(world, 60, jobs=1)
    assert (two.programs, two.differing) == (60, 1)


@pytest.mark.parametrize("alone", [True, False])
def test_machinery_that_fails_where_one_bucket_is_explained_costs_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    """Reducing breaks it, or else what programs run before one that conforms when it is alone."""
    said: list[str] = []

    class Heard(Silent):
        def note(self, message: str) -> None:
            said.append(message)

    class Breaking(FakeDriver):
        def differing(self, chunk: Chunk) -> Iterator[Difference]:
            if chunk.programs == 60:
                yield from super().differing(chunk)
            elif self.name == "two" and (alone or chunk.programs > 1):
                raise SandboxFailed("it broke")

    monkeypatch.setattr(driving, "Driver", Breaking)
    _, two = run(replace(world, progress=Heard()), 60)
    [bucket] = two.buckets.values()
    assert (two.differing, bucket.reduced, bucket.behind) == (goexits(60), [], [])
    what = "is not reduced: it broke" if alone else "is not found: it broke"
    assert any(what in line for line in said)


def test_who_is_in_a_hurry_waits_for_nothing_that_is_fetched_or_opened(world: World) -> None:
    cancelled: list[bool] = []

    def changed(tallies: list[Tally]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(replace(world, cancel=lambda: cancelled.append(True)), 60, changed=changed)
    assert cancelled == [True]


def test_machinery_that_fails_is_tried_again_and_nothing_counts_twice(world: World) -> None:
    FakeDriver.fails = 2
    good, faulty = run(world, 60, jobs=1)
    assert (good.programs, faulty.programs) == (60, 60)
    assert faulty.differing == goexits(60)
    assert FakeDriver.opened.count("two") == 3


def test_machinery_that_goes_on_failing_is_told(world: World) -> None:
    FakeDriver.fails = 100
    with pytest.raises(SandboxFailed, match="it broke"):
        run(world, 60)


@pytest.mark.parametrize("programs", [60, 600])
def test_what_differs_is_told_of_before_its_chunk_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, programs: int
) -> None:
    """Also while more chunks are made than the drivers can take."""
    told = threading.Event()
    uncounted: list[tuple[int, int]] = []

    class Patient(FakeDriver):
        def differing(self, chunk: Chunk) -> Iterator[Difference]:
            for difference in super().differing(chunk):
                yield difference
                assert told.wait(60)

    def changed(tallies: list[Tally]) -> None:
        two = tallies[1]
        if two.seen and not told.is_set():
            uncounted.append((two.programs, len(two.buckets)))
            told.set()

    monkeypatch.setattr(driving, "Driver", Patient)
    _, two = run(world, programs, changed=changed, jobs=1)
    assert uncounted == [(0, 0)]
    [(signature, bucket)] = two.counted.items()
    assert two.seen == {signature: bucket.after}


class Slow(FakeDriver):
    """Takes a while to be compiled, and conforms. `working`: one is compiled; `broken`: it does not compile."""

    working = False
    broken = False

    def __init__(self, sandbox: Any, at: Installed, limits: Limits, cores: threading.Semaphore) -> None:
        super().__init__(sandbox, at, limits, cores)
        assert not self.working
        type(self).working = True
        time.sleep(0.2)
        type(self).working = False
        if self.broken:
            raise BadPatch("it does not compile")

    def differing(self, chunk: Chunk) -> Iterator[Difference]:
        return iter(())


@pytest.fixture
def slow(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(driving, "Driver", Slow)
    monkeypatch.setattr(Slow, "opened", ())
    monkeypatch.setattr(Slow, "working", False)
    return world


def test_drivers_are_compiled_one_after_another(slow: World) -> None:
    assert [tally.programs for tally in run(slow, 240)] == [240, 240]
    assert set(Slow.opened) == {"one", "two"}


@pytest.mark.parametrize("jobs", [1, 3])
def test_all_drivers_share_the_cores(slow: World, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    seen: set[threading.Semaphore] = set()

    def ran(driver: Slow, _: Chunk) -> Iterator[Difference]:
        seen.add(driver.cores)
        return iter(())

    monkeypatch.setattr(Slow, "differing", ran)
    run(slow, 240, jobs=jobs)
    [cores] = seen
    assert [cores.acquire(blocking=False) for _ in range(jobs + 1)] == [True] * jobs + [False]


def test_what_does_not_compile_is_compiled_once(slow: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slow, "broken", True)
    with pytest.raises(BadPatch, match="it does not compile"):
        run(slow, 240)
    # Another one may be on its way before it is known that the first has failed.
    assert len(Slow.opened) <= 2


def test_nothing_is_compiled_for_somebody_who_wants_no_more(slow: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor run: what waits for a driver when the wish comes stays where it is."""
    stop = threading.Event()

    class Last(Slow):
        def __init__(self, sandbox: Any, at: Installed, limits: Limits, cores: threading.Semaphore) -> None:
            super().__init__(sandbox, at, limits, cores)
            stop.set()

    monkeypatch.setattr(driving, "Driver", Last)
    tallies = run(slow, 240, stop)
    assert len(Last.opened) == 1
    assert sum(tally.programs for tally in tallies) <= 60


def test_an_interrupt_ends_it_and_nothing_is_reduced(world: World) -> None:
    stop = threading.Event()

    def changed(tallies: Sequence[Tally]) -> None:
        if tallies[1].differing:
            stop.set()

    faulty = run(world, 60_000, stop, changed=changed)[1]
    assert 0 < faulty.programs < 60_000
    assert [bucket.reduced for bucket in faulty.buckets.values()] == [[] for _ in faulty.buckets]


# --- A driver that dies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deadly", [set(), {0}, {4}, {3, 4, 7}, {9}, set(range(10))])
def test_a_driver_that_dies_goes_on_behind_the_program(deadly: set[int]) -> None:
    chunk = make(1, 0, 10, (1, 22))
    begun: list[int] = []

    def job(name: str) -> CaseEnd:
        first = int(name.split(":")[1])
        begun.append(first)
        dies = min((index for index in deadly if index >= first), default=None)
        stop = chunk.words if dies is None else chunk.ends[dies] - 1
        trace = chunk.owed[4 * chunk.begin(first) : 4 * stop]
        return CaseEnd(name, Exited(0 if dies is None else 2), b"", b"fatal error: x\n", trace, 0.0)

    sandbox = FakeSandbox(runs=job)
    found = list(Driver(sandbox, installed(gcflags="-d=of-which-nothing-is-known"), Limits()).run(chunk))
    assert sandbox.files["sheet"] == chunk.sheet
    assert [difference.index for difference in found] == sorted(deadly)
    assert begun == [0, *(index + 1 for index in sorted(deadly) if index < 9)]
    assert all(difference.died == Exited(2) for difference in found)


def test_a_driver_has_a_core_while_it_runs() -> None:
    chunk = make(1, 0, 10, (1, 22))
    cores = threading.Semaphore(1)
    free: list[bool] = []

    def job(name: str) -> CaseEnd:
        free.append(cores.acquire(blocking=False))
        return CaseEnd(name, Exited(0), b"", b"", chunk.owed, 0.0)

    driver = Driver(FakeSandbox(runs=job), installed(gcflags="-d=of-which-nothing-is-known"), Limits(), cores)
    assert list(driver.run(chunk)) == []
    assert free == [False]
    assert cores.acquire(blocking=False)


def test_behind_a_death_fewer_programs_run_at_once_and_then_more() -> None:
    """A driver that dies soon shall not have room for all; all programs run once, whatever it does."""
    chunk = make(1, 0, 9_000, (1, 22))
    ran: list[range] = []

    def job(name: str) -> CaseEnd:
        first, last = (int(field) for field in name.split(":")[1:3])
        assert int(name.split(":")[3]) > chunk.begin(last) - chunk.begin(first)
        dies = next((index for index in (100, 110, 900) if first <= index < last), None)
        ran.append(range(first, last if dies is None else dies + 1))
        stop = chunk.begin(last) if dies is None else chunk.ends[dies] - 1
        trace = chunk.owed[4 * chunk.begin(first) : 4 * stop]
        return CaseEnd(name, Exited(0 if dies is None else 2), b"", b"fatal error: x\n", trace, 0.0)

    driver = Driver(FakeSandbox(runs=job), installed(gcflags="-d=of-which-nothing-is-known"), Limits())
    assert [one.index for one in driver.run(chunk)] == [100, 110, 900]
    assert [index for which in ran for index in which] == list(range(9_000))
    assert [len(which) for which in ran] == [101, 10, 512, 278, 1112, 4448, 2539]


@pytest.mark.parametrize(
    "from_outside", [Signaled(9), Signaled(15), TimedOut("wall", 10.0), OutOfMemory(1 << 29), Exited(4)]
)
@pytest.mark.parametrize("at", [[3], [3, 4], [3, 4, 5], [3, 3], [4, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4, 5]])
def test_an_end_that_may_come_from_outside_is_believed_if_it_comes_twice(from_outside: Ending, at: list[int]) -> None:
    """At which programs the driver is ended, one run after another; from then on it ends well. It gets more time
    each time."""
    chunk = make(1, 0, 10, (1, 22))
    ends = iter(at)
    patience: list[int] = []

    def job(name: str) -> CaseEnd:
        first = int(name.split(":")[1])
        patience.append(int(name.split(":")[5]))
        died = next((n for n in ends if n >= first), None)
        stop = chunk.words if died is None else chunk.ends[died] - 1
        trace = chunk.owed[4 * chunk.begin(first) : 4 * stop]
        said = b"data: a goroutine is lost\n" if died is not None and from_outside == Exited(4) else b""
        return CaseEnd(name, Exited(0) if died is None else from_outside, b"", said, trace, 0.0)

    driver = Driver(FakeSandbox(runs=job), installed(gcflags="-d=of-which-nothing-is-known"), Limits())
    if len(at) == 5:
        with pytest.raises(SandboxFailed, match="ended 5 times at unlike places"):
            list(driver.run(chunk))
        return
    found = [(difference.index, difference.died) for difference in driver.run(chunk)]
    twice = next((n for n in at if at.count(n) == 2), None)
    assert found == ([] if twice is None else [(twice, from_outside)])
    if twice is None:
        assert patience == [62, 250, 1000, 4000, 16000][: len(at) + 1]


@pytest.mark.parametrize("lost", [False, True])
def test_what_differs_before_a_doubtful_end_is_told_of_early(lost: bool) -> None:
    """The driver is killed in program 5, and then it is not. Program 2 differs, unless a busy machine lost it."""
    chunk = make(1, 0, 10, (1, 22))
    killed = iter([True])
    early: list[int] = []

    def job(name: str) -> CaseEnd:
        words = wire.from_bytes(chunk.owed)
        if not next(killed, False):
            return CaseEnd(name, Exited(0), b"", b"", chunk.owed, 0.0)
        words[chunk.ends[2] - 1] = wire.LOST if lost else wire.GOEXIT
        return CaseEnd(name, Signaled(9), b"", b"", wire.as_bytes(words[: chunk.ends[5] - 1]), 0.0)

    driver = Driver(FakeSandbox(runs=job), installed(gcflags="-d=of-which-nothing-is-known"), Limits())
    found = driver.run(chunk, lambda difference: early.append(difference.index))
    assert [difference.index for difference in found] == early == ([] if lost else [2])


@pytest.mark.parametrize("ending", [Exited(0), Signaled(9)])
def test_of_a_damaged_trace_nothing_is_told(ending: Ending) -> None:
    """It has an ending too many. If the driver was killed, too, it runs again; if not, the machinery is at fault."""
    chunk = make(1, 0, 10, (1, 22))
    words = wire.from_bytes(chunk.owed)
    words[chunk.ends[2] - 1] = wire.GOEXIT
    words.append(wire.RETURNED)
    ends = iter([CaseEnd("", ending, b"", b"", wire.as_bytes(words), 0.0)])
    sandbox = FakeSandbox(runs=lambda name: next(ends, CaseEnd(name, Exited(0), b"", b"", chunk.owed, 0.0)))
    driver = Driver(sandbox, installed(gcflags="-d=of-which-nothing-is-known"), Limits())
    seen: list[Difference] = []
    if ending == Exited(0):
        with pytest.raises(TraceDamaged, match="goes on behind the last program"):
            list(driver.run(chunk, seen.append))
    else:
        assert list(driver.run(chunk, seen.append)) == []
    assert seen == []


@pytest.mark.parametrize("lost", [[{3}, {3}], [{3}, set()], [{3, 7}, {3}, {3, 7}], [{3}, {4}, {5}, {6}, {7}]])
def test_a_lost_goroutine_is_believed_if_it_is_lost_twice(lost: list[set[int]]) -> None:
    """In which programs one is lost, one run after another: a busy machine can make it look so."""
    chunk = make(1, 0, 10, (1, 22))
    runs = iter(lost)

    def job(name: str) -> CaseEnd:
        here, words, owed = next(runs), array(wire.WORD), wire.from_bytes(chunk.owed)
        for index, end in enumerate(chunk.ends):
            words.extend(owed[chunk.begin(index) : end - 1])
            words.append(wire.LOST if index in here else owed[end - 1])
        return CaseEnd(name, Exited(0), b"", b"", wire.as_bytes(words), 0.0)

    driver = Driver(FakeSandbox(runs=job), installed(gcflags="-d=of-which-nothing-is-known"), Limits())
    if len(lost) == 5:
        with pytest.raises(SandboxFailed, match="ended 5 times at unlike places"):
            list(driver.run(chunk))
        return
    found = list(driver.run(chunk))
    assert {difference.index for difference in found} == lost[-1]
    assert all((difference.died, difference.got[-1]) == (None, wire.LOST) for difference in found)
    assert next(runs, None) is None

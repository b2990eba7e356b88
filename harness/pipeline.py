"""The one place that knows the order: install, build, run, judge, compare; for both sides of a pair at once.

Machinery failures are caught here and nowhere else. What they cost is repeated on both sides alike, and if
nothing helps the cases concerned are inconclusive: they are never shown as differences.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from harness.build import build
from harness.compare import compare
from harness.errors import BadCase, MachineryError, TraceDamaged
from harness.judge import PANICNIL, Release, judge, not_applicable
from harness.model import Case, Comparison, Inconclusive, Installed, Judged, Mode, Run, Toolchain
from harness.progress import Phase, Progress
from harness.report.words import first_error
from harness.run import run
from harness.sandbox import Limits, Sandbox
from harness.store import Kept, Store

ATTEMPTS = 3
"""How often a case is tried before machinery failures make it inconclusive."""

_TICK = 0.1
"""Seconds between two looks at whether to stop."""

Open = Callable[[Installed], AbstractContextManager[Sandbox]]
"""Opens a sandbox for a toolchain; leaving it closes the sandbox."""

Install = Callable[[Toolchain], Installed]
"""Makes a toolchain usable."""


@dataclass(frozen=True, slots=True)
class World:
    """What the pipeline needs of the world: how toolchains are had and sandboxes opened, and what is known already.

    `cancel` ends what `install` and `open` are waiting for, in whatever thread.
    """

    install: Install
    open: Open
    sandbox: str
    store: Store
    limits: Limits
    progress: Progress
    cancel: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Side:
    """One toolchain and what is known of the cases on it so far, by their names.

    `kept`: builds and runs; `judged`: outcomes of what ran just now; `failures`: why machinery failed a case last;
    `cached`: cases that the store knew. `sandbox`: the open one, for whoever must stop it. `role`:
    "pre" or "post" in a pair.
    """

    toolchain: Toolchain
    installed: Installed | None = None
    kept: dict[str, Kept] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)
    sandbox: Sandbox | None = None
    weaknesses: tuple[str, ...] = ()
    role: str = ""

    @property
    def shown(self) -> str:
        """What people see of it while it is at work."""
        return self.role or self.toolchain.name

    @property
    def release(self) -> Release:
        """The toolchain as a judge must know it."""
        assert self.installed is not None, "it is installed before anything is judged"
        settings = self.toolchain.godebug.split(",")
        return Release(
            self.toolchain.name, self.installed.engine, self.installed.release, panicnil=PANICNIL in settings
        )


class OwnStop(threading.Event):
    """Set when `whole` is, or by itself: for work that may fail, and so stop, while the rest goes on."""

    def __init__(self, whole: threading.Event) -> None:
        super().__init__()
        self._whole = whole

    def is_set(self) -> bool:
        """Whether to stop."""
        return super().is_set() or self._whole.is_set()


def observe(world: World, cases: Sequence[Case], sides: Sequence[Side], stop: threading.Event) -> None:
    """Fill `sides` with every case's build and runs; all sides at once, one thread each.

    Raises the first usage or machinery error of an installation. Returns early if `stop` is set, whatever is then
    known of the sides; sets it if it raises.
    """
    _together(world, sides, lambda side: _install(world, side), stop)
    todo = list(cases)
    for attempt in range(ATTEMPTS):
        if not todo or stop.is_set():
            return
        if attempt:
            world.progress.note(f"machinery failed: trying {len(todo)} cases again, on all sides")
        for side in sides:
            side.failures.clear()
        fresh = attempt > 0
        _together(world, sides, partial(_observe_side, world, todo, stop, fresh), stop)
        failed = {name for side in sides for name in side.failures}
        todo = [case for case in todo if case.name in failed]


def conclude(world: World, cases: Sequence[Case], pre: Side, post: Side, stop: threading.Event) -> list[Comparison]:
    """Judge and compare what was observed. If `stop` was set: without cases that a side has nothing of. If it is set
    meanwhile: what was compared until then."""
    only_finished = stop.is_set()
    for side in (pre, post):
        world.progress.started(side.shown, Phase.CHECK, len(cases))
    compared = []
    for case in cases:
        if stop.is_set() and not only_finished:
            break
        if only_finished and not all(_is_finished(side, case) for side in (pre, post)):
            continue
        compared.append(compare(verdict(case, pre), verdict(case, post)))
        for side in (pre, post):
            world.progress.advanced(side.shown, Phase.CHECK)
    for side in (pre, post):
        world.progress.finished(side.shown, Phase.CHECK)
    return compared


def verdict(case: Case, side: Side) -> Judged:
    """The outcome of a case on a side, inconclusive if machinery failed it."""
    if (judged := not_applicable(case, side.release)) is not None:
        return judged
    if (kept := side.kept.get(case.name)) is None:
        return Judged(case, side.toolchain.name, Inconclusive(side.failures.get(case.name, "it was not run")))
    return side.judged.get(case.name) or _judge(case, side, kept)


def _judge(case: Case, side: Side, kept: Kept) -> Judged:
    return judge(case, side.release, kept.build, kept.functions, kept.plain, kept.traced)


def refuse_uncompilable(cases: Sequence[Case], sides: Sequence[Side]) -> None:
    """Raise `BadCase` for a case that no toolchain compiles: that is its author's fault and nobody's difference."""
    for case in cases:
        on = [side for side in sides if not_applicable(case, side.release) is None]
        builds = [kept.build for side in on if (kept := side.kept.get(case.name)) is not None]
        if on and len(builds) == len(on) and all(b.failure for b in builds):
            reason = first_error(builds[0].failure)
            raise BadCase(f"{case.path}: does not compile on any of the toolchains: {reason}")


def _is_finished(side: Side, case: Case) -> bool:
    if side.installed is None:
        return False
    return case.name in side.kept or not_applicable(case, side.release) is not None


def _together(world: World, sides: Sequence[Side], do: Callable[[Side], None], stop: threading.Event) -> None:
    """Do something for all sides at once; raise the first error when all have ended.

    If one fails, or if `stop` is set, what the others are at is ended: their commands and their sandboxes are taken
    away. What machinery then says of that is no news.
    """
    failure: BaseException | None = None
    with ThreadPoolExecutor(max_workers=len(sides)) as pool:
        pending = {pool.submit(do, side) for side in sides}
        try:
            while pending:
                done, pending = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
                stopped = stop.is_set()
                for error in (future.exception() for future in done):
                    if failure is None and error is not None and not (stopped and isinstance(error, MachineryError)):
                        failure = error
                        stop.set()
                if stop.is_set():
                    _take_away(world, sides)
        except BaseException:
            stop.set()
            _take_away(world, sides)
            raise
    if failure is not None:
        raise failure


def _take_away(world: World, sides: Sequence[Side]) -> None:
    world.cancel()
    for side in sides:
        if side.sandbox is not None:
            side.sandbox.close()


def _install(world: World, side: Side) -> None:
    world.progress.started(side.shown, Phase.FETCH)
    side.installed = world.install(side.toolchain)
    world.progress.finished(side.shown, Phase.FETCH)


def _observe_side(world: World, cases: Sequence[Case], stop: threading.Event, fresh: bool, side: Side) -> None:
    """Have every case built and run on one side, unless it is known (`fresh`: known counts for nothing)."""
    assert side.installed is not None
    keys: dict[str, str] = {}
    missing: list[Case] = []
    for case in cases:
        if not_applicable(case, side.release) is not None:
            continue
        key = keys[case.name] = world.store.key(case, side.installed, world.sandbox, world.limits)
        if not fresh and (kept := world.store.get(key)) is not None:
            side.kept[case.name] = kept
            side.cached.add(case.name)
        else:
            side.kept.pop(case.name, None)
            side.judged.pop(case.name, None)
            side.cached.discard(case.name)
            missing.append(case)
    if not missing or stop.is_set():
        return
    try:
        _build_and_run(world, side, missing, keys, stop)
    except MachineryError as error:
        side.failures.update({c.name: str(error) for c in missing if c.name not in side.kept})


def _build_and_run(
    world: World, side: Side, cases: Sequence[Case], keys: dict[str, str], stop: threading.Event
) -> None:
    assert side.installed is not None
    name = side.shown
    world.progress.started(name, Phase.IMAGE)
    with world.open(side.installed) as sandbox:
        side.sandbox, side.weaknesses = sandbox, sandbox.weaknesses
        world.progress.finished(name, Phase.IMAGE)
        if stop.is_set():
            return
        world.progress.started(name, Phase.BUILD, len(cases))
        built = build(sandbox, side.installed, cases)
        world.progress.advanced(name, Phase.BUILD, len(cases))
        world.progress.finished(name, Phase.BUILD)
        for case, failed in built.builds.items():
            if failed.failure:
                _keep(world, side, keys[case], Kept(failed, (), None, None))
        if stop.is_set():
            return
        world.progress.started(name, Phase.RUN, len(built.layout.placed))
        functions = {placed.case: placed.functions for placed in built.layout.placed}
        of_name = {case.name: case for case in cases}
        plain: dict[str, Run] = {}
        for finished in run(sandbox, side.installed, built.layout, world.limits):
            if stop.is_set():
                return
            if finished.mode is Mode.PLAIN:
                plain[finished.case] = finished
                continue
            case = finished.case
            kept = Kept(built.builds[case], functions[case], plain.pop(case), finished)
            try:
                # While the next case runs. A trace that does not decode is not worth keeping.
                side.judged[case] = _judge(of_name[case], side, kept)
            except TraceDamaged as error:
                side.failures[case] = str(error)
                continue
            _keep(world, side, keys[case], kept)
            world.progress.advanced(name, Phase.RUN)
        world.progress.finished(name, Phase.RUN)


def _keep(world: World, side: Side, key: str, kept: Kept) -> None:
    side.kept[kept.build.case] = kept
    world.store.put(key, kept)

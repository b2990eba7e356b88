"""Speed of the data tier: making programs, running them, both at once; beside it, in the same run, the source tier.
Then how long it takes until a known or a planted fault is found.

Making is on one core, running in one driver of one process, and the campaigns on all cores. What a campaign takes to
compile its driver and to reduce what it finds is not counted: it is the same for a minute and for an hour. The time
until a fault is found begins with the driver's first program.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.table import Table

from harness import machine, toolchain
from harness.campaign import default_jobs, workers
from harness.commands import options
from harness.data import campaign, chunk
from harness.data.campaign import Plan
from harness.data.driver import Driver
from harness.data.source import Drawn
from harness.data.tally import Tally
from harness.errors import UsageError
from harness.fuzz import fuzz
from harness.model import Installed, Toolchain
from harness.pipeline import World
from harness.progress import Silent
from harness.sandbox import Limits

CHUNKS = 5
FAULTS = Path(__file__).parents[2] / "tests" / "faults"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15, help="of each campaign")
    arguments.add_argument("--source", type=int, default=200, help="programs of the source tier")
    arguments.add_argument("--revert", type=Path, default=Path("../shared/cl-515856.patch"), help="of the exact pair")
    arguments.add_argument("--sandbox", choices=[kind.value for kind in options.Kind], default="auto")
    wanted = arguments.parse_args()
    names = toolchain.load(None)
    post = toolchain.parse("post", names)
    try:
        reverted = toolchain.with_patches(post, revert=[wanted.revert])
    except UsageError as error:
        sys.exit(f"{error}; --revert names another")
    world = machine.world(options.Kind(wanted.sandbox), Limits(), Silent(), fresh=True, keep=False)
    table = Table(title=f"programs as data, {default_jobs()} cores, {world.sandbox} sandbox")
    for heading in ("what", "programs/s", "events/s"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    _parts(world, table)
    for what, wanted_on in (("checked, one toolchain", [post]), ("checked, the exact pair", [reverted, post])):
        tally, seconds = _campaign(world, wanted_on, wanted.seconds)
        table.add_row(what, *(f"{count / seconds:,.0f}" for count in (tally.programs, tally.events)))
    begun = time.monotonic()
    fuzz(world, [post], 1, wanted.source, Event(), lambda found: None)
    table.add_row(f"as Go source, {wanted.source} programs", f"{wanted.source / (time.monotonic() - begun):,.1f}", "")
    console = Console(width=110, highlight=False)
    console.print(table)
    console.print(_until_found(world, post))
    own, workers_ = (
        resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    console.print(f"memory at most: {own} MiB, and {workers_} MiB in the largest worker")


def _parts(world: World, table: Table) -> None:
    installed = world.install(toolchain.parse("post"))
    with world.open(installed) as sandbox:
        driver = Driver(sandbox, installed, world.limits)
        chunk.make(1, 0, 100, driver.release)
        begun = time.perf_counter()
        made = [chunk.make(1, number, chunk.PROGRAMS, driver.release) for number in range(CHUNKS)]
        seconds = time.perf_counter() - begun
        programs, events = sum(c.programs for c in made), sum(c.words - c.programs for c in made)
        table.add_row("made and predicted, one core", f"{programs / seconds:,.0f}", f"{events / seconds:,.0f}")
        begun = time.perf_counter()
        for one in made:
            for _ in driver.run(one):
                pass
        seconds = time.perf_counter() - begun
        table.add_row("run and compared, one driver", f"{programs / seconds:,.0f}", f"{events / seconds:,.0f}")


def _until_found(world: World, post: Toolchain) -> Table:
    faulty = {"go1.21.13": toolchain.parse("go1.21.13", {})}
    faulty |= {fault.stem: toolchain.with_patches(post, patch=[fault]) for fault in sorted(FAULTS.glob("*.patch"))}
    table = Table(title="until a difference is found")
    for heading in ("fault", "seconds", "what"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for name, one in faulty.items():
        installed = world.install(one)
        tally = Tally(one, installed.release, installed.digest)

        def changed(tally: Tally = tally) -> None:
            if tally.seen:
                raise _Enough

        _run(world, [tally], [installed], Plan(Drawn(1), seconds=60), changed)
        found = sorted((seconds, what) for what, seconds in tally.seen.items())
        seconds, what = (f"{found[0][0]:.2f}", found[0][1]) if found else ("", "nothing, in a minute")
        table.add_row(name, seconds, what)
    return table


def _campaign(world: World, on: list[Toolchain], seconds: float) -> tuple[Tally, float]:
    """What the last toolchain of a campaign had done when its time was over, and the time."""
    installed = [world.install(one) for one in on]
    tallies = [Tally(one.toolchain, one.release, one.digest) for one in installed]
    last = tallies[-1]
    clock: dict[str, float] = {}

    def changed() -> None:
        if all(tally.programs for tally in tallies) and "begun" not in clock:
            clock["begun"] = time.monotonic()
            clock["programs"], clock["events"] = last.programs, last.events
        if "begun" in clock and time.monotonic() - clock["begun"] >= seconds:
            clock["ended"] = time.monotonic()
            raise _Enough

    _run(world, tallies, installed, Plan(Drawn(1)), changed)
    counted = Tally(last.toolchain, programs=last.programs - int(clock["programs"]))
    counted.events = last.events - int(clock["events"])
    return counted, clock["ended"] - clock["begun"]


def _run(
    world: World, tallies: list[Tally], installed: list[Installed], plan: Plan, changed: Callable[[], None]
) -> None:
    """A campaign on all cores, until it ends or `changed` raises `_Enough`."""
    jobs = default_jobs()
    with workers(jobs) as pool, suppress(_Enough):
        campaign.run(world, tallies, installed, plan, pool, jobs, Event(), changed, jobs=jobs)


class _Enough(Exception):
    """What was to be measured is."""


if __name__ == "__main__":
    main()

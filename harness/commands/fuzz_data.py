"""`deferdiff fuzz --tier data`: programs as data, on toolchains, at full speed."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from harness import known, machine
from harness.alone import Writing
from harness.campaign import workers
from harness.commands import certificate, differences, options, written
from harness.data import campaign, record
from harness.data.campaign import Plan
from harness.data.record import Record
from harness.data.reducing import is_like
from harness.data.source import Shard, Source
from harness.data.tally import Bucket, Tally
from harness.errors import BadCampaign
from harness.model import Case, Installed, Toolchain
from harness.pipeline import Side, World, observe, verdict
from harness.policy import Status
from harness.progress import Silent
from harness.report import live, terminal, words
from harness.report.text import visible
from harness.sandbox import Limits
from harness.scheduler import cluster


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for. `resume`: go on with the campaign that `out` holds; `scheduler`: the address of a dask
    cluster that makes the programs."""

    toolchains: Sequence[Toolchain]
    source: Source
    shard: Shard
    seconds: float | None
    jobs: int
    out: Path
    resume: bool
    scheduler: str | None = None

    @property
    def file(self) -> Path:
        """Where the campaign is kept."""
        return self.out / record.FILE


def run(asked: Asked, sandbox: options.Kind, timeout: float, *, as_json: bool) -> Status:
    """Run the campaign, reduce what differs, keep it in a file, print what came of it."""
    written.check(asked.out)
    _before(asked)  # so that a wrong --out is not made
    with record.held(asked.out):
        return _run(asked, sandbox, timeout, as_json=as_json)


def _run(asked: Asked, sandbox: options.Kind, timeout: float, *, as_json: bool) -> Status:
    listed = known.load_if_there()
    before = _before(asked)
    clock = time.monotonic()
    limits = Limits(wall=timeout)
    with options.interruptible() as stop:
        with _makers(asked) as (pool, makers), _shown_live(asked) as board:
            world = machine.world(sandbox, limits, board, fresh=True, keep=False)
            installed = [world.install(one) for one in asked.toolchains]
            tallies = _tallies(asked, before, installed)
            keeper = _Keeper(asked, tallies, campaign.release_for(installed), before.seconds if before else 0.0)

            def changed() -> None:
                board.show(tallies)
                keeper.now_and_then()

            plan = Plan(asked.source, asked.shard, asked.seconds, listed)
            try:
                campaign.run(world, tallies, installed, plan, pool, makers, stop, changed, jobs=asked.jobs)
            finally:
                keeper.keep(complete=False)
        with live.progress() as progress:
            world = machine.world(sandbox, limits, progress, fresh=True, keep=False)
            for tally in tallies:
                _confirm_as_go(world, tally, stop)
        is_interrupted = stop.is_set()
    _write(tallies, asked)
    is_complete = not is_interrupted and _is_complete(asked, tallies)
    kept = keeper.keep(complete=is_complete)
    status = _status(tallies, complete=is_complete)
    if as_json:
        typer.echo(json.dumps({"tier": "data", "status": int(status), **kept.model_dump(mode="json")}, indent=2))
        return status
    console = terminal.console()
    for weakness in dict.fromkeys(line for tally in tallies for line in tally.weaknesses):
        console.print(Text(f"warning: {weakness}", "yellow"))
    console.print(certificate.shown(kept))
    for part in differences.shown(kept, str(asked.file)):
        console.print(part)
    if is_interrupted:
        hint = f"go on with --resume --out {asked.out}, and all else as before" if keeper.has_run else "nothing ran"
        console.print(Text(f"interrupted: {hint}", "yellow"))
    where = f"; {asked.file} has all of it" if is_complete or keeper.has_run else ""
    console.print(Text(f"{time.monotonic() - clock:.0f} s{where}", "dim"))
    return status


@contextmanager
def _makers(asked: Asked) -> Iterator[tuple[Executor, int]]:
    """Who makes the programs, and how many chunks at once. Raises `SchedulerUnavailable`."""
    if asked.scheduler is None:
        with workers(asked.jobs) as pool:
            yield pool, asked.jobs
    else:
        with cluster(asked.scheduler) as executor:
            yield executor, executor.threads


def seed_of(out: Path) -> int | None:
    """The seed of the random programs of the campaign in a directory. Raises `BadCampaign`."""
    match record.read(out / record.FILE).source:
        case {"seed": int(seed)}:
            return seed
    return None


def _before(asked: Asked) -> Record | None:
    """The campaign that is to be gone on with. Raises `BadCampaign` if there is none, or if one that is not complete
    would be lost."""
    if asked.resume:
        return record.read(asked.file)
    if asked.file.exists() and not record.read(asked.file).complete:
        raise BadCampaign(
            f"{asked.file}: holds a campaign that is not complete: go on with --resume, or name another --out"
        )
    return None


def _tallies(asked: Asked, before: Record | None, installed: Sequence[Installed]) -> list[Tally]:
    if before is not None:
        return record.resume(before, asked.source, asked.shard, installed, asked.file)
    return [Tally(one.toolchain, one.release, one.digest) for one in installed]


def _is_complete(asked: Asked, tallies: Sequence[Tally]) -> bool:
    """Whether all has run that was asked for; if that was so long, of random programs: some."""
    if asked.seconds is not None and asked.source.total is None:
        return all(tally.programs for tally in tallies)
    wanted = set(asked.shard.numbers(asked.source))
    return all(wanted <= tally.done for tally in tallies)


def _status(tallies: Sequence[Tally], *, complete: bool) -> Status:
    if any(tally.differing for tally in tallies):
        return Status.DIFFERENCE
    return Status.AGREE if complete else Status.MACHINERY


class _Keeper:
    """Keeps the campaign in its file as it goes. `earlier`: seconds that it had taken before."""

    EVERY = 10.0
    """Seconds."""

    def __init__(self, asked: Asked, tallies: Sequence[Tally], release: tuple[int, int], earlier: float) -> None:
        self._asked = asked
        self._tallies = tallies
        self._release = release
        self._begun = time.monotonic() - earlier
        self._before = [tally.programs for tally in tallies]
        self._last = time.monotonic()

    def now_and_then(self) -> None:
        """Keep it if that was some time ago."""
        if time.monotonic() - self._last >= self.EVERY:
            self.keep(complete=False)

    @property
    def has_run(self) -> bool:
        """Whether there is more than when it began."""
        return [tally.programs for tally in self._tallies] != self._before

    def keep(self, *, complete: bool) -> Record:
        """Keep it, unless nothing ran: what was there before is of more use. Raises `BadOutput`."""
        self._last = time.monotonic()
        asked = self._asked
        made = record.made(
            asked.source,
            asked.shard,
            self._release,
            self._tallies,
            complete=complete,
            seconds=self._last - self._begun,
        )
        if complete or self.has_run:
            record.write(made, asked.file)
        return made


_WAYS = 4
"""Ways to differ that are shown below a toolchain's line at most."""


class _Board(Silent):
    """A line for each toolchain: how much ran, how fast, and what differs."""

    def __init__(self, shown: Progress, asked: Asked) -> None:
        self._shown = shown
        self._asked = asked
        self._begun = 0.0
        self._before: list[tuple[int, int]] = []
        self._grew: list[tuple[int, float]] = []
        total = asked.shard.programs(asked.source) if asked.seconds is None else asked.seconds
        self._rows = [
            shown.add_task(visible(one.name), total=total, told="the driver is compiled") for one in asked.toolchains
        ]

    def note(self, message: str) -> None:
        """Shown above the lines."""
        self._shown.console.print(Text(f"  {visible(message)}", "dim"))

    def show(self, tallies: Sequence[Tally]) -> None:
        """Something may be new. The clock starts with the first programs, or what is known of earlier ones."""
        if not any(tally.programs or tally.seen for tally in tallies):
            return
        now = time.monotonic()
        self._begun = self._begun or now
        self._before = self._before or [(tally.programs, tally.events) for tally in tallies]
        self._grew = self._grew or [(tally.programs, now) for tally in tallies]
        spent = max(now - self._begun, 0.001)
        for n, (row, tally) in enumerate(zip(self._rows, tallies, strict=True)):
            if tally.programs != self._grew[n][0]:
                self._grew[n] = (tally.programs, now)
            with tally.lock:
                counts = {visible(signature): 0 for signature in tally.seen.keys() - tally.counted.keys()}
                counts |= {visible(bucket.signature): bucket.count for bucket in tally.buckets.values()}
            differ = "".join(
                f"\n  {f'{count:,}' if count else 'new:'} {signature}"
                for signature, count in sorted(counts.items(), key=_new_first)[:_WAYS]
            )
            differ += f"\n  and {len(counts) - _WAYS} ways more" if len(counts) > _WAYS else ""
            done = tally.programs if self._asked.seconds is None else min(spent, self._asked.seconds)
            self._shown.update(row, completed=done, told=f"{tally.programs:,} programs{self._rate(n, tally)}{differ}")

    def _rate(self, n: int, tally: Tally) -> str:
        """How fast a toolchain was until its last programs counted: what is done with them then takes time, too."""
        spent = self._grew[n][1] - self._begun
        if spent <= 1:
            return ""
        programs, events = self._before[n]
        return f", {(tally.programs - programs) / spent:,.0f}/s, {(tally.events - events) / spent:,.0f} events/s"


def _new_first(way: tuple[str, int]) -> tuple[bool, str]:
    signature, count = way
    return count > 0, signature


def _columns() -> list[ProgressColumn]:
    """What a line has. Programs may have written some of it."""
    return [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[told]}", markup=False),
        TimeRemainingColumn(),
    ]


@contextmanager
def _shown_live(asked: Asked) -> Iterator[_Board]:
    """The board on standard error, where somebody watches."""
    console = terminal.console(sys.stderr)
    with Progress(*_columns(), console=console, transient=True, disable=not sys.stderr.isatty()) as shown:
        yield _Board(shown, asked)


# --- The smallest programs, as Go ------------------------------------------------------------------------------


def _title(bucket: Bucket) -> str:
    return f"Smallest program found: {bucket.signature}"


def _confirm_as_go(world: World, tally: Tally, stop: threading.Event) -> None:
    """See whether the smallest programs differ as Go programs of their own, too."""
    found = [(bucket, n) for bucket in tally.buckets.values() for n in range(len(bucket.reduced))]
    if not found or stop.is_set():
        return
    cases: list[Case] = []
    for number, (bucket, n) in enumerate(found):
        name = f"fuzz/s{number}"
        writing = Writing(name, Path(f"s{number}.go"), _title(bucket), ranging=bucket.reduced[n].ranging)
        cases.append(replace(writing.of(bucket.reduced[n].program), alone=True))
    side = Side(tally.toolchain)
    observe(world, cases, [side], stop)
    if stop.is_set():
        return
    for (bucket, n), case in zip(found, cases, strict=True):
        judged = verdict(case, side)
        told = words.detail(judged.outcome)
        reduced = bucket.reduced[n]
        agrees = is_like(reduced.broken, judged)
        bucket.reduced[n] = replace(reduced, as_go=told or words.kind(judged.outcome), agrees=agrees)


def _write(tallies: Sequence[Tally], asked: Asked) -> None:
    """Write the smallest programs, each to a file of its own. Raises `BadOutput`."""
    where = ", ".join(f"{key} {value}" for key, value in asked.source.describe().items() if key != "not_covered")
    count = 0
    for tally in tallies:
        for bucket in tally.buckets.values():
            for n, reduced in enumerate(bucket.reduced):
                count += 1
                file = asked.out / f"{_safe(tally.toolchain.name)}-{_safe(bucket.signature)}-{count}.yaml"
                said = f"{_title(bucket)} ({visible(tally.toolchain.name)}, {where})."
                written.write(file, reduced.program, _title(bucket), [said], ranging=reduced.ranging)
                bucket.reduced[n] = replace(reduced, file=file)


def _safe(name: str) -> str:
    """A name as part of a file's."""
    return re.sub(r"[^\w.]+", "-", name)[:60].strip("-")

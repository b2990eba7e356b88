"""`deferdiff fuzz --tier data`: programs as data, on toolchains, at full speed."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Group
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from harness.campaign import workers
from harness.commands import options, written
from harness.data import campaign
from harness.data.campaign import Plan
from harness.data.tally import Bucket, Reduced, Tally
from harness.generated import case_of
from harness.model import Case, Conforms, Inconclusive, Toolchain
from harness.pipeline import Side, World, observe, verdict
from harness.policy import Status
from harness.programs import dump
from harness.progress import Silent
from harness.report import live, terminal, words
from harness.report.text import visible
from harness.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for."""

    toolchains: Sequence[Toolchain]
    seed: int
    programs: int | None
    seconds: float | None
    jobs: int


def run(asked: Asked, out: Path, sandbox: options.Kind, timeout: float, *, as_json: bool) -> Status:
    """Run the campaign, reduce what differs, print what came of it."""
    written.check(out)
    clock = time.monotonic()
    plan = Plan(asked.seed, asked.programs, asked.seconds)
    limits = Limits(wall=timeout)
    with options.interruptible() as stop:
        with workers(asked.jobs) as pool, _shown_live(asked) as board:
            world = options.world(sandbox, limits, board, fresh=True, keep=False)
            tallies = campaign.run(world, asked.toolchains, plan, pool, asked.jobs, stop, board.changed)
        with live.progress() as progress:
            world = options.world(sandbox, limits, progress, fresh=True, keep=False)
            for tally in tallies:
                _confirm_as_go(world, tally, stop)
        is_interrupted = stop.is_set()
    seconds = time.monotonic() - clock
    status = _status(tallies, asked, interrupted=is_interrupted)
    _write(tallies, asked.seed, out)
    if as_json:
        typer.echo(json.dumps(_plain(tallies, asked, seconds, status), indent=2))
        return status
    console = terminal.console()
    for weakness in dict.fromkeys(line for tally in tallies for line in tally.weaknesses):
        console.print(Text(f"warning: {weakness}", "yellow"))
    console.print(_shown(tallies))
    if is_interrupted:
        console.print(Text("interrupted", "yellow"))
    console.print(Text(f"seed {asked.seed}, {seconds:.0f} s", "dim"))
    return status


def _status(tallies: Sequence[Tally], asked: Asked, *, interrupted: bool) -> Status:
    if any(tally.differing for tally in tallies):
        return Status.DIFFERENCE
    complete = all(tally.programs >= (asked.programs or 1) for tally in tallies)
    return Status.AGREE if complete and not interrupted else Status.MACHINERY


class _Board(Silent):
    """A line for each toolchain: how much ran, how fast, and what differs."""

    def __init__(self, shown: Progress, asked: Asked) -> None:
        self._shown = shown
        self._asked = asked
        self._begun = 0.0
        total = asked.programs if asked.seconds is None else asked.seconds
        self._rows = [
            shown.add_task(visible(one.name), total=total, told="the driver is compiled") for one in asked.toolchains
        ]

    def note(self, message: str) -> None:
        """Shown above the lines."""
        self._shown.console.print(Text(f"  {visible(message)}", "dim"))

    def changed(self, tallies: Sequence[Tally]) -> None:
        """Something may be new. The clock starts with the first programs."""
        if not any(tally.programs for tally in tallies):
            return
        now = time.monotonic()
        self._begun = self._begun or now
        spent = max(now - self._begun, 0.001)
        for row, tally in zip(self._rows, tallies, strict=True):
            rate = f", {tally.programs / spent:,.0f} a second" if spent > 1 else ""
            ways = "1 way" if len(tally.buckets) == 1 else f"{len(tally.buckets)} ways"
            differ = f", {tally.differing:,} differ in {ways}" if tally.differing else ""
            done = tally.programs if self._asked.seconds is None else min(spent, self._asked.seconds)
            self._shown.update(row, completed=done, told=f"{tally.programs:,} programs{rate}{differ}")


@contextmanager
def _shown_live(asked: Asked) -> Iterator[_Board]:
    """The board on standard error, where somebody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    console = terminal.console(sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as shown:
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
        case = case_of(bucket.reduced[n].program, name, Path(f"s{number}.go"), title=_title(bucket))
        cases.append(replace(case, alone=True))
    side = Side(tally.toolchain)
    observe(world, cases, [side], stop)
    for (bucket, n), case in zip(found, cases, strict=True):
        judged = verdict(case, side)
        told = words.detail(judged.outcome)
        agrees = not isinstance(judged.outcome, Conforms | Inconclusive)
        bucket.reduced[n] = replace(bucket.reduced[n], as_go=told or words.kind(judged.outcome), agrees=agrees)


def _write(tallies: Sequence[Tally], seed: int, out: Path) -> None:
    """Write the smallest programs, each to a file of its own. Raises `BadOutput`."""
    count = 0
    for tally in tallies:
        for bucket in tally.buckets.values():
            for n, reduced in enumerate(bucket.reduced):
                count += 1
                file = out / f"{_safe(tally.toolchain.name)}-{_safe(bucket.signature)}-{count}.yaml"
                said = f"{_title(bucket)} ({visible(tally.toolchain.name)}, seed {seed})."
                written.write(file, reduced.program, _title(bucket), [said])
                bucket.reduced[n] = replace(reduced, file=file)


def _safe(name: str) -> str:
    """A name as part of a file's."""
    return re.sub(r"[^\w.]+", "-", name)[:60].strip("-")


# --- What is printed ---------------------------------------------------------------------------------------------


def _shown(tallies: Sequence[Tally]) -> Group:
    counts = Table()
    for heading in ("toolchain", "programs", "events", "differ", "ways"):
        counts.add_column(heading, overflow="fold", justify="left" if heading == "toolchain" else "right")
    for tally in tallies:
        numbers = (tally.programs, tally.events, tally.differing, len(tally.buckets))
        counts.add_row(Text(tally.toolchain.name), *(f"{number:,}" for number in numbers))
    parts: list[Table | Text] = [counts]
    for tally in tallies:
        ordered = sorted(tally.buckets.values(), key=lambda b: -b.count)
        parts += [_bucket(tally, bucket) for bucket in ordered]
    return Group(*parts)


def _bucket(tally: Tally, bucket: Bucket) -> Text:
    many = f"{bucket.count:,} programs" if bucket.count > 1 else "1 program"
    shown = Text.assemble((f"\n{tally.toolchain.name}: {bucket.signature}", "bold red"), f": {many}\n")
    if bucket.alike:
        shown.append(
            f"  {bucket.alike} of them did what they owe when run alone: what ran before them matters\n", "yellow"
        )
    for reduced in bucket.reduced:
        shown.append(f"  got   {visible(reduced.broken.got)}\n  owed  {visible(reduced.broken.owed)}\n")
        shown.append(written.shown(reduced.program))
        if reduced.as_go:
            style = "" if reduced.agrees else "yellow"
            shown.append(f"  as Go {visible(reduced.as_go).splitlines()[0]}\n", style)
        shown.append(f"  again: deferdiff run {reduced.file} -t '{tally.toolchain.text}'\n", "dim")
    return shown


def _plain(tallies: Sequence[Tally], asked: Asked, seconds: float, status: Status) -> dict[str, Any]:
    return {
        "tier": "data",
        "seed": asked.seed,
        "seconds": round(seconds, 3),
        "status": int(status),
        "toolchains": [
            {
                "toolchain": tally.toolchain.name,
                "text": tally.toolchain.text,
                "release": tally.release,
                "digest": tally.digest,
                "programs": tally.programs,
                "events": tally.events,
                "differing": tally.differing,
                "buckets": [_plain_bucket(bucket) for bucket in tally.buckets.values()],
            }
            for tally in tallies
        ],
    }


def _plain_bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "signature": bucket.signature,
        "rule": bucket.first.rule.name,
        "died": bucket.first.how,
        "count": bucket.count,
        "alone_alike": bucket.alike,
        "smallest": [_plain_reduced(reduced) for reduced in bucket.reduced],
    }


def _plain_reduced(reduced: Reduced) -> dict[str, Any]:
    return {
        "actions": reduced.program.size,
        "examples": reduced.examples,
        "program": dump(reduced.program),
        "got": reduced.broken.got,
        "owed": reduced.broken.owed,
        "as_go": reduced.as_go,
        "as_go_differs": reduced.agrees,
        "file": str(reduced.file),
    }

"""`deferdiff fuzz --tier source`: random programs as Go source, against what the language owes them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness import machine
from harness.commands import options, written
from harness.fuzz import Bucket, Found, Tally, fuzz
from harness.model import Diverges, Toolchain
from harness.policy import Status
from harness.programs import dump
from harness.report import live, terminal, words
from harness.report.text import visible
from harness.sandbox import Limits


def run(
    wanted: Sequence[Toolchain],
    programs: int,
    seed: int,
    out: Path,
    sandbox: options.Kind,
    timeout: float,
    *,
    as_json: bool,
) -> Status:
    """Run random programs as Go on toolchains and compare every run with what the language owes it.

    Programs that do not conform are written to `out`, as a program (.yaml) and as Go (.go).
    """
    kept = _Written(out, seed)
    clock = time.monotonic()
    with options.interruptible() as stop:
        with live.progress() as progress:
            world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=True, keep=False)
            tallies = fuzz(world, wanted, seed, programs, stop, kept.add)
        is_interrupted = stop.is_set()
    seconds = time.monotonic() - clock
    status = _status(tallies, programs)
    if as_json:
        typer.echo(json.dumps(_plain(tallies, seed, programs, seconds, status, kept), indent=2))
    else:
        console = terminal.console()
        for weakness in dict.fromkeys(line for tally in tallies for line in tally.weaknesses):
            console.print(Text(f"warning: {weakness}", "yellow"))
        console.print(_shown(tallies, seed, kept))
        if is_interrupted:
            console.print(Text("interrupted", "yellow"))
        console.print(Text(f"{programs} programs, seed {seed}, {seconds:.0f} s", "dim"))
    return status


class _Written:
    """The directory that programs are written to, made when the first is."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.directory = directory
        self.seed = seed
        self.said: dict[Path, list[str]] = {}
        written.check(directory)

    def file(self, found: Found) -> Path:
        """The program's file. Its name says where the program comes from."""
        return self.directory / f"seed{self.seed}-{found.name}.yaml"

    def add(self, found: Found) -> None:
        """Write a program, with what each toolchain made of it so far. Raises `BadOutput`."""
        file = self.file(found)
        title = f"Random program {found.number} of seed {self.seed}"
        said = self.said.setdefault(file, [f"{title}."])
        said.append(f"{visible(found.judged.toolchain)}: {found.sort}: {visible(_words(found))}")
        written.write(file, found.program, title, said)


def _status(tallies: Sequence[Tally], programs: int) -> Status:
    if any(tally.differing for tally in tallies):
        return Status.DIFFERENCE
    if all(tally.conforming == programs for tally in tallies):
        return Status.AGREE
    return Status.MACHINERY


def _shown(tallies: Sequence[Tally], seed: int, kept: _Written) -> Group:
    counts = Table()
    for heading in ("toolchain", "programs", "conform", "differ", "inconclusive"):
        counts.add_column(heading, overflow="fold", justify="left" if heading == "toolchain" else "right")
    for tally in tallies:
        numbers = (tally.programs, tally.conforming, tally.differing, tally.inconclusive)
        counts.add_row(Text(tally.toolchain.name), *(f"{number}" for number in numbers))
    parts: list[Table | Text] = [counts]
    for tally in tallies:
        if tally.inconclusive:
            parts.append(Text(f"\n{tally.toolchain.name}: inconclusive: {visible(tally.reason)}", "yellow"))
        for rule, bucket in sorted(tally.buckets.items(), key=lambda item: -item[1].count):
            parts.append(_bucket(tally, rule, bucket, kept))
    return Group(*parts)


def _bucket(tally: Tally, rule: str, bucket: Bucket, kept: _Written) -> Text:
    many = f"{bucket.count} programs" if bucket.count > 1 else "1 program"
    shown = Text.assemble((f"\n{tally.toolchain.name}: {rule}", "bold red"), f": {many}; the smallest:\n")
    got, owed = _told(bucket.smallest)
    shown.append(f"  got   {visible(got)}\n")
    if owed:
        shown.append(f"  owed  {visible(owed)}\n")
    shown.append(written.shown(bucket.smallest.program))
    shown.append(f"  again: {_again(tally, bucket, kept)}", "dim")
    return shown


def _told(found: Found) -> tuple[str, str]:
    """What came, and what was owed where a rule says so."""
    outcome = found.judged.outcome
    if isinstance(outcome, Diverges):
        return f"event {outcome.divergence.index + 1}: {outcome.divergence.got}", outcome.divergence.owed
    return words.detail(outcome), ""


def _words(found: Found) -> str:
    got, owed = _told(found)
    return f"got {got}; owed {owed}" if owed else got


def _again(tally: Tally, bucket: Bucket, kept: _Written) -> str:
    return f"deferdiff run {kept.file(bucket.smallest)} -t '{tally.toolchain.text}' --trace"


def _plain(
    tallies: Sequence[Tally], seed: int, programs: int, seconds: float, status: Status, kept: _Written
) -> dict[str, Any]:
    return {
        "seed": seed,
        "programs": programs,
        "seconds": round(seconds, 3),
        "status": int(status),
        "toolchains": [
            {
                "toolchain": tally.toolchain.name,
                "text": tally.toolchain.text,
                "programs": tally.programs,
                "conforming": tally.conforming,
                "differing": tally.differing,
                "inconclusive": tally.inconclusive,
                "rules": [_plain_bucket(tally, rule, bucket, kept) for rule, bucket in tally.buckets.items()],
            }
            for tally in tallies
        ],
    }


def _plain_bucket(tally: Tally, rule: str, bucket: Bucket, kept: _Written) -> dict[str, Any]:
    got, owed = _told(bucket.smallest)
    return {
        "rule": rule,
        "count": bucket.count,
        "smallest": {
            "number": bucket.smallest.number,
            "actions": bucket.smallest.program.size,
            "program": dump(bucket.smallest.program),
            "file": str(kept.file(bucket.smallest)),
            "got": got,
            "owed": owed,
            "again": _again(tally, bucket, kept),
        },
    }

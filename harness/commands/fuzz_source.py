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

from harness.commands import options
from harness.errors import BadOutput
from harness.fuzz import Bucket, Found, Tally, fuzz
from harness.generated import case_of
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
    written = _Written(out, seed)
    clock = time.monotonic()
    with options.interruptible() as stop:
        with live.progress() as progress:
            world = options.world(sandbox, Limits(wall=timeout), progress, fresh=True, keep=False)
            tallies = fuzz(world, wanted, seed, programs, stop, written.add)
        is_interrupted = stop.is_set()
    seconds = time.monotonic() - clock
    status = _status(tallies, programs)
    if as_json:
        typer.echo(json.dumps(_plain(tallies, seed, programs, seconds, status, written), indent=2))
    else:
        console = terminal.console()
        for weakness in dict.fromkeys(line for tally in tallies for line in tally.weaknesses):
            console.print(Text(f"warning: {weakness}", "yellow"))
        console.print(_shown(tallies, seed, written))
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
        if directory.exists() and not directory.is_dir():
            raise BadOutput(f"{directory}: is no directory")

    def file(self, found: Found) -> Path:
        """The program's file. Its name says where the program comes from."""
        return self.directory / f"seed{self.seed}-{found.name}.yaml"

    def add(self, found: Found) -> None:
        """Write a program, with what each toolchain made of it so far. Raises `BadOutput`."""
        file = self.file(found)
        title = f"Random program {found.number} of seed {self.seed}"
        case = case_of(found.program, file.stem, file, title=title)
        said = self.said.setdefault(file, [f"# {title}.\n"])
        said.append(f"# {visible(found.judged.toolchain)}: {found.sort}: {visible(_words(found))}\n")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(said) + dump(found.program), encoding="utf-8")
            file.with_suffix(".go").write_text(case.source, encoding="utf-8")
        except OSError as trouble:
            raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None


def _status(tallies: Sequence[Tally], programs: int) -> Status:
    if any(tally.differing for tally in tallies):
        return Status.DIFFERENCE
    if all(tally.conforming == programs for tally in tallies):
        return Status.AGREE
    return Status.MACHINERY


def _shown(tallies: Sequence[Tally], seed: int, written: _Written) -> Group:
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
            parts.append(_bucket(tally, rule, bucket, written))
    return Group(*parts)


def _bucket(tally: Tally, rule: str, bucket: Bucket, written: _Written) -> Text:
    many = f"{bucket.count} programs" if bucket.count > 1 else "1 program"
    shown = Text.assemble((f"\n{tally.toolchain.name}: {rule}", "bold red"), f": {many}; the smallest:\n")
    got, owed = _told(bucket.smallest)
    shown.append(f"  got   {visible(got)}\n")
    if owed:
        shown.append(f"  owed  {visible(owed)}\n")
    shown.append(_indented(dump(bucket.smallest.program)))
    shown.append(f"  again: {_again(tally, bucket, written)}", "dim")
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


def _again(tally: Tally, bucket: Bucket, written: _Written) -> str:
    return f"deferdiff run {written.file(bucket.smallest)} -t '{tally.toolchain.text}' --trace"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _plain(
    tallies: Sequence[Tally], seed: int, programs: int, seconds: float, status: Status, written: _Written
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
                "rules": [_plain_bucket(tally, rule, bucket, written) for rule, bucket in tally.buckets.items()],
            }
            for tally in tallies
        ],
    }


def _plain_bucket(tally: Tally, rule: str, bucket: Bucket, written: _Written) -> dict[str, Any]:
    got, owed = _told(bucket.smallest)
    return {
        "rule": rule,
        "count": bucket.count,
        "smallest": {
            "number": bucket.smallest.number,
            "actions": bucket.smallest.program.size,
            "program": dump(bucket.smallest.program),
            "file": str(written.file(bucket.smallest)),
            "got": got,
            "owed": owed,
            "again": _again(tally, bucket, written),
        },
    }

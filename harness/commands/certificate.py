"""`deferdiff certificate`: what a campaign compared, with what, what it does not cover; parts as one whole."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.commands import differences, options
from harness.data import record
from harness.data.record import Ran, Record
from harness.policy import Status
from harness.report import terminal
from harness.report.text import visible


def certificate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="campaign.json of each part.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole there.")] = None,
    record_it: Annotated[bool, typer.Option("--record", help="Keep it, and its buckets, in the database.")] = False,
    database: options.DatabaseName = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the certificate of a campaign, and what it found, cause by cause. Several files are the parts (--shard) of
    one, which are put together.

    Exit status: 0 complete and all conform, 1 some do not, 2 bad input, or parts that do not belong together, 3 not
    complete.
    """
    whole = record.join([(str(file), record.read(file)) for file in files])
    if out is not None:
        record.write(whole, out)
    if record_it:
        from harness.commands import recorded  # noqa: PLC0415  # a database takes longer to import than all else

        print(f"recorded as campaign {recorded.keep_campaign(database, whole)}", file=sys.stderr)
    if as_json:
        typer.echo(json.dumps(whole.model_dump(mode="json"), indent=2))
    else:
        console = terminal.console()
        console.print(shown(whole))
        for part in differences.shown(whole, ", ".join(map(str, [out] if out else files))):
            console.print(part)
    if any(ran.differing for ran in whole.toolchains):
        raise typer.Exit(int(Status.DIFFERENCE))
    raise typer.Exit(int(Status.AGREE if whole.complete else Status.MACHINERY))


def shown(whole: Record) -> Group:
    """What was compared, a line for each toolchain, how it differed, and what all of it rests on."""
    table = Table(title=Text(_title(whole), "bold"), title_justify="left")
    for heading in ("toolchain", "content", "programs", "events", "differ", "programs sha256", "traces sha256"):
        table.add_column(heading, overflow="fold")
    for ran in whole.toolchains:
        table.add_row(*(Text(cell) for cell in _row(ran)))
    return Group(table, *(Text(line, "dim") for line in _basis(whole)))


def _title(whole: Record) -> str:
    source = whole.source
    what = (
        f"all programs of up to {source['actions']} actions"
        if source.get("programs") == "all"
        else f"random programs, seed {source.get('seed')}"
    )
    parts = "" if whole.shards == [(1, 1)] else f", parts {', '.join(f'{i}/{n}' for i, n in whole.shards)}"
    return f"{what}{parts}{'' if whole.complete else ' (not complete)'}"


def _row(ran: Ran) -> tuple[str, ...]:
    counts = tuple(f"{number:,}" for number in (ran.programs, ran.events, ran.differing))
    return (visible(ran.toolchain), ran.digest[:12], *counts, ran.programs_sha256[:16], ran.traces_sha256[:16])


def _basis(whole: Record) -> list[str]:
    major, minor = whole.release
    lines = [f"model {whole.model[:16]}, driver {whole.driver[:16]}, shapes of Go {major}.{minor}"]
    if "not_covered" in whole.source:
        lines.append(f"not covered: {whole.source['not_covered']}")
    return lines

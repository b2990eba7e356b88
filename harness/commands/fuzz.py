"""`deferdiff fuzz`: random programs on real toolchains against what the language owes them."""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness import toolchain
from harness.campaign import default_jobs
from harness.commands import fuzz_data, fuzz_source, options
from harness.data.source import Drawn, Everything, Shard, Source

_SOURCE_PROGRAMS = 1000


class Tier(StrEnum):
    """How programs come to a toolchain."""

    DATA = "data"
    """As data, by the thousand, into one binary that holds the frame shapes."""
    SOURCE = "source"
    """As Go source: slower, and everything that Go can write."""


def run(
    tier: Annotated[
        Tier, typer.Option(help="As data (fast), or as Go source (everything the algebra has).")
    ] = Tier.DATA,
    programs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="So many programs. Default: 1000 as source; as data --time."),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--time",
            parser=options.duration,
            metavar="TIME",
            help="So long (60s, 10m, 1h); then what it is at is finished and what differs reduced."
            " As data only. Default: 60s.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The seed of the programs. Default: a new one, which is shown.")
    ] = None,
    pre: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The toolchain before a change: the same as -t TEXT.")
    ] = None,
    post: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The toolchain after it: the same as -t TEXT.")
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option("-t", "--toolchain", metavar="TEXT", help="A toolchain (repeatable). Default: pre and post."),
    ] = None,
    exhaustive: Annotated[
        int | None,
        typer.Option(min=0, max=10, metavar="K", help="All programs of up to K actions instead; as data only."),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only part I of N; as data only. `certificate` joins the parts.")
    ] = "1/1",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the campaign in DIR; as data only. Give all else as before.")
    ] = False,
    variants: Annotated[
        bool,
        typer.Option("--variants", help="Each also without inlining, without optimization, with a stack that moves."),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(min=1, help="Processes that make programs, and drivers that run: as many as there are cores."),
    ] = default_jobs(),
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A dask cluster whose workers make the programs; as data only."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for programs that do not conform.")] = Path(
        "fuzz"
    ),
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    as_json: options.AsJson = False,
) -> None:
    """Run random programs on toolchains and compare every run with what the language owes it.

    Programs that do not conform are written to DIR, as a program (.yaml) and as Go (.go); as data, the smallest of
    each sort, and campaign.json: the certificate of what was compared. Exit status: 0 all conform, 1 some do not, 2
    bad input, 3 machinery failed or it was interrupted before a difference was seen.
    """
    names = toolchain.load(toolchains)
    given = [text for text in (pre, post, *(on or ())) if text is not None]
    wanted = [toolchain.parse(text, names) for text in given or ["pre", "post"]]
    if variants:
        wanted = [variant for one in wanted for variant in toolchain.variants(one)]
    if tier is Tier.SOURCE:
        if seconds is not None or exhaustive is not None or shard != "1/1" or resume or scheduler is not None:
            raise typer.BadParameter("--time, --exhaustive, --shard, --resume and --scheduler go with --tier data")
        seed = secrets.randbelow(1 << 32) if seed is None else seed
        count = _SOURCE_PROGRAMS if programs is None else programs
        status = fuzz_source.run(wanted, count, seed, out, sandbox, timeout, as_json=as_json)
    else:
        if exhaustive is not None and (programs, seed) != (None, None):
            raise typer.BadParameter("--exhaustive K names all programs: it goes with neither --programs nor --seed")
        if programs is None and seconds is None and exhaustive is None:
            seconds = 60.0
        if resume and exhaustive is None and seed is None:
            seed = fuzz_data.seed_of(out)
        seed = secrets.randbelow(1 << 32) if seed is None else seed
        source: Source = Drawn(seed, programs) if exhaustive is None else Everything(exhaustive)
        asked = fuzz_data.Asked(wanted, source, _shard(shard), seconds, jobs, out, resume, scheduler)
        status = fuzz_data.run(asked, sandbox, timeout, as_json=as_json)
    raise typer.Exit(int(status))


def _shard(text: str) -> Shard:
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise typer.BadParameter(f"--shard {text}: must be I/N, part I of N, such as 1/4")
    return Shard(int(found[1]), int(found[2]))

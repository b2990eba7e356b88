"""`deferdiff serve`: jobs over HTTP."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness import toolchain
from harness.commands import options
from harness.errors import ServiceUnavailable, UsageError
from harness.policy import load as load_policy
from harness.scheduler import place_of


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8350,
    workers: Annotated[
        int, typer.Option(min=0, max=256, help="Jobs that run at once here; 0: other processes work.")
    ] = 1,
    only_worker: Annotated[
        bool, typer.Option("--only-worker", help="Listen nowhere: work for a service with the same database.")
    ] = False,
    database: options.DatabaseName = None,
    cases: Annotated[Path, typer.Option(metavar="DIR", help="The cases that gates run.")] = Path("cases"),
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="What fails a gate (YAML).")] = None,
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    public_read: Annotated[
        bool, typer.Option("--public-read", help="Jobs and results are for all to see, without a token.")
    ] = False,
    local_toolchains: Annotated[
        bool, typer.Option("--local-toolchains", help="Clients may name images and trees of this machine.")
    ] = False,
    private_webhooks: Annotated[
        bool, typer.Option("--private-webhooks", help="Webhooks may go to addresses that are not public.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A dask cluster whose workers make the programs of campaigns as data."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Jobs that one token may have waiting or running.")] = 1000,
    longest: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long one job may take.")] = 86_400.0,
    lease: Annotated[
        float,
        typer.Option(min=2, metavar="SECONDS", help="How long a worker may be silent before it counts as lost."),
    ] = 30.0,
) -> None:
    """Take gates, runs, campaigns, bisections, reductions and mutation scores over HTTP, and run them in turn.

    All that is known is in the database: a service that is killed, or a worker, loses nothing, and running jobs are
    run again. Who submits or cancels needs a token (`deferdiff token create`). Exit status: 0 it was told to end, 2
    bad input, 3 machinery failed.
    """
    try:
        from harness.database.engine import connect  # noqa: PLC0415  # see below
        from harness.service import server  # noqa: PLC0415  # packages that only this needs
        from harness.service.kinds import Place  # noqa: PLC0415
        from harness.service.worker import Settings  # noqa: PLC0415
    except ImportError as missing:
        raise ServiceUnavailable(
            f"serve needs the package {missing.name}: pip install 'deferdiff[service]'"
        ) from None
    if not cases.is_dir():
        raise UsageError(f"{cases}: no directory of cases; give --cases DIR")
    if policy is not None:
        load_policy(policy)
    if scheduler is not None:
        place_of(scheduler)
    place = Place(
        cases=cases.resolve(),
        names=toolchain.load(toolchains),
        names_file=None if toolchains is None else toolchains.resolve(),
        policy=None if policy is None else policy.resolve(),
        sandbox=sandbox.value,
        local=local_toolchains,
        scheduler=scheduler,
    )
    scratch = toolchain.default_directory() / "jobs"
    scratch.mkdir(parents=True, exist_ok=True)
    settings = Settings(place, scratch, lease=lease, beat=min(1.0, lease / 4), longest=longest)
    with connect(database) as opened:
        if only_worker:
            server.work(opened, settings, max(1, workers))
            return
        with server.listen(host, port) as listening:
            where = listening.getsockname()
            shown = f"[{where[0]}]" if ":" in where[0] else where[0]
            print(f"deferdiff: http://{shown}:{where[1]}, process {os.getpid()}", file=sys.stderr, flush=True)
            server.serve(
                opened,
                settings,
                listening,
                workers=workers,
                public=public_read,
                limit=limit,
                private_webhooks=private_webhooks,
            )

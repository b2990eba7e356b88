"""`deferdiff doctor`: what works on this machine, what is missing, how to get it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness import doctor as examination
from harness.doctor import Engine
from harness.toolchain import default_directory, load

MACHINERY = 3


def run(engine: Engine, *, toolchains: Path | None = None, as_json: bool = False) -> None:
    """Print the checks. Exit status 3 if something is missing without which nothing works."""
    checks = examination.examine(default_directory(), load(toolchains), engine)
    if as_json:
        typer.echo(json.dumps({"checks": examination.plain(checks)}, indent=2))
    else:
        Console().print(examination.table(checks))
    if not examination.usable(checks):
        raise typer.Exit(MACHINERY)


def register(app: typer.Typer, engine: Engine) -> None:
    """Add the command to `app`. `engine` describes the Engine (see `harness.doctor.Engine`)."""

    @app.command(short_help="Tell what works on this machine.")
    def doctor(
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        toolchains: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Your own names for toolchains.")
        ] = None,
    ) -> None:
        """Tell what works on this machine, what is missing, and how to get it."""
        run(engine, toolchains=toolchains, as_json=as_json)

"""`deferdiff doctor`: what works on this machine, what is missing, how to get it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness import doctor as examination
from harness.sandbox.choose import ANSWER_SECONDS
from harness.sandbox.docker import Engine
from harness.toolchain import default_directory, load

MACHINERY = 3


def describe_engine() -> str:
    """See `harness.doctor.Engine`."""
    with Engine(ANSWER_SECONDS) as engine:
        found = engine.describe()
    return f"Docker {found.version}, API {found.api}, cgroup v{found.cgroup}, {found.storage}"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    toolchains: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own names for toolchains.")] = None,
) -> None:
    """Tell what works on this machine, what is missing, and how to get it.

    Exit status: 0 all that is needed is there, 2 bad input, 3 something that is needed is missing.
    """
    checks = examination.examine(default_directory(), load(toolchains), describe_engine)
    if as_json:
        typer.echo(json.dumps({"checks": examination.plain(checks)}, indent=2))
    else:
        Console().print(examination.table(checks))
    if not examination.usable(checks):
        raise typer.Exit(MACHINERY)

"""The command `deferdiff`: puts the commands together and turns bad news into one line and an exit status."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from harness.commands import doctor, gate, run, toolchains
from harness.errors import DeferdiffError, MachineryError
from harness.policy import Status
from harness.sandbox.choose import ANSWER_SECONDS
from harness.sandbox.docker import Engine

INTERRUPTED = 130


def _describe_engine() -> str:
    with Engine(ANSWER_SECONDS) as engine:
        found = engine.describe()
    return f"Docker {found.version}, API {found.api}, cgroup v{found.cgroup}, {found.storage}"


app = typer.Typer(
    name="deferdiff",
    help="Tells whether a change to the Go runtime changed how defer, panic, recover and Goexit behave.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(gate.gate)
app.command()(run.run)
app.add_typer(toolchains.app, name="toolchains")
doctor.register(app, _describe_engine)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deferdiff {version('deferdiff')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of deferdiff itself."""


def main() -> None:
    """Run a command. What a person can mend is one line on standard error; our own bugs are left to be seen."""
    try:
        app()
    except DeferdiffError as error:
        print(f"deferdiff: {error}", file=sys.stderr)
        sys.exit(Status.MACHINERY if isinstance(error, MachineryError) else Status.USAGE)
    except KeyboardInterrupt:
        print("deferdiff: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Status.MACHINERY)


if __name__ == "__main__":
    main()

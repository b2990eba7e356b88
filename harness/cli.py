"""The command `deferdiff`: puts the commands together and turns bad news into one line and an exit status."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
import typer.main
from pydantic import ValidationError

from harness.commands import (
    accept,
    agree,
    bisect,
    certificate,
    compare,
    doctor,
    explain,
    fuzz,
    gate,
    history,
    mutate,
    reduce,
    report,
    run,
    serve,
    token,
    toolchains,
)
from harness.errors import DeferdiffError, MachineryError
from harness.policy import Status
from harness.sandbox.choose import ANSWER_SECONDS
from harness.sandbox.docker import Engine
from harness.yamltext import in_words

_BAD_ARGUMENTS: Any = typer.BadParameter.__base__
"""What is raised for every sort of bad argument. It is click's, which typer may bring along under another name."""


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
app.command(short_help="The main job: run cases on two toolchains, check, compare.")(gate.gate)
app.command(short_help="Reports from a stored run, in any format.")(report.report)
app.command(short_help="Run one Go program on several toolchains.")(run.run)
app.command("fuzz", short_help="Random programs on toolchains, against what is owed them.")(fuzz.run)
app.command("reduce", short_help="The smallest program with the same difference, as Go.")(reduce.run)
app.add_typer(bisect.app, name="bisect")
app.command("mutate", short_help="How many changes to the defer logic are noticed.")(mutate.run)
app.command(short_help="What a fuzz campaign compared; puts shards together.")(certificate.certificate)
app.command(short_help="Recorded runs of the gate; one case over time.")(history.history)
app.command(short_help="Two recorded runs: what changed from one to the other.")(compare.compare)
app.command(short_help="Accept a reviewed difference until a day.")(accept.accept)
app.command(short_help="The two models against each other.")(agree.agree)
app.command(short_help="A run of a program on the model, step by step.")(explain.explain)
app.command(short_help="The service: jobs over HTTP.")(serve.serve)
app.add_typer(token.app, name="token")
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
    command = typer.main.get_command(app)
    try:
        status = _run(command, sys.argv[1:] or ["--help"])
        sys.stdout.flush()
    except _BAD_ARGUMENTS as error:
        status = _refuse_arguments(error)
    except MachineryError as error:
        status = _refuse(str(error), Status.MACHINERY)
    except DeferdiffError as error:
        status = _refuse(str(error), Status.USAGE)
    except KeyboardInterrupt:
        status = _refuse("interrupted", Status.MACHINERY)
    except BrokenPipeError:
        # Nobody reads on; what Python still holds for standard output goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = Status.MACHINERY
    sys.exit(status)


def _run(command: Any, arguments: list[str]) -> int:
    """What `command.main` does, without its own opinion of exit statuses."""
    try:
        with command.make_context("deferdiff", arguments) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return Status.AGREE


def _refuse_arguments(error: Any) -> Status:
    if isinstance(error.__cause__, ValidationError):  # newer releases of typer use pydantic
        error.message = in_words(error.__cause__.errors()[0])
    said = error.format_message()
    if "\n" in said:  # the help of a command that has commands of its own
        print(said, file=sys.stderr)
        return Status.USAGE
    place = error.ctx.command_path if error.ctx is not None else "deferdiff"
    return _refuse(f"{said.removesuffix('.')} (`{place} --help` shows what there is)", Status.USAGE)


def _refuse(why: str, status: Status) -> Status:
    print(f"deferdiff: {' '.join(why.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()

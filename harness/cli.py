"""The command `deferdiff`: puts the commands together and turns bad news into one line and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
import typer.main
from pydantic import ValidationError

from harness.errors import DeferdiffError, MachineryError
from harness.policy import Status
from harness.yamltext import in_words

_BAD_ARGUMENTS: Any = typer.BadParameter.__base__
"""What is raised for every sort of bad argument. It is click's, which typer may bring along under another name."""


_COMMANDS = {
    "gate": ("gate.gate", "The main job: run cases on two toolchains, check, compare."),
    "report": ("report.report", "Reports from a stored run, in any format."),
    "run": ("run.run", "Run one Go program on several toolchains."),
    "fuzz": ("fuzz.run", "Random programs on toolchains, against what is owed them."),
    "reduce": ("reduce.run", "The smallest program with the same difference, as Go."),
    "mutate": ("mutate.run", "How many changes to the defer logic are noticed."),
    "certificate": ("certificate.certificate", "What a fuzz campaign compared; puts shards together."),
    "history": ("history.history", "Recorded runs of the gate; one case over time."),
    "compare": ("compare.compare", "Two recorded runs: what changed from one to the other."),
    "accept": ("accept.accept", "Accept a reviewed difference until a day."),
    "agree": ("agree.agree", "The two models against each other."),
    "explain": ("explain.explain", "A run of a program on the model, step by step."),
    "serve": ("serve.serve", "The service: jobs over HTTP."),
    "doctor": ("doctor.doctor", "Tell what works on this machine."),
    "bisect": ("bisect.app", "What made a difference: the release, the hunks, the commit."),
    "token": ("token.app", "Tokens of the service: who may do what."),
    "toolchains": ("toolchains.app", "The toolchains: what there is, and what is in the cache."),
}
"""Each command: where it is below `harness.commands`, and what the list of all says of it."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command, as far as `arguments` need it.

    To load all commands takes longer than most of them run. So only the one that is named is loaded; of the others
    there are names and what the list of all says. deferdiff itself has no option that takes a value: the first word
    that is no option names the command.
    """
    app = typer.Typer(
        name="deferdiff",
        help="Tells whether a change to the Go runtime changed how defer, panic, recover and Goexit behave.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    named = next((word for word in arguments if not word.startswith("-")), None)
    for name, (place, told) in _COMMANDS.items():
        command = _load(place) if name == named else _not_loaded
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, short_help=told)
        else:
            app.command(name, short_help=told)(command)
    return app


def _load(place: str) -> Any:
    module, _, name = place.partition(".")
    return getattr(import_module(f"harness.commands.{module}"), name)


def _not_loaded() -> None:
    raise AssertionError("this command was not named")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deferdiff {version('deferdiff')}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of deferdiff itself."""


def main() -> None:
    """Run a command. What a person can mend is one line on standard error.

    A bug of ours shows where it is, and counts as machinery that failed: Python's own exit status for it, 1, would be
    taken for a difference.
    """
    arguments = sys.argv[1:] or ["--help"]
    try:
        status = _run(typer.main.get_command(application(arguments)), arguments)
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
    except Exception as error:
        traceback.print_exc()
        status = _refuse(
            f"{type(error).__name__}: a bug of deferdiff's own; please report what is above", Status.MACHINERY
        )
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

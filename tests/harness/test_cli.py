"""How the commands are put together; `tests/endtoend` runs them."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main
from typer.testing import CliRunner

from harness import cli
from harness.cli import application
from harness.policy import Status
from tests.endtoend.tool import ROOT

COMMANDS = list(typer.main.get_command(application([])).commands)  # type: ignore[attr-defined]  # it is a group


def commands_loaded_by(*arguments: str) -> set[str]:
    """The modules of commands that deferdiff loads for `arguments`, in a fresh Python."""
    shown = "print(*(name for name in sys.modules if name.startswith('harness.commands.')))"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; from harness import cli; cli.application(sys.argv[1:]); {shown}",
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["nonsuch"]])
def test_no_command_is_loaded_that_is_not_named(arguments: list[str]) -> None:
    assert commands_loaded_by(*arguments) == set()


@pytest.mark.parametrize("arguments", [["report", "gate"], ["--no-such-option", "report"]])
def test_the_command_that_is_named_is_loaded(arguments: list[str]) -> None:
    assert commands_loaded_by(*arguments) == {"harness.commands.report"}


@pytest.mark.parametrize("name", COMMANDS)
def test_all_that_are_listed_can_be_loaded(name: str) -> None:
    done = CliRunner().invoke(application([name]), [name, "--help"], prog_name="deferdiff")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: deferdiff {name} [OPTIONS]")


def test_the_list_of_commands_is_the_same_whichever_is_loaded() -> None:
    def shown(*named: str) -> list[str]:
        return sorted(CliRunner().invoke(application(named), ["--help"]).stdout.splitlines())

    assert [name for name in COMMANDS if shown(name) != shown()] == []


def test_a_bug_is_no_difference(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def buggy(arguments: object) -> typer.Typer:
        raise ZeroDivisionError(f"of {arguments}")

    monkeypatch.setattr(cli, "application", buggy)
    monkeypatch.setattr(sys, "argv", ["deferdiff", "gate"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == Status.MACHINERY
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("Traceback")
    assert said[-2:] == [
        "ZeroDivisionError: of ['gate']",
        "deferdiff: ZeroDivisionError: a bug of deferdiff's own; please report what is above",
    ]

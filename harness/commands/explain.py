"""`deferdiff explain PROGRAM.yaml`: a run of a program on the reference model, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.errors import BadOutput, BadProgram, UsageError
from harness.policy import Status
from harness.programs import load
from harness.report import explain_html, explain_json, explain_text
from oracle.explain import LIMIT, Explanation, TooLong
from oracle.explain import explain as explain_run
from oracle.profile import POST_CL, PRE_CL, PROFILES, Profile
from oracle.program import Program

_SHORT = {"pre": PRE_CL, "post": POST_CL}


def explain(
    program: Annotated[Path, typer.Argument(help="A program of the algebra, as YAML.", metavar="PROGRAM.yaml")],
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="The runtime: post (with CL 515856) or pre (without).")
    ] = "post",
    both: Annotated[bool, typer.Option("--both", help="Both runtimes, side by side.")] = False,
    moves: Annotated[bool, typer.Option("--moves", help="Copy the stack between any two steps.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page that steps both ways.")
    ] = None,
) -> None:
    """Explain a run of a program step by step: event, rule with its source, state of frames, _panic, _defer, g.param.

    The run is one of the reference model, not of a toolchain. Exit status: 0 the language's rules give the same
    events, 1 they do not, 2 bad input.
    """
    profiles = _profiles(profile, both=both)
    whole = load(program)
    runs = [_explain(program, whole, one, moves=moves) for one in profiles]
    if page is not None:
        _write(page, explain_html.render(program.name, runs))
    if as_json:
        typer.echo(explain_json.render(program.name, runs), nl=False)
    elif page is None:
        typer.echo(explain_text.render(program.name, runs), nl=False)
    else:
        for run in runs:
            typer.echo(explain_text.conclusion(run))
    raise typer.Exit(int(Status.AGREE if all(run.parting is None for run in runs) else Status.DIFFERENCE))


def _profiles(name: str, *, both: bool) -> list[Profile]:
    """The profile of this name; with `both`, the one before the CL and the one with it."""
    found = _SHORT.get(name) or PROFILES.get(name)
    if found is None:
        known = ", ".join([*_SHORT, *PROFILES])
        raise UsageError(f"--profile {name}: no such profile; there are {known}")
    return [PRE_CL, POST_CL] if both else [found]


def _explain(file: Path, program: Program, profile: Profile, *, moves: bool) -> Explanation:
    try:
        return explain_run(program, profile, moves=moves)
    except TooLong:
        raise BadProgram(
            f"{file}: its run is too long to step through (frames and deferred calls of all states: more than"
            f" {LIMIT})"
        ) from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as trouble:
        raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None

"""`deferdiff run FILE`: a Go program, or a program of the algebra, on several toolchains, one row each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from harness import gating, machine, toolchain
from harness.commands import options
from harness.compare import compare
from harness.judge import describe
from harness.model import (
    Case,
    Comparison,
    Conforms,
    Diverges,
    Inconclusive,
    Judged,
    NotApplicable,
    Toolchain,
    Verdict,
)
from harness.pipeline import Side, observe, refuse_uncompilable, verdict
from harness.policy import Status
from harness.report import evidence, live, terminal, words
from harness.report.text import excerpt, one_line, visible
from harness.sandbox import Limits

SHOWN = 2_000
"""Characters of output shown of one toolchain at most."""


def run(
    file: Annotated[
        Path,
        typer.Argument(help="A Go program, package main, in one file; or a program of the algebra.", metavar="FILE"),
    ],
    on: Annotated[
        list[str] | None,
        typer.Option("-t", "--toolchain", metavar="TEXT", help="A toolchain (repeatable). Default: pre and post."),
    ] = None,
    base: options.Base = None,
    revert: options.PrePatches = None,
    patch: options.PostPatches = None,
    trace: Annotated[bool, typer.Option("--trace", help="Show the events, too.")] = False,
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    fresh: options.Fresh = False,
    as_json: options.AsJson = False,
) -> None:
    """Run any Go program on several toolchains: output, exit status and verdict of each.

    Exit status: 0 every run conforms and all show the same, 1 a difference, 2 bad input, 3 machinery failed or it
    was interrupted.
    """
    names = toolchain.load(toolchains)
    case = gating.program_at(file)
    wanted = [toolchain.parse(text, names) for text in on or []]
    if revert or patch or base is not None or not wanted:
        two = options.pair(names, pre=None, post=None, base=base, revert=revert or [], patch=patch or [])
        wanted += [two.pre, two.post]
    sides = [Side(one) for one in wanted]
    with options.interruptible() as stop, live.progress() as progress:
        world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=fresh)
        observe(world, [case], sides, stop)
        if stop.is_set():
            raise KeyboardInterrupt
        refuse_uncompilable([case], sides)
    judged = [verdict(case, side) for side in sides]
    compared = [compare(judged[0], other) for other in judged[1:]]
    if as_json:
        typer.echo(json.dumps(_plain(case, judged, compared), indent=2))
        for one, its in zip(wanted, judged, strict=True):
            if isinstance(its.outcome, Inconclusive):
                typer.echo(f"deferdiff: {one.name}: {one_line(words.detail(its.outcome))}", err=True)
    else:
        console = terminal.console()
        for weakness in machine.weaknesses(world, sides):
            console.print(Text(f"warning: {weakness}", "yellow"))
        console.print(_table(sides, judged))
        if trace:
            for side in judged:
                console.print(_events(side))
    raise typer.Exit(int(_status(judged, compared)))


def _status(judged: Sequence[Judged], compared: Sequence[Comparison]) -> Status:
    if any(isinstance(side.outcome, Inconclusive) for side in judged):
        return Status.MACHINERY
    if all(isinstance(side.outcome, Conforms | NotApplicable) for side in judged) and all(
        one.verdict is Verdict.SAME for one in compared
    ):
        return Status.AGREE
    return Status.DIFFERENCE


def _table(sides: Sequence[Side], judged: Sequence[Judged]) -> Table:
    shown = Table(show_lines=True)
    for heading in ("toolchain", "output", "exit", "verdict"):
        shown.add_column(heading, overflow="fold")
    for side, its in zip(sides, judged, strict=True):
        shown.add_row(Text(_name(side.toolchain)), Text(_output(its)), Text(_exit(its)), _verdict(its))
    return shown


def _name(toolchain: Toolchain) -> str:
    """The toolchain as it was called, and what that means."""
    return toolchain.name if toolchain.name == toolchain.text else f"{toolchain.name}: {toolchain.text}"


def _verdict(side: Judged) -> Text:
    colour = "green" if isinstance(side.outcome, Conforms) else "red"
    shown = Text.assemble((words.kind(side.outcome), f"bold {colour}"))
    if said := words.detail(side.outcome):
        shown.append(f"\n{visible(said)}")
    if isinstance(side.outcome, Diverges):
        broken = side.outcome.divergence
        shown.append(f"\n{broken.rule.statement}", "dim")
        shown.append(f"\ngot   {visible(evidence.got(side))}")
        shown.append(f"\nowed  {visible(broken.owed)}")
    if side.known is not None and words.fails(side.outcome):
        shown.append(f"\nknown: {visible(side.known.reason.strip())} ({side.known.issue})", "dim")
    return shown


def _output(side: Judged) -> str:
    if side.plain is None:
        return ""
    return excerpt((side.plain.stdout + side.plain.stderr.split(b"\n\ngoroutine ")[0]).rstrip(b"\n"), SHOWN)


def _exit(side: Judged) -> str:
    return describe(side.plain.ending).removeprefix("exit status ") if side.plain is not None else ""


def _events(side: Judged) -> Text:
    """The whole trace, numbered as in the reports, the first divergence marked."""
    shown = Text(f"\n{side.toolchain}\n")
    if side.trace is not None:
        narrator = words.Narrator(side.trace)
        broken = side.outcome.divergence.index if isinstance(side.outcome, Diverges) else None
        for index in range(len(side.trace.events) + 1):
            mark, style = ("\N{BALLOT X}", "bold red") if index == broken else (" ", "")
            shown.append(f"{mark} {index + 1:4}  {visible(narrator.full(index))}\n", style)
    return shown


def _plain(case: Case, judged: Sequence[Judged], compared: Sequence[Comparison]) -> dict[str, object]:
    return {
        "program": str(case.path),
        "status": int(_status(judged, compared)),
        "toolchains": [
            {
                "toolchain": side.toolchain,
                "outcome": words.kind(side.outcome),
                "detail": words.detail(side.outcome),
                "divergence": _divergence(side),
                "stdout": side.plain.stdout.decode(errors="backslashreplace") if side.plain else None,
                "stderr": side.plain.stderr.decode(errors="backslashreplace") if side.plain else None,
                "ending": describe(side.plain.ending) if side.plain else None,
            }
            for side in judged
        ],
    }


def _divergence(side: Judged) -> dict[str, object] | None:
    if not isinstance(side.outcome, Diverges):
        return None
    broken = side.outcome.divergence
    return {
        "rule": broken.rule.name,
        "event": broken.index + 1,
        "got": evidence.got(side),
        "owed": broken.owed,
    }

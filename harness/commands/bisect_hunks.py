"""`deferdiff bisect hunks PROGRAM --patch FILE`: the hunks of a patch that make a difference."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness import machine, toolchain
from harness.commands import bisect_options as its
from harness.commands import bisect_program, bisect_report, options
from harness.delta import Parts
from harness.errors import BadPatch
from harness.model import Toolchain
from harness.report import live
from harness.sandbox import Limits
from harness.searching import Watched, parts
from harness.toolchain import overlay, text


def run(
    program: its.Program,
    patch: Annotated[Path, typer.Option(metavar="FILE", help="The patch: with all of it the program differs.")],
    base: Annotated[
        str, typer.Option(metavar="TEXT", help="The toolchain that it is applied to: there the program does not.")
    ] = options.BASE,
    toolchains: options.NamesFile = None,
    instead_of: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The patch as it was before: its hunks stand where those of --patch do not."
        ),
    ] = None,
    any_fault: its.AnyFault = False,
    jobs: its.Jobs = 1,
    cases: its.Cases = Path("cases"),
    bucket: its.Bucket = None,
    log: its.LogFile = None,
    fresh: its.Fresh = False,
    picture: its.Picture = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    as_json: options.AsJson = False,
) -> None:
    """Find the smallest set of a patch's hunks with which a program behaves as it does with the whole patch.

    A set that does not apply, or does not compile, cannot be tested. Of the hunks that are found, those are named
    that make the difference, and those that are there only because the others do not compile without them.

    Hunks that need each other are better compared with those of another version of the patch (--instead-of), of
    which each can be taken alone.

    Exit status: 1 the search came to an end, and the report says what it found; 2 bad input, no difference among it;
    3 machinery failed or it was interrupted (run it again: it goes on); 125 the program cannot be tested with the
    patch, or without it.
    """
    case = bisect_program.load(program, cases, bucket)
    names = toolchain.load(toolchains)
    plain = toolchain.parse(base, names)
    changed = text.read_patch(patch)
    before = None if instead_of is None else text.read_patch(instead_of)
    hunks = overlay.hunks(changed)
    if before is not None:
        differing = overlay.differing(changed, before)
        hunks = tuple(hunk for hunk in hunks if hunk.number in differing)
        if not hunks:
            raise BadPatch(f"{patch} and {instead_of}: no hunk differs, so there is nothing to find")

    def name(chosen: Parts) -> str:
        return text.spell_hunks(frozenset(hunks[part].number for part in chosen)) if chosen else "none"

    def make(point: str) -> Toolchain:
        numbers = frozenset() if point == "none" else text.read_hunks(point)
        if before is not None:
            mixed = overlay.mixed(changed, before, numbers)
            return text.with_patch(plain, mixed, f"{patch}:{point} instead of those of {instead_of}")
        return text.with_patch(plain, replace(changed, hunks=numbers), f"{patch}:{point}") if numbers else plain

    of = "\0".join((changed.text, "" if before is None else before.text))
    kind = f"hunks {plain.text} {hashlib.sha256(of.encode()).hexdigest()}"
    with options.interruptible() as stop, live.progress() as progress:
        world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=fresh)
        again = machine.world(sandbox, Limits(wall=timeout), progress, fresh=True)
        runner = bisect_program.Runner(world, again, case, stop, make, [])
        watched = Watched(runner, bisect_program.log_of(case, world, kind, log, fresh=fresh))
        found, without, whole = parts(len(hunks), name, watched, at_once=jobs, any_fault=any_fault)
    question = bisect_report.Question(
        case, "set of hunks", bisect_report.again(), machine.weaknesses(world, runner.sides)
    )
    raise typer.Exit(
        bisect_report.tell_hunks(question, found, (without, whole), hunks, watched, picture, as_json=as_json)
    )

"""`deferdiff bisect releases PROGRAM`: the Go release in which a difference came, or went."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from harness import machine, toolchain
from harness.commands import bisect_options as its
from harness.commands import bisect_program, bisect_report, options
from harness.errors import BadHistory
from harness.history import History
from harness.report import live
from harness.sandbox import Limits
from harness.searching import Watched, search
from harness.toolchain import wheels


def run(
    program: its.Program,
    good: Annotated[
        str | None,
        typer.Option(metavar="go1.x", help="The first release. Default: the oldest that is a package, of Go 1.21."),
    ] = None,
    bad: Annotated[
        str | None, typer.Option(metavar="go1.x", help="The last release. Default: the newest that is a package.")
    ] = None,
    having: Annotated[
        str, typer.Option("--with", metavar="TEXT", help="What each toolchain has beside: gcflags=-l, goarch=386.")
    ] = "",
    find_fix: its.FindFix = False,
    scan: its.Scan = False,
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
    """Find the release in which a program began to behave as it does on the last one.

    The first release must conform and the last fail (--find-fix: the other way round). If both conform, and show
    something else, the search is for that. --good and --bad name the ends, the older one first.

    Exit status: 1 the search came to an end, and the report says what it found; 2 bad input, both ends alike among
    it; 3 machinery failed or it was interrupted (run it again: it goes on); 125 an end cannot be tested.
    """
    case = bisect_program.load(program, cases, bucket)
    names = between(good, bad)
    points = [f"{name},{having}" if having else name for name in names]
    for point in points:
        toolchain.parse(point)
    with options.interruptible() as stop, live.progress() as progress:
        world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=fresh)
        again = machine.world(sandbox, Limits(wall=timeout), progress, fresh=True)
        runner = bisect_program.Runner(world, again, case, stop, toolchain.parse, [])
        watched = Watched(runner, bisect_program.log_of(case, world, "releases", log, fresh=fresh))
        outcome = search(
            History.line(names), points, watched, at_once=jobs, scan=scan, any_fault=any_fault, fix=find_fix
        )
    question = bisect_report.Question(
        case, "release", bisect_report.again(), machine.weaknesses(world, runner.sides), gaps=gaps(names)
    )
    raise typer.Exit(bisect_report.tell(question, outcome, points, watched, picture, as_json=as_json))


def between(good: str | None, bad: str | None) -> list[str]:
    """The releases from one to another, in the order of their numbers. Raises `BadHistory`."""
    known = [f"go{release}" for release in sorted(wheels.KNOWN, key=_numbers)]
    first, last = good or known[0], bad or known[-1]
    for name in (first, last):
        if name not in known:
            raise BadHistory(f"{name}: not a release that can be bisected; there are {', '.join(known)}")
    begin, end = known.index(first), known.index(last)
    if begin >= end:
        raise BadHistory(f"--good {first} --bad {last}: the older release comes first, also with --find-fix")
    return known[begin : end + 1]


def gaps(names: Sequence[str]) -> frozenset[int]:
    """Where, in releases in order, Go had others between one and the one before it, which are not among them."""
    numbers = [_numbers(name.removeprefix("go")) for name in names]
    return frozenset(
        place
        for place, ((go, line, patch), after) in enumerate(pairwise(numbers), start=1)
        if after not in ((go, line, patch + 1), (go, line + 1, 0))
    )


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))

"""`deferdiff bisect commits PROGRAM --repo DIR`: the commit of a Go repository that made a difference."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from harness import machine, toolchain
from harness.behaviour import Behaviour, Sort
from harness.commands import bisect_options as its
from harness.commands import bisect_program, bisect_report, options
from harness.commands.bisect_program import Runner
from harness.errors import BadToolchain
from harness.model import Toolchain
from harness.report import live
from harness.repository import Repository, Tree
from harness.sandbox import Limits
from harness.searching import Watched, search
from harness.toolchain import text

BUILD = "cd src && ./make.bash"
RUNS = 6
"""How often the program is run on each commit: to build it again for that would take far longer."""


@dataclass(slots=True)
class Builds:
    """Builds commits, each in one of the trees, and runs the program on them. `goroot`: where in the tree the built
    toolchain is, `having`: what it has beside; `seconds`: how long a build may take."""

    runner: Runner
    trees: Sequence[Tree]
    command: str
    goroot: str
    having: str
    seconds: float
    keep: bool
    of: dict[str, Tree] = field(default_factory=dict, init=False)

    def __call__(self, points: Sequence[str], again: bool) -> list[Behaviour]:
        """What the program shows on each commit, one tree for each of those that are tested at once."""
        at_once = len(self.trees)
        return [
            shown
            for begin in range(0, len(points), at_once)
            for shown in self._at_once(points[begin : begin + at_once], again)
        ]

    def _at_once(self, points: Sequence[str], again: bool) -> list[Behaviour]:
        found: dict[str, Behaviour] = {}
        there = {tree.built[0]: tree for tree in self.trees}
        free = [tree for tree in self.trees if tree.built[0] not in points]
        self.of = {point: there[point] if point in there else free.pop() for point in points}
        for point, tree in self.of.items():
            self.runner.world.progress.note(f"building {point[:12]}")
            failure = tree.build(point, self.command, seconds=self.seconds, keep=self.keep)
            if self.runner.stop.is_set():
                raise KeyboardInterrupt
            if failure:
                found[point] = Behaviour(Sort.UNKNOWN, "does not build", failure, "")
        whole = [point for point in points if point not in found]
        if whole:
            found |= zip(whole, self.runner(whole, again), strict=True)
        return [found[point] for point in points]

    def toolchain(self, point: str) -> Toolchain:
        """The toolchain that was built of a commit. Raises `BadToolchain` if there is none."""
        root = (self.of[point].directory / self.goroot).resolve()
        if not (root / "bin" / "go").exists():
            raise BadToolchain(
                f"{self.goroot}: the build leaves no bin/go there; name the built GOROOT with --goroot"
            )
        return toolchain.parse(f"goroot:{text.quote(str(root))}" + (f",{self.having}" if self.having else ""))


def run(
    program: its.Program,
    repo: Annotated[Path, typer.Option(metavar="DIR", help="A git repository of Go, or of a fork of it.")],
    good: Annotated[str, typer.Option(metavar="COMMIT", help="The older end: it conforms (--find-fix: it fails).")],
    bad: Annotated[
        str, typer.Option(metavar="COMMIT", help="The newer end: it fails (--find-fix: it conforms).")
    ] = "HEAD",
    build: Annotated[
        str,
        typer.Option(metavar="COMMAND", help="Builds the toolchain, in a tree of the commit; status 125 skips it."),
    ] = BUILD,
    goroot: Annotated[str, typer.Option(metavar="PATH", help="Where in the tree the built toolchain is.")] = ".",
    build_timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="For one build.")] = 3600,
    keep_build: Annotated[
        bool, typer.Option("--keep-build", help="Leave what the last build left, for a build that makes use of it.")
    ] = False,
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
    """Find the commit with which a program began to behave as it does on --bad.

    The repository stays as it is, uncommitted work among it: commits are checked out and built in clones that share
    its objects. The build command is yours, and runs as you do, not in a sandbox.

    Exit status: 1 the search came to an end, and the report says what it found; 2 bad input, both ends alike among
    it; 3 machinery failed or it was interrupted (run it again: it goes on); 125 an end cannot be built or tested.
    """
    case = bisect_program.load(program, cases, bucket)
    repository = Repository(repo)
    commits = repository.commits(good, bad)
    directory = Path(tempfile.mkdtemp(prefix="deferdiff-bisect-"))
    try:
        with options.interruptible() as stop, live.progress() as progress:
            world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=True, keep=False)
            trees = [repository.clone(directory / f"tree{number}") for number in range(jobs)]
            runner = Runner(world, world, case, stop, toolchain.parse, [])
            builds = Builds(runner, trees, build, goroot, having, build_timeout, keep_build)
            builds.runner = replace(runner, make=builds.toolchain)
            kind = f"commits\0{build}\0{goroot}\0{having}"
            watched = Watched(builds, bisect_program.log_of(case, world, kind, log, fresh=fresh), times=RUNS)
            outcome = search(
                commits.history,
                commits.hashes,
                watched,
                at_once=jobs,
                scan=scan,
                any_fault=any_fault,
                fix=find_fix,
            )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    question = bisect_report.Question(
        case, "commit", bisect_report.again(), machine.weaknesses(world, runner.sides), titles=commits.titles
    )
    raise typer.Exit(bisect_report.tell(question, outcome, commits.hashes, watched, picture, as_json=as_json))

"""`deferdiff gate`: suites on the toolchain before and the toolchain after; reports; the exit status."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness import gating, machine, toolchain
from harness.commands import options
from harness.policy import Policy
from harness.policy import load as load_policy
from harness.report import jsonfile, live, terminal
from harness.report.write import check_writable, write_all
from harness.sandbox import Limits


def gate(
    cases: Annotated[list[Path] | None, typer.Option(metavar="DIR", help="Directory of cases (repeatable).")] = None,
    suite: Annotated[
        str, typer.Option(metavar="NAME", help="The suite to run: DIR/suites/NAME.yaml.")
    ] = gating.DEFAULT_SUITE,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Only these of the suite: a name, a glob, a family or tag:TAG (repeatable)."
        ),
    ] = None,
    pre: Annotated[str | None, typer.Option(metavar="TEXT", help="The toolchain before. Default: pre.")] = None,
    post: Annotated[str | None, typer.Option(metavar="TEXT", help="The toolchain after. Default: post.")] = None,
    base: options.Base = None,
    revert: options.PrePatches = None,
    patch: options.PostPatches = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for the reports.")] = Path("report"),
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="What fails the gate (YAML).")] = None,
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    fresh: options.Fresh = False,
    as_json: options.AsJson = False,
) -> None:
    """Run the cases on two toolchains, check every trace, compare, report.

    Exit status: 0 the toolchains agree (or the cases' headers explain every difference), 1 a difference or a run
    that does not conform, 2 bad input, 3 machinery failed, nothing was compared, or it was interrupted before a
    difference was seen. Ctrl-C stops it, with reports of what was done so far.
    """
    names = toolchain.load(toolchains)
    sides = options.pair(names, pre=pre, post=post, base=base, revert=revert or [], patch=patch or [])
    rules = load_policy(policy) if policy else Policy()
    chosen = gating.choose(cases or [Path("cases")], suite, only or [])
    check_writable(out)
    with options.interruptible() as stop:
        with live.progress() as progress:
            world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=fresh)
            result = gating.gate(world, chosen, sides.pre, sides.post, policy=rules, stop=stop, command=_own_file())
        written = write_all(result, out)
    if as_json:
        sys.stdout.write(jsonfile.render(result))
    else:
        terminal.console().print(terminal.summary(result, written))
    raise typer.Exit(int(result.status))


def _own_file() -> str:
    """The file of the command deferdiff that belongs to this Python; "" if it is run without one."""
    for place in (sys.argv[0], str(Path(sys.executable).with_name("deferdiff"))):
        if Path(place).name == "deferdiff" and (found := shutil.which(Path(place).absolute())):
            return str(found)
    return ""

"""Binaries -> runs: runs every job of a batch in the sandbox, plain and traced. One stage."""

from __future__ import annotations

from collections.abc import Iterator

from harness.golang.layout import Layout
from harness.model import Installed, Mode, Run
from harness.sandbox import Limits, Sandbox


def run(sandbox: Sandbox, installed: Installed, layout: Layout, limits: Limits) -> Iterator[Run]:
    """Yield the runs of all cases in `layout` as they end, each case's plain run before its traced one."""
    of_job = {job: (placed, mode) for placed in layout.placed for mode, job in placed.jobs.items()}
    for program in layout.programs:
        binary = f"{sandbox.work}/bin/{program.binary}"
        for end in sandbox.run_batch([binary], program.jobs, env=environment(installed), limits=limits):
            placed, mode = of_job[end.job]
            yield Run(
                case=placed.case,
                mode=mode,
                ending=end.ending,
                stdout=placed.restored(end.stdout),
                stderr=placed.restored(end.stderr),
                trace=end.trace if mode is Mode.TRACED else b"",
                seconds=end.seconds,
            )


def environment(installed: Installed) -> dict[str, str]:
    """A tested program's whole environment."""
    godebug = installed.toolchain.godebug
    return {"HOME": "/", "PATH": "/", **({"GODEBUG": godebug} if godebug else {})}

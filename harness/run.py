"""Binaries -> runs: runs every job of a batch in the sandbox, plain and traced. One stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.golang.layout import Layout
from harness.model import Installed, Mode, Run
from harness.sandbox import EMULATOR, Limits, Sandbox
from harness.toolchain import emulator

SLOWER = 10
"""How many times longer a program may take under an emulator; it takes about six times as long."""
EMULATOR_MEMORY = 512 << 20
"""Bytes that an emulator takes for itself at most, for what it has translated."""
EMULATOR_THREADS = 8
"""Threads of an emulator beside those of the program."""


def run(sandbox: Sandbox, installed: Installed, layout: Layout, limits: Limits) -> Iterator[Run]:
    """Yield the runs of all cases in `layout` as they end, each case's plain run before its traced one."""
    held = widened(installed, limits)
    of_job = {job: (placed, mode) for placed in layout.placed for mode, job in placed.jobs.items()}
    for program in layout.programs:
        binary = f"{sandbox.work}/bin/{program.binary}"
        argv = command(sandbox, installed, binary)
        for end in sandbox.run_batch(argv, program.jobs, env=environment(installed), limits=held):
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


def command(sandbox: Sandbox, installed: Installed, binary: str) -> list[str]:
    """What runs a binary that the toolchain compiled, in its sandbox."""
    if installed.emulator is None:
        return [binary]
    return [f"{sandbox.work}/{EMULATOR}", *emulator.OPTIONS.get(installed.toolchain.goarch, ()), binary]


def widened(installed: Installed, limits: Limits) -> Limits:
    """The limits of a program with what an emulator takes beside it, where there is one."""
    if installed.emulator is None:
        return limits
    return replace(
        limits,
        wall=SLOWER * limits.wall,
        cpu=SLOWER * limits.cpu,
        memory=limits.memory + EMULATOR_MEMORY,
        processes=limits.processes + EMULATOR_THREADS,
    )


def environment(installed: Installed) -> dict[str, str]:
    """A tested program's whole environment."""
    godebug = installed.toolchain.godebug
    return {"HOME": "/", "PATH": "/", **({"GODEBUG": godebug} if godebug else {})}

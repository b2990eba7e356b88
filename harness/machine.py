"""This machine as the world of the pipeline: its caches, the sandbox that it can open, the toolchains that it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing

from harness import child, toolchain
from harness.errors import UsageError
from harness.model import Installed, Toolchain
from harness.pipeline import Side, World
from harness.progress import Progress
from harness.sandbox import LONGEST, SHORTEST, Limits, Sandbox, choose
from harness.sandbox.binary import supervisor_binary
from harness.sandbox.docker import Engine
from harness.sandbox.images import EngineImages
from harness.store import Store
from harness.toolchain import default_directory
from harness.toolchain.image import Facts

SUPERVISORS = Toolchain(name="go1.22.10", text="go1.22.10", base="go1.22.10")
"""What compiles the supervisor, whatever toolchains are tested: a release without known faults in what it needs."""


def sandbox_of(text: str) -> str:
    """The same, if a sandbox is called so. Raises `UsageError`."""
    if text not in choose.KINDS:
        raise UsageError(f"sandbox {text!r}: no such sandbox; there are {', '.join(choose.KINDS)}")
    return text


def limits_of(seconds: float | str) -> Limits:
    """The limits of a case that may take so long. Raises `UsageError`."""
    try:
        wall = float(seconds)
    except ValueError:
        wall = math.nan
    if not SHORTEST <= wall <= LONGEST:
        raise UsageError(f"timeout {seconds}: must be from {SHORTEST:g} to {LONGEST:g} seconds")
    return Limits(wall=wall)


def world(sandbox: str, limits: Limits, progress: Progress, *, fresh: bool, keep: bool = True) -> World:
    """What the pipeline needs, on this machine. `sandbox`: one of `harness.sandbox.choose.KINDS`; `fresh`: nothing
    known counts; `keep`: what is found out is kept. Raises `SandboxFailed` if Docker is wanted and no Engine
    answers."""
    directory = default_directory()
    chosen = choose.choose(sandbox)

    def install(wanted: Toolchain) -> Installed:
        if chosen != "docker" or not wanted.base.startswith("image:"):
            return toolchain.install(wanted, directory, note=progress.note)
        with Engine() as engine:
            return toolchain.install(wanted, directory, note=progress.note, images=EngineImages(engine, Facts))

    def open_sandbox(installed: Installed) -> AbstractContextManager[Sandbox]:
        own = toolchain.install(SUPERVISORS, directory, note=progress.note)
        assert own.root is not None, "a wheel is a tree"
        supervisor = supervisor_binary(own.root / own.go, directory)
        return closing(choose.open_sandbox(chosen, installed, supervisor=supervisor, cache=directory, limits=limits))

    return World(
        install=install,
        open=open_sandbox,
        sandbox=chosen,
        store=Store(directory / "runs", read=not fresh, write=keep),
        limits=limits,
        progress=progress,
        cancel=child.stop_all,
    )


def weaknesses(world: World, sides: Sequence[Side]) -> tuple[str, ...]:
    """What the sandbox does not protect from, one sentence each; known runs were made in the same kind of sandbox."""
    said = tuple(dict.fromkeys(line for side in sides for line in side.weaknesses))
    if world.sandbox == "process" and not said:
        return ("the process sandbox, in which all of this ran earlier, protects less than containers do",)
    return said

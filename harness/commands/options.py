"""Options that several commands share, and the values that they stand for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from harness import child, toolchain
from harness.model import Installed, Toolchain
from harness.pipeline import Side, World
from harness.progress import Progress
from harness.sandbox import Limits, Sandbox, choose
from harness.sandbox.binary import supervisor_binary
from harness.sandbox.docker import Engine
from harness.sandbox.images import EngineImages
from harness.store import Store
from harness.toolchain import Names, default_directory
from harness.toolchain.image import Facts

DEFAULT_LIMITS = Limits()


class Kind(StrEnum):
    """What --sandbox may say (see `harness.sandbox.choose`)."""

    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"


BASE = "post"
"""The toolchain that patches are applied to where none is named."""

SUPERVISORS = Toolchain(name="go1.22.10", text="go1.22.10", base="go1.22.10")
"""What compiles the supervisor, whatever toolchains are tested: a release without known faults in what it needs."""

PrePatches = Annotated[
    list[Path] | None,
    typer.Option("--revert", metavar="FILE", help="Take this patch out of the base: that is the side before."),
]
PostPatches = Annotated[
    list[Path] | None,
    typer.Option("--patch", metavar="FILE", help="Apply this patch to the base: that is the side after."),
]
Base = Annotated[
    str | None, typer.Option(metavar="TEXT", help="The toolchain that --revert and --patch change. Default: post.")
]
NamesFile = Annotated[
    Path | None, typer.Option("--toolchains", metavar="FILE", help="Your own names for toolchains (YAML).")
]
SandboxKind = Annotated[
    Kind, typer.Option("--sandbox", help="Where programs run; auto: Docker if an Engine answers.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the JSON report on standard output, nothing else.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Run everything again, whatever is known from earlier runs.")]
DatabaseName = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="DEFERDIFF_DATABASE",
        help="Recorded runs: sqlite:///FILE, postgresql://USER@HOST/NAME, or a file. Default: a file of yours.",
    ),
]
Wall = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, max=3600, help="Seconds that one case may take.")
]


@dataclass(frozen=True, slots=True)
class Pair:
    """The two sides of a comparison."""

    pre: Toolchain
    post: Toolchain


def pair(
    names: Names,
    *,
    pre: str | None,
    post: str | None,
    base: str | None,
    revert: Sequence[Path],
    patch: Sequence[Path],
) -> Pair:
    """The sides that the options mean: `pre` and `post`, or a base with and without patches.

    Raises `BadToolchain` or `BadPatch`, and `typer.BadParameter` for options that contradict each other.
    """
    if not (revert or patch):
        if base is not None:
            raise typer.BadParameter("--base goes with --revert FILE or --patch FILE")
        texts = ("pre" if pre is None else pre, "post" if post is None else post)
        return Pair(*(toolchain.parse(text, names) for text in texts))
    if pre is not None or post is not None:
        raise typer.BadParameter(
            "--pre and --post name two toolchains, --revert and --patch make them: give one sort"
        )
    unchanged = toolchain.parse(BASE if base is None else base, names)
    return Pair(
        toolchain.with_patches(unchanged, revert=revert) if revert else unchanged,
        toolchain.with_patches(unchanged, patch=patch) if patch else unchanged,
    )


def world(kind: Kind, limits: Limits, progress: Progress, *, fresh: bool, keep: bool = True) -> World:
    """What the pipeline needs, on this machine. `fresh`: nothing known counts; `keep`: what is found out is kept."""
    directory = default_directory()
    chosen = choose.choose(kind.value)

    def install(wanted: Toolchain) -> Installed:
        if chosen != Kind.DOCKER.value or not wanted.base.startswith("image:"):
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


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C, and a polite request to end, set the event that is yielded instead of breaking in anywhere: what was
    done so far is reported. Who asks twice is in a hurry, and gets `KeyboardInterrupt`, once."""
    stop = threading.Event()
    asked = 0

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        stop.set()
        if asked == 2:
            raise KeyboardInterrupt

    heeded = (n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is not signal.SIG_IGN)
    earlier = {number: signal.signal(number, ask) for number in heeded}
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)

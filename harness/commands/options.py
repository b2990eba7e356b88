"""Options that several commands share, and the values that they stand for."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from harness import toolchain
from harness.model import Toolchain
from harness.sandbox import LONGEST, SHORTEST, Limits
from harness.toolchain import Names

DEFAULT_LIMITS = Limits()


class Kind(StrEnum):
    """What --sandbox may say (see `harness.sandbox.choose`)."""

    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"


BASE = "post"
"""The toolchain that patches are applied to where none is named."""

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
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", min=SHORTEST, max=LONGEST, help="Seconds that one run of a program may take."
    ),
]


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def duration(text: str) -> float:
    """Seconds, from "90", "60s", "10m" or "1h". Raises `typer.BadParameter`."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh]?)", text, re.ASCII)
    if found is None or (seconds := float(found[1]) * _UNITS[found[2]]) < SHORTEST:
        raise typer.BadParameter(f"{text!r}: must be a time of {SHORTEST:g} s at least, such as 60, 60s, 10m or 1h")
    return seconds


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

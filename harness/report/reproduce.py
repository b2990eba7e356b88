"""The commands with which a person repeats what a report says."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.model import Comparison, Installed
from harness.report.result import GateResult
from harness.report.text import one_line


def deferdiff_run(result: GateResult, comparison: Comparison, file: str = "") -> str:
    """The case on both toolchains once more, checked. `file`: the case's file where it is not where it was."""
    words = ["deferdiff", "run", file or str(comparison.case.path)]
    for side in (result.pre, result.post):
        words += ["-t", side.toolchain.text]
    return one_line(shlex.join(words))


def go_run(side: Installed, file: str, *, go: str, overlay: str) -> str:
    """The case without deferdiff. `go` and `overlay` are put in as they are: they may hold shell variables."""
    flags: list[str] = []
    if overlay:
        flags += ["-overlay", overlay]
    if side.toolchain.gcflags:
        flags.append(shlex.quote(f"-gcflags={side.toolchain.gcflags}"))
    if side.toolchain.race:
        flags.append("-race")
    return " ".join([*environment(side), go, "run", *flags, file])


def environment(side: Installed) -> Sequence[str]:
    """Assignments before the go command: nothing of the caller's settings may choose another toolchain."""
    settings = {
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "",
        "GOWORK": "off",
        "GOARCH": side.toolchain.goarch,
        "GOEXPERIMENT": side.toolchain.goexperiment,
        "GODEBUG": side.toolchain.godebug,
    }
    always = {"GOTOOLCHAIN", "GOFLAGS", "GOWORK"}
    return [f"{name}={shlex.quote(value)}" for name, value in settings.items() if value or name in always]

"""What runs a binary: itself, or an emulator, which gets more time and memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import run
from harness.golang.layout import batch
from harness.model import Case
from harness.sandbox import EMULATOR, Limits
from tests.harness.fake import FakeSandbox, installed

LIMITS = Limits()


def jobs_run(emulator: Path | None, goarch: str = "") -> FakeSandbox:
    sandbox = FakeSandbox()
    made = replace(installed(), emulator=emulator)
    made = replace(made, toolchain=replace(made.toolchain, goarch=goarch))
    case = Case("a/b", Path("b.go"), "package main\n\nfunc main() {}\n", "b")
    runs = list(run.run(sandbox, made, batch([case], "1.22"), LIMITS))
    assert [one.case for one in runs] == ["a/b", "a/b"]
    return sandbox


def test_a_binary_of_this_machine_runs_itself() -> None:
    [(argv, _, _, limits)] = jobs_run(None).batches
    assert argv == ("/work/bin/batch",)
    assert limits == LIMITS


def test_a_binary_of_another_one_is_emulated() -> None:
    [(argv, _, _, limits)] = jobs_run(Path("qemu")).batches
    assert argv == (f"/work/{EMULATOR}", "/work/bin/batch")
    assert limits.wall > LIMITS.wall
    assert limits.cpu > LIMITS.cpu
    assert limits.memory > LIMITS.memory
    assert (limits.trace, limits.output) == (LIMITS.trace, LIMITS.output)


def test_an_emulator_has_options() -> None:
    [(argv, _, _, _)] = jobs_run(Path("qemu"), "mips64").batches
    assert argv == (f"/work/{EMULATOR}", "-cpu", "Loongson-3A4000", "/work/bin/batch")

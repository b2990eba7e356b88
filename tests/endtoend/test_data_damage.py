"""What goes wrong around a driver is told as that, and never counts as the doing of a program.

The drivers are real ones: killed from outside, exchanged, given damaged sheets, without room for their traces.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from harness import machine, toolchain
from harness.commands import options
from harness.data.chunk import make
from harness.data.driver import Difference, Driver
from harness.errors import SandboxFailed
from harness.model import Installed
from harness.pipeline import World
from harness.progress import Silent
from harness.sandbox import Limits, Sandbox

pytestmark = pytest.mark.toolchain

RELEASE = (1, 22)
PROGRAMS = 2_000
SHEETS = [make(4, number, PROGRAMS, RELEASE) for number in (1, 2)]


class Open:
    """An open sandbox and a driver in it."""

    def __init__(self, sandbox: Sandbox, installed: Installed, limits: Limits) -> None:
        self.sandbox = sandbox
        self.driver = Driver(sandbox, installed, limits)

    def run(self) -> list[list[Difference]]:
        return [list(self.driver.run(sheet)) for sheet in SHEETS]


@contextmanager
def opened(kind: options.Kind, text: str = "go1.22.10", limits: Limits | None = None) -> Iterator[Open]:
    limits = limits or Limits()
    world: World = machine.world(kind, limits, Silent(), fresh=True, keep=False)
    installed = world.install(toolchain.parse(text))
    with world.open(installed) as sandbox:
        yield Open(sandbox, installed, limits)


@pytest.fixture(scope="module")
def good() -> Iterator[Open]:
    with opened(options.Kind.PROCESS) as it:
        assert it.run() == [[], []]
        yield it


def drivers(sandbox: Sandbox) -> Iterator[int]:
    """The process numbers of the drivers of a sandbox that run a sheet now, and of no others on this machine."""
    command = f"{sandbox.work}/bin/data".encode()
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if process.name.isdigit() and words[0] == command:
            yield int(process.name)


@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGTERM])
def test_a_driver_that_somebody_kills_now_and_then(good: Open, what: signal.Signals) -> None:
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        rng = random.Random(1)
        while not over.wait(rng.uniform(0.05, 0.2)):
            for number in drivers(good.sandbox):
                try:
                    os.kill(number, what)
                except ProcessLookupError:
                    continue
                killed.append(number)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while len(killed) < 3 and time.monotonic() < deadline:
            with suppress(SandboxFailed):  # killed before its first job, or four times in a row
                assert good.run() == [[], []]
    finally:
        over.set()
        thread.join()
    assert len(killed) >= 3
    assert good.run() == [[], []]


class Damaging:
    """The sandbox, which puts other bytes into files than it was told to."""

    def __init__(self, inner: Sandbox, cut: int | None, flipped: int | None) -> None:
        self._inner, self._cut, self._flipped = inner, cut, flipped

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def put(self, files: Mapping[str, bytes]) -> None:
        def damaged(content: bytes) -> bytes:
            changed = bytearray(content)
            if self._flipped is not None:
                changed[self._flipped % len(changed)] ^= 1 << self._flipped % 8
            return bytes(changed[: self._cut])

        self._inner.put({path: damaged(content) for path, content in files.items()})


@pytest.mark.parametrize("cut", [0, 4, 15, 16, 1000, 1001, -4, -1])
def test_a_sheet_that_is_cut(good: Open, monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    monkeypatch.setattr(good.driver, "_sandbox", Damaging(good.sandbox, cut, None))
    with pytest.raises(SandboxFailed, match=r"sheet: (no whole number of words|it is damaged: its checksum)"):
        good.run()


def test_a_sheet_of_fewer_programs_than_the_job() -> None:
    whole = SHEETS[0]
    more = replace(whole, ends=whole.ends + array("Q", [whole.words + 1]))
    with opened(options.Kind.PROCESS) as it, pytest.raises(SandboxFailed, match="sheet: it has fewer programs than"):
        list(it.driver.run(more))


@pytest.mark.parametrize("at", [0, 5, 77, 4_001, 65_537, 99_999_999])
def test_a_sheet_in_which_a_bit_has_changed(good: Open, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(good.driver, "_sandbox", Damaging(good.sandbox, None, at))
    with pytest.raises(SandboxFailed, match="sheet: it is damaged: its checksum is another"):
        good.run()


def test_a_driver_that_is_exchanged_for_another_toolchains() -> None:
    """Each refuses the other's jobs."""
    with opened(options.Kind.PROCESS) as one, opened(options.Kind.PROCESS, "go1.21.13") as other:
        binary = (Path(other.sandbox.work) / "bin" / "data").read_bytes()
        assert list(one.driver.run(SHEETS[0])) == []
        one.sandbox.put({"bin/data": binary})
        with pytest.raises(SandboxFailed, match="another driver than the one that the job is for"):
            list(one.driver.run(SHEETS[1]))
        one.sandbox.put({"bin/data": b"#!/bin/sh\nexit 0\n"})
        with pytest.raises(SandboxFailed, match=r"before it began a job|cannot run .*/bin/data"):
            list(one.driver.run(SHEETS[1]))


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
def test_a_disk_that_is_too_small_for_a_trace() -> None:
    small = Limits(disk=256 << 10)
    says = "room for the trace: no space left on device"
    with opened(options.Kind.DOCKER, limits=small) as it, pytest.raises(SandboxFailed, match=says):
        it.run()

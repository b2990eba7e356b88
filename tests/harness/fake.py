"""A sandbox without processes: a handler per test says how commands and jobs end. A world of such sandboxes, and what
stages are fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.model import Case, Ending, Exited, Installed, Toolchain
from harness.pipeline import World
from harness.progress import Silent
from harness.sandbox import CaseEnd, Finished, Limits
from harness.store import Store

RETURNED = Exited(0)
TRACE = b"E 1 1 0 s 0 0 0\nT 1 1 1\n"
"""The trace of a main that does nothing."""


def finished(stderr: str = "", ending: Ending = RETURNED) -> Finished:
    return Finished(ending, b"", stderr.encode(), 0.5)


def ended(
    job: str, *, trace: bytes = TRACE, stdout: bytes = b"", stderr: bytes = b"", ending: Ending = RETURNED
) -> CaseEnd:
    return CaseEnd(job, ending, stdout, stderr, trace if job.startswith("traced") else b"", 0.25)


@dataclass(frozen=True, slots=True)
class Command:
    """One call of `execute`."""

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    limits: Limits


@dataclass
class FakeSandbox:
    """`compiles` answers every command, `runs` every job; both may raise. What was asked for is kept."""

    compiles: Callable[[Command], Finished] = lambda command: finished()
    runs: Callable[[str], CaseEnd] = ended
    kind: str = "process"
    goroot: str = "/go"
    work: str = "/work"
    cache: str = "/cache"
    weaknesses: tuple[str, ...] = ("it is a fake",)
    files: dict[str, bytes] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    batches: list[tuple[tuple[str, ...], tuple[str, ...], dict[str, str], Limits]] = field(default_factory=list)
    closed: int = 0

    def put(self, files: Mapping[str, bytes]) -> None:
        self.files |= files

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        self.commands.append(Command(tuple(argv), dict(env), cwd, limits))
        return self.compiles(self.commands[-1])

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        self.batches.append((tuple(argv), tuple(jobs), dict(env), limits))
        for job in jobs:
            yield self.runs(job)

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> FakeSandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def case(name: str = "order/lifo", body: str = "", *, before: str = "", after: str = "", on: str = "") -> Case:
    source = f"package main\n\n{before}func main() {{{body}}}\n{after}"
    return Case(name, Path(f"cases/{name}.go"), source, name, on=on)


def installed(
    name: str = "post",
    *,
    release: str = "1.22.10",
    engine: str = "gc",
    overlay: dict[str, str] | None = None,
    gcflags: str = "",
    godebug: str = "",
    race: bool = False,
) -> Installed:
    toolchain = Toolchain(name, f"go{release}", f"go{release}", gcflags=gcflags, godebug=godebug, race=race)
    return Installed(toolchain, Path("/tree"), "", "bin/go", release, engine, overlay or {}, f"digest of {name}")


SIDES = {"pre": installed("pre", release="1.21.13"), "post": installed("post")}


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)


@dataclass
class Fakes:
    """A world of fakes. `runs` has a handler for each side's jobs, given the number of the sandbox (from 1)."""

    directory: Path
    make: Callable[[str, int], FakeSandbox] = lambda side, number: FakeSandbox()
    opened: dict[str, list[FakeSandbox]] = field(default_factory=lambda: {"pre": [], "post": []})
    notes: Notes = field(default_factory=Notes)

    @property
    def world(self) -> World:
        return World(self.install, self.open, "process", Store(self.directory), Limits(), self.notes, self.cancel)

    def install(self, toolchain: Toolchain) -> Installed:
        return SIDES[toolchain.name]

    def cancel(self) -> None:
        """No installation here takes long."""

    def open(self, on: Installed) -> FakeSandbox:
        name = on.toolchain.name
        sandbox = self.make(name, len(self.opened[name]) + 1)
        self.opened[name].append(sandbox)
        return sandbox

    def jobs(self, side: str) -> list[tuple[str, ...]]:
        """The jobs of each batch that a side ran."""
        return [jobs for sandbox in self.opened[side] for _, jobs, _, _ in sandbox.batches]

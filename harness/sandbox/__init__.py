"""Where untrusted programs are compiled and run: one protocol, two sandboxes.

A `Sandbox` belongs to one toolchain and stays warm while it is open. Files go in with `put`, single commands run
with `execute` (compilers), batches of cases with `run_batch`. A small static Go program inside, the supervisor
(`harness/golang/go/supervise`), starts every process, holds it to its limits, takes down what it leaves behind, and
says how it ended; the sandbox only carries its words. So endings mean the same in every sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.model import Ending

EMULATOR = "emulator"
"""Below `work`: what runs the programs of a toolchain for another architecture (`Installed.emulator`)."""

SHORTEST, LONGEST = 0.1, 3600.0
"""Seconds of wall time that a person may give a case."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process tree may use. Times in seconds, sizes in bytes; `wall` and `cpu` are per case in a batch.

    `disk` is for all that programs write: its room is set aside when a sandbox is opened, and a later, smaller limit
    bounds only the size of each single file. `processes` counts threads, as the kernel does.
    """

    wall: float = 10.0
    cpu: float = 20.0
    memory: int = 512 << 20
    processes: int = 128
    output: int = 4 << 20
    trace: int = 8 << 20
    disk: int = 512 << 20


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended: how, and what it wrote."""

    ending: Ending
    stdout: bytes
    stderr: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """One job of a batch that ended. `job` is the text that the batch was given; `trace` what it wrote there."""

    job: str
    ending: Ending
    stdout: bytes
    stderr: bytes
    trace: bytes
    seconds: float


class Sandbox(Protocol):
    """One open sandbox for one toolchain; one thread at a time uses it, but any may close it.

    Raises `SandboxFailed` for every failure that is not the program's.
    """

    kind: str
    """ "docker" or "process"."""
    goroot: str
    """GOROOT as processes inside see it."""
    work: str
    """A writable directory as the compiler sees it; programs can read and run what is in it, no more."""
    cache: str
    """A directory for GOCACHE that outlives the sandbox and that programs cannot write."""
    weaknesses: tuple[str, ...]
    """What the sandbox does not hold programs to, a line each for people; empty for a strong one."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files (paths relative to `work`); directories are made, old files replaced. Programs (ELF) can be run
        then."""
        ...

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        """Run one trusted command (a compiler) to its end. `cwd` is relative to `work`; of our environment nothing is
        inherited."""
        ...

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        """Run an untrusted batch binary over `jobs`, yield each job's end as it comes, in the order of `jobs`.

        A job that kills the process costs only itself: the supervisor starts the binary again for the rest.
        """
        ...

    def close(self) -> None:
        """Stop everything inside and leave nothing behind. Safe to call twice and after failures."""
        ...

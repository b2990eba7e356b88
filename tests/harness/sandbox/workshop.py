"""How the tests of the sandboxes open them, build the attack programs in them and run these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.model import Exited, Installed
from harness.sandbox import CaseEnd, Limits, Sandbox
from harness.sandbox.choose import open_sandbox

ATTACKS = Path(__file__).parent / "attacks"

PROGRAM = Limits(wall=5, cpu=10, memory=256 << 20, processes=40, output=1 << 20, trace=2 << 20, disk=48 << 20)
"""What attacks may use: little, so that they are stopped soon."""

COMPILER = Limits(wall=300, cpu=600, memory=4 << 30, processes=512, output=1 << 20, disk=2 << 30)

Attack = Callable[..., list[CaseEnd]]
"""`attack(job, ..., limits=, env=)` runs a batch of attacks, and then a job that must be unharmed."""


@dataclass(frozen=True)
class Workshop:
    """What is needed to open sandboxes."""

    installed: Installed
    supervisor: Path
    cache: Path

    def open(self, kind: str, limits: Limits = PROGRAM, lease: float = 600.0) -> Sandbox:
        return open_sandbox(
            kind, self.installed, supervisor=self.supervisor, cache=self.cache, limits=limits, lease=lease
        )


def build_attacks(sandbox: Sandbox) -> None:
    """Compile the attacks in the sandbox, as `<work>/attacks`."""
    sandbox.put({f"src/{file.name}": file.read_bytes() for file in ATTACKS.iterdir() if file.is_file()})
    environment = {
        "GOROOT": sandbox.goroot,
        "GOCACHE": sandbox.cache,
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOENV": "off",
        "CGO_ENABLED": "0",
    }
    argv = [f"{sandbox.goroot}/bin/go", "build", "-buildvcs=false", "-o", "../attacks", "."]
    built = sandbox.execute(argv, env=environment, cwd="src", limits=COMPILER)
    assert built.ending == Exited(0), built.stderr.decode()


def run_batch(
    sandbox: Sandbox, jobs: Sequence[str], *, limits: Limits = PROGRAM, env: dict[str, str] | None = None
) -> list[CaseEnd]:
    """Run a batch of attacks; every job has an end, in their order."""
    ends = list(sandbox.run_batch([f"{sandbox.work}/attacks"], jobs, env=env or {}, limits=limits))
    assert [end.job for end in ends] == list(jobs)
    return ends


def processes_named(text: str) -> list[int]:
    """The processes of this machine with `text` among their arguments: those in containers on it, too."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (directory / "cmdline").read_bytes().split(b"\0"):
                found.append(int(directory.name))
        except OSError:
            continue
    return found

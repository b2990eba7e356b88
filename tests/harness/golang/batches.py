"""Compiles and runs batches with nothing between the test and the go command: the least that a supervisor must do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.golang.layout import MODULE, Layout, batch
from harness.model import Case, Exited, Installed, Mode, Run, Signaled
from harness.toolchain import use
from tests.builds import build_cache


@dataclass(frozen=True, slots=True)
class Compiled:
    """A batch's directory, and what the compiler said."""

    layout: Layout
    directory: Path
    said: str


def compile_batch(cases: Sequence[Case], installed: Installed, directory: Path) -> Compiled:
    """Compile `cases` with the compiler's defer report."""
    layout = batch(cases, ".".join(installed.release.split(".")[:2]))
    for name, content in layout.files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    root = str(installed.root)
    done = subprocess.run(
        [use.command(installed, root), "build", "-p=2", f"-gcflags={MODULE}/...=-d=defer", "-o=bin/", "./cmd/..."],
        cwd=directory,
        env={**use.environment(installed, root), "HOME": str(directory), "GOCACHE": str(build_cache())},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, "\n".join(s for s in said.splitlines() if not s.endswith(" defer"))
    return Compiled(layout, directory, said)


def run_jobs(compiled: Compiled, *, seconds: float = 60.0) -> dict[tuple[str, Mode], Run]:
    """Run all jobs of a batch, each for at most `seconds`; start the binary again where it ends early."""
    runs: dict[tuple[str, Mode], Run] = {}
    for program in compiled.layout.programs:
        waiting = list(program.jobs)
        while waiting:
            ended, status = start(compiled, program.binary, waiting, seconds)
            assert ended, f"{program.binary} began no job of {waiting}"
            for job, returned in ended.items():
                ending = Signaled(-status) if status < 0 and not returned else Exited(0 if returned else status)
                run = _run(compiled, job, ending)
                runs[run.case, run.mode] = run
            waiting = waiting[len(ended) :]
    return runs


def start(compiled: Compiled, binary: str, jobs: Sequence[str], seconds: float) -> tuple[dict[str, bool], int]:
    """Start a binary once: job begun -> did its main return, and the exit status (negative: the signal)."""
    reading, writing = os.pipe()

    def descriptors() -> None:
        os.dup2(writing, 4)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 3)

    with subprocess.Popen(
        [compiled.directory / "bin" / binary, compiled.directory, *(f"{file_of(job)}:{job}" for job in jobs)],
        cwd=compiled.directory,
        env={"GOTRACEBACK": "single"},
        stdin=subprocess.DEVNULL,
        preexec_fn=descriptors,  # noqa: PLW1509 (no thread of ours holds a lock here; 3 and 4 must be these numbers)
        pass_fds=(3, 4),
    ) as process:
        os.close(writing)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        with os.fdopen(reading) as pipe:
            words = pipe.read()
    assert "fail" not in words, words
    said = [line.split() for line in words.splitlines()]
    ended = {number for word, number in said if word == "end"}
    return {number.replace("-", ":"): number in ended for word, number in said if word == "begin"}, status


def file_of(job: str) -> str:
    """The name of a job's files, without suffix."""
    return job.replace(":", "-")


def _run(compiled: Compiled, job: str, ending: Exited | Signaled) -> Run:
    mode, number = job.split(":")
    placed = compiled.layout.placed[int(number)]

    def content(suffix: str) -> bytes:
        return (compiled.directory / f"{file_of(job)}.{suffix}").read_bytes()

    said, err = placed.restored(content("stdout")), placed.restored(content("stderr"))
    return Run(placed.case, Mode(mode), ending, said, err, content("trace"), 0.0)

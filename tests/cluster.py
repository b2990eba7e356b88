"""A dask cluster on this machine: a scheduler and workers, as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
FAILURES = 1
"""Workers that may die at a task before the cluster gives it up; dask's own number, 3, takes more workers to show."""

Process = subprocess.Popen[bytes]


@contextmanager
def dask(*words: str) -> Iterator[Process]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(FAILURES)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Machines:
    """The scheduler and its workers; all end with the stack."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        self._stack = stack
        self._directory = directory
        told = directory / "scheduler.json"
        words = ("scheduler", "--host", LOOPBACK, "--port", "0", "--scheduler-file", str(told))
        self.scheduler = stack.enter_context(dask(*words))
        deadline = time.monotonic() + 60
        while not told.exists() or not told.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.address = str(json.loads(told.read_text())["address"])

    def worker(self) -> Process:
        """One more worker, which does one task at a time."""
        where = ("--host", LOOPBACK, "--local-directory", str(self._directory))
        return self._stack.enter_context(dask("worker", self.address, "--no-nanny", "--nthreads", "1", *where))

    def workers(self, many: int) -> list[Process]:
        """So many more."""
        return [self.worker() for _ in range(many)]

"""`deferdiff serve` as a process that a test may kill, and start again in the same place."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.endtoend.tool import Tool, environment
from tests.harness.service.standin import AGREES, STANDIN, until

ENDLESS = 'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Second)\n\t}\n}\n'

PREPARED = """
import os, signal, sys
from datetime import timedelta
from harness.database import artifacts, queue
from harness.service import addresses, execution, webhooks, worker
from harness.service.metrics import Metrics
if {standin!r}:
    execution._deferdiff = lambda: [sys.executable, "-I", "-c", {standin!r}]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
finish, post = queue.finish, addresses.post
def finish_and_die(session, *given):
    finish(session, *given)
    session.flush()
    die()
def post_and_die(*given, **more):
    post(*given, **more)
    die()
if {dies!r}:
    webhooks._PATIENCE = timedelta(seconds=1)
match {dies!r}:
    case "claimed":
        worker.Execution = die
    case "storing":
        artifacts.keep = die
    case "finishing":
        queue.finish = finish_and_die
    case "finished":
        Metrics.ended = die
    case "telling":
        addresses.post = die
    case "told":
        addresses.post = post_and_die
from harness.cli import main
main()
"""
"""The service, with a stand-in for what it runs, or with an end in a phase of a job: when it is claimed, when its
results are stored, before what came of it is committed and after, and before a client is told of it and after."""


@dataclass
class Served:
    """A service that runs."""

    process: subprocess.Popen[str]
    client: httpx2.Client

    def submit(self, job: dict[str, Any]) -> int:
        answer = self.client.post("/api/v1/jobs", json=job)
        assert answer.status_code in (200, 201), answer.text
        number: int = answer.json()["id"]
        return number

    def job(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/jobs/{number}").json()
        return found

    def until(self, number: int, *states: str) -> dict[str, Any]:
        found: dict[str, Any] = until(lambda: (now := self.job(number))["state"] in states and now)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class Site:
    """A place where a service can be started again and again."""

    tool: Tool
    token: str
    database: str

    @contextmanager
    def serve(self, *options: str, standin: bool = True, dies: str = "") -> Iterator[Served]:
        script = PREPARED.format(standin=STANDIN if standin else "", dies=dies)
        words = ["serve", "--port", "0", "--sandbox", "process", "--database", self.database, *options]
        process = subprocess.Popen(
            [sys.executable, "-c", script, *words],
            cwd=self.tool.home,
            env=environment(self.tool.cache),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None
            begun = process.stderr.readline()
            address = re.search(r"http://\S+\d", begun)
            assert address is not None, begun + process.stderr.read()
            headers = {"Authorization": f"Bearer {self.token}"}
            with httpx2.Client(base_url=address[0], headers=headers, timeout=60) as client:
                yield Served(process, client)
        finally:
            process.kill()
            process.communicate()


def marked(site: Site, then: str = AGREES) -> str:
    """A job that tells in a file each time that it begins."""
    begins = f'with open({str(site.tool.home / "begun")!r}, "a") as file: file.write("x")\n'
    return begins + then


def command(pid: int) -> str:
    """What a process runs, as `processes_below` has it."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return "gone"


def begun(site: Site) -> int:
    file = site.tool.home / "begun"
    return len(file.read_text()) if file.exists() else 0

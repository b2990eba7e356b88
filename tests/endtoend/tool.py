"""How the end-to-end tests run the command and read what it says: as a person or a CI system does, from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "cases"
FAULTS = ROOT / "tests" / "faults"

SECONDS = 300.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """A command that ended, and the directory that it was told to report into."""

    status: int
    stdout: str
    stderr: str
    out: Path
    seconds: float

    @property
    def report(self) -> Json:
        loaded: Json = json.loads((self.out / "report.json").read_bytes())
        return loaded

    @property
    def cases(self) -> dict[str, Json]:
        return {case["name"]: case for case in self.report["cases"]}

    def failures(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What junit.xml says failed: (toolchain's role, case) -> (type, message)."""
        found = {}
        for suite in ElementTree.parse(self.out / "junit.xml").getroot().iter("testsuite"):
            role = suite.attrib["name"].partition(":")[0]
            for case in suite.iter("testcase"):
                for failure in case.iter("failure"):
                    name = f"{case.attrib['classname']}/{case.attrib['name']}"
                    found[role, name] = (failure.attrib["type"], failure.attrib["message"])
        return found


class Tool:
    """The command, with caches and an environment of its own, run in a directory of its own."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home
        self.cache = cache
        self._runs = 0

    def __call__(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
        """Run it to its end."""
        with self.start(*arguments, env=env) as started:
            return started.wait()

    def break_sandboxes(self) -> None:
        """From now on no sandbox can be opened: the supervisor is away, and its place is taken."""
        place = self.cache / "supervise"
        place.rename(self.cache / "supervise.away")
        place.write_text("in the way")

    def mend_sandboxes(self) -> None:
        """The supervisor is back."""
        (self.cache / "supervise.away").replace(self.cache / "supervise")

    @contextmanager
    def start(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Iterator[Started]:
        """Start it; it is killed if it still runs at the end."""
        words = [str(argument) for argument in arguments]
        self._runs += 1
        out = self.home / f"report{self._runs}"
        if words[:1] == ["gate"] and "--out" not in words:
            words += ["--out", str(out)]
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore::ResourceWarning", "-m", "harness.cli", *words],
            cwd=self.home,
            env={**environment(self.cache), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        try:
            yield Started(process, out)
        finally:
            process.kill()
            with suppress(subprocess.TimeoutExpired):  # something that it left still has its output open
                process.communicate(timeout=10)


@dataclass(frozen=True)
class Started:
    """A command that runs."""

    process: subprocess.Popen[str]
    out: Path

    def until(self, seen: Callable[[], object]) -> None:
        """Wait until something is so, while the command runs."""
        deadline = time.monotonic() + SECONDS
        while not seen():
            if self.process.poll() is not None:
                raise AssertionError(f"ended too soon: {self.process.communicate()}")
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> Done:
        begun = time.monotonic()
        stdout, stderr = self.process.communicate(timeout=SECONDS)
        return Done(self.process.returncode, stdout, stderr, self.out, time.monotonic() - begun)


def environment(cache: Path) -> dict[str, str]:
    """What the command sees of ours: nothing that decides how much it says."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "FORCE_COLOR")}
    return {**kept, "DEFERDIFF_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "150", "TERM": "xterm"}


def write_case(directory: Path, name: str, body: str, stdout: str = "", more: str = "") -> Path:
    """A case whose main does `body`. `more`: further lines of its header."""
    printed = "".join(f"  {line}\n" for line in stdout.splitlines())
    owed = f"stdout: |\n{printed}" if stdout else ""
    header = f"title: {name}\nowes: what it prints\nsource: https://go.dev/ref/spec#Defer_statements\n{owed}{more}"
    imports = "".join(f'\t"{p}"\n' for p in ("fmt", "os", "runtime", "time") if re.search(rf"\b{p}\.", body))
    file = directory / f"{name}.go"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"/*\n{header}*/\npackage main\n\nimport (\n{imports})\n\nfunc main() {{\n{body}\n}}\n")
    return file


def processes_below(pid: int) -> dict[int, str]:
    """The living processes of this machine that descend from `pid`, with their commands; zombies do not count."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            commands[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
        if stat[0] != "Z":
            parents[int(entry.name)] = int(stat[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: commands[child] for child in found - {pid}}

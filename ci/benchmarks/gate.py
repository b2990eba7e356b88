"""Wall time of the gate beside its plain alternatives, in one run, on the same toolchains and cases.

bare: `go build` of every case as its own program and one run of each, on this machine, no container, no check.
plain: one `docker run ... go run case.go` for each case and toolchain (of a sample; the figure is per case).
Cold: with empty build caches and no images, as on a new machine that has the toolchains (other gates on this Engine
lose theirs). Warm: the standard library is compiled; nothing else is known.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from harness import toolchain
from harness.build import go_line
from harness.cases import load_cases
from harness.judge import Release, not_applicable
from harness.model import Case, Installed
from harness.sandbox import choose
from harness.sandbox.docker import Engine

ROOT = Path(__file__).resolve().parents[2]
DEFERDIFF = Path(sys.executable).with_name("deferdiff")


@dataclass(frozen=True)
class Figure:
    """One row of the report."""

    what: str
    seconds: float
    cases: int
    remark: str = ""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--plain", type=int, default=6, help="cases to run the plain way")
    arguments.add_argument("--sandbox", default="auto")
    wanted = arguments.parse_args()
    names = toolchain.load()
    cache = toolchain.default_directory()
    sides = [toolchain.install(toolchain.parse(name, names), cache) for name in ("pre", "post")]
    cases = load_cases(ROOT / "cases")
    applicable = {side.release: _applicable(cases, side) for side in sides}
    runs = sum(map(len, applicable.values()))
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="deferdiff-bench-") as scratch:
        work = Path(scratch)
        own = work / "cache"
        _borrow(cache, own)
        gate = _Gate(own, wanted.sandbox, work / "report")
        if choose.choose(wanted.sandbox) == "docker":
            # Images and build caches of the Engine are made anew: they are part of what a first gate costs.
            with Engine() as engine:
                engine.prune()
        figures.append(Figure("gate, cold", gate.seconds("--fresh"), runs))
        figures.append(Figure("gate, warm", gate.seconds("--fresh"), runs, f"peak {gate.peak >> 10} MiB in Python"))
        figures.append(Figure("gate, nothing changed", gate.seconds(), runs))
        gocache = work / "go-build"
        figures.append(Figure("bare, cold", _timed(lambda: _bare(sides, applicable, work, gocache)), runs))
        figures.append(Figure("bare, warm", _timed(lambda: _bare(sides, applicable, work, gocache)), runs))
        if (
            shutil.which("docker")
            and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
        ):
            sample = [c for c in applicable[sides[0].release] if c.expect and c.expect.exit == 0][: wanted.plain]
            figures.append(_plain(sides, sample, work))
    _show(figures, gate.verdict)


class _Gate:
    """The command as a person would run it, with a cache of its own."""

    def __init__(self, cache: Path, sandbox: str, out: Path) -> None:
        self._environment = {**os.environ, "DEFERDIFF_CACHE": str(cache), "CI": "true"}
        self._command = [str(DEFERDIFF), "gate", "--cases", str(ROOT / "cases"), "--sandbox", sandbox]
        self._out = out
        self.peak = 0
        self.verdict = ""

    def seconds(self, *more: str) -> float:
        """Wall time of one gate."""
        started = time.monotonic()
        process = subprocess.Popen(
            [*self._command, "--out", str(self._out), *more], env=self._environment, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = max(self.peak, usage.ru_maxrss)
        took = time.monotonic() - started
        report = json.loads((self._out / "report.json").read_text())
        self.verdict = f"exit status {process.returncode}; {report['verdict']['text']}"
        return took


def _applicable(cases: tuple[Case, ...], side: Installed) -> list[Case]:
    on = Release(side.release, side.engine, side.release)
    return [case for case in cases if not_applicable(case, on) is None]


def _borrow(cache: Path, own: Path) -> None:
    """A cache that has the toolchains of another one and nothing else."""
    own.mkdir()
    for entry in cache.iterdir():
        if entry.name == "toolchains":
            (own / entry.name).symlink_to(entry, target_is_directory=True)


def _bare(sides: list[Installed], applicable: dict[str, list[Case]], work: Path, gocache: Path) -> None:
    for side in sides:
        module = work / f"bare-{side.release}"
        shutil.rmtree(module, ignore_errors=True)
        for case in applicable[side.release]:
            directory = module / case.name.replace("/", "__")
            directory.mkdir(parents=True)
            (directory / "main.go").write_text(case.source)
        (module / "go.mod").write_text(f"module bare\n\ngo {go_line(side.release)}\n")
        assert side.root is not None
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(work),
            "GOROOT": str(side.root),
            "GOCACHE": str(gocache),
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-mod=mod",
            "CGO_ENABLED": "0",
        }
        go = str(side.root / side.go)
        (module / "bin").mkdir()
        subprocess.run([go, "build", "-o", "bin/", "./..."], cwd=module, env=environment, check=True)
        for binary in sorted((module / "bin").iterdir()):
            subprocess.run([binary], env={}, capture_output=True, check=False, timeout=60)


def _plain(sides: list[Installed], sample: list[Case], work: Path) -> Figure:
    """One container and one `go run` for each; the standard library is compiled before the clock starts."""
    seconds = 0.0
    for side in sides:
        image = f"deferdiff-bench:{side.release}"
        volume = f"deferdiff-bench-{side.release}"
        assert side.root is not None
        with tempfile.TemporaryFile() as archive:
            subprocess.run(["tar", "-C", str(side.root.parent), "-c", side.root.name], stdout=archive, check=True)
            archive.seek(0)
            subprocess.run(["docker", "import", "-", image], stdin=archive, capture_output=True, check=True)
        try:
            for index, case in enumerate([sample[0], *sample]):
                program = work / "main.go"
                program.write_text(case.source)
                command = [
                    "docker",
                    "run",
                    "--rm",
                    "--network=none",
                    "--tmpfs=/tmp:exec",
                    f"--volume={volume}:/cache",
                ]
                command += [
                    "--env=GOCACHE=/cache",
                    "--env=HOME=/tmp",
                    "--env=CGO_ENABLED=0",
                    "--env=GOTOOLCHAIN=local",
                ]
                command += [f"--volume={program}:/main.go:ro", image, f"/{side.root.name}/bin/go", "run", "/main.go"]
                took = _timed(lambda c=command: subprocess.run(c, capture_output=True, check=True))  # type: ignore[misc]
                if index:
                    seconds += took
        finally:
            subprocess.run(["docker", "volume", "rm", "-f", volume], capture_output=True, check=False)
            subprocess.run(["docker", "rmi", "-f", image], capture_output=True, check=False)
    return Figure("plain: docker run, go run", seconds, len(sample) * len(sides), "a sample")


def _timed(do: Callable[[], object]) -> float:
    started = time.monotonic()
    do()
    return time.monotonic() - started


def _show(figures: list[Figure], verdict: str) -> None:
    table = Table(title="the gate and its plain alternatives")
    for heading in ("what", "seconds", "runs", "ms a run", ""):
        table.add_column(heading, justify="left" if heading in ("what", "") else "right")
    for f in figures:
        table.add_row(f.what, f"{f.seconds:.2f}", str(f.cases), f"{1000 * f.seconds / f.cases:.1f}", f.remark)
    console = Console()
    console.print(table)
    by = {f.what: f for f in figures}
    for state in ("cold", "warm"):
        ratio = by[f"gate, {state}"].seconds / by[f"bare, {state}"].seconds
        console.print(f"gate / bare, {state}: {ratio:.2f} (aim: under 1.5)")
    if "plain: docker run, go run" in by:
        plain, warm = by["plain: docker run, go run"], by["gate, warm"]
        ratio = (plain.seconds / plain.cases) / (warm.seconds / warm.cases)
        console.print(f"plain / gate, per case, warm: {ratio:.0f} (aim: at least 20)")
    console.print(f"gate: {verdict}")


if __name__ == "__main__":
    main()

"""Seconds for a mutant of the runtime, its build included, beside the plain alternative in the same run: a gate on a
patch for each.

A sample of the mutants of go1.22.10's defer logic, spread evenly; the plain figure is of some of these.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness import toolchain
from harness.commands.mutate import FUNCTIONS, PANIC
from harness.golang.mutants import mutants
from harness.mutate import original

ROOT = Path(__file__).resolve().parents[2]
DEFERDIFF = Path(sys.executable).with_name("deferdiff")
BASE = "go1.22.10"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mutants", type=int, default=24, help="how many to try")
    arguments.add_argument("--plain", type=int, default=3, help="how many to try the plain way")
    arguments.add_argument("--sandbox", default="auto")
    wanted = arguments.parse_args()
    installed = toolchain.install(toolchain.parse(BASE), toolchain.default_directory())
    source = original(installed, PANIC)
    whole = mutants(source, PANIC, FUNCTIONS)
    every = max(len(whole) // wanted.mutants, 1)
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory)
        words = ("mutate", "--base", BASE, "--every", str(every), "--out", str(out / "mutants"), "--fresh", "--json")
        seconds, said = _timed(*words, "--sandbox", wanted.sandbox)
        told: dict[str, Any] = json.loads(said)
        tried = told["mutants"]
        plain = 0.0
        some = whole[:: max(len(whole) // wanted.plain, 1)][: wanted.plain]
        for number, mutant in enumerate(some):
            patch = out / f"m{number}.patch"
            patch.write_text(mutant.diff(source, PANIC))
            plain += _timed("gate", "--base", BASE, "--patch", str(patch), "--out", str(out / "gate"), "--fresh",
                            "--sandbox", wanted.sandbox)[0]  # fmt: skip
    table = Table("what", "mutants", "seconds", "a mutant", "killed")
    table.add_row(
        "mutate",
        str(len(tried)),
        f"{seconds:.1f}",
        f"{seconds / len(tried):.2f}",
        f"{told['killed']} of {told['of']}",
    )
    table.add_row("a gate for each", str(len(some)), f"{plain:.1f}", f"{plain / len(some):.2f}", "")
    Console().print(table)
    by_data = [one for one in tried if one["by"].startswith("data: ")]
    Console().print(f"{len(by_data)} of {told['killed']} by the data tier, without a case being compiled")


def _timed(*words: str) -> tuple[float, str]:
    clock = time.monotonic()
    done = subprocess.run([DEFERDIFF, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return time.monotonic() - clock, done.stdout


if __name__ == "__main__":
    main()

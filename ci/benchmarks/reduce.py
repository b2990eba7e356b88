"""How long programs of 100 actions and more take to be reduced, as data, and the Go file behind it.

Each starts many goroutines whose programs are drawn and conform, and one that loses a deferred call on go1.21.13: one
after another they are all to be found out. What compiling the driver takes is a column of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.data.reducing import dies
from harness.data.single import moved
from harness.data.source import Drawn
from harness.programs import dump, loads
from oracle.gather import gather
from oracle.program import Function, Go, Goexit, Program, validate

ON, RELEASE = "go1.21.13", (1, 21)
PROGRAMS, ACTIONS = 5, 100
LOSES = loads(
    """functions:
  main: [{defer: f1}, {defer: f2}, {defer: f3}, goexit]
  f1: [recover]
  f2: [{panic: q}]
  f3: [{panic: p}]
"""
)


def main() -> None:
    """Measure and print."""
    table = Table(title=f"deferdiff reduce -t {ON}")
    for heading in ("actions", "left", "programs tried", "s", "s compiling", "as Go"):
        table.add_column(heading, justify="right")
    drawn = _drawn()
    with tempfile.TemporaryDirectory() as directory:
        for number in range(PROGRAMS):
            file = Path(directory, f"p{number}.yaml")
            file.write_text(dump(_together(drawn)))
            told = _reduced(file)
            table.add_row(
                str(told["actions"]["before"]),
                str(told["actions"]["after"]),
                str(told["tried"]),
                f"{told['seconds']:.2f}",
                f"{told['seconds_compiling']:.2f}",
                "the same" if told["as_go"]["same"] else told["as_go"]["outcome"],
            )
    Console(width=110, highlight=False).print(table)


def _drawn() -> Iterator[Program]:
    """Programs that go on with what called them."""
    source = Drawn(5, 100_000)
    for index in range(100_000):
        program, _ = source.program(0, index, RELEASE)
        exits = any(isinstance(action, Goexit) for function in program.functions for action in function.body)
        if program.size > 5 and not exits and not dies(program):
            yield program


def _together(drawn: Iterator[Program]) -> Program:
    """Programs of so many actions, and the one that differs, each on a goroutine of one program."""
    table: list[Function] = []
    roots: list[int] = []
    while not roots or sum(len(function.body) for function in table) < ACTIONS:
        roots.append(_add(table, next(drawn)))
    roots.append(_add(table, LOSES))
    whole, _ = gather(table, Function(tuple(Go(root) for root in roots)))
    return validate(whole)


def _add(table: list[Function], program: Program) -> int:
    """Add a program's functions; the number of its first."""
    first = len(table)
    table += [moved(function, first) for function in program.functions]
    return first


def _reduced(file: Path) -> dict[str, Any]:
    argv = [sys.executable, "-m", "harness.cli", "reduce", str(file), "-t", ON, "--tier", "data", "--json"]
    argv += ["--out", str(file.with_suffix(".smallest.yaml"))]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode != 1:
        sys.exit(f"{file.name}: exit status {done.returncode}: {done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    main()

"""How many changes to the oracle its tests notice: mutmut's mutants of `oracle/`, killed by tests/oracle.

Works in a copy, so the checkout stays clean. Prints the score of each file, and every survivor with its change and,
where `survivors.yaml` beside this file has one, the reason why no test can tell it from the original. Takes its time:
some thousand mutants, each against the tests that reach it. Tests that read the oracle's own source are left out
(marker `source`): mutants change it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.yaml")

_SURVIVED, _NO_TESTS, _SKIPPED = 0, 33, 34
"""Statuses that mutmut keeps: of pytest, and its own. Anything else is a test that failed, or a mutant that hung."""


@dataclass(frozen=True)
class Mutant:
    """One change. `file`: "spec.py"; `change`: its diff without heads."""

    name: str
    file: str
    change: str


def main() -> None:
    """Run, or read the results of an earlier run, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", help="files of oracle/, such as spec.py; default: all")
    arguments.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments.add_argument("--work", type=Path, help="directory to work in, and to go on in; default: a new one")
    wanted = arguments.parse_args()
    files = wanted.files or sorted(p.name for p in (ROOT / "oracle").glob("*.py") if p.name != "__init__.py")
    if unknown := [name for name in files if not (ROOT / "oracle" / name).is_file()]:
        sys.exit(f"{unknown[0]}: no such file in oracle/")
    if wanted.work is not None:
        _measure(files, wanted.jobs, wanted.work)
        return
    with tempfile.TemporaryDirectory(prefix="deferdiff-mutation-") as scratch:
        _measure(files, wanted.jobs, Path(scratch))


def _measure(files: Sequence[str], jobs: int, work: Path) -> None:
    reasons = yaml.safe_load(SURVIVORS.read_text()) or []
    _copy(work, files)
    mutmut = Path(sys.executable).with_name("mutmut")
    if not mutmut.exists():
        sys.exit("mutmut is not installed: pip install -e '.[mutation]'")
    with (work / "mutmut.log").open("wb") as log:
        ran = subprocess.run(
            [mutmut, "run", "--max-children", str(jobs)], cwd=work, stdout=log, stderr=log, check=False
        )
    if ran.returncode:
        sys.exit(f"mutmut failed; the end of what it said:\n{(work / 'mutmut.log').read_text()[-2000:]}")
    _print(work, mutmut, files, reasons)


def _copy(work: Path, files: Sequence[str]) -> None:
    work.mkdir(parents=True, exist_ok=True)
    for folder in ("oracle", "tests/oracle"):
        shutil.copytree(
            ROOT / folder, work / folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file in (ROOT / "tests").glob("*.py"):
        shutil.copy(file, work / "tests" / file.name)
    mutated = json.dumps([f"oracle/{name}" for name in files])
    (work / "pyproject.toml").write_text(
        f"{(ROOT / 'pyproject.toml').read_text()}\n"
        f'[tool.mutmut]\nsource_paths = ["oracle"]\nonly_mutate = {mutated}\n'
        "timeout_multiplier = 2\ntimeout_constant = 5\n"
        'pytest_add_cli_args = ["-q", "-p", "no:cacheprovider", "-m", "not source"]\n'
        'pytest_add_cli_args_test_selection = ["tests/oracle"]\n'
    )


def _print(work: Path, mutmut: Path, files: Sequence[str], reasons: Sequence[dict[str, str]]) -> None:
    console = Console(width=118, highlight=False)
    table = Table(title="mutants of oracle/")
    for heading in ("file", "mutants", "killed", "survived", "of these equivalent", "score"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    survivors: list[tuple[Mutant, str]] = []
    total = killed = 0
    for file in files:
        statuses = _statuses(work, file)
        alive = [_mutant(work, mutmut, file, name) for name, status in statuses if status in (_SURVIVED, _NO_TESTS)]
        explained = [(mutant, _reason(mutant, reasons)) for mutant in alive]
        survivors += explained
        total += len(statuses)
        killed += len(statuses) - len(alive)
        known = sum(bool(reason) for _, reason in explained)
        table.add_row(
            file, *map(str, (len(statuses), len(statuses) - len(alive), len(alive), known)), _score(statuses)
        )
    table.add_row("all", str(total), str(killed), str(total - killed), "", f"{100 * killed / max(total, 1):.1f} %")
    for mutant, reason in survivors:
        console.print(f"\n{mutant.file}  {mutant.name}")
        console.print(mutant.change, markup=False)
        console.print(f"  {reason}" if reason else "  NOT EXPLAINED", markup=False)
    console.print(table)


def _statuses(work: Path, file: str) -> list[tuple[str, int]]:
    kept = work / "mutants" / "oracle" / f"{file}.meta"
    if not kept.exists():
        return []
    found = json.loads(kept.read_text())["exit_code_by_key"]
    return [(name, status) for name, status in found.items() if status is not None and status != _SKIPPED]


def _score(statuses: Sequence[tuple[str, int]]) -> str:
    if not statuses:
        return ""
    return f"{100 * sum(s not in (_SURVIVED, _NO_TESTS) for _, s in statuses) / len(statuses):.1f} %"


def _mutant(work: Path, mutmut: Path, file: str, name: str) -> Mutant:
    shown = subprocess.run([mutmut, "show", name], cwd=work, capture_output=True, text=True, check=True).stdout
    lines = (line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---"))
    return Mutant(name, file, "\n".join(lines))


def _reason(mutant: Mutant, reasons: Sequence[dict[str, str]]) -> str:
    """Why no test can tell the mutant, "" if nobody says. A reason names a whole change, or a pattern for its new
    lines, in one file or in all."""
    change = list(_stripped(mutant.change))
    new = "\n".join(line[1:].strip() for line in change if line.startswith("+"))
    for entry in reasons:
        if entry.get("file", mutant.file) != mutant.file:
            continue
        if "change" in entry and list(_stripped(entry["change"])) == change:
            return entry["because"]
        if "pattern" in entry and re.search(entry["pattern"], new):
            return entry["because"]
    return ""


def _stripped(change: str) -> Iterator[str]:
    for line in change.strip().splitlines():
        yield line[:1] + " ".join(line[1:].split())


if __name__ == "__main__":
    main()

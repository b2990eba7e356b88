"""Programs that did not conform, as a person gets them: two files each, and a text that stands in a report."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.alone import Writing
from harness.errors import BadOutput
from harness.programs import dump
from oracle.program import Program


def check(directory: Path) -> None:
    """Raise `BadOutput`, before anything runs, if programs cannot be written there. Makes nothing."""
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    if not there.is_dir():
        raise BadOutput(f"{there}: is no directory")
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as trouble:
        raise BadOutput(f"{directory}: cannot be written: {trouble.strerror}") from None


def write(file: Path, program: Program, title: str, said: Sequence[str], *, ranging: bool = False) -> None:
    """Write a program to `file` (.yaml), with lines that say what is known of it, and as Go beside it (.go), whose
    loops may be over functions (`ranging`). Makes the directory. Raises `BadOutput`."""
    case = Writing(file.stem, file, title, ranging=ranging).of(program)
    head = "".join(f"# {line}\n" for line in said)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(head + dump(program), encoding="utf-8")
        file.with_suffix(".go").write_text(case.source, encoding="utf-8")
    except OSError as trouble:
        raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None


def shown(program: Program) -> str:
    """The program, to stand below a line of a report."""
    return "".join(f"    {line}\n" for line in dump(program).splitlines())

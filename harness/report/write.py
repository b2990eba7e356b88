"""All reports into one directory, each whole or not at all.

    report.json   junit.xml   report.md   report.svg   report.html   run.json.gz   rerun/<family>__<behaviour>/...

Nothing else in the directory is touched. `rerun/` holds a mark that says whose it is: one without it is not replaced.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness import atomic
from harness.errors import BadOutput
from harness.report import formats, rerun
from harness.report.formats import Format
from harness.report.result import GateResult, Written

_MARK = ".deferdiff"


def check_writable(directory: Path) -> None:
    """Raise `BadOutput` unless reports can be written into `directory`. Leaves everything as it was."""
    made = [path for path in (directory, *directory.parents) if not os.path.lexists(path)]
    with _as_bad_output(directory):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory):
                pass
            _check_rerun(directory)
            for form in formats.WRITTEN:
                _check_place(directory / form.file)
        finally:
            for path in made:
                if path.is_dir():
                    path.rmdir()


def write_all(result: GateResult, directory: Path) -> Written:
    """Write every report, the old ones replaced. Raises `BadOutput`."""
    with _as_bad_output(directory):
        directory.mkdir(parents=True, exist_ok=True)
        return Written(
            json=_write(result, formats.JSON, directory),
            junit=_write(result, formats.JUNIT, directory),
            markdown=_write(result, formats.MARKDOWN, directory),
            picture=_write(result, formats.PICTURE, directory),
            page=_write(result, formats.PAGE, directory),
            run=_write(result, formats.RUN, directory),
            rerun=_write_rerun(result, directory),
        )


def write_some(result: GateResult, chosen: Iterable[Format], directory: Path) -> list[Path]:
    """Write these reports, the old ones replaced. Raises `BadOutput`."""
    with _as_bad_output(directory):
        directory.mkdir(parents=True, exist_ok=True)
        return [_write(result, form, directory) for form in chosen]


@contextlib.contextmanager
def _as_bad_output(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise BadOutput(f"{directory}: reports cannot be written there: {reason}; name another directory") from None


def _write(result: GateResult, form: Format, directory: Path) -> Path:
    file = directory / form.file
    _check_place(file)
    atomic.replace(file, form.content(result))
    return file


def _check_place(file: Path) -> None:
    if file.is_dir():
        raise BadOutput(f"{file}: a directory stands where a report is to be written; move it away")


def _write_rerun(result: GateResult, directory: Path) -> Path | None:
    target = directory / "rerun"
    _check_rerun(directory)
    fresh = directory / f".rerun.{os.getpid()}"
    try:
        fresh.mkdir()
        empty = True
        for file in rerun.files(result):
            empty = False
            path = fresh / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            if file.executable:
                path.chmod(0o755)
        (fresh / _MARK).touch()
        if target.exists():
            _retire(target)
        if empty:
            return None
        fresh.rename(target)
        return target
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _retire(target: Path) -> None:
    """Take an old rerun directory out of the way and delete it."""
    grave = target.with_name(f".rerun-old.{os.getpid()}")
    target.rename(grave)
    shutil.rmtree(grave, ignore_errors=True)


def _check_rerun(directory: Path) -> None:
    target = directory / "rerun"
    if os.path.lexists(target) and (target.is_symlink() or not (target / _MARK).is_file()):
        raise BadOutput(
            f"{target}: not made by deferdiff, so it is not replaced; move it away or name another directory"
        )

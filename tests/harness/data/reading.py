"""The driver's own reader of sheets as a process that is asked; and what Python's reader says in the same form."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.build import go_line
from harness.data import unwire
from harness.data.driver import release_of
from harness.data.unwire import Function, NoSheet
from harness.golang import shapes
from harness.golang.layout import module
from harness.golang.shapes import Shape
from harness.model import Installed
from harness.toolchain import use
from tests.builds import build_cache

_SOURCES = Path(__file__).parent / "reader"
_DATA = 512 << 20
"""Bytes that the process may have: a reader that believes what a sheet claims runs out of them."""


class Reader:
    """The process. `said` is the driver's own answer; a process that dies is told by its standard error."""

    def __init__(self, process: subprocess.Popen[bytes], directory: Path) -> None:
        self._process = process
        self._file = directory / "sheet"
        self._errors = directory / "stderr"

    def said(self, raw: bytes) -> tuple[str, int]:
        """What the driver makes of a file, and how many bytes it allocates for it."""
        self._file.write_bytes(raw)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{self._file}\n".encode())
            self._process.stdin.flush()
            length, allocated = map(int, self._process.stdout.readline().split())
        except (ValueError, BrokenPipeError):
            raise AssertionError(f"the reader died: {self._errors.read_text()[:2000]}") from None
        return self._process.stdout.read(length).decode(), allocated


@contextmanager
def reader(installed: Installed, directory: Path) -> Iterator[Reader]:
    """Compile it with a toolchain and start it."""
    files = module(go_line(installed.release), "trace", "drive", "data")
    files |= {f"data/{name}": text.encode() for name, text in shapes.source(release_of(installed)).files.items()}
    files["data/check.go"] = (_SOURCES / "check.go").read_bytes()
    files["main.go"] = (_SOURCES / "main.go").read_bytes()
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    root = str(installed.root)
    env = {**use.environment(installed, root), "HOME": str(directory), "GOCACHE": str(build_cache())}
    argv = [use.command(installed, root), "build", "-o", "reader", "."]
    done = subprocess.run(argv, cwd=directory, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (
        (directory / "stderr").open("wb") as errors,
        subprocess.Popen(
            [directory / "reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={"PATH": os.environ["PATH"]},
        ) as process,
    ):
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (_DATA, _DATA))
        try:
            yield Reader(process, directory)
        finally:
            process.kill()


def said_here(raw: bytes, known: Sequence[Shape]) -> str:
    """What Python's reader makes of a file, as the driver's says it."""
    try:
        sheet = unwire.decode(raw, known)
    except NoSheet as why:
        return f"refused: {why}"
    lines = [*_functions("f", sheet.functions), *_functions("s", sheet.skeletons)]
    lines += [_line("p", which, *targets) for which, targets in sheet.programs]
    return "".join(lines)


def _functions(what: str, functions: Iterable[Function]) -> Iterator[str]:
    for function in functions:
        yield _line(what, function.shape, function.enter)
        for o in function.operations:
            site = 0 if o.site is None else ord(o.site.value)
            target = -1 if o.target is None else o.target
            yield _line("o", o.code, o.form, int(o.loop), o.times, o.operand, o.event, site, target)
        yield _line("h", *function.holes)


def _line(what: str, *values: int) -> str:
    return f"{' '.join(map(str, (what, *values)))}\n"

"""One attempt at a job: the command `deferdiff ...` under a warden, in a directory of its own.

What the command prints is in `result.json`, what it complains of in `log.txt`; results are below `out`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.database.queue import Seen
from harness.report import lines, reproduce
from harness.service import warden
from harness.service.kinds import OUT, Place, Request

GRACE = 30.0
"""Seconds in which a command that is asked to end must have taken its containers away."""

STDOUT, LOG = "result.json", "log.txt"
_TAIL_LINES, _TAIL_BYTES = 20, 4_000
_OWN = "deferdiff: "
_LARGEST = 64 << 20
"""Bytes of a file above which it is no result."""


@dataclass(frozen=True, slots=True)
class Left:
    """What came of a command. `broke`: why its exit status means nothing, "" if it does."""

    status: int
    message: str
    broke: str


class Execution:
    """A command that runs. Leave it as a context, and nothing of it runs any more."""

    def __init__(self, request: Request, place: Place, directory: Path, grace: float = GRACE) -> None:
        self._directory = directory
        self._results = request.results
        (directory / OUT).mkdir(parents=True)
        for upload in request.files:
            (directory / upload.name).write_text(upload.text, encoding="utf-8")
        self._told, tell = os.pipe()
        os.set_blocking(self._told, False)
        self._half = b""
        self._counts: dict[tuple[str, str], tuple[int, int | None]] = {}
        self._phase = ""
        try:
            with (directory / STDOUT).open("wb") as stdout, (directory / LOG).open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", warden.__file__, str(grace), *_deferdiff(), *request.command(place)],
                    cwd=directory,
                    env={**os.environ, lines.VARIABLE: str(tell), reproduce.VARIABLE: request.again(), "CI": "1"},
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=log,
                    pass_fds=(tell,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._told)
            raise
        finally:
            os.close(tell)

    @property
    def out(self) -> Path:
        """The directory of its results."""
        return self._directory / OUT

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after `seconds` at most."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """Ask it to end; `wait` tells when it has. The warden sees to it that it does."""
        self._lifeline.close()

    def seen(self) -> Seen:
        """How far it is."""
        self._listen()
        counts = [count for (_, phase), count in self._counts.items() if phase == self._phase]
        whole = sum(total or 0 for _, total in counts)
        known = whole > 0 and all(total is not None for _, total in counts)
        done = sum(done for done, _ in counts)
        return Seen(self._phase, min(100, done * 100 // whole) if known else None, self._tail())

    def left(self) -> Left:
        """What came of it, once it has ended."""
        status = self._process.returncode
        message = self._said()
        if status in (2, 3):
            return Left(status, message, "")
        if status not in (0, 1, 125):
            return Left(status, message, f"the command ended with status {status}")
        try:
            json.loads((self._directory / STDOUT).read_bytes() or b"null")
        except ValueError:
            return Left(status, message, f"the command broke: {message}")
        empty = status != 125 and (self._directory / STDOUT).stat().st_size == 0
        return Left(status, message, f"the command broke: {message}" if empty else "")

    def files(self) -> Iterator[tuple[str, Path]]:
        """The results, by the names that they are asked for with. Links are none: a program may have made them."""
        out = self._directory / OUT
        found = {path for pattern in self._results for path in out.glob(pattern)}
        named = [(path.relative_to(out).as_posix(), path) for path in sorted(found)]
        for name, path in [(STDOUT, self._directory / STDOUT), (LOG, self._directory / LOG), *named]:
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
                yield name, path

    def __enter__(self) -> Execution:
        return self

    def __exit__(self, *error: object) -> None:
        self._lifeline.close()
        self._process.wait()
        os.close(self._told)

    @property
    def _lifeline(self) -> IO[bytes]:
        assert self._process.stdin is not None, "it is a pipe"
        return self._process.stdin

    def _listen(self) -> None:
        while True:
            try:
                more = os.read(self._told, 1 << 16)
            except BlockingIOError:
                return
            if not more:
                return
            *whole, self._half = (self._half + more).split(b"\n")
            for line in whole:
                self._hear(json.loads(line))

    def _hear(self, told: dict[str, object]) -> None:
        match told:
            case {"note": str(note)}:
                with (self._directory / LOG).open("a", encoding="utf-8") as log:
                    log.write(f"{note}\n")
            case {
                "toolchain": str(toolchain),
                "phase": str(phase),
                "done": int(done),
                "total": None | int() as total,
            }:
                self._counts[toolchain, phase] = done, total
                self._phase = phase

    def _said(self) -> str:
        """The last line that the command said of itself, else the last one: notes of its progress may come later."""
        said = self._tail().splitlines()
        own = [line.removeprefix(_OWN) for line in said if line.startswith(_OWN)]
        return (own or said or [""])[-1]

    def _tail(self) -> str:
        with (self._directory / LOG).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = log.read().decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


def _deferdiff() -> list[str]:
    """This very deferdiff. -P: what is in the job's directory is no module of ours."""
    return [sys.executable, "-P", "-m", "harness.cli"]

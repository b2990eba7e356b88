"""What was run once need not run again: a content-addressed store of cases' builds and runs.

The key is a digest over all that decides what a run shows: the toolchain, the case, our Go side, the sandbox and its
limits. Only what says something about the program is kept: a run that the machine's load or a limit ended is
evidence once but not for ever, and machinery failures are no values, so neither can be in here.
"""

from __future__ import annotations

import hashlib
import inspect
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from harness import atomic, build, golang, run
from harness.model import Build, Case, Exited, Installed, Run
from harness.sandbox import Limits
from oracle.events import Function

_FORMAT = "1"
_LARGEST = 4 << 20
"""Bytes of trace above which a run is not worth keeping."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One case on one toolchain: its build, the traced program's functions and both runs.

    No runs if it did not compile.
    """

    # Output is bytes, and need not be text.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    build: Build
    functions: tuple[Function, ...]
    plain: Run | None
    traced: Run | None

    @property
    def is_lasting(self) -> bool:
        """Whether running it again would show the same."""
        runs = [run for run in (self.plain, self.traced) if run is not None]
        return all(isinstance(run.ending, Exited) and len(run.trace) <= _LARGEST for run in runs)


_KEPT = TypeAdapter(Kept)


@cache
def _stages() -> str:
    """The stages whose flags and environments decide what a run shows."""
    return inspect.getsource(build) + inspect.getsource(run)


class Store:
    """A directory of kept runs. Safe for many processes at once; a damaged entry counts as missing.

    `read`: whether what is kept counts; if not, it is only replaced. `write`: whether anything is kept.
    """

    def __init__(self, directory: Path, *, read: bool = True, write: bool = True) -> None:
        self._directory = directory
        self._read = read
        self._write = write

    def key(self, case: Case, installed: Installed, sandbox: str, limits: Limits) -> str:
        """The digest under which `case` on a toolchain is kept."""
        parts = (_FORMAT, golang.digest(), _stages(), installed.digest, sandbox, repr(limits), case.name, case.source)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def get(self, key: str) -> Kept | None:
        """What is kept under `key`."""
        if not self._read:
            return None
        path = self._path(key)
        try:
            return _KEPT.validate_json(path.read_bytes())
        except OSError:
            return None
        except ValidationError:
            with suppress(OSError):
                path.unlink()
            return None

    def put(self, key: str, kept: Kept) -> None:
        """Keep a lasting result, atomically. A store that cannot be written is only slower."""
        if not (self._write and kept.is_lasting):
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.replace(path, _KEPT.dump_json(kept))
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._directory / key[:2] / f"{key[2:]}.json"

"""The log of a search: one line of JSON for every test of a point, in the order of the tests.

What is logged is what a point showed, not what that meant: the same log serves a search for a fault and one for its
repair. A search that is begun again takes what is logged as known, so one that was interrupted goes on, and one that
had ended is repeated without a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.behaviour import Behaviour
from harness.errors import BadLog, BadOutput


@dataclass(frozen=True, slots=True)
class Entry:
    """`point`: what was tested, in words that mean the same to every search of the program; `seconds`: how long."""

    point: str
    behaviour: Behaviour
    seconds: float


_ENTRY = TypeAdapter(Entry)


class Log:
    """A file that is written line by line. `entries`: all that is in it. Raises `BadLog`, `BadOutput`."""

    def __init__(self, file: Path, *, fresh: bool = False) -> None:
        self.file = file
        self.entries: list[Entry] = []
        try:
            if fresh:
                file.unlink(missing_ok=True)
        except OSError as trouble:
            raise BadOutput(f"{file}: cannot be removed: {trouble.strerror}") from None
        if file.exists():
            self._read()

    def add(self, entry: Entry) -> None:
        """Write one entry more."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as lines:
                lines.write(_ENTRY.dump_json(entry) + b"\n")
        except OSError as trouble:
            raise BadOutput(f"{self.file}: cannot be written: {trouble.strerror}") from None
        self.entries.append(entry)

    def _read(self) -> None:
        try:
            raw = self.file.read_bytes()
        except OSError as trouble:
            raise BadLog(f"{self.file}: cannot be read: {trouble.strerror}") from None
        lines = raw.split(b"\n")
        # A line that was being written when somebody pulled the plug has no end: it says nothing, and goes.
        for number, line in enumerate(lines[:-1], 1):
            try:
                self.entries.append(_ENTRY.validate_json(line))
            except ValidationError:
                raise BadLog(f"{self.file}:{number}: is no line of a search's log; name another file") from None
        if lines[-1]:
            try:
                self.file.write_bytes(raw[: len(raw) - len(lines[-1])])
            except OSError as trouble:
                raise BadOutput(f"{self.file}: cannot be written: {trouble.strerror}") from None

"""Progress for a program that watches: a line of JSON for each change, on the file descriptor that it named.

{"toolchain": "pre", "phase": "run", "done": 3, "total": 130}      {"note": "trying 2 cases again"}
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress

from harness.progress import Phase

VARIABLE = "DEFERDIFF_PROGRESS_FD"
"""The environment variable that has the number of the descriptor."""


class Lines:
    """A `Progress`. Who watches may go away, or read slowly: then lines are left out."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, Phase], tuple[int, int | None]] = {}

    def started(self, toolchain: str, phase: Phase, total: int | None = None) -> None:
        """See `Progress`."""
        self._count(toolchain, phase, 0, total)

    def advanced(self, toolchain: str, phase: Phase, by: int = 1) -> None:
        """See `Progress`."""
        done, total = self._counts.get((toolchain, phase), (0, None))
        self._count(toolchain, phase, done + by, total)

    def finished(self, toolchain: str, phase: Phase) -> None:
        """See `Progress`."""

    def note(self, message: str) -> None:
        """See `Progress`."""
        self._write({"note": " ".join(message.split())[:500]})

    def _count(self, toolchain: str, phase: Phase, done: int, total: int | None) -> None:
        self._counts[toolchain, phase] = done, total
        self._write({"toolchain": toolchain[:100], "phase": phase.value, "done": done, "total": total})

    def _write(self, what: dict[str, object]) -> None:
        line = json.dumps(what).encode() + b"\n"
        # Shorter than PIPE_BUF, so it is written whole or not at all.
        with self._lock, suppress(OSError):
            os.write(self._descriptor, line)

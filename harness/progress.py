"""How the pipeline tells what it is doing, without knowing who listens.

Calls may come from several threads at once (one per toolchain); a `Progress` must stand that, and must not raise.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Phase(Enum):
    """What is done for one toolchain, in order."""

    FETCH = "fetch"
    """The toolchain is made available."""
    IMAGE = "image"
    """Its sandbox is made ready."""
    BUILD = "build"
    """The cases are compiled (one unit of work each)."""
    RUN = "run"
    """The cases run (one unit of work each)."""
    CHECK = "check"
    """Traces are decoded and judged (one unit of work each)."""


class Progress(Protocol):
    """A listener. `toolchain` is the short name that people see."""

    def started(self, toolchain: str, phase: Phase, total: int | None = None) -> None:
        """A phase began. `total`: units of work in it, None where nobody knows."""
        ...

    def advanced(self, toolchain: str, phase: Phase, by: int = 1) -> None:
        """`by` more units of the phase are done."""
        ...

    def finished(self, toolchain: str, phase: Phase) -> None:
        """The phase is over, whether or not all its units were done."""
        ...

    def note(self, message: str) -> None:
        """Something that a person who watches would want to know ("retrying 3 cases"); one line."""
        ...


class Silent:
    """Listens to nothing."""

    def started(self, toolchain: str, phase: Phase, total: int | None = None) -> None:
        """Nothing."""

    def advanced(self, toolchain: str, phase: Phase, by: int = 1) -> None:
        """Nothing."""

    def finished(self, toolchain: str, phase: Phase) -> None:
        """Nothing."""

    def note(self, message: str) -> None:
        """Nothing."""

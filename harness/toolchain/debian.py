"""Stub."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ToolchainUnavailable
from harness.toolchain.tree import Note, Tree

RELEASES = {"go1.19.8": "1.19"}
GCCGO = "gccgo"


def release(base: str, directory: Path, note: Note) -> Tree:
    """A Go release out of Debian's packages."""
    raise ToolchainUnavailable(f"{base}: not yet")


def gccgo(directory: Path, note: Note) -> Tree:
    """Debian's gccgo."""
    raise ToolchainUnavailable("gccgo: not yet")

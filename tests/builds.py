"""Where go commands that tests run by themselves keep what they compiled, for each other and for the next time."""

from __future__ import annotations

from pathlib import Path

from harness.toolchain import default_directory


def build_cache() -> Path:
    """GOCACHE: another than the sandboxes have."""
    return default_directory() / "test-build"

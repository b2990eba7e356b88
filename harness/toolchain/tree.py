"""What every provider of toolchains gives: a tree (or an image) that stands unpatched and ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import BadPatch

Note = Callable[[str], None]
"""Takes one line for people: what is being done, or passed over."""

Source = Callable[[str], bytes | None]
"""Reads the file at a path below GOROOT (`src/runtime/panic.go`); None if there is none."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Fields as in `harness.model.Installed`, but `digest` is that of the tree alone. `source` reads its GOROOT."""

    root: Path | None
    image: str
    go: str
    release: str
    engine: str
    digest: str
    source: Source


def directory_source(root: Path) -> Source:
    """Reads GOROOT files of a directory. A symbolic link on the way is refused: it could lead anywhere."""

    def read(path: str) -> bytes | None:
        walk = root
        for part in PurePosixPath(path).parts:
            walk /= part
            if walk.is_symlink():
                raise BadPatch(f"{walk}: a symbolic link, which patches may not follow")
        return walk.read_bytes() if walk.is_file() else None

    return read

"""`goroot:<path>`: a Go tree on this machine, as someone works on it.

Its identity is the content of everything that decides what it compiles to, read anew each time, since such trees
change under our hands: VERSION and go.env, the go command and tools, the assembler's headers, and the sources of the
library without tests. The sources of the tools (src/cmd) are left out: only the built tools count. File times and
sizes would be quicker, and wrong after a checkout.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from harness.errors import BadToolchain, ToolchainUnavailable
from harness.toolchain import cache
from harness.toolchain.tree import Tree, directory_source

GO = "bin/go"
_DECIDES = re.compile(r"(VERSION|VERSION\.cache|go\.env|bin/go|pkg/(tool|include)/.*|src/(?!cmd/).*)")
_VERSION = re.compile(r"go version (?:devel )?go(\d+\.\d+\S*)")
_GO_SECONDS = 30


def tree(path: Path) -> Tree:
    """The tree at `path`. Raises BadToolchain if it is no built GOROOT."""
    root = path.absolute()
    if not root.is_dir():
        raise BadToolchain(f"goroot:{path}: no such directory")
    tools = list(root.glob("pkg/tool/*/compile"))
    for needed, there in (
        (GO, (root / GO).is_file()),
        ("src/runtime", (root / "src/runtime").is_dir()),
        ("pkg/tool/*/compile", bool(tools)),
    ):
        if not there:
            raise BadToolchain(f"goroot:{path}: no built Go tree: {needed} is missing (build one with src/make.bash)")
    return Tree(
        root=root,
        image="",
        go=GO,
        release=_release(root, path),
        engine="gc",
        digest=cache.digest(cache.survey(root, _decides)),
        source=directory_source(root),
    )


def release_in(said: str) -> str | None:
    """ "go version go1.22.10 linux/amd64" -> "1.22.10"; for a development version "1.28-8f3a9c1"."""
    found = _VERSION.match(said)
    return found[1] if found else None


def _decides(path: str) -> bool:
    return bool(_DECIDES.fullmatch(path)) and not path.endswith("_test.go") and "/testdata/" not in path


def _release(root: Path, path: Path) -> str:
    """What the go command itself says: a tree under development has no VERSION file."""
    try:
        done = subprocess.run(
            [root / GO, "version"],
            env={"GOROOT": str(root), "GOTOOLCHAIN": "local", "GOENV": "off"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GO_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolchainUnavailable(f"goroot:{path}: {GO} does not run on this machine: {error}") from error
    release = release_in(done.stdout)
    if not release:
        raise BadToolchain(f"goroot:{path}: {GO} version says {done.stdout.strip()[:80]!r}, which is no Go release")
    return release

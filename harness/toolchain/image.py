"""`image:<reference>`: a container image with a Go toolchain in it. What is in it is for the sandbox to find out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from harness.errors import BadToolchain, ToolchainUnavailable
from harness.toolchain.local import release_in
from harness.toolchain.tree import Tree


@dataclass(frozen=True, slots=True)
class Facts:
    """An image: its content's `identity` (the image id), GOROOT and what `go version` says in it (absolute paths)."""

    identity: str
    goroot: str
    version: str


class Images(Protocol):
    """Looks into images, without network and without running anything but their go command."""

    def inspect(self, reference: str) -> Facts:
        """Raises BadToolchain if there is no such image on this machine or no go command in it (looked for in the
        image's PATH, /usr/local/go/bin and /go/bin), SandboxFailed if the Engine fails."""
        ...

    def read(self, reference: str, path: str) -> bytes | None:
        """The file at an absolute path in the image, None if there is none or it is no plain file."""
        ...


def tree(reference: str, images: Images | None) -> Tree:
    """The toolchain in the image `reference`."""
    if images is None:
        raise ToolchainUnavailable(f"image:{reference}: images need a container Engine, and none answers")
    facts = images.inspect(reference)
    release = release_in(facts.version)
    if not release:
        raise BadToolchain(f"image:{reference}: go version says {facts.version[:80]!r}, which is no Go release")
    goroot = PurePosixPath(facts.goroot)
    return Tree(
        root=None,
        image=reference,
        go=str(goroot / "bin/go"),
        release=release,
        engine="gccgo" if "gccgo" in facts.version.split() else "gc",
        digest=facts.identity,
        source=lambda path: images.read(reference, str(goroot / path)),
    )

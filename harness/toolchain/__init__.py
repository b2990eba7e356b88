"""From a short text such as `go1.22.10,revert=cl.patch` to a toolchain that is there to be used.

    text --parse--> Toolchain --install--> Installed        (text.py, names.py; the providers; overlay.py)

A provider makes the tree of one sort of base: `wheels` (Go releases), `debian` (Go 1.19 and gccgo), `local`
(goroot:), `image` (image:). A new one is one file, and one line in `_tree` below. `emulator` gets what runs programs
of other architectures. `cache` keeps what is fetched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadToolchain
from harness.model import Installed, Toolchain
from harness.toolchain import cache, debian, emulator, image, local, overlay, text, wheels
from harness.toolchain.cache import default_directory
from harness.toolchain.image import Images
from harness.toolchain.names import Names, load
from harness.toolchain.text import base_of, variants, with_patches
from harness.toolchain.tree import Note, Tree

__all__ = [
    "Images",
    "Names",
    "base_of",
    "default_directory",
    "install",
    "list_known",
    "load",
    "parse",
    "prune",
    "variants",
    "verify",
    "with_patches",
]


def _say_nothing(line: str) -> None:
    pass


def parse(toolchain: str, names: Names | None = None) -> Toolchain:
    """The toolchain that a text or a name means. `names` defaults to `load()`. Raises BadToolchain and BadPatch."""
    return text.parse(toolchain, load() if names is None else names)


def install(
    toolchain: Toolchain, directory: Path, *, note: Note = _say_nothing, images: Images | None = None
) -> Installed:
    """Make `toolchain` usable: fetch its tree into the cache at `directory` if it is not there, apply its patches.

    What it compiles for another architecture is run by an emulator, which is fetched likewise. `images` looks into
    images (only `image:` bases need it). Raises BadToolchain, BadPatch, ToolchainUnavailable.
    """
    tree = _tree(toolchain, directory, note, images)
    changed = overlay.build(tree.source, toolchain.patches, toolchain.base, note)
    emulated = None
    if toolchain.goarch in emulator.MACHINES and not emulator.is_native(toolchain.goarch):
        emulated = emulator.obtain(toolchain.goarch, directory, note)
    return Installed(
        toolchain=toolchain,
        root=tree.root,
        image=tree.image,
        go=tree.go,
        release=tree.release,
        engine=tree.engine,
        overlay=changed,
        digest=_digest(toolchain, tree, changed, emulated),
        emulator=None if emulated is None else emulated.path,
    )


def list_known() -> tuple[str, ...]:
    """The bases that can be fetched by name, oldest first, as far as they are known without asking anyone."""
    return (*debian.RELEASES, *(f"go{release}" for release in wheels.KNOWN), debian.GCCGO)


def verify(directory: Path) -> dict[str, list[str]]:
    """Entry of the cache -> what differs from the day it was unpacked (nothing, if all is well). Reads every file."""
    return {entry.manifest.name: cache.faults(entry) for entry in cache.entries(directory)}


def prune(directory: Path, keep: Sequence[str] = ()) -> list[str]:
    """Remove from the cache what dead processes left half made, and every entry whose base is not in `keep`.

    Returns what was removed. The caches of other stages are theirs.
    """
    going: list[Path] = cache.leftovers(directory)
    going += [entry.path for entry in cache.entries(directory) if entry.manifest.name not in keep]
    for path in going:
        cache.remove(path)
    return [path.name for path in going]


def _tree(toolchain: Toolchain, directory: Path, note: Note, images: Images | None) -> Tree:
    kind, _, rest = toolchain.base.partition(":")
    match kind:
        case "image":
            return image.tree(rest, images)
        case "goroot":
            return local.tree(Path(rest))
        case debian.GCCGO:
            return debian.gccgo(directory, note)
        case _ if kind in debian.RELEASES:
            return debian.release(kind, directory, note)
        case _ if kind.startswith("go"):
            return wheels.tree(kind, directory, note)
    raise BadToolchain(f"{toolchain.base}: no such toolchain")


def _digest(toolchain: Toolchain, tree: Tree, changed: dict[str, str], emulated: emulator.Emulator | None) -> str:
    """Over all that decides what the toolchain compiles a program to, and what runs that; nothing else (no names, no
    places)."""
    decisive: dict[str, object] = {
        "engine": tree.engine,
        "release": tree.release,
        "tree": tree.digest,
        "overlay": changed,
        "gcflags": toolchain.gcflags,
        "goarch": toolchain.goarch,
        "goexperiment": toolchain.goexperiment,
        "godebug": toolchain.godebug,
        "race": toolchain.race,
    }
    if emulated is not None:
        decisive["emulator"] = emulated.digest
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

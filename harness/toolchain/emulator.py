"""qemu-user out of Debian's packages: it runs what is compiled for another architecture than this machine's.

Fetched as `debian` fetches toolchains: no root, nothing installed, the kernel is told nothing (no binfmt_misc). The
programs are linked statically, so that a sandbox needs nothing but the one that it runs. Where there is no apt, a
static one that is installed on this machine will do.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ToolchainUnavailable
from harness.toolchain import cache, debian
from harness.toolchain.cache import Contents, Entry, Manifest
from harness.toolchain.tree import Note

NAME = "qemu-user"
"""Its entry in the cache."""

MACHINES = {
    "386": "i386",
    "amd64": "x86_64",
    "arm": "arm",
    "arm64": "aarch64",
    "loong64": "loongarch64",
    "mips": "mips",
    "mips64": "mips64",
    "mips64le": "mips64el",
    "mipsle": "mipsel",
    "ppc64": "ppc64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""GOARCH -> the machine as qemu-user names it."""

BIG_ENDIAN = frozenset(("mips", "mips64", "ppc64", "s390x"))
"""Of these the most significant byte of a word comes first in memory."""

OPTIONS = dict.fromkeys(("mips64", "mips64le"), ("-cpu", "Loongson-3A4000"))
"""GOARCH -> options of its emulator. The kernel mends unaligned accesses of MIPS programs, and Go's runtime has some
(netpollinit); the emulator does not, except for a processor that needs no mending."""

NATIVE = {"x86_64": ("amd64", "386"), "aarch64": ("arm64",)}
"""Machine as the kernel names it -> architectures whose programs it runs itself."""

_PACKAGES = {"qemu-user-static": "-static", "qemu-user": ""}
"""Debian's packages that have them, and how their names end there: up to Debian 12 the first, later the second."""

_INTERPRETER = re.compile(rb"/ld-[\w.-]+\.so\.\d")
_HEAD = 1 << 12


@dataclass(frozen=True, slots=True)
class Emulator:
    """A statically linked program of this machine that runs programs of another. `digest`: hex SHA-256 of it."""

    path: Path
    digest: str


def is_native(goarch: str) -> bool:
    """Whether this machine runs programs of an architecture ("" is its own) by itself."""
    return not goarch or goarch in NATIVE.get(platform.machine(), ())


def obtain(goarch: str, directory: Path, note: Note) -> Emulator:
    """The emulator of an architecture from the cache at `directory`, fetched if it is not there.

    Raises `ToolchainUnavailable`.
    """
    if (entry := cache.find(directory, NAME)) is None:
        if installed := of_this_machine(goarch):
            return Emulator(installed, hashlib.sha256(installed.read_bytes()).hexdigest())
        entry = cache.obtain(directory, NAME, lambda into: _make(into, note))
    path = in_entry(entry, goarch)
    if not path.is_file():
        raise ToolchainUnavailable(f"goarch={goarch}: {entry.manifest.source} has no emulator of it")
    return Emulator(path, hashlib.sha256(path.read_bytes()).hexdigest())


def in_entry(entry: Entry, goarch: str) -> Path:
    """Where an entry of the cache has the emulator of an architecture."""
    return entry.root.resolve() / MACHINES[goarch]


def of_this_machine(goarch: str) -> Path | None:
    """An emulator of an architecture that is installed on this machine and linked statically."""
    for end in _PACKAGES.values():
        found = shutil.which(f"qemu-{MACHINES[goarch]}{end}")
        if found and _is_static(Path(found)):
            return Path(found)
    return None


def _make(into: Path, note: Note) -> tuple[Manifest, Contents]:
    failure = ToolchainUnavailable(f"Debian's {' and '.join(_PACKAGES)} have no static emulators on this machine")
    for package, end in _PACKAGES.items():
        names = {f"usr/bin/qemu-{machine}{end}": machine for machine in MACHINES.values()}
        note(f"fetching emulators of other architectures from Debian's {package}")
        try:
            versions = debian.fetch([package], into / "bin", names.get, note)
        except ToolchainUnavailable as error:
            failure = error
            continue
        if all(_is_static(into / "bin" / machine) for machine in MACHINES.values()):
            source = f"Debian {package} {versions[package]}"
            return debian.manifest(into, NAME, source, "qemu", versions[package], "bin", "")
        shutil.rmtree(into / "bin", ignore_errors=True)
    raise failure


def _is_static(path: Path) -> bool:
    """Whether a file is a program that needs no loader, which its first bytes would name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.startswith(b"\x7fELF") and not _INTERPRETER.search(head)

"""Is everything there that deferdiff works with? Checks of this machine, as values; nothing is changed or fetched."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from rich.table import Table
from rich.text import Text

from harness.errors import DeferdiffError, SandboxFailed
from harness.toolchain import Names, base_of, cache, debian, emulator, overlay

Engine = Callable[[], str]
"""Describes the container Engine in one line ("Docker 28.2.2, overlay2"); raises SandboxFailed if none answers."""

FETCH_EMULATORS = "deferdiff toolchains fetch go1.22.10,goarch=arm64"
"""Which fetches those of all architectures."""

GIB = 1 << 30
LITTLE_DISK = 2 * GIB
"""A pair of toolchains, their build caches and images take about this much."""

_SECONDS = 20


class State(Enum):
    """How one thing stands."""

    OK = "ok"
    DEGRADED = "degraded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing: `what` there is, or what cannot be done without it; `remedy`, how to get it ("" if it is there).

    `needed`: nothing works without it.
    """

    name: str
    state: State
    what: str
    remedy: str = ""
    needed: bool = False


def examine(directory: Path, names: Names, engine: Engine) -> tuple[Check, ...]:
    """All checks, in the order in which a run needs the things. `directory` is the cache."""
    return (
        python(sys.version_info[:3]),
        pip(),
        gnu_patch(),
        container_engine(engine),
        control_groups(Path("/sys/fs/cgroup")),
        user_namespaces(),
        toolchains(directory, names),
        disk(directory),
        gccgo(directory),
        *architectures(directory),
        wasmtime(),
    )


def usable(checks: Iterable[Check]) -> bool:
    """Is everything there without which nothing works?"""
    return all(check.state is not State.MISSING for check in checks if check.needed)


def table(checks: Iterable[Check]) -> Table:
    """The checks for a terminal."""
    styles = {State.OK: "green", State.DEGRADED: "yellow", State.MISSING: "red"}
    shown = Table(box=None, pad_edge=False)
    for heading in ("what", "state", "is there", "how to get it"):
        shown.add_column(heading, overflow="fold")
    for check in checks:
        state = Text(check.state.value, styles[check.state])
        shown.add_row(check.name, state, Text(check.what), Text(check.remedy))
    return shown


def plain(checks: Iterable[Check]) -> list[dict[str, object]]:
    """The checks for JSON."""
    return [asdict(check) | {"state": check.state.value} for check in checks]


def python(version: tuple[int, int, int]) -> Check:
    """3.11 or later."""
    text = ".".join(map(str, version))
    if version < (3, 11, 0):
        return Check("Python", State.MISSING, text, "install Python 3.11 or later", needed=True)
    return Check("Python", State.OK, text, needed=True)


def pip() -> Check:
    """Downloads toolchains."""
    said = _output([sys.executable, "-m", "pip", "--version"])
    if said is None:
        return Check(
            "pip", State.MISSING, "no toolchain can be fetched", f"{sys.executable} -m ensurepip", needed=True
        )
    return Check("pip", State.OK, " ".join(said.split()[:2]), needed=True)


def gnu_patch() -> Check:
    """Applies patches."""
    try:
        return Check("GNU patch", State.OK, overlay.gnu_patch())
    except DeferdiffError:
        return Check("GNU patch", State.MISSING, "no toolchain can be patched", "install the package patch")


def container_engine(engine: Engine) -> Check:
    """Runs the tested programs."""
    try:
        return Check("container Engine", State.OK, engine())
    except SandboxFailed as error:
        return Check(
            "container Engine",
            State.DEGRADED,
            f"programs run as processes of this machine, less shut in ({error})",
            "install and start docker.io, and be in the group docker",
        )


def control_groups(root: Path) -> Check:
    """How memory limits are held."""
    if (root / "cgroup.controllers").exists():
        return Check("control groups", State.OK, "version 2")
    if (root / "memory").is_dir():
        return Check("control groups", State.OK, "version 1")
    return Check(
        "control groups", State.DEGRADED, "none seen: memory limits may not hold", f"mount cgroup2 at {root}"
    )


def user_namespaces() -> Check:
    """Shut in the programs where there is no Engine."""
    tool = shutil.which("unshare")
    if tool and _output([tool, "--user", "--map-root-user", "--net", "--pid", "--fork", "true"]) is not None:
        return Check("user namespaces", State.OK, "can be made")
    what = "cannot be made" if tool else "unknown, as `unshare` is not there"
    return Check(
        "user namespaces",
        State.DEGRADED,
        f"{what}: without an Engine, programs see this machine's network and processes",
        "allow them (user.max_user_namespaces), or use an Engine",
    )


def toolchains(directory: Path, names: Names) -> Check:
    """Are the toolchains that have names in the cache?"""
    wanted: dict[str, str] = {}
    for name in names:
        base = base_of(name, names)
        if not base.startswith(("goroot:", "image:")):
            wanted[base] = name
    there = [base for base in wanted if cache.find(directory, base)]
    absent = [base for base in wanted if base not in there]
    count = sum(entry.manifest.name != emulator.NAME for entry in cache.entries(directory))
    text = f"{count} in {directory}"
    if absent:
        text += f"; {', '.join(f'{wanted[base]} ({base})' for base in absent)} will be fetched when used"
        return Check("toolchains", State.DEGRADED, text, "deferdiff toolchains fetch")
    return Check("toolchains", State.OK, text)


def disk(directory: Path) -> Check:
    """Room for toolchains and build caches."""
    place = directory.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / GIB:.1f} GiB free at {place}"
    if free < LITTLE_DISK:
        return Check(
            "disk", State.DEGRADED, text, "deferdiff toolchains prune, or set DEFERDIFF_CACHE to another disk"
        )
    return Check("disk", State.OK, text)


def gccgo(directory: Path) -> Check:
    """The independent implementation."""
    if entry := cache.find(directory, debian.GCCGO):
        return Check("gccgo", State.OK, f"in the cache ({entry.manifest.source})")
    if all(map(shutil.which, debian.NEEDED)):
        return Check(
            "gccgo", State.DEGRADED, "not fetched; Debian's packages have it", "deferdiff toolchains fetch gccgo"
        )
    return Check("gccgo", State.MISSING, "the toolchain gccgo can only be had with apt", "use a Debian machine")


def architectures(directory: Path) -> tuple[Check, ...]:
    """What runs programs of each architecture but wasm: those that stand alike are one check."""
    alike: dict[tuple[State, str, str], list[str]] = {}
    for goarch in emulator.MACHINES:
        alike.setdefault(_architecture(goarch, directory), []).append(goarch)
    return tuple(
        Check(f"goarch {', '.join(names)}", state, what, remedy) for (state, what, remedy), names in alike.items()
    )


def _architecture(goarch: str, directory: Path) -> tuple[State, str, str]:
    if emulator.is_native(goarch):
        return State.OK, f"native ({platform.machine()})", ""
    if entry := cache.find(directory, emulator.NAME):
        if emulator.in_entry(entry, goarch).is_file():
            return State.OK, f"emulated by qemu-user in the cache ({entry.manifest.source})", ""
        return State.MISSING, f"{entry.manifest.source} in the cache has no emulator", "a newer Debian may have one"
    if installed := emulator.of_this_machine(goarch):
        return State.OK, f"emulated by {installed}", ""
    if all(map(shutil.which, debian.NEEDED)):
        return State.DEGRADED, "emulator not fetched; Debian's packages have it", FETCH_EMULATORS
    return State.MISSING, "cannot run: no emulator", "install the package qemu-user-static"


def wasmtime() -> Check:
    """Runs programs of the architecture wasm (GOOS=wasip1)."""
    if importlib.util.find_spec("wasmtime"):
        return Check("goarch wasm", State.OK, "wasmtime is installed; programs as data only (fuzz)")
    return Check("goarch wasm", State.MISSING, "cannot run: no wasmtime", "pip install wasmtime")


def _output(command: list[str]) -> str | None:
    """What a command writes, None if it is not there or fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None

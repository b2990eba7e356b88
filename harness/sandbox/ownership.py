"""Whose a thing that a sandbox made is, as labels on it: so that what a killed run left can be told and removed."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

RUN, LEASE, OWNER, KIND = "deferdiff.run", "deferdiff.lease", "deferdiff.owner", "deferdiff.kind"
"""Labels: of which run, until when (Unix time), whose process; and what a thing that outlives runs is."""

_ENDED = "ZXx"
"""States of a process that runs no more, as /proc has them."""


def labels(run: str, lease: float) -> dict[str, str]:
    """What a thing of this process is labelled with. `lease` in seconds from now."""
    return {RUN: run, LEASE: str(int(time.time() + lease)), OWNER: owner()}


def owner() -> str:
    """This process, told apart from all others that there were or will be."""
    return f"{_place()}:{os.getpid()}:{_start_time(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether it is certain that a process has ended. Only its own machine can tell that."""
    place, _, process = owner.partition(":")
    pid, _, start = process.partition(":")
    return place == _place() and pid.isdigit() and start != "" and _start_time(int(pid)) != start


def abandoned(found: Mapping[str, str]) -> bool:
    """Has the lease passed, or is it certain that the owner has ended? Only the owner's own machine can tell that."""
    lease = found.get(LEASE, "")
    return has_ended(found.get(OWNER, "")) or (lease.isdigit() and int(lease) < time.time())


def _place() -> str:
    """Where process numbers mean what they mean here: this host, since it started, in our pid namespace."""
    parts = [platform.node()]
    with suppress(OSError):
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(), str(Path("/proc/self/ns/pid").readlink())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _start_time(pid: int) -> str:
    """When a process started, in the kernel's ticks; "" if there is none, or no /proc. One that has ended is none,
    even if its parent has not asked about it yet: in a container without an init nobody ever asks."""
    try:
        state, *more = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in _ENDED else more[18]

"""The sandbox in a container: one for a toolchain, warm while it is open.

Process 1 is a supervisor under the uid of tested programs: it can kill all of them and they cannot kill it, because
the kernel protects process 1 of a pid namespace. A second supervisor runs beside it under the compilers' uid. Both
end when their streams do, and the container with them, so that a run which is killed leaves nothing.
"""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from harness.errors import SandboxFailed
from harness.model import Installed
from harness.sandbox import CaseEnd, Finished, Limits, rootfs
from harness.sandbox.docker import Container, Engine, Shape
from harness.sandbox.images import Image, image_for
from harness.sandbox.supervisor import Channel, Supervisor

START_SECONDS = 60.0
OPEN_FILES = 1024
THREADS = 64
"""Threads in a container beside those of compilers and programs: the supervisors' own."""

COMPILER = Limits(memory=4 << 30, processes=512, disk=2 << 30)
"""Room for compilers, which come with limits of their own for each command."""


class DockerSandbox:
    """A `Sandbox` in a container. `limits` are the largest that programs will come with; `lease` in seconds."""

    kind = "docker"
    weaknesses: tuple[str, ...] = ()

    def __init__(
        self,
        installed: Installed,
        *,
        supervisor: Path,
        cache: Path,
        limits: Limits | None = None,
        lease: float = 7200.0,
    ) -> None:
        limits = limits or Limits()
        self._closing = threading.Lock()
        self._closed = False
        self._supervisors: list[Supervisor] = []
        self._container: Container | None = None
        self.work, self.cache = rootfs.WORK, rootfs.CACHE
        if installed.root is None:
            self.goroot = str(PurePosixPath(installed.go).parent.parent)
        else:
            self.goroot = rootfs.goroot(installed)
        self._base = {
            "HOME": f"{self.work}/tmp",
            "TMPDIR": f"{self.work}/tmp",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        self._engine = Engine()
        try:
            self._engine.reap()
            image = image_for(self._engine, installed, supervisor, cache)
            self._open(image, installed, limits, lease)
            self.put({"tmp/.keep": b""})
        except BaseException:
            self.close()
            raise

    def _open(self, image: Image, installed: Installed, limits: Limits, lease: float) -> None:
        where = f"sandbox of {installed.toolchain.name}"
        # The kernel counts a uid's threads over the whole machine, so each container has a uid of its own for
        # programs, in the range that an Engine in a user namespace would have too.
        tester = random.randrange(20_000, 60_000)
        # One for all patches and flags of a tree: the go command tells them apart by content, and shares the rest.
        volume = f"deferdiff-cache-{image.tree}"
        self._engine.volume(volume)
        shape = Shape(
            user=tester,
            # Files in a tmpfs are memory of the container.
            memory=max(limits.memory, COMPILER.memory) + limits.disk + COMPILER.disk,
            processes=limits.processes + COMPILER.processes + THREADS,
            files=OPEN_FILES,
            tmpfs={
                rootfs.WORK: _tmpfs(rootfs.BUILDER, COMPILER.disk, "0755"),
                rootfs.SCRATCH: _tmpfs(tester, limits.disk, "0711"),
            },
            volumes={volume: rootfs.CACHE},
        )
        until = int(time.time() + lease)
        run = f"deferdiff-{uuid.uuid4().hex}"
        argv = _argv(work=rootfs.WORK, scratch=rootfs.SCRATCH, lease=until, mounts=True)
        self._container = self._engine.create(image.tag, argv, shape, run=run, lease=lease)
        programs = self._supervisor(self._container.attach(), f"{where}, programs")
        self._container.start()
        programs.hello(START_SECONDS)
        argv = _argv(work=rootfs.WORK, scratch=rootfs.WORK, lease=until, alone=True)
        compilers = self._supervisor(self._container.execute(argv, rootfs.BUILDER), f"{where}, compilers")
        compilers.hello(START_SECONDS)

    def _supervisor(self, channel: Channel, where: str) -> Supervisor:
        supervisor = Supervisor(channel, where)
        self._supervisors.append(supervisor)
        return supervisor

    def _ready(self, number: int) -> Supervisor:
        if self._closed:
            raise SandboxFailed("the sandbox is closed")
        return self._supervisors[number]

    def put(self, files: Mapping[str, bytes]) -> None:
        """See `Sandbox`."""
        self._ready(1).put(files)

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        """See `Sandbox`. HOME, TMPDIR and PATH are set unless `env` sets them."""
        return self._ready(1).execute(argv, env={**self._base, **env}, cwd=cwd, limits=limits)

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        """See `Sandbox`."""
        return self._ready(0).run_batch(argv, jobs, env=env, limits=limits)

    def close(self) -> None:
        """See `Sandbox`. May be called from another thread; takes bounded time though the Engine be dead."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            for supervisor in reversed(self._supervisors):
                supervisor.close()
            if self._container is not None:
                self._container.remove()
            self._engine.close()


def _argv(**config: object) -> list[str]:
    return [rootfs.SUPERVISOR, "serve", json.dumps(config)]


def _tmpfs(owner: int, size: int, mode: str) -> str:
    return f"rw,exec,nosuid,nodev,size={size},nr_inodes=131072,mode={mode},uid={owner},gid={owner}"

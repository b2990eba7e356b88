"""The sandbox for where no Docker Engine answers: the supervisor as a process of this host.

It takes what protection the kernel grants to whom we are: namespaces (processes, network, mounts), Landlock, and, if
we are root, an unprivileged uid of its own for tested programs. What could not be had is in `weaknesses`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import SandboxFailed
from harness.model import Installed
from harness.sandbox import CaseEnd, Finished, Limits
from harness.sandbox.supervisor import SocketChannel, Supervisor

PREFIX = "deferdiff-"
MODE = "enclose"
"""How the supervisor starts: in namespaces where it can have them."""
DISK = Limits().disk
START_SECONDS = 20.0
STOP_SECONDS = 10.0

LOST_WITHOUT = {
    "network": "tested programs can reach the network (this kernel grants us no network namespace)",
    "files": "tested programs can read and write whatever their user can (this kernel has no Landlock)",
    "uid": "tested programs run under our own user",
    "signals": "tested programs can signal our own processes",
    "pids": "processes that a program leaves behind are found by search, not by a pid namespace",
    "disk": "files are limited one by one, not in sum (this kernel lets us mount no file system)",
}
"""What each of the supervisor's means is for, as a line for people where it is missing."""

ALWAYS = ("memory is measured 50 times a second instead of being held by a control group",)

READABLE = (
    *("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime"),
    *("/proc/self", "/sys/kernel/mm/transparent_hugepage", "/sys/devices/system/cpu"),
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
)
"""What programs may read and run beside the toolchain and the work directory: C libraries and what runtimes ask."""


class _LoggedChannel(SocketChannel):
    """A supervisor on the other end of a socket pair; `log` has its standard error."""

    def __init__(self, stream: socket.socket, log: Path) -> None:
        super().__init__(stream)
        self._log = log

    def diagnosis(self) -> str:
        """See `Channel`."""
        try:
            return " ".join(self._log.read_text(errors="replace").split())[:400]
        except OSError:
            return ""


class ProcessSandbox:
    """A `Sandbox` on this host. `disk` is the size of the file system that programs write in, in bytes."""

    kind = "process"

    def __init__(
        self, installed: Installed, *, supervisor: Path, cache: Path, disk: int = DISK, lease: float = 7200.0
    ) -> None:
        if installed.root is None:
            raise SandboxFailed(f"{installed.toolchain.name} is an image: it needs a Docker Engine, and none answers")
        reap()
        self._closing = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._supervisor: Supervisor | None = None
        self.goroot = str(installed.root)
        try:
            self._home = Path(tempfile.mkdtemp(prefix=PREFIX))
            # Locked before it has the name that `reap` looks for, so that nobody takes it for abandoned.
            self._lock = _lock(self._home, "lock.new")
            (self._home / "lock.new").rename(self._home / "lock")
            self._home.chmod(0o711)
            work, scratch, temporary = (self._home / name for name in ("work", "scratch", "tmp"))
            work.mkdir(0o755)
            scratch.mkdir(0o711)
            temporary.mkdir(0o700)
            # One for all patches and flags: the go command tells them apart by content, and shares the rest.
            gocache = cache.resolve() / "go-build" / _tools(installed)
            gocache.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SandboxFailed(f"cannot make a work directory in {tempfile.gettempdir()}: {error}") from error
        self.work, self.cache = str(work), str(gocache)
        self._base = {"HOME": str(temporary), "TMPDIR": str(temporary), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        config = {
            "work": self.work,
            "scratch": str(scratch),
            "lease": int(time.time() + lease),
            "drop": _private_uid(),
            "disk": disk,
            "readable": [self.goroot, self.work, *READABLE],
            "rlimits": True,
        }
        try:
            self._start(supervisor, config)
        except BaseException:
            self.close()
            raise

    def _start(self, supervisor: Path, config: dict[str, object]) -> None:
        ours, theirs = socket.socketpair()
        log = self._home / "supervisor.log"
        try:
            with log.open("wb") as stderr, theirs:
                nothing: dict[str, str] = {}
                self._process = subprocess.Popen(
                    [str(supervisor), MODE, json.dumps(config)],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=stderr,
                    cwd="/",
                    env=nothing,
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise SandboxFailed(f"cannot start the supervisor: {error}") from error
        self._supervisor = Supervisor(_LoggedChannel(ours, log), "process sandbox")
        held = self._supervisor.hello(START_SECONDS)
        self.weaknesses = (*(line for name, line in LOST_WITHOUT.items() if name not in held), *ALWAYS)

    def put(self, files: Mapping[str, bytes]) -> None:
        """See `Sandbox`."""
        self._open().put(files)

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        """See `Sandbox`. HOME, TMPDIR and PATH are set unless `env` sets them."""
        return self._open().execute(argv, env={**self._base, **env}, cwd=cwd, limits=limits)

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        """See `Sandbox`."""
        return self._open().run_batch(argv, jobs, env=env, limits=limits)

    def _open(self) -> Supervisor:
        if self._supervisor is None or self._closed:
            raise SandboxFailed("process sandbox: it is closed")
        return self._supervisor

    def close(self) -> None:
        """See `Sandbox`. May be called from another thread than the one that waits for a command.

        The supervisor kills everything when our end of the stream closes; if it does not end by itself, it is killed,
        and the kernel takes its namespaces down with it.
        """
        with self._closing:
            if self._closed:
                return
            self._closed = True
            if self._supervisor is not None:
                self._supervisor.close()
            if self._process is not None:
                try:
                    self._process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            shutil.rmtree(self._home, ignore_errors=True)
            os.close(self._lock)


def reap() -> int:
    """Remove the work directories that killed runs have left, and return how many. A live owner holds a lock on its.

    Their supervisors have ended by themselves, since their client was gone.
    """
    removed = 0
    for home in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            # Whose it is comes first: into a directory of another user we need not be able to look.
            if home.is_symlink() or home.stat().st_uid != os.getuid() or not (home / "lock").is_file():
                continue
            lock = _lock(home)
        except OSError:  # its owner lives, or it is gone: others clean up, too
            continue
        shutil.rmtree(home, ignore_errors=True)
        os.close(lock)
        removed += 1
    return removed


def _lock(home: Path, name: str = "lock") -> int:
    """Lock a work directory for as long as this process lives; BlockingIOError if its owner lives."""
    descriptor = os.open(home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _tools(installed: Installed) -> str:
    """A name for the compiler. A build cache is for one only: it knows sources by content, but a compiler just by the
    release that it claims to be, which one that somebody has changed does not tell."""
    assert installed.root is not None, "images are for containers"
    known = hashlib.sha256()
    for pattern in (installed.go, "pkg/tool/*/*", "usr/lib/gcc/*/*/go1"):
        for path in sorted(installed.root.glob(pattern)):
            about = path.stat()
            known.update(
                repr((str(path), about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)).encode()
            )
    return f"{installed.engine}-{installed.release}-{known.hexdigest()[:12]}"


def _private_uid() -> int:
    """A uid that nothing else on this host uses, if we are root and may take it; else 0.

    It follows from our process number, which is unique among the live ones, and lies in the range that our user
    namespace maps.
    """
    needed = 1 << 0 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7  # CAP_CHOWN, _FOWNER, _KILL, _SETGID, _SETUID
    try:
        status = Path("/proc/self/status").read_text()
        effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
        maps = [Path("/proc/self", name).read_text() for name in ("uid_map", "gid_map")]
    except (OSError, StopIteration):
        return 0
    if os.geteuid() != 0 or int(effective, 16) & needed != needed:
        return 0
    for uid in (1_700_000_000 + os.getpid(), 20_000 + os.getpid() % 40_000):
        if all(_maps(text, uid) for text in maps):
            return uid
    return 0


def _maps(text: str, number: int) -> bool:
    rows = (tuple(map(int, line.split())) for line in text.splitlines())
    return any(first <= number < first + count for first, _, count in rows)

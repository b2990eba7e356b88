"""The sandbox of toolchains for WebAssembly (goarch=wasm): compiles as another sandbox does, runs under wasmtime.

A module reaches nothing but what its host gives it, and that is the work directory, to read (see `wasmhost`). The
host is a Python process with limits on its resources; wasmtime limits the module's own memory. One job is one
process, and only the data tier's driver can be run: traces of Go programs need descriptors that WebAssembly has not.
What wasmtime compiled it keeps with what the go command did.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import filelock

from harness.errors import SandboxFailed
from harness.model import Ending, Exited, OutputLimit, Signaled, TimedOut
from harness.sandbox import CaseEnd, Finished, Limits, Sandbox
from harness.sandbox.wasmorders import Orders, compiled

FAULT = 125
"""The status of a driver that is itself at fault."""
COMPILE_SECONDS = 600.0
WEAKNESSES = ("WebAssembly runs in a process of this machine, which wasmtime lets read its work directory only",)


class WasmSandbox:
    """A `Sandbox` around one whose work directory is a directory of this machine."""

    kind = "process"

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.goroot, self.work, self.cache = inner.goroot, inner.work, inner.cache
        self.weaknesses = (*inner.weaknesses, *WEAKNESSES)
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[str] | None = None
        self._scratch = Path(tempfile.mkdtemp(prefix="deferdiff-wasm-"))

    def put(self, files: Mapping[str, bytes]) -> None:
        """See `Sandbox`."""
        self._inner.put(files)

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        """See `Sandbox`."""
        return self._inner.execute(argv, env=env, cwd=cwd, limits=limits)

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        """See `Sandbox`. `argv` is a module alone."""
        [module] = argv
        there = compiled(Path(module))
        if not there.exists() or there.stat().st_mtime < Path(module).stat().st_mtime:
            self._compile(module)
        for job in jobs:
            yield self._job(module, job, env, limits)

    def _compile(self, module: str) -> None:
        """Only one sandbox of a toolchain compiles at a time: what the next one is given is most often the same, and
        wasmtime has it then."""
        with filelock.FileLock(Path(self.cache, "wasmtime.lock")):
            self._host(Orders(module), COMPILE_SECONDS)

    def _job(self, module: str, job: str, env: Mapping[str, str], limits: Limits) -> CaseEnd:
        output = self._scratch / "job"
        for old in self._scratch.iterdir():
            old.unlink()
        largest = max(limits.output, limits.trace) + (1 << 20)
        orders = Orders(module, self.work, str(output), job, dict(env), limits.memory, largest, limits.cpu)
        begun = time.monotonic()
        try:
            ending = _ending(self._host(orders, limits.wall))
        except subprocess.TimeoutExpired:
            ending = TimedOut("wall", limits.wall)
        seconds = time.monotonic() - begun
        content = {}
        for stream, most in (("stdout", limits.output), ("stderr", limits.output), ("trace", limits.trace)):
            file = output.with_suffix(f".{stream}")
            content[stream] = file.read_bytes() if file.exists() else b""
            if len(content[stream]) > most:
                content[stream], ending = content[stream][:most], OutputLimit(stream, most)
        if ending == Exited(FAULT):
            said = content["stderr"].decode(errors="replace").strip()
            raise SandboxFailed(f"the batch binary failed: {said}")
        return CaseEnd(job, ending, content["stdout"], content["stderr"], content["trace"], seconds)

    def _host(self, orders: Orders, seconds: float) -> str:
        """Run the host to its end; what it said. Raises `SandboxFailed` and `subprocess.TimeoutExpired`."""
        command = [sys.executable, "-m", "harness.sandbox.wasmhost", orders.text()]
        root = str(Path(__file__).resolve().parents[2])
        with self._lock:
            if self._closed:
                raise SandboxFailed("the sandbox is closed")
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=self._scratch,
                env={"PYTHONPATH": root, "XDG_CACHE_HOME": self.cache, "XDG_CONFIG_HOME": self.cache},
                start_new_session=True,
            )
        with self._process as process:
            try:
                said, complaint = process.communicate(timeout=seconds)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
            if process.returncode < 0 and orders.job:
                return json.dumps({"signal": -process.returncode})
            raise SandboxFailed(f"the host of WebAssembly failed with status {process.returncode}: {last}")
        return said

    def close(self) -> None:
        """See `Sandbox`."""
        with self._lock:
            self._closed = True
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
        self._inner.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def available() -> bool:
    """Whether wasmtime is installed."""
    return importlib.util.find_spec("wasmtime") is not None


def _ending(said: str) -> Ending:
    match json.loads(said):
        case {"status": int(status)}:
            return Exited(status)
        case {"signal": int(number)}:
            return Signaled(number)
    raise SandboxFailed(f"the host of WebAssembly said {said[:80]!r}")

"""Which sandbox: a container where an Engine answers, a process of this host where none does."""

from __future__ import annotations

from pathlib import Path

from harness.errors import SandboxFailed
from harness.model import Installed
from harness.sandbox import EMULATOR, Limits, Sandbox, wasm
from harness.sandbox.container import DockerSandbox
from harness.sandbox.docker import Engine
from harness.sandbox.process import ProcessSandbox

KINDS = ("auto", "docker", "process")

ANSWER_SECONDS = 10


def choose(kind: str) -> str:
    """ "docker" or "process" for one of `KINDS`. "auto" asks whether an Engine answers: once for a whole run, so that
    both sides of a comparison run in the same sandbox. Raises `SandboxFailed` if "docker" is wanted and none does."""
    if kind == "process":
        return kind
    try:
        Engine(ANSWER_SECONDS).close()
    except SandboxFailed:
        if kind == "docker":
            raise
        return "process"
    return "docker"


def open_sandbox(
    kind: str, installed: Installed, *, supervisor: Path, cache: Path, limits: Limits, lease: float = 7200.0
) -> Sandbox:
    """Open a sandbox for a toolchain. The caller closes it.

    `kind` is one of `KINDS`; `supervisor` as `harness.sandbox.binary.supervisor_binary` gives it; `cache` is the
    directory of all caches; `limits` are the largest that programs will come with; `lease` is after how many seconds
    the sandbox ends by itself whatever becomes of us. WebAssembly runs under wasmtime, whatever the kind. Raises
    `SandboxFailed`, and `BadToolchain` for an image that is not there.
    """
    sandbox: Sandbox
    if installed.toolchain.goarch == "wasm":
        if not wasm.available():
            raise SandboxFailed("goarch=wasm runs under wasmtime, which is not installed: pip install wasmtime")
        inner = ProcessSandbox(installed, supervisor=supervisor, cache=cache, disk=limits.disk, lease=lease)
        sandbox = wasm.WasmSandbox(inner)
    elif choose(kind) == "docker":
        sandbox = DockerSandbox(installed, supervisor=supervisor, cache=cache, limits=limits, lease=lease)
    else:
        sandbox = ProcessSandbox(installed, supervisor=supervisor, cache=cache, disk=limits.disk, lease=lease)
    if installed.emulator is not None:
        try:
            sandbox.put({EMULATOR: installed.emulator.read_bytes()})
        except BaseException:
            sandbox.close()
            raise
    return sandbox

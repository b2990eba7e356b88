"""The supervisor's binary: built once from the Go sources that ship with this package, for all sandboxes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from harness import child
from harness.errors import SandboxFailed

SOURCES = Path(__file__).resolve().parents[1] / "golang" / "go" / "supervise"

BUILD_SECONDS = 300


def supervisor_binary(go: Path, cache: Path) -> Path:
    """Return the supervisor, built by the command `go` (1.19 or later, on this host) unless `cache` has it already.

    It is named by the digest of its sources, and put in place atomically, so processes may race for it. Raises
    `SandboxFailed` with the compiler's first line.
    """
    digest = hashlib.sha256()
    for path in sorted([*SOURCES.glob("*.go"), SOURCES / "go.mod"]):
        if not path.name.endswith("_test.go"):
            digest.update(f"{path.name}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    target = cache / "supervise" / digest.hexdigest()[:32]
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            built = Path(scratch, "supervise")
            _build(go, built, cache)
            built.chmod(0o755)
            built.replace(target)
    except OSError as error:
        raise SandboxFailed(f"cannot build the supervisor in {target.parent}: {error}") from error
    return target


def _build(go: Path, target: Path, cache: Path) -> None:
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(target.parent),
        "GOROOT": str(go.resolve().parent.parent),
        "GOCACHE": str(cache.resolve() / "supervise-build"),
        "GOPATH": str(target.parent / "gopath"),
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    argv = [str(go), "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(target), "."]
    try:
        done = child.run(argv, seconds=BUILD_SECONDS, cwd=SOURCES, env=env)
    except subprocess.TimeoutExpired as error:
        raise SandboxFailed(f"{go} did not build the supervisor within {BUILD_SECONDS} s") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("#")]
        raise SandboxFailed(f"{go} does not build the supervisor: {lines[0] if lines else 'no message'}")

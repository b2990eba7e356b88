"""The supervisor is built once, whole or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.errors import SandboxFailed
from harness.sandbox.binary import supervisor_binary
from tests.harness.sandbox.workshop import Workshop


@pytest.mark.toolchain
def test_it_is_built_once(workshop: Workshop) -> None:
    before = workshop.supervisor.stat()
    assert supervisor_binary(Path("/no/such/go"), workshop.cache) == workshop.supervisor
    assert workshop.supervisor.stat().st_mtime_ns == before.st_mtime_ns
    said = subprocess.run([workshop.supervisor], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (3, "supervise: usage: supervise serve|enclose CONFIG\n")


def test_a_go_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailed, match="cannot build the supervisor in"):
        supervisor_binary(tmp_path / "go/bin/go", tmp_path)


def test_a_go_command_that_fails_leaves_nothing(tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho '# package' >&2\necho 'main.go:1: wrong' >&2\nexit 1\n")
    go.chmod(0o755)
    with pytest.raises(SandboxFailed, match=r"go does not build the supervisor: main.go:1: wrong$"):
        supervisor_binary(go, tmp_path / "cache")
    assert list((tmp_path / "cache/supervise").iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxFailed, match="cannot build the supervisor in"):
        supervisor_binary(tmp_path / "go", tmp_path / "file")

"""The tests that the supervisor has in Go: what needs no sandbox, such as both layouts of control groups."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.sandbox.binary import SOURCES
from tests.harness.sandbox.workshop import Workshop


@pytest.mark.toolchain
def test_go_tests_of_the_supervisor(workshop: Workshop, tmp_path: Path) -> None:
    root = workshop.installed.root
    assert root is not None
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GOROOT": str(root),
        "GOCACHE": str(workshop.cache / "supervise-build"),
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "CGO_ENABLED": "0",
    }
    argv = [str(root / workshop.installed.go), "test", "-v", "-count=1", "."]
    done = subprocess.run(argv, cwd=SOURCES, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^ *--- PASS", done.stdout, re.MULTILINE)) >= 20

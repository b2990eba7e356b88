"""What the commands in `ci` give to all that they start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_what_python_compiled_is_kept_outside_the_checkout(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho the state of pyproject.toml\n")
    python.chmod(0o755)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / ".installed").write_text("the state of pyproject.toml\n")
    (tmp_path / "module.py").touch()
    subprocess.run(
        ["bash", "-c", f". {ROOT / 'ci/environment.sh'}; exec {sys.executable} -c 'import module'"],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": str(python), "DEFERDIFF_VENV": "venv", "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    [compiled] = tmp_path.rglob("module.*.pyc")
    assert compiled.is_relative_to(tmp_path / "venv")

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.commands.gate import _own_file


@pytest.mark.parametrize(
    ("argument", "sibling", "found"),
    [
        ("bin/deferdiff", True, "bin/deferdiff"),
        ("bin/deferdiff", False, "bin/deferdiff"),
        ("harness/cli.py", True, "python/deferdiff"),
        ("gone/deferdiff", True, "python/deferdiff"),
        ("harness/cli.py", False, ""),
    ],
)
def test_the_commands_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, sibling: bool, found: str
) -> None:
    for name in ("bin/deferdiff", "harness/cli.py", *(["python/deferdiff"] if sibling else [])):
        file = tmp_path / name
        file.parent.mkdir()
        file.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [argument])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python3"))
    assert _own_file() == (str(tmp_path / found) if found else "")

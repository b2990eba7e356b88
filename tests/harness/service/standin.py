"""What stands in for the command `deferdiff` in tests of the service, and how its jobs are asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

STANDIN = "import pathlib, sys; exec(pathlib.Path(sys.argv[2]).read_text())"
"""Runs the program of a job of kind `run`, which is Python."""

AGREES = 'print("{}")'
SLEEPS = 'import pathlib, time\npathlib.Path("begun").touch()\ntime.sleep(1000)'

SECONDS = 60.0


def request(python: str = AGREES, **more: Any) -> dict[str, Any]:
    """A job that does what `python` says."""
    upload = {"name": "program.go", "text": python}
    return {"request": {"kind": "run", "program": "program.go", "files": [upload]}, **more}


def until(seen: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def events(text: str) -> list[dict[str, Any]]:
    """The jobs in a stream of server-sent events."""
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]

"""Commands of this machine that take long (pip, apt, a compiler), run so that Ctrl-C ends them, too.

They run in threads, which nothing can interrupt: so whoever is asked to stop ends the commands instead, and the
threads with them. Each has a session of its own, so that the terminal's Ctrl-C reaches us alone and one place
decides what becomes of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()


def run(
    argv: Sequence[str], *, seconds: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with nothing on its standard input, as `subprocess.run` does.

    Raises `subprocess.TimeoutExpired` after `seconds`, when it and its children are gone; and `OSError`.
    """
    with _lock:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        _running.add(process)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except BaseException:
        _end(process, signal.SIGKILL)
        process.communicate()
        raise
    finally:
        with _lock:
            _running.discard(process)
    return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)


def stop_all() -> None:
    """End every command that runs now, and its children; `run` returns their status. Any thread may call this."""
    with _lock:
        for process in _running:
            _end(process, signal.SIGTERM)


def _end(process: subprocess.Popen[str], how: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)

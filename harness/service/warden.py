"""Runs a command for as long as somebody holds the other end of its standard input; a program of its own.

    python warden.py GRACE COMMAND...

When that end is closed, for whatever reason (the job was cancelled, its worker was killed), the command is asked to
end, as by Ctrl-C, and killed after GRACE seconds. Whatever it leaves is killed, too: orphans become children of this
process. The exit status is the command's, or 128 + n if signal n ended it.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def main(grace: float, command: list[str]) -> int:
    """Run it; its exit status."""
    # Signals that are meant for the command reach it by our hand alone. A handler, for it is not inherited.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: None)
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    fds = [int(fd) for fd in os.environ.get("DEFERDIFF_PROGRESS_FD", "").split()]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        pass_fds=fds,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # there are no threads
    )
    ended = os.pidfd_open(process.pid)
    waiting = select.poll()
    waiting.register(0, select.POLLIN | select.POLLHUP)
    waiting.register(ended, select.POLLIN)
    if all(fd != ended for fd, _ in waiting.poll()):
        process.send_signal(signal.SIGINT)
        waiting.unregister(0)
        if not waiting.poll(grace * 1000):
            process.kill()
    status = process.wait()
    _kill_children()
    return status if status >= 0 else 128 - status


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def _kill_children() -> None:
    """Children of killed children become ours, so this goes on until there are none."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while found := children.read_text().split():
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))

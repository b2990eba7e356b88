"""A PostgreSQL server of the tests' own, which a test may stop and start: on a socket in a directory, without a port.

PostgreSQL does not run as root, so then it runs as an unprivileged user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

NAMES = count()

_SETTINGS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=40"


class Cluster:
    """A server with its data below `directory`."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._user = _unprivileged()
        if self._user is not None:
            shutil.chown(directory, self._user, pwd.getpwnam(self._user).pw_gid)
        self._run("initdb", "--no-sync", "--auth=trust", "--username=deferdiff", "--encoding=UTF8", "--locale=C")

    def start(self) -> None:
        options = f"{_SETTINGS} -c unix_socket_directories={self._directory}"
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self._directory / 'log'}", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """Cut all connections off."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def new_role(self, name: str) -> None:
        """One that may connect and nothing else."""
        self._run("createuser", f"--host={self._directory}", "--username=deferdiff", name, data=False)

    def new_database(self) -> str:
        """The URL of one that nobody knows yet."""
        name = f"tests{next(NAMES)}"
        self._run("createdb", f"--host={self._directory}", "--username=deferdiff", name, data=False)
        return f"postgresql://deferdiff@/{name}?host={self._directory}"

    def _run(self, program: str, *arguments: str, data: bool = True) -> None:
        where = [f"--pgdata={self._directory / 'data'}"] if data else []
        done = subprocess.run(
            [self._programs / program, *where, *arguments],
            cwd=self._directory,
            user=self._user,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=(out := (self._directory / "said").open("w+")),
            stderr=subprocess.STDOUT,
            check=False,
        )
        with out:
            out.seek(0)
            assert done.returncode == 0, f"{program}: {out.read()}"


@contextmanager
def running(programs: Path) -> Iterator[Cluster]:
    """A server, until the end of the context."""
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        cluster = Cluster(programs, Path(directory))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


def programs() -> Path | None:
    """Where the server's programs are: Debian keeps them off the path."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

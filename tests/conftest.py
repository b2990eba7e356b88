"""Fixtures that all tests share."""

from __future__ import annotations

import atexit
import difflib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import postgres
from tests.postgres import Cluster

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # tests do not time: the machine may be busy

CHANGE = Path(__file__).parents[2] / "shared" / "cl-515856.patch"

Golden = Callable[[str, str], None]
"""`golden(name, text)`: fails unless `text` is what the file `golden/<name>` beside the test says."""


def pytest_configure() -> None:
    """A job that a shell has put into the background ignores interrupts, and so would all that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if (worker := os.environ.get("PYTEST_XDIST_WORKER")) is not None:
        _own_directory(worker)


def _own_directory(worker: str) -> None:
    """Sandboxes remove what others have left behind in the directory for temporary files: each of several processes
    that test at the same time has one of its own, for all users as /tmp is."""
    own = Path(tempfile.mkdtemp(prefix=f"{worker}-"))
    own.chmod(0o1777)
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    os.environ["TMPDIR"] = str(own)
    tempfile.tempdir = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew instead of comparing with them")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server. Where DEFERDIFF_REQUIRE_POSTGRES is set, a missing one is a failure."""
    programs = postgres.programs()
    if programs is None:
        if os.environ.get("DEFERDIFF_REQUIRE_POSTGRES") == "1":
            pytest.fail("DEFERDIFF_REQUIRE_POSTGRES=1, but there is no PostgreSQL: ci/postgres installs it")
        pytest.skip("NO POSTGRESQL TESTED: ci/postgres installs it")
    with postgres.running(programs) as started:
        yield started


@pytest.fixture(scope="session")
def change() -> Path:
    """The patch of CL 515856, which the project does not contain. Where DEFERDIFF_REQUIRE_CHANGE is set, it must be
    there."""
    if not CHANGE.exists():
        if os.environ.get("DEFERDIFF_REQUIRE_CHANGE") == "1":
            pytest.fail(f"DEFERDIFF_REQUIRE_CHANGE=1, but there is no {CHANGE}")
        pytest.skip(f"THE CHANGE ITSELF IS NOT TESTED: its patch, from https://go.dev/cl/515856, belongs at {CHANGE}")
    return CHANGE


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    directory = request.path.parent / "golden"

    def compare(name: str, text: str) -> None:
        file = directory / name
        if request.config.getoption("--update"):
            directory.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
            return
        said = _read(file)
        if said != text:
            diff = difflib.unified_diff(said.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm="")
            accept = f"pytest --update {request.node.nodeid.partition('[')[0]}"
            pytest.fail("\n".join((*diff, f"to accept what it says now: {accept}")), pytrace=False)

    return compare


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8") if file.exists() else ""

"""The command with the toolchains of the machine's cache, and nothing known of earlier runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import SandboxFailed
from harness.sandbox.docker import Engine
from harness.toolchain import default_directory
from tests.endtoend.served import Site
from tests.endtoend.tool import CASES, Done, Tool, write_case
from tests.postgres import Cluster

SHARED = ("toolchains", "images", "supervise", "supervise-build", "go-build")
"""What of the machine's cache only saves time."""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An Engine that answers. Where DEFERDIFF_REQUIRE_DOCKER is set, a missing one is a failure."""
    try:
        engine = Engine(10)
        engine.describe()
    except SandboxFailed as error:
        if os.environ.get("DEFERDIFF_REQUIRE_DOCKER") == "1":
            pytest.fail(f"DEFERDIFF_REQUIRE_DOCKER=1, but {error}")
        pytest.skip(f"NO CONTAINERS TESTED: {error}")
    with engine:
        yield engine


def fresh_cache(directory: Path) -> Path:
    """A cache that has the machine's toolchains and compiled packages, and no runs."""
    directory.mkdir()
    for name in SHARED:
        whole = default_directory() / name
        whole.mkdir(parents=True, exist_ok=True)
        (directory / name).symlink_to(whole)
    return directory


@pytest.fixture(scope="session")
def session_tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The command for gates that several tests look at; what one of them ran, the next does not run again."""
    home = tmp_path_factory.mktemp("gates")
    return Tool(home, fresh_cache(home / "cache"))


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """The command with no runs known."""
    return Tool(tmp_path, fresh_cache(tmp_path / "cache"))


@pytest.fixture(scope="session")
def exact_gate(session_tool: Tool, engine: Engine, change: Path) -> Done:
    """The whole gate on the exact pair: go1.22.10 without the change, and as released."""
    return session_tool("gate", "--cases", CASES, "--revert", change, "--sandbox", "docker")


@pytest.fixture(scope="session")
def release_gate(session_tool: Tool, engine: Engine, exact_gate: Done) -> Done:
    """The whole gate on the last release without the change and the first with it."""
    return session_tool("gate", "--cases", CASES, "--sandbox", "docker")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two small cases that every toolchain passes."""
    directory = tmp_path / "cases"
    write_case(directory, "small/one", '\tdefer fmt.Println("one")', "one\n")
    write_case(directory, "small/two", '\tdefer func() { fmt.Println("two") }()', "two\n")
    return directory


@pytest.fixture
def site(tool: Tool) -> Site:
    """Where a service can be started, on SQLite."""
    return _site(tool, "service.sqlite3")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_site(request: pytest.FixtureRequest, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Where a service can be started, on either sort of database."""
    if request.param == "sqlite":
        return _site(tool, "service.sqlite3")
    cluster: Cluster = request.getfixturevalue("cluster")
    monkeypatch.setenv("DEFERDIFF_DATA", str(tool.home / "data"))
    return _site(tool, cluster.new_database())


def _site(tool: Tool, database: str) -> Site:
    (tool.home / "cases").mkdir()
    made = tool("token", "create", "test", "--scopes", "admin", "--expires", "1h", "--database", database)
    assert made.status == 0, made.stderr
    return Site(tool, made.stdout.strip(), database)

"""A toolchain, the supervisor, and a sandbox of each kind with the attack programs in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from harness.errors import SandboxFailed
from harness.model import Exited
from harness.sandbox import CaseEnd, Limits, Sandbox
from harness.sandbox.binary import supervisor_binary
from harness.sandbox.docker import Engine
from harness.toolchain import default_directory, install, parse
from tests.harness.sandbox.workshop import PROGRAM, Attack, Workshop, build_attacks, run_batch

KINDS = ("process", pytest.param("docker", marks=pytest.mark.docker))


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    cache = default_directory()
    installed = install(parse("go1.22.10"), cache)
    assert installed.root is not None
    return Workshop(installed, supervisor_binary(installed.root / installed.go, cache), cache)


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


@pytest.fixture(scope="session")
def process_sandbox(workshop: Workshop) -> Iterator[Sandbox]:
    sandbox = workshop.open("process")
    try:
        build_attacks(sandbox)
        yield sandbox
    finally:
        sandbox.close()


@pytest.fixture(scope="session")
def docker_sandbox(workshop: Workshop, engine: Engine) -> Iterator[Sandbox]:
    sandbox = workshop.open("docker")
    try:
        build_attacks(sandbox)
        yield sandbox
    finally:
        sandbox.close()


@pytest.fixture(params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """A warm sandbox of each kind. Tests leave it usable, which each that follows shows."""
    found: Sandbox = request.getfixturevalue(f"{request.param}_sandbox")
    return found


@pytest.fixture
def attack(sandbox: Sandbox) -> Attack:
    """See `Attack`."""

    def run(*jobs: str, limits: Limits = PROGRAM, env: dict[str, str] | None = None) -> list[CaseEnd]:
        ends = run_batch(sandbox, [*jobs, "ok"], limits=limits, env=env)
        unharmed = ends.pop()
        assert (unharmed.ending, unharmed.stdout) == (Exited(0), b"fine\n"), unharmed
        return ends

    return run

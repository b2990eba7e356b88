"""Threads: several sandboxes at once, and one that is closed while somebody waits for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import SandboxFailed
from harness.model import Exited
from harness.sandbox import Sandbox
from tests.harness.sandbox.workshop import PROGRAM, Workshop, build_attacks, run_batch

pytestmark = pytest.mark.toolchain


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "docker":
        request.getfixturevalue("engine")
    return str(request.param)


def test_closing_wakes_the_thread_that_waits(kind: str, workshop: Workshop) -> None:
    sandbox = workshop.open(kind)
    try:
        build_attacks(sandbox)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(run_batch, sandbox, ["sleep"])
            time.sleep(0.3)
            started = time.monotonic()
            sandbox.close()
            with pytest.raises(SandboxFailed):
                waiting.result(timeout=20)
            assert time.monotonic() - started < PROGRAM.wall / 2
    finally:
        sandbox.close()


def test_two_sandboxes_do_not_disturb_each_other(kind: str, workshop: Workshop) -> None:
    def use(sandbox: Sandbox) -> list[str]:
        build_attacks(sandbox)
        ends = run_batch(sandbox, ["fork bomb", "ok", "kill the supervisor", "ok", "exit=3"])
        return [repr(end.ending) for end in ends if end.job != "kill the supervisor"]

    with ThreadPoolExecutor(2) as pool:
        sandboxes = list(pool.map(workshop.open, [kind, kind]))
        try:
            for endings in pool.map(use, sandboxes):
                assert endings == [repr(ending) for ending in (Exited(0), Exited(0), Exited(0), Exited(3))]
        finally:
            for sandbox in sandboxes:
                sandbox.close()

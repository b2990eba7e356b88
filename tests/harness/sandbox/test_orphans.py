"""What a run that is killed leaves behind: nothing for long, and nothing after the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.sandbox import Sandbox, ownership
from harness.sandbox.container import DockerSandbox
from harness.sandbox.docker import Container, Engine, Shape
from harness.sandbox.images import image_for
from harness.sandbox.process import PREFIX, ProcessSandbox, reap
from tests.harness.sandbox.workshop import PROGRAM, Workshop, build_attacks, processes_named

pytestmark = [
    pytest.mark.toolchain,
    # The child of the fork does all of its work by itself: no thread of ours holds what it needs.
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

DOCKER = pytest.param("docker", marks=pytest.mark.docker)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def killed_in_the_middle(workshop: Workshop, kind: str, name: str) -> str:
    """Another process opens a sandbox, leaves a background process named `name` in it and is killed in the middle of
    a batch. Returns where its sandbox was: its work directory or its container."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            sandbox = workshop.open(kind)
            build_attacks(sandbox)
            jobs = [f"background={name}", "ok", "sleep"]
            batch = sandbox.run_batch([f"{sandbox.work}/attacks"], jobs, env={}, limits=PROGRAM)
            next(batch), next(batch)
            where = sandbox._container.id if isinstance(sandbox, DockerSandbox) else sandbox.work  # type: ignore[union-attr]
            os.write(writing, where.encode())
            os.close(writing)
            next(batch)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as answer:
        where = answer.read()
    assert where, "the other process failed"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return where


def test_a_killed_run_leaves_no_process(workshop: Workshop) -> None:
    name = f"orphan-{uuid.uuid4().hex}"
    work = killed_in_the_middle(workshop, "process", name)
    assert eventually(lambda: not processes_named(f"{work}/attacks"))
    assert processes_named(name) == []
    assert Path(work).exists(), "nobody could remove it yet"
    assert reap() >= 1
    assert not Path(work).parent.exists()


@pytest.mark.docker
def test_a_killed_run_leaves_no_container(workshop: Workshop, engine: Engine) -> None:
    name = f"orphan-{uuid.uuid4().hex}"
    container = killed_in_the_middle(workshop, "docker", name)
    assert eventually(lambda: container not in names(engine)), "the Engine removes it when its first process ends"
    assert processes_named(name) == []


def names(engine: Engine) -> set[str]:
    """The names of all containers of ours."""
    found = engine._api.containers(all=True, filters={"label": ownership.RUN})
    return {name.strip("/") for container in found for name in container["Names"]}


@pytest.fixture
def idle(workshop: Workshop, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Container]:
    """`idle(lease=, owner=)` makes a container that nobody is attached to, with these labels."""
    image = image_for(engine, workshop.installed, workshop.supervisor, workshop.cache).tag
    shape = Shape(user=30_000, memory=64 << 20, processes=20, files=64, tmpfs={}, volumes={})

    def make(lease: float, owner: str) -> Container:
        label = {**ownership.labels("x", lease), **({ownership.OWNER: owner} if owner else {})}
        monkeypatch.setattr("harness.sandbox.docker.labels", lambda run, _: {**label, ownership.RUN: run})
        container = engine.create(image, ["/none"], shape, run=f"deferdiff-test-{uuid.uuid4().hex}", lease=lease)
        monkeypatch.undo()
        return container

    return make


@pytest.mark.docker
def test_reaping_takes_what_is_abandoned_and_nothing_else(engine: Engine, idle: Callable[..., Container]) -> None:
    ours = ownership.labels("x", 100)[ownership.OWNER]
    place, pid, start = ours.split(":")
    expired = idle(-1, "")
    dead = idle(1000, f"{place}:{pid}:{int(start) - 1}")
    live = idle(1000, "")
    foreign = idle(1000, f"elsewhere:{pid}:1")
    try:
        engine.reap()  # or somebody else's, who opens a sandbox now
        assert names(engine) & {expired.id, dead.id, live.id, foreign.id} == {live.id, foreign.id}
    finally:
        for container in (expired, dead, live, foreign):
            container.remove()


@pytest.mark.parametrize("kind", ["process", DOCKER])
def test_a_sandbox_ends_with_its_lease(kind: str, workshop: Workshop, request: pytest.FixtureRequest) -> None:
    if kind == "docker":
        engine = request.getfixturevalue("engine")
    sandbox = workshop.open(kind, lease=2)
    try:
        if isinstance(sandbox, DockerSandbox):
            assert sandbox._container is not None
            container = sandbox._container.id
            assert eventually(lambda: container not in names(engine))
        else:
            assert isinstance(sandbox, ProcessSandbox)
            assert sandbox._process is not None
            assert sandbox._process.wait(20) == 3
    finally:
        sandbox.close()


def test_a_directory_in_use_is_not_reaped(workshop: Workshop) -> None:
    sandbox: Sandbox = workshop.open("process")
    try:
        reap()
        assert Path(sandbox.work).parent.name.startswith(PREFIX)
        assert Path(sandbox.work).exists()
    finally:
        sandbox.close()


def test_a_process_that_nobody_asks_about_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        place = ownership.owner().partition(":")[0]
        owner = f"{place}:{process.pid}:{ownership._start_time(process.pid)}"
        assert not ownership.has_ended(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert ownership.has_ended(owner)

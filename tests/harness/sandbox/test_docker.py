"""Containers: what they may do, what they share, and an Engine that fails at any moment."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from harness.errors import BadToolchain, SandboxFailed
from harness.model import Exited, OutOfMemory
from harness.sandbox import Limits, Sandbox, choose, container, docker, ownership, rootfs, supervisor
from harness.sandbox.container import DockerSandbox
from harness.sandbox.docker import Engine
from harness.sandbox.images import EngineImages, image_for
from harness.toolchain.image import Facts
from tests.harness.sandbox.proxy import Proxy, engine_socket
from tests.harness.sandbox.workshop import COMPILER, PROGRAM, Attack, Workshop, build_attacks, run_batch

pytestmark = [pytest.mark.toolchain, pytest.mark.docker, pytest.mark.usefixtures("engine")]

behind_a_proxy = pytest.mark.skipif(engine_socket() is None, reason="NOT TESTED: the Engine is on no local socket")


def containers(engine: Engine) -> set[str]:
    """The ids of all containers of this process."""
    ours = f"{ownership.OWNER}={ownership.labels('', 0)[ownership.OWNER]}"
    return {found["Id"] for found in engine._api.containers(all=True, filters={"label": ours})}


def gone(engine: Engine, before: set[str], seconds: float = 20) -> bool:
    """Do all containers but those of `before` go away?"""
    deadline = time.monotonic() + seconds
    while containers(engine) - before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def make_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Proxy]]:
    """`make_proxy(...)` puts a new proxy before the Engine, for all clients made from then on."""
    made: list[Proxy] = []

    def make(**how: object) -> Proxy:
        directory = tmp_path / str(len(made))
        directory.mkdir()
        proxy = Proxy(directory, **how)  # type: ignore[arg-type]
        monkeypatch.setenv("DOCKER_HOST", proxy.host)
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.cut()


# --- what a container may do --------------------------------------------------------------------------


def test_a_container_has_no_privilege(docker_sandbox: Sandbox, engine: Engine) -> None:
    assert isinstance(docker_sandbox, DockerSandbox)
    assert docker_sandbox._container is not None
    about = engine._api.inspect_container(docker_sandbox._container.id)
    host = about["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Privileged"] is False
    assert "no-new-privileges" in host["SecurityOpt"]
    assert host["Memory"] == host["MemorySwap"] > 0
    assert 0 < host["PidsLimit"] < 1000
    assert host["IpcMode"] == "none"
    assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""
    assert {mount["Destination"] for mount in about["Mounts"]} == {docker_sandbox.cache}
    assert int(about["Config"]["User"].split(":")[0]) >= 20_000
    labels = about["Config"]["Labels"]
    assert labels.keys() >= {"deferdiff.run", "deferdiff.lease", "deferdiff.owner"}


def test_compilers_and_programs_are_different_users(attack: Attack, docker_sandbox: Sandbox) -> None:
    command = [f"{docker_sandbox.work}/attacks", docker_sandbox.cache, "write"]
    done = docker_sandbox.execute(command, env={}, cwd=".", limits=COMPILER)
    assert done.stdout.splitlines()[0].endswith(b": SUCCEEDED")
    [end] = attack(f"write={docker_sandbox.cache}")
    assert b"SUCCEEDED" not in end.stdout


def test_the_kernel_kills_for_memory_too(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose own limit is far above the container's: the control group's counter tells."""
    monkeypatch.setattr(container, "COMPILER", Limits(memory=64 << 20, processes=512, disk=192 << 20))
    sandbox = workshop.open("docker", replace(PROGRAM, memory=64 << 20, disk=32 << 20))
    try:
        size = 64 + 192 + 32 << 20
        build_attacks(sandbox)
        [hog, ok] = run_batch(sandbox, ["memory hog", "ok"], limits=replace(PROGRAM, memory=8 << 30, wall=20))
        assert hog.ending == OutOfMemory(size)
        assert ok.ending == Exited(0)
    finally:
        sandbox.close()


# --- images and caches --------------------------------------------------------------------------------


def test_an_image_is_made_once_for_a_tree(
    workshop: Workshop, docker_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_image(*_: object) -> None:
        raise AssertionError("the image is there")

    monkeypatch.setattr(Engine, "make_image", make_image)
    with Engine() as engine:
        other = replace(workshop.installed, digest="1" * 64, overlay={"src/runtime/panic.go": "changed"})
        first = image_for(engine, workshop.installed, workshop.supervisor, workshop.cache)
        assert image_for(engine, other, workshop.supervisor, workshop.cache) == first


def test_the_build_cache_survives_the_sandbox(workshop: Workshop, docker_sandbox: Sandbox) -> None:
    name = f"{docker_sandbox.cache}/kept-{uuid.uuid4().hex}"
    docker_sandbox.execute(
        [f"{docker_sandbox.work}/attacks", docker_sandbox.cache, "write"], env={}, cwd=".", limits=COMPILER
    )
    other = workshop.open("docker")
    try:
        build_attacks(other)
        command = [f"{other.work}/attacks", f"{other.cache}/attack,{name}", "read"]
        done = other.execute(command, env={}, cwd=".", limits=COMPILER)
        found, missing = done.stdout.decode().splitlines()
        assert found == f"read {other.cache}/attack: SUCCEEDED"
        assert "no such file" in missing
    finally:
        other.close()


@pytest.fixture
def foreign(workshop: Workshop, engine: Engine) -> Iterator[str]:
    """The reference of an image as somebody else would make it: Go in it, and a PATH that leads there."""
    ours = image_for(engine, workshop.installed, workshop.supervisor, workshop.cache).tag
    name = f"test-{uuid.uuid4().hex}"
    path = f"ENV PATH=/usr/bin:{rootfs.goroot(workshop.installed)}/bin"
    with engine.unstarted(ours) as container:
        engine._api.commit(container.id, "deferdiff/test", name, changes=[path])
    yield f"deferdiff/test:{name}"
    engine._api.remove_image(f"deferdiff/test:{name}", force=True)


def test_looking_into_an_image(foreign: str, workshop: Workshop, engine: Engine) -> None:
    goroot = rootfs.goroot(workshop.installed)
    looker = EngineImages(engine, Facts)
    facts = looker.inspect(foreign)
    assert facts.identity.startswith("sha256:")
    assert facts.goroot == goroot
    assert facts.version.startswith("go version go1.22.10 linux/")
    read = looker.read(foreign, f"{goroot}/VERSION")
    assert read is not None
    assert read.startswith(b"go1.22.10\n")
    assert looker.read(foreign, "/no/such/file") is None
    assert looker.read(foreign, goroot) is None


def test_an_image_of_somebody_elses(foreign: str, workshop: Workshop, engine: Engine) -> None:
    goroot = rootfs.goroot(workshop.installed)
    installed = replace(workshop.installed, root=None, image=foreign, go=f"{goroot}/bin/go")
    sandbox = replace(workshop, installed=installed).open("docker")
    try:
        assert sandbox.goroot == goroot
        done = sandbox.execute([installed.go, "version"], env={"GOTOOLCHAIN": "local"}, cwd=".", limits=COMPILER)
        assert done.stdout.startswith(b"go version go1.22.10 ")
    finally:
        sandbox.close()
        image = image_for(engine, installed, workshop.supervisor, workshop.cache)
        engine._api.remove_image(image.tag)
        engine._api.remove_volume(f"deferdiff-cache-{image.tree}")


def test_an_image_that_is_not_there(workshop: Workshop, engine: Engine) -> None:
    with pytest.raises(BadToolchain, match="image:no/such:image: no such image on this machine"):
        EngineImages(engine, Facts).inspect("no/such:image")
    installed = replace(workshop.installed, root=None, image="no/such:image", go="/go/bin/go")
    with pytest.raises(BadToolchain, match="no such image on this machine"):
        replace(workshop, installed=installed).open("docker")
    with pytest.raises(SandboxFailed, match="is an image: it needs a Docker Engine"):
        replace(workshop, installed=installed).open("process")


def write_nothing(into: IO[bytes]) -> None:
    """A tar archive with nothing in it."""
    into.write(bytes(10240))


def test_an_image_without_go(engine: Engine) -> None:
    name = f"test-{uuid.uuid4().hex}"
    engine.make_image("deferdiff/test", name, write_nothing)
    try:
        with pytest.raises(BadToolchain, match="no go command in it"):
            EngineImages(engine, Facts).inspect(f"deferdiff/test:{name}")
    finally:
        engine._api.remove_image(f"deferdiff/test:{name}")


def test_a_tree_that_cannot_be_read_makes_no_image(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(into: IO[bytes]) -> None:
        write_nothing(into)
        raise FileNotFoundError("compile has gone")

    monkeypatch.setattr(docker, "KIND", f"deferdiff.test-{uuid.uuid4().hex}")
    with pytest.raises(FileNotFoundError):
        engine.make_image("deferdiff/test", "x", write)
    assert engine.image("deferdiff/test:x") is None
    assert engine.prune() == [], "nor one without a name"


def test_pruning_removes_what_is_ours(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "KIND", f"deferdiff.test-{uuid.uuid4().hex}")
    name = f"test-{uuid.uuid4().hex}"
    engine.make_image("deferdiff/test", name, write_nothing)
    engine.volume(f"deferdiff-{name}")
    assert sorted(engine.prune()) == [f"deferdiff-{name}", f"deferdiff/test:{name}"]
    assert engine.prune() == []


# --- an Engine that fails -----------------------------------------------------------------------------


def test_no_engine(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    with pytest.raises(SandboxFailed, match=r"^Docker Engine: cannot be reached: [^\n]+$"):
        Engine()
    with pytest.raises(SandboxFailed, match="cannot be reached"):
        workshop.open("docker")
    assert choose.choose("auto") == choose.choose("process") == "process"
    sandbox = workshop.open("auto")
    assert sandbox.kind == "process"
    sandbox.close()


def test_closing_leaves_nothing(workshop: Workshop, engine: Engine) -> None:
    before = containers(engine)
    sandbox = workshop.open("docker")
    assert len(containers(engine) - before) == 1
    sandbox.close()
    sandbox.close()
    assert containers(engine) - before == set()
    with pytest.raises(SandboxFailed, match="the sandbox is closed"):
        sandbox.put({"a": b""})


def test_a_container_that_is_killed_under_us(workshop: Workshop, engine: Engine) -> None:
    before = containers(engine)
    sandbox = workshop.open("docker")
    try:
        build_attacks(sandbox)
        batch = sandbox.run_batch([f"{sandbox.work}/attacks"], ["ok", "sleep", "ok"], env={}, limits=PROGRAM)
        next(batch)
        [name] = containers(engine) - before
        engine._api.kill(name)
        with pytest.raises(SandboxFailed, match="lost the supervisor"):
            next(batch)
        with pytest.raises(SandboxFailed):
            sandbox.put({"a": b""})
    finally:
        sandbox.close()
    assert gone(engine, before)


@behind_a_proxy
@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_an_engine_that_stops_half_way(
    how: str, workshop: Workshop, engine: Engine, make_proxy: Callable[..., Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end or its silence is noticed in bounded time, and closing then raises nothing. What is left goes when the
    streams do."""
    monkeypatch.setattr(supervisor, "GRACE", 1.0)
    monkeypatch.setattr(docker, "CLOSE_SECONDS", 1)
    before = containers(engine)
    proxy = make_proxy()
    sandbox = workshop.open("docker")
    try:
        build_attacks(sandbox)
        jobs = ["ok", "sleep", "ok"]
        batch = sandbox.run_batch([f"{sandbox.work}/attacks"], jobs, env={}, limits=replace(PROGRAM, wall=1))
        next(batch)
        started = time.monotonic()
        getattr(proxy, how)()
        with pytest.raises(SandboxFailed, match="lost the supervisor"):
            list(batch)
        sandbox.close()
        assert time.monotonic() - started < 10
    finally:
        sandbox.close()
    proxy.cut()
    assert gone(engine, before)


@behind_a_proxy
@pytest.mark.parametrize("late", [False, True], ids=["request lost", "answer lost"])
def test_an_engine_that_fails_at_any_request(
    late: bool, workshop: Workshop, engine: Engine, docker_sandbox: Sandbox, make_proxy: Callable[..., Proxy]
) -> None:
    """Whichever request of opening a sandbox fails, that is one clear failure, and no container is left."""
    before = containers(engine)
    lost = []
    for number in itertools.count():
        proxy = make_proxy(lose=number, late=late)
        failure = ""
        try:
            workshop.open("docker").close()
        except SandboxFailed as error:
            failure = str(error)
        assert gone(engine, before), proxy.lost
        if not failure:
            break
        lost.append(proxy.lost)
        assert "\n" not in failure
    words = " ".join(lost)
    assert all(word in words for word in ("/containers/create", "/attach", "/start", "/exec", "/volumes/create"))


def test_an_engine_says_what_it_is(engine: Engine) -> None:
    said = engine.describe()
    assert said.version
    assert said.cgroup in ("1", "2")
    assert said.storage
    assert said.memory > 0
    assert said.processors > 0

"""Containers of jobs: none outlives its job, whatever becomes of the job, of its worker or of the Engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.sandbox import ownership
from harness.sandbox.docker import Engine
from tests.endtoend.served import ENDLESS, PREPARED, Served, Site
from tests.endtoend.tool import SECONDS, environment, processes_below
from tests.harness.sandbox.proxy import Proxy, engine_socket
from tests.harness.service.standin import until

pytestmark = [pytest.mark.toolchain, pytest.mark.docker]

DOCKER = ("--sandbox", "docker")


def program(text: str) -> dict[str, Any]:
    """A job that runs a program."""
    upload = [{"name": "program.go", "text": text}]
    asked = {"kind": "run", "program": "program.go", "on": ["post"], "timeout": 600.0, "files": upload}
    return {"request": asked}


def containers(engine: Engine) -> dict[str, int]:
    """All of ours, with the processes that they belong to."""
    found = engine._api.containers(all=True, filters={"label": ownership.RUN})
    return {one["Id"]: int(one["Labels"][ownership.OWNER].split(":")[1]) for one in found}


def running(service: Served, job: int, worker: int, engine: Engine, but: str = "") -> str:
    """The container in which a worker's job runs its program; another one than `but`."""

    def look() -> str | None:
        found = service.job(job)
        assert found["ended"] is None, found["message"]
        if found["phase"] != "run":
            return None
        below = processes_below(worker)
        return next((one for one, owner in containers(engine).items() if owner in below and one != but), None)

    found: str = until(look, SECONDS)
    return found


@contextmanager
def worker_of(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is a process of its own."""
    words = ["serve", "--only-worker", "--database", site.database, *DOCKER]
    process = subprocess.Popen(
        [sys.executable, "-c", PREPARED.format(standin="", dies=""), *words],
        cwd=site.tool.home,
        env=environment(site.tool.cache),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    """A worker that is stopped and all that it runs, so that nobody is left who could clean up."""
    for pid in processes_below(worker.pid):
        os.kill(pid, signal.SIGKILL)
    worker.kill()
    worker.wait()


def test_cancelling_a_job_removes_its_container(site: Site, engine: Engine) -> None:
    with site.serve(*DOCKER, standin=False) as service:
        job = service.submit(program(ENDLESS))
        container = running(service, job, service.process.pid, engine)
        service.client.post(f"/api/v1/jobs/{job}/cancel")
        assert service.until(job, "cancelled")["status"] is None
        assert container not in containers(engine)


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_a_killed_worker_leaves_another_one_removes(site: Site, engine: Engine, cancelled: bool) -> None:
    """Even a container that does not notice that its streams are closed, for it is paused; and though the job is not
    run again, for it was cancelled meanwhile. The other worker runs already."""
    with site.serve("--workers", "0") as service, worker_of(site) as killed:
        job = service.submit(program(ENDLESS))
        container = running(service, job, killed.pid, engine)
        with site.serve(*DOCKER, standin=False) as other:
            assert other.job(job)["attempt"] == 1, "it answers: it has begun"
            killed.send_signal(signal.SIGSTOP)
            engine._api.pause(container)
            if cancelled:
                other.client.post(f"/api/v1/jobs/{job}/cancel")
            kill_all(killed)
            if cancelled:
                assert other.until(job, "cancelled")["attempt"] == 1
                until(lambda: container not in containers(engine))
                return
            second = running(other, job, other.process.pid, engine, but=container)
            assert container not in containers(engine)
            assert other.job(job)["attempt"] == 2
            other.client.post(f"/api/v1/jobs/{job}/cancel")
            other.until(job, "cancelled")
            assert second not in containers(engine)


# --- an Engine that is away for a while ----------------------------------------------------------------


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Iterator[Proxy]:
    """Before the Engine, for all processes that are started from then on."""
    if engine_socket() is None:
        pytest.skip("NOT TESTED: the Engine is on no local socket")
    directory = tmp_path / "proxy"
    directory.mkdir()
    made = Proxy(directory)
    monkeypatch.setenv("DOCKER_HOST", made.host)
    yield made
    made.cut()


def test_an_engine_that_is_away_is_told_and_used_again_when_it_is_back(
    site: Site, engine: Engine, proxy: Proxy
) -> None:
    with site.serve(*DOCKER, standin=False) as service:
        job = service.submit(program(ENDLESS))
        container = running(service, job, service.process.pid, engine)
        proxy.cut()
        found = service.until(job, "finished")
        assert (found["status"], found["attempt"]) == (3, 1)
        assert found["message"].startswith("post: Docker Engine: cannot be reached: ")
        until(lambda: container not in containers(engine))
        proxy.restore()
        job = service.submit(program("package main\n\nfunc main() {}\n"))
        found = service.until(job, "finished")
        assert (found["status"], found["attempt"]) == (0, 1), found["message"]


def test_a_job_outlives_a_restart_of_the_engine(site: Site, engine: Engine, proxy: Proxy) -> None:
    with site.serve(*DOCKER, standin=False) as service:
        job = service.submit(program(ENDLESS))
        first = running(service, job, service.process.pid, engine)
        proxy.restart()
        second = running(service, job, service.process.pid, engine, but=first)
        found = until(lambda: "trying 1 cases again" in (now := service.job(job))["tail"] and now)
        assert (found["state"], found["attempt"]) == ("running", 1)
        service.client.post(f"/api/v1/jobs/{job}/cancel")
        service.until(job, "cancelled")
        until(lambda: not {first, second} & set(containers(engine)))

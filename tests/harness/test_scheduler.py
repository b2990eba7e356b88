"""Work on a dask cluster: a killed worker costs nothing but time, a cluster that is gone is told in one line."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness import scheduler
from harness.campaign import in_order
from harness.data.chunk import make
from harness.errors import SchedulerUnavailable, WorkerLost
from harness.scheduler import Cluster, cluster
from tests.cluster import FAILURES, LOOPBACK, Machines

RELEASE = (1, 22)

Task = tuple[int, str]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    scheduler.digest.cache_clear()
    with ExitStack() as stack:
        yield Machines(stack, tmp_path)


def until_there_are(executor: Cluster, workers: int) -> None:
    deadline = time.monotonic() + 60
    while len(executor._client.nthreads()) < workers:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def made(task: Task) -> tuple[int, bytes, bytes]:
    """A chunk, made by the process whose number is noted down."""
    number, notes = task
    chunk = make(7, number, 400, RELEASE)
    Path(notes, f"{number}-{os.getpid()}").touch()
    time.sleep(0.1)
    return number, chunk.sheet, chunk.owed


def double(number: int) -> int:
    return 2 * number


def fails(number: int) -> int:
    raise RuntimeError(f"no {number}")


def dies(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def sleeps(number: int) -> int:
    time.sleep(60)
    return number


def test_a_worker_that_is_killed_costs_no_chunk_and_doubles_none(machines: Machines, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    numbers = range(24)
    one, _ = machines.workers(2)
    found = []
    with cluster(machines.address) as executor:
        until_there_are(executor, 2)
        tasks = [(number, str(notes)) for number in numbers]
        for result in in_order(executor, made, tasks, ahead=6, stop=threading.Event()):
            found.append(result)
            if len(found) == 4:
                one.send_signal(signal.SIGKILL)
    assert [number for number, _, _ in found] == list(numbers)
    for number, sheet, owed in found:
        chunk = make(7, number, 400, RELEASE)
        assert (sheet, owed) == (chunk.sheet, chunk.owed)
    makers = {note.name.partition("-")[2] for note in notes.iterdir()}
    assert str(one.pid) in makers
    assert len(makers) == 2


def test_a_worker_may_come_later(machines: Machines) -> None:
    killed = machines.worker()
    with cluster(machines.address) as executor:
        assert executor.threads == 1
        killed.kill()
        machines.worker()
        assert list(in_order(executor, double, range(5), ahead=2, stop=threading.Event())) == [0, 2, 4, 6, 8]


def test_what_a_task_raises_is_as_it_is_and_what_a_cluster_does_is_ours(machines: Machines) -> None:
    machines.workers(1)
    with cluster(machines.address) as executor:
        with pytest.raises(RuntimeError, match="no 3"):
            list(in_order(executor, fails, [3], ahead=1, stop=threading.Event()))
        assert list(in_order(executor, double, [3], ahead=1, stop=threading.Event())) == [6]
        theirs = executor.submit(double, 4)
        assert theirs.result(30) == 8
    with pytest.raises(WorkerLost, match=f"{machines.address}: the cluster has lost the work"):
        executor.submit(double, 4).result(30)


def test_a_task_that_kills_every_worker_is_told(machines: Machines) -> None:
    workers = FAILURES + 2  # one that is left, so that it is not for want of workers that the task ends
    machines.workers(workers)
    with cluster(machines.address) as executor:
        until_there_are(executor, workers)
        with pytest.raises(WorkerLost, match="the cluster has lost the work"):
            list(in_order(executor, dies, [1], ahead=1, stop=threading.Event()))


@pytest.mark.parametrize("what", ["scheduler", "workers"])
def test_a_cluster_that_is_gone_for_good_is_told(machines: Machines, what: str) -> None:
    worker = machines.worker()
    begun = time.monotonic()
    with cluster(machines.address, gone=2) as executor:
        (machines.scheduler if what == "scheduler" else worker).kill()
        with pytest.raises(WorkerLost, match="no worker for 2 s" if what == "workers" else "lost") as told:
            list(in_order(executor, sleeps, range(3), ahead=2, stop=threading.Event()))
    assert "\n" not in str(told.value)
    assert time.monotonic() - begun < 40


def test_leaving_gives_up_what_is_not_done(machines: Machines) -> None:
    machines.workers(1)
    begun = time.monotonic()
    with cluster(machines.address) as executor:
        waiting = [executor.submit(sleeps, number) for number in range(3)]
    assert time.monotonic() - begun < 30
    with pytest.raises(WorkerLost):
        waiting[2].result(30)


# --- Clusters that cannot be used --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [f"tcp://{LOOPBACK}:1", "tcp://no.such.host.invalid:8786", "nonsense", "x://y:1"])
def test_where_nobody_answers(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no client is made, which nobody would close."""

    def made(*_: object, **__: object) -> None:
        raise AssertionError("a client was made")

    monkeypatch.setattr("distributed.Client", made)
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1.0)
    with pytest.raises(SchedulerUnavailable) as told, cluster(address):
        pass
    assert str(told.value).startswith(f"{address}: no dask scheduler answers: ")
    assert "\n" not in str(told.value)


def test_a_scheduler_without_workers(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1.0)
    says = "has no workers: start some with: dask worker tcp://"
    with pytest.raises(SchedulerUnavailable, match=says), cluster(machines.address):
        pass


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    says = r"not installed here: pip install 'deferdiff\[dask\]'"
    with pytest.raises(SchedulerUnavailable, match=says), cluster("tcp://x:1"):
        pass


def test_workers_that_are_not_like_this_machine(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of another deferdiff would be predicted by another model."""
    machines.workers(1)
    with cluster(machines.address) as executor:
        monkeypatch.setattr(scheduler, "digest", lambda: "another")
        with pytest.raises(SchedulerUnavailable, match="has another deferdiff"):
            executor.submit(double, 1).result(30)
        monkeypatch.undo()
        versions = executor._client.get_versions()
        [worker] = versions["workers"]
        for name, version, says in (
            ("python", "3.99.0.final.0", "python 3.99"),
            ("distributed", "1.0", "distributed 1.0"),
        ):
            packages = {**versions["workers"][worker]["packages"], name: version}
            monkeypatch.setattr(
                executor._client,
                "get_versions",
                lambda packages=packages: {**versions, "workers": {worker: {"packages": packages}}},
            )
            with pytest.raises(SchedulerUnavailable, match=f"{worker} has {says}.*, here is"):
                scheduler._check(executor._client, machines.address)
        monkeypatch.undo()
        monkeypatch.setattr(executor._client, "run", lambda _: {worker: "another"})
        with pytest.raises(SchedulerUnavailable, match=f"{worker} has another deferdiff"):
            scheduler._check(executor._client, machines.address)

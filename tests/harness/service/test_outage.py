"""The database of a running service is stopped, and is back later: no job is lost, and clients are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from harness.database.engine import Database, connect
from harness.service.worker import Workers
from tests.harness.service.standin import request, until
from tests.harness.service.test_worker import ended, submit
from tests.postgres import Cluster

WAITS = """
import pathlib, time
here = pathlib.Path({here!r})
with (here / "begun").open("a") as file:
    file.write("x")
while not (here / "go").exists():
    time.sleep(0.02)
(here / "done").touch()
print("[]")
"""
"""A job that tells each time that it begins, and ends when it may."""

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """On a server that can be stopped."""
    monkeypatch.setenv("DEFERDIFF_DATA", str(tmp_path / "data"))
    with connect(cluster.new_database()) as opened:
        yield opened


@pytest.fixture
def running(workers: Workers, client: TestClient, tmp_path: Path) -> int:
    """A job that runs."""
    job = submit(client, WAITS.format(here=str(tmp_path)))
    workers.settings = replace(workers.settings, lease=2)
    workers.start()
    until((tmp_path / "begun").exists)
    return job


def test_clients_are_told_to_come_again(client: TestClient, database: Database, cluster: Cluster) -> None:
    job = submit(client)
    cluster.stop()
    try:
        ready, alive = client.get("/readyz"), client.get("/healthz")
        asked = [client.get(f"/api/v1/jobs/{job}"), client.post("/api/v1/jobs", json=request("#"))]
    finally:
        cluster.start()
    assert (ready.status_code, alive.status_code) == (503, 200)
    for answer in asked:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "\n" not in answer.json()["detail"]
    assert client.get("/readyz").status_code == 200
    assert [one["id"] for one in client.get("/api/v1/jobs").json()] == [job]


def test_a_job_runs_on_meanwhile(
    workers: Workers, client: TestClient, cluster: Cluster, running: int, tmp_path: Path
) -> None:
    workers.settings = replace(workers.settings, lease=1000)
    cluster.stop()
    cluster.start()
    (tmp_path / "go").touch()
    found = ended(client, running)
    assert (found["state"], found["status"], found["attempt"]) == ("finished", 0, 1)
    assert (tmp_path / "begun").read_text() == "x"


def test_a_job_that_ends_meanwhile_is_run_again(
    client: TestClient, cluster: Cluster, running: int, tmp_path: Path
) -> None:
    cluster.stop()
    try:
        (tmp_path / "go").touch()
        until((tmp_path / "done").exists)
        until(lambda: not list(tmp_path.glob("job-*")))
    finally:
        cluster.start()
    found = ended(client, running)
    assert (found["state"], found["status"], found["attempt"]) == ("finished", 0, 2)
    assert ended(client, submit(client))["state"] == "finished"

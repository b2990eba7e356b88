"""What workers keep of what jobs found: as `deferdiff gate --record` would, and once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from harness import accepted_file
from harness.data import record
from harness.database import acceptances, queue, runs
from harness.database.campaigns import CampaignRow
from harness.database.engine import Database
from harness.database.queue import Fenced
from harness.database.runs import FileRow, RunRow
from harness.errors import BadOutput
from harness.report import stored
from harness.report.result import FromStore
from harness.service import execution
from harness.service.worker import Workers
from tests.harness.report import sample
from tests.harness.service.standin import until

PAIR = Path(__file__).parents[3] / "ci" / "benchmarks" / "campaigns" / "pair.json"
CASE = "open-coded/recover-with-two-pending"
LEAVES = """
import pathlib, shutil, sys
shutil.copytree(sys.argv[1], "out", dirs_exist_ok=True)
if pathlib.Path("accepted.yaml").exists():
    shutil.copy("accepted.yaml", "out/accepted.json")
print("{}")
"""
"""A stand-in for deferdiff: it leaves the files of a directory, and what it was told is accepted."""

Leave = Callable[[dict[str, bytes]], None]


@pytest.fixture
def leave(workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leave:
    """Says what files jobs leave."""
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    command = [sys.executable, "-I", "-c", LEAVES, str(prepared)]
    monkeypatch.setattr(execution, "_deferdiff", lambda: command)

    def say(files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (prepared / name).write_bytes(content)

    return say


def done(client: TestClient, workers: Workers, kind: str = "gate", **more: Any) -> dict[str, Any]:
    """A job that ended."""
    job = client.post("/api/v1/jobs", json={"request": {"kind": kind, **more}}).json()["id"]
    workers.start()

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
        return found if found["state"] in ("finished", "failed", "cancelled") else None

    found: dict[str, Any] = until(look)
    return found


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_gate_is_a_run_in_the_history(
    workers: Workers, leave: Leave, client: TestClient, database: Database
) -> None:
    result = sample.mixed()
    leave({"run.json.gz": stored.render(result), "report.json": b"{}"})
    job = done(client, workers)
    assert (job["state"], job["run"], job["message"]) == ("finished", 1, "")
    with database.reading() as session:
        assert session.get_one(RunRow, 1).headline == result.headline()
        assert set(session.scalars(select(FileRow.name))) == {"run.json.gz", "report.json"}


def test_runs_that_came_from_the_store_are_no_witnesses(
    workers: Workers, leave: Leave, client: TestClient, database: Database
) -> None:
    known = FromStore(pre=frozenset({CASE}))
    leave({"run.json.gz": stored.render(sample.result(sample.regressed(CASE), stored=known))})
    done(client, workers)
    with database.reading() as session:
        found = session.execute(select(runs.ComparisonRow.pre_stored, runs.ComparisonRow.post_stored)).all()
    assert found == [(True, False)]


def test_a_campaign_is_one_in_the_history(
    workers: Workers, leave: Leave, client: TestClient, database: Database
) -> None:
    leave({"campaign.json": PAIR.read_bytes()})
    job = done(client, workers, "fuzz", programs=1)
    assert (job["state"], job["run"]) == ("finished", None)
    assert count(database, CampaignRow) == 1


@pytest.mark.parametrize(
    ("kind", "file", "more"), [("gate", "run.json.gz", {}), ("fuzz", record.FILE, {"programs": 1})]
)
def test_what_cannot_be_read_is_told_and_the_job_kept(
    workers: Workers, leave: Leave, client: TestClient, database: Database, kind: str, file: str, more: dict[str, Any]
) -> None:
    leave({file: b"damaged"})
    job = done(client, workers, kind, **more)
    assert (job["state"], job["status"], job["run"]) == ("finished", 0, None)
    assert job["message"].startswith("not recorded: ")
    assert file in {one["name"] for one in client.get(f"/api/v1/jobs/{job['id']}/results").json()}
    assert count(database, RunRow) == count(database, CampaignRow) == 0


def test_who_lost_the_job_records_nothing(
    workers: Workers, leave: Leave, client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave({"run.json.gz": stored.render(sample.mixed())})
    finish, tries = queue.finish, []

    def once_too_late(*given: Any) -> Any:
        tries.append(count(database, RunRow))
        if len(tries) == 1:
            raise Fenced("job 1: the lease ran out")
        return finish(*given)

    monkeypatch.setattr(queue, "finish", once_too_late)
    workers.settings = replace(workers.settings, lease=0.5)
    job = done(client, workers)
    assert (job["state"], job["attempt"], job["run"]) == ("finished", 2, 1)
    assert tries == [0, 0]
    assert count(database, RunRow) == 1


def test_what_was_accepted_counts_for_gates(
    workers: Workers, leave: Leave, client: TestClient, database: Database
) -> None:
    today = datetime.now(UTC).date()
    with database.writing() as session:
        number = runs.record(session, database.files, sample.result(sample.regressed(CASE), sample.changed()), {})
        run = runs.find(session, str(number))
        for case, until_when in ((CASE, today), ("goroutines/panic-text", today - timedelta(1))):
            acceptances.accept(session, run, case, reason="harmless", owner="mira", expires=until_when)
    leave({})
    job = done(client, workers)
    said = client.get(f"/api/v1/jobs/{job['id']}/results/accepted.json").text
    assert CASE in said
    assert "goroutines/panic-text" not in said, "that is over"


def test_who_finds_nothing_to_do_writes_nothing(
    workers: Workers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def spied(name: str, real: Callable[[Database], Any]) -> Callable[[Database], Any]:
        def spy(self: Database) -> Any:
            looks.append(name)
            return real(self)

        return spy

    for name in ("reading", "writing"):
        monkeypatch.setattr(Database, name, spied(name, getattr(Database, name)))
    workers.start()
    until(lambda: len(looks) >= 5)
    assert set(looks) == {"reading"}


def test_a_disk_that_is_full_when_a_gate_begins_costs_no_worker(
    workers: Workers, leave: Leave, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, tries = accepted_file.write, []

    def full_at_first(*given: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise BadOutput("accepted.yaml: cannot be written: No space left on device")
        write(*given)

    monkeypatch.setattr(accepted_file, "write", full_at_first)
    workers.settings = replace(workers.settings, lease=0.5)
    leave({})
    assert done(client, workers)["attempt"] == 2

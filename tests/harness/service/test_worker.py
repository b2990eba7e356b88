from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from unittest.mock import MagicMock

import pytest
from fastapi.testclient import TestClient

from harness.database import artifacts, queue
from harness.database.engine import Database
from harness.service import warden, worker
from harness.service.worker import Workers
from tests.harness.service.standin import AGREES, SLEEPS, request, until


def submit(client: TestClient, python: str = AGREES) -> int:
    number: int = client.post("/api/v1/jobs", json=request(python)).json()["id"]
    return number


def ended(client: TestClient, job: int) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
        return found if found["state"] in ("finished", "failed", "cancelled") else None

    found: dict[str, Any] = until(look)
    return found


def begun(scratch: Path) -> Path:
    """The directory of the job that sleeps, once it does."""
    found: Path = until(lambda: next(iter(scratch.glob("job-*/job/begun")), None))
    return found.parent


def runs(words: str) -> bool:
    commands = [entry / "cmdline" for entry in Path("/proc").glob("[0-9]*")]
    return any(words.encode() in _read(command) for command in commands)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("status", [0, 1, 125])
def test_a_job_ends_as_its_command_does(workers: Workers, client: TestClient, status: int) -> None:
    job = submit(client, f'print("[{status}]"); print("warned", file=sys.stderr); sys.exit({status})')
    workers.start()
    found = ended(client, job)
    assert (found["state"], found["status"], found["tail"], found["attempt"]) == ("finished", status, "", 1)
    names = {one["name"]: client.get(one["url"]).text for one in client.get(f"/api/v1/jobs/{job}/results").json()}
    assert names == {"result.json": f"[{status}]\n", "log.txt": "warned\n"}


@pytest.mark.parametrize("status", [2, 3])
def test_bad_input_and_machinery_say_why(workers: Workers, client: TestClient, status: int) -> None:
    job = submit(client, f'sys.exit(print("deferdiff: a.go:1: no", file=sys.stderr) or {status})')
    workers.start()
    found = ended(client, job)
    assert (found["state"], found["status"], found["message"]) == ("finished", status, "a.go:1: no")


@pytest.mark.parametrize(
    "python", ["raise RuntimeError('broken')", "import os; os.kill(os.getpid(), 9)", "sys.exit(1)", "sys.exit(77)"]
)
def test_a_command_that_breaks_is_tried_again_and_given_up(workers: Workers, client: TestClient, python: str) -> None:
    job = submit(client, python)
    workers.start()
    found = ended(client, job)
    assert (found["state"], found["status"], found["attempt"]) == ("failed", None, 3)
    assert found["message"].startswith("given up after 3 attempts: the command ")


def test_cancelling_leaves_no_process(workers: Workers, client: TestClient, tmp_path: Path) -> None:
    """Not even one that has left the command's group and heeds nothing."""
    escaped = f"import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(1000) # escaped {os.getpid()}"
    start = f"import subprocess\nsubprocess.Popen([sys.executable, '-c', {escaped!r}], start_new_session=True)\n"
    job = submit(client, start + SLEEPS)
    workers.start()
    begun(tmp_path)
    assert runs(f"escaped {os.getpid()}")
    assert client.post(f"/api/v1/jobs/{job}/cancel").json()["cancel"]
    assert ended(client, job)["state"] == "cancelled"
    assert not runs(f"escaped {os.getpid()}")
    until(lambda: not list(tmp_path.glob("job-*")))
    assert [one["name"] for one in client.get(f"/api/v1/jobs/{job}/results").json()] == ["log.txt", "result.json"]


def test_a_command_that_does_not_end_when_it_is_asked_is_killed(
    workers: Workers, client: TestClient, tmp_path: Path
) -> None:
    workers.settings = replace(workers.settings, grace=0.1)
    job = submit(client, f"import signal; signal.signal(2, signal.SIG_IGN)\n{SLEEPS}")
    workers.start()
    begun(tmp_path)
    client.post(f"/api/v1/jobs/{job}/cancel")
    assert ended(client, job)["state"] == "cancelled"


def test_a_job_that_takes_too_long_is_ended(workers: Workers, client: TestClient) -> None:
    workers.settings = replace(workers.settings, longest=0.1)
    job = submit(client, SLEEPS)
    workers.start()
    found = ended(client, job)
    assert (found["state"], found["status"], found["message"]) == ("finished", 3, "it took longer than 0.1 s")


def test_stopping_gives_a_job_back(workers: Workers, client: TestClient, tmp_path: Path) -> None:
    job = submit(client, SLEEPS)
    workers.start()
    begun(tmp_path)
    workers.stop()
    found = client.get(f"/api/v1/jobs/{job}").json()
    assert (found["state"], found["message"]) == ("queued", "")
    assert not list(tmp_path.glob("job-*"))


def test_a_worker_that_lost_its_job_keeps_nothing(
    workers: Workers, client: TestClient, tmp_path: Path, database: Database
) -> None:
    job = submit(client, f"{SLEEPS.replace('1000', '0.5')}\n{AGREES}")
    workers.start()
    begun(tmp_path)
    with database.writing() as session:
        queue.reclaim(session, 9, queue.clock(session), queue.workers(session))
    found = ended(client, job)
    assert (found["state"], found["attempt"]) == ("finished", 2)


def test_progress_is_told(workers: Workers, client: TestClient, tmp_path: Path) -> None:
    told = [
        {"toolchain": side, "phase": "run", "done": done, "total": 10} for side, done in (("pre", 3), ("post", 6))
    ]
    lines = "".join(json.dumps(one) + "\n" for one in (*told, {"note": "trying again"}))
    job = submit(
        client, f'import os; os.write(int(os.environ["DEFERDIFF_PROGRESS_FD"]), {lines!r}.encode())\n{SLEEPS}'
    )
    workers.start()
    begun(tmp_path)
    found = until(lambda: (now := client.get(f"/api/v1/jobs/{job}").json())["percent"] and now)
    assert (found["phase"], found["percent"], found["tail"]) == ("run", 45, "trying again")


def test_only_results_are_kept_and_no_links(workers: Workers, client: TestClient) -> None:
    python = (
        'out = pathlib.Path("out"); (out / "smallest.go").write_text("go"); (out / "junk").write_text("")\n'
        '(out / "smallest.yaml").symlink_to("/etc/passwd"); print("{}")'
    )
    body = {
        "request": {
            "kind": "reduce",
            "program": "p.yaml",
            "on": "post",
            "files": [{"name": "p.yaml", "text": python}],
        }
    }
    job = client.post("/api/v1/jobs", json=body).json()["id"]
    workers.start()
    assert ended(client, job)["status"] == 0
    names = [one["name"] for one in client.get(f"/api/v1/jobs/{job}/results").json()]
    assert names == ["log.txt", "result.json", "smallest.go"]


def test_a_full_disk_ends_no_worker(
    workers: Workers, client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is begun again when its lease has run out; the worker goes on with others."""
    workers.settings = replace(workers.settings, lease=0.5, attempts=99)
    kept, full = artifacts.keep, [True]

    def keep(*arguments: Any) -> str:
        if full:
            full.pop()
            raise OSError(28, "No space left on device")
        return kept(*arguments)

    monkeypatch.setattr(artifacts, "keep", keep)
    job = submit(client)
    workers.start()
    found = ended(client, job)
    assert found["state"] == "finished"
    assert found["attempt"] > 1


def test_why_is_told_though_progress_is_noted_later(workers: Workers, client: TestClient) -> None:
    job = submit(client, 'sys.exit(print("deferdiff: pre: no Engine\\ntrying again", file=sys.stderr) or 3)')
    workers.start()
    found = ended(client, job)
    assert (found["status"], found["message"]) == (3, "pre: no Engine")


def test_a_bug_costs_its_job_three_attempts_and_no_other_job_its_worker(
    workers: Workers, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finish = queue.finish

    def breaks(session: Any, held: Any, *given: Any) -> Any:
        if held.job == bad:
            raise ZeroDivisionError("a bug")
        return finish(session, held, *given)

    monkeypatch.setattr(queue, "finish", breaks)
    bad, good = submit(client), submit(client, f"{AGREES} # another")
    workers.start()
    found = ended(client, bad)
    assert (found["state"], found["attempt"]) == ("failed", 3)
    assert found["message"] == "given up after 3 attempts: deferdiff broke: the service's log says where"
    assert ended(client, good)["state"] == "finished"
    told = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert told == [ZeroDivisionError] * 3


def test_the_warden_ends_what_a_killed_worker_ran(tmp_path: Path) -> None:
    mark = f"orphan {os.getpid()}"
    sleeps = f"import time; time.sleep(1000) # {mark}"
    holder = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {warden.__file__!r}, '5', sys.executable, '-c', {sleeps!r}],"
        " stdin=subprocess.PIPE, start_new_session=True)\n"
        "time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", holder]) as process:
        until(lambda: runs(f"\0-c\0{sleeps}"))
        process.send_signal(signal.SIGKILL)
    until(lambda: not runs(mark))


@pytest.mark.parametrize(("sandbox", "times"), [("docker", 1), ("auto", 1), ("process", 0)])
def test_who_begins_removes_what_dead_workers_left(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, sandbox: Literal["auto", "docker", "process"], times: int
) -> None:
    engine = MagicMock()
    monkeypatch.setattr(worker, "Engine", engine)
    workers.settings = replace(workers.settings, place=replace(workers.settings.place, sandbox=sandbox))
    workers.start()
    assert engine.return_value.__enter__.return_value.reap.call_count == times

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from harness.database import artifacts, queue
from harness.database.engine import Database
from harness.database.queue import File
from harness.database.tokens import Scope
from harness.service.core import Service
from tests.harness.service.conftest import token
from tests.harness.service.standin import AGREES, events, request

LEASE = timedelta(seconds=30)


def finish(database: Database, results: dict[str, bytes], status: int = 0) -> int:
    """Do the next job, as a worker would."""
    with database.writing() as session:
        held = queue.claim(session, "w", LEASE, queue.clock(session))
        assert held is not None
        files = {
            name: File(artifacts.keep(session, database.files, content), len(content))
            for name, content in results.items()
        }
        queue.finish(session, held, status, "", files, queue.clock(session))
    return held.job


def test_a_job_is_submitted_once(client: TestClient) -> None:
    first = client.post("/api/v1/jobs", json=request())
    assert first.status_code == 201
    job = first.json()
    assert (job["state"], job["kind"], first.headers["location"]) == ("queued", "run", f"/api/v1/jobs/{job['id']}")
    again = client.post("/api/v1/jobs", json=request())
    assert (again.status_code, again.json()["id"]) == (200, job["id"])
    other = client.post("/api/v1/jobs", json=request(AGREES + "\n"))
    assert (other.status_code, other.json()["id"] == job["id"]) == (201, False)


def test_jobs_are_listed_the_newest_first(client: TestClient) -> None:
    made = [client.post("/api/v1/jobs", json=request(AGREES + "\n" * n)).json()["id"] for n in range(3)]
    newest = client.get("/api/v1/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in newest] == [made[2], made[1]]
    rest = client.get("/api/v1/jobs", params={"before": newest[-1]["id"]}).json()
    assert [job["id"] for job in rest] == [made[0]]
    assert client.get("/api/v1/jobs", params={"state": "failed"}).json() == []


def test_what_was_asked_can_be_asked_for(client: TestClient) -> None:
    job = client.post("/api/v1/jobs", json=request()).json()["id"]
    said = client.get(f"/api/v1/jobs/{job}/request").json()
    assert said["files"] == [{"name": "program.go", "text": AGREES}]


def test_results_are_data_whatever_is_in_them(client: TestClient, database: Database) -> None:
    client.post("/api/v1/jobs", json=request())
    page = b"<script>alert(1)</script>"
    job = finish(database, {"report.html": page, "report.json": b"{}", "rerun/a__b/run.sh": page})
    listed = {one["name"]: one for one in client.get(f"/api/v1/jobs/{job}/results").json()}
    assert set(listed) == {"report.html", "report.json", "rerun/a__b/run.sh"}
    kinds = {}
    for name, one in listed.items():
        answer = client.get(one["url"])
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
        assert "allow-same-origin" not in answer.headers["content-security-policy"]
        kinds[name] = (answer.headers["content-type"], answer.headers["content-disposition"])
    assert kinds == {
        "report.html": ("text/html; charset=utf-8", 'inline; filename="report.html"'),
        "report.json": ("application/json", 'attachment; filename="report.json"'),
        "rerun/a__b/run.sh": ("text/plain; charset=utf-8", 'attachment; filename="run.sh"'),
    }


@pytest.mark.parametrize("name", ["../service.sqlite3", "..%2f..%2fetc/passwd", "/etc/passwd", "nothing", "%00"])
def test_names_of_results_are_no_paths(client: TestClient, database: Database, name: str) -> None:
    client.post("/api/v1/jobs", json=request())
    job = finish(database, {"report.json": b"{}"})
    assert client.get(f"/api/v1/jobs/{job}/results/{name}").status_code == 404


def test_cancelling(client: TestClient) -> None:
    job = client.post("/api/v1/jobs", json=request()).json()["id"]
    assert client.post(f"/api/v1/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert client.post("/api/v1/jobs/99/cancel").status_code == 404


def test_events_end_with_the_job(client: TestClient, database: Database) -> None:
    client.post("/api/v1/jobs", json=request())
    job = finish(database, {}, status=1)
    answer = client.get(f"/api/v1/jobs/{job}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    (told,) = events(answer.text)
    assert (told["state"], told["status"]) == ("finished", 1)
    seen = client.get(f"/api/v1/jobs/{job}/events", headers={"Last-Event-ID": str(told["revision"])})
    assert events(seen.text) == []
    assert client.get("/api/v1/jobs/99/events").status_code == 404


def test_a_token_has_a_limit(client: TestClient, service: Service, database: Database) -> None:
    service.limit = 1
    assert client.post("/api/v1/jobs", json=request()).status_code == 201
    refused = client.post("/api/v1/jobs", json=request("#"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    client.headers["Authorization"] = f"Bearer {token(database, Scope.SUBMIT)}"
    assert client.post("/api/v1/jobs", json=request("#")).status_code == 201


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"request": {"kind": "gate", "color": 1}}', "color: extra inputs are not permitted"),
        ('{"request": {"kind": "nothing"}}', "does not match any of the expected tags"),
        ('{"request": {"kind": "run", "program": "a.go"}}', "a.go: no such file was uploaded: add it to files"),
        ('{"request": {"kind": "gate", "suite": "\\ud800"}}', "request"),
        ('{"request": {"kind": "gate", "timeout": NaN}}', "timeout"),
        ("{", "body"),
        ("", "body"),
    ],
)
def test_bad_requests_get_one_line(client: TestClient, body: str, why: str) -> None:
    answer = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    said = answer.json()["detail"]
    assert why in said
    assert "\n" not in said


def test_metrics(client: TestClient, database: Database, service: Service) -> None:
    client.post("/api/v1/jobs", json=request())
    finish(database, {})
    client.post("/api/v1/jobs", json=request())
    client.get("/api/v1/jobs/12345")
    service.metrics.ended("run", "finished")
    text = client.get("/metrics").text
    for line in (
        'deferdiff_jobs{kind="run",state="finished"} 1.0',
        'deferdiff_jobs{kind="run",state="queued"} 1.0',
        "deferdiff_database_up 1.0",
        'deferdiff_jobs_ended_total{kind="run",state="finished"} 1.0',
        'deferdiff_requests_total{method="POST",route="/api/v1/jobs",status="201"} 2.0',
        'deferdiff_requests_total{method="GET",route="/api/v1/jobs/{job}",status="404"} 1.0',
    ):
        assert line in text.splitlines()
    assert "12345" not in text


def test_health(client: TestClient, database: Database) -> None:
    del client.headers["Authorization"]
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_database_that_is_away(client: TestClient, database: Database) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE jobs RENAME TO gone")
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"].count("\n")) == (503, 0)
    assert "deferdiff_database_up 0.0" in client.get("/metrics").text

"""A service's client against a service that is made up: what it asks, and the one line for all that goes wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from harness import remote
from harness.errors import BadSubmission, RemoteFailed
from harness.remote import TOKEN, Job, Remote

Answer = tuple[int, bytes]
Answers = Callable[[str, bytes], Answer]

VIEW = {"id": 7, "state": "running", "status": None, "message": "", "phase": "build", "percent": 40, "more": "x"}
DONE = {**VIEW, "state": "finished", "status": 1}


@contextmanager
def service(answers: Answers, asked: list[tuple[str, str, bytes]]) -> Iterator[str]:
    """Its address. `asked`: "METHOD path", the Authorization, the body."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((f"{self.command} {self.path}", self.headers.get("Authorization", ""), body))
            status, content = answers(asked[-1][0], body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815  # the names that the library looks for

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_LOOK", 0.01)
    monkeypatch.delenv(TOKEN, raising=False)


def said(answer: object) -> Answer:
    return 200, json.dumps(answer).encode()


def test_a_job_from_its_begin_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "ddf_x")
    asked: list[tuple[str, str, bytes]] = []
    looks = iter([VIEW, VIEW, DONE])

    def answers(what: str, _body: bytes) -> Answer:
        match what:
            case "GET /api/v1/jobs/7":
                return said(next(looks))
            case "GET /api/v1/jobs/7/results":
                return said([{"name": "run.json.gz"}, {"name": "log.txt"}])
            case "GET /api/v1/jobs/7/results/run.json.gz":
                return 200, b"whole"
            case _:
                return said({**VIEW, "state": "queued"})

    heard: list[Job] = []
    with service(answers, asked) as url:
        client = Remote(url)
        job = client.submit({"kind": "gate"})
        assert not job.is_done
        job = client.wait(job, threading.Event(), heard.append)
        assert (job.number, job.state, job.status, job.is_done) == (7, "finished", 1, True)
        assert client.results(job) == ["run.json.gz", "log.txt"]
        assert client.result(job, "run.json.gz") == b"whole"
    assert [(each.state, each.phase, each.percent) for each in heard] == [
        ("queued", "build", 40),
        ("running", "build", 40),
        ("finished", "build", 40),
    ]
    assert json.loads(asked[0][2]) == {"request": {"kind": "gate"}}
    assert {authorization for _, authorization, _ in asked} == {"Bearer ddf_x"}


def test_a_wait_that_is_ended_and_a_cancellation() -> None:
    asked: list[tuple[str, str, bytes]] = []
    stop = threading.Event()
    with service(lambda *_: said(VIEW), asked) as url:
        client = Remote(url)
        assert not client.wait(client.submit({}), stop, lambda _: stop.set()).is_done
        job = client.wait(client.submit({}), stop, lambda _: None)
        client.cancel(job)
    assert asked[-1][:2] == ("POST /api/v1/jobs/7/cancel", "")


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((401, b'{"detail": "a token"}'), BadSubmission, r"a token \(the token is taken from \$DEFERDIFF_TOKEN\)$"),
        ((422, b'{"detail": "kind:\\n bad"}'), BadSubmission, ": kind: bad$"),
        ((500, b'{"detail": "its bug"}'), RemoteFailed, "its bug$"),
        ((404, b"<html>"), RemoteFailed, "answers otherwise than deferdiff does"),
        ((302, b""), RemoteFailed, "answers otherwise than deferdiff does"),
        ((200, b"<html>"), RemoteFailed, "answers otherwise than deferdiff does"),
        ((200, b"[1]"), RemoteFailed, "answers otherwise than deferdiff does"),
        ((200, b"{}"), RemoteFailed, "answers otherwise than deferdiff does"),
    ],
)
def test_what_it_does_not_want(answer: Answer, error: type[Exception], says: str) -> None:
    with service(lambda *_: answer, []) as url, pytest.raises(error, match=says) as told:
        Remote(url).submit({})
    assert "\n" not in str(told.value)


def test_a_service_that_is_busy_or_away_is_asked_again() -> None:
    answers = iter([(503, b'{"detail": "away"}'), (429, b'{"detail": "many"}'), said(VIEW)])
    with service(lambda *_: next(answers), []) as url:
        assert Remote(url).submit({}).number == 7
    with pytest.raises(RemoteFailed, match=r"^http://127\.0\.0\.1:\d+: does not answer: Connection refused$"):
        Remote(url, patience=0.05).submit({})


@pytest.mark.parametrize("url", ["ftp://host", "host", "http://", "http://[x"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(BadSubmission, match="no address of a service"):
        Remote(url).submit({})

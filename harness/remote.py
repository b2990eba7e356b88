"""A service (`deferdiff serve`) as its client sees it: submit a job, wait for its end, fetch what it left."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from harness.errors import BadSubmission, RemoteFailed

TOKEN = "DEFERDIFF_TOKEN"
"""The environment variable that has the token: a command line is for all to see."""

_LOOK = 1.0
"""Seconds between two looks at a job."""
_SECONDS = 30.0
"""Seconds in which the service must answer."""
_PATIENCE = 120.0
"""Seconds for which a service that does not answer is asked again: it may be restarted, and loses no job by that."""
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
_DONE = ("finished", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the service tells of it. `status`: the exit status of its command, None if it has none."""

    number: int
    state: str
    status: int | None
    message: str
    phase: str
    percent: int | None

    @property
    def is_done(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in _DONE


class Remote:
    """The service at `url`. All methods raise `BadSubmission` if it refuses what is asked, and `RemoteFailed` if it
    does not answer, or not as a service does."""

    def __init__(self, url: str, *, patience: float = _PATIENCE) -> None:
        self._url = url.rstrip("/")
        self._patience = patience
        self._session = requests.Session()
        if token := os.environ.get(TOKEN):
            self._session.headers["Authorization"] = f"Bearer {token}"

    def submit(self, request: dict[str, Any]) -> Job:
        """A new job, or an identical one that is not done yet."""
        return self._job(self._ask("POST", "/api/v1/jobs", json={"request": request}))

    def wait(self, job: Job, stop: threading.Event, heard: Callable[[Job], None]) -> Job:
        """The job when it is done, or as it is when `stop` is set; `heard` is told of it now and when it changes."""
        heard(job)
        while not job.is_done and not stop.wait(_LOOK):
            before, job = job, self._job(self._ask("GET", f"/api/v1/jobs/{job.number}"))
            if job != before:
                heard(job)
        return job

    def cancel(self, job: Job) -> None:
        """Ask for the job's end."""
        self._ask("POST", f"/api/v1/jobs/{job.number}/cancel")

    def results(self, job: Job) -> list[str]:
        """The names of the files that the job left."""
        try:
            return [str(each["name"]) for each in self._ask("GET", f"/api/v1/jobs/{job.number}/results").json()]
        except (ValueError, KeyError, TypeError):
            raise self._stranger() from None

    def result(self, job: Job, name: str) -> bytes:
        """A file that the job left."""
        return self._ask("GET", f"/api/v1/jobs/{job.number}/results/{name}").content

    def _ask(self, method: str, path: str, json: dict[str, Any] | None = None) -> requests.Response:
        until = time.monotonic() + self._patience
        while True:
            try:
                answer = self._session.request(
                    method, self._url + path, json=json, timeout=_SECONDS, allow_redirects=False
                )
            except _NO_ADDRESS:
                raise BadSubmission(
                    f"{self._url}: no address of a service; one is like https://host or http://127.0.0.1:8350"
                ) from None
            except requests.RequestException as trouble:
                if time.monotonic() < until:
                    time.sleep(_LOOK)
                    continue
                raise RemoteFailed(f"{self._url}: does not answer: {_reason(trouble)}") from None
            if answer.status_code in (429, 503) and time.monotonic() < until:
                time.sleep(_LOOK)
                continue
            if answer.ok:
                return answer
            raise self._refusal(answer)

    def _refusal(self, answer: requests.Response) -> BadSubmission | RemoteFailed:
        try:
            why = str(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            return self._stranger()
        told = " ".join(why.split())
        if answer.status_code in (401, 403):
            told += f" (the token is taken from ${TOKEN})"
        return (BadSubmission if answer.status_code < 500 else RemoteFailed)(f"{self._url}: {told}")

    def _job(self, answer: requests.Response) -> Job:
        try:
            view = answer.json()
            return Job(view["id"], view["state"], view["status"], view["message"], view["phase"], view["percent"])
        except (ValueError, KeyError, TypeError):
            raise self._stranger() from None

    def _stranger(self) -> RemoteFailed:
        return RemoteFailed(f"{self._url}: answers otherwise than deferdiff does; is it one?")


def _reason(trouble: requests.RequestException) -> str:
    """Why a request failed, as the system says it."""
    cause: BaseException = trouble
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    return getattr(cause, "strerror", None) or " ".join(str(cause).split()) or type(cause).__name__

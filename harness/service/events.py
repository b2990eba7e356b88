"""A job as server-sent events: its state, whenever that changes, until it is done.

Each event is the whole of the job, so a client that was away misses nothing that counts; the event's id is the job's
revision, and one that a client has seen already (`Last-Event-ID`) is not sent again.

Coroutines, since a thread for every client that watches would leave none for those that ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import HTTPException
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from harness.database import jobs
from harness.database.engine import Database
from harness.database.jobs import DONE
from harness.errors import DatabaseFailed
from harness.service.schemas import JobView

LOOK = 0.5
"""Seconds between two looks at a job."""
_ALIVE = 15.0
"""Seconds of silence after which a client is told that nothing happened."""


def answer(database: Database, job: int, seen: int) -> StreamingResponse:
    """The events of a job as an answer. `seen`: the last revision that the client has."""

    def read() -> JobView | None:
        with database.reading() as session:
            row = jobs.get(session, job)
            return None if row is None else JobView.of(row)

    if read() is None:
        raise HTTPException(404, f"there is no job {job}")
    return StreamingResponse(
        stream(read, seen), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def stream(read: Callable[[], JobView | None], seen: int, look: float = LOOK) -> AsyncIterator[str]:
    """The events of a job. `read` reads it; `seen`: the last revision that the client has."""
    silent = 0.0
    while True:
        try:
            job = await run_in_threadpool(read)
        except DatabaseFailed:
            job = None  # it may come back
        if job is not None and job.revision > seen:
            seen, silent = job.revision, 0.0
            yield f"id: {job.revision}\nevent: job\ndata: {job.model_dump_json()}\n\n"
        if job is not None and job.state in DONE:
            return
        if silent >= _ALIVE:
            silent = 0.0
            yield ": nothing new\n\n"
        await asyncio.sleep(look)
        silent += look

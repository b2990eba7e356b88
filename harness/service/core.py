"""What the routes of the service share: the database, who may do what, and how a job comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version

from fastapi import HTTPException
from sqlalchemy.exc import IntegrityError

from harness.database import deliveries, jobs, queue
from harness.database.engine import Database
from harness.database.jobs import DONE, Asked, TooMany
from harness.database.tokens import Holder
from harness.service.access import Access
from harness.service.kinds import Place
from harness.service.metrics import Metrics
from harness.service.schemas import JobView, Submission


class Service:
    """`submitted`: told of each new job; `limit`: how many jobs a token may have going; `public_read`: reading takes
    no token."""

    def __init__(
        self,
        database: Database,
        place: Place,
        *,
        public_read: bool = False,
        limit: int = 1000,
        submitted: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self.place = place
        self.access = Access(database, public_read=public_read)
        self.limit = limit
        self.submitted = submitted
        self.metrics = Metrics(database)

    def submit(self, given: Submission, holder: Holder) -> tuple[JobView, bool]:
        """The job that does what is asked, and whether it is a new one. Raises `UsageError` for what no worker could
        do; 429: the holder has too many jobs; 503: to be tried again."""
        given.request.check(self.place)
        request = given.request.model_dump_json()
        digest = hashlib.sha256(f"{version('deferdiff')}\0{request}".encode()).hexdigest()
        asked = Asked(given.request.kind, digest, request, holder.id, given.priority, self.limit, given.reuse)
        try:
            with self.database.writing() as session:
                now = queue.clock(session)
                row, new = jobs.submit(session, asked, now)
                if (hook := given.webhook) is not None:
                    deliveries.want(session, row.id, hook.url, hook.secret, now, done=row.state in DONE)
                view = JobView.of(row)
        except TooMany:
            why = f"this token has {self.limit} jobs going: wait for some"
            raise HTTPException(429, why, {"Retry-After": "5"}) from None
        except IntegrityError:
            raise HTTPException(503, "an identical job ended just now: try again", {"Retry-After": "1"}) from None
        self.submitted()
        return view, new

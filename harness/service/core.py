"""What the routes of the service share."""

from __future__ import annotations

from collections.abc import Callable

from harness.database.engine import Database
from harness.service.access import Access
from harness.service.kinds import Place
from harness.service.metrics import Metrics


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

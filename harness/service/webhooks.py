"""Messages to clients about the ends of their jobs.

    POST url        Deferdiff-Signature: t=<Unix time>,v1=<hex HMAC-SHA256 of "<t>.<body>" with the client's secret>
                    Deferdiff-Delivery: <number>; the same if the message comes again

Any answer of 2xx is a receipt; else it is tried again, later each time. A receiver should refuse old times.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from harness.database import deliveries, jobs, queue
from harness.database.deliveries import Delivery
from harness.database.engine import Database
from harness.errors import DatabaseFailed
from harness.service import addresses
from harness.service.schemas import JobView

log = logging.getLogger(__name__)

TRIES = 8
_PATIENCE = timedelta(seconds=60)
"""How long one try may take before another courier does it again."""


def signature(secret: str, moment: int, body: bytes) -> str:
    """What the header says."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


@dataclass(slots=True)
class Courier:
    """A thread that delivers what is due. `private`: also to addresses that are not public. Times in seconds."""

    database: Database
    private: bool = False
    idle: float = 0.5
    backoff: float = 2.0
    seconds: float = 10.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._work, name="courier")
        self._thread.start()

    def stop(self) -> None:
        """End, when the message that is on its way has arrived or failed."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.deliver()
            except DatabaseFailed as trouble:
                log.warning("%s", trouble)
                busy = False
            except Exception:
                # A bug of ours that one message brings out must not cost the others their courier.
                log.exception("a webhook: deferdiff broke")
                busy = False
            if not busy:
                self._stop.wait(self.idle)

    def deliver(self) -> bool:
        """Deliver what is due next; whether there was anything."""
        # Who only looks must not hold up those who write: SQLite has one writer at a time.
        with self.database.reading() as session:
            if not deliveries.is_due(session, queue.clock(session)):
                return False
        with self.database.writing() as session:
            delivery = deliveries.take(session, _PATIENCE, queue.clock(session))
        if delivery is None:
            return False
        trouble, final = self._send(delivery)
        with self.database.writing() as session:
            later = timedelta(seconds=self.backoff * 2 ** (delivery.tries - 1))
            again = queue.clock(session) + later if trouble and not final and delivery.tries < TRIES else None
            deliveries.settle(session, delivery, again, trouble)
        if trouble:
            log.warning("job %d: webhook, try %d: %s", delivery.job, delivery.tries, trouble)
        return True

    def _send(self, delivery: Delivery) -> tuple[str, bool]:
        """What went wrong, "" if nothing did; and whether it always will."""
        with self.database.reading() as session:
            row = jobs.get(session, delivery.job)
            assert row is not None, "it goes with its job"
            body = JobView.of(row).model_dump_json().encode()
            moment = int(queue.clock(session).timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "deferdiff",
            "Deferdiff-Delivery": str(delivery.id),
            "Deferdiff-Signature": signature(delivery.secret, moment, body),
        }
        try:
            status = addresses.post(delivery.url, body, headers, private=self.private, seconds=self.seconds)
        except addresses.Refused as refused:
            return str(refused), True
        except (OSError, http.client.HTTPException, UnicodeError) as failed:
            return " ".join(str(failed).split()) or type(failed).__name__, False
        return ("" if 200 <= status < 300 else f"the receiver answered {status}"), False

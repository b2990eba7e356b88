"""The process `deferdiff serve`: workers, the courier of webhooks, and the HTTP server, until it is told to end.

Told to end, it lets requests come to theirs, gives running jobs back to the queue, and leaves nothing running.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from harness.database.engine import Database
from harness.errors import BadAddress
from harness.service.api import application
from harness.service.core import Service
from harness.service.limits import ImpatientProtocol
from harness.service.webhooks import Courier
from harness.service.worker import Settings, Workers

_CONNECTIONS = 1000
_IDLE_SECONDS = 15
_END_SECONDS = 10


class _Server(uvicorn.Server):
    """uvicorn's, which ends when `serve` says so."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled once, for all that runs."""
        yield


def serve(
    database: Database, settings: Settings, listening: socket.socket, *, workers: int, public: bool, limit: int,
    private_webhooks: bool,
) -> None:  # fmt: skip
    """Answer on a socket, and work, until SIGINT or SIGTERM."""
    working = Workers(database, settings, workers)
    service = Service(database, settings.place, public_read=public, limit=limit, submitted=working.woken.set)
    working.ended = service.metrics.ended
    courier = Courier(database, private_webhooks)
    server = _Server(
        uvicorn.Config(
            application(service),
            http=ImpatientProtocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_END_SECONDS,
        )
    )
    with _told() as end:
        threading.Thread(target=_ends, args=(end, server), daemon=True).start()
        working.start()
        courier.start()
        try:
            server.run([listening])
        finally:
            end.set()
            working.stop()
            courier.stop()


def work(database: Database, settings: Settings, workers: int) -> None:
    """Only work, until SIGINT or SIGTERM."""
    working = Workers(database, settings, workers)
    with _told() as end:
        working.start()
        try:
            end.wait()
        finally:
            working.stop()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises `BadAddress`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as trouble:
        raise BadAddress(f"{host}:{port}: cannot be listened on: {trouble}; give --host and --port") from None
    # What is accepted inherits it. An answer is sent in two parts: else the second one waits 40 ms for a client that
    # keeps its connection to acknowledge the first.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _ends(end: threading.Event, server: uvicorn.Server) -> None:
    end.wait()
    server.should_exit = True


@contextmanager
def _told() -> Iterator[threading.Event]:
    """An event that is set by SIGINT and SIGTERM."""
    end = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        end.set()

    earlier = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield end
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)

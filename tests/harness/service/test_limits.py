from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.types import Message

from harness.service import limits
from harness.service.api import application
from harness.service.core import Service
from harness.service.limits import BODY_BYTES, BodyLimit, ImpatientProtocol
from tests.harness.service.standin import until


def test_a_body_that_says_it_is_too_large(client: TestClient) -> None:
    answer = client.post("/api/v1/jobs", content=b"x" * (BODY_BYTES + 1))
    assert (answer.status_code, answer.json()) == (413, {"detail": f"the body is larger than {BODY_BYTES} bytes"})


def test_a_body_that_says_nothing(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(9):
            yield b"x" * (1 << 20)

    assert client.post("/api/v1/jobs", content=pieces()).status_code == 413


def test_nobody_needs_a_token_to_be_refused_for_size(service: Service) -> None:
    assert TestClient(application(service)).post("/healthz", content=b"x" * (BODY_BYTES + 1)).status_code == 413


def drive(limit: BodyLimit, messages: list[Message], *, then_hang: bool = False) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        if not messages and then_hang:
            await asyncio.sleep(1000)
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(limit({"type": "http", "headers": []}, receive, send))
    return sent


async def nothing(*_: object) -> None:
    pytest.fail("the application saw an incomplete body")


def test_a_body_that_is_cut_off_is_none() -> None:
    begun = {"type": "http.request", "body": b"{", "more_body": True}
    assert drive(BodyLimit(nothing), [begun, {"type": "http.disconnect"}]) == []


def test_a_body_that_takes_too_long() -> None:
    begun = {"type": "http.request", "body": b"{", "more_body": True}
    sent = drive(BodyLimit(nothing, seconds=0.05), [begun], then_hang=True)
    assert sent[0]["status"] == 408


@pytest.fixture
def address(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A service that soon has no patience with slow heads, and never ends a connection because it is idle."""
    monkeypatch.setattr(limits, "HEADER_SECONDS", 0.3)
    server = uvicorn.Server(
        uvicorn.Config(
            application(service),
            http=ImpatientProtocol,
            ws="none",
            lifespan="off",
            log_level="error",
            timeout_keep_alive=1000,
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        until(lambda: server.started)
        yield listening.getsockname()
        server.should_exit = True
        thread.join()


HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("begun", [b"", HEAD])
def test_the_head_of_the_first_request_takes_too_long(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address, timeout=30) as slow:
        slow.sendall(begun)
        assert slow.recv(1000) == b""


def test_the_head_of_a_later_request_takes_too_long(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=30) as slow:
        for _ in range(2):
            slow.sendall(HEAD + b"\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"alive"}'):
                more = slow.recv(1000)
                assert more, answer
                answer += more
        slow.sendall(HEAD)
        assert slow.recv(1000) == b""

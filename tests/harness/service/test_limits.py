from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from harness.service.api import application
from harness.service.core import Service
from harness.service.limits import BODY_BYTES, BodyLimit


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

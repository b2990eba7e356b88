"""What one client may take of the service: the size of a body, and the time to send it.

Both are counted as the body comes, whatever the client claims: a chunked body claims nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import h11
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

BODY_BYTES = 8 << 20
BODY_SECONDS = 60.0
HEADER_SECONDS = 15.0


class _TooLarge(Exception):
    pass


class _TooSlow(Exception):
    pass


async def _plainly(_request: Request, status: int, why: str, headers: Mapping[str, str]) -> Response:
    return JSONResponse({"detail": why}, status, dict(headers))


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """ASGI middleware that reads a body whole before the application sees any of it. `answer`: makes the answer to
    one that is refused, of a status, the reason and headers."""

    app: ASGIApp
    answer: Callable[[Request, int, str, Mapping[str, str]], Awaitable[Response]] = _plainly
    size: int = BODY_BYTES
    seconds: float = BODY_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except _TooLarge:
            await self._refuse(scope, receive, send, 413, f"the body is larger than {self.size} bytes")
            return
        except _TooSlow:
            await self._refuse(scope, receive, send, 408, f"the body did not come within {self.seconds:g} s")
            return
        if body is None:
            return
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return given.pop() if given else await receive()

        await self.app(scope, read, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None if the client went away before its end."""
        claimed = dict(scope["headers"]).get(b"content-length", b"0")
        if claimed.isdigit() and int(claimed) > self.size:
            raise _TooLarge
        parts: list[bytes] = []
        left = self.size
        try:
            async with asyncio.timeout(self.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    left -= len(parts[-1])
                    if left < 0:
                        raise _TooLarge
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise _TooSlow from None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
        """What is left of the body is not read, so nothing else can come over this connection."""
        answer = await self.answer(Request(scope, receive), status, why, {"Connection": "close"})
        await answer(scope, receive, send)


class ImpatientProtocol(H11Protocol):
    """uvicorn's, which by itself waits for ever for the head of a request of which a part has come, and for the first
    one of a connection."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there; it has to say what it wants before long."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A client says something. The time for a head runs from its first byte, and more bytes do not prolong it."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

"""How a container Engine sends a process's two output streams over one connection."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

from harness.sandbox.supervisor import SocketChannel

_STDERR = 2


class Multiplexed(SocketChannel):
    """The streams of a process in a container as the Engine sends them: frames with eight bytes of header (which
    stream, three zeros, big-endian length) before the text. The end of standard error is kept for a diagnosis."""

    _HEADER = struct.Struct(">BxxxL")
    _KEPT = 2000

    def __init__(self, hijacked: Any) -> None:
        # The library gives a file over the connection; the response behind it must live as long as the connection.
        super().__init__(getattr(hijacked, "_sock", hijacked))
        self._hijacked = hijacked
        self._pending = bytearray()
        self._kind = 0
        self._left = 0
        self._errors = bytearray()

    def receive(self, deadline: float) -> bytes:
        """See `Channel`."""
        while True:
            text = self._output()
            if text:
                return text
            data = super().receive(deadline)
            if not data:
                return b""
            self._pending += data

    def _output(self) -> bytes:
        """What of the pending bytes is standard output."""
        output = bytearray()
        while self._pending:
            if not self._left:
                if len(self._pending) < self._HEADER.size:
                    break
                self._kind, self._left = self._HEADER.unpack_from(self._pending)
                del self._pending[: self._HEADER.size]
            text = self._pending[: self._left]
            del self._pending[: len(text)]
            self._left -= len(text)
            if self._kind == _STDERR:
                self._errors = (self._errors + text)[-self._KEPT :]
            else:
                output += text
        return bytes(output)

    def diagnosis(self) -> str:
        """See `Channel`."""
        return " ".join(self._errors.decode("utf-8", errors="replace").split())[:400]

    def close(self) -> None:
        """See `Channel`."""
        super().close()
        with suppress(Exception):
            self._hijacked.close()
            self._hijacked._response.close()

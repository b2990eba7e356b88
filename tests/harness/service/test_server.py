from __future__ import annotations

import socket

import pytest

from harness.errors import BadAddress
from harness.service.server import listen


def test_an_answer_in_parts_does_not_wait_for_the_client() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_is_taken() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(
            BadAddress, match=f"^127.0.0.1:{port}: cannot be listened on: .*; give --host and --port$"
        ):
            listen("127.0.0.1", port)

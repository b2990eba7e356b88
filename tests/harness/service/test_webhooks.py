from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient

from harness.database import queue
from harness.database.deliveries import HookRow
from harness.database.engine import Database
from harness.service import addresses, webhooks
from harness.service.webhooks import TRIES, Courier
from tests.harness.service.standin import request, until
from tests.harness.service.test_api import finish

SECRET = "a-secret-of-sixteen"


class Receiver:
    """Answers with each of `statuses` in turn, then 200, and a redirection. `got`: headers and bodies."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.leads_to = "http://127.0.0.1:1/"
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # so it is called
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Location", receiver.leads_to)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=b"


@contextmanager
def receiving() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def submit(client: TestClient, url: str) -> int:
    hook = {"url": url, "secret": SECRET}
    answer = client.post("/api/v1/jobs", json=request(webhook=hook))
    assert answer.status_code in (200, 201), answer.text
    number: int = answer.json()["id"]
    return number


def trouble(database: Database) -> tuple[str, bool]:
    """What went wrong last, and whether it is tried again."""
    with database.reading() as session:
        row = session.query(HookRow).one()
        return row.trouble, row.due is not None


def test_the_end_of_a_job_is_told_and_signed(client: TestClient, database: Database, receiver: Receiver) -> None:
    job = submit(client, receiver.url)
    courier = Courier(database, private=True)
    assert not courier.deliver()
    finish(database, {}, status=1)
    assert courier.deliver()
    assert not courier.deliver()
    ((headers, body),) = receiver.got
    assert (json.loads(body)["id"], json.loads(body)["status"], json.loads(body)["state"]) == (job, 1, "finished")
    moment, signed = (part.partition("=")[2] for part in headers["Deferdiff-Signature"].split(","))
    assert signed == hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    with database.reading() as session:
        assert abs(queue.clock(session).timestamp() - int(moment)) < 60
    assert SECRET not in str(headers) + body.decode()
    assert trouble(database) == ("", False)


def test_a_job_that_is_done_is_told_of_at_once(client: TestClient, database: Database, receiver: Receiver) -> None:
    client.post("/api/v1/jobs", json=request())
    finish(database, {})
    answer = client.post("/api/v1/jobs", json=request(reuse=True, webhook={"url": receiver.url, "secret": SECRET}))
    assert answer.status_code == 200
    assert Courier(database, private=True).deliver()
    assert len(receiver.got) == 1


def test_what_is_not_received_is_sent_again_with_the_same_number(
    client: TestClient, database: Database, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302]
    submit(client, receiver.url)
    finish(database, {})
    courier = Courier(database, private=True, backoff=0)
    for said in ("the receiver answered 500", "the receiver answered 302", ""):
        assert courier.deliver()
        assert trouble(database)[0] == said
    assert not courier.deliver()
    assert len({headers["Deferdiff-Delivery"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3


def test_it_is_tried_later_each_time_and_given_up(client: TestClient, database: Database) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        submit(client, f"http://127.0.0.1:{taken.getsockname()[1]}/")
        finish(database, {})
        waits = []
        for _ in range(TRIES):
            courier = Courier(database, private=True, backoff=1000)
            assert courier.deliver()
            with database.writing() as session:
                row = session.query(HookRow).one()
                now = queue.clock(session)
                waits.append(None if row.due is None else round((row.due - now).total_seconds(), -3))
                row.due = None if row.due is None else now
    assert waits == [*(1000 * 2**n for n in range(TRIES - 1)), None]


def test_a_bug_ends_no_courier(
    client: TestClient, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, tries = addresses.post, []

    def breaks(*given: Any, **more: Any) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ZeroDivisionError("a bug")
        return post(*given, **more)

    monkeypatch.setattr(addresses, "post", breaks)
    monkeypatch.setattr(webhooks, "_PATIENCE", timedelta(seconds=0.1))
    submit(client, receiver.url)
    finish(database, {})
    courier = Courier(database, private=True, idle=0.01)
    courier.start()
    try:
        until(lambda: receiver.got)
    finally:
        courier.stop()
    assert len(receiver.got) == 1


def test_who_has_nothing_to_deliver_writes_nothing(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(client, "http://127.0.0.1:1/")  # not due before its job ends
    monkeypatch.setattr(Database, "writing", lambda _: pytest.fail("it wrote"))
    assert not Courier(database).deliver()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "2130706433", "0x7f.1",
        "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "224.0.0.1",
        "100.64.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(addresses.Refused, match="no public address"):
        addresses.post(f"http://{host}:1/", b"", {}, private=False, seconds=1)


def test_one_private_address_of_several_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them a system would connect to, in whichever order a name server gives them."""
    for found in (["93.184.216.34", "10.0.0.1"], ["2606:2800:220:1::1", "::1"]):
        for order in (found, found[::-1]):
            told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in order]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, told=told, **__: told)
            monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it connected"))
            with pytest.raises(addresses.Refused, match="no public address"):
                addresses.post("http://several.example/", b"", {}, private=False, seconds=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_receiver_sends_messages_nowhere_else(receiver: Receiver, status: int) -> None:
    """Public receivers could lead to private addresses."""
    receiver.statuses = [status]
    receiver.leads_to = receiver.url
    assert addresses.post(receiver.url, b"{}", {}, private=True, seconds=5) == status
    assert len(receiver.got) == 1


def test_a_refused_address_is_not_tried_again(client: TestClient, database: Database, receiver: Receiver) -> None:
    submit(client, receiver.url)
    finish(database, {})
    assert Courier(database).deliver()
    said, again = trouble(database)
    assert ("127.0.0.1 is no public address" in said, again, receiver.got) == (True, False, [])


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """A name server that gives a public address first and a private one then gets no second question."""
    asked = []
    port = receiver.server.server_port

    def look_up(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    connected = []
    real = socket.create_connection

    def connect(where: Any, **more: Any) -> Any:
        connected.append(where)
        return real(where, **more)

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(addresses.Refused):
        addresses.post(f"http://rebinds.example:{port}/", b"", {}, private=False, seconds=5)
    assert (asked, connected) == (["rebinds.example"], [])
    assert addresses.post(f"http://rebinds.example:{port}/", b"{}", {}, private=True, seconds=5) == 200
    assert connected == [("127.0.0.1", port)]
    assert receiver.got[0][0]["Host"] == f"rebinds.example:{port}"


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "http://u@example.com/", "http://", "javascript:1", "http://a b/"]
)
def test_what_is_no_address_is_refused_at_once(client: TestClient, url: str) -> None:
    answer = client.post("/api/v1/jobs", json=request(webhook={"url": url, "secret": SECRET}))
    assert answer.status_code == 422

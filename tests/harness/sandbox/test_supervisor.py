"""The client's end of the protocol, against a supervisor that says the wrong thing, too little or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import pytest

from harness.errors import SandboxFailed
from harness.model import Exited
from harness.sandbox import Limits, supervisor
from harness.sandbox.supervisor import Supervisor

LIMITS = Limits(wall=0.2)


class Script:
    """A channel that answers with given pieces, then with silence or the end."""

    def __init__(self, pieces: Sequence[bytes], *, silent: bool = False, said: str = "") -> None:
        self.pieces = list(pieces)
        self.silent = silent
        self.said = said
        self.sent = b""
        self.closed = False

    def send(self, data: bytes, deadline: float) -> None:
        if self.closed:
            raise ConnectionResetError("it was closed")
        self.sent += data

    def receive(self, deadline: float) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        if self.silent:
            assert deadline - time.monotonic() < 10
            raise TimeoutError
        return b""

    def diagnosis(self) -> str:
        return self.said

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.5)


def message(event: str, *blobs: bytes, **fields: object) -> bytes:
    header = {"event": event, "blobs": [len(blob) for blob in blobs], "seconds": 0.5, **fields}
    return json.dumps(header).encode() + b"\n" + b"".join(blobs)


def job(number: int, ending: object = None) -> bytes:
    return message("job", b"out", b"", b"trace", job=number, ending=ending or {"kind": "exited", "status": 0})


def batch(channel: Script, jobs: Sequence[str] = ("a", "b")) -> list[object]:
    return list(Supervisor(channel, "box").run_batch(["/x"], jobs, env={}, limits=LIMITS))


def test_messages_may_come_in_any_pieces() -> None:
    text = job(0) + job(1) + message("done")
    for size in (1, 7, len(text)):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        [first, second] = batch(Script(pieces))
        assert (first.job, first.stdout, first.trace, first.ending) == ("a", b"out", b"trace", Exited(0))  # type: ignore[attr-defined]
        assert second.job == "b"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"hello\n", "a line that is no message: b'hello'"),
        (b"{}\n", "a line that is no message"),
        (b'{"event": "job", "blobs": ["x"]}\n', "a line that is no message"),
        (message("finished"), "'finished' where 'job' was due"),
        (message("job", b"", job=0, ending={}), "'job' where 'job' was due"),
        (job(1), "job 1 where 0 was next"),
        (job(0, {"kind": "vanished"}), "the ending {'kind': 'vanished'}"),
        (job(0, {"kind": "exited", "status": "0"}), "the ending"),
    ],
)
def test_a_broken_protocol_is_told_and_ends_the_conversation(answer: bytes, words: str) -> None:
    channel = Script([answer])
    with pytest.raises(SandboxFailed, match="box: the supervisor broke the protocol: it sent ") as caught:
        batch(channel)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert channel.closed


@pytest.mark.parametrize("text", [b"", b'{"event": "j', job(0)[:-3], job(0)])
def test_a_stream_that_ends_is_a_lost_supervisor(text: bytes) -> None:
    with pytest.raises(SandboxFailed, match=r"box: lost the supervisor: it ended \(panic: oh\)"):
        batch(Script([text] if text else [], said="panic: oh"))


def test_silence_is_a_lost_supervisor() -> None:
    channel = Script([job(0)], silent=True)
    with pytest.raises(SandboxFailed, match="box: lost the supervisor: it did not answer in time"):
        batch(channel)
    assert channel.closed


def test_after_a_lost_supervisor_every_request_fails_at_once() -> None:
    supervisor = Supervisor(Script([]), "box")
    with pytest.raises(SandboxFailed, match="it ended"):
        supervisor.put({"a": b""})
    with pytest.raises(SandboxFailed, match="box: no longer usable: it ended"):
        supervisor.put({"a": b""})


def test_a_failure_that_the_supervisor_reports_does_not_end_the_conversation() -> None:
    channel = Script([message("failed", message="disk full"), message("done")])
    supervisor = Supervisor(channel, "box")
    with pytest.raises(SandboxFailed, match=r"^box: disk full$"):
        supervisor.put({"a": b""})
    supervisor.put({"a": b""})
    assert not channel.closed


def test_an_interrupt_in_the_middle_ends_the_conversation() -> None:
    class Interrupted(Script):
        def receive(self, deadline: float) -> bytes:
            raise KeyboardInterrupt

    channel = Interrupted([])
    supervisor = Supervisor(channel, "box")
    with pytest.raises(KeyboardInterrupt):
        supervisor.put({"a": b""})
    assert channel.closed
    with pytest.raises(SandboxFailed, match="no longer usable: interrupted by KeyboardInterrupt"):
        supervisor.hello(1)


def test_a_batch_that_is_given_up_is_cancelled_and_read_to_its_end() -> None:
    channel = Script([job(0), job(1), job(2), message("done"), message("done")])
    supervisor = Supervisor(channel, "box")
    ends = supervisor.run_batch(["/x"], ["a", "b", "c"], env={}, limits=LIMITS)
    next(ends)
    with pytest.raises(RuntimeError, match="before its last batch was read to the end"):
        supervisor.put({"a": b""})
    ends.close()  # type: ignore[attr-defined]  # it is a generator
    assert channel.sent.splitlines()[-1] == b'{"op": "cancel", "blobs": []}'
    supervisor.put({"a": b""})


def test_files_are_sent_in_pieces_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "CHUNK", 10)
    channel = Script([message("done")] * 3)
    Supervisor(channel, "box").put({"a": b"x" * 6, "b": b"y" * 6, "c": b"z" * 4, "d": b"w" * 30})
    assert channel.pieces == []
    assert channel.sent.count(b'"op": "put"') == 3
    assert b'"paths": ["b", "c"]' in channel.sent
    with pytest.raises(SandboxFailed, match=f"box: big has {supervisor.MAX_FILE + 1} bytes"):
        Supervisor(channel, "box").put({"big": bytes(supervisor.MAX_FILE + 1)})

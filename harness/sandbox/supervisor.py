"""The client's end of the conversation with a supervisor (`harness/golang/go/supervise`), over any byte stream.

A message is one line of JSON and then the bytes that the line announces in "blobs". We send one request and read
answers until the one that ends it; every wait has a deadline, because the supervisor holds each process to its own.
Whatever goes wrong with the conversation itself is `SandboxFailed`, and the conversation is then over.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from harness.errors import SandboxFailed
from harness.model import Ending, Exited, OutOfMemory, OutputLimit, Signaled, TimedOut
from harness.sandbox import CaseEnd, Finished, Limits

GRACE = 40.0
"""Seconds beyond a program's own limits: the supervisor takes at most 20 to kill and 10 between two jobs."""

CHUNK = 8 << 20
"""Bytes of files in one put request; a single file may have up to `MAX_FILE`."""
MAX_FILE = 64 << 20


class Channel(Protocol):
    """A byte stream to and from a supervisor. Both directions raise OSError (TimeoutError past the deadline)."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of `data` before `deadline` (`time.monotonic`)."""
        ...

    def receive(self, deadline: float) -> bytes:
        """Return some bytes, b"" at the stream's end."""
        ...

    def diagnosis(self) -> str:
        """What the supervisor wrote to its standard error, or what else is known of its end; "" if nothing."""
        ...

    def close(self) -> None:
        """Give the stream up; the supervisor then kills what it runs and ends. Never raises; ends what another thread
        waits for."""
        ...


class SocketChannel:
    """A channel over a socket, or over what behaves like one."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._closed = False
        self._lock = threading.Lock()

    def send(self, data: bytes, deadline: float) -> None:
        """See `Channel`."""
        with self._in_use(deadline):
            self._stream.sendall(data)

    def receive(self, deadline: float) -> bytes:
        """See `Channel`."""
        with self._in_use(deadline):
            return self._stream.recv(1 << 18)

    @contextmanager
    def _in_use(self, deadline: float) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise ConnectionResetError("it was closed")
            self._stream.settimeout(max(0.001, deadline - time.monotonic()))
            yield

    def diagnosis(self) -> str:
        """See `Channel`."""
        return ""

    def close(self) -> None:
        """See `Channel`. The shutdown wakes a thread that waits; only then may the descriptor be closed."""
        self._closed = True
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        with self._lock, suppress(OSError):
            self._stream.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    """One message from the supervisor."""

    event: str
    fields: dict[str, Any]
    blobs: tuple[bytes, ...]


class Supervisor:
    """One conversation. It takes one request at a time; a batch is over when its iterator is."""

    def __init__(self, channel: Channel, where: str) -> None:
        self._channel = channel
        self._where = where
        self._buffer = bytearray()
        self._busy = False
        self._broken = ""

    def hello(self, timeout: float) -> frozenset[str]:
        """Wait until the supervisor answers; return the names of what it can hold programs to."""
        with self._conversation():
            self._ask({"op": "hello"})
            return frozenset(self._expect("ready", timeout).fields.get("holds") or ())

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files below the work directory."""
        with self._conversation():
            chunk: dict[str, bytes] = {}
            size = 0
            for path, content in files.items():
                if len(content) > MAX_FILE:
                    raise SandboxFailed(f"{self._where}: {path} has {len(content)} bytes, more than {MAX_FILE}")
                if chunk and size + len(content) > CHUNK:
                    self._put(chunk)
                    chunk, size = {}, 0
                chunk[path] = content
                size += len(content)
            if chunk:
                self._put(chunk)

    def _put(self, files: Mapping[str, bytes]) -> None:
        self._ask({"op": "put", "paths": list(files)}, list(files.values()))
        self._expect("done", GRACE)

    def execute(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> Finished:
        """Run one trusted command to its end."""
        with self._conversation():
            request = {"op": "execute", "argv": list(argv), "env": dict(env), "cwd": cwd, "limits": asdict(limits)}
            self._ask(request)
            answer = self._expect("finished", limits.wall + GRACE, blobs=2)
            stdout, stderr = answer.blobs
            return Finished(self._ending(answer), stdout, stderr, float(answer.fields["seconds"]))

    def run_batch(
        self, argv: Sequence[str], jobs: Sequence[str], *, env: Mapping[str, str], limits: Limits
    ) -> Iterator[CaseEnd]:
        """Run a batch binary over `jobs`. An iterator that is given up stops the batch; the sandbox stays usable."""
        if not jobs:
            return
        with self._conversation():
            request = {
                "op": "batch",
                "argv": list(argv),
                "env": dict(env),
                "jobs": list(jobs),
                "limits": asdict(limits),
            }
            self._ask(request)
            patience = 2 * limits.wall + GRACE
            for number, job in enumerate(jobs):
                answer = self._expect("job", patience, blobs=3)
                if answer.fields.get("job") != number:
                    raise self._garbled(f"job {answer.fields.get('job')} where {number} was next")
                stdout, stderr, trace = answer.blobs
                end = CaseEnd(job, self._ending(answer), stdout, stderr, trace, float(answer.fields["seconds"]))
                del answer
                try:
                    yield end
                except GeneratorExit:
                    self._cancel()
                    raise
            self._expect("done", patience)

    def close(self) -> None:
        """End the conversation; never raises."""
        self._broken = self._broken or "it is closed"
        self._channel.close()

    # --- one request ----------------------------------------------------------------------------------

    @contextmanager
    def _conversation(self) -> Iterator[None]:
        """One request and its answers. Anything but a failure that the supervisor itself reports leaves the stream at
        an unknown place, so it ends the conversation."""
        if self._busy:
            raise RuntimeError("a supervisor was asked before its last batch was read to the end")
        if self._broken:
            raise SandboxFailed(f"{self._where}: no longer usable: {self._broken}")
        self._busy = True
        try:
            yield
        except GeneratorExit:
            raise
        except _Reported as failure:
            raise SandboxFailed(f"{self._where}: {failure}") from None
        except OSError as error:
            raise self._lost(error) from error
        except BaseException as error:
            self._give_up(f"interrupted by {type(error).__name__}")
            raise
        finally:
            self._busy = False

    def _cancel(self) -> None:
        """Stop the running batch and read what is left of its answers."""
        try:
            self._ask({"op": "cancel"})
            while self._next(GRACE).event == "job":
                pass
        except (OSError, SandboxFailed, _Reported) as error:
            self._give_up(f"a batch could not be cancelled: {error}")

    def _ask(self, request: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
        header = json.dumps({**request, "blobs": [len(blob) for blob in blobs]}).encode() + b"\n"
        self._channel.send(b"".join((header, *blobs)), time.monotonic() + GRACE)

    def _expect(self, event: str, timeout: float, blobs: int = 0) -> _Answer:
        answer = self._next(timeout)
        if answer.event == "failed":
            raise _Reported(str(answer.fields.get("message", "")))
        if answer.event != event or len(answer.blobs) != blobs:
            raise self._garbled(f"{answer.event!r} where {event!r} was due")
        return answer

    def _next(self, timeout: float) -> _Answer:
        """The next message. `timeout` is for its first bytes; each further piece must come within `GRACE`."""
        deadline = time.monotonic() + timeout
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            self._fill(deadline)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            fields = json.loads(line)
            event, sizes = str(fields["event"]), [int(size) for size in fields["blobs"]]
        except (ValueError, KeyError, TypeError):
            raise self._garbled(f"a line that is no message: {line[:80]!r}") from None
        return _Answer(event, fields, tuple(self._exactly(size) for size in sizes))

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill(time.monotonic() + GRACE)
        blob = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return blob

    def _fill(self, deadline: float) -> None:
        data = self._channel.receive(deadline)
        if not data:
            raise ConnectionResetError("it ended")
        self._buffer += data

    def _ending(self, answer: _Answer) -> Ending:
        fields = answer.fields.get("ending")
        match fields:
            case {"kind": "exited", "status": int(status)}:
                return Exited(status)
            case {"kind": "signaled", "signal": int(signal)}:
                return Signaled(signal)
            case {"kind": "timeout", "clock": str(clock), "seconds": int() | float() as seconds}:
                return TimedOut(clock, float(seconds))
            case {"kind": "memory", "limit": int(limit)}:
                return OutOfMemory(limit)
            case {"kind": "output", "stream": str(stream), "limit": int(limit)}:
                return OutputLimit(stream, limit)
            case _:
                raise self._garbled(f"the ending {fields!r}")

    # --- failures -------------------------------------------------------------------------------------

    def _garbled(self, what: str) -> SandboxFailed:
        self._give_up("it broke the protocol")
        return SandboxFailed(f"{self._where}: the supervisor broke the protocol: it sent {what}")

    def _lost(self, error: OSError) -> SandboxFailed:
        why = "it did not answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        diagnosis = self._channel.diagnosis()
        self._give_up(why)
        return SandboxFailed(f"{self._where}: lost the supervisor: {why}" + (f" ({diagnosis})" if diagnosis else ""))

    def _give_up(self, why: str) -> None:
        self._broken = self._broken or why
        self._channel.close()


class _Reported(Exception):
    """A failure that the supervisor reports in good order: the conversation can go on."""

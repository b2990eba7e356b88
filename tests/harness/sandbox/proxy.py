"""An Engine that fails: a proxy before the real one, on a socket of its own."""

from __future__ import annotations

import os
import re
import socket
import threading
from contextlib import suppress
from pathlib import Path

_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|DELETE) /\S* HTTP/1\.1\r\n")


def engine_socket() -> Path | None:
    """The real Engine's socket; None if it is not on one."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return Path(host.removeprefix("unix://")) if host.startswith("unix://") else None


class Proxy:
    """Passes everything on until it is `cut` (connections are closed and none is taken) or `freeze` stops it (nothing
    more goes through, nothing is closed).

    `lose`: the number, from 0, of a request that gets no answer: its connection is cut before the request has reached
    the Engine or, if `late`, after.
    """

    def __init__(self, directory: Path, *, lose: int = -1, late: bool = False) -> None:
        real = engine_socket()
        assert real is not None
        self._real = real
        self.path = directory / "engine.sock"
        self.requests = 0
        self.lost = ""
        self._lose, self._late = lose, late
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._running = threading.Event()
        self.restore()

    @property
    def host(self) -> str:
        return f"unix://{self.path}"

    def cut(self) -> None:
        self.path.unlink(missing_ok=True)
        self._listener.close()
        self.restart()
        self._running.set()

    def restart(self) -> None:
        """Close all connections, and take new ones: systemd keeps the socket of an Engine that it restarts."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            _close(each)

    def restore(self) -> None:
        """Take connections: at first, or again."""
        self._running.set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def freeze(self) -> None:
        self._running.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(str(self._real))
                with self._lock:
                    self._sockets += [client, engine]
                doomed = threading.Event()
                threading.Thread(target=self._requests, args=(client, engine, doomed), daemon=True).start()
                threading.Thread(target=self._answers, args=(engine, client, doomed), daemon=True).start()

    def _requests(self, client: socket.socket, engine: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                self._running.wait()
                if found := _REQUEST.match(data):
                    with self._lock:
                        number, self.requests = self.requests, self.requests + 1
                    if number == self._lose:
                        self.lost = found[0].decode().strip()
                        if not self._late:
                            break
                        doomed.set()
                engine.sendall(data)
        if not doomed.is_set():
            _close(engine)
            _close(client)

    def _answers(self, engine: socket.socket, client: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while data := engine.recv(1 << 16):
                self._running.wait()
                if doomed.is_set():
                    break
                client.sendall(data)
        _close(client)
        _close(engine)


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()

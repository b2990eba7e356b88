"""The workers of a dask.distributed cluster as an executor: work that is pure can be done on any machine.

The cluster does the tasks of a worker that it loses again on another one, so results come once each whatever happens
to workers. Everything that a cluster can do wrong is one line: no package here, nobody there, other versions, no
worker left.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from harness.errors import SchedulerUnavailable, WorkerLost

Result = TypeVar("Result")

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer, and its first worker to come."""
_SCHEMES = ("tcp", "tls", "ws", "wss")
GONE_SECONDS = 60.0
"""How long a cluster may be without workers before it counts as gone."""
_LOOK_SECONDS = 1.0


@contextmanager
def cluster(address: str, *, gone: float = GONE_SECONDS) -> Iterator[Cluster]:
    """The workers of the scheduler at an address such as `tcp://host:8786`. What they are at when the context is left
    is given up. `gone`: seconds without workers after which all work fails.

    Raises `SchedulerUnavailable`; what is submitted fails with `WorkerLost` once the cluster is gone.
    """
    try:
        from distributed import Client  # noqa: PLC0415  # a package that only this needs
    except ImportError:
        raise SchedulerUnavailable(
            f"{address}: the package distributed is not installed here: pip install 'deferdiff[dask]'"
        ) from None
    _knock(address)
    with _quiet():
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="deferdiff")
        except (OSError, ValueError, ImportError) as error:
            raise SchedulerUnavailable(f"{address}: no dask scheduler answers: {_line(error)}") from None
        try:
            _check(client, address)
            executor = Cluster(client, address, gone)
            try:
                yield executor
            finally:
                executor.shutdown(wait=False)
        finally:
            with suppress(Exception):  # nobody may be there to say goodbye to
                client.close(timeout=CONNECT_SECONDS)


class Cluster(Executor):
    """See `cluster`. `threads`: how many tasks its workers did at once when it was asked first."""

    def __init__(self, client: Any, address: str, gone: float) -> None:
        self.threads: int = sum(client.nthreads().values())
        self._client = client
        self._inner = client.get_executor(pure=False)
        self._address = address
        self._over = threading.Event()
        self._lost = ""
        self._watch = threading.Thread(target=self._look, args=(gone,), daemon=True)
        self._watch.start()

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """See `Executor`."""
        outer: Future[Result] = Future()
        outer.set_running_or_notify_cancel()
        try:
            inner = self._inner.submit(_alike, digest(), fn, args, kwargs)
        except Exception as error:
            outer.set_exception(self._gone(error))
        else:
            inner.add_done_callback(lambda done: self._hand_on(done, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See `Executor`."""
        self._over.set()
        self._watch.join()
        with suppress(Exception):  # the cluster may be gone
            self._inner.shutdown(wait=wait and not cancel_futures)

    def _hand_on(self, inner: Future[Result], outer: Future[Result]) -> None:
        if inner.cancelled():
            outer.set_exception(self._gone(CancelledError()))
        elif (error := inner.exception()) is not None:
            # What a task has raised is as it is.
            outer.set_exception(self._gone(error) if type(error).__module__.startswith("distributed") else error)
        else:
            outer.set_result(inner.result())

    def _gone(self, error: BaseException) -> WorkerLost:
        return WorkerLost(f"{self._address}: {self._lost or f'the cluster has lost the work: {_line(error)}'}")

    def _look(self, gone: float) -> None:
        """Give all up once there has been no worker for long: the scheduler itself would wait for one for ever."""
        seen = time.monotonic()
        while not self._over.wait(min(_LOOK_SECONDS, gone / 4)):
            with suppress(Exception):  # a scheduler that is away cancels all by itself
                if self._client.nthreads():
                    seen = time.monotonic()
            if time.monotonic() - seen > gone:
                self._lost = f"the cluster has had no worker for {gone:g} s"
                with suppress(Exception):
                    self._inner.shutdown(wait=False)
                return


def _alike(theirs: str, fn: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Result:
    """On a worker: do a task, if this is the same deferdiff. Workers may come at any time."""
    if digest() != theirs:
        raise SchedulerUnavailable(f"a worker on {platform.node()} has another deferdiff than this one")
    return fn(*args, **kwargs)


@cache
def digest() -> str:
    """Hex SHA-256 over all that programs and what they owe are made with."""
    whole = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for part in ("oracle", "harness/data", "harness/golang/shapes.py"):
        place = root / part
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            whole.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def _check(client: Any, address: str) -> None:
    """Raises `SchedulerUnavailable` if no worker comes, or if one could not do what it is asked."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError):
        raise SchedulerUnavailable(
            f"{address}: the scheduler has no workers: start some with: dask worker {address}"
        ) from None
    versions = client.get_versions()
    own = versions["client"]["packages"]
    for where, other in {"the scheduler": versions["scheduler"], **versions["workers"]}.items():
        for name in ("python", "distributed"):
            mine, its = (_minor(name, packages.get(name)) for packages in (own, other["packages"]))
            if mine != its:
                raise SchedulerUnavailable(f"{address}: {where} has {name} {its}, here is {mine}: they must be alike")
    try:
        digests = client.run(digest)
    except ModuleNotFoundError as error:
        raise SchedulerUnavailable(f"{address}: a worker has no deferdiff: {_line(error)}") from None
    for where, other in digests.items():
        if other != digest():
            raise SchedulerUnavailable(f"{address}: {where} has another deferdiff than this one: they must be alike")


def _minor(name: str, version: str | None) -> str:
    """Of Python only the minor version must be the same."""
    return ".".join(str(version).split(".")[: 2 if name == "python" else 3])


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def place_of(address: str) -> tuple[str, int]:
    """The host and the port of a scheduler. Raises `SchedulerUnavailable` for what is no address."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"an address begins with {', '.join(f'{scheme}://' for scheme in _SCHEMES)}")
        if not parts.hostname or not parts.port:
            raise ValueError("an address has a host and a port: tcp://host:8786")
    except ValueError as error:
        raise SchedulerUnavailable(f"{address}: no dask scheduler answers: {_line(error)}") from None
    return parts.hostname, parts.port


def _knock(address: str) -> None:
    """Raise `SchedulerUnavailable` where nobody listens. A client of distributed that gets no answer is never closed:
    the garbage collector does that later, in whatever thread, and for seconds."""
    try:
        socket.create_connection(place_of(address), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise SchedulerUnavailable(f"{address}: no dask scheduler answers: {_line(error)}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """The library tells of every connection that it loses, in its log and as warnings; we do in one line."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(distributed|tornado|dask)\b.*")
            warnings.filterwarnings("ignore", message="(?s).*[Mm]ismatched versions.*")
            yield
    finally:
        log.setLevel(before)

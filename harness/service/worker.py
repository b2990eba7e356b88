"""Workers: each takes a job, runs its command, and keeps what it left; a thread each.

A worker that is told to stop gives its job back. One that dies leaves it to whoever sees that its lease has run out,
or, on the same machine, that its process is gone; the warden ends what it ran.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from harness import accepted_file
from harness.database import acceptances, artifacts, queue
from harness.database.engine import Database
from harness.database.queue import Claim, Fenced, File, Seen
from harness.errors import BadOutput, DatabaseFailed, SandboxFailed, UsageError
from harness.sandbox.choose import ANSWER_SECONDS
from harness.sandbox.docker import Engine
from harness.sandbox.ownership import has_ended, owner
from harness.service.execution import GRACE, Execution
from harness.service.kinds import ACCEPTED, READER, Place, Request

log = logging.getLogger(__name__)

_LOOK = 0.2
"""Seconds between two looks at a command."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How workers work. Times in seconds. `lease`: how long one may be silent; `beat`: how often it is heard of;
    `idle`: between two looks into an empty queue; `longest`: for one job; `grace`: for a command to end when it is
    asked to; `attempts`: for jobs that are lost."""

    place: Place
    scratch: Path
    lease: float = 30.0
    beat: float = 1.0
    idle: float = 0.5
    longest: float = 86_400.0
    grace: float = GRACE
    attempts: int = 3


@dataclass(slots=True)
class Workers:
    """`count` threads that work until `stop`. `woken`: set by whoever knows of a new job; `ended`: told of each job
    that came to an end here."""

    database: Database
    settings: Settings
    count: int
    ended: Callable[[str, str], None] = lambda kind, state: None
    woken: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin. What dead workers of this machine left is seen to first."""
        _reap(self.settings.place)
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}") for n in range(self.count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Give all jobs back, and return when nothing runs any more."""
        self._stop.set()
        self.woken.set()
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float) -> bool:
        """Whether they are to stop, after `seconds` at most."""
        return self._stop.wait(seconds)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                held = self._next()
            except DatabaseFailed as trouble:
                log.warning("%s", trouble)
                self._stop.wait(self.settings.idle * 4)
                continue
            if held is None:
                self.woken.wait(self.settings.idle)
                self.woken.clear()
                continue
            try:
                self._do(held)
            except Fenced as lost:
                log.warning("%s: what it came to is thrown away", lost)
            except (DatabaseFailed, OSError, BadOutput) as trouble:
                # The lease runs out, and the job is begun again.
                log.warning("job %d: %s", held.job, trouble)
            except Exception:
                # A bug of ours that one job brings out must not cost the others their worker.
                log.exception("job %d: deferdiff broke", held.job)
                self._lose(held, "deferdiff broke: the service's log says where")

    def _next(self) -> Claim | None:
        # Who only looks must not hold up those who write: SQLite has one writer at a time.
        with self.database.reading() as session:
            dead = frozenset(worker for worker in queue.workers(session) if has_ended(worker))
            if not queue.has_work(session, queue.clock(session), dead):
                return None
        with self.database.writing() as session:
            lost = queue.reclaim(session, self.settings.attempts, queue.clock(session), dead)
        for job, state in lost:
            log.warning("job %d: its worker was lost: %s", job, state)
        if lost:
            _reap(self.settings.place)  # before a lease begins: an Engine may be slow
        with self.database.writing() as session:
            return queue.claim(session, owner(), timedelta(seconds=self.settings.lease), queue.clock(session))

    def _lose(self, held: Claim, why: str) -> None:
        with suppress(Fenced, DatabaseFailed), self.database.writing() as session:
            queue.lose(session, held, why, self.settings.attempts, queue.clock(session))

    def _do(self, held: Claim) -> None:
        try:
            request = READER.validate_json(held.request)
        except ValidationError:
            with self.database.writing() as session:
                why = "this version of deferdiff does not know such a request: submit it again"
                queue.finish(session, held, 2, why, {}, queue.clock(session))
            return
        place = self.settings.place
        directory = Path(tempfile.mkdtemp(prefix=f"job-{held.job}-", dir=self.settings.scratch))
        try:
            (directory / "job").mkdir()
            if request.excused:
                self._write_accepted(directory / "job" / ACCEPTED)
            with Execution(request, place, directory / "job", self.settings.grace) as execution:
                _Attempt(self, held, request, execution).run()
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def _write_accepted(self, file: Path) -> None:
        with self.database.reading() as session:
            today = queue.clock(session).date()
            accepted_file.write(file, [one for one in acceptances.given(session) if one.holds(today)])

    @property
    def stopping(self) -> bool:
        """Whether they are to stop."""
        return self._stop.is_set()


@dataclass(slots=True)
class _Attempt:
    """A worker at a job. `heard`: when, by the monotonic clock, the queue last heard of it."""

    workers: Workers
    held: Claim
    request: Request
    execution: Execution
    heard: float = field(default_factory=time.monotonic)
    begun: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Until its end is known to the queue. Raises `Fenced`, `DatabaseFailed`."""
        settings = self.workers.settings
        why = ""
        while not self.execution.wait(_LOOK):
            if why:
                self._beat(self.execution.seen())
            elif self.workers.stopping:
                why = "stop"
            elif time.monotonic() - self.begun > settings.longest:
                why = f"it took longer than {settings.longest:g} s"
            elif not self._beat(self.execution.seen()):
                why = "cancelled"
            if why:
                self.execution.stop()
        if why:
            _reap(settings.place)
        self._end(why)

    def _beat(self, seen: Seen) -> bool:
        """Tell the queue, if it is time to; whether to go on. A database that is away may come back in time."""
        settings = self.workers.settings
        silent = time.monotonic() - self.heard
        if silent < settings.beat:
            return True
        try:
            with self.workers.database.writing() as session:
                now = queue.clock(session)
                on = queue.beat(session, self.held, seen, timedelta(seconds=settings.lease), now)
        except DatabaseFailed:
            if silent > settings.lease:
                raise
            return True
        self.heard = time.monotonic()
        return on

    def _end(self, why: str) -> None:
        database = self.workers.database
        if why == "stop":
            with database.writing() as session:
                queue.give_back(session, self.held, queue.clock(session))
            return
        left = self.execution.left()
        if left.broke and not why:
            with database.writing() as session:
                state = queue.lose(
                    session, self.held, left.broke, self.workers.settings.attempts, queue.clock(session)
                )
        else:
            files = self._keep()
            status, message = (3, why) if why else (left.status, left.message)
            try:
                keep = None if why else self.request.found(self.execution.out)
            except UsageError as trouble:
                keep, message = None, f"not recorded: {trouble}"
            with database.writing() as session:
                now = queue.clock(session)
                run = None if keep is None else keep(session, database.files, now)
                state = queue.finish(session, self.held, status, message, files, now, run)
        self.workers.ended(self.held.kind, state)

    def _keep(self) -> dict[str, File]:
        """Store the results; a crash before the job is finished leaves files that nobody refers to, and the job."""
        database, kept = self.workers.database, {}
        for name, path in self.execution.files():
            content = path.read_bytes()
            with database.writing() as session:
                kept[name] = File(artifacts.keep(session, database.files, content), len(content))
            self._beat(Seen("store", None, ""))
        return kept


def _reap(place: Place) -> None:
    """Remove containers of commands that are no more."""
    if place.sandbox == "process":
        return
    with suppress(SandboxFailed), Engine(ANSWER_SECONDS) as engine:
        engine.reap()

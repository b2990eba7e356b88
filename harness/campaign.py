"""Much work of one kind, spread over an executor: results come in the order of the tasks, however many work at it.

At most `ahead` tasks are handed out at a time, so tasks may be made as they are needed and memory stays flat.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from typing import TypeVar

from harness.errors import WorkerLost

Task = TypeVar("Task")
Result = TypeVar("Result")

_TICK = 0.1
"""Seconds between two looks at whether to stop."""


def default_jobs() -> int:
    """One worker for each core that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def workers(jobs: int) -> Iterator[Executor]:
    """So many processes, which end with this one. What they are at when the context is left is given up."""
    with ProcessPoolExecutor(jobs, initializer=_depend_on_the_parent) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _depend_on_the_parent() -> None:
    """Leave interrupts to it; and end when it is killed, of which the executor's queues would never tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "an initializer runs in a worker"
    parent.join()
    os._exit(1)


def in_order(
    executor: Executor, work: Callable[[Task], Result], tasks: Iterable[Task], *, ahead: int, stop: threading.Event
) -> Iterator[Result]:
    """Yield `work(task)` for each task, in their order; end early, between two results, once `stop` is set.

    Raises `WorkerLost` if a process of the executor dies, or if it gives a task up; what `work` raises passes
    through.
    """
    pending: deque[Future[Result]] = deque()
    todo = iter(tasks)
    exhausted = False
    while not stop.is_set():
        while not exhausted and len(pending) < ahead:
            try:
                pending.append(executor.submit(work, next(todo)))
            except StopIteration:
                exhausted = True
            except BrokenExecutor as broken:
                raise WorkerLost(f"a worker died: {broken}") from None
        if not pending:
            return
        try:
            result = pending[0].result(timeout=_TICK)
        except NotYet:
            continue
        except BrokenExecutor as broken:
            raise WorkerLost(f"a worker died: {broken}") from None
        except CancelledError:
            raise WorkerLost("a task was given up before it was done") from None
        pending.popleft()
        yield result

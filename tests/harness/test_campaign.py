"""Work spread over an executor: in order, no more ahead than asked, stopped and broken in good order."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from harness.campaign import default_jobs, in_order, workers
from harness.errors import WorkerLost


def double(number: int) -> int:
    return 2 * number


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number


def die(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    raise ValueError(f"no {number}")


def test_results_come_in_the_order_of_the_tasks() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(in_order(pool, slow_first, range(20), ahead=8, stop=threading.Event())) == list(range(20))


def test_processes() -> None:
    with workers(2) as pool:
        assert list(in_order(pool, double, range(50), ahead=8, stop=threading.Event())) == list(range(0, 100, 2))


def test_no_tasks() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert list(in_order(pool, double, [], ahead=8, stop=threading.Event())) == []


def test_tasks_are_made_as_they_are_needed() -> None:
    made = 0

    def tasks() -> Iterator[int]:
        nonlocal made
        for number in range(1000):
            made += 1
            yield number

    with ThreadPoolExecutor(1) as pool:
        results = in_order(pool, double, tasks(), ahead=3, stop=threading.Event())
        for _ in range(10):
            next(results)
        assert made <= 14


def test_a_stop_ends_it_between_two_results() -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        results = in_order(pool, double, range(1000), ahead=4, stop=stop)
        assert next(results) == 0
        stop.set()
        assert list(results) == []


def test_a_stop_is_heeded_while_a_task_takes_long() -> None:
    stop, held = threading.Event(), threading.Event()

    def hold(number: int) -> int:
        held.wait(30)
        return number

    with ThreadPoolExecutor(1) as pool:
        threading.Timer(0.3, stop.set).start()
        assert list(in_order(pool, hold, [1, 2], ahead=2, stop=stop)) == []
        held.set()


def test_a_worker_that_dies_is_machinery() -> None:
    with pytest.raises(WorkerLost, match="a worker died"), workers(1) as pool:
        list(in_order(pool, die, range(10), ahead=2, stop=threading.Event()))


def test_a_pool_that_is_broken_already_is_machinery() -> None:
    with workers(1) as pool:
        with pytest.raises(WorkerLost):
            list(in_order(pool, die, [2], ahead=1, stop=threading.Event()))
        with pytest.raises(WorkerLost):
            list(in_order(pool, double, [1], ahead=1, stop=threading.Event()))


def test_what_work_raises_passes_through() -> None:
    with pytest.raises(ValueError, match="no 7"), ThreadPoolExecutor(1) as pool:
        list(in_order(pool, fail, [7], ahead=1, stop=threading.Event()))


def test_leaving_gives_up_what_is_not_begun() -> None:
    with workers(1) as pool:
        waiting: list[Future[int]] = [pool.submit(slow_first, 0) for _ in range(50)]
    assert any(future.cancelled() for future in waiting)


def test_default_jobs() -> None:
    assert default_jobs() == len(os.sched_getaffinity(0)) >= 1

from __future__ import annotations

import threading

import pytest
from fastapi import HTTPException

from harness.service.pages.kept import Kept


def test_the_last_few_are_kept() -> None:
    made: list[str] = []
    kept = Kept[str, None](2)

    def get(key: str) -> None:
        kept.get(key, lambda: made.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]


def test_what_failed_is_not_kept() -> None:
    kept = Kept[str, int](2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1


def test_one_is_made_at_a_time_and_nobody_waits_for_ever() -> None:
    kept = Kept[str, int](2, patience=0.05)
    kept.get("there", lambda: 1)
    begun, end = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        end.wait(60)
        return 2

    thread = threading.Thread(target=lambda: kept.get("slow", slow))
    thread.start()
    try:
        assert begun.wait(60)
        with pytest.raises(HTTPException) as refused:
            kept.get("other", lambda: 3)
        assert refused.value.status_code == 503
        assert kept.get("there", lambda: 4) == 1
    finally:
        end.set()
        thread.join()
    assert kept.get("other", lambda: 3) == 3

"""What takes long to make and is asked for again, for a while: the last few of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from fastapi import HTTPException

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_PATIENCE = 10.0
"""Seconds that a request waits while others are made: a service all of whose threads wait does not answer."""


class Kept(Generic[K, V]):
    """At most `most` values by their keys. One is made at a time, so that they never need the memory of many."""

    def __init__(self, most: int, patience: float = _PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._values: OrderedDict[K, V] = OrderedDict()
        self._using = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value, made if it is not there. What `make` raises is not kept. Raises `HTTPException` (503) if others
        take too long."""
        if found := self._found(key):
            return found[0]
        if not self._making.acquire(timeout=self._patience):
            raise HTTPException(503, "others ask for much at once: try again")
        try:
            if found := self._found(key):  # somebody else wanted it, too
                return found[0]
            made = make()
            with self._using:
                self._values[key] = made
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return made
        finally:
            self._making.release()

    def _found(self, key: K) -> list[V]:
        """The value, if it is there: any value counts."""
        with self._using:
            if key not in self._values:
                return []
            self._values.move_to_end(key)
            return [self._values[key]]

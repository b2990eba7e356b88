"""Loops over functions: whose loop body it is that acts below the running function.

The body of a range-over-func loop runs as a callee of the iterator, but what it does are deeds of the function that
the loop stands in. Looking for that function takes no longer on a deep stack: frames that may own a body are
remembered apart, and those that control has left are dropped when they are met.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from oracle.events import Enter, Event
from oracle.settle import Language
from oracle.stack import Frame, Goroutine, Owner


def remember(g: Goroutine, frame: Frame) -> None:
    """`frame`, now on top of the stack, is of a function with a loop that may range over a function."""
    owners = g.owners.setdefault(frame.function, [])
    _drop_left(g, owners)
    owners.append((len(g.stack) - 1, frame))


def owner(language: Language, g: Goroutine, event: Event) -> Frame | None:
    """The newest frame below the top of the stack that may act in `event` from a loop body."""
    newest: Frame | None = None
    height = -1
    for owners in g.owners.values():
        _drop_left(g, owners)
        for index, frame in _acting(language, owners, event):
            if frame is not g.stack[-1] and not frame.returning:
                if index > height:
                    newest, height = frame, index
                break
    return newest


def _drop_left(g: Goroutine, owners: list[Owner]) -> None:
    while owners:
        index, frame = owners[-1]
        if index < len(g.stack) and g.stack[index] is frame:
            return
        owners.pop()


def _acting(language: Language, owners: list[Owner], event: Event) -> Iterable[Owner]:
    """Those of one function's activations that `event` may be a deed of, newest first: the one that it names, or,
    if it names none, those that hold the line it calls from."""
    if isinstance(event, Enter):
        return (owner for owner in reversed(owners) if language.holds(owner[1], event.line))
    index = bisect_left(owners, event.activation, key=_activation)
    return (owner for owner in owners[index : index + 1] if owner[1].activation == event.activation)


def _activation(owner: Owner) -> int:
    return owner[1].activation

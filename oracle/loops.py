"""Loops over functions: whose loop body it is that acts below the running function.

The body of a range-over-func loop runs as a callee of the iterator, but what it does are deeds of the function that
the loop stands in. Looking for that function takes no longer on a deep stack: frames that may own a body are
remembered apart, and those that control has left are dropped when they are met.
"""

from __future__ import annotations

from bisect import bisect_left

from oracle.settle import Language
from oracle.stack import Frame, Goroutine, Owner


def remember(g: Goroutine, frame: Frame) -> None:
    """`frame`, now on top of the stack, is of a function with a loop that may range over a function."""
    owners = g.owners.setdefault(frame.function, [])
    _drop_left(g, owners)
    owners.append((len(g.stack) - 1, frame))


def acting(g: Goroutine, activation: int) -> Frame | None:
    """The frame below the running one that acts, if it may, from a loop body."""
    for owners in g.owners.values():
        _drop_left(g, owners)
        index = bisect_left(owners, activation, key=_activation)
        if index < len(owners) and _activation(owners[index]) == activation:
            frame = owners[index][1]
            return None if frame.returning else frame
    return None


def calling(language: Language, g: Goroutine, line: int) -> Frame | None:
    """The newest frame below the running one that may call from `line`, in a loop body."""
    newest: Frame | None = None
    for owners in g.owners.values():
        _drop_left(g, owners)
        if not owners or not language.holds(owners[0][1], line):
            continue
        for _, frame in reversed(owners):
            if frame is not g.stack[-1] and not frame.returning:
                if newest is None or frame.activation > newest.activation:
                    newest = frame
                break
    return newest


def _drop_left(g: Goroutine, owners: list[Owner]) -> None:
    while owners:
        index, frame = owners[-1]
        if index < len(g.stack) and g.stack[index] is frame:
            return
        owners.pop()


def _activation(owner: Owner) -> int:
    return owner[1].activation

"""A deferred call that must come next, and whether an event is its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from oracle.events import CalleeKind, Defer, Enter, Function, Via
from oracle.stack import Frame, Unwind

UNWINDING = (Via.PANIC, Via.GOEXIT, Via.RUNTIME)
"""Callers that run deferred calls and nothing else."""

# Bound once: on CPython 3.11 it takes as long to look a member up in its enum as to make a whole step.
_CODE, _PANIC, _GOEXIT, _RUNTIME = Via.CODE, Via.PANIC, Via.GOEXIT, Via.RUNTIME
_LITERAL = CalleeKind.LITERAL


@final
@dataclass(slots=True, eq=False)
class Owed:
    """A deferred call that must be the goroutine's next event: the newest of `frame`, run by `by` (None: its
    return)."""

    frame: Frame
    by: Unwind | None


def is_call_of(pending: Defer, event: Enter) -> bool:
    """Whether `event` may enter what the defer statement `pending` calls."""
    if event.deferred:
        return event.deferred == pending.record and pending.callee.kind is _LITERAL
    return pending.callee.may_enter(event.function)


def is_run_by(owed: Owed, event: Enter, functions: Sequence[Function]) -> bool:
    """Whether `event` is called by what has to make the owed call. Some releases run every deferred call from
    functions of the runtime that have no names of their own here."""
    via = event.via
    if via is _RUNTIME:
        return True
    if owed.by is not None:
        return via is (_GOEXIT if owed.by.goexit else _PANIC)
    function = functions[owed.frame.function]
    return via is _CODE and function.first_line <= event.line <= function.last_line


def shows_deferred_call(event: Enter) -> bool:
    """Whether a deferred call begins, as far as the event alone tells."""
    return event.deferred != 0 or event.via in UNWINDING

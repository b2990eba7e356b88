"""The words that the driver reads, and those that it owes: little-endian, 32 bits. The other end of it is
`harness/golang/go/data/program.go`."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Final

from oracle.code import BY_RETURN, FAULT_VALUES, SHIFT, Code, Ending, Routine
from oracle.events import EndKind
from oracle.program import (
    Action,
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    Form,
    Function,
    Go,
    Goexit,
    Grow,
    Panic,
    ReadResult,
    Recover,
    Return,
    SetResult,
)

MAGIC: Final = 0xDEFE0001
WORD: Final = "I"
"""The type code of `array` for a word."""

END_MARK: Final = 0xFF000000
"""Words from here on are endings of programs; below it, events."""
RETURNED: Final = END_MARK | 1 << 8
PANICKED: Final = END_MARK | 2 << 8
GOEXIT: Final = END_MARK | 3 << 8
ENDLESS: Final = END_MARK | 4 << 8
"""What no program owes: it goes on and on. Only its first words are kept."""
LOST: Final = END_MARK | 5 << 8
"""Nor this: a goroutine that it waits for has ended without saying so, or so it seemed."""

(
    OP_SITE,
    OP_END,
    OP_RETURN_VALUE,
    OP_RECOVER,
    OP_RECOVER_AND_SHOW,
    OP_PANIC,
    OP_GOEXIT,
    OP_CALL,
    OP_CALL_AND_SHOW,
    OP_NIL,
    OP_DIVIDE,
    OP_INDEX,
    OP_EMIT,
    OP_SET,
    OP_READ,
    OP_SET_OUTER,
    OP_READ_OUTER,
    OP_GO,
    OP_GROW,
    OP_COLLECT,
) = range(20)

FORMS = {Form.CLOSURE: 0, Form.VALUE: 1, Form.METHOD: 2, Form.PROMOTED: 3, Form.ARGUMENT: 4, Form.FUNCTION: 4}
NO_FUNCTION = 5
LOOP, HOLE = 0x40, 0x80


def as_bytes(words: array[int]) -> bytes:
    """Words as they stand in a file."""
    if sys.byteorder == "big":
        words = array(WORD, words)
        words.byteswap()
    return words.tobytes()


def from_bytes(raw: bytes) -> array[int]:
    """The words of a file; what is left of a last one is dropped."""
    words = array(WORD)
    words.frombytes(raw[: len(raw) - len(raw) % 4])
    if sys.byteorder == "big":
        words.byteswap()
    return words


def deferred_alike(routine: Routine) -> None:
    """Make the events of a function's entry as a deferred call one, whoever runs it: the driver cannot tell."""
    openings = list(routine.opening)
    routine.opening = (openings[0], *[openings[BY_RETURN]] * 3, openings[4])


def ending(end: Ending) -> int:
    """The word of a program's ending."""
    if end.kind is EndKind.RETURNED:
        return RETURNED
    return GOEXIT if end.kind is EndKind.MAIN_GOEXIT else PANICKED | end.chain[-1][0]


def header(functions: int, skeletons: int, programs: int) -> array[int]:
    """The head of a sheet."""
    return array(WORD, (MAGIC, functions, skeletons, programs))


def function(given: Function, shape: int, routine: Routine, code: Code, holes: Sequence[int] = ()) -> array[int]:
    """A function of a sheet. `holes`: the actions whose function is filled in later."""
    number = {text: n for n, text in enumerate(code.values)}.__getitem__
    words = array(WORD, (shape, 0, routine.enter))
    event = routine.enter + (1 << SHIFT)
    for position, action in enumerate(given.body):
        words.extend(_operation(action, event, number, HOLE if position in holes else 0))
        event += 2 << SHIFT
    words.extend((OP_END, 0, routine.end))
    words[1] = (len(words) - 3) // 3
    return words


def _operation(action: Action, event: int, number: Callable[[str], int], hole: int) -> tuple[int, int, int]:
    bits = hole << 8
    match action:
        case Defer(function=target, form=form, times=times, loop=loop):
            form_bits = (NO_FUNCTION if target is None else FORMS[form]) | (LOOP if loop else 0)
            return OP_SITE | form_bits << 8 | bits | times << 16, 0 if hole else target or 0, event
        case Call(function=target, show=show):
            return (OP_CALL_AND_SHOW if show else OP_CALL) | bits, 0 if hole else target, event
        case Go(function=target):
            return OP_GO | bits, 0 if hole else target, event
        case Panic(value=value):
            return OP_PANIC, number(value), event
        case Fault(kind=kind):
            return (OP_NIL, OP_DIVIDE, OP_INDEX)[FAULT_VALUES[kind] - 1], 0, event
        case Recover(show=show):
            return OP_RECOVER_AND_SHOW if show else OP_RECOVER, 0, event
        case Goexit():
            return OP_GOEXIT, 0, event
        case Return(value=None):
            return OP_END, 0, event
        case Return(value=int(value)):
            return OP_RETURN_VALUE, value, event
        case SetResult(value=value, outer=outer):
            return OP_SET_OUTER if outer else OP_SET, value, event
        case ReadResult(outer=outer):
            return OP_READ_OUTER if outer else OP_READ, 0, event
        case Grow():
            return OP_GROW, 0, event
        case Collect():
            return OP_COLLECT, 0, event
        case Emit():
            return OP_EMIT, 0, event
    raise AssertionError(action)

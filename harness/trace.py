"""The wire format of a trace: bytes that the trace package wrote -> events, and back. One stage; knows no rule.

One event a line, fields separated by one space, ended by LF; numbers are decimal, values are quoted as Go does:

    E goroutine activation function via line deferred started      function entered; via: c f p g r s
    D goroutine activation line record callee                      defer statement executed
    G goroutine activation line record callee                      go statement executed
    P goroutine activation line value                              panic
    R goroutine activation line value                              recover
    X goroutine activation line                                    Goexit
    T goroutine activation line                                    return
    Q goroutine activation line status                             os.Exit

A callee is `kind[:function,function...][:value]`; a status may be negative. Each line is one write, so a line that
is not ended can only be the last one of a trace that a limit cut off.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

from harness.errors import TraceDamaged
from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    Enter,
    Event,
    Exit,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)

_VIA = {
    "c": Via.CODE,
    "f": Via.FOREIGN,
    "p": Via.PANIC,
    "g": Via.GOEXIT,
    "r": Via.RUNTIME,
    "s": Via.START,
}

_LETTERS = {via: letter for letter, via in _VIA.items()}

# What Go's strconv.Quote writes. Python reads these escapes alike (a byte that is no UTF-8 as the character of that
# number), but many others too.
_ESCAPE = r"""\\(?:[abfnrtv\\"]|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[1-9a-f]|10)[0-9a-f]{4})"""
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f]')
_QUOTED = re.compile(rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*"')


def decode(raw: bytes, *, cut: bool = False, functions: int | None = None) -> Iterator[Event]:
    """Yield the events of `raw`. `cut`: a limit ended the run, so the last line may lack its end and is left out.

    Raises `TraceDamaged` with the line's number for anything else that is no event. `functions`: the size of
    the program's function table, to check indices against.
    """
    *lines, tail = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            event = _decode_line(line.decode("utf-8"))
        except (ValueError, KeyError) as error:
            raise TraceDamaged(f"trace line {number}: no event: {line[:80]!r} ({error})") from None
        if functions is not None and (unknown := [f for f in _pointed_at(event) if f >= functions]):
            raise TraceDamaged(f"trace line {number}: no function {unknown[0]}: the table has {functions}")
        yield event
    if tail and not cut:
        raise TraceDamaged(f"trace line {len(lines) + 1}: the event is cut off: {tail[:80]!r}")


def _pointed_at(event: Event) -> tuple[int, ...]:
    match event:
        case Enter():
            return (event.function,)
        case Defer() | Go():
            return event.callee.functions
        case _:
            return ()


def _decode_line(line: str) -> Event:
    if line[1:2] != " ":
        raise ValueError("a word of one letter comes first")
    return _WORDS[line[0]](line[2:])


def _numbers(text: str, count: int) -> list[int]:
    fields = text.split(" ")
    if len(fields) != count:
        raise ValueError(f"{len(fields)} fields where {count} belong")
    return [_number(f) for f in fields]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _status(text: str) -> int:
    return -_number(text[1:]) if text.startswith("-") else _number(text)


def _enter(rest: str) -> Enter:
    g, a, function, via, line, deferred, started = rest.split(" ")
    return Enter(
        _number(g), _number(a), _number(function), _VIA[via], _number(line), _number(deferred), _number(started)
    )


def _defer(rest: str) -> Defer:
    g, a, line, record, callee = rest.split(" ", 4)
    return Defer(_number(g), _number(a), _number(line), _number(record), _callee(callee))


def _go(rest: str) -> Go:
    g, a, line, record, callee = rest.split(" ", 4)
    return Go(_number(g), _number(a), _number(line), _number(record), _callee(callee))


def _panic(rest: str) -> Panic:
    g, a, line, value = rest.split(" ", 3)
    return Panic(_number(g), _number(a), _number(line), _unquote(value))


def _recover(rest: str) -> Recover:
    g, a, line, value = rest.split(" ", 3)
    return Recover(_number(g), _number(a), _number(line), _unquote(value))


def _goexit(rest: str) -> Goexit:
    return Goexit(*_numbers(rest, 3))


def _return(rest: str) -> Return:
    return Return(*_numbers(rest, 3))


def _exit(rest: str) -> Exit:
    g, a, line, status = rest.split(" ")
    return Exit(_number(g), _number(a), _number(line), _status(status))


def _callee(text: str) -> Callee:
    word, _, rest = text.partition(":")
    functions, _, value = rest.partition(":")
    callee = Callee(
        CalleeKind(word),
        tuple(_number(f) for f in functions.split(",")) if functions else (),
        _unquote(value) if value else "",
    )
    if callee.kind is CalleeKind.EXIT:
        _status(callee.value)
    return callee


def _unquote(text: str) -> str:
    if not _QUOTED.fullmatch(text):
        raise ValueError(f"{text!r} is no quoted value")
    return str(ast.literal_eval(text)) if "\\" in text else text[1:-1]


_WORDS: dict[str, Callable[[str], Event]] = {
    "E": _enter,
    "D": _defer,
    "G": _go,
    "P": _panic,
    "R": _recover,
    "X": _goexit,
    "T": _return,
    "Q": _exit,
}


def encode(events: Iterable[Event]) -> str:
    """The wire form of `events`: `decode` gives them back."""
    return "".join(f"{_encode(event)}\n" for event in events)


def _encode(event: Event) -> str:
    who = f"{event.goroutine} {event.activation}"
    match event:
        case Enter(_, _, function, via, line, deferred, started):
            return f"E {who} {function} {_LETTERS[via]} {line} {deferred} {started}"
        case Defer(_, _, line, record, callee):
            return f"D {who} {line} {record} {_encode_callee(callee)}"
        case Go(_, _, line, record, callee):
            return f"G {who} {line} {record} {_encode_callee(callee)}"
        case Panic(_, _, line, value):
            return f"P {who} {line} {_quote(value)}"
        case Recover(_, _, line, value):
            return f"R {who} {line} {_quote(value)}"
        case Goexit(_, _, line):
            return f"X {who} {line}"
        case Return(_, _, line):
            return f"T {who} {line}"
        case Exit(_, _, line, status):
            return f"Q {who} {line} {status}"
        case _:
            assert_never(event)


def _encode_callee(callee: Callee) -> str:
    functions = ",".join(map(str, callee.functions))
    return ":".join([callee.kind.value, functions, _quote(callee.value) if callee.value else ""]).rstrip(":")


def _quote(text: str) -> str:
    return f'"{_TO_ESCAPE.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return f"\\{character}" if character in '"\\' else f"\\x{ord(character):02x}"

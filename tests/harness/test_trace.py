"""Every word of the wire format is read, and every kind of damage is told with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import TraceDamaged
from harness.trace import decode, encode
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

LETTERS = {
    Via.CODE: "c",
    Via.FOREIGN: "f",
    Via.PANIC: "p",
    Via.GOEXIT: "g",
    Via.RUNTIME: "r",
    Via.START: "s",
}
GOOD = b"E 1 1 0 s 0 0 0\nT 1 1 9\n"


def only(line: str) -> Event:
    [event] = decode(line.encode() + b"\n")
    return event


def damage(raw: bytes, *, cut: bool = False, functions: int | None = None) -> str:
    with pytest.raises(TraceDamaged) as caught:
        list(decode(raw, cut=cut, functions=functions))
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- Words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("E 1 2 3 c 40 5 6", Enter(1, 2, 3, Via.CODE, 40, 5, 6)),
        ("D 1 2 30 4 literal:5", Defer(1, 2, 30, 4, Callee(CalleeKind.LITERAL, (5,)))),
        ("G 1 2 30 4 function:6", Go(1, 2, 30, 4, Callee(CalleeKind.FUNCTION, (6,)))),
        ('P 1 2 30 "\\"boom\\""', Panic(1, 2, 30, '"boom"')),
        ('R 1 2 30 "nil"', Recover(1, 2, 30, "nil")),
        ('R 1 2 30 "main.T{1, 2}"', Recover(1, 2, 30, "main.T{1, 2}")),
        ("X 1 2 30", Goexit(1, 2, 30)),
        ("T 1 2 30", Return(1, 2, 30)),
        ("Q 1 2 30 4", Exit(1, 2, 30, 4)),
        ("Q 1 2 30 -1", Exit(1, 2, 30, -1)),
    ],
)
def test_a_word(line: str, event: Event) -> None:
    assert only(line) == event


@pytest.mark.parametrize("via", Via)
def test_every_caller(via: Via) -> None:
    assert only(f"E 1 1 0 {LETTERS[via]} 0 0 0") == Enter(1, 1, 0, via)


@pytest.mark.parametrize(
    ("text", "callee"),
    [
        ("literal:4", Callee(CalleeKind.LITERAL, (4,))),
        ("function:2,7", Callee(CalleeKind.FUNCTION, (2, 7))),
        ("value", Callee(CalleeKind.VALUE)),
        ("nil", Callee(CalleeKind.NIL)),
        ("recover", Callee(CalleeKind.RECOVER)),
        ('panic::"\\"a b: c\\""', Callee(CalleeKind.PANIC, (), '"a b: c"')),
        ("goexit", Callee(CalleeKind.GOEXIT)),
        ('exit::"3"', Callee(CalleeKind.EXIT, (), "3")),
        ('exit::"-1"', Callee(CalleeKind.EXIT, (), "-1")),
        ("silent", Callee(CalleeKind.SILENT)),
        ("foreign", Callee(CalleeKind.FOREIGN)),
    ],
)
@pytest.mark.parametrize(("word", "statement"), [("D", Defer), ("G", Go)])
def test_every_callee(word: str, statement: type[Defer | Go], text: str, callee: Callee) -> None:
    assert only(f"{word} 1 1 2 3 {text}") == statement(1, 1, 2, 3, callee)


def test_the_kinds_above_are_all() -> None:
    assert {kind.value for kind in CalleeKind} == {
        *("literal", "function", "method", "value", "nil", "recover", "panic", "goexit", "exit", "silent", "foreign")
    }


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r'"\a\b\f\n\r\t\v"', "\a\b\f\n\r\t\v"),
        (r'"\\ \" \' "'.replace(r"\'", "'"), "\\ \" ' "),
        (r'"\x00\x1b\x7f"', "\x00\x1b\x7f"),
        (r'"\u00a0\u200b\ufeff\ufffd"', "\u00a0\u200b\ufeff\ufffd"),
        (r'"\U000e0001\U0010ffff"', "\U000e0001\U0010ffff"),
        ('"größer 世界 🎉"', "größer 世界 🎉"),
        ('""', ""),
    ],
)
def test_escapes_are_those_of_go(quoted: str, value: str) -> None:
    assert only(f"P 1 1 2 {quoted}") == Panic(1, 1, 2, value)


def test_an_empty_trace_has_no_events() -> None:
    assert list(decode(b"")) == []


def test_events_come_in_order() -> None:
    assert list(decode(GOOD)) == [Enter(1, 1, 0, Via.START), Return(1, 1, 9)]


# --- Damage -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", [b"T", b"T 1 1 ", b"T 1 1 1", b'P 1 1 2 "bo', b"\x00", b"\xff"])
def test_a_trace_cut_in_the_middle_of_a_line(tail: bytes) -> None:
    assert list(decode(GOOD + tail, cut=True)) == list(decode(GOOD))
    assert damage(GOOD + tail).startswith("trace line 3: the event is cut off: ")


def test_what_was_read_before_the_damage_is_given() -> None:
    events = decode(GOOD + b"T 1 1")
    assert [next(events), next(events)] == list(decode(GOOD))
    with pytest.raises(TraceDamaged):
        next(events)


DAMAGED = {
    "no word": b"",
    "blank": b" ",
    "unknown word": b"Z 1 1 2",
    "small letter": b"t 1 1 2",
    "long word": b"TT 1 1 2",
    "the writer's last words": b"lost 28",
    "no fields": b"T ",
    "a field too few": b"T 1 1",
    "a field too many": b"T 1 1 2 3",
    "two spaces": b"T 1  1 2",
    "a space at the end": b"T 1 1 2 ",
    "enter: a field too few": b"E 1 1 0 s 0 0",
    "enter: a field too many": b"E 1 1 0 s 0 0 0 0",
    "defer without callee": b"D 1 1 2 3",
    "go without callee": b"G 1 1 2 3",
    "panic without value": b"P 1 1 2",
    "recover without value": b"R 1 1 2",
    "exit without status": b"Q 1 1 2",
    "exit with more": b"Q 1 1 2 3 4",
    "a number with a sign": b"T 1 +1 2",
    "a negative line": b"T 1 1 -2",
    "a number with a bar": b"T 1 1_0 2",
    "a number of another script": "T 1 1 ٣".encode(),
    "a raised number": "T 1 1 ²".encode(),
    "a hexadecimal number": b"T 1 1 0x2",
    "a number without end": b"T 1 1 " + b"9" * 5000,
    "a status with a bar": b"Q 1 1 2 1_0",
    "a status of nothing": b"Q 1 1 2 -",
    "unknown caller": b"E 1 1 0 x 0 0 0",
    "caller of two letters": b"E 1 1 0 cc 0 0 0",
    "unknown callee": b"D 1 1 2 3 closure:1",
    "callee of nothing": b"D 1 1 2 3 ",
    "callee with a bad number": b"D 1 1 2 3 function:1,",
    "callee with a bare value": b"D 1 1 2 3 panic::boom",
    "exit of no number": b'D 1 1 2 3 exit::"three"',
    "exit of nothing": b"D 1 1 2 3 exit",
    "bare value": b"P 1 1 2 boom",
    "value not closed": b'P 1 1 2 "boom',
    "value of one quote": b'P 1 1 2 "',
    "value closed by an escape": b'P 1 1 2 "boom\\"',
    "value closed early": b'P 1 1 2 "bo"om"',
    "two values": b'P 1 1 2 "a\\n" "b"',
    "single quotes": b"P 1 1 2 'boom'",
    "no escape of Go": b'P 1 1 2 "\\q"',
    "escape by name": b'P 1 1 2 "\\N{BULLET}"',
    "octal escape": b'P 1 1 2 "\\101"',
    "short escape x": b'P 1 1 2 "\\x1"',
    "short escape u": b'P 1 1 2 "\\u00a"',
    "half a character": b'P 1 1 2 "\\ud83d"',
    "a character beyond the last": b'P 1 1 2 "\\U00110000"',
    "a tab in a value": b'P 1 1 2 "a\tb"',
    "CRLF": b"T 1 1 2\r",
    "CRLF after a value": b'P 1 1 2 "boom"\r',
    "NUL": b"T 1 1 \x00",
    "NUL in a value": b'P 1 1 2 "\x00"',
    "only NUL": b"\x00" * 8,
    "no UTF-8": b'P 1 1 2 "\xff"',
    "no UTF-8 in a word": b"\xfe 1 1 2",
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("cut", [False, True])
def test_a_damaged_line_is_told_with_its_number(kind: str, cut: bool) -> None:
    """A limit explains a line without its end, and no other damage."""
    assert damage(GOOD + DAMAGED[kind] + b"\n" + GOOD, cut=cut).startswith("trace line 3: no event: ")


@pytest.mark.parametrize("line", [b"E 1 1 3 s 0 0 0", b"D 1 1 2 1 literal:3", b"G 1 1 2 1 function:0,7"])
def test_an_index_beyond_the_table(line: bytes) -> None:
    number = line.split(b" ")[3] if line.startswith(b"E") else line[-1:]
    assert damage(line + b"\n", functions=3) == f"trace line 1: no function {number.decode()}: the table has 3"
    assert len(list(decode(line + b"\n", functions=8))) == 1
    assert len(list(decode(line + b"\n"))) == 1


# --- Round trip -------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 2**63)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
CALLEES = st.one_of(
    st.builds(Callee, st.just(CalleeKind.LITERAL), st.tuples(NUMBERS)),
    st.builds(Callee, st.just(CalleeKind.FUNCTION), st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)),
    st.builds(Callee, st.just(CalleeKind.PANIC), st.just(()), TEXT),
    st.builds(Callee, st.just(CalleeKind.EXIT), st.just(()), st.integers(-(2**31), 2**31).map(str)),
    st.builds(Callee, st.sampled_from([CalleeKind.VALUE, CalleeKind.NIL, CalleeKind.RECOVER, CalleeKind.GOEXIT])),
    st.builds(Callee, st.sampled_from([CalleeKind.SILENT, CalleeKind.FOREIGN])),
)
EVENTS = st.one_of(
    st.builds(Enter, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(Via), NUMBERS, NUMBERS, NUMBERS),
    st.builds(Defer, NUMBERS, NUMBERS, NUMBERS, NUMBERS, CALLEES),
    st.builds(Go, NUMBERS, NUMBERS, NUMBERS, NUMBERS, CALLEES),
    st.builds(Panic, NUMBERS, NUMBERS, NUMBERS, TEXT),
    st.builds(Recover, NUMBERS, NUMBERS, NUMBERS, TEXT),
    st.builds(Goexit, NUMBERS, NUMBERS, NUMBERS),
    st.builds(Return, NUMBERS, NUMBERS, NUMBERS),
    st.builds(Exit, NUMBERS, NUMBERS, NUMBERS, st.integers(-(2**31), 2**31)),
)


@given(st.lists(EVENTS, max_size=8))
def test_what_was_written_is_read(events: list[Event]) -> None:
    raw = encode(events).encode()
    assert list(decode(raw)) == events


@given(st.lists(EVENTS, min_size=1, max_size=4), st.data())
def test_a_trace_cut_anywhere_gives_its_whole_lines(events: list[Event], data: st.DataObject) -> None:
    raw = encode(events).encode()
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    whole = cut.count(b"\n")
    assert list(decode(cut, cut=True)) == events[:whole]
    if not cut.endswith(b"\n") and cut:
        assert damage(cut).startswith(f"trace line {whole + 1}: ")


@given(st.binary(max_size=60))
def test_no_bytes_are_more_than_damage(raw: bytes) -> None:
    """Damage is told as damage, never as another error."""
    try:
        events = list(decode(raw))
    except TraceDamaged:
        return
    assert len(events) == raw.count(b"\n")

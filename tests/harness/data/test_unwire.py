"""Sheets are read by the driver and by Python alike: each takes and refuses what the other does, in the same words.

No sheet makes the driver's reader crash, hang or take much more memory than the sheet has.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness import toolchain
from harness.data import chunk, everything, single, tables, unwire, wire
from harness.data.unwire import NoSheet
from harness.golang.shapes import Shape, Site, shapes
from oracle.program import Frame
from tests.harness.data.reading import Reader, reader, said_here

RELEASE: Final = (1, 22)
KNOWN: Final = shapes(RELEASE)

PER_BYTE, AT_LEAST = 24, 1 << 14
"""Bytes that reading may allocate for each byte of a sheet, and for any sheet."""


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    text = os.environ.get("DEFERDIFF_TEST_TOOLCHAIN", "go1.22.10")
    installed = toolchain.install(toolchain.parse(text), toolchain.default_directory())
    with reader(installed, tmp_path_factory.mktemp("reader")) as started:
        yield started


def agreed(driver: Reader, raw: bytes) -> str:
    """What both say of a file."""
    said, allocated = driver.said(raw)
    assert said == said_here(raw, KNOWN)
    assert allocated <= PER_BYTE * len(raw) + AT_LEAST
    return said


def words_of(
    *functions: tuple[int, Sequence[tuple[int, int]]], skeletons: int = 1, more: Sequence[int] = ()
) -> bytes:
    """A sheet made by hand: shape and operations (head, operand) of each function, the last `skeletons` of which are
    no others'; `more`: its programs, one unless there are more words."""
    programs = more or [0]
    words = array(wire.WORD, [wire.MAGIC, len(functions) - skeletons, skeletons, 1])
    event = 256
    for shape, operations in functions:
        words.extend((shape, len(operations), event))
        for head, operand in operations:
            event += 512
            words.extend((head, operand, event))
        event += 512
    words.extend(programs)
    return wire.as_bytes(words)


def shape_of(frame: Frame, *sites: Site) -> int:
    return KNOWN.index(Shape(frame, sites))


def site(form: int, times: int = 1) -> int:
    return wire.OP_SITE | form << 8 | times << 16


END: Final = (wire.OP_END, 0)
LEAF = (0, [END])
OPEN = shape_of(Frame.OPEN, Site.VARIABLE)
LINKED = shape_of(Frame.LINKED, Site.VARIABLE)
LITERAL = shape_of(Frame.LINKED, Site.LITERAL)
RECEIVER = shape_of(Frame.OPEN, Site.RECEIVER)
ARGUMENT = shape_of(Frame.OPEN, Site.ARGUMENT)
OUTER = (0, [(wire.OP_SET_OUTER, 7), END])
CLOSURE, VALUE, METHOD, PROMOTED, WITH_ARGUMENT, NIL = range(6)
HOLE = wire.HOLE

TAKEN: Final = {
    "no function but a skeleton": words_of(LEAF),
    "no programs": wire.as_bytes(wire.header(0, 0, 0)),
    "a literal that sees a result": words_of(OUTER, (LITERAL, [(site(CLOSURE), 0), END])),
    "a closure that sees a result": words_of(OUTER, (LINKED, [(site(CLOSURE), 0), END])),
    "a hole": words_of(LEAF, (OPEN, [(site(CLOSURE | HOLE), 0), END]), more=[0, 0]),
    "holes of calls come last": words_of(
        LEAF, LEAF, (OPEN, [(wire.OP_CALL | HOLE << 8, 0), (site(VALUE | HOLE), 0), END]), more=[0, 1, 0]
    ),
    "nil": words_of((OPEN, [(site(NIL), 0), END])),
    "references to later functions": words_of((0, [(wire.OP_CALL, 1), END]), LEAF, LEAF),
    "a statement that is not executed": words_of(LEAF, (RECEIVER, [(site(METHOD, 0), 0), END])),
    "a return without a value": words_of((0, [END, END])),
    "the largest loop": words_of(LEAF, (LINKED, [(site(CLOSURE | wire.LOOP, 0xFFFF), 0), END])),
    "the largest result": words_of((0, [(wire.OP_RETURN_VALUE, 255), END])),
}


@pytest.mark.parametrize("raw", TAKEN.values(), ids=TAKEN.keys())
def test_sheets_that_are_taken(driver: Reader, raw: bytes) -> None:
    assert not agreed(driver, raw).startswith("refused")


def replaced(raw: bytes, at: int, word: int) -> bytes:
    words = wire.from_bytes(raw)
    words[at] = word
    return wire.as_bytes(words)


CALLS = words_of(LEAF, (0, [(wire.OP_CALL, 0), END]), LEAF)

REFUSED: Final = [
    (b"", "no whole number of words"),
    (CALLS[:12], "no whole number of words"),
    (CALLS[:-1], "no whole number of words"),
    (b"\x7fELF" + CALLS[4:], "no sheet of this driver"),
    (replaced(CALLS, 1, 0xFFFFFFFF), "it has fewer words than functions"),
    (replaced(CALLS, 2, 0xFFFFFFFF), "it has fewer words than functions"),
    (wire.as_bytes(array(wire.WORD, [wire.MAGIC, 0xFFFFFFFF, 0xFFFFFFFF, 0])), "it has fewer words than functions"),
    (replaced(CALLS, 3, 0xFFFFFFFF), "it has fewer words than programs"),
    (replaced(CALLS, 3, 2), "it has fewer words than programs"),
    (replaced(CALLS, 5, 0xFFFFFFFF), "function 0: the sheet ends in it"),
    (replaced(CALLS, 5, 0x55555556), "function 0: the sheet ends in it"),
    (replaced(CALLS, 5, 0), "function 0: it has no end"),
    (replaced(CALLS, 4, len(KNOWN)), "function 0: a shape that this driver has not"),
    (replaced(CALLS, 6, wire.END_MARK), "function 0: an event that is none"),
    (replaced(CALLS, 6, 257), "function 0: an event that is none"),
    (replaced(CALLS, 9, wire.END_MARK - 512), "function 0: an event that is none"),
    (replaced(CALLS, 7, wire.OP_COLLECT + 1), "function 0: an operation that this driver does not know"),
    (replaced(CALLS, 7, wire.OP_EMIT), "function 0: it has no end"),
    (replaced(CALLS, 8, 1), "function 0: an operation with more to it than it can have"),
    (words_of((0, [(wire.OP_EMIT | 1 << 16, 0), END])), "an operation with more to it than it can have"),
    (words_of((0, [(wire.OP_EMIT | 1 << 8, 0), END])), "an operation with more to it than it can have"),
    (words_of((0, [(wire.OP_EMIT | wire.LOOP << 8, 0), END])), "an operation with more to it than it can have"),
    (words_of((0, [(wire.OP_EMIT | HOLE << 8, 0), END])), "an operation with more to it than it can have"),
    (words_of((OPEN, [(site(NIL), 1), END])), "an operation with more to it than it can have"),
    (words_of(LEAF, (OPEN, [(site(VALUE | HOLE), 1), END])), "an operation with more to it than it can have"),
    (
        words_of(LEAF, (0, [(wire.OP_CALL | HOLE << 8, 0), END]), LEAF),
        "function 1: a hole, which only a skeleton has",
    ),
    (words_of((0, [END, (wire.OP_EMIT, 0), END])), "an operation that is never reached"),
    (words_of((0, [END, END, END])), "an operation that is never reached"),
    (words_of((0, [(wire.OP_RETURN_VALUE, 1), (wire.OP_EMIT, 0), END])), "an operation that is never reached"),
    (words_of((0, [(wire.OP_PANIC, 4), (wire.OP_EMIT, 0), END])), "an operation that is never reached"),
    (words_of((0, [(wire.OP_GOEXIT, 0), (wire.OP_EMIT, 0), END])), "an operation that is never reached"),
    (words_of((0, [(site(CLOSURE), 0), END])), "more defer statements than its shape has"),
    (words_of((OPEN, [END])), "fewer defer statements than its shape has"),
    (words_of((OPEN, [(site(METHOD), 0), END])), "a form that its defer statement cannot have"),
    (words_of((OPEN, [(site(6), 0), END])), "a form that its defer statement cannot have"),
    (words_of((LITERAL, [(site(NIL), 0), END])), "a form that its defer statement cannot have"),
    (words_of((ARGUMENT, [(site(PROMOTED), 0), END])), "a form that its defer statement cannot have"),
    (words_of((RECEIVER, [(site(WITH_ARGUMENT), 0), END])), "a form that its defer statement cannot have"),
    (words_of((OPEN, [(site(NIL | HOLE), 0), END])), "a form that its defer statement cannot have"),
    (words_of(LEAF, (OPEN, [(site(CLOSURE | wire.LOOP), 0), END])), "a loop that its shape has not"),
    (words_of(LEAF, (OPEN, [(site(CLOSURE, 2), 0), END])), "a loop that its shape has not"),
    (words_of(LEAF, (LINKED, [(site(CLOSURE, 2), 0), END])), "a loop that its shape has not"),
    (words_of((OPEN, [(site(CLOSURE), 0), END])), "function 0: it refers to a function that is not there"),
    (replaced(CALLS, 14, 2), "function 1: it refers to a function that is not there"),
    (replaced(CALLS, 14, 0xFFFFFFFF), "function 1: it refers to a function that is not there"),
    (replaced(CALLS, 14, 1), "function 1: functions that refer to earlier ones as well as to later ones"),
    (
        words_of((0, [(wire.OP_CALL, 1), END]), (0, [(wire.OP_GO, 0), END]), LEAF),
        "function 1: functions that refer to earlier ones as well as to later ones",
    ),
    (words_of((0, [(wire.OP_PANIC, 3), END])), "a value that this driver has not"),
    (words_of((0, [(wire.OP_PANIC, 255), END])), "a value that this driver has not"),
    (words_of((0, [(wire.OP_RETURN_VALUE, 256), END])), "a result that no event can tell"),
    (words_of((0, [(wire.OP_SET, 256), END])), "a result that no event can tell"),
    (words_of((0, [(wire.OP_SET_OUTER, 256), END])), "a result that no event can tell"),
    (words_of(OUTER), "function 0: it uses a result that it does not see"),
    (
        words_of(LEAF, (OPEN, [(site(CLOSURE), 0), END]), (LITERAL, [(site(CLOSURE), 1), END])),
        "function 2: a function literal that has defer statements",
    ),
    *(
        (words_of(OUTER, user), "function 1: it refers to a function that does not see the result that it uses")
        for user in (
            (0, [(wire.OP_CALL, 0), END]),
            (0, [(wire.OP_CALL_AND_SHOW, 0), END]),
            (0, [(wire.OP_GO, 0), END]),
            (OPEN, [(site(CLOSURE), 0), END]),
            (LINKED, [(site(VALUE), 0), END]),
            (RECEIVER, [(site(METHOD), 0), END]),
            (ARGUMENT, [(site(WITH_ARGUMENT), 0), END]),
        )
    ),
    (words_of(LEAF, more=[1]), "program 0: it has no skeleton"),
    (words_of(skeletons=0), "program 0: it has no skeleton"),
    (words_of(LEAF, (OPEN, [(site(CLOSURE | HOLE), 0), END])), "program 0: the sheet ends in it"),
    (
        words_of(LEAF, (OPEN, [(site(CLOSURE | HOLE), 0), END]), more=[0, 1]),
        "program 0: it refers to a function that is not there",
    ),
    (
        words_of(OUTER, (OPEN, [(site(CLOSURE | HOLE), 0), END]), more=[0, 0]),
        "program 0: it refers to a function that does not see the result that it uses",
    ),
    (
        words_of(LEAF, (OPEN, [(site(CLOSURE), 0), END]), (LITERAL, [(site(CLOSURE | HOLE), 0), END]), more=[0, 1]),
        "program 0: a function literal that has defer statements",
    ),
    (words_of(LEAF, more=[0, 0]), "it goes on behind its last program"),
]


@pytest.mark.parametrize(("raw", "why"), REFUSED)
def test_sheets_that_are_refused(driver: Reader, raw: bytes, why: str) -> None:
    said = agreed(driver, raw).removeprefix("refused: ")
    assert said in (why, f"function 0: {why}", f"function 1: {why}")


# --- Whatever bytes ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sheets() -> list[bytes]:
    """Small real sheets: short tables, so that damage is often to what matters."""
    with pytest.MonkeyPatch.context() as patch:
        for name, small in (("FUNCTIONS", 24), ("SKELETONS", 12), ("_LEAVES", 8)):
            patch.setattr(tables, name, small)
        made = [chunk.make(11, number, 12, RELEASE).sheet for number in range(8)]
    return [*made, everything.make(2, 0, RELEASE).sheet, *TAKEN.values()]


ODD = (0, 1, 2, 4, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x55555556, wire.MAGIC, wire.END_MARK, HOLE << 8)
"""Words that are the end of something."""

Damage = Callable[["array[int]", Random, Sequence[bytes]], None]


def any_word(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    words[rng.randrange(len(words))] = rng.choice(ODD)


def near(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    at = rng.randrange(len(words))
    words[at] = (words[at] + rng.choice((-1, 1, 256, -256, 1 << 16, HOLE << 8, wire.LOOP << 8))) % (1 << 32)


def header(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    at = rng.randrange(min(4, len(words)))
    words[at] = (words[at] + rng.choice((-1, 1, 2, 1 << 31))) % (1 << 32)


def flip(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    words[rng.randrange(len(words))] ^= 1 << rng.randrange(32)


def copy(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    words[rng.randrange(len(words))] = words[rng.randrange(len(words))]


def drop(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    at = rng.randrange(len(words))
    del words[at : at + rng.choice((1, 3, rng.randrange(1, 40)))]


def splice(words: array[int], rng: Random, others: Sequence[bytes]) -> None:
    other = wire.from_bytes(rng.choice(others))
    begin, at = rng.randrange(len(other)), rng.randrange(len(words) + 1)
    words[at : at + rng.choice((0, 3, 9))] = other[begin : begin + rng.choice((1, 3, 9, 60))]


DAMAGES: Sequence[Damage] = (any_word, near, near, header, flip, copy, copy, drop, splice)


def damaged(sheets: Sequence[bytes], seed: int, many: int) -> bytes:
    rng = Random(seed)
    words = wire.from_bytes(rng.choice(sheets))
    for _ in range(many):
        if words:
            rng.choice(DAMAGES)(words, rng, sheets)
    return wire.as_bytes(words)


@settings(max_examples=4000)
@given(st.integers(0, 1 << 60), st.integers(0, 3))
@example(0, 0)
def test_both_read_a_damaged_sheet_alike(driver: Reader, sheets: list[bytes], seed: int, many: int) -> None:
    said = agreed(driver, damaged(sheets, seed, many))
    assert many or not said.startswith("refused")


@settings(max_examples=500)
@given(st.binary(max_size=400), st.booleans())
def test_both_read_any_bytes_alike(driver: Reader, raw: bytes, magic: bool) -> None:
    agreed(driver, wire.MAGIC.to_bytes(4, "little") + raw if magic else raw)


@settings(max_examples=300)
@given(st.data())
def test_both_read_a_sheet_that_is_cut_alike(driver: Reader, sheets: list[bytes], data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(sheets))
    said = agreed(driver, whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert said.startswith("refused")


@settings(max_examples=300)
@given(st.integers(0, 1 << 60), st.integers(0, 3))
def test_functions_of_a_sheet_come_to_an_end(sheets: list[bytes], seed: int, many: int) -> None:
    """No function of one that is taken can reach itself."""
    try:
        sheet = unwire.decode(damaged(sheets, seed, many), KNOWN)
    except NoSheet:
        return
    below = [{o.target for o in f.operations if o.target is not None} for f in sheet.functions]
    done: set[int] = set()
    while ends := [n for n, targets in enumerate(below) if n not in done and targets <= done]:
        done.update(ends)
    assert done == set(range(len(below)))


# --- What is really run ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [(1, 18), (1, 22), (1, 27)])
def test_real_sheets_are_taken(release: tuple[int, int]) -> None:
    known = shapes(release)
    for number in range(4):
        made = chunk.make(5, number, 200, release)
        assert len(unwire.decode(made.sheet, known).programs) == 200
        table = chunk.drawn(5, number, release)[0]
        fitted = []
        for index in range(20):
            program, hints = chunk.program(table, made, index)
            fitted.append(single.fit(program, release, hints))
        assert len(unwire.decode(single.chunk_of(fitted)[0].sheet, known).programs) == 20
    made = everything.make(4, 0, release)
    assert len(unwire.decode(made.sheet, known).programs) == made.programs


def test_the_driver_reads_a_real_sheet_as_we_do(driver: Reader) -> None:
    made = chunk.make(5, 3, 5000, RELEASE)
    assert not agreed(driver, made.sheet).startswith("refused")

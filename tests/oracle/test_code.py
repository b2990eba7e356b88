"""The compiled form: events are told as they were meant, and the stretches say the same as the operations."""

from __future__ import annotations

import pytest

from oracle import execute
from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    BY_RETURN,
    CALLED,
    DEFER,
    STARTED,
    Deed,
    Routine,
    Word,
    compile_program,
    describe,
    word,
)
from oracle.generate import program_of, trees
from oracle.profile import POST_CL
from oracle.program import Program
from tests.oracle.programs import program
from tests.oracle.scenes import SCENES

EVERYTHING = program(
    main=[
        {"defer": "f1"},
        {"defer": "nil"},
        {"go": "f2"},
        {"call": "f2", "result": "shown"},
        "recover",
        {"recover": "shown"},
        {"emit": 70},
        {"panic": "boom"},
    ],
    f1=["goexit"],
    f2=["read", {"return": 9}],
)


def events_of(of: Program) -> list[Word]:
    code = compile_program(of)
    seen: list[int] = []
    execute.run(code, POST_CL, seen.extend)
    return [word(code, event) for event in seen]


def test_words() -> None:
    assert events_of(EVERYTHING) == [
        Word(Deed.ENTER, 0, -1, how=STARTED),
        Word(Deed.DEFER, 0, 0),
        Word(Deed.DEFER, 0, 1),
        Word(Deed.GO, 0, 2),
        Word(Deed.ENTER, 2, -1, how=STARTED),
        Word(Deed.PRINT, 2, 0, value="0"),
        Word(Deed.RETURN, 2, 1),
        Word(Deed.ENTER, 2, -1, how=CALLED),
        Word(Deed.PRINT, 2, 0, value="0"),
        Word(Deed.RETURN, 2, 1),
        Word(Deed.PRINT, 0, 3, value="9"),
        Word(Deed.RECOVER, 0, 4, value="nil"),
        Word(Deed.RECOVER, 0, 5, value="nil"),
        Word(Deed.PRINT, 0, 5, value="nil"),
        Word(Deed.PRINT, 0, 6, value="70"),
        Word(Deed.PANIC, 0, 7, value="boom"),
        Word(Deed.ENTER, 1, -1, how=BY_PANIC),
        Word(Deed.GOEXIT, 1, 0),
    ]


def test_how_functions_are_entered() -> None:
    seen = {(w.deed, w.how) for name in SCENES for w in events_of(SCENES[name]) if w.deed is Deed.ENTER}
    assert seen == {(Deed.ENTER, how) for how in (CALLED, BY_RETURN, BY_PANIC, BY_GOEXIT, STARTED)}


def test_descriptions() -> None:
    code = compile_program(EVERYTHING)
    seen: list[int] = []
    execute.run(code, POST_CL, seen.extend)
    assert [describe(code, event) for event in seen] == [
        "main is entered (go)",
        "main defers f1",
        "main defers a nil function value",
        "main starts a goroutine with f2",
        "f2 is entered (go)",
        "f2 prints 0",
        "f2 returns",
        "f2 is entered (a call)",
        "f2 prints 0",
        "f2 returns",
        "main prints 9",
        "recover in main gives nil",
        "recover in main gives nil",
        "main prints nil",
        "main prints 70",
        "main panics with boom",
        "f1 is entered (a deferred call, by a panic)",
        "f1 calls Goexit",
    ]


def test_values_are_numbered_in_the_order_of_the_table() -> None:
    of = program(main=[{"call": "f1"}, {"panic": "b"}], f1=[{"defer": "f2"}, {"panic": "a"}], f2=[{"panic": "b"}])
    code = compile_program(of)
    assert code.values == (
        "nil",
        "runtime error: invalid memory address or nil pointer dereference",
        "runtime error: integer divide by zero",
        "runtime error: index out of range [5] with length 3",
        "b",
        "a",
    )


def test_statements_and_wrappers() -> None:
    forms = ("closure", "function", "value", "method", "promoted", "argument")
    bodies: dict[str, list[str]] = {f"f{n}": [] for n in range(1, 7)}
    of = program(main=[{"defer": f"f{n}", "as": form} for n, form in enumerate(forms, 1)], **bodies)
    main = compile_program(of).main
    assert [op[1].wrappers for op in main.ops] == [0, 0, 1, 1, 2, 1]
    assert [op[1].slot for op in main.ops] == [0, 1, 2, 3, 4, 5]
    assert main.statements == 6


def test_statements_of_loops_are_repeated_and_others_keep_their_slot() -> None:
    body = [{"defer": "f1", "as": "function", "times": 2, "loop": True}, {"defer": "f2", "times": 0}, {"defer": "f3"}]
    code = compile_program(program(main={"frame": "linked", "body": body}, f1=[], f2=[], f3=[]))
    assert [(op, s.slot, s.loop) for op, s, _ in code.main.ops] == [
        (DEFER, 0, True),
        (DEFER, 0, True),
        (DEFER, 2, False),
    ]
    assert (code.main.open, code.main.large, code.main.statements) == (False, False, 3)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_stretches_say_what_the_operations_say(size: int) -> None:
    for tree in trees(size):
        for routine in compile_program(program_of(tree)).routines:
            assert _told(routine) == sorted({routine.end, *(event for _, _, event in routine.ops)})
            statements = [s for op, s, _ in routine.ops if op == DEFER]
            assert statements == [*routine.opening_defers, *(s for stretch in routine.rest for s in stretch[4])]
            assert routine.leaf == (not statements and not routine.rest)


def _told(routine: Routine) -> list[int]:
    """All events that the stretches of a routine can tell of, and its end."""
    first = routine.opening[CALLED]
    assert first[0] == routine.enter
    certain = {*first[1:], *(event for stretch in routine.rest for event in stretch[3])}
    return sorted({routine.end, *certain, *(stretch[2] for stretch in routine.rest)})

"""The algebra's own rules: what is a program, and what is refused with which words."""

from __future__ import annotations

import pytest

from oracle.program import (
    MAX_DEPTH,
    MAX_VALUES,
    Action,
    Call,
    Defer,
    Emit,
    Form,
    Frame,
    Function,
    Go,
    Goexit,
    NotAProgram,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
    function_name,
    references,
    validate,
)

NOTHING = Function()


def main(*body: Action, others: int = 0, frame: Frame = Frame.OPEN) -> Program:
    return Program((Function(body, frame), *[NOTHING] * others))


@pytest.mark.parametrize(
    "program",
    [
        main(),
        main(Goexit()),
        main(*[Defer(n) for n in range(1, 9)], others=8),
        main(*[Defer(n) for n in range(1, 10)], others=9, frame=Frame.LINKED),
        main(Defer(1, times=0), others=1),
        main(Defer(1, times=5, loop=True), others=1, frame=Frame.LINKED),
        main(Defer(None), Defer(None)),
        main(Call(1), Call(1), Go(1), Defer(1, Form.METHOD), others=1),
        Program((Function((Defer(1),)), Function((SetResult(0, outer=True), ReadResult(outer=True), Return(250))))),
        main(Emit(0), Panic("a-1")),
        Program((*[Function((Call(n + 1),)) for n in range(MAX_DEPTH - 1)], NOTHING)),
    ],
)
def test_programs(program: Program) -> None:
    assert validate(program) is program


@pytest.mark.parametrize(
    ("program", "where", "why"),
    [
        (Program(()), "program", "it has no function"),
        (main(Goexit(), Recover()), "main, action 1", "nothing behind this action is ever reached"),
        (main(Call(0)), "main", "it refers to function 0: only later ones, up to 0, are there for it"),
        (
            main(Call(2), Call(1), others=1),
            "main",
            "it refers to function 2: only later ones, up to 1, are there for it",
        ),
        (
            Program((Function((Call(1),)), Function((Go(1),)))),
            "f1",
            "it refers to function 1: only later ones, up to 1, are there for it",
        ),
        (main(others=1), "f1", "nothing refers to it"),
        (
            main(Defer(1), Call(1), others=1),
            "f1",
            "a closure stands in one defer statement and nowhere else",
        ),
        (
            main(*[Defer(n) for n in range(1, 10)], others=9),
            "main",
            "it has 9 defer statements: open-coded are 8 at most",
        ),
        (
            main(Defer(1, loop=True), others=1),
            "main",
            "a function with a defer statement in a loop has no open-coded ones",
        ),
        (main(Defer(1, times=-1), others=1), "main, action 1", "a statement is executed 0 times or more"),
        (
            main(Defer(1, times=2), others=1),
            "main, action 1",
            "only a statement in a loop is executed more than once",
        ),
        (main(Defer(None, Form.METHOD)), "main, action 1", "a nil function value has no form"),
        (main(Panic("a b")), "main, action 1", "a panic's value is a word of ASCII letters, digits and hyphens"),
        (main(Panic("-")), "main, action 1", "a panic's value is a word of ASCII letters, digits and hyphens"),
        (main(Panic("")), "main, action 1", "a panic's value is a word of ASCII letters, digits and hyphens"),
        (main(Panic("\u00e9")), "main, action 1", "a panic's value is a word of ASCII letters, digits and hyphens"),
        (main(Emit(1), Return(1)), "main, action 2", "main has no result"),
        (main(SetResult(1)), "main, action 1", "main has no result"),
        (main(ReadResult()), "main, action 1", "main has no result"),
        (
            Program((Function((Call(1),)), Function((SetResult(1, outer=True),)))),
            "f1, action 1",
            "only a deferred closure sees the result of the function around it",
        ),
        (
            Program((Function((Defer(1, Form.FUNCTION),)), Function((ReadResult(outer=True),)))),
            "f1, action 1",
            "only a deferred closure sees the result of the function around it",
        ),
        (
            Program((Function((Call(1),)), Function((Return(251),)))),
            "f1, action 1",
            "a result is a number from 0 to 250",
        ),
        (
            Program((Function((Call(1),)), Function((SetResult(-1),)))),
            "f1, action 1",
            "a result is a number from 0 to 250",
        ),
        (main(Emit(-1)), "main, action 1", "what is printed is a number from 0"),
        (
            Program((*[Function((Call(n + 1),)) for n in range(MAX_DEPTH)], NOTHING)),
            "program",
            "calls and defer statements are nested more than 100 deep",
        ),
        (
            Program(
                (
                    Function(tuple(Call(n) for n in range(1, MAX_VALUES + 2))),
                    *[Function((Panic(f"p{n}"),)) for n in range(MAX_VALUES + 1)],
                )
            ),
            "program",
            "it has more than 200 different panic values",
        ),
    ],
)
def test_no_programs(program: Program, where: str, why: str) -> None:
    with pytest.raises(NotAProgram) as refused:
        validate(program)
    assert (refused.value.where, refused.value.why) == (where, why)
    assert str(refused.value) == f"{where}: {why}"


def test_as_many_values_as_there_may_be() -> None:
    validate(
        Program(
            (
                Function(tuple(Call(n) for n in range(1, MAX_VALUES + 1))),
                *[Function((Panic(f"p{n}"),)) for n in range(MAX_VALUES)],
            )
        )
    )


def test_references() -> None:
    actions = (Call(1), Emit(1), Go(2), Defer(3), Defer(None))
    assert list(references(Function(actions))) == [(1, actions[0]), (2, actions[2]), (3, actions[3])]


def test_names_and_sizes() -> None:
    assert [function_name(n) for n in (0, 1, 12)] == ["main", "f1", "f12"]
    assert main(Call(1), Recover(), others=1).size == 2


def test_what_a_function_has() -> None:
    own, outer = Function((SetResult(1), ReadResult())), Function((Emit(1), ReadResult(outer=True)))
    defers = Function((Defer(1), Emit(1), Defer(2, Form.VALUE)))
    assert [f.sees_outer_result for f in (own, outer, defers, Function((SetResult(1, outer=True),)))] == [
        False,
        True,
        False,
        True,
    ]
    assert own.statements == ()
    assert defers.statements == (Defer(1), Defer(2, Form.VALUE))

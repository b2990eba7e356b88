"""Programs as plain data: one form for each program, which gives it back; every fault is told with its place."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.generate import random_program
from oracle.program import (
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    FaultKind,
    Form,
    Frame,
    Function,
    Go,
    Goexit,
    Grow,
    NotAProgram,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
    validate,
)
from oracle.text import from_plain, to_plain
from tests.conftest import Golden

EVERYTHING = validate(
    Program(
        (
            Function(
                (
                    Defer(1),
                    Defer(2, Form.METHOD, times=0, loop=True),
                    Defer(None),
                    Call(3),
                    Call(3, show=True),
                    Go(3),
                    Recover(),
                    Recover(show=True),
                    Grow(),
                    Collect(),
                    Emit(7),
                    Goexit(),
                ),
                Frame.LINKED,
                large=True,
            ),
            Function((SetResult(5), ReadResult(), Return(3))),
            Function((Fault(FaultKind.DIVIDE),), Frame.LINKED),
            Function((Panic("boom"),)),
        )
    )
)
PLAIN = {
    "functions": {
        "main": {
            "frame": "linked",
            "large": True,
            "body": [
                {"defer": "f1"},
                {"defer": "f2", "as": "method", "times": 0, "loop": True},
                {"defer": "nil"},
                {"call": "f3"},
                {"call": "f3", "result": "shown"},
                {"go": "f3"},
                "recover",
                {"recover": "shown"},
                "grow",
                "collect",
                {"emit": 7},
                "goexit",
            ],
        },
        "f1": [{"set": 5}, "read", {"return": 3}],
        "f2": {"frame": "linked", "body": [{"fault": "divide"}]},
        "f3": [{"panic": "boom"}],
    }
}


def test_the_form() -> None:
    assert to_plain(EVERYTHING) == PLAIN
    assert from_plain(PLAIN) == EVERYTHING


def test_the_results_of_the_function_around_a_closure() -> None:
    body = ["read-outer", {"set-outer": 2}, "return"]
    program = from_plain({"functions": {"main": [{"call": "f1"}], "f1": [{"defer": "f2"}], "f2": body}})
    assert program.functions[2].body == (ReadResult(outer=True), SetResult(2, outer=True), Return())
    assert to_plain(program)["functions"]["f2"] == body


@given(st.integers(0, 1 << 32), st.integers(0, 60))
def test_round_trip(seed: int, actions: int) -> None:
    program = random_program(Random(seed), actions)
    assert from_plain(json.loads(json.dumps(to_plain(program)))) == program


def _main(*actions: Any) -> dict[str, Any]:
    return {"functions": {"main": list(actions), "f1": []}}


REFUSED: list[tuple[object, str, str]] = [
    (None, "program", "must be a mapping with functions"),
    ([], "program", "must be a mapping with functions"),
    ({}, "program", "must be a mapping of main, f1"),
    ({"functions": []}, "program", "must be a mapping of main, f1"),
    ({"functions": {}, "more": 1}, "program", "unknown key 'more'"),
    ({"functions": {"f1": []}}, "program", "function f1 stands where main belongs"),
    ({"functions": {"main": [], "f2": []}}, "program", "function f2 stands where f1 belongs"),
    ({"functions": {"main": None}}, "main", "must be a mapping with frame or large or body"),
    ({"functions": {"main": {"frame": "linked"}}}, "main", "`body` must be a list"),
    ({"functions": {"main": {"body": [], "frame": "heap"}}}, "main", "`frame` must be open or linked"),
    ({"functions": {"main": {"body": [], "frame": {}}}}, "main", "`frame` must be open or linked"),
    ({"functions": {"main": {"body": [], "large": 1}}}, "main", "`large` must be true or false"),
    ({"functions": {"main": {"body": [], "size": 1}}}, "main", "unknown key 'size'"),
    (_main("recover", "panik"), "main, action 2", "no action is called `panik`"),
    (_main("panic"), "main, action 1", "`panic` is incomplete: write `panic: ...`"),
    (_main(7), "main, action 1", "an action is a word"),
    (_main({}), "main, action 1", "an action is a word"),
    (_main({"call": "f1", "defer": "f1"}), "main, action 1", "one of the words of actions"),
    (_main({"call": "f1", "as": "method"}), "main, action 1", "unknown key 'as'; known keys: call, result"),
    (_main({"call": "f1", "result": True}), "main, action 1", "`result` must be shown"),
    (_main({"call": "main"}), "main, action 1", "nothing may refer to main"),
    (_main({"call": "f01"}), "main, action 1", "must be the name of a function"),
    (_main({"call": 1}), "main, action 1", "must be the name of a function"),
    (_main({"call": "nil"}), "main, action 1", "must be the name of a function"),
    (_main({"defer": "f1", "as": "metod"}), "main, action 1", "`as` must be closure or function"),
    (_main({"defer": "f1", "times": True}), "main, action 1", "`times` must be a whole number"),
    (_main({"defer": "f1", "loop": 1}), "main, action 1", "`loop` must be true or false"),
    (_main({"panic": 1}), "main, action 1", "`panic` must be a word; put it in quotes"),
    (_main({"go": 1}), "main, action 1", "`go` must be the name of a function (f1, f2 ...)"),
    (_main({"fault": "zero"}), "main, action 1", "`fault` must be nil or divide or index"),
    (_main({"fault": []}), "main, action 1", "`fault` must be nil or divide or index"),
    (_main({"recover": True}), "main, action 1", "`recover` must be shown"),
    (_main({"return": "3"}), "main, action 1", "`return` must be a whole number"),
    (_main({"set": 1.0}), "main, action 1", "`set` must be a whole number"),
    (_main({"emit": None}), "main, action 1", "`emit` must be a whole number"),
    (_main({"go": "f2"}), "main", "it refers to function 2"),
    (_main({"call": "f1"}, "goexit", "recover"), "main, action 2", "nothing behind this action"),
    (_main({"defer": 1}), "main, action 1", "`defer` must be the name of a function (f1, f2 ...)"),
    ({"functions": "main"}, "program", "must be a mapping of main, f1"),
    ({"functions": {"main": {"body": ["panik"]}}}, "main, action 1", "no action is called `panik`"),
]


@pytest.mark.parametrize(("data", "where", "why"), REFUSED)
def test_what_is_no_program(data: object, where: str, why: str) -> None:
    with pytest.raises(NotAProgram) as refused:
        from_plain(data)
    assert refused.value.where == where
    assert why in refused.value.why


def test_what_is_said_of_each(golden: Golden) -> None:
    said = []
    for data, _, _ in REFUSED:
        with pytest.raises(NotAProgram) as refused:
            from_plain(data)
        said.append(f"{json.dumps(data)}\n  {refused.value}\n")
    golden("not-a-program.txt", "".join(said))

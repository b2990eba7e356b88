"""The search for the smallest program: it keeps what is looked for, and nothing that can be left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reduce import reduce, weight
from oracle.code import Deed, compile_program, word
from oracle.gather import gather
from oracle.generate import random_program
from oracle.program import Action, Call, Defer, Form, Goexit, Panic, Program, Recover, validate
from oracle.spec import run
from tests.oracle.programs import program


def has(*kinds: type[Action]) -> Callable[[Sequence[Program]], list[bool]]:
    """Programs that have actions of all these kinds."""

    def shows(programs: Sequence[Program]) -> list[bool]:
        return [all(any(isinstance(a, k) for f in p.functions for a in f.body) for k in kinds) for p in programs]

    return shows


def recovers(programs: Sequence[Program]) -> list[bool]:
    """Programs in which a recover gives a value."""
    found = []
    for one in programs:
        code = compile_program(one)
        events: list[int] = []
        run(code, events.extend)
        words = [word(code, event) for event in events]
        found.append(any(w.deed is Deed.RECOVER and w.value != "nil" for w in words))
    return found


def test_nothing_is_left_that_is_not_looked_for() -> None:
    of = random_program(Random(5), 60)
    smallest = reduce(of, lambda programs: [True] * len(programs))
    assert smallest == program(main=[])


def test_the_smallest_program_in_which_recover_gives_something() -> None:
    of = next(p for seed in range(100) if recovers([p := random_program(Random(seed), 100)])[0])
    smallest = reduce(of, recovers)
    assert smallest.size == 3
    assert smallest == program(main=[{"defer": "f1"}, {"panic": "p"}], f1=["recover"])


@settings(max_examples=25)
@given(st.integers(0, 1 << 32))
def test_the_result_shows_it_and_no_action_can_be_left_out(seed: int) -> None:
    of = random_program(Random(seed), 30)
    shows = has(Recover, Panic)
    if not shows([of])[0]:
        return
    smallest = reduce(of, shows)
    assert shows([validate(smallest)]) == [True]
    assert weight(smallest) <= weight(of)
    assert smallest.size <= 3
    for number, function in enumerate(smallest.functions):
        for at in range(len(function.body)):
            body = function.body[:at] + function.body[at + 1 :]
            functions = list(smallest.functions)
            functions[number] = replace(function, body=body)
            assert shows([gather(functions, functions[0])[0]]) == [False]


def test_calls_become_what_they_call_and_statements_become_plain() -> None:
    of = program(
        main=[{"call": "f1", "result": "shown"}],
        f1={"frame": "linked", "body": [{"defer": "f2", "as": "method", "times": 3, "loop": True}, "goexit"]},
        f2=[{"call": "f3"}],
        f3=[{"recover": "shown"}],
    )
    smallest = reduce(of, has(Defer, Goexit, Recover))
    assert smallest == program(main=[{"defer": "f1"}, "goexit"], f1=["recover"])


def test_a_candidate_of_which_nothing_is_known_is_not_taken() -> None:
    of = program(main=[{"call": "f1"}, "goexit"], f1=["recover"])
    assert reduce(of, lambda programs: [False] * len(programs)) == of


@pytest.mark.parametrize("form", [Form.METHOD, Form.ARGUMENT])
def test_a_form_that_matters_stays(form: Form) -> None:
    of = program(main=[{"defer": "f1", "as": form.value}, {"call": "f2"}, "grow"], f1=[], f2=[{"emit": 3}])

    def shows(programs: Sequence[Program]) -> list[bool]:
        return [any(isinstance(a, Defer) and a.form is form for f in p.functions for a in f.body) for p in programs]

    assert reduce(of, shows) == program(main=[{"defer": "f1", "as": form.value}], f1=[])


def test_what_is_asked_for_at_once_is_bounded() -> None:
    asked: list[int] = []

    def shows(programs: Sequence[Program]) -> list[bool]:
        asked.append(len(programs))
        return [any(isinstance(a, Call) for a in p.functions[0].body) for p in programs]

    reduce(random_program(Random(11), 100), shows)
    assert max(asked) <= 60

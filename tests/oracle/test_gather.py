"""A function of a table, with what it needs, is a program; closures are there once for each statement."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from oracle.gather import aimed, gather
from oracle.generate import random_program
from oracle.program import Call, Defer, Emit, Form, Frame, Function, Go, Recover, validate
from tests.oracle.programs import owed


@given(st.integers(0, 1 << 32), st.integers(0, 40))
def test_a_program_gathered_from_itself_does_the_same(seed: int, actions: int) -> None:
    of = random_program(Random(seed), actions)
    again, origins = gather(of.functions, of.functions[0])
    assert validate(again).size == of.size
    assert origins[0] == -1
    assert sorted(origins[1:]) == list(range(1, len(of.functions)))
    assert [owed(of)[1].kind, len(owed(of)[0])] == [owed(again)[1].kind, len(owed(again)[0])]


def test_what_is_shared_stays_shared_and_closures_do_not() -> None:
    table = (
        Function((Recover(),)),
        Function((Emit(1),), Frame.LINKED, large=True),
        Function((Defer(0), Defer(0), Call(1), Go(1), Defer(1, Form.METHOD))),
        Function((Emit(9),)),
    )
    program, origins = gather(table, Function((Call(2),)))
    assert origins == (-1, 2, 1, 0, 0)
    assert program.functions[1].body == (Defer(4), Defer(3), Call(2), Go(2), Defer(2, Form.METHOD))
    assert program.functions[2] == table[1]
    validate(program)


def test_only_the_function_changes() -> None:
    assert aimed(Defer(1, Form.VALUE, 2, loop=True), 7) == Defer(7, Form.VALUE, 2, loop=True)
    assert aimed(Call(1, show=True), 7) == Call(7, show=True)

"""What calls come to, worked out once, is what the language's rules say call by call."""

from __future__ import annotations

from random import Random

import pytest

from oracle import generate, outcomes, spec
from oracle.code import STARTED, Code, compile_program
from oracle.events import EndKind
from oracle.outcomes import DIED, EXITS, PANICS, PANICS_OVER_EXIT, RETURNED, Settled
from oracle.program import Defer, Function, Panic, Program, Recover

KINDS = {
    RETURNED: EndKind.RETURNED,
    EXITS: EndKind.MAIN_GOEXIT,
    PANICS: EndKind.PANICKED,
    PANICS_OVER_EXIT: EndKind.PANICKED,
    DIED: EndKind.PANICKED,
}


def settled(code: Code) -> dict[int, Settled]:
    """Its functions by their numbers."""
    known: dict[int, Settled] = {}
    for routine in reversed(code.routines):
        known[routine.number] = Settled(routine, known)
    return known


def compositional(functions: dict[int, Settled]) -> tuple[list[int], EndKind, int]:
    """Events, how it ends, and the value of the panic that ends it."""
    events: list[int] = []
    left, value, _ = outcomes.run(functions[0], events, STARTED)
    return events, KINDS[left], value if KINDS[left] is EndKind.PANICKED else 0


def by_rules(code: Code) -> tuple[list[int], EndKind, int]:
    """The same from `oracle.spec`."""
    events: list[int] = []
    end = spec.run(code, events.extend)
    return events, end.kind, end.chain[-1][0] if end.chain else 0


def agree(program: Program) -> bool:
    code = compile_program(program)
    for routine in code.routines:
        openings = routine.opening
        routine.opening = (openings[0], openings[1], openings[1], openings[1], openings[4])
    return compositional(settled(code)) == by_rules(code)


@pytest.mark.parametrize("size", range(6))
def test_on_all_programs_of_a_size(size: int) -> None:
    for tree in generate.trees(size):
        assert agree(generate.program_of(tree)), tree


def test_on_random_programs() -> None:
    rng = Random(20261125)
    for _ in range(4000):
        program = generate.random_program(rng, rng.randint(3, 60))
        assert agree(program), program


def test_a_defer_statement_filled_in_anew_defers_what_it_is_given() -> None:
    bodies = (Function((Panic("p"),)), Function((Recover(),)))
    given, other = (
        settled(compile_program(Program((Function(defers), *bodies))))
        for defers in ((Defer(1), Defer(2)), (Defer(2), Defer(1)))
    )
    before = compositional(given)
    first, second = given[0].sites.values()
    assert (first.target, second.target) == (given[1], given[2])
    first.target, second.target = given[2], given[1]
    assert compositional(given) == compositional(other) != before

"""All programs up to a size, each once; random programs, valid, the same for a seed, and with everything in them."""

from __future__ import annotations

from hashlib import sha256
from random import Random

import pytest

from oracle import generate
from oracle.code import compile_program, word
from oracle.events import EndKind
from oracle.generate import count, program_of, random_program, trees
from oracle.program import (
    Action,
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    FaultKind,
    Form,
    Frame,
    Go,
    Goexit,
    Grow,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
    references,
    validate,
)
from oracle.spec import run
from tests.oracle.programs import program


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Trees are made anew for each test, whatever another has left behind."""
    generate._kept.cache_clear()
    generate._counts.cache_clear()


@pytest.mark.parametrize(("size", "programs"), [(0, 1), (1, 6), (2, 40), (3, 350), (4, 3396), (5, 35266)])
def test_there_are_so_many(size: int, programs: int) -> None:
    """Counted by making them and by a recurrence."""
    assert count(size) == programs == sum(1 for _ in trees(size))


def test_there_are_so_many_larger_ones() -> None:
    assert [count(n) for n in (6, 7, 8)] == [383396, 4308858, 49658528]


def test_each_comes_once_and_is_valid() -> None:
    made = [validate(program_of(tree)) for size in range(5) for tree in trees(size)]
    assert len(set(made)) == len(made)
    assert [p.size for p in made] == sorted(p.size for p in made)


def test_the_trees_of_one_action() -> None:
    empty = (False, ())
    assert list(trees(1)) == [
        (False, ("panic",)),
        (False, ("goexit",)),
        (False, ("recover",)),
        (False, (("call", empty),)),
        (False, (("defer", empty),)),
        (True, (("defer", empty),)),
    ]


def test_all_of_two_actions_without_calls() -> None:
    """By hand: two words, or a deferred call in front or with one."""
    bodies = {p.functions[0].body for p in map(program_of, trees(2)) if len(p.functions) == 1}
    assert bodies == {(Recover(), Recover()), (Recover(), Panic("p1")), (Recover(), Goexit())}
    defer_and_word = [p for p in map(program_of, trees(2)) if p.functions[0].body[0] == Defer(1)]
    # Behind it one of three words, a call or a defer; or a body of one action, six of them. Each with two frames.
    assert len(defer_and_word) == 2 * (3 + 1 + 1) + 2 * 6


def test_a_tree_as_a_program() -> None:
    tree = (
        True,
        (("defer", (False, (("call", (False, ("panic",))), "recover"))), "recover", ("call", (False, ())), "goexit"),
    )
    assert program_of(tree) == program(
        main={"frame": "linked", "body": [{"defer": "f1"}, "recover", {"call": "f3"}, "goexit"]},
        f1=[{"call": "f2"}, "recover"],
        f2=[{"panic": "p1"}],
        f3=[],
    )


def test_panics_have_values_of_their_own() -> None:
    tree = (False, (("defer", (False, ("panic",))), "panic"))
    assert [a for f in program_of(tree).functions for a in f.body if isinstance(a, Panic)] == [
        Panic("p2"),
        Panic("p1"),
    ]


RANDOM = [random_program(Random(seed), 1 + seed % 40) for seed in range(1500)]


def test_random_programs_are_valid() -> None:
    for made in RANDOM:
        validate(made)


def test_a_seed_makes_one_program() -> None:
    assert random_program(Random(5), 20) == random_program(Random(5), 20)
    assert random_program(Random(5), 20) != random_program(Random(6), 20)


def test_seeds_make_the_programs_that_they_made_before() -> None:
    """A seed in a report or a certificate must mean the same program later on; if not, the generator is another."""
    made = "\n".join(repr(random_program(Random(f"kept:{n}"), n % 45)) for n in range(450))
    assert sha256(made.encode()).hexdigest() == KEPT


KEPT = "885c77640ea1370b78be5cc064065e15a9483e9dec4166edea27ef3c4f5913ff"


def test_random_programs_are_about_as_large_as_they_are_asked_to_be() -> None:
    sizes = [random_program(Random(seed), 30).size for seed in range(200)]
    assert max(sizes) == 30
    assert min(sizes) >= 15
    assert random_program(Random(1), 0) == Program(random_program(Random(1), 0).functions)
    assert {random_program(Random(seed), 0).size for seed in range(50)} == {0}


def test_random_programs_have_everything() -> None:
    actions = [a for made in RANDOM for f in made.functions for a in f.body]
    kinds: set[type[Action]] = {type(a) for a in actions}
    assert kinds == {
        Call, Defer, Panic, Fault, Recover, Goexit, Return, SetResult, ReadResult, Go, Grow, Collect, Emit,
    }  # fmt: skip
    defers = [a for a in actions if isinstance(a, Defer)]
    assert {d.form for d in defers} == set(Form)
    assert {d.times for d in defers if d.loop} == {0, 1, 2, 3}
    assert {d.times for d in defers if not d.loop} == {0, 1}
    assert {d.function is None for d in defers} == {True, False}
    assert {a.kind for a in actions if isinstance(a, Fault)} == set(FaultKind)
    assert {a.show for a in actions if isinstance(a, Recover)} == {True, False}
    assert {a.show for a in actions if isinstance(a, Call)} == {True, False}
    assert {a.outer for a in actions if isinstance(a, SetResult)} == {True, False}
    assert {a.outer for a in actions if isinstance(a, ReadResult)} == {True, False}
    assert {a.value is None for a in actions if isinstance(a, Return)} == {True, False}
    functions = [f for made in RANDOM for f in made.functions]
    assert {f.frame for f in functions} == set(Frame)
    assert {f.large for f in functions} == {True, False}
    assert max(sum(isinstance(a, Defer) for a in f.body) for f in functions if f.frame is Frame.OPEN) == 8


def test_some_functions_are_shared_and_some_values_come_again() -> None:
    shared = repeated = 0
    for made in RANDOM:
        targets = [target for f in made.functions for target, _ in references(f)]
        values = [a.value for f in made.functions for a in f.body if isinstance(a, Panic)]
        shared += len(set(targets)) < len(targets)
        repeated += len(set(values)) < len(values)
    assert shared > 100
    assert repeated > 20


def test_runs_stay_short() -> None:
    """What is called more than once is cheap, so traces do not explode."""
    for made in RANDOM:
        seen: list[int] = []
        run(compile_program(made), seen.extend)
        assert len(seen) < 400


def test_what_happens_in_random_programs() -> None:
    """They are worth running: they end in every way, and recover both ways."""
    ends = set()
    recovered = 0
    for made in RANDOM[:300]:
        code = compile_program(made)
        seen: list[int] = []
        ends.add(run(code, seen.extend).kind)
        recovered += any(word(code, e).deed.value == "recover" and word(code, e).value != "nil" for e in seen)
    assert ends == {EndKind.RETURNED, EndKind.PANICKED, EndKind.MAIN_GOEXIT}
    assert recovered > 60


@pytest.mark.parametrize("size", range(6))
def test_trees_from_a_number_on_are_the_rest(size: int) -> None:
    whole = list(generate.trees(size))
    for first in sorted({0, 1, 2, 3, len(whole) // 3, len(whole) // 2, len(whole) - 1, len(whole), len(whole) + 9}):
        assert list(generate.trees(size, first)) == whole[first:]


def test_trees_from_every_number_on() -> None:
    for size in (3, 5):
        whole = list(generate.trees(size))
        for first in range(0, len(whole), 1 if size == 3 else 97):
            assert next(generate._continued(size, (), False, first)) == whole[first]

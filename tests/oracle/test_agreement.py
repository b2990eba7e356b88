"""The models agree; what is compared is counted and hashed; and where one is broken it shows."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import execute, spec
from oracle.agreement import Batch, Disagreement, compare_random, compare_trees, join, numbered_program
from oracle.code import Ending, compile_program
from oracle.events import EndKind
from oracle.generate import Tree, program_of, random_program, trees
from oracle.profile import POST_CL, PRE_CL
from oracle.program import OPEN_CODED_LIMIT, Defer, Form, Frame, Function, Grow, Program
from tests.oracle.programs import owed, program, ran


def test_all_programs_up_to_four_actions() -> None:
    batch = compare_trees(tree for size in range(5) for tree in trees(size))
    assert (batch.programs, batch.events, batch.disagreement) == (3793, 36036, None)


def test_digests_are_what_they_were() -> None:
    """A certificate can be made again: the same programs, the same events, the same hash."""
    small = compare_trees(tree for size in range(4) for tree in trees(size))
    some = compare_random(1, 0, 60)
    assert [small.digest.hex()[:16], some.digest.hex()[:16], join([small, some]).digest.hex()[:16]] == DIGESTS


DIGESTS = ["5919d2a604379382", "c583108aa9cc549a", "ef02120e6529d65e"]


def test_random_programs() -> None:
    batch = compare_random(1, 0, 1500)
    assert batch.programs == 1500
    assert batch.events > 30_000
    assert batch.disagreement is None


def test_random_programs_depend_on_seed_and_number_alone() -> None:
    assert numbered_program(1, 7) == numbered_program(1, 7)
    assert numbered_program(1, 7) != numbered_program(2, 7)
    assert compare_random(1, 0, 40) == compare_random(1, 0, 40)
    assert compare_random(1, 0, 40).digest != compare_random(2, 0, 40).digest
    sizes = {numbered_program(3, n).size for n in range(300)}
    assert min(sizes) >= 1
    assert max(sizes) <= 40


def test_the_stack_moves_for_every_other_random_program(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[bool] = []
    right = execute.run

    def noted(*args: Any, moves: Any = None) -> Ending:
        moved.append(moves is not None)
        return right(*args, moves=moves)

    monkeypatch.setattr(execute, "run", noted)
    compare_trees(trees(1))
    assert moved == [False] * 12
    moved.clear()
    compare_random(1, 0, 4)
    assert moved == [False, False, True, True] * 2


def test_the_smallest_disagreement_is_kept_and_of_these_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "run", lambda *_, **__: Ending(EndKind.FATAL))
    one, two, other = (False, ("recover",)), (False, ("recover", "recover")), (False, ("goexit",))
    batch = compare_trees([two, one, other])
    assert batch.disagreement == Disagreement(program_of(one), PRE_CL, False)
    assert batch.disagreement is not None
    assert batch.disagreement.moving is False


def test_digests_know_programs_events_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = [compare_trees([tree]).digest for size in range(4) for tree in trees(size)]
    assert len(set(digests)) == len(digests)
    tree = (False, ("recover",))
    right = compare_trees([tree]).digest
    assert compare_trees([tree]).digest == right
    monkeypatch.setattr(spec, "run", lambda code, emit: emit((1, 2)) or Ending(EndKind.RETURNED))
    other_events = compare_trees([tree]).digest
    monkeypatch.setattr(spec, "run", lambda code, emit: emit((1, 2)) or Ending(EndKind.MAIN_GOEXIT))
    assert len({right, other_events, compare_trees([tree]).digest}) == 3
    assert compare_trees([]).programs == 0


def test_batches_are_joined_in_order() -> None:
    small, large = program(main=["goexit"]), program(main=["recover", "goexit"])
    one = Batch(1, 10, b"one", Disagreement(large, PRE_CL, False))
    two = Batch(2, 20, b"two", Disagreement(small, POST_CL, True))
    three = Batch(4, 40, b"three", None)
    whole = join([one, two, three])
    assert (whole.programs, whole.events, whole.disagreement) == (7, 70, two.disagreement)
    assert join([two, one]).disagreement == two.disagreement
    assert join([two, one]).digest != join([one, two]).digest
    assert join([three]).disagreement is None
    same_size = Batch(1, 1, b"", Disagreement(program(main=["recover"]), PRE_CL, False))
    assert join([two, same_size]).disagreement == two.disagreement


def test_every_second_random_program_runs_on_a_moving_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    right = execute.run
    moved: list[bool] = []

    def note(*given: Any, **more: Any) -> object:
        moved.append(more["moves"] is not None and more["moves"]())
        return right(*given, **more)

    monkeypatch.setattr(execute, "run", note)
    assert compare_random(1, 3, 6).programs == 3
    assert moved == [True, True, False, False, True, True]


def test_a_larger_program_is_not_run_once_a_smaller_one_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ran_on: list[int] = []

    def other_events(code: Any, profile: object, emit: Any, **more: object) -> object:
        ran_on.append(code.program.size)
        emit((1,))
        return None

    monkeypatch.setattr(execute, "run", other_events)
    batch = compare_trees([(False, ("recover",)), (False, ("recover", "recover")), (False, ())])
    assert ran_on == [1, 0]
    assert batch.disagreement is not None
    assert batch.disagreement.program.size == 0


def test_another_end_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    right = execute.run

    def dies(*given: Any, **more: Any) -> object:
        return right(*given, **more)._replace(text="otherwise")

    monkeypatch.setattr(execute, "run", dies)
    batch = compare_trees([(False, ())])
    assert batch.disagreement is not None


# --- Properties ---------------------------------------------------------------------------------------------------

words = st.sampled_from(["recover", "panic", "goexit"])


def bodies(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """Trees that hypothesis can shrink: what stands behind an action that ends a body is cut off."""
    item = st.one_of(words, st.tuples(st.sampled_from(["call", "defer"]), inner))
    return st.tuples(st.booleans(), st.lists(item, max_size=6).map(_cut))


def _cut(items: list[Any]) -> tuple[Any, ...]:
    ends = [i for i, item in enumerate(items) if item in ("panic", "goexit")]
    return tuple(items[: ends[0] + 1] if ends else items)


tree_strategy = st.recursive(st.tuples(st.booleans(), st.lists(words, max_size=2).map(_cut)), bodies, max_leaves=12)
random_strategy = st.builds(lambda seed, n: random_program(Random(seed), n), st.integers(0), st.integers(0, 30))
program_strategy = st.one_of(tree_strategy.map(program_of), random_strategy)


@settings(max_examples=150)
@given(program_strategy, st.booleans())
def test_the_runtime_does_what_the_language_owes(of: Program, moving: bool) -> None:
    expected = owed(of)
    assert ran(of, PRE_CL, moving=moving) == expected
    assert ran(of, POST_CL, moving=moving) == expected


@settings(max_examples=100)
@given(program_strategy)
def test_how_deferred_calls_are_kept_and_formed_makes_no_difference(of: Program) -> None:
    """Frames, forms and stack growth are the compiler's business: the events stay what they are."""
    other = Program(tuple(_otherwise(function) for function in of.functions))
    assert _told(of) == _told(other)


def _otherwise(function: Function) -> Function:
    defers = [a for a in function.body if isinstance(a, Defer)]
    may_be_open = len(defers) <= OPEN_CODED_LIMIT and not any(d.loop for d in defers)
    linked = function.frame is Frame.OPEN or not may_be_open
    body = tuple(
        replace(a, form=Form.PROMOTED if a.form is not Form.CLOSURE else a.form)
        if isinstance(a, Defer) and a.function is not None
        else a
        for a in function.body
        if not isinstance(a, Grow)
    )
    return Function(body, Frame.LINKED if linked else Frame.OPEN, not function.large)


def _told(of: Program) -> tuple[list[str], object]:
    """The run in words (places differ where actions were left out)."""
    return ran(of, POST_CL)


@settings(max_examples=100)
@given(program_strategy)
def test_every_deferred_call_runs_once(of: Program) -> None:
    """Whatever happens, each executed defer statement makes one call before its goroutine ends; a nil function
    value none that can be seen. Only where another goroutine's panic ended the process are calls left."""
    lines, end = owed(of)
    deferred = sum(" defers " in line and "nil function" not in line for line in lines)
    calls = sum("a deferred call" in line for line in lines)
    assert calls <= deferred
    if end.kind is not EndKind.PANICKED or not any("starts a goroutine" in line for line in lines):
        assert calls == deferred


@settings(max_examples=60)
@given(program_strategy)
def test_events_are_the_same_however_they_are_taken(of: Program) -> None:
    code = compile_program(of)
    whole: list[int] = []
    parts: list[tuple[int, ...]] = []
    assert spec.run(code, whole.extend) == spec.run(code, parts.append)
    assert [event for part in parts for event in part] == whole

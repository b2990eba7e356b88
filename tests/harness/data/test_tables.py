"""Random tables: every program over one is a program of the algebra, and every function has its shape."""

from __future__ import annotations

from random import Random

import pytest

from harness.data import single, wire
from harness.data.chunk import ROOMY, TIGHT, drawn, how_of, make, program
from harness.data.compiled import Compiled
from harness.data.tables import Table, random_table
from harness.golang.shapes import Shape, Site, shapes
from oracle.code import compile_program, word
from oracle.program import (
    Action,
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    Form,
    Frame,
    Go,
    Goexit,
    Grow,
    Panic,
    ReadResult,
    Recover,
    Return,
    SetResult,
    validate,
)
from oracle.spec import run

RELEASES = [(1, 18), (1, 22), (1, 23), (1, 27)]


@pytest.fixture(scope="module", params=[(1, 22), (1, 27)], ids=["1.22", "1.27"])
def table(request: pytest.FixtureRequest) -> Table:
    return random_table(Random(3), shapes(request.param))


def test_a_table_is_its_seeds_alone() -> None:
    assert random_table(Random(3), shapes((1, 22))) == random_table(Random(3), shapes((1, 22)))
    assert random_table(Random(3), shapes((1, 22))) != random_table(Random(4), shapes((1, 22)))


def test_functions_refer_to_earlier_ones(table: Table) -> None:
    for number, made in enumerate(table.functions):
        for action in made.function.body:
            if isinstance(action, Call | Go | Defer) and action.function is not None:
                assert action.function < max(number, 1)


def test_everything_of_the_algebra_comes() -> None:
    kinds: set[type[Action]] = set()
    forms: set[tuple[Frame, Form | None]] = set()
    used: set[int] = set()
    for seed in range(12):
        table = random_table(Random(seed), shapes((1, 27)))
        functions = [*(m.function for m in table.functions), *(s.function for s in table.skeletons)]
        used |= {m.shape for m in table.functions} | {s.shape for s in table.skeletons}
        for function in functions:
            kinds |= {type(action) for action in function.body}
            defers = [a for a in function.body if isinstance(a, Defer)]
            forms |= {(function.frame, None if d.function is None else d.form) for d in defers}
            assert {d.times for d in defers if not d.loop} <= {0, 1}
    wanted: set[type[Action]] = {
        Call,
        Defer,
        Panic,
        Fault,
        Recover,
        Goexit,
        Return,
        SetResult,
        ReadResult,
        Go,
        Grow,
        Emit,
    }
    assert kinds | {Collect} == wanted | {Collect}
    assert forms == {(frame, form) for frame in Frame for form in (*Form, None)}
    assert used == set(range(len(shapes((1, 27)))))


def test_few_tables_collect_garbage_but_some_do() -> None:
    tables = [random_table(Random(seed), shapes((1, 22))) for seed in range(60)]
    collecting = [any(isinstance(a, Collect) for m in table.functions for a in m.function.body) for table in tables]
    assert 0 < sum(collecting) < 15


def test_nil_functions_come_in_some_chunks_of_both_kinds() -> None:
    """Each program that meets the fault they show costs a process, so most chunks do without; none may all do."""
    tables = [drawn(5, number, (1, 22))[0] for number in range(40)]
    with_nil = [
        number
        for number, table in enumerate(tables)
        if any(isinstance(a, Defer) and a.function is None for m in table.functions for a in m.function.body)
    ]
    assert with_nil == [0, 10, 20, 30, 39]
    assert [how_of(number) for number in with_nil] == [ROOMY] * 4 + [TIGHT]


@pytest.mark.parametrize("release", RELEASES)
def test_programs_of_a_chunk_are_programs_and_fit_the_shapes_they_had(release: tuple[int, int]) -> None:
    chunk, table = make(5, 2, 60, release), drawn(5, 2, release)[0]
    for index in range(60):
        of, hints = program(table, chunk, index)
        validate(of)
        fitted = single.fit(of, release, hints)
        assert [(h, s) for h, s in zip(hints, fitted.shapes, strict=True) if h not in (None, s)] == []


def test_runs_stay_short() -> None:
    chunk = make(6, 0, 3000, (1, 22))
    lengths = [end - begin for begin, end in zip([0, *chunk.ends], chunk.ends, strict=False)]
    assert max(lengths) < 2000
    assert 15 < sum(lengths) / len(lengths) < 45


def test_what_is_owed_is_what_the_program_owes_alone() -> None:
    """In a chunk it has other numbers; alone, main calls it."""
    release = (1, 22)
    chunk, table = make(9, 1, 80, release), drawn(9, 1, release)[0]
    owed = wire.from_bytes(chunk.owed)
    whole = Compiled(table).code
    for index in range(80):
        of, _ = program(table, chunk, index)
        code = compile_program(of)
        events: list[int] = []
        end = run(code, events.extend)
        begun = chunk.ends[index - 1] if index else 0
        here = owed[begun : chunk.ends[index]]
        alone = [word(code, e) for e in events]
        told = [(w.deed, w.action, w.value) for w in alone if w.function != 0]
        assert [(w.deed, w.action, w.value) for w in (word(whole, e) for e in here[:-1])] == told
        assert end.kind.value == {1: "returned", 2: "panicked", 3: "main-goexit"}[here[-1] >> 8 & 0xFF]


def test_shapes_of_an_older_release_are_the_first_of_a_newer_ones() -> None:
    older, newer = shapes((1, 22)), shapes((1, 27))
    assert newer[: len(older)] == older
    assert all(shape.ranging for shape in newer[len(older) :])
    assert len({shape.name for shape in newer}) == len(newer)
    assert max(len(shape.sites) for shape in newer) == 8
    assert Shape(Frame.OPEN, (Site.VARIABLE,)) in older

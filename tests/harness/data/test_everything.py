"""All programs up to a size as data: each once, in chunks that can be made alone, owing what the rules say."""

from __future__ import annotations

import pytest

from harness.data import chunk, everything, wire
from harness.data.compiled import Compiled
from harness.data.source import Drawn, Everything, Shard, Source
from oracle import generate, spec
from oracle.code import compile_program, word
from oracle.program import Call, Defer, Frame, Program, validate

RELEASE = (1, 22)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.data.chunk.PROGRAMS", 1000)
    monkeypatch.setattr("harness.data.everything.PROGRAMS", 1000)


def test_every_tree_is_in_one_chunk() -> None:
    source = Everything(4)
    numbers = list(Shard().numbers(source))
    assert numbers == [0, 1, 2, 3]
    assert sum(source.size(number) for number in numbers) == source.total == 3793
    found = [tree for number in numbers for tree in everything.trees(4, number)]
    assert found == [tree for size in range(5) for tree in generate.trees(size)]
    assert [source.make(number, RELEASE).programs for number in numbers] == [1000, 1000, 1000, 793]


def test_a_program_of_a_chunk_is_its_tree_below_main() -> None:
    """But that equal functions are one, and panic with one value."""
    made, table = everything.make(4, 2, RELEASE), everything.table(4, 2, RELEASE)
    for index, tree in enumerate(everything.trees(4, 2)):
        found, shapes = chunk.program(table, made, index)
        validate(found)
        assert found.functions[0].body == (Call(1),)
        assert shapes[0] is None
        assert tree_of(found, 1) == tree


def tree_of(program: Program, number: int) -> generate.Tree:
    """The function, and all below it, each as often as it is referred to."""
    function = program.functions[number]
    items: list[generate.Item] = []
    for action in function.body:
        match action:
            case Call(function=target):
                items.append(("call", tree_of(program, target)))
            case Defer(function=int(target)):
                items.append(("defer", tree_of(program, target)))
            case _:
                items.append(type(action).__name__.lower())
    return function.frame is Frame.LINKED, tuple(items)


def test_what_is_owed_is_what_the_rules_say() -> None:
    made, table = everything.make(4, 3, RELEASE), everything.table(4, 3, RELEASE)
    owed, values = wire.from_bytes(made.owed), Compiled(table).code.values
    kinds = {"returned": wire.RETURNED, "panicked": wire.PANICKED, "main-goexit": wire.GOEXIT}
    for index in range(made.programs):
        code = compile_program(chunk.program(table, made, index)[0])
        events: list[int] = []
        end = spec.run(code, events.extend)
        told = [one for one in (word(code, event) for event in events) if one.function != 0]
        here = owed[made.begin(index) : made.ends[index]]
        assert len(told) == len(here) - 1
        assert here[-1] & ~0xFF == kinds[end.kind.value]
        if end.chain:
            assert code.values[end.chain[-1][0]] == values[here[-1] & 0xFF]


def test_random_chunks_are_small_at_first_and_end_where_they_should() -> None:
    source = Drawn(5, 4321)
    sizes = [source.size(number) for number in range(8)]
    assert sizes == [1000, 1000, 1000, 1000, 321, 0, 0, 0]
    assert Drawn(5).size(10**9) == 1000
    assert Drawn(5).total is None


def test_shards_share_the_chunks() -> None:
    source = Drawn(5, 9500)
    parts = [list(Shard(part, 3).numbers(source)) for part in (1, 2, 3)]
    assert parts == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    assert [Shard(part, 3).programs(source) for part in (1, 2, 3)] == [3500, 3000, 3000]


@pytest.mark.parametrize("source", [Drawn(5), Everything(4)])
@pytest.mark.parametrize("release", [(1, 18), (1, 27)])
def test_one_program_is_what_it_is_in_its_chunk(source: Source, release: tuple[int, int]) -> None:
    """Whoever wants one does not make the others."""
    for number in range(3):
        made, table = source.make(number, release), source.table(number, release)
        for index in (0, 1, 2, 17, 500, made.programs - 1):
            assert source.program(number, index, release) == chunk.program(table, made, index)

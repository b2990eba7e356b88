"""Programs that pay for what others did before them, on a driver that is made up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from harness import delta
from harness.bisect import Refused
from harness.data import predecessors, wire
from harness.data.chunk import Chunk, make
from harness.data.driver import Difference
from harness.data.predecessors import NEAR, Parts, Predecessors, reach, smallest
from harness.history import Answer

RELEASE = (1, 22)
WHOLE = make(1, 0, 300, RELEASE)
PARTS = Parts(WHOLE, RELEASE)


def owed(chunk: Chunk) -> list[tuple[int, ...]]:
    words = wire.from_bytes(chunk.owed)
    return [tuple(words[begin:end]) for begin, end in pairwise((0, *chunk.ends))]


EVERYTHING = owed(WHOLE)


def test_all_parts_are_the_whole() -> None:
    again = PARTS.of(range(WHOLE.programs))
    assert (again.sheet, again.owed, again.ends) == (WHOLE.sheet, WHOLE.owed, WHOLE.ends)
    assert again.first_program == WHOLE.first_program


def test_some_parts_owe_what_they_owed() -> None:
    some = PARTS.of([3, 7, 200])
    assert owed(some) == [EVERYTHING[place] for place in (3, 7, 200)]
    assert some.programs == 3
    assert PARTS.of([]).programs == 0


@pytest.mark.parametrize("poison", [[], [17], [17, 240], [0, 248], [100, 101, 102]])
def test_what_it_takes(poison: list[int]) -> None:
    """The program at 250 differs where all of the poisonous ones ran before it."""
    bad = [EVERYTHING[place] for place in poison]

    def run(chunk: Chunk) -> Iterator[Difference]:
        words = owed(chunk)
        if words[-1] == EVERYTHING[250] and all(each in words[:-1] for each in bad):
            yield Difference(len(words) - 1, (), None, "")

    assert smallest(run, PARTS, 250) == Predecessors(tuple(poison))


def test_what_never_differs_again() -> None:
    assert smallest(lambda _: [], PARTS, 20) is None


@pytest.mark.parametrize(
    ("poison", "needed", "sizes"),
    [
        (240, range(250 - NEAR, 251), [NEAR + 1]),
        (250 - NEAR, range(250 - NEAR, 251), [NEAR + 1]),
        (249 - NEAR, range(251), [NEAR + 1] * 6 + [251]),
        (0, range(251), [NEAR + 1] * 6 + [251]),
        (251, None, [NEAR + 1] * 6 + [251]),
    ],
)
def test_those_near_it_are_tried_first(poison: int, needed: range | None, sizes: list[int]) -> None:
    """What is as far away as the first of a chunk is found, too, and costs a run of all that is before."""
    ran: list[int] = []

    def run(chunk: Chunk) -> Iterator[Difference]:
        words = owed(chunk)
        ran.append(len(words))
        if EVERYTHING[poison] in words[:-1]:
            yield Difference(len(words) - 1, (), None, "")

    reached = reach(run, PARTS, 250)
    assert reached == (None if needed is None else (needed, 1))
    assert ran == sizes


def test_the_first_has_nothing_before_it() -> None:
    ran: list[int] = []

    def run(chunk: Chunk) -> Iterator[Difference]:
        ran.append(chunk.programs)
        yield from ()

    assert reach(run, PARTS, 0) is None
    assert ran == [1] * 6


@pytest.mark.parametrize("steady", [True, False])
def test_what_differs_now_and_then(steady: bool) -> None:
    """It does behind the one before it, and every third time only if `steady` is not so."""
    ran: list[int] = []

    def run(chunk: Chunk) -> Iterator[Difference]:
        words = owed(chunk)
        ran.append(len(words))
        if EVERYTHING[249] in words[:-1] and (steady or len(ran) % 3 == 0):
            yield Difference(len(words) - 1, (), None, "")

    assert smallest(run, PARTS, 250) == Predecessors((249,))


def test_the_search_for_few_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes many of them together, nobody waits until each was left out, nor are all the sets kept in mind
    that would be: of a whole chunk these fill the memory of any machine."""
    monkeypatch.setattr(predecessors, "_MOST", 2_000)
    ran: list[int] = []
    asked: list[int] = []
    search = delta.smallest

    def run(chunk: Chunk) -> Iterator[Difference]:
        words = owed(chunk)
        ran.append(len(words))
        if all(EVERYTHING[place] in words[:-1] for place in range(0, 200, 3)):
            yield Difference(len(words) - 1, (), None, "")

    def watched(count: int, test: delta.Test) -> delta.Smallest | Refused:
        def told(sets: Sequence[delta.Parts]) -> Iterator[Answer]:
            for each in sets:
                asked.append(len(each))
                yield from test([each])

        return search(count, told)

    monkeypatch.setattr(delta, "smallest", watched)
    assert smallest(run, PARTS, 250) is None
    assert sum(ran) < 2_000 + 6 * (NEAR + 1) + 251 + 6
    assert sum(asked) < 2_000 + 251

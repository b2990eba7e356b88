"""Delta debugging over sets of parts, on changes that are made up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bisect import Refused, Trouble
from harness.delta import Parts, Smallest, smallest
from harness.history import Answer

YES, NO, UNTESTABLE = Answer.YES, Answer.NO, Answer.UNTESTABLE


class Change:
    """Shows the difference if it has all of `cause`; cannot be tested where it has a part without what that needs."""

    def __init__(self, cause: frozenset[int], needs: dict[int, int] | None = None) -> None:
        self.cause = cause
        self.needs = needs or {}
        self.asked: list[Parts] = []

    def __call__(self, sets: Sequence[Parts]) -> Iterator[Answer]:
        for parts in sets:
            self.asked.append(parts)
            if any(part in parts and need not in parts for part, need in self.needs.items()):
                yield UNTESTABLE
            else:
                yield YES if self.cause <= parts else NO


@given(st.data(), st.integers(1, 40))
def test_what_makes_it_is_what_is_left(data: st.DataObject, count: int) -> None:
    cause = data.draw(st.frozensets(st.integers(0, count - 1), min_size=1, max_size=4))
    change = Change(cause)
    assert smallest(count, change) == Smallest(cause, cause)
    assert len(change.asked) == len(set(change.asked))


def test_two_of_twelve() -> None:
    change = Change(frozenset((2, 9)))
    assert smallest(12, change) == Smallest(frozenset((2, 9)), frozenset((2, 9)))
    assert len(change.asked) < 45


def test_one_of_many_takes_few_tests() -> None:
    change = Change(frozenset((700,)))
    smallest(1000, change)
    assert len(change.asked) <= 2 + 2 * 10 + 1


def test_what_is_only_there_to_compile_is_told_apart() -> None:
    """Part 3 makes the difference, and does not compile without part 7."""
    assert smallest(12, Change(frozenset((3,)), {3: 7})) == Smallest(frozenset((3, 7)), frozenset((3,)))


def test_parts_that_need_each_other_stay_together() -> None:
    found = smallest(10, Change(frozenset((4,)), {4: 5, 5: 4}))
    assert isinstance(found, Smallest)
    assert found.parts == {4, 5}
    assert found.needed == frozenset()


@given(st.data(), st.integers(1, 12))
def test_no_part_can_be_left_out(data: st.DataObject, count: int) -> None:
    """Whatever the test says of sets, if only it says the same every time."""
    said = data.draw(st.dictionaries(st.frozensets(st.integers(0, count - 1)), st.sampled_from(Answer)))
    said |= {frozenset(): NO, frozenset(range(count)): YES}

    def test(sets: Sequence[Parts]) -> Iterator[Answer]:
        return (said.get(parts, NO) for parts in sets)

    found = smallest(count, test)
    assert isinstance(found, Smallest)
    assert said[found.parts] is YES
    for part in found.parts:
        left = said.get(found.parts - {part}, NO)
        assert left is not YES
        assert (part in found.needed) == (left is NO)


@pytest.mark.parametrize(
    ("none", "whole", "why"),
    [
        (NO, NO, Trouble.NEITHER),
        (YES, YES, Trouble.BOTH),
        (YES, NO, Trouble.SWAPPED),
        (UNTESTABLE, YES, Trouble.UNTESTABLE),
        (NO, UNTESTABLE, Trouble.UNTESTABLE),
    ],
)
def test_ends(none: Answer, whole: Answer, why: Trouble) -> None:
    found = smallest(4, lambda sets: [whole if parts else none for parts in sets])
    assert isinstance(found, Refused)
    assert found.why is why

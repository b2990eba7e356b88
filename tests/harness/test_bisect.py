"""The search for the point that made a difference, on histories that are made up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bisect import Found, Refused, Search, Several, Trouble, Unsure, run
from harness.history import Answer, Change, History, changes

YES, NO, UNTESTABLE = Answer.YES, Answer.NO, Answer.UNTESTABLE


@dataclass
class Truth:
    """Tests of a history: `shows` which points have the difference. `wrong`: how often a test says the opposite."""

    shows: Sequence[bool]
    untestable: frozenset[int] = frozenset()
    wrong: float = 0.0
    rng: Random = field(default_factory=lambda: Random(1))
    asked: list[int] = field(default_factory=list)

    def __call__(self, points: Sequence[int]) -> Iterator[Answer]:
        for point in points:
            self.asked.append(point)
            if point in self.untestable:
                yield UNTESTABLE
            else:
                shown = self.shows[point] != (self.rng.random() < self.wrong)
                yield YES if shown else NO


def line(length: int) -> History:
    return History.line([f"p{n}" for n in range(length)])


def since(first: int, length: int) -> list[bool]:
    return [n >= first for n in range(length)]


def merged(rng: Random, length: int) -> History:
    """A history with merges: each point has the one before it, or an earlier one, or both as its parents."""
    parents: list[tuple[int, ...]] = [()]
    for n in range(1, length):
        other = rng.randrange(max(0, n - 12), n)
        parents.append(rng.choice([(n - 1,), (n - 1,), (other,), (n - 1, other) if other != n - 1 else (n - 1,)]))
    return History.of([f"p{n}" for n in range(length)], parents, (0,), length - 1)


def cause(history: History, at: int) -> list[bool]:
    """Which points of a history have what came with one of them."""
    return [bool(origins >> at & 1) for origins in history.origins]


@given(length=st.integers(2, 300), data=st.data())
def test_a_steady_program_is_found_with_as_few_tests_as_can_be(length: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, length - 1))
    truth = Truth(since(first, length))
    found = run(Search(line(length)), truth)
    assert isinstance(found, Found)
    assert found.points == (first,)
    assert len(set(truth.asked)) <= 2 + math.ceil(math.log2(max(length - 1, 1)))


def test_seven_of_twenty_six_releases_are_enough() -> None:
    for first in range(1, 26):
        truth = Truth(since(first, 26))
        run(Search(line(26)), truth)
        assert len(set(truth.asked)) <= 7


def test_nobody_is_accused_before_both_sides_were_tried_again() -> None:
    truth = Truth(since(9, 26))
    run(Search(line(26)), truth)
    assert truth.asked.count(8) > 1
    assert truth.asked.count(9) > 1


@given(data=st.data(), at_once=st.integers(1, 5))
def test_points_that_cannot_be_tested_leave_what_lies_between(data: st.DataObject, at_once: int) -> None:
    length = data.draw(st.integers(3, 60))
    first = data.draw(st.integers(1, length - 1))
    untestable = data.draw(st.frozensets(st.integers(1, length - 2)))
    found = run(Search(line(length)), Truth(since(first, length), untestable), at_once=at_once)
    assert isinstance(found, Found)
    # All that the last point without and the first with it that can be tested leave, and nothing else.
    last_good = max(n for n in range(first) if n not in untestable)
    first_bad = min(n for n in range(first, length) if n not in untestable)
    assert found.points == tuple(range(last_good + 1, first_bad + 1))


@given(seed=st.integers(0, 1 << 32), length=st.integers(2, 120))
def test_merged_histories(seed: int, length: int) -> None:
    rng = Random(seed)
    history = merged(rng, length)
    suspects = [n for n in range(length) if history.suspects >> n & 1]
    at = rng.choice(suspects)
    truth = Truth(cause(history, at))
    found = run(Search(history), truth)
    assert isinstance(found, Found)
    assert found.points == (at,)
    assert len(set(truth.asked)) <= 2 + len(suspects)


def test_merges_cost_few_tests_more() -> None:
    rng = Random(3)
    asked = []
    for _ in range(50):
        history = merged(rng, 200)
        suspects = [n for n in range(200) if history.suspects >> n & 1]
        truth = Truth(cause(history, rng.choice(suspects)))
        assert isinstance(run(Search(history), truth), Found)
        asked.append(len(set(truth.asked)))
    assert sum(asked) / len(asked) <= 14


@pytest.mark.parametrize(("length", "histories"), [(26, 200), (200, 30)])
def test_unsteady_programs_are_told_right_99_times_of_100(length: int, histories: int) -> None:
    """Every test is wrong one time in five."""
    rng = Random(11)
    right = wrong = 0
    for _ in range(histories):
        first = rng.randrange(1, length)
        found = run(Search(line(length)), Truth(since(first, length), wrong=0.2, rng=rng))
        if isinstance(found, Found):
            assert found.confidence >= 0.99
            right += found.points == (first,)
            wrong += found.points != (first,)
    assert right >= 0.99 * histories
    assert wrong <= 0.01 * histories


def test_a_fault_that_shows_four_times_of_five() -> None:
    """Points without it never show it."""
    rng = Random(12)
    wrong = 0
    for _ in range(100):
        first = rng.randrange(1, 26)
        shows = since(first, 26)

        def test(points: Sequence[int], shows: Sequence[bool] = shows) -> list[Answer]:
            return [YES if shows[point] and rng.random() < 0.8 else NO for point in points]

        found = run(Search(line(26)), test)
        wrong += not isinstance(found, Found) or found.points != (first,)
    assert wrong <= 1


def test_what_cannot_be_decided_is_said() -> None:
    rng = Random(2)
    found = run(Search(line(26), tests=60), lambda points: [rng.choice([YES, NO]) for _ in points])
    assert isinstance(found, Unsure | Refused | Several)


def test_several_at_once_take_fewer_rounds() -> None:
    rounds = {}
    for at_once in (1, 4):
        truth = Truth(since(41, 100))
        search = Search(line(100))
        rounds[at_once] = 0
        while points := search.wanted(at_once):
            assert len(points) == len(set(points)) <= at_once
            rounds[at_once] += 1
            for point, answer in zip(points, truth(points), strict=True):
                search.tell(point, answer)
        found = search.conclusion()
        assert isinstance(found, Found)
        assert found.points == (41,)
    assert rounds[4] < rounds[1] / 1.5


def test_what_is_known_is_not_asked_again() -> None:
    search = Search(line(100))
    for point in (0, 99, 30, 60, 45, 44):
        search.tell(point, YES if point >= 45 else NO)
    truth = Truth(since(45, 100))
    assert isinstance(run(search, truth), Found)
    assert set(truth.asked) <= {44, 45}


def test_the_same_answers_give_the_same_search() -> None:
    first, second = Search(line(50)), Search(line(50))
    truth = Truth(since(17, 50), wrong=0.2)
    said = []
    while points := first.wanted():
        answers = list(truth(points))
        said += list(zip(points, answers, strict=True))
        for point, answer in zip(points, answers, strict=True):
            first.tell(point, answer)
    for point, answer in said:
        assert second.wanted() == [point]
        second.tell(point, answer)
    assert second.wanted() == []
    assert second.conclusion() == first.conclusion()


@pytest.mark.parametrize(
    "shows",
    [
        "NNNYYYYYYYYYYYYYNNNNNNNNNNNNNNNNNNY",
        "NYNYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYY",
        "NNNNNNNNYYYYYYYYNNNNNNNNYYYYYYYYYYY",
    ],
)
def test_results_that_contradict_one_cause(shows: str) -> None:
    """Once a search knows points that no single cause explains, it asks them again, and then says so."""
    history = line(len(shows))
    search = Search(history)
    turns = [n for n in range(1, len(shows)) if shows[n] != shows[n - 1]]
    truth = Truth([said == "Y" for said in shows])
    for point in sorted({0, len(shows) - 1, *turns, *(turn - 1 for turn in turns)}):
        search.tell(point, next(truth([point])))
    assert isinstance(run(search, truth), Several)
    everything = list(Truth([said == "Y" for said in shows])(range(len(shows))))
    assert [change.point for change in changes(history, everything)] == turns


def test_every_change_of_a_history() -> None:
    assert changes(line(6), [NO, YES, UNTESTABLE, UNTESTABLE, NO, NO]) == [Change(0, 1, True), Change(1, 4, False)]
    fork = History.of("abcd", [(), (0,), (0,), (1, 2)], (0,), 3)
    assert changes(fork, [NO, YES, NO, YES]) == [Change(0, 1, True), Change(2, 3, True)]
    assert changes(line(3), [UNTESTABLE] * 3) == []


@pytest.mark.parametrize(
    ("shows", "untestable", "why", "points"),
    [
        ("YYYYN", (), Trouble.SWAPPED, (0, 4)),
        ("YYYYY", (), Trouble.BOTH, (0,)),
        ("NNNNN", (), Trouble.NEITHER, (4,)),
        ("NNNNY", (0,), Trouble.UNTESTABLE, (0,)),
        ("NNNNY", (4,), Trouble.UNTESTABLE, (4,)),
        ("NNNNY", (0, 1, 2, 3, 4), Trouble.UNTESTABLE, (0,)),
    ],
)
def test_ends_that_are_not_as_they_should_be(
    shows: str, untestable: Sequence[int], why: Trouble, points: tuple[int, ...]
) -> None:
    truth = Truth([said == "Y" for said in shows], frozenset(untestable))
    found = run(Search(line(5)), truth)
    assert found == Refused(why, points)
    assert set(truth.asked) <= {0, 4}


def test_a_history_without_suspects() -> None:
    history = History.of(["a", "b"], [(), (0,)], [1], 1)
    assert run(Search(history), Truth([False, True])) == Refused(Trouble.NOTHING)


def test_an_end_that_errs_once_is_not_refused() -> None:
    answers = iter([YES, NO, NO])

    def test(points: Sequence[int]) -> list[Answer]:
        return [next(answers, NO) if point == 0 else YES if point >= 3 else NO for point in points]

    found = run(Search(line(8)), test)
    assert isinstance(found, Found)
    assert found.points == (3,)


@pytest.mark.parametrize("before", [(0,), (0, 1)])
def test_points_before_every_cause_are_ends(before: tuple[int, ...]) -> None:
    """Two sides that were merged, each with points that must not show the difference."""
    history = History.of("abcde", [(), (), (0,), (1,), (2, 3)], before, 4)
    truth = Truth(cause(history, 3))
    found = run(Search(history), truth)
    assert isinstance(found, Found)
    assert found.points == (3,)
    assert set(before) <= set(truth.asked)

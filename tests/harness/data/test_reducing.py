"""Reducing on drivers that are made up: what is asked of them, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from harness.data import reducing, single, verdict, wire
from harness.data.chunk import ROOMY, TIGHT, Chunk
from harness.data.driver import Difference
from harness.data.reducing import Reducing
from harness.generated import case_of
from harness.golang.shapes import shapes
from harness.model import Conforms, Crashed, Diverges, Ending, Exited, Judged, Outcome, RanTooLong, TimedOut
from oracle import rules
from oracle.check import Divergence
from oracle.code import DETAIL, word
from oracle.generate import random_program
from oracle.program import Defer, Go, Panic, Program, Recover
from tests.oracle.programs import program

RELEASE = (1, 22)
FIRST_VALUE = 4
"""The least number of a panic's value; among the entries of functions only a goroutine's first has it."""

TWICE = program(
    main=[{"emit": 1}, {"defer": "f1"}, {"call": "f2"}, {"call": "f5"}, "collect"],
    f1=[{"emit": 2}],
    f2=[{"defer": "f3"}, "grow", {"panic": "a"}],
    f3=["recover", {"defer": "f4"}],
    f4=[],
    f5=[{"defer": "f6"}, {"defer": "f7"}, {"panic": "b"}],
    f6=[],
    f7=["recover", {"set": 4}],
)
"""Two recoveries, and much that has nothing to do with them."""


def programs(chunk: Chunk) -> Iterator[list[int]]:
    owed = wire.from_bytes(chunk.owed)
    for begin, end in pairwise((0, *chunk.ends)):
        yield list(owed[begin:end])


def second_recovery_gives_nil(chunk: Chunk) -> Iterator[Difference]:
    """A driver that differs so, on every sort of stacks."""
    for index, words in enumerate(programs(chunk)):
        recoveries = [at for at, word in enumerate(words[1:-1], 1) if word & DETAIL >= FIRST_VALUE]
        if len(recoveries) > 1:
            got = list(words)
            got[recoveries[1]] &= ~DETAIL
            yield Difference(index, tuple(got), None, "")


def dies_on_tight_stacks(chunk: Chunk) -> Iterator[Difference]:
    """A driver that dies of every program that goes on after its eighth word, if its stacks are tight."""
    for index, words in enumerate(programs(chunk)):
        if chunk.how == TIGHT and len(words) > 8:
            yield Difference(index, tuple(words[:8]), Exited(2), "fatal error: bad frame\n")


def kinds(of: Program) -> dict[type, int]:
    actions = [type(action) for function in of.functions for action in function.body]
    return {kind: actions.count(kind) for kind in set(actions)}


def test_what_is_left_is_what_the_difference_needs() -> None:
    on = Reducing(second_recovery_gives_nil, RELEASE)
    shown = on.differs(TWICE)
    assert shown is not None
    assert shown.broken.rule is rules.RECOVER_GIVES_PANIC
    smallest = on.smallest(shown)
    left = kinds(smallest.program)
    assert (left[Recover], left[Panic]) == (2, 2)
    assert smallest.program.size <= 8
    assert smallest.broken.signature == shown.broken.signature
    assert not reducing.dies(smallest.program)
    assert on.smallest(smallest).program == smallest.program


def test_a_program_that_dies_is_tried_with_a_recovery_of_its_own() -> None:
    """The driver hides an unrecovered panic and Go does not."""
    dying = program(
        main=[{"call": "f1"}, {"call": "f3"}, {"panic": "c"}],
        f1=[{"defer": "f2"}, {"panic": "a"}],
        f2=["recover"],
        f3=[{"defer": "f4"}, {"panic": "b"}],
        f4=["recover"],
    )
    assert reducing.dies(dying)
    on = Reducing(second_recovery_gives_nil, RELEASE)
    shown = on.differs(dying)
    assert shown is not None
    assert not reducing.dies(shown.program)
    assert not reducing.dies(on.smallest(shown).program)


def test_what_does_not_differ() -> None:
    on = Reducing(second_recovery_gives_nil, RELEASE)
    assert on.differs(program(main=[{"defer": "f1"}, {"panic": "a"}], f1=["recover"])) is None
    assert on.asked > 0


def test_a_program_that_cannot_be_data() -> None:
    two = program(main=[{"defer": "f1", "as": "argument"}, {"defer": "f2", "as": "argument"}], f1=[], f2=[])
    with pytest.raises(single.NotData):
        Reducing(second_recovery_gives_nil, RELEASE).differs(two)


def looping(times: int) -> Program:
    return program(main={"frame": "linked", "body": [{"defer": "f1", "loop": True, "times": times}]}, f1=[])


def all_differ(chunk: Chunk) -> Iterator[Difference]:
    """A driver that stops every program in the middle, as the real one does with those that write too much."""
    for index, words in enumerate(programs(chunk)):
        yield Difference(index, (*words[: len(words) // 2], wire.ENDLESS), None, "")


def test_of_what_writes_too_much_nothing_is_said() -> None:
    """The driver would say that it does not come to an end."""
    on = Reducing(all_differ, RELEASE)
    fitted = [single.fit(looping(times), RELEASE) for times in (1000, 3000)]
    assert [broken is not None for broken in on.verdicts(fitted, ROOMY)] == [True, False]
    with pytest.raises(single.NotData, match="it owes more than 4,096 events"):
        on.differs(looping(3000))
    with pytest.raises(single.NotData, match="no shape"):
        single.fit(looping(70_000), RELEASE)
    driver = Path(single.__file__).parents[1] / "golang" / "go" / "data" / "run.go"
    assert re.search(r"^\twordsOfOne += 1 << 12$", driver.read_text(), re.MULTILINE)
    assert single.MOST_WORDS == 1 << 12


def test_it_differs_on_one_sort_of_stacks_only() -> None:
    on = Reducing(dies_on_tight_stacks, RELEASE)
    shown = on.differs(TWICE)
    assert shown is not None
    assert (shown.how, shown.broken.how) == (TIGHT, "fatal error: bad frame")
    smallest = on.smallest(shown)
    assert smallest.how == TIGHT
    [owed] = programs(single.chunk_of([single.fit(smallest.program, RELEASE)])[0])
    # An action is one or two words, and the last one is the ending.
    assert len(owed) in (9, 10)
    assert on.differs(TWICE, stacks=[ROOMY]) is None


def test_verdicts_stand_beside_their_programs() -> None:
    quiet = program(main=[{"emit": 1}])
    on = Reducing(second_recovery_gives_nil, RELEASE)
    fitted = [single.fit(one, RELEASE) for one in (quiet, TWICE, quiet, quiet, TWICE, quiet)]
    found = [broken is not None for broken in on.verdicts(fitted, ROOMY)]
    assert found == [False, True, False, False, True, False]
    assert (on.asked, on.rounds) == (6, 1)
    assert list(on.verdicts([], ROOMY)) == []
    assert on.rounds == 1


def test_shapes_that_a_difference_needs_are_kept() -> None:
    """A driver that differs for one shape of main only: which nothing would choose by itself."""
    numbers = [n for n, shape in enumerate(shapes(RELEASE)) if single.fits(TWICE, TWICE.functions[0], shape)]
    wanted = numbers[-1]
    usual = single.fit(TWICE, RELEASE)
    hinted = single.fit(TWICE, RELEASE, (wanted, *usual.shapes[1:]))
    assert wanted != usual.shapes[0]
    sheet = single.chunk_of([hinted])[0].sheet

    def run(chunk: Chunk) -> Iterator[Difference]:
        if chunk.sheet == sheet:
            yield from second_recovery_gives_nil(chunk)

    on = Reducing(run, RELEASE)
    assert on.differs(TWICE) is None
    shown = on.differs(TWICE, hinted.shapes)
    assert shown is not None
    assert shown.hints == hinted.shapes
    assert on.smallest(shown) is shown


@pytest.mark.parametrize("seed", range(40))
def test_what_the_driver_recovers_the_program_recovers(seed: int) -> None:
    """With recoveries of its own a program leaves no panic, in no goroutine, and does otherwise what it did."""
    one = random_program(Random(seed), 25)
    caught, hints = reducing.caught(one, tuple(range(len(one.functions))))
    assert not reducing.dies(caught)
    assert len(hints) == len(caught.functions)
    for number, hint in enumerate(hints):
        if hint is not None:
            assert _alike(one.functions[hint].body) == _alike(caught.functions[number].body)


def _alike(body: tuple[object, ...]) -> list[object]:
    """Actions without the numbers of functions, which change."""
    return [
        type(action) if isinstance(action, Defer | Go) or hasattr(action, "function") else action for action in body
    ]


CASE = case_of(TWICE, "it", Path("it.go"))
LOST = verdict.Broken(rules.DEFERRED_CALL_LOST, "", 0, "", "")
DEAD = verdict.Broken(rules.PROCESS_END, "fatal error: bad frame N", 0, "", "")


def broken(*last: int, died: Ending | None = None, said: str = "") -> verdict.Broken:
    """What is told of TWICE if these are its last words where its last deferred call is owed."""
    made, code = single.chunk_of([single.fit(TWICE, RELEASE)])
    owed = wire.from_bytes(made.owed)
    at = next(
        n for n in reversed(range(len(owed))) if owed[n] < wire.END_MARK and word(code, owed[n]).is_deferred_call
    )
    return verdict.broken(code, owed, Difference(0, (*owed[:at], *last), died, said))


HANGS = broken(died=TimedOut("wall", 10.0))
SLEEPS = broken(died=Exited(2), said="fatal error: all goroutines are asleep - deadlock!\n")
GONE = broken(wire.LOST)
NONE_LEFT = "died by a fatal error: fatal error: no goroutines (main called runtime.Goexit) - deadlock!"
ENDS_OTHERWISE = verdict.Broken(rules.PROCESS_END, "", 0, "", "")


@pytest.mark.parametrize(
    ("broken", "outcome", "same"),
    [
        (LOST, Conforms(), False),
        (LOST, Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, "the call of f", "main returns")), True),
        (LOST, Diverges(Divergence(rules.DEFERRED_CALL_TWICE, 3, "the call of f", "main returns")), False),
        (LOST, Crashed("fatal error: bad frame 7"), False),
        (DEAD, Crashed("fatal error: bad frame 7"), True),
        (DEAD, Crashed("fatal error: bad pointer"), False),
        (DEAD, RanTooLong("10 s"), False),
        (HANGS, RanTooLong("10 s"), True),
        (HANGS, Crashed("fatal error: all goroutines are asleep - deadlock!"), True),
        (HANGS, Crashed("fatal error: bad frame 7"), False),
        (HANGS, Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, "the process was killed", "a call")), True),
        (HANGS, Diverges(Divergence(rules.DEFERRED_CALL_TWICE, 3, "a call", "a call")), False),
        (SLEEPS, RanTooLong("10 s"), True),
        (SLEEPS, Crashed("fatal error: all goroutines are asleep - deadlock!"), True),
        (
            DEAD,
            Diverges(Divergence(rules.PROCESS_END, 3, "died by a fatal error: fatal error: bad frame 9", "")),
            True,
        ),
        (DEAD, Diverges(Divergence(rules.PROCESS_END, 3, "died by a fatal error: fatal error: bad", "")), False),
        (DEAD, Diverges(Divergence(rules.PROCESS_END, 3, "main returned", "")), False),
        (GONE, Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, NONE_LEFT, "a call")), True),
        (GONE, Diverges(Divergence(rules.CONTROL_FLOW, 3, NONE_LEFT, "a call")), False),
        (GONE, Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, "fatal error: bad frame 9", "a call")), False),
        (HANGS, Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, NONE_LEFT, "a call")), False),
        (ENDS_OTHERWISE, Diverges(Divergence(rules.PROCESS_END, 3, "main returned", "")), True),
        (ENDS_OTHERWISE, Diverges(Divergence(rules.PROCESS_END, 3, "fatal error: bad frame 9", "")), False),
    ],
)
def test_a_go_program_that_differs_alike(broken: verdict.Broken, outcome: Outcome, same: bool) -> None:
    assert reducing.is_like(broken, Judged(CASE, "go1.22.10", outcome)) is same

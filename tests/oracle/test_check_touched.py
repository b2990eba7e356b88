"""A lawful trace with anything touched is refused, unless the rules in direct style say that it is lawful still."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from oracle import rules
from oracle.check import check
from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.stack import NIL_DEREFERENCE
from tests.oracle.direct import lawful
from tests.oracle.lawful import DEADLOCK, GOOD, MAIN_GOEXIT, PANICKED, RETURNED, exited

FAULT = End(EndKind.PANICKED, 2, "panic: runtime error: index out of range")
KILLED = End(EndKind.KILLED, text="stopped")
ENDS = (RETURNED, PANICKED, FAULT, MAIN_GOEXIT, DEADLOCK, exited(3), exited(1), exited(0), KILLED)
VALUES = ("nil", '"boom"', '"one"', '"two"', "runtime error: x", NIL_DEREFERENCE)

IN_LOOP = "a_loop_body_runs_inside_the_iterator"
UNTRACED = ("a_callback_recovered_by_foreign_code", "foreign_deferred_code_calls_back")
"""Scenes beyond the rules in direct style."""
PLAIN = [name for name in GOOD if name != IN_LOOP and name not in UNTRACED]

PLACES = [(name, i) for name in PLAIN for i in range(len(GOOD[name]()[0].events))]
ALL_PLACES = [(name, i) for name in GOOD for i in range(len(GOOD[name]()[0].events))]


def agreed(name: str, events: list[Event], end: End) -> bool:
    """What the check and the rules in direct style both say of another trace of the scene's functions."""
    functions = GOOD[name]()[0].functions
    broken = check(functions, events, end)
    assert (broken is None) == lawful(functions, events, end), (broken, events, end)
    return broken is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_beginning_is_accepted_only_where_nothing_is_owed(name: str) -> None:
    story, end = GOOD[name]()
    for length in range(len(story.events) + 1):
        for other in ENDS:
            agreed(name, story.events[:length], other)
    assert agreed(name, story.events, end)


@pytest.mark.parametrize("name", [name for name in GOOD if GOOD[name]()[1] in (RETURNED, MAIN_GOEXIT)])
def test_no_beginning_in_which_main_has_not_finished_is_accepted(name: str) -> None:
    story, end = GOOD[name]()
    last = max(i for i, event in enumerate(story.events) if event.goroutine == 1)
    for length in range(last + 1):
        assert check(story.functions, story.events[:length], end) is not None


@pytest.mark.parametrize(("name", "index"), PLACES)
def test_an_event_dropped(name: str, index: int) -> None:
    story, end = GOOD[name]()
    agreed(name, story.events[:index] + story.events[index + 1 :], end)


@pytest.mark.parametrize(("name", "index"), ALL_PLACES)
def test_an_event_twice(name: str, index: int) -> None:
    """Free events may be: a deed done twice. A call, a return and what they owe may not."""
    story, end = GOOD[name]()
    events = [*story.events[: index + 1], *story.events[index:]]
    accepted = check(story.functions, events, end) is None
    if name in PLAIN:
        assert agreed(name, events, end) == accepted
    if isinstance(story.events[index], Enter | Return | Panic | Goexit):
        assert not accepted


@pytest.mark.parametrize(("name", "index"), [(name, i) for name, i in ALL_PLACES if i])
def test_neighbours_swapped(name: str, index: int) -> None:
    story, end = GOOD[name]()
    first, second = story.events[index - 1 : index + 1]
    events = [*story.events[: index - 1], second, first, *story.events[index + 1 :]]
    if name in PLAIN:
        agreed(name, events, end)
        return
    # The owner of a loop may act, or leave the loop, just before the iterator returns or just after.
    owner_acts = any(
        story.functions[story.function_of(e)].ranges and not isinstance(e, Enter) for e in (first, second)
    )
    callee_returns = any(isinstance(e, Return) and e.activation > 1 for e in (first, second))
    accepted = check(story.functions, events, end) is None
    assert accepted == (owner_acts and callee_returns and first.activation != second.activation)


OWED = [
    # Main's return may end the process before another goroutine has run what it owes.
    (name, i)
    for name, i in ALL_PLACES
    if isinstance(event := GOOD[name]()[0].events[i], Enter) and event.deferred and event.goroutine == 1
]


@pytest.mark.parametrize(("name", "index"), OWED)
@pytest.mark.parametrize("how", ["drop", "double"])
def test_an_owed_call_dropped_or_doubled_is_rejected(name: str, index: int, how: str) -> None:
    """Dropped: the call and all its activation did. Doubled: the same record is entered again after it."""
    story, end = GOOD[name]()
    entered = story.events[index]
    own = [e for e in story.events if e.activation == entered.activation]
    if how == "drop":
        events = [e for e in story.events if e not in own]
    else:
        last = story.events.index(own[-1])
        again = max(e.activation for e in story.events) + 1
        events = story.events[: last + 1] + [replace(e, activation=again) for e in own] + story.events[last + 1 :]
    assert check(story.functions, events, end) is not None


@pytest.mark.parametrize(("name", "index"), OWED)
@pytest.mark.parametrize(
    "other",
    [
        lambda e: replace(e, deferred=e.deferred + 7),
        lambda e: replace(e, via=Via.GOEXIT if e.via is Via.PANIC else Via.PANIC),
        lambda e: replace(e, via=Via.CODE if e.via is not Via.CODE else Via.START, line=99),
        lambda e: replace(e, goroutine=2),
    ],
    ids=["record", "unwind", "caller", "goroutine"],
)
def test_another_call_than_the_owed_one_is_rejected(name: str, index: int, other: Callable[[Enter], Enter]) -> None:
    story, end = GOOD[name]()
    event = story.events[index]
    assert isinstance(event, Enter)
    story.events[index] = other(event)
    assert check(story.functions, story.events, end) is not None


@pytest.mark.parametrize(
    ("name", "index"), [(name, i) for name, i in ALL_PLACES if isinstance(GOOD[name]()[0].events[i], Recover)]
)
@pytest.mark.parametrize("other", ["nil", '"other"'])
def test_another_recovered_value_is_rejected(name: str, index: int, other: str) -> None:
    story, end = GOOD[name]()
    recover = story.events[index]
    assert isinstance(recover, Recover)
    if recover.value == other:
        return
    story.events[index] = replace(recover, value=other)
    broken = check(story.functions, story.events, end)
    assert broken is not None
    assert broken.index == index
    assert broken.rule is (rules.RECOVER_GIVES_NIL if recover.value == "nil" else rules.RECOVER_GIVES_PANIC)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        (name, wrong)
        for name, scene in GOOD.items()
        for wrong in ENDS
        # A goroutine that has nothing left to do may as well be asleep, and anything may be killed.
        if scene()[1] != wrong
        and wrong is not KILLED
        and (wrong is not DEADLOCK or scene()[1] not in (RETURNED, MAIN_GOEXIT))
        and (wrong, scene()[1]) not in ((FAULT, PANICKED), (exited(0), RETURNED))
    ],
)
def test_another_end_is_rejected(name: str, wrong: End) -> None:
    story, _ = GOOD[name]()
    assert check(story.functions, story.events, wrong) is not None


# --- Many touches ---------------------------------------------------------------------------------------------


def drop(r: random.Random, events: list[Event], i: int) -> None:
    del events[i]


def double(r: random.Random, events: list[Event], i: int) -> None:
    events.insert(r.randrange(len(events) + 1), events[i])


def swap(r: random.Random, events: list[Event], i: int) -> None:
    j = r.randrange(len(events))
    events[i], events[j] = events[j], events[i]


def put(r: random.Random, events: list[Event], i: int) -> None:
    who = r.choice(events)
    g, a = who.goroutine, who.activation
    callee = Callee(r.choice([k for k in CalleeKind if k not in (CalleeKind.FOREIGN, CalleeKind.METHOD)]), (1,), "3")
    deeds: list[Event] = [
        Return(g, a, 6),
        Panic(g, a, 3, r.choice(VALUES)),
        Goexit(g, a, 5),
        Defer(g, a, 2, 50 + i, callee),
        Recover(g, a, 4, r.choice(VALUES)),
        Enter(g, 90, 1, r.choice((Via.CODE, Via.PANIC, Via.GOEXIT, Via.RUNTIME)), 5, r.choice((0, 50 + i))),
    ]
    events.insert(i, r.choice(deeds))


def change(r: random.Random, events: list[Event], i: int) -> None:
    event = events[i]
    if isinstance(event, Panic | Recover):
        events[i] = replace(event, value=r.choice(VALUES))
    elif isinstance(event, Enter) and event.via is not Via.START:
        events[i] = r.choice(
            (
                replace(event, via=r.choice((Via.CODE, Via.PANIC, Via.GOEXIT, Via.RUNTIME, Via.START))),
                replace(event, deferred=r.randrange(4)),
                replace(event, line=r.randrange(50)),
                replace(event, function=1),
            )
        )
    elif isinstance(event, Defer):
        kinds = (CalleeKind.RECOVER, CalleeKind.PANIC, CalleeKind.NIL, CalleeKind.GOEXIT, CalleeKind.SILENT)
        events[i] = replace(event, callee=replace(event.callee, kind=r.choice(kinds), value='"boom"'))
    elif not isinstance(event, Enter | Go):
        events[i] = replace(event, activation=r.randrange(1, 6))


def renumbered(events: list[Event]) -> list[Event]:
    """With activations counted up again, so that not every touch is refused for its number alone."""
    numbers: dict[int, int] = {}
    for event in events:
        if isinstance(event, Enter):
            numbers[event.activation] = len(numbers) + 1
    return [replace(event, activation=numbers.get(event.activation, 99)) for event in events]


@pytest.mark.parametrize("touches", [1, 2, 3])
def test_many_touches(touches: int) -> None:
    r = random.Random(touches)
    accepted = 0
    for _ in range(700):
        name = r.choice(PLAIN)
        story, end = GOOD[name]()
        events = story.events
        for _ in range(touches):
            r.choice((drop, double, swap, put, put, change, change))(r, events, r.randrange(1, len(events)))
        accepted += agreed(name, renumbered(events), r.choice((end, end, *ENDS)))
    assert accepted

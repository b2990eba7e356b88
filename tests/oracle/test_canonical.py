"""What two traces of one program must share, and what they need not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from oracle.canonical import alike, canonical
from oracle.events import CalleeKind, Defer, Enter, Event, Exit, Function, Go, Panic, Recover, Return, Via
from tests.oracle.script import Story


def all_words() -> Story:
    s = Story("main", "a", "b", "worker")
    m = s.start("main")
    ra = s.defer(m, "a")
    s.defer(m, kind=CalleeKind.PANIC, value='"late"')
    started = s.go(m, "worker")
    w = s.start("worker", g=2, started=started)
    rb = s.defer(w, "b", g=2)
    s.goexit(w, g=2)
    s.returns(s.by_goexit("b", rb, g=2), g=2)
    s.panic(m)
    a = s.by_panic("a", ra)
    s.recover(a)
    s.exit(a, 3)
    return s


WORDS = {"enter", "defer", "go", "panic", "recover", "goexit", "return", "exit"}


def test_every_event_has_its_word() -> None:
    histories = canonical(all_words().events)
    assert sorted(histories.values()) == [1, 1]
    assert {word[0] for history in histories for word in history} == WORDS


def renumbered(events: list[Event]) -> list[Event]:
    """The same story with other numbers, as another interleaving gives them."""
    other: list[Event] = []
    for event in events:
        changed = replace(event, goroutine=10 - event.goroutine, activation=event.activation * 7)
        if isinstance(changed, Enter):
            changed = replace(changed, deferred=changed.deferred * 5, started=changed.started * 5)
        elif isinstance(changed, Defer | Go):
            changed = replace(changed, record=changed.record * 5)
        other.append(changed)
    return other


def test_numbers_are_no_part_of_it() -> None:
    events = all_words().events
    assert alike(events, renumbered(events))


def test_who_called_and_from_where_is_no_part_of_it() -> None:
    events = all_words().events
    other = [replace(e, via=Via.RUNTIME, line=0) if isinstance(e, Enter) else e for e in events]
    assert other != events
    assert alike(events, other)


def test_the_order_of_goroutines_is_no_part_of_it() -> None:
    events = all_words().events
    begun = next(i for i, event in enumerate(events) if isinstance(event, Go)) + 1
    for order in (1, -1):
        later = sorted(events[begun:], key=lambda event: order * event.goroutine)
        assert alike(events, events[:begun] + later)


def test_goroutines_that_do_the_same_are_counted() -> None:
    def workers(count: int) -> list[Event]:
        s = Story("main", "worker")
        m = s.start("main")
        for g in range(2, 2 + count):
            s.returns(s.start("worker", g=g), g=g)
        s.returns(m)
        return s.events

    assert max(canonical(workers(3)).values()) == 3
    assert alike(workers(3), workers(3))
    assert not alike(workers(3), workers(2))


CHANGES: dict[str, Callable[[Event], Event]] = {
    "function": lambda e: replace(e, function=2) if isinstance(e, Enter) else e,
    "the record that is run": lambda e: replace(e, deferred=0) if isinstance(e, Enter) else e,
    "the record that is started": lambda e: replace(e, started=0) if isinstance(e, Enter) else e,
    "line": lambda e: e if isinstance(e, Enter) else replace(e, line=e.line + 1),
    "value": lambda e: replace(e, value='"other"') if isinstance(e, Panic | Recover) else e,
    "status": lambda e: replace(e, status=4) if isinstance(e, Exit) else e,
    "actor": lambda e: e if isinstance(e, Enter | Defer) else replace(e, activation=1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_done_is_a_part_of_it(change: str) -> None:
    events = all_words().events
    assert not alike(events, [CHANGES[change](event) for event in events])


@pytest.mark.parametrize("index", range(len(all_words().events)))
def test_no_event_may_be_missing(index: int) -> None:
    events = all_words().events
    assert not alike(events, events[:index] + events[index + 1 :])


@pytest.mark.parametrize("length", range(len(all_words().events)))
def test_where_both_were_cut_one_may_be_the_others_beginning(length: int) -> None:
    events = all_words().events
    assert alike(events, events[:length], cut=True)
    assert alike(events[:length], events, cut=True)
    assert not alike(events, events[:length])


def test_where_both_were_cut_they_must_still_begin_alike() -> None:
    events = all_words().events
    other = [replace(e, value='"other"') if isinstance(e, Panic | Recover) else e for e in events]
    assert not alike(events, other, cut=True)
    assert not alike(events, other[:-1], cut=True)


def test_the_words_themselves() -> None:
    s = Story("main", "a")
    m = s.start("main")
    s.defer(m, "a")
    record = s.defer(m, "a")
    s.returns(m, 77)
    s.by_return("a", m, record)
    (history,) = canonical(s.events)
    assert history == (
        ("enter", 0, 0, 0),
        ("defer", 0, 2),
        ("defer", 0, 2),
        ("return", 0, 6),
        ("return", -1, 6),
        ("enter", 1, 2, 0),
    )


def test_which_of_two_statements_is_run_is_a_part_of_it() -> None:
    def story(*order: int) -> list[Event]:
        s = Story("main", "a")
        m = s.start("main")
        records = [s.defer(m, "a"), s.defer(m, "a")]
        for i in order:
            s.by_return("a", m, records[i])
        return s.events

    assert not alike(story(1, 0), story(0, 1))


def test_where_both_were_cut_goroutines_are_paired_alike() -> None:
    """Whatever their lines: 9 comes before 10, though not as text."""
    events: list[Event] = [Panic(g, 1, line, "x") for g, line in ((1, 9), (2, 10))]
    assert alike(events, events, cut=True)


def test_whether_a_function_of_the_library_is_seen_to_return_is_no_part_of_it() -> None:
    """A close wakes another goroutine, which may end the process before that. All else must be there."""
    events = all_words().events
    [returned] = [n for n, event in enumerate(events) if isinstance(event, Return)]
    without = events[:returned] + events[returned + 1 :]
    own = [Function(name, 1, 9) for name in ("main", "a", "b", "worker")]
    library = [replace(function, library=function.name == "b") for function in own]
    assert alike(events, without, library)
    assert not alike(events, without, own)
    assert not alike(events, without)
    entered = next(n for n, event in enumerate(events) if isinstance(event, Enter) and event.function == 2)
    assert not alike(events, events[:entered] + events[entered + 1 :], library)

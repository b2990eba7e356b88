"""What is predicted of a known program; a trace that is anything else is refused, with the rule that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import rules, traced
from oracle.check import Divergence
from oracle.events import Defer, End, EndKind, Enter, Event, Goexit, Panic, Recover, Return, Via
from oracle.generate import random_program
from oracle.predict import PREDICTED_EVENT, Places, Prediction, compare, predict
from oracle.program import Program, function_name
from oracle.text import from_plain


def program(**functions: object) -> Program:
    return from_plain({"functions": functions})


def observed(prediction: Prediction) -> tuple[tuple[Event, ...], End]:
    """What the model would leave of a run of the program."""
    return tuple(traced.events(prediction.code)), traced.end(prediction.code, prediction.ending)


def places(prediction: Prediction) -> Places:
    """Where `traced` says that the program stands."""
    functions = prediction.code.program.functions
    lines = {
        1000 * number + 2 + action: (number, action)
        for number, function in enumerate(functions)
        for action in range(len(function.body) + 1)
    }
    return Places({1000 * number + 1: number for number in range(len(functions))}, lines)


def judged(prediction: Prediction, events: Sequence[Event], end: End) -> Divergence | None:
    return compare(prediction, places(prediction), traced.functions(prediction.code), events, end)


RECOVERED = program(
    main=[{"defer": "f1"}, {"defer": "f2"}, {"defer": "nil"}, {"call": "f3", "result": "shown"}, {"emit": 7}],
    f1=[{"recover": "shown"}],
    f2=[],
    f3=[{"defer": "f4"}, {"set": 5}, "read", {"panic": "boom"}],
    f4=["read-outer", {"recover": "shown"}, {"recover": "shown"}],
)
DIES = program(
    main=[{"defer": "f1"}, {"panic": "one"}],
    f1=["recover", {"fault": "divide"}],
)


def test_what_is_printed() -> None:
    assert predict(RECOVERED).stdout == (
        "f3: result is 5\n"
        "f4: outer result is 5\n"
        "f4: recover gives boom\n"
        "f4: recover gives <nil>\n"
        "main: f3 gives 5\n"
        "main reaches 7\n"
        "f1: recover gives runtime error: invalid memory address or nil pointer dereference\n"
    )
    assert predict(RECOVERED).status == 0


def test_how_it_dies() -> None:
    predicted = predict(DIES)
    assert predicted.status == 2
    assert predicted.report == ("panic: one [recovered]", "panic: runtime error: integer divide by zero")


@given(st.integers(0, 1 << 32), st.integers(0, 40))
def test_what_the_model_does_is_what_is_predicted(seed: int, actions: int) -> None:
    prediction = predict(random_program(Random(seed), actions))
    assert judged(prediction, *observed(prediction)) is None


@given(st.integers(0, 1 << 32), st.integers(1, 25), st.data())
def test_the_whole_trace_or_nothing(seed: int, actions: int, data: st.DataObject) -> None:
    """No event may be missing, come twice, or be another goroutine's."""
    prediction = predict(random_program(Random(seed), actions))
    events, end = observed(prediction)
    at = data.draw(st.integers(0, len(events) - 1))
    before, event, after = events[:at], events[at], events[at + 1 :]
    for changed in (
        (*before, *after),
        (*before, event, event, *after),
        (*before, replace(event, goroutine=event.goroutine + 1), *after),
        before,
    ):
        assert judged(prediction, changed, end) is not None


def _first(events: Sequence[Event], sort: type[Event], skip: int = 0) -> int:
    return [index for index, event in enumerate(events) if isinstance(event, sort)][skip]


@pytest.mark.parametrize(
    ("sort", "skip", "change", "rule"),
    [
        (Recover, 0, {"value": "nil"}, rules.RECOVER_GIVES_PANIC),
        (Recover, 1, {"value": '"boom"'}, rules.RECOVER_GIVES_NIL),
        (Panic, 0, {"value": '"bang"'}, PREDICTED_EVENT),
        (Return, 0, {"line": 2}, rules.CONTROL_FLOW),
        (Recover, 0, {"activation": 1}, rules.CONTROL_FLOW),
        (Enter, 0, {"goroutine": 2}, rules.GOROUTINE_START),
        (Enter, 0, {"via": Via.CODE}, PREDICTED_EVENT),
        (Enter, 1, {"line": 3}, rules.CONTROL_FLOW),
        (Enter, 1, {"goroutine": 5}, rules.CONTROL_FLOW),
        (Enter, 2, {"via": Via.CODE}, PREDICTED_EVENT),
        (Enter, 2, {"deferred": 1}, rules.DEFERRED_CALL_TWICE),
        (Enter, 2, {"function": 2}, rules.DEFERRED_CALL_LOST),
    ],
)
def test_a_changed_event_is_refused(sort: type[Event], skip: int, change: dict[str, object], rule: object) -> None:
    prediction = predict(RECOVERED)
    events, end = observed(prediction)
    at = _first(events, sort, skip)
    changed = (*events[:at], replace(events[at], **change), *events[at + 1 :])  # type: ignore[arg-type]
    broken = judged(prediction, changed, end)
    assert broken is not None
    assert (broken.rule, broken.index) == (rule, at)


def test_an_activation_that_is_over_does_nothing() -> None:
    prediction = predict(program(main=[{"call": "f1"}, "recover", {"call": "f1"}], f1=[]))
    events, end = observed(prediction)
    at = _first(events, Return, 1)
    changed = (*events[:at], replace(events[at], activation=2), *events[at + 1 :])
    broken = judged(prediction, changed, end)
    assert broken is not None
    assert (broken.rule, broken.index) == (rules.CONTROL_FLOW, at)


def test_a_deferred_call_out_of_order() -> None:
    prediction = predict(program(main=[{"defer": "f1"}, {"defer": "f2"}], f1=[], f2=[]))
    events, end = observed(prediction)
    entered = [e for e in events if isinstance(e, Enter)]
    swapped = [
        *events[:4],
        replace(entered[2], activation=2),
        replace(events[5], activation=2, line=1002),
        replace(entered[1], activation=3),
        replace(events[7], activation=3, line=2002),
    ]
    broken = judged(prediction, swapped, end)
    assert broken is not None
    assert broken.rule is rules.DEFERRED_CALL_ORDER


def test_a_deferred_call_too_early() -> None:
    prediction = predict(program(main=[{"defer": "f1"}, "recover"], f1=[]))
    events, end = observed(prediction)
    at = _first(events, Enter, 1)
    early = (*events[: at - 2], events[at], *events[at - 2 :])
    broken = judged(prediction, early, end)
    assert broken is not None
    assert broken.rule is rules.DEFERRED_CALL_EARLY
    assert broken.owed == "recover gives nil (main, action 2)"


def test_events_of_helpers_are_left_out() -> None:
    prediction = predict(program(main=["grow", {"panic": "boom"}]))
    events, end = observed(prediction)
    table = (*traced.functions(prediction.code), replace(traced.functions(prediction.code)[0], first_line=77))
    helper = (Enter(1, 2, 1, Via.CODE, 2), Return(1, 2, 79))
    seen = (events[0], *helper, *events[1:])
    assert compare(prediction, places(prediction), table, seen, end) is None
    alone = (events[0], Enter(1, 2, 0, Via.CODE, 2), Return(1, 2, 2), *events[1:])
    assert compare(prediction, places(prediction), table, alone, end) is not None


@pytest.mark.parametrize(
    ("end", "rule"),
    [
        (End(EndKind.RETURNED), rules.UNCAUGHT_PANIC),
        (End(EndKind.PANICKED, 2, "panic: one"), rules.UNCAUGHT_PANIC),
        (End(EndKind.FATAL, 2, "fatal error: bad recovery"), rules.UNCAUGHT_PANIC),
    ],
)
def test_another_death(end: End, rule: object) -> None:
    prediction = predict(DIES)
    broken = judged(prediction, observed(prediction)[0], end)
    assert broken is not None
    assert broken.rule is rule
    assert broken.index == len(observed(prediction)[0])


def test_a_report_of_go_1_25() -> None:
    prediction = predict(DIES)
    events, _ = observed(prediction)
    assert judged(prediction, events, End(EndKind.PANICKED, 2, "panic: one [recovered, repanicked]")) is None


def test_another_end() -> None:
    prediction = predict(program(main=["goexit"]))
    events, end = observed(prediction)
    assert judged(prediction, events, end) is None
    broken = judged(prediction, events, End(EndKind.RETURNED))
    assert broken is not None
    assert broken.rule is rules.PROCESS_END
    assert broken.owed == "the process ends: no goroutines, main called Goexit"


def test_what_comes_after_the_end() -> None:
    prediction = predict(program(main=["goexit"]))
    events, end = observed(prediction)
    broken = judged(prediction, (*events, Goexit(1, 1, 2)), end)
    assert broken is not None
    assert (broken.rule, broken.index) == (PREDICTED_EVENT, 2)
    again = judged(prediction, (*events, Enter(1, 2, 0, Via.CODE, 2)), end)
    assert again is not None
    assert "main" in again.got


def test_a_deferred_call_in_place_of_a_call() -> None:
    prediction = predict(program(main=[{"defer": "f1"}, {"call": "f2"}], f1=[], f2=[]))
    events, end = observed(prediction)
    called, deferred = _first(events, Enter, 1), _first(events, Enter, 2)
    broken = judged(prediction, (*events[:called], *events[deferred:]), end)
    assert broken is not None
    assert (broken.rule, broken.index) == (rules.DEFERRED_CALL_EARLY, called)


def test_a_lost_call_at_the_end() -> None:
    prediction = predict(program(main=[{"defer": "f1"}], f1=[]))
    events, end = observed(prediction)
    broken = judged(prediction, events[:-2], end)
    assert broken is not None
    assert broken.rule is rules.DEFERRED_CALL_LOST
    assert broken.owed == f"{function_name(1)} is entered (a deferred call, by the return)"


def test_records_of_defer_statements() -> None:
    """A literal that runs with a record of another statement runs a second time, or never was deferred."""
    prediction = predict(program(main=[{"defer": "f1"}, {"defer": "f2"}], f1=[], f2=[]))
    events, end = observed(prediction)
    records = [e.record for e in events if isinstance(e, Defer)]
    at = _first(events, Enter, 1)
    entered = events[at]
    assert isinstance(entered, Enter)
    assert entered.deferred == records[1]
    changed = (*events[:at], replace(entered, deferred=records[0]), *events[at + 1 :])
    broken = judged(prediction, changed, end)
    assert broken is not None
    assert broken.rule is rules.DEFERRED_CALL_TWICE

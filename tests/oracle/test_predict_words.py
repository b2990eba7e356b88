"""What a refusal of a known program's trace says: rule, place, what came and what was owed, in a golden file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from oracle import rules
from oracle.check import Divergence
from oracle.events import End, EndKind, Enter, Event, Recover, Via
from oracle.predict import PREDICTED_EVENT, compare, predict
from oracle.program import Program
from oracle.traced import functions
from tests.oracle.programs import program
from tests.oracle.scenes import SCENES
from tests.oracle.test_predict import DIES, RECOVERED, judged, observed, places

TOLD = {
    "recovered": RECOVERED,
    "dies": DIES,
    "goexit": SCENES["a recovered panic does not stop a Goexit"],
    "main goexit": program(main=[{"defer": "f1", "as": "function"}, "goexit"], f1=["recover"]),
    "calls": program(main=[{"call": "f1"}, {"call": "f2"}, {"call": "f1"}], f1=[{"call": "f2"}, "return"], f2=[]),
}


def changed(events: tuple[Event, ...]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """The trace with each event left out, doubled, changed places with the next, and with nothing behind it."""
    for at, event in enumerate(events):
        yield f"without {at}", (*events[:at], *events[at + 1 :])
        yield f"{at} twice", (*events[: at + 1], event, *events[at + 1 :])
        if at + 1 < len(events):
            yield f"{at} behind {at + 1}", (*events[:at], events[at + 1], event, *events[at + 2 :])
        yield f"up to {at}", events[:at]


def in_words(broken: Divergence | None) -> str:
    return "accepted" if broken is None else f"{broken.rule.name} at {broken.index}: {broken.got} | {broken.owed}"


@pytest.mark.parametrize("name", TOLD)
def test_refusals(name: str, golden: Callable[[str, str], None]) -> None:
    prediction = predict(TOLD[name])
    events, end = observed(prediction)
    lines = [f"{how}: {in_words(judged(prediction, told, end))}" for how, told in changed(events)]
    lines += [
        f"ends {kind.value}: {in_words(judged(prediction, events, End(kind, 2, 'panic: else')))}" for kind in EndKind
    ]
    golden(f"refusals-{name.replace(' ', '-')}.txt", "".join(f"{line}\n" for line in lines))


def called_from(of: Program, line: int) -> Divergence | None:
    """The verdict if the first call came from another line."""
    prediction = predict(of)
    events, end = observed(prediction)
    at, call = next((i, e) for i, e in enumerate(events) if isinstance(e, Enter) and e.via is Via.CODE)
    return judged(prediction, (*events[:at], replace(call, line=line), *events[at + 1 :]), end)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (2, "no call"),
        (3, "a call of another function"),
        (5, "the end of the body"),
        (1002, "a call in a function that does not run"),
        (777, "no line of the program"),
    ],
)
def test_calls_come_from_where_they_stand(line: int, why: str) -> None:
    of = program(main=[{"emit": 1}, {"call": "f2"}, {"call": "f1"}], f1=[{"call": "f2"}], f2=[])
    assert called_from(of, 3) is None
    if line == 3:
        of = program(main=[{"emit": 1}, {"call": "f1"}, {"call": "f2"}], f1=[{"call": "f2"}], f2=[])
        line = 4
    broken = called_from(of, line)
    assert broken is not None, why
    assert broken.rule is rules.CONTROL_FLOW


def test_a_call_of_the_innermost_comes_from_a_line_of_the_program() -> None:
    prediction = predict(program(main=[{"call": "f1"}], f1=[{"call": "f2"}], f2=[]))
    events, end = observed(prediction)
    at = [i for i, e in enumerate(events) if isinstance(e, Enter)][2]
    broken = judged(prediction, (*events[:at], replace(events[at], line=777), *events[at + 1 :]), end)
    assert broken is not None
    assert (broken.rule, broken.index) == (rules.CONTROL_FLOW, at)


def test_a_literal_runs_for_its_own_statement_only() -> None:
    """A record that is unknown, or another statement's, is no deferred call that is owed."""
    prediction = predict(program(main=[{"defer": "f1"}, {"defer": "f2"}], f1=[], f2=[]))
    events, end = observed(prediction)
    first, begins = next((i, e) for i, e in enumerate(events) if isinstance(e, Enter) and e.deferred)
    for record in (1, 99):
        told = (*events[:first], replace(begins, deferred=record), *events[first + 1 :])
        broken = judged(prediction, told, end)
        assert broken is not None
        assert (broken.rule, broken.index) == (rules.DEFERRED_CALL_TWICE, first)


def test_an_activation_that_is_over_does_nothing_more() -> None:
    prediction = predict(
        program(main=[{"defer": "f1"}, {"panic": "a"}], f1=["recover", {"call": "f2"}, "recover"], f2=[])
    )
    events, end = observed(prediction)
    at = [i for i, e in enumerate(events) if isinstance(e, Recover)][1]
    for activation in (3, 99):
        told = (*events[:at], replace(events[at], activation=activation), *events[at + 1 :])
        broken = judged(prediction, told, end)
        assert broken is not None
        assert (broken.rule, broken.index) == (rules.CONTROL_FLOW, at)


def test_functions_that_are_not_the_programs_are_left_out_with_all_they_do() -> None:
    prediction = predict(program(main=[{"emit": 1}]))
    events, end = observed(prediction)
    helper = Enter(1, 50, 1, Via.CODE, 2)
    table = (*functions(prediction.code), replace(functions(prediction.code)[0], first_line=900))
    told = (events[0], helper, Recover(1, 50, 2, "nil"), *events[1:])
    assert compare(prediction, places(prediction), table, told, end) is None
    unknown = (events[0], Recover(1, 51, 2, "nil"), *events[1:])
    broken = compare(prediction, places(prediction), table, unknown, end)
    assert broken is not None
    assert broken.rule is PREDICTED_EVENT

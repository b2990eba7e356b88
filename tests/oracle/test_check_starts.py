"""Each go statement starts one goroutine, whichever of them is seen first."""

from __future__ import annotations

import pytest

from oracle.events import Callee, CalleeKind, Enter, Go, Via
from oracle.starts import Starts
from tests.oracle.lawful import verdict
from tests.oracle.script import Story

ANY = Callee(CalleeKind.VALUE)
F = Callee(CalleeKind.FUNCTION, (1,))
F_OR_G = Callee(CalleeKind.FUNCTION, (1, 2))
LITERAL = Callee(CalleeKind.LITERAL, (3,))


def waiting(*callees: Callee) -> Starts:
    starts = Starts()
    for record, callee in enumerate(callees, 1):
        starts.add(record, callee)
    return starts


def test_by_record() -> None:
    starts = waiting(LITERAL, LITERAL)
    assert starts.take(2, 3)
    assert not starts.take(2, 3)
    assert starts.take(1, 3)
    assert not starts.take(3, 3)
    assert not list(starts.callees())


def test_by_function() -> None:
    starts = waiting(F, F)
    assert not starts.take(0, 2)
    assert starts.take(0, 1)
    assert list(starts.callees()) == [F]
    assert starts.take(0, 1)
    assert not starts.take(0, 1)


def test_a_statement_taken_by_its_function_is_not_taken_by_its_record() -> None:
    starts = waiting(LITERAL)
    assert starts.take(0, 3)
    assert not starts.take(1, 3)
    starts = waiting(LITERAL)
    assert starts.take(1, 3)
    assert not starts.take(0, 3)


@pytest.mark.parametrize("callees", [(ANY, F_OR_G, F), (F, F_OR_G, ANY)])
@pytest.mark.parametrize("functions", [(1, 2, 3), (1, 1, 1), (1, 2, 2)])
def test_the_statement_that_fits_best_is_taken(callees: tuple[Callee, ...], functions: tuple[int, ...]) -> None:
    starts = waiting(*callees)
    assert all(starts.take(0, function) for function in functions)
    assert not list(starts.callees())


def test_what_a_value_calls_is_known_no_sooner_than_it_starts() -> None:
    starts = waiting(ANY)
    assert list(starts.callees()) == [ANY]
    assert starts.take(0, 9)
    assert not starts.take(0, 9)


def test_in_a_trace() -> None:
    s = Story("main", "f", "g")
    m = s.start("main")
    s.events += [Go(1, m, 2, 1, ANY), Go(1, m, 2, 2, F)]
    s.events += [Enter(2, 2, 1, Via.START), Enter(3, 3, 2, Via.START)]
    s.returns(m)
    assert verdict(s) is None
    s.events.insert(-1, Enter(4, 4, 1, Via.START))
    assert verdict(s) == ("goroutine-start", 5)


def test_a_record_is_asked_for_even_where_foreign_code_starts_goroutines() -> None:
    for started, rule in ((0, None), (9, ("goroutine-start", 1))):
        s = Story("main", "f", foreign=("main",))
        m = s.start("main")
        s.start("f", g=2, started=started)
        s.returns(m)
        assert verdict(s) == rule


def test_a_goroutine_that_foreign_code_starts_may_tell_its_record_too() -> None:
    s = Story("main", "f")
    record = s.go(s.start("main"), "f")
    s.events.append(Enter(2, 2, 1, Via.FOREIGN, started=record))
    s.returns(1)
    assert verdict(s) is None
    s.events.insert(-1, Enter(3, 3, 1, Via.FOREIGN, started=record))
    assert verdict(s) == ("goroutine-start", 3)


def test_another_record_than_its_own_starts_nothing() -> None:
    s = Story("main", "f")
    record = s.go(s.start("main"), "f")
    s.start("f", g=2, started=record + 1)
    assert verdict(s) == ("goroutine-start", 2)

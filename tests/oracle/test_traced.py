"""Programs, models and the check of bare traces meet: what the model does, the check accepts, and nothing less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oracle import spec
from oracle.agreement import numbered_program
from oracle.check import check
from oracle.code import Code, compile_program
from oracle.events import (
    Callee,
    CalleeKind,
    Defer,
    End,
    EndKind,
    Enter,
    Event,
    Function,
    Go,
    Goexit,
    Panic,
    Recover,
    Return,
    Via,
)
from oracle.generate import program_of, trees
from oracle.traced import end, events, functions
from tests.oracle.programs import program
from tests.oracle.scenes import SCENES


def trace(code: Code) -> tuple[tuple[Function, ...], list[Event], End]:
    return functions(code), list(events(code)), end(code, spec.run(code, lambda told: None))


@pytest.mark.parametrize("name", SCENES)
def test_the_check_accepts_what_the_model_does(name: str) -> None:
    assert check(*trace(compile_program(SCENES[name]))) is None


def test_the_check_accepts_all_small_programs() -> None:
    for size in range(4):
        for tree in trees(size):
            code = compile_program(program_of(tree))
            assert check(*trace(code)) is None, code.program


def test_the_check_accepts_random_programs() -> None:
    for number in range(400):
        code = compile_program(numbered_program(11, number))
        assert check(*trace(code)) is None, code.program


def test_the_check_refuses_another_recovered_value() -> None:
    refused = 0
    for number in range(200):
        table, told, ending = trace(compile_program(numbered_program(12, number)))
        for index, event in enumerate(told):
            if isinstance(event, Recover):
                other = '"something"' if event.value == "nil" else "nil"
                touched = [*told[:index], replace(event, value=other), *told[index + 1 :]]
                broken = check(table, touched, ending)
                assert broken is not None
                assert broken.index == index
                refused += 1
    assert refused > 100


def test_the_check_refuses_lost_deferred_calls() -> None:
    """Whatever call of a closure is left out, with all it did: on main's goroutine, whose end is known to be its end.
    Of another a bare trace does not tell that it was waited for."""
    refused = 0
    for number in range(150):
        table, told, ending = trace(compile_program(numbered_program(13, number)))
        for event in told:
            if isinstance(event, Enter) and event.deferred and event.goroutine == 1:
                dropped = [e for e in told if getattr(e, "activation", 0) != event.activation]
                if _calls_nothing(told, event):
                    assert check(table, dropped, ending) is not None
                    refused += 1
    assert refused > 60


def _calls_nothing(told: list[Event], entered: Enter) -> bool:
    """Whether the next event of the goroutine that is not its own comes after its return."""
    behind = [e for e in told if e.goroutine == entered.goroutine and e.activation >= entered.activation]
    own = [e for e in behind if e.activation == entered.activation]
    return (
        isinstance(own[-1], Return) and behind[: len(own)] == own and not any(isinstance(e, Defer | Go) for e in own)
    )


def test_events_in_full() -> None:
    code = compile_program(
        program(
            main=[{"go": "f1"}, {"call": "f4"}],
            f1=[{"defer": "f2"}, {"defer": "nil"}, {"defer": "f3", "as": "method"}, "goexit"],
            f2=["recover"],
            f3=["return"],
            f4=[{"defer": "f5"}, {"defer": "f6", "as": "function"}, {"panic": "boom"}],
            f5=["recover"],
            f6=[{"emit": 3}],
        )
    )
    assert list(events(code)) == [
        Enter(1, 1, 0, Via.START),
        Go(1, 1, 2, 1, Callee(CalleeKind.FUNCTION, (1,))),
        Enter(2, 2, 1, Via.START),
        Defer(2, 2, 1002, 2, Callee(CalleeKind.LITERAL, (2,))),
        Defer(2, 2, 1003, 3, Callee(CalleeKind.NIL)),
        Defer(2, 2, 1004, 4, Callee(CalleeKind.METHOD, (3,))),
        Goexit(2, 2, 1005),
        Enter(2, 3, 3, Via.GOEXIT),
        Return(2, 3, 3002),
        Enter(2, 4, 2, Via.PANIC, 0, 2),
        Recover(2, 4, 2002, "runtime error: invalid memory address or nil pointer dereference"),
        Return(2, 4, 2003),
        Enter(1, 5, 4, Via.CODE, 3),
        Defer(1, 5, 4002, 5, Callee(CalleeKind.LITERAL, (5,))),
        Defer(1, 5, 4003, 6, Callee(CalleeKind.FUNCTION, (6,))),
        Panic(1, 5, 4004, '"boom"'),
        Enter(1, 6, 6, Via.PANIC),
        Return(1, 6, 6003),
        Enter(1, 7, 5, Via.PANIC, 0, 5),
        Recover(1, 7, 5002, '"boom"'),
        Return(1, 7, 5003),
        Return(1, 1, 4),
    ]
    assert end(code, spec.run(code, lambda told: None)) == End(EndKind.RETURNED)
    assert functions(code)[4] == Function("f4", 4001, 4999)


def test_calls_by_the_return_come_from_the_last_line() -> None:
    code = compile_program(program(main=[{"defer": "f1", "as": "value"}, {"emit": 1}], f1=[]))
    told = list(events(code))
    assert told[1] == Defer(1, 1, 2, 1, Callee(CalleeKind.VALUE))
    assert told[3] == Enter(1, 2, 1, Via.CODE, 999, 0)


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ([], End(EndKind.RETURNED)),
        (
            ["goexit"],
            End(EndKind.MAIN_GOEXIT, 2, "fatal error: no goroutines (main called runtime.Goexit) - deadlock!"),
        ),
        ([{"panic": "boom"}], End(EndKind.PANICKED, 2, "panic: boom")),
    ],
)
def test_ends(main: list[Any], expected: End) -> None:
    code = compile_program(program(main=main))
    assert end(code, spec.run(code, lambda told: None)) == expected


def test_a_recovered_panic_is_so_in_the_report() -> None:
    code = compile_program(program(main=[{"defer": "f1"}, {"panic": "a"}], f1=["recover", {"panic": "b"}]))
    assert end(code, spec.run(code, lambda told: None)).text == "panic: a [recovered]"


def test_many_activations_are_numbered_once_each() -> None:
    functions_of: dict[str, Any] = {
        f"f{n}": [{"call": f"f{n + 1}"}] * 6 + [{"defer": f"f{n + 5}"}] for n in range(1, 5)
    }
    functions_of |= {f"f{n}": [] for n in range(5, 10)}
    functions_of = {"main": [{"call": "f1"}] * 3} | dict(
        sorted(functions_of.items(), key=lambda item: int(item[0][1:]))
    )
    code = compile_program(program(**functions_of))
    entered = [e.activation for e in events(code) if isinstance(e, Enter)]
    assert len(entered) > 2000
    assert entered == list(range(1, len(entered) + 1))
    assert check(*trace(code)) is None


def test_what_is_pending_is_remembered_however_many_calls_come_between() -> None:
    """More activations than are kept in mind, while main waits and deferred calls of both goroutines are pending."""
    code = compile_program(
        program(
            main=[{"defer": "f1"}, {"go": "f2"}, {"go": "f2"}],
            f1=[],
            f2=[{"defer": "f3"}, {"call": "f4"}],
            f3=[],
            f4=[{"call": "f5"}] * 12,
            f5=[{"call": "f6"}] * 10,
            f6=[{"call": "f7"}] * 10,
            f7=[],
        )
    )
    told = list(events(code))
    assert check(functions(code), told, End(EndKind.RETURNED)) is None
    literals = [(e.function, e.deferred) for e in told if isinstance(e, Enter) and e.deferred]
    assert literals == [(3, 3), (3, 5), (1, 1)]
    assert [e.record for e in told if isinstance(e, Go)] == [2, 4]
    assert told[-1] == Return(1, told[-2].activation, 1002)
    assert told[-3] == Return(1, 1, 5)

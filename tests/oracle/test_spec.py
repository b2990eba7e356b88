"""What the language owes: each scene's events and end, in a golden file made to be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oracle import spec
from oracle.code import compile_program
from oracle.events import EndKind
from oracle.program import Program
from oracle.text import to_plain
from tests.oracle.programs import owed, program, ran
from tests.oracle.scenes import SCENES


def story(name: str, of: Program) -> str:
    lines, end = owed(of)
    values = compile_program(of).values
    chain = "".join(f"; {values[value]}{' [recovered]' if recovered else ''}" for value, recovered in end.chain)
    bodies = [f"    {function}: {body}" for function, body in to_plain(of)["functions"].items()]
    return "\n".join([f"# {name}", *bodies, *lines, f"=> {end.kind.value}{chain}", ""])


def test_scenes(golden: Callable[[str, str], None]) -> None:
    golden("scenes.txt", "\n".join(story(name, of) for name, of in SCENES.items()))


@pytest.mark.parametrize(
    ("of", "end"),
    [
        (program(main=[]), EndKind.RETURNED),
        (program(main=["goexit"]), EndKind.MAIN_GOEXIT),
        (program(main=[{"panic": "boom"}]), EndKind.PANICKED),
        (program(main=[{"go": "f1"}], f1=["goexit"]), EndKind.RETURNED),
        (program(main=[{"go": "f1"}], f1=[{"panic": "boom"}]), EndKind.PANICKED),
    ],
)
def test_ends(of: Program, end: EndKind) -> None:
    assert owed(of)[1].kind is end


def test_events_may_be_streamed() -> None:
    code = compile_program(SCENES["a recovered panic leaves the others pending"])
    whole: list[int] = []
    spec.run(code, whole.extend)
    counted = 0

    def take(events: tuple[int, ...]) -> None:
        nonlocal counted
        counted += len(events)

    spec.run(code, take)
    assert counted == len(whole) > 0


def test_a_bare_return_leaves_the_result_as_it_is() -> None:
    of = program(main=[{"call": "f1", "result": "shown"}], f1=[{"set": 5}, "return"])
    assert "main prints 5" in owed(of)[0]
    assert ran(of) == owed(of)


@pytest.mark.parametrize("name", ["a panic in a pending call after a recovery", "an inner panic ends inside"])
def test_no_frame_is_left_behind(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    machines = []

    class Kept(spec._Machine):
        def __init__(self, emit: spec.Emit) -> None:
            super().__init__(emit)
            machines.append(self)

    monkeypatch.setattr(spec, "_Machine", Kept)
    of = program(
        main=[{"call": "f1"}],
        f1=[{"defer": "f2"}, {"call": "f3"}],
        f2=["recover"],
        f3=[{"defer": "f4"}, {"panic": "a"}],
        f4=[],
    )
    for each in (of, SCENES[name]):
        assert spec.run(compile_program(each), lambda events: None).kind is EndKind.RETURNED
    assert [m.frames for m in machines] == [[], []]


def test_a_program_may_be_run_again() -> None:
    code = compile_program(SCENES["an uncaught chain"])
    first: list[int] = []
    second: list[int] = []
    assert spec.run(code, first.extend) == spec.run(code, second.extend)
    assert first == second


def test_functions_that_are_called_often_make_long_traces() -> None:
    """Seven functions, each calling the next ten times: a million calls, none deeper than seven."""
    functions = {"main": [{"call": "f1"}] * 10} | {f"f{n}": [{"call": f"f{n + 1}"}] * 10 for n in range(1, 4)}
    count = 0

    def take(events: tuple[int, ...]) -> None:
        nonlocal count
        count += len(events)

    spec.run(compile_program(program(**functions, f4=[])), take)
    assert count == 2 * sum(10**n for n in range(5))

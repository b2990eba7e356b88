"""The loop over mutants: each is tried once, by however many workers; what machinery fails is no kill."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any, cast

import pytest

from harness import mutate
from harness.errors import BadPatch, SandboxFailed
from harness.golang.mutants import Mutant, Operator, mutants
from harness.mutate import Fate, Prey, Tried
from harness.pipeline import World

BODY = "".join(f"\tf{n}(a < {n})\n" for n in range(12))
MUTANTS = mutants(f"package p\n\nfunc f(a int) {{\n{BODY}}}\n", "p.go")


class Opens:
    """As much of a world as the loop itself looks at."""

    def open(self, _installed: object) -> Any:
        return nullcontext()


def prey() -> Prey:
    return Prey(cast(World, Opens()), cast(Any, None), "src/p.go", (), (), threading.Event())


def tries(monkeypatch: pytest.MonkeyPatch, data: str | Exception, cases: str = "") -> None:
    def of_data(*_: object) -> str:
        if isinstance(data, Exception):
            raise data
        return data

    monkeypatch.setattr(mutate, "mutated", lambda *_: None)
    monkeypatch.setattr(mutate, "_data", of_data)
    monkeypatch.setattr(mutate, "_of_cases", lambda *_: cases)


@pytest.mark.parametrize("jobs", [1, 2, 30])
def test_each_is_tried_once(monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    tries(monkeypatch, "data: lost")
    told: list[Tried] = []
    mutate.run(prey(), MUTANTS, jobs, told.append)
    assert sorted(one.mutant.name for one in told) == sorted(one.name for one in MUTANTS)


@pytest.mark.parametrize(
    ("data", "cases", "fate"),
    [
        ("data: lost", "", Fate.KILLED),
        ("", "case a/b: lost", Fate.KILLED),
        ("", "", Fate.SURVIVED),
        (BadPatch("it does not compile: x"), "", Fate.STILLBORN),
        (SandboxFailed("the Engine is gone"), "", Fate.UNKNOWN),
    ],
)
def test_fates(monkeypatch: pytest.MonkeyPatch, data: str | Exception, cases: str, fate: Fate) -> None:
    tries(monkeypatch, data, cases)
    told: list[Tried] = []
    mutate.run(prey(), MUTANTS[:1], 1, told.append)
    assert [one.fate for one in told] == [fate]


def test_where_no_program_comes_nothing_else_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "\tif a < b {\n\t\tg(a)\n\t\tif b < 0 {\n\t\t\tg(b)\n\t\t}\n\t}\n\tif a < 9 {\n\t\tg(9)\n\t}\n"
    made = mutants(f"package p\n\nfunc f(a, b int) {{\n{body}}}\n", "p.go")
    calls = [one for one in made if one.operator is Operator.CALL]
    tried: list[str] = []

    def of_data(_prey: object, _sandbox: object, source: str) -> str:
        tried.append(source)
        return "data: it died" if 'if a < 9 { panic("reached");' in source else ""

    monkeypatch.setattr(mutate, "mutated", lambda *given: given[-1])
    monkeypatch.setattr(mutate, "_data", of_data)
    monkeypatch.setattr(mutate, "_of_cases", lambda *_: "")
    told: list[Tried] = []
    mutate.run(prey(), calls, 1, told.append)
    assert [(one.mutant.before, one.fate, one.by) for one in told] == [
        ("g(a)", Fate.SURVIVED, "no program comes into: if a < b {"),
        ("g(b)", Fate.SURVIVED, "no program comes into: if a < b {"),
        ("g(9)", Fate.SURVIVED, ""),
    ]
    probes = [calls[0].blocks[0].probe, calls[2].blocks[0].probe]
    assert tried == [calls[0].source, probes[0], calls[2].source, probes[1]]


def test_our_own_bugs_are_not_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    tries(monkeypatch, KeyError("x"))
    with pytest.raises(KeyError):
        mutate.run(prey(), MUTANTS, 2, lambda _: None)


def test_a_stop_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries(monkeypatch, "data: lost")
    given = prey()
    told: list[Mutant] = []

    def tell(one: Tried) -> None:
        told.append(one.mutant)
        given.stop.set()

    mutate.run(given, MUTANTS, 1, tell)
    assert len(told) == 1

"""Programs as cases: the header that is written is one that cases have, and says what the model says."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases import load_case
from harness.errors import BadProgram
from harness.generated import case_of, load_program, stand_alone
from harness.model import Case, Expectation, KnownFault
from harness.programs import loads
from oracle.generate import random_program


def reloaded(case: Case, directory: Path) -> Case:
    """The case as it is read from a file."""
    file = directory / "generated" / "it.go"
    file.parent.mkdir(exist_ok=True)
    file.write_text(case.source)
    return load_case(file, directory)


@given(seed=st.integers(0, 1 << 32), actions=st.integers(0, 40))
def test_the_go_file_is_a_case_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, seed: int, actions: int
) -> None:
    case = case_of(random_program(Random(seed), actions), "it", Path("it.go"))
    again = reloaded(case, tmp_path_factory.getbasetemp())
    assert again.expect == case.expect
    assert (again.title, again.tags, again.owes, again.sources) == (case.title, case.tags, case.owes, case.sources)
    assert again.source == case.source


@pytest.mark.parametrize(
    ("actions", "owes", "expect"),
    [
        ("[emit: 1]", "main returns, after what is printed below", Expectation("main reaches 1\n")),
        ("[goexit]", "main calls Goexit, after what is printed below, and no goroutine is left", Expectation("", 2)),
        ("[panic: boom]", "what is printed below, then the process dies with panic: boom", Expectation("", 2)),
    ],
)
def test_what_is_owed(actions: str, owes: str, expect: Expectation, tmp_path: Path) -> None:
    case = case_of(loads(f"functions:\n  main: {actions}\n"), "it", Path("it.go"), title="A title")
    assert (case.owes, case.expect, case.title) == (owes, expect, "A title")
    assert reloaded(case, tmp_path).owes == owes


def test_a_program_that_shares_a_package_has_no_header() -> None:
    case = case_of(loads("functions:\n  main: []\n"), "it", Path("it.go"), prefix="p1_")
    assert case.source.startswith("package main\n")
    assert case.prefix == "p1_"


def test_a_program_file(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("functions:\n  main: [goexit]\n")
    case = load_program(file)
    assert (case.name, case.path, case.title) == ("small", file, "small.yaml")
    assert case.lowered is not None
    file.write_text("functions:\n  main: [go-exit]\n")
    with pytest.raises(BadProgram, match=r"small\.yaml:2: main, action 1: no action is called `go-exit`"):
        load_program(file)


def test_a_header_keeps_words_whole_and_any_address(tmp_path: Path) -> None:
    """A folded line that breaks at a hyphen is read back with a space there."""
    reason = f"{'x' * 70} nilfunc/under-goexit-with-a-growing-stack {'y' * 120}"
    known = KnownFault("gc ==1.22.10", reason, "https://a/b:")
    case = stand_alone(loads("functions:\n  main: []\n"), "it", Path("it.go"), title="it", known=known)
    assert reloaded(case, tmp_path).xfail == (known,)

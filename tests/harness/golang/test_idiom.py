"""Programs as the Go files that a person would send: short, as gofmt writes them, and the same programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from harness.cases import load_case
from harness.data.driver import release_of
from harness.generated import stand_alone
from harness.golang.idiom import idiomatic
from harness.golang.shapes import RANGE_OVER_FUNC
from harness.model import Case, Exited, Installed, Mode
from harness.programs import load, loads
from oracle import rules
from oracle.generate import random_program
from tests.conftest import Golden
from tests.harness.golang.batches import compile_batch, run_jobs
from tests.harness.golang.test_lower import FORMATTER, go

FORMS = load(Path(__file__).parent / "lowered" / "forms.yaml")
PROGRAMS = 40


def body(text: str, *, ranging: bool = False) -> str:
    """The file of a program without its first line."""
    return idiomatic(loads(f"functions:\n{text}"), ranging=ranging).removeprefix("package main\n\n")


def test_the_text(golden: Golden) -> None:
    golden("forms.idiomatic.go", idiomatic(FORMS))


def test_short_literals_stand_on_one_line() -> None:
    text = "  main:\n    - defer: f1\n    - defer: f2\n  f1: []\n  f2:\n    - recover\n"
    assert body(text) == "func main() {\n\tdefer func() {}()\n\tdefer func() { recover() }()\n}\n"


def test_longer_ones_do_not() -> None:
    text = "  main:\n    - defer: f1\n  f1:\n    - recover\n    - panic: a\n"
    assert body(text) == 'func main() {\n\tdefer func() {\n\t\trecover()\n\t\tpanic("a")\n\t}()\n}\n'


def test_what_is_not_used_is_not_there() -> None:
    """The loop that links a frame uses both variables, a loop over a function only the one."""
    text = "  main:\n    frame: linked\n    body:\n      - defer: f1\n  f1: []\n"
    assert "var never bool\n" in body(text)
    over_function = body(text, ranging=True)
    assert "for range repeat(0) {\n\t\tdefer none()\n" in over_function
    assert "var none func()" in over_function
    assert "never" not in over_function


def test_where_nothing_is_used_nothing_is_left() -> None:
    """Not even the empty line behind it; and what the header says is no use."""
    text = "  main:\n    frame: linked\n    body:\n      - {defer: f1, times: 0, loop: true}\n  f1: []\n"
    source = idiomatic(loads(f"functions:\n{text}"), "/*\nowes: never\n*/\n", ranging=True)
    assert source.startswith("/*\nowes: never\n*/\n\npackage main\n\nfunc main() {\n")
    assert "\n\n\n" not in source


def test_loops_over_functions() -> None:
    text = "  main:\n    frame: linked\n    body:\n      - {defer: f1, times: 3, loop: true}\n  f1: []\n"
    assert "for range repeat(3) {\n\t\tdefer func() {}()\n\t}\n" in body(text, ranging=True)
    assert "\nfunc repeat(times int) func(func() bool) {\n" in body(text, ranging=True)
    assert "repeat" not in body(text)


def test_one_growth_is_one_function() -> None:
    once = body("  main:\n    - grow\n")
    twice = body("  main:\n    - grow\n    - grow\n")
    assert ("deepen" in once, "deepen" in twice) == (False, True)


def test_imports_stand_on_lines_of_their_own() -> None:
    assert body("  main:\n    - emit: 1\n    - goexit\n").startswith('import "fmt"\nimport "runtime"\n\nfunc main')


def cases(installed: Installed) -> list[Case]:
    """Files of random programs, the loops of every second one over functions where the release has them."""
    rng = Random(9)
    programs = [FORMS, *(random_program(rng, rng.randint(1, 30)) for _ in range(PROGRAMS))]
    modern = release_of(installed) >= RANGE_OVER_FUNC
    made = []
    for number, program in enumerate(programs):
        path = Path(f"p{number}.go")
        case = stand_alone(program, f"short/p{number}", path, title="It", ranging=modern and number % 2 == 1)
        made.append(replace(case, alone=True))
    return made


@pytest.mark.toolchain
def test_the_short_file_does_what_the_program_owes(release: Installed, tmp_path: Path) -> None:
    made = cases(release)
    runs = run_jobs(compile_batch(made, release, tmp_path))
    wrong = []
    for case in made:
        assert case.expect is not None
        run = runs[case.name, Mode.PLAIN]
        if (run.stdout.decode(), run.ending) != (case.expect.stdout, Exited(case.expect.exit)):
            wrong.append(case.source)
    # Toolchains have faults that some of these programs meet.
    assert len(wrong) <= PROGRAMS // 20, wrong[0]


@pytest.mark.toolchain
def test_the_text_is_as_gofmt_writes_it(one_release: Installed, tmp_path: Path) -> None:
    rng = Random(4)
    programs = [FORMS, *(random_program(rng, rng.randint(1, 30)) for _ in range(50))]
    files = {f"p{n}.txt": idiomatic(program, ranging=n % 2 == 1) for n, program in enumerate(programs)}
    assert go(one_release, tmp_path, {"main.go": FORMATTER, **files}, "run", ".") == f"{len(files)} files\n"


@pytest.mark.parametrize("ranging", [False, True])
def test_the_file_is_a_case_as_it_stands(tmp_path: Path, ranging: bool) -> None:
    case = stand_alone(
        FORMS, "it", Path("it.go"), title="A title", rule=rules.DEFERRED_CALL_LOST, known=None, ranging=ranging
    )
    file = tmp_path / "found" / "it.go"
    file.parent.mkdir()
    file.write_text(case.source)
    again = load_case(file, tmp_path)
    assert (again.expect, again.title, again.tags, again.on) == (case.expect, case.title, case.tags, case.on)
    assert again.owes == case.owes
    assert case.owes.startswith(rules.DEFERRED_CALL_LOST.statement)
    assert again.sources == case.sources

"""Programs lowered to Go: the text, and that the compiler keeps their deferred calls as the program says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from random import Random

import pytest

from harness.generated import case_of
from harness.golang.lower import OPEN_CODED, lower
from harness.golang.report import defer_kinds
from harness.judge import Release, judge
from harness.model import Build, Case, Conforms, Installed, Mode
from harness.programs import load, loads
from harness.toolchain import use
from oracle.generate import random_program
from oracle.predict import Places
from tests.builds import build_cache
from tests.conftest import Golden
from tests.harness.golang.batches import Compiled, compile_batch, run_jobs

FORMS = load(Path(__file__).parent / "lowered" / "forms.yaml")
"""A program with every action and every form of defer statement."""
PROGRAMS = 150


def random_cases() -> list[Case]:
    """Programs that share packages, and whose places in them therefore have names of their own."""
    rng = Random(3)
    made = [FORMS, *(random_program(rng, rng.randint(1, 30)) for _ in range(PROGRAMS))]
    return [case_of(p, f"random/p{n}", Path(f"p{n}.go"), prefix=f"p{n}_") for n, p in enumerate(made)]


def test_the_text(golden: Golden) -> None:
    golden("forms.lowered.go", lower(FORMS)[0])


def test_a_small_program_has_nothing_that_it_does_not_need() -> None:
    source, _ = lower(loads("functions:\n  main:\n    - {defer: f1, as: function}\n  f1: []\n"))
    assert source == "package main\n\nfunc main() {\n\tdefer f1()\n}\n\nfunc f1() {\n}\n"


def test_a_header_moves_the_places() -> None:
    plain, lowered = lower(FORMS)
    headed, moved = lower(FORMS, header="/*\nabc\n*/\n")
    assert headed == f"/*\nabc\n*/\n\n{plain}"
    assert moved.places == Places(
        {line + 4: number for line, number in lowered.places.entries.items()},
        {line + 4: place for line, place in lowered.places.actions.items()},
    )
    assert [kind.line for kind in moved.defers] == [kind.line + 4 for kind in lowered.defers]


def test_every_place_is_there() -> None:
    _, lowered = lower(FORMS)
    places = {(number, position) for number, f in enumerate(FORMS.functions) for position in range(len(f.body) + 1)}
    found = set(lowered.places.actions.values())
    # Behind an action that ends a body nothing is reached, but a function without a result has a last line.
    assert found <= places
    assert {(n, p) for n, p in places if p < len(FORMS.functions[n].body)} <= found
    assert set(lowered.places.entries.values()) == set(range(len(FORMS.functions)))


def test_every_package_level_name_begins_with_the_prefix() -> None:
    source, _ = lower(FORMS, "p7_")
    declared = re.findall(r"^(?:func|var|type) (\w+)", source, re.MULTILINE)
    assert all(name == "main" or name.startswith("p7_") for name in declared)
    assert len(declared) == len(set(declared))


@pytest.fixture(scope="module")
def compiled(one_release: Installed, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Case], Compiled]:
    cases = random_cases()
    return cases, compile_batch(cases, one_release, tmp_path_factory.mktemp("lowered"))


@pytest.mark.toolchain
def test_the_compiler_keeps_deferred_calls_as_the_program_says(compiled: tuple[list[Case], Compiled]) -> None:
    cases, batch = compiled
    kinds = defer_kinds(batch.layout, batch.said)
    for case in cases:
        assert case.lowered is not None
        assert kinds[case.name] == dict.fromkeys(Mode, case.lowered.defers), case.source
    seen = {kind.kind for case in cases if case.lowered for kind in case.lowered.defers}
    assert len(seen) == 3
    assert OPEN_CODED in seen


@pytest.mark.toolchain
def test_every_program_does_what_is_predicted(compiled: tuple[list[Case], Compiled], one_release: Installed) -> None:
    cases, batch = compiled
    wrong = [name for name, outcome in outcomes(cases, batch, one_release).items() if outcome != Conforms()]
    # Toolchains have faults that some of these programs meet.
    assert len(wrong) <= PROGRAMS // 50


@pytest.mark.toolchain
def test_every_action_on_every_release(release: Installed, tmp_path: Path) -> None:
    case = case_of(FORMS, "test/forms", Path("forms.go"))
    batch = compile_batch([case], release, tmp_path)
    assert outcomes([case], batch, release) == {"test/forms": Conforms()}


def outcomes(cases: list[Case], batch: Compiled, on: Installed) -> dict[str, object]:
    """What becomes of each case, by its name."""
    kinds = defer_kinds(batch.layout, batch.said)
    functions = {placed.case: placed.functions for placed in batch.layout.placed}
    runs = run_jobs(batch)
    of = Release("it", on.engine, on.release)
    return {
        case.name: judge(
            case,
            of,
            Build(case.name, "", kinds[case.name]),
            functions[case.name],
            runs[case.name, Mode.PLAIN],
            runs[case.name, Mode.TRACED],
        ).outcome
        for case in cases
    }


@pytest.mark.toolchain
def test_large_frames_are_large_and_nothing_of_them_is_on_the_heap(one_release: Installed, tmp_path: Path) -> None:
    text = "functions:\n  main:\n    - call: f1\n    - grow\n  f1:\n    large: true\n    body: []\n"
    said = go(one_release, tmp_path, {"main.go": lower(loads(text))[0]}, "build", "-gcflags=-S -m", "-o", "out", ".")
    frames = {found[1]: int(found[2]) for found in re.finditer(r"main\.(\w+) STEXT .*? locals=0x([0-9a-f]+)", said)}
    sizes = {found[1]: int(found[2]) for found in re.finditer(r"TEXT\tmain\.(\w+)\(SB\),.*\$(\d+)-", said)}
    assert frames or sizes
    assert sizes["deepen"] > 2 << 10
    assert max(sizes[name] for name in ("main", "f1") if name in sizes) > 16 << 10
    assert "moved to heap" not in said


@pytest.mark.toolchain
def test_the_text_is_as_gofmt_writes_it(one_release: Installed, tmp_path: Path) -> None:
    rng = Random(4)
    programs = [FORMS, *(random_program(rng, rng.randint(1, 30)) for _ in range(50))]
    files = {f"p{n}.txt": lower(program)[0] for n, program in enumerate(programs)}
    said = go(one_release, tmp_path, {"main.go": FORMATTER, **files}, "run", ".")
    assert said == f"{len(files)} files\n"


FORMATTER = """package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
)

func main() {
	files, _ := filepath.Glob("*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if formatted, err := format.Source(text); err != nil || !bytes.Equal(text, formatted) {
			fmt.Println(file, err)
			fmt.Println(string(formatted))
		}
	}
	fmt.Println(len(files), "files")
}
"""


def go(installed: Installed, directory: Path, files: dict[str, str], *command: str) -> str:
    """Run the go command on a program; what it says."""
    for name, content in {"go.mod": "module test\n\ngo 1.21\n", **files}.items():
        (directory / name).write_text(content)
    root = str(installed.root)
    done = subprocess.run(
        [use.command(installed, root), *command],
        cwd=directory,
        env={**use.environment(installed, root), "HOME": str(directory), "GOCACHE": str(build_cache())},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr

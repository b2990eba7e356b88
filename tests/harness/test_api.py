"""The Python interface, with fakes below it; `tests/endtoend/test_api.py` has toolchains."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness import api, machine
from harness.errors import BadCase, BadOutput, BadPolicy, BadToolchain, UsageError
from harness.model import Signaled
from tests.endtoend.tool import ROOT, write_case
from tests.harness.fake import Fakes, FakeSandbox, case, ended
from tests.harness.report import sample


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """The machine is a world of fakes."""
    made = Fakes(tmp_path / "runs")
    monkeypatch.setattr(machine, "world", lambda *options, **more: made.world)
    return made


@pytest.fixture
def programs(tmp_path: Path) -> list[Path]:
    """Three Go files of one's own."""
    files = [tmp_path / f"{name}.go" for name in ("b", "a", "c")]
    for file in files:
        file.write_text("package main\n\nfunc main() {}\n")
    return files


def crashing(number: str) -> Callable[[str, int], FakeSandbox]:
    """On post, job `number` crashes."""

    def make(side: str, _: int) -> FakeSandbox:
        crash = side == "post"
        return FakeSandbox(
            runs=lambda job: ended(job, ending=Signaled(11)) if crash and number in job else ended(job)
        )

    return make


# --- The package ------------------------------------------------------------------------------------------


def loaded_by(statement: str) -> set[str]:
    """Our modules that a statement loads in a fresh Python."""
    shown = "import sys; print(*(m for m in sys.modules if m.split('.')[0] in ('harness', 'oracle')))"
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {shown}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_below_it() -> None:
    assert loaded_by("import harness; dir(harness)") == {"harness"}


def test_a_name_loads_what_is_behind_it() -> None:
    assert "harness.pipeline" in loaded_by("from harness import compare_program")


def test_a_module_below_does_not_load_the_interface() -> None:
    assert "harness.api" not in loaded_by("import harness.pipeline")


def test_the_package_has_the_names_of_the_interface() -> None:
    assert harness.__all__ == api.__all__
    assert set(harness.__all__) <= set(dir(harness))
    for name in harness.__all__:
        assert getattr(harness, name) is getattr(api, name)
    with pytest.raises(AttributeError, match="'harness' has no attribute 'nothing'"):
        _ = harness.nothing


def test_no_name_is_that_of_a_module() -> None:
    """Importing the module would put it in the name's place."""
    assert not set(harness.__all__) & {module.name for module in pkgutil.iter_modules(harness.__path__)}


# --- Programs ---------------------------------------------------------------------------------------------


def test_programs_are_compared_in_their_order_in_one_batch(fakes: Fakes, programs: list[Path]) -> None:
    fakes.make = crashing("001")
    found = harness.compare_programs(programs)
    assert [(each.case.name, each.verdict) for each in found] == [
        ("b", harness.Verdict.SAME),
        ("a", harness.Verdict.REGRESSED),
        ("c", harness.Verdict.SAME),
    ]
    assert [len(fakes.opened[side]) for side in ("pre", "post")] == [1, 1]
    assert harness.describe(found[0]) == "b: same"


def test_one_program(fakes: Fakes, programs: list[Path]) -> None:
    comparison = harness.compare_program(str(programs[0]))
    assert comparison.verdict is harness.Verdict.SAME
    assert harness.compare_program(case("a/one")).case.name == "a/one"


def test_a_description_names_the_rule_and_what_came_for_what_was_owed() -> None:
    assert harness.describe(sample.regressed()) == (
        "open-coded/recover-with-two-pending: regressed: deferred-call-lost: deferred call f.func1 begins "
        "(defer at line 11); owed: deferred call f.func2 (line 14 of f)"
    )
    assert harness.describe(sample.inconclusive()) == (
        "process-ends/deadlock: inconclusive: inconclusive: the Engine stopped answering"
    )


# --- Cases ------------------------------------------------------------------------------------------------


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    write_case(tmp_path / "cases", "a/one", "")
    write_case(tmp_path / "cases", "a/two", "")
    return tmp_path / "cases"


def test_a_gate_has_a_status_and_reports(fakes: Fakes, cases: Path, tmp_path: Path) -> None:
    fakes.make = crashing("001")
    result = harness.gate_cases(cases)
    assert result.status is harness.Status.DIFFERENCE
    written = harness.write_reports(result, tmp_path / "report")
    assert written.junit.is_file()
    assert harness.gate_cases(cases, only=["*one"]).status is harness.Status.AGREE


def test_a_gate_is_decided_by_a_policy_or_its_file(fakes: Fakes, cases: Path, tmp_path: Path) -> None:
    fakes.make = crashing("001")
    (tmp_path / "policy.yaml").write_text("regressed: allow\n")
    for policy in (harness.Policy(regressed="allow"), tmp_path / "policy.yaml"):
        assert harness.gate_cases(cases, policy=policy).status is harness.Status.AGREE


# --- Bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda at: harness.compare_programs([]), UsageError, "no program is given; give at least one file"),
        (lambda at: harness.compare_program(at / "no.go"), BadCase, "no such Go file"),
        (
            lambda at: harness.compare_programs([at / "cases/a/one.go", at / "cases/b/one.go"]),
            BadCase,
            "b/one.go: has the same name as .*a/one.go; rename one of them",
        ),
        (lambda at: harness.gate_cases(), UsageError, "no directory of cases is given"),
        (harness.gate_cases, BadCase, "a case must be at <family>/<behaviour>.go"),
        (lambda at: harness.gate_cases(at / "cases", pre="gofer"), BadToolchain, "gofer"),
        (lambda at: harness.gate_cases(at / "cases", policy=at / "no.yaml"), BadPolicy, "cannot be read"),
        (
            lambda at: harness.gate_cases(at / "cases", sandbox="jail"),
            UsageError,
            "'jail': no such sandbox; there are",
        ),
        (lambda at: harness.gate_cases(at / "cases", timeout=0), UsageError, "timeout 0: must be from 0.1 to 3600"),
        (lambda at: harness.gate_cases(at / "cases", timeout=float("nan")), UsageError, "timeout nan: must be"),
        (lambda at: harness.write_reports(sample.mixed(), at / "file"), BadOutput, "reports cannot be written"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, wrong: Callable[[Path], object], error: type[Exception], says: str
) -> None:
    for name in ("a/one", "b/one"):
        write_case(tmp_path / "cases", name, "")
    (tmp_path / "file").touch()
    with pytest.raises(error, match=says) as caught:
        wrong(tmp_path)
    assert "\n" not in str(caught.value)

"""Cases as pytest items, with fakes for toolchains; `tests/endtoend/test_pytest.py` has real ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness import machine
from harness.errors import SandboxFailed, ToolchainUnavailable
from harness.model import Installed, Signaled, Toolchain
from harness.sandbox import CaseEnd
from tests.endtoend.tool import ROOT, write_case
from tests.harness.fake import Fakes, FakeSandbox, ended

pytest_plugins = "pytester"

XFAIL = "xfail:\n  - on: gc <1.22\n    reason: it was broken\n    issue: https://go.dev/issue/1\n"


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """The machine is a world of fakes."""
    made = Fakes(tmp_path / "runs")
    monkeypatch.setattr(machine, "world", lambda *options, **more: made.world)
    return made


@pytest.fixture
def cases(pytester: pytest.Pytester, fakes: Fakes) -> Path:
    """Two cases, numbers 000 and 001 of their batch."""
    write_case(pytester.path / "cases", "a/one", "", more="tags: [first]\n")
    write_case(pytester.path / "cases", "a/two", "")
    return pytester.path / "cases"


def crash(*jobs: tuple[str, str]) -> Callable[[str, int], FakeSandbox]:
    """Sandboxes in which these jobs, each a side and a number, crash."""

    def make(side: str, _: int) -> FakeSandbox:
        def runs(job: str) -> CaseEnd:
            return ended(job, ending=Signaled(11)) if (side, job[-3:]) in jobs else ended(job)

        return FakeSandbox(runs=runs)

    return make


def outcomes(pytester: pytest.Pytester, *arguments: str) -> dict[str, int]:
    return pytester.runpytest_inprocess("--deferdiff", "cases", *arguments).parseoutcomes()


# --- On and off -------------------------------------------------------------------------------------------


def test_it_is_off(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    assert pytester.runpytest_inprocess("cases").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert fakes.opened == {"pre": [], "post": []}


def test_where_it_is_off_nothing_of_ours_is_loaded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n\ndef test_loaded():\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] in ('harness', 'oracle')}\n"
        "    assert ours == {'harness', 'harness.pytest_plugin'}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=pytester.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("how", [["-o", "deferdiff_pre=pre"], ["--deferdiff-post", "post"], ["--deferdiff"]])
def test_naming_a_toolchain_turns_it_on(pytester: pytest.Pytester, cases: Path, how: list[str]) -> None:
    pytester.runpytest_inprocess(*how).assert_outcomes(passed=2)


def test_settings_of_the_configuration_file(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    cases.rename(pytester.path / "programs")
    fakes.make = crash(("post", "001"))
    (pytester.path / "policy.yaml").write_text("regressed: allow\n")
    pytester.makeini("[pytest]\ndeferdiff_post = post\ndeferdiff_cases = programs\ndeferdiff_policy = policy.yaml\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=1, xfailed=1)


def test_go_files_elsewhere_and_tests_in_python_are_as_always(pytester: pytest.Pytester, cases: Path) -> None:
    pytester.makepyfile("def test_own(): pass")
    (pytester.path / "tool").mkdir()
    (pytester.path / "tool" / "main.go").write_text("no case\n")
    pytester.runpytest_inprocess("--deferdiff").assert_outcomes(passed=3)


# --- Items ------------------------------------------------------------------------------------------------


def test_a_case_is_an_item_and_all_are_one_batch(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    done = pytester.runpytest_inprocess("--deferdiff", "cases", "-v")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(
        [
            "deferdiff: go1.21.13 against go1.22.10",
            "cases/a/one.go::a/one PASSED*",
            "cases/a/two.go::a/two PASSED*",
            "2 cases agree (process sandbox)",
            "warning: it is a fake",
        ]
    )
    assert [len(batches) for batches in (fakes.jobs("pre"), fakes.jobs("post"))] == [1, 1]


@pytest.mark.parametrize("words", ["one", "first"])
def test_only_what_is_selected_runs(pytester: pytest.Pytester, cases: Path, fakes: Fakes, words: str) -> None:
    assert outcomes(pytester, "-k", words) == {"passed": 1, "deselected": 1}
    assert fakes.jobs("post") == [("plain:000", "traced:000")]


def test_one_file(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    pytester.runpytest_inprocess("--deferdiff", "cases/a/two.go").assert_outcomes(passed=1)


def test_a_failure_is_told_in_the_plugins_own_words(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    fakes.make = crash(("post", "001"))
    done = pytester.runpytest_inprocess("--deferdiff", "cases")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*_ a/two _*",
            "post crashed: plain run: signal SIGSEGV",
            "again  deferdiff run cases/a/two.go -t go1.21.13 -t go1.22.10",
            "FAILED cases/a/two.go::a/two - regressed: crashed: plain run: signal SIGSEGV",
        ]
    )
    for internal in ("Traceback", "pytest_items.py", "Differs", "\x1b"):
        assert internal not in done.stdout.str()


def test_machinery_is_an_error_and_no_failure(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    def make(side: str, number: int) -> FakeSandbox:
        def runs(job: str) -> CaseEnd:
            if side == "post" and (job == "plain:001" or number > 1):
                raise SandboxFailed("no Engine")
            return ended(job)

        return FakeSandbox(runs=runs)

    fakes.make = make
    done = pytester.runpytest_inprocess("--deferdiff", "cases")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["ERROR cases/a/two.go::a/two - inconclusive: inconclusive: no Engine"])


def test_what_a_header_foresees_is_an_expected_failure(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    write_case(cases, "a/two", "", more=XFAIL)
    fakes.make = crash(("pre", "001"))
    done = pytester.runpytest_inprocess("--deferdiff", "cases", "-rx")
    done.assert_outcomes(passed=1, xfailed=1)
    done.stdout.fnmatch_lines(["XFAIL cases/a/two.go::a/two - header: it was broken (https://go.dev/issue/1)"])
    assert outcomes(pytester, "--runxfail") == {"passed": 1, "failed": 1}


def test_an_expected_failure_that_passes_fails(pytester: pytest.Pytester, cases: Path) -> None:
    write_case(cases, "a/two", "", more=XFAIL)
    done = pytester.runpytest_inprocess("--deferdiff", "cases")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["FAILED cases/a/two.go::a/two - unexpected pass: an expected failure passes: r*"])


def test_a_case_for_neither_toolchain_is_skipped(pytester: pytest.Pytester, cases: Path) -> None:
    write_case(cases, "a/two", "", more="on: gccgo\n")
    done = pytester.runpytest_inprocess("--deferdiff", "cases", "-rs")
    done.assert_outcomes(passed=1, skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED * only for gccgo"])


def test_junit(pytester: pytest.Pytester, cases: Path, fakes: Fakes) -> None:
    fakes.make = crash(("post", "001"))
    outcomes(pytester, "--junitxml=junit.xml")
    one, two = ElementTree.parse(pytester.path / "junit.xml").getroot().iter("testcase")
    assert (one.get("name"), two.get("name")) == ("a/one", "a/two")
    assert one.find("failure") is None
    failure = two.find("failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("regressed: crashed: ")
    assert "again  deferdiff run cases/a/two.go" in str(failure.text)
    assert [each.attrib for each in two.iter("property")] == [{"name": "verdict", "value": "regressed"}]


# --- Bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--deferdiff-pre", "gofer"], "deferdiff: gofer: *"),
        (["--deferdiff-sandbox", "jail"], "deferdiff: sandbox 'jail': no such sandbox; there are auto, *"),
        (["--deferdiff-timeout", "soon"], "deferdiff: timeout soon: must be from 0.1 to 3600 seconds"),
        (["--deferdiff-policy", "no.yaml"], "deferdiff: *no.yaml: cannot be read: *"),
        (["--deferdiff-cases", "elsewhere"], "deferdiff: no case was collected from *elsewhere; give *"),
    ],
)
def test_bad_options_are_one_line_and_nothing_runs(
    pytester: pytest.Pytester, cases: Path, fakes: Fakes, options: list[str], says: str
) -> None:
    done = pytester.runpytest_inprocess("--deferdiff", "cases", *options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: {says}"])
    assert fakes.opened == {"pre": [], "post": []}


def test_a_file_that_is_no_case_is_one_line(pytester: pytest.Pytester, cases: Path) -> None:
    (cases / "a" / "three.go").write_text("package main\n\nfunc main() {}\n")
    done = pytester.runpytest_inprocess("--deferdiff", "cases")
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["*_ ERROR collecting cases/a/three.go _*", "*/a/three.go:1: no header; *"])
    assert "Traceback" not in done.stdout.str()


def test_cases_of_one_name_are_refused(pytester: pytest.Pytester, cases: Path) -> None:
    write_case(pytester.path / "more", "a/one", "")
    done = pytester.runpytest_inprocess(
        "--deferdiff", "--deferdiff-cases=cases", "--deferdiff-cases=more", "cases", "more"
    )
    done.assert_outcomes(errors=3)
    done.stdout.fnmatch_lines(["*more/a/one.go: has the same name as *cases/a/one.go; rename one of them"])


def test_a_toolchain_that_can_not_be_had_is_told_of_each_item(
    pytester: pytest.Pytester, cases: Path, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def install(toolchain: Toolchain) -> Installed:
        tried.append(toolchain.name)
        raise ToolchainUnavailable("no such wheel")

    monkeypatch.setattr(fakes, "install", install)
    done = pytester.runpytest_inprocess("--deferdiff", "cases")
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(["*_ ERROR at setup of a/one _*", "no such wheel"])
    assert sorted(tried) == ["post", "pre"]
    assert "Traceback" not in done.stdout.str()


def test_this_projects_own_root_has_the_plugin() -> None:
    """As it is installed: a name that is misspelt in the project's file would leave pytest without it."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--deferdiff-pre" in done.stdout

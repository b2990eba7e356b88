from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness import gating
from harness.errors import BadCase, BadProgram, ToolchainUnavailable, UsageError
from harness.model import Installed, Signaled, Toolchain, Verdict
from harness.policy import Policy, Status
from harness.report.result import GateResult
from harness.sandbox import CaseEnd
from tests.endtoend.tool import write_case
from tests.harness.fake import SIDES, Fakes, FakeSandbox, case, ended

CASES = (case("a/one"), case("a/two"))


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three cases of two families, and a suite of one of them."""
    for name in ("a/one", "a/two", "b/three"):
        write_case(tmp_path / "cases", name, "")
    (tmp_path / "cases" / "suites").mkdir()
    (tmp_path / "cases" / "suites" / "small.yaml").write_text('title: small\nselect: ["a"]\n')
    return tmp_path / "cases"


@pytest.mark.parametrize(
    ("suite", "only", "chosen"),
    [
        ("default", [], ["a/one", "a/two", "b/three"]),
        ("default", ["b", "*one"], ["a/one", "b/three"]),
        ("small", [], ["a/one", "a/two"]),
        ("small", ["*two"], ["a/two"]),
    ],
)
def test_cases_are_those_of_the_suite_that_are_selected(
    root: Path, suite: str, only: list[str], chosen: list[str]
) -> None:
    assert [each.name for each in gating.choose([root], suite, only)] == chosen


def test_a_default_suite_of_ones_own_is_heeded(root: Path) -> None:
    (root / "suites" / "default.yaml").write_text('title: mine\nselect: ["b"]\n')
    assert [each.name for each in gating.choose([root])] == ["b/three"]


@pytest.mark.parametrize(
    ("suite", "only", "says"),
    [
        ("large", [], "large: no such suite; there are small"),
        ("small", ["b"], "'b' selects no case"),
    ],
)
def test_what_chooses_nothing_is_refused(root: Path, suite: str, only: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        gating.choose([root], suite, only)


def test_a_directory_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cases there"):
        gating.choose([tmp_path])


def test_a_program_is_what_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "p.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "p.yaml").write_text("functions:\n  main:\n    - panic: boom\n")
    assert gating.program_at(tmp_path / "p.go").lowered is None
    assert gating.program_at(tmp_path / "p.yaml").lowered is not None
    with pytest.raises(BadCase):
        gating.program_at(tmp_path / "p.c")
    with pytest.raises(BadProgram):
        gating.program_at(tmp_path / "q.yml")


def gate(fakes: Fakes, *, policy: Policy | None = None, stop: threading.Event | None = None) -> GateResult:
    return gating.gate(
        fakes.world,
        CASES,
        *gating.pair(SIDES["pre"].toolchain, SIDES["post"].toolchain),
        policy=policy or Policy(),
        stop=stop or threading.Event(),
        command="/bin/deferdiff",
    )


def second_crashes(side: str, number: int) -> FakeSandbox:
    crash = side == "post"
    return FakeSandbox(runs=lambda job: ended(job, ending=Signaled(11)) if crash and "001" in job else ended(job))


def test_the_result_of_two_sides_that_agree(fakes: Fakes) -> None:
    result = gate(fakes)
    assert (result.status, result.planned, result.compared, result.cached) == (Status.AGREE, 2, 2, 0)
    assert (result.pre, result.post) == (SIDES["pre"], SIDES["post"])
    assert (result.sandbox, result.weaknesses) == ("process", ("it is a fake",))
    assert (result.directory, result.timeout, result.command) == (Path.cwd(), None, "/bin/deferdiff")
    assert gate(fakes).cached == 4


def test_the_policy_decides(fakes: Fakes) -> None:
    fakes.make = second_crashes
    result = gate(fakes)
    assert [each.comparison.verdict for each in result.decided] == [Verdict.SAME, Verdict.REGRESSED]
    assert result.status is Status.DIFFERENCE
    assert gate(fakes, policy=Policy(regressed="allow")).status is Status.AGREE


def test_stopped_before_both_toolchains_are_there(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, cancelled = threading.Event(), threading.Event()

    def install(toolchain: Toolchain) -> Installed:
        stop.set()
        assert cancelled.wait(10), "nobody ended the download"
        raise ToolchainUnavailable("the download was ended")

    monkeypatch.setattr(fakes, "install", install)
    monkeypatch.setattr(fakes, "cancel", cancelled.set)
    with pytest.raises(KeyboardInterrupt):
        gate(fakes, stop=stop)


def test_stopped_between_two_cases(fakes: Fakes) -> None:
    stop = threading.Event()

    def runs(job: str) -> CaseEnd:
        if "001" in job:
            stop.set()
        return ended(job)

    fakes.make = lambda side, number: FakeSandbox(runs=runs)
    result = gate(fakes, stop=stop)
    assert (result.interrupted, result.planned) == (True, 2)
    assert len(result.decided) < 2
    assert result.status is Status.MACHINERY

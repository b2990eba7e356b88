"""The order of the stages, and what machinery failures, the store and a stop do to it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadCase, SandboxFailed, ToolchainUnavailable
from harness.model import (
    BuildFailed,
    Case,
    Comparison,
    Conforms,
    Exited,
    Inconclusive,
    Installed,
    Mode,
    NotApplicable,
    Signaled,
    Toolchain,
    Verdict,
)
from harness.pipeline import ATTEMPTS, Side, conclude, observe, refuse_uncompilable
from harness.sandbox import CaseEnd, Finished, Limits
from tests.harness.fake import SIDES, TRACE, Command, Fakes, FakeSandbox, case, ended, finished

CASES = (case("a/one"), case("a/two"), case("a/three"))
Runs = Callable[[str], CaseEnd]


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


def sides() -> tuple[Side, Side]:
    return Side(SIDES["pre"].toolchain), Side(SIDES["post"].toolchain)


def compared(fakes: Fakes, cases: Sequence[Case] = CASES) -> dict[str, Comparison]:
    pre, post = sides()
    stop = threading.Event()
    observe(fakes.world, cases, (pre, post), stop)
    return {found.case.name: found for found in conclude(fakes.world, cases, pre, post, stop)}


def verdicts(fakes: Fakes, cases: Sequence[Case] = CASES) -> list[Verdict]:
    return [found.verdict for found in compared(fakes, cases).values()]


def jobs(*numbers: str) -> tuple[str, ...]:
    return tuple(f"{mode.value}:{number}" for number in numbers for mode in Mode)


# --- The order --------------------------------------------------------------------------------------------


def test_all_cases_go_through_all_stages_on_both_sides(fakes: Fakes) -> None:
    assert verdicts(fakes) == [Verdict.SAME] * 3
    for side in ("pre", "post"):
        [sandbox] = fakes.opened[side]
        assert len(sandbox.commands) == 1
        assert fakes.jobs(side) == [jobs("000", "001", "002")]
        assert sandbox.closed >= 1
    assert fakes.notes.said == []


def test_what_a_program_is_given(fakes: Fakes) -> None:
    compared(fakes)
    [(argv, _, env, limits)] = fakes.opened["post"][0].batches
    assert (argv, env, limits) == (("/work/bin/batch",), {"HOME": "/", "PATH": "/"}, Limits())


def test_a_case_with_initialisers_has_programs_of_its_own(fakes: Fakes) -> None:
    early = case("a/early", before="var x = f()\n\n", after="\nfunc f() int { return 1 }\n")
    assert verdicts(fakes, (early, CASES[0])) == [Verdict.SAME] * 2
    assert fakes.jobs("post") == [jobs("001"), ("plain:000",), ("traced:000",)]


def test_output_is_that_of_the_program_by_itself(fakes: Fakes) -> None:
    fakes.make = lambda side, number: FakeSandbox(
        runs=lambda job: ended(job, stdout=b"c000.T\n", stderr=b"deferdiff.test/" + job[:5].encode() + b"/c000.f()\n")
    )
    found = compared(fakes, CASES[:1])["a/one"].post
    assert found.plain is not None
    assert (found.plain.stdout, found.plain.stderr[-9:]) == (b"main.T\n", b"main.f()\n")
    assert found.plain.trace == b""


def test_a_difference_is_found(fakes: Fakes) -> None:
    def make(side: str, number: int) -> FakeSandbox:
        crash = Signaled(11) if side == "post" else Exited(0)
        return FakeSandbox(runs=lambda job: ended(job, ending=crash if job.endswith("001") else Exited(0)))

    fakes.make = make
    assert verdicts(fakes) == [Verdict.SAME, Verdict.REGRESSED, Verdict.SAME]
    assert len(fakes.opened["post"]) == 1


def test_the_sandboxs_weaknesses_are_told(fakes: Fakes) -> None:
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), threading.Event())
    assert pre.weaknesses == post.weaknesses == ("it is a fake",)


# --- Cases that do not apply, do not compile -----------------------------------------------------------------


def test_cases_that_do_not_apply_are_not_run(fakes: Fakes) -> None:
    old, new, none = case("a/old", on="<1.22"), case("a/new", on=">=1.22"), case("a/none", on="gccgo")
    found = compared(fakes, (old, new, none))
    assert fakes.jobs("pre") == fakes.jobs("post") == [jobs("000")]
    assert found["a/old"].pre.outcome == Conforms()
    assert found["a/old"].post.outcome == NotApplicable("<1.22")
    assert [one.verdict for one in found.values()] == [Verdict.SAME] * 3


def test_where_nothing_applies_no_sandbox_is_opened(fakes: Fakes) -> None:
    assert verdicts(fakes, (case("a/none", on="gccgo"),)) == [Verdict.SAME]
    assert fakes.opened == {"pre": [], "post": []}


def refusing(fakes: Fakes, *bad: str) -> None:
    """The compilers of these sides refuse case 001, once: its source is gone after that."""

    def make(side: str, number: int) -> FakeSandbox:
        answers = [finished("plain/c001/case.go:3:15: undefined: x\n", Exited(1))] if side in bad else []
        return FakeSandbox(compiles=lambda _: answers.pop() if answers else finished())

    fakes.make = make


def test_a_case_that_one_toolchain_does_not_compile(fakes: Fakes) -> None:
    refusing(fakes, "post")
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), threading.Event())
    refuse_uncompilable(CASES, (pre, post))
    found = conclude(fakes.world, CASES, pre, post, threading.Event())
    assert [one.verdict for one in found] == [Verdict.SAME, Verdict.REGRESSED, Verdict.SAME]
    assert found[1].post.outcome == BuildFailed("a/two.go:3:15: undefined: x")


def test_a_case_that_compiles_nowhere_is_its_authors_fault(fakes: Fakes) -> None:
    refusing(fakes, "pre", "post")
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), threading.Event())
    with pytest.raises(BadCase) as caught:
        refuse_uncompilable(CASES, (pre, post))
    assert str(caught.value) == (
        "cases/a/two.go: does not compile on any of the toolchains: a/two.go:3:15: undefined: x"
    )


def test_a_case_that_its_only_toolchain_does_not_compile_is_its_authors_fault(fakes: Fakes) -> None:
    refusing(fakes, "post")
    cases = (CASES[0], replace(CASES[1], on=">=1.22"))
    pre, post = sides()
    observe(fakes.world, cases, (pre, post), threading.Event())
    with pytest.raises(BadCase):
        refuse_uncompilable(cases, (pre, post))


def test_go_source_that_cannot_be_traced_is_bad_input(fakes: Fakes) -> None:
    with pytest.raises(BadCase):
        compared(fakes, (replace(case(), source="package main\n\nfunc main( {\n"),))


# --- Machinery failures -----------------------------------------------------------------------------------


def failing(side: str, number: str, times: int, error: Callable[[str], CaseEnd]) -> Callable[[str, int], FakeSandbox]:
    """Sandboxes of `side`, the first `times` of which do not survive the traced job of case `number`."""

    def make(here: str, opened: int) -> FakeSandbox:
        def runs(job: str) -> CaseEnd:
            breaks = here == side and opened <= times and job == f"traced:{number}"
            return error(job) if breaks else ended(job)

        return FakeSandbox(runs=runs)

    return make


def engine_is_gone(job: str) -> CaseEnd:
    raise SandboxFailed(f"the Engine is gone, at {job}")


def damaged(job: str) -> CaseEnd:
    return ended(job, trace=TRACE + b"T 1 1")


@pytest.mark.parametrize("side", ["pre", "post"])
def test_what_a_broken_sandbox_cost_is_run_again_on_both_sides(fakes: Fakes, side: str) -> None:
    fakes.make = failing(side, "001", 1, engine_is_gone)
    assert verdicts(fakes) == [Verdict.SAME] * 3
    # The first case was done; the second broke; the third was never reached.
    assert fakes.jobs("pre") == fakes.jobs("post") == [jobs("000", "001", "002"), jobs("000", "001")]
    for sandbox in fakes.opened["pre"] + fakes.opened["post"]:
        assert sandbox.closed >= 1
    assert fakes.notes.said == ["machinery failed: trying 2 cases again, on all sides"]


@pytest.mark.parametrize("side", ["pre", "post"])
def test_a_damaged_trace_is_run_again_and_costs_only_its_case(fakes: Fakes, side: str) -> None:
    fakes.make = failing(side, "001", 1, damaged)
    assert verdicts(fakes) == [Verdict.SAME] * 3
    assert fakes.jobs("pre") == fakes.jobs("post") == [jobs("000", "001", "002"), jobs("000")]


@pytest.mark.parametrize("side", ["pre", "post"])
@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (engine_is_gone, "the Engine is gone, at traced:000"),
        (damaged, "trace line 3: the event is cut off: b'T 1 1'"),
    ],
)
def test_after_the_last_attempt_a_case_is_inconclusive(
    fakes: Fakes, side: str, error: Callable[[str], CaseEnd], detail: str
) -> None:
    fakes.make = failing(side, "000", 99, error)
    found = compared(fakes, CASES[:1])["a/one"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert not found.explained
    bad, good = (found.pre, found.post) if side == "pre" else (found.post, found.pre)
    assert (bad.outcome, good.outcome) == (Inconclusive(detail), Conforms())
    assert len(fakes.opened["pre"]) == len(fakes.opened["post"]) == ATTEMPTS


def test_a_failure_on_both_sides_is_inconclusive(fakes: Fakes) -> None:
    fakes.make = lambda side, number: FakeSandbox(runs=engine_is_gone)
    assert verdicts(fakes) == [Verdict.INCONCLUSIVE] * 3


def test_a_real_difference_is_inconclusive_while_the_other_side_fails(fakes: Fakes) -> None:
    def make(side: str, number: int) -> FakeSandbox:
        return FakeSandbox(runs=engine_is_gone if side == "pre" else lambda job: ended(job, ending=Signaled(11)))

    fakes.make = make
    assert verdicts(fakes) == [Verdict.INCONCLUSIVE] * 3


def test_a_sandbox_that_does_not_open(fakes: Fakes) -> None:
    def make(side: str, number: int) -> FakeSandbox:
        if side == "post" and number <= len(refusals):
            refusals.pop()
            raise SandboxFailed("no Engine answers")
        return FakeSandbox()

    refusals = [1, 2]
    fakes.make = make
    assert verdicts(fakes) == [Verdict.SAME] * 3
    assert len(fakes.opened["pre"]) == ATTEMPTS


def test_a_go_command_that_fails(fakes: Fakes) -> None:
    fakes.make = lambda side, number: FakeSandbox(compiles=lambda _: finished("no space left", Exited(1)))
    found = compared(fakes)["a/two"].post.outcome
    assert found == Inconclusive("post: the go command failed: no space left")


def test_a_failure_that_is_ours_is_not_caught(fakes: Fakes) -> None:
    def runs(job: str) -> CaseEnd:
        raise ZeroDivisionError

    fakes.make = lambda side, number: FakeSandbox(runs=runs)
    with pytest.raises(ZeroDivisionError):
        compared(fakes)
    assert all(sandbox.closed for opened in fakes.opened.values() for sandbox in opened)


@pytest.mark.parametrize("error", [ToolchainUnavailable("go1.22.10: no such wheel"), BadCase("bad input")])
def test_an_installation_that_fails_is_not_retried(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tried: Counter[str] = Counter()

    def install(toolchain: Toolchain) -> Installed:
        tried[toolchain.name] += 1
        if toolchain.name == "post":
            raise error
        return SIDES["pre"]

    monkeypatch.setattr(fakes, "install", install)
    with pytest.raises(type(error), match=str(error)):
        compared(fakes)
    assert tried == {"pre": 1, "post": 1}
    assert fakes.opened == {"pre": [], "post": []}


def test_an_installation_that_fails_ends_what_the_other_side_is_at(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()

    def install(toolchain: Toolchain) -> Installed:
        if toolchain.name == "pre":
            raise ToolchainUnavailable("pre is gone")
        assert cancelled.wait(10), "nobody ended the download"
        raise ToolchainUnavailable("the download was ended")

    monkeypatch.setattr(fakes, "install", install)
    monkeypatch.setattr(fakes, "cancel", cancelled.set)
    stop = threading.Event()
    with pytest.raises(ToolchainUnavailable, match="pre is gone"):
        observe(fakes.world, CASES, sides(), stop)
    assert stop.is_set()


# --- The store --------------------------------------------------------------------------------------------


def test_what_is_known_opens_no_sandbox(fakes: Fakes) -> None:
    first = compared(fakes)
    again = Fakes(fakes.directory)
    assert compared(again) == first
    assert again.opened == {"pre": [], "post": []}


def test_known_cases_are_counted(fakes: Fakes) -> None:
    compared(fakes, CASES[:2])
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), threading.Event())
    assert (len(pre.cached), len(post.cached)) == (2, 2)


def test_only_what_is_missing_is_run(fakes: Fakes) -> None:
    compared(fakes, CASES[:2])
    assert verdicts(fakes) == [Verdict.SAME] * 3
    assert fakes.jobs("post") == [jobs("000", "001"), jobs("000")]


def test_a_build_failure_is_known(fakes: Fakes) -> None:
    refusing(fakes, "post")
    first = compared(fakes)
    again = Fakes(fakes.directory)
    assert compared(again) == first
    assert first["a/two"].verdict is Verdict.REGRESSED
    assert again.opened == {"pre": [], "post": []}


@pytest.mark.parametrize("error", [engine_is_gone, damaged])
def test_a_machinery_failure_is_never_known(fakes: Fakes, error: Callable[[str], CaseEnd]) -> None:
    fakes.make = failing("post", "000", 99, error)
    assert verdicts(fakes, CASES[:1]) == [Verdict.INCONCLUSIVE]
    again = Fakes(fakes.directory)
    assert verdicts(again, CASES[:1]) == [Verdict.SAME]
    assert again.opened["pre"] == []
    assert len(again.opened["post"]) == 1


def test_a_case_that_is_tried_again_is_run_on_both_sides_though_it_is_known(fakes: Fakes) -> None:
    observe(fakes.world, CASES[:1], (sides()[0],), threading.Event())
    again = Fakes(fakes.directory, failing("post", "000", 1, engine_is_gone))
    assert verdicts(again, CASES[:1]) == [Verdict.SAME]
    assert (again.jobs("pre"), again.jobs("post")) == ([jobs("000")], [jobs("000")] * 2)


def test_an_ending_from_outside_is_run_again_next_time(fakes: Fakes) -> None:
    fakes.make = lambda side, number: FakeSandbox(runs=lambda job: ended(job, ending=Signaled(9)))
    assert verdicts(fakes, CASES[:1]) == [Verdict.DISPUTED]
    again = Fakes(fakes.directory)
    assert verdicts(again, CASES[:1]) == [Verdict.SAME]


# --- Stopping -----------------------------------------------------------------------------------------------


class Blocking(FakeSandbox):
    """A sandbox whose job `at` runs until the sandbox is taken away."""

    def __init__(self, at: str, reached: threading.Barrier) -> None:
        super().__init__(runs=self._run)
        self._at, self._reached = at, reached
        self._gone = threading.Event()

    def _run(self, job: str) -> CaseEnd:
        if job == self._at:
            self._reached.wait(10)
            assert self._gone.wait(10), "nobody took the sandbox away"
            raise SandboxFailed("the sandbox is closed")
        return ended(job)

    def close(self) -> None:
        super().close()
        self._gone.set()


def test_a_stop_takes_the_sandboxes_away_and_keeps_what_is_done(fakes: Fakes) -> None:
    """Both sides are in the middle of their second case when it comes."""
    stop = threading.Event()
    both = threading.Barrier(2, action=stop.set)
    fakes.make = lambda side, number: Blocking("plain:001", both)
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), stop)
    assert all(sandbox.closed for opened in fakes.opened.values() for sandbox in opened)
    assert len(fakes.opened["pre"]) == len(fakes.opened["post"]) == 1
    [found] = conclude(fakes.world, CASES, pre, post, stop)
    assert (found.case.name, found.verdict) == ("a/one", Verdict.SAME)
    assert fakes.notes.said == []
    again = Fakes(fakes.directory)
    assert verdicts(again) == [Verdict.SAME] * 3
    assert again.jobs("post") == [jobs("000", "001")]


def test_a_stop_ends_an_installation_and_is_no_failure(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, cancelled = threading.Event(), threading.Event()

    def install(toolchain: Toolchain) -> Installed:
        stop.set()
        assert cancelled.wait(10), "nobody ended the download"
        raise ToolchainUnavailable("the download was ended")

    monkeypatch.setattr(fakes, "install", install)
    monkeypatch.setattr(fakes, "cancel", cancelled.set)
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), stop)
    assert (pre.installed, post.installed) == (None, None)
    assert conclude(fakes.world, CASES, pre, post, stop) == []


def test_a_stop_before_the_start_opens_nothing(fakes: Fakes) -> None:
    stop = threading.Event()
    stop.set()
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), stop)
    assert fakes.opened == {"pre": [], "post": []}
    assert conclude(fakes.world, CASES, pre, post, stop) == []
    whole = conclude(fakes.world, CASES, pre, post, threading.Event())
    assert [found.post.outcome for found in whole] == [Inconclusive("it was not run")] * 3
    assert [found.verdict for found in whole] == [Verdict.INCONCLUSIVE] * 3


def test_a_stop_while_cases_are_compared_keeps_those_that_were(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    pre, post = sides()
    observe(fakes.world, CASES, (pre, post), stop)
    monkeypatch.setattr(fakes.notes, "advanced", lambda *_: stop.set())
    assert [found.case.name for found in conclude(fakes.world, CASES, pre, post, stop)] == ["a/one"]


@pytest.mark.parametrize(
    ("when", "commands", "done"), [("open", 0, 0), ("build", 1, 0), ("plain:001", 1, 1), ("traced:001", 1, 1)]
)
def test_a_stop_in_the_middle(fakes: Fakes, when: str, commands: int, done: int) -> None:
    """What is reached first on either side ends both, and nothing is tried again."""
    stop = threading.Event()

    def reach(place: str) -> None:
        if place == when:
            stop.set()

    def make(side: str, number: int) -> FakeSandbox:
        def runs(job: str) -> CaseEnd:
            reach(job)
            return ended(job)

        def compiles(_: Command) -> Finished:
            reach("build")
            return finished()

        reach("open")
        return FakeSandbox(compiles=compiles, runs=runs)

    fakes.make = make
    side = Side(SIDES["post"].toolchain)
    observe(fakes.world, CASES, (side,), stop)
    [sandbox] = fakes.opened["post"]
    assert len(sandbox.commands) == commands
    assert sandbox.closed >= 1
    assert len(side.kept) == done
    assert side.failures == {}
    assert fakes.notes.said == []

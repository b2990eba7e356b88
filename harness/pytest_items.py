"""Cases as pytest items, one for each file; all that are selected are built and run as one batch, as a gate does.

The policy decides what an item is: one that passes the gate passes; what its header or the policy excuses is an
expected failure, with the reason; what fails the gate fails, with the rule, the first divergence and the command that
repeats it; what machinery failed is an error, not a failure.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import pytest
from _pytest._code.code import ExceptionInfo, ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from harness import gating, machine, toolchain
from harness.cases import load_case
from harness.errors import DeferdiffError
from harness.model import Case, Toolchain
from harness.policy import Decision, Policy, applies
from harness.policy import load as load_policy
from harness.progress import Silent
from harness.pytest_plugin import setting
from harness.report import evidence, terminal
from harness.report.result import Decided, GateResult
from harness.report.text import one_line
from harness.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options say. `explicit`: cases are what this session is for, so that there must be some."""

    roots: tuple[Path, ...]
    pre: Toolchain
    post: Toolchain
    policy: Policy
    sandbox: str
    limits: Limits
    fresh: bool
    explicit: bool


def asked(config: pytest.Config) -> Asked:
    """Read the options. Raises `pytest.UsageError`, so that nothing runs and pytest's exit status is that of bad
    usage (4)."""
    try:
        names = toolchain.load()
        policy = setting(config, "policy")
        return Asked(
            roots=_roots(config),
            pre=toolchain.parse(setting(config, "pre") or "pre", names),
            post=toolchain.parse(setting(config, "post") or "post", names),
            policy=load_policy(config.rootpath / policy) if policy else Policy(),
            sandbox=machine.sandbox_of(setting(config, "sandbox") or "auto"),
            limits=machine.limits_of(setting(config, "timeout") or Limits().wall),
            fresh=bool(config.getoption("deferdiff_fresh")),
            explicit=bool(config.getoption("deferdiff")),
        )
    except DeferdiffError as error:
        raise pytest.UsageError(f"deferdiff: {error}") from None


def _roots(config: pytest.Config) -> tuple[Path, ...]:
    given: Sequence[str] = config.getoption("deferdiff_cases") or ()
    here = config.invocation_params.dir
    set_in_file: Sequence[Path] = config.getini("deferdiff_cases")
    return tuple((here / each).resolve() for each in given) or tuple(set_in_file) or (config.rootpath / "cases",)


class Cases:
    """The plugin of a session that compares cases."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._collected = 0
        self._result: GateResult | None = None
        self._decided: dict[Path, Decided] = {}
        self._failure: DeferdiffError | None = None

    def pytest_report_header(self) -> str:
        """The pair, at the start."""
        return f"deferdiff: {one_line(self._asked.pre.text)} against {one_line(self._asked.post.text)}"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Every Go file below a directory of cases."""
        root = next((root for root in self._asked.roots if file_path.is_relative_to(root)), None)
        if root is None or file_path.suffix != ".go":
            return None
        self._collected += 1
        return CaseFile.from_parent(parent, path=file_path, root=root, cases=self)

    def pytest_collection_finish(self) -> None:
        """A session that was to compare cases, and has none, must not pass."""
        if self._asked.explicit and not self._collected:
            where = ", ".join(str(root) for root in self._asked.roots)
            raise pytest.UsageError(
                f"deferdiff: no case was collected from {where}; give the directory to pytest, and name it with"
                " --deferdiff-cases if it is another"
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What the toolchains did, without a traceback; only our own bugs have one."""
        report = yield
        if isinstance(item, CaseItem) and call.excinfo is not None:
            match call.excinfo.value:
                case Differs() as its:
                    report.longrepr = Told(its.summary, its.story, item.path)
                case DeferdiffError() as error:
                    report.longrepr = Told(str(error), str(error), item.path)
                case _:
                    pass
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The gate's own verdict, and what the sandbox does not protect from."""
        if (result := self._result) is None:
            return
        terminalreporter.section("deferdiff")
        terminalreporter.line(f"{result.headline()} ({one_line(result.sandbox)} sandbox)")
        for weakness in result.weaknesses:
            terminalreporter.line(f"warning: {one_line(weakness)}")

    def judge(self, item: CaseItem) -> tuple[GateResult, Decided]:
        """What became of an item, and of all. The first that asks has the items of the whole session run; what
        ends that run is raised for each."""
        if self._failure is not None:
            raise self._failure
        if self._result is None:
            try:
                self._result = self._run([its.case for its in item.session.items if isinstance(its, CaseItem)])
            except DeferdiffError as error:
                self._failure = error
                raise
            self._decided = {each.comparison.case.path: each for each in self._result.decided}
        return self._result, self._decided[item.case.path]

    def _run(self, chosen: Sequence[Case]) -> GateResult:
        gating.refuse_alike(chosen)
        wanted = self._asked
        world = machine.world(wanted.sandbox, wanted.limits, Silent(), fresh=wanted.fresh)
        sides = gating.pair(wanted.pre, wanted.post)
        return gating.gate(world, chosen, *sides, policy=wanted.policy, stop=threading.Event())


class CaseFile(pytest.File):
    """A case's file. One that is no case is an error of collection, of one line."""

    def __init__(self, *, root: Path, cases: Cases, **more: Any) -> None:
        super().__init__(**more)
        self._root = root
        self._cases = cases

    def collect(self) -> Iterator[pytest.Item]:
        """The one item."""
        case = load_case(self.path, self._root)
        yield CaseItem.from_parent(self, name=case.name, case=case, cases=self._cases)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException]) -> str | TerminalRepr:  # type: ignore[override]
        """Bad input without a traceback. (`pytest.Collector` takes no `style`, though its base class does.)"""
        return str(excinfo.value) if isinstance(excinfo.value, DeferdiffError) else super().repr_failure(excinfo)


class Differs(Exception):
    """The item fails. `summary`: one line; `story`: all that a person needs to see."""

    def __init__(self, summary: str, story: str) -> None:
        super().__init__(summary)
        self.summary = summary
        self.story = story


class CaseItem(pytest.Item):
    """A case on two toolchains. -k also knows its tags."""

    def __init__(self, *, case: Case, cases: Cases, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self._cases = cases
        self.extra_keyword_matches.update(case.tags)

    def setup(self) -> None:
        """What goes wrong here is an error and no failure: machinery."""
        result, mine = self._cases.judge(self)
        self.user_properties.append(("verdict", mine.word))
        if rule := evidence.rule(mine.comparison):
            self.user_properties.append(("rule", rule))
        if mine.decision is Decision.MACHINERY:
            raise self._differs(result, mine)

    def runtest(self) -> None:
        """As the policy decided."""
        result, mine = self._cases.judge(self)
        match mine.decision:
            case Decision.PASS:
                if not applies(mine.comparison):
                    pytest.skip(f"only for {self.case.on}")
            case Decision.EXPLAINED | Decision.ALLOWED | Decision.ACCEPTED if not self.config.getoption("runxfail"):
                pytest.xfail(terminal.why(mine))
            case Decision.EXPLAINED | Decision.ALLOWED | Decision.ACCEPTED | Decision.FAIL:
                raise self._differs(result, mine)
            case Decision.MACHINERY:
                raise AssertionError("it ended in setup")
            case _:
                assert_never(mine.decision)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands, for the heading."""
        return self.path, 0, self.name

    def _differs(self, result: GateResult, decided: Decided) -> Differs:
        told = (evidence.rule(decided.comparison) or decided.word, evidence.summary(decided.comparison))
        return Differs(": ".join(told), terminal.story(result, decided))


class Told(TerminalRepr):
    """A failure as pytest shows it: the story; the summary stands in the list at the end and is JUnit's message."""

    def __init__(self, summary: str, story: str, path: Path) -> None:
        self._story = story
        self.reprcrash = ReprFileLocation(str(path), 1, summary)

    def __str__(self) -> str:
        return self._story

    def toterminal(self, tw: TerminalWriter) -> None:
        """Lines as they are."""
        tw.line(self._story)

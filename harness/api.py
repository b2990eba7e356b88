"""The Python interface, for a test suite that wants to know what two toolchains make of its programs.

    import harness

    def test_shutdown_survives_a_panic() -> None:
        comparison = harness.compare_program("testdata/shutdown.go", pre="go1.26.6", post="go1.27.3")
        assert comparison.verdict is harness.Verdict.SAME, harness.describe(comparison)

`harness` has all names of `__all__`, and loads what is behind them with the first use of one.

Toolchains are texts or names as everywhere (`go1.22.10,patch=my.diff`). What the toolchains did is a value, and so is
that machinery failed a case (`Verdict.INCONCLUSIVE`); what the caller can mend is raised: `UsageError` for bad input,
`MachineryError` if a toolchain or the sandbox cannot be had. Runs that are known from earlier are not run again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from harness import gating, machine, toolchain
from harness.errors import DeferdiffError, MachineryError, UsageError
from harness.model import Case, Comparison, Verdict
from harness.policy import Decision, Policy, Status
from harness.policy import load as load_policy
from harness.progress import Silent
from harness.report import evidence
from harness.report.result import Decided, GateResult, Written
from harness.report.write import check_writable, write_all
from harness.sandbox import Limits

__all__ = [
    "Case",
    "Comparison",
    "Decided",
    "Decision",
    "DeferdiffError",
    "GateResult",
    "MachineryError",
    "Policy",
    "Status",
    "UsageError",
    "Verdict",
    "Written",
    "compare_program",
    "compare_programs",
    "describe",
    "gate_cases",
    "write_reports",
]

Place = str | PathLike[str]
"""A file or a directory, relative to the working directory."""

_WALL = Limits().wall


def compare_program(
    program: Place | Case,
    pre: str = "pre",
    post: str = "post",
    *,
    sandbox: str = "auto",
    timeout: float = _WALL,
    fresh: bool = False,
) -> Comparison:
    """What two toolchains make of one program: see `compare_programs`."""
    return compare_programs([program], pre, post, sandbox=sandbox, timeout=timeout, fresh=fresh)[0]


def compare_programs(
    programs: Iterable[Place | Case],
    pre: str = "pre",
    post: str = "post",
    *,
    sandbox: str = "auto",
    timeout: float = _WALL,
    fresh: bool = False,
) -> tuple[Comparison, ...]:
    """What two toolchains make of programs, in their order; all are compiled at once, so this is much quicker than
    one after the other.

    A program is a file: Go (package main, with or without a case's header) or YAML (one of the algebra). `sandbox`:
    "auto", "docker" or "process"; `timeout`: seconds of wall time for each program; `fresh`: run even what is known.
    """
    chosen = [each if isinstance(each, Case) else gating.program_at(Path(each)) for each in programs]
    if not chosen:
        raise UsageError("no program is given; give at least one file")
    gating.refuse_alike(chosen)
    result = _gate(chosen, pre, post, Policy(), sandbox, timeout, fresh=fresh)
    return tuple(decided.comparison for decided in result.decided)


def gate_cases(
    *directories: Place,
    pre: str = "pre",
    post: str = "post",
    suite: str = gating.DEFAULT_SUITE,
    only: Sequence[str] = (),
    policy: Policy | Place | None = None,
    sandbox: str = "auto",
    timeout: float = _WALL,
    fresh: bool = False,
) -> GateResult:
    """The gate, as `deferdiff gate` is: the cases below `directories` on two toolchains, decided by a policy (or the
    file that has it). `only`: names, globs, families, tag:TAG; the other options as of `compare_programs`.

    `GateResult.status` is the exit status, `write_reports` writes the reports.
    """
    if not directories:
        raise UsageError("no directory of cases is given; give one with <family>/<behaviour>.go")
    rules = policy if isinstance(policy, Policy) else Policy() if policy is None else load_policy(Path(policy))
    chosen = gating.choose([Path(each) for each in directories], suite, only)
    return _gate(chosen, pre, post, rules, sandbox, timeout, fresh=fresh)


def describe(comparison: Comparison) -> str:
    """A comparison in one line: the case, the verdict, and, unless both sides did the same, the rule that is broken
    and its first divergence."""
    told = f"{comparison.case.name}: {comparison.verdict.value}"
    if comparison.verdict is Verdict.SAME:
        return told
    return ": ".join(part for part in (told, evidence.rule(comparison), evidence.summary(comparison)) if part)


def write_reports(result: GateResult, directory: Place) -> Written:
    """Write all reports into a directory, the old ones replaced; it says where they are. Raises `BadOutput`."""
    check_writable(Path(directory))
    return write_all(result, Path(directory))


def _gate(
    chosen: Sequence[Case], pre: str, post: str, policy: Policy, sandbox: str, timeout: float, *, fresh: bool
) -> GateResult:
    names = toolchain.load()
    sides = [toolchain.parse(text, names) for text in (pre, post)]
    world = machine.world(machine.sandbox_of(sandbox), machine.limits_of(timeout), Silent(), fresh=fresh)
    return gating.gate(world, chosen, *gating.pair(*sides), policy=policy, stop=threading.Event())

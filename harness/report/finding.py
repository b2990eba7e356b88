"""What formats for other tools say of a difference: one finding for each comparison that does not plainly pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from harness.policy import Decision
from harness.report import evidence
from harness.report.reproduce import case_path, deferdiff_run
from harness.report.result import Decided, GateResult
from harness.report.text import one_line, shortened
from oracle.rules import Rule

_LONGEST = 1_000
"""Columns that what came and what was owed may have."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `path`: the case's file, seen from where the gate ran; `line`: the one that it is about, 1 where
    it is about none; `check`: the rule that is broken, or else the verdict, as one word; `title` and `message`: one
    line each; `reproduce`: a command."""

    decided: Decided
    path: PurePath
    line: int
    check: str
    title: str
    message: str
    reproduce: str

    @property
    def fingerprint(self) -> str:
        """The same in every run in which the case fails in the same way: 64 hex digits."""
        comparison = self.decided.comparison
        roles = [fault.role for fault in evidence.faults(comparison, merged=True)]
        parts = ("1", comparison.case.name, comparison.verdict.value, self.check, *roles)
        return hashlib.sha256("\0".join(parts).encode("utf-8", errors="backslashreplace")).hexdigest()


def findings(result: GateResult) -> list[Finding]:
    """What fails the gate comes first."""
    return [finding(result, decided) for decided in result.notable()]


def finding(result: GateResult, decided: Decided) -> Finding:
    """What is to be said of one comparison."""
    comparison = decided.comparison
    return Finding(
        decided,
        case_path(result, comparison),
        evidence.line(comparison) or 1,
        evidence.rule(comparison) or _check(decided),
        one_line(f"{decided.word}: {comparison.case.name}"),
        shortened(evidence.summary(comparison), _LONGEST),
        deferdiff_run(result, comparison),
    )


def rules_of(found: list[Finding]) -> list[Rule]:
    """The rule of each `Finding.check`, once each, by name: a rule that a trace or a run breaks, or what a verdict
    means."""
    named: dict[str, Rule] = {}
    for one in found:
        faults = evidence.faults(one.decided.comparison)
        broken = {fault.divergence.rule.name: fault.divergence.rule for fault in faults if fault.divergence}
        named[one.check] = broken.get(one.check) or _BY_VERDICT[one.check]
    return [named[name] for name in sorted(named)]


def _check(decided: Decided) -> str:
    return decided.word.replace(" ", "-")


_BY_VERDICT: Final = {
    rule.name: rule
    for rule in (
        Rule("same", "A policy does not allow what is the same on both sides.", "the policy"),
        Rule("regressed", "What ran before the change runs after it.", "the policy"),
        Rule("fixed", "A fault that the change mends is to be named by the case's header.", "the policy"),
        Rule("disputed", "Both sides fail alike: the case or the model may be wrong.", "the policy"),
        Rule("both-diverge-differently", "Both sides fail, each in its own way.", "the policy"),
        Rule("changed", "Both sides are lawful, and do not do the same.", "the policy"),
        Rule("inconclusive", "Of a side nothing is known, since machinery failed.", "the policy"),
        Rule("unexpected-pass", "An expected failure fails.", "the case's header"),
    )
}


def is_shown(decided: Decided) -> bool:
    """Whether a comparison asks for something to be done: what a header explains, or a person has accepted, does
    not."""
    return decided.decision not in (Decision.EXPLAINED, Decision.ACCEPTED)


def language_source(rule: Rule) -> str:
    """The address that says so, "" where none does."""
    return rule.source if rule.source.startswith("https://") else ""

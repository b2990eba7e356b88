"""What a gate found: the one value that every report format is a pure function of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.acceptance import Acceptance, Reviewed
from harness.model import Comparison, Diverges, Installed, Verdict
from harness.policy import Decision, Policy, Status, applies, decide, exit_status
from oracle import rules

UNEXPECTED = "unexpected pass"
NEITHER = "not applicable"
HIDDEN_BY_A_PASS = (Verdict.SAME, Verdict.FIXED, Verdict.CHANGED)


@dataclass(frozen=True, slots=True)
class Decided:
    """A comparison and what the policy makes of it. `acceptance`: what excuses it, or, where the decision is `FAIL`,
    what did until it expired."""

    comparison: Comparison
    decision: Decision
    acceptance: Acceptance | None = None

    @property
    def word(self) -> str:
        """The verdict in words for people. Where nothing else is wrong, an expected failure that passes is more to
        the point than that both sides did the same."""
        verdict = self.comparison.verdict
        passes = self.comparison.pre.unexpected_pass or self.comparison.post.unexpected_pass
        return UNEXPECTED if passes and verdict in HIDDEN_BY_A_PASS else verdict.value

    @property
    def standing(self) -> str:
        """The decision as a stable word for machines. A case that applies to neither side passes, but nothing was
        compared that could have agreed."""
        aside = self.decision is Decision.PASS and not applies(self.comparison)
        return NEITHER if aside else self.decision.value


@dataclass(frozen=True, slots=True)
class FromStore:
    """The names of the cases that did not run, since the store knew what they show, by side: the same run again is no
    second witness."""

    pre: frozenset[str] = frozenset()
    post: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GateResult:
    """One run of the gate.

    `sandbox`: its kind; `weaknesses`: what it does not protect from, one sentence each, empty for a strong one.
    `started` is aware of its time zone; `seconds` is wall time. `planned`: how many cases there were to compare,
    which is more than `decided` has if the run was `interrupted`. `stored`: what did not run
    this time. `version`: of this tool. `directory`: where the gate ran, absolute. `timeout`: seconds of wall
    time that a case had, None for the default. `command`: the file of the command that ran, "" if it is no file.
    `unmatched`: acceptances of what no longer shows; `elsewhere`: how many are of other toolchains.
    """

    pre: Installed
    post: Installed
    sandbox: str
    weaknesses: tuple[str, ...]
    started: datetime
    seconds: float
    policy: Policy
    decided: tuple[Decided, ...]
    planned: int
    version: str
    interrupted: bool = False
    stored: FromStore = FromStore()
    directory: Path | None = None
    timeout: float | None = None
    command: str = ""
    unmatched: tuple[Acceptance, ...] = ()
    elsewhere: int = 0

    @property
    def cached(self) -> int:
        """How many runs (case and toolchain) came from the store."""
        return len(self.stored.pre) + len(self.stored.post)

    @property
    def status(self) -> Status:
        """The exit status."""
        return exit_status(((d.comparison, d.decision) for d in self.decided), interrupted=self.interrupted)

    @property
    def compared(self) -> int:
        """Cases that were compared and that apply to at least one side."""
        return sum(applies(d.comparison) for d in self.decided)

    def count(self, decision: Decision) -> int:
        """How many comparisons ended in `decision`."""
        return sum(d.decision is decision for d in self.decided)

    def verdicts(self) -> dict[Verdict, int]:
        """How many of the comparisons that apply to a side have each verdict, in the order of `Verdict`."""
        counted = Counter(d.comparison.verdict for d in self.decided if applies(d.comparison))
        return {verdict: counted[verdict] for verdict in Verdict}

    def tally(self) -> list[str]:
        """The same in words for people ("3 same", "1 unexpected pass"), without those that no comparison has."""
        counted = Counter(d.word for d in self.decided if applies(d.comparison))
        order = (*(verdict.value for verdict in Verdict), UNEXPECTED)
        return [f"{counted[name]} {name}" for name in order if counted[name]]

    def notable(self) -> list[Decided]:
        """All that is not plainly the same: what fails the gate first, a broken rule of the language before words of
        a header, else by name."""
        return sorted(
            (d for d in self.decided if d.decision is not Decision.PASS),
            key=lambda d: (
                SEVERITY.index(d.decision),
                GRAVITY.index(d.comparison.verdict),
                not _breaks_the_language(d.comparison),
                d.comparison.case.name,
            ),
        )

    def headline(self) -> str:
        """The verdict in one sentence."""
        failing, machinery = self.count(Decision.FAIL), self.count(Decision.MACHINERY)
        explained, allowed = self.count(Decision.EXPLAINED), self.count(Decision.ALLOWED)
        total = _cases(self.compared)
        parts: list[str] = []
        if self.interrupted:
            parts.append(f"interrupted after {len(self.decided)} of {_cases(self.planned)}")
        elif not self.compared:
            parts.append("nothing was compared")
        if failing:
            parts.append(f"{failing} of {total} {'fails' if failing == 1 else 'fail'} the gate")
        if machinery:
            parts.append(f"nothing is known of {machinery} of {total}")
        if not parts:
            agree = sum(d.decision is Decision.PASS and applies(d.comparison) for d in self.decided)
            which = total if agree == self.compared else f"{agree} of {total}"
            parts.append(f"{which} {'agrees' if 1 in (agree, self.compared) else 'agree'}")
        if explained:
            parts.append(f"{explained} explained by {'its header' if explained == 1 else 'their headers'}")
        if accepted := self.count(Decision.ACCEPTED):
            parts.append(f"{accepted} accepted after review")
        if allowed:
            parts.append(f"{allowed} allowed by the policy")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Written:
    """Where the reports on a result are. `rerun` is None if nothing is worth running again."""

    json: Path
    junit: Path
    markdown: Path
    picture: Path
    page: Path
    run: Path
    rerun: Path | None


def decide_all(
    policy: Policy, comparisons: Iterable[Comparison], reviewed: Reviewed | None = None
) -> tuple[Decided, ...]:
    """`policy` applied to each of `comparisons`. `reviewed`: the acceptances that it heeds."""
    return tuple(_decided(policy, comparison, reviewed) for comparison in comparisons)


def _decided(policy: Policy, comparison: Comparison, reviewed: Reviewed | None) -> Decided:
    acceptance = reviewed.find(comparison) if reviewed is not None else None
    if reviewed is None or acceptance is None:
        return Decided(comparison, decide(policy, comparison))
    holds = acceptance.holds(reviewed.today)
    decision = decide(policy, comparison, accepted=holds)
    matters = decision is Decision.ACCEPTED or (decision is Decision.FAIL and not holds)
    return Decided(comparison, decision, acceptance if matters else None)


def label(role: str, side: Installed) -> str:
    """A side as the heading of its lane: "pre go1.21.13", "post go1.22.10 +fault.patch -cl-515856.patch"."""
    patches = (f" {'-' if patch.reverse else '+'}{patch.path.name}" for patch in side.toolchain.patches)
    return f"{role} {side.toolchain.base}{''.join(patches)}"


def word(status: Status) -> str:
    """The verdict in one word."""
    match status:
        case Status.AGREE:
            return "PASS"
        case Status.DIFFERENCE:
            return "FAIL"
        case Status.USAGE:
            return "USAGE"
        case Status.MACHINERY:
            return "UNKNOWN"


def _breaks_the_language(comparison: Comparison) -> bool:
    outcomes = (comparison.pre.outcome, comparison.post.outcome)
    return any(isinstance(outcome, Diverges) and outcome.divergence.rule in rules.ALL for outcome in outcomes)


def _cases(number: int) -> str:
    return f"{number} case" if number == 1 else f"{number} cases"


SEVERITY = (
    Decision.FAIL,
    Decision.MACHINERY,
    Decision.ACCEPTED,
    Decision.ALLOWED,
    Decision.EXPLAINED,
    Decision.PASS,
)
"""Decisions, the worst first."""

GRAVITY = (
    Verdict.REGRESSED,
    Verdict.BOTH_DIVERGE,
    Verdict.DISPUTED,
    Verdict.CHANGED,
    Verdict.FIXED,
    Verdict.INCONCLUSIVE,
    Verdict.SAME,
)
"""Verdicts, the worst first."""

"""Which comparisons fail the gate, and the exit status that follows.

A policy file gives `fail` or `allow` to every verdict. What a case's header foresees (an expected failure with its
reason, a lawful difference between releases with its source) is explained and passes, unless the policy says
`explained: fail`. A difference that a person has reviewed and accepted (`harness.acceptance`) passes until that
expires, unless it says `accepted: fail`. Without a file the defaults of `Policy` hold; `ci/policy.yaml` spells them
out.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, IntEnum
from pathlib import Path
from typing import Literal, assert_never

from harness.errors import BadPolicy
from harness.model import Comparison, NotApplicable, Verdict
from harness.yamltext import Document, Strict

Action = Literal["fail", "allow"]


class Policy(Strict):
    """What becomes of each verdict.

    `explained`: "fail" lets the header excuse nothing, so that the verdict alone decides. `accepted`: "fail" lets no
    reviewer excuse anything. `unexpected_pass`: an expected failure that conforms. `inconclusive`: "fail" is exit
    status 3, not 1.
    """

    same: Action = "allow"
    regressed: Action = "fail"
    fixed: Action = "fail"
    disputed: Action = "fail"
    both_diverge: Action = "fail"
    changed: Action = "fail"
    inconclusive: Action = "fail"
    explained: Action = "allow"
    accepted: Action = "allow"
    unexpected_pass: Action = "fail"


class Decision(Enum):
    """What a policy makes of one comparison."""

    PASS = "pass"
    """Both sides did the same, as the language owes it."""
    EXPLAINED = "explained"
    """A difference or fault that the case's header foresees."""
    ACCEPTED = "accepted"
    """A difference that a person has reviewed and accepted, for a time."""
    ALLOWED = "allowed"
    """A difference that only the policy lets through."""
    FAIL = "fail"
    """The gate fails: exit status 1."""
    MACHINERY = "machinery"
    """Nothing is known of at least one side: exit status 3."""


class Status(IntEnum):
    """The exit status of every command that compares."""

    AGREE = 0
    DIFFERENCE = 1
    USAGE = 2
    MACHINERY = 3


def decide(policy: Policy, comparison: Comparison, *, accepted: bool = False) -> Decision:
    """What `policy` makes of `comparison`. `accepted`: an acceptance of it is in force. Total."""
    action = _action(policy, comparison.verdict)
    if comparison.verdict is Verdict.INCONCLUSIVE:
        return Decision.MACHINERY if action == "fail" else Decision.ALLOWED
    if comparison.pre.unexpected_pass or comparison.post.unexpected_pass:
        return Decision.FAIL if policy.unexpected_pass == "fail" else Decision.ALLOWED
    if comparison.verdict is Verdict.SAME:
        return Decision.FAIL if action == "fail" else Decision.PASS
    if foreseen(comparison) and policy.explained == "allow":
        return Decision.EXPLAINED
    if action == "allow":
        return Decision.ALLOWED
    return Decision.ACCEPTED if accepted and policy.accepted == "allow" else Decision.FAIL


def foreseen(comparison: Comparison) -> bool:
    """Whether the header explains the difference: a header that names neither a fault of one of these sides nor a
    lawful difference between releases explains nothing, whatever `comparison.explained` says of no faults at all."""
    pre, post = comparison.pre, comparison.post
    says = pre.known or post.known or pre.lawful is not post.lawful
    return comparison.explained and bool(says)


def exit_status(decided: Iterable[tuple[Comparison, Decision]], *, interrupted: bool) -> Status:
    """The gate's exit status. A difference that was seen stays one whatever else went wrong; short of that, an
    interrupted gate and a gate that compared nothing have shown nothing, so neither may pass."""
    compared = machinery = False
    for comparison, decision in decided:
        if decision is Decision.FAIL:
            return Status.DIFFERENCE
        machinery |= decision is Decision.MACHINERY
        compared |= applies(comparison)
    return Status.MACHINERY if machinery or interrupted or not compared else Status.AGREE


def applies(comparison: Comparison) -> bool:
    """Whether the case applies to at least one side."""
    return not (
        isinstance(comparison.pre.outcome, NotApplicable) and isinstance(comparison.post.outcome, NotApplicable)
    )


def load(path: Path) -> Policy:
    """Read a policy file. Raises `BadPolicy` with file and line."""
    return Document.read(path, BadPolicy).validate(Policy)


def _action(policy: Policy, verdict: Verdict) -> Action:
    match verdict:
        case Verdict.SAME:
            return policy.same
        case Verdict.REGRESSED:
            return policy.regressed
        case Verdict.FIXED:
            return policy.fixed
        case Verdict.DISPUTED:
            return policy.disputed
        case Verdict.BOTH_DIVERGE:
            return policy.both_diverge
        case Verdict.CHANGED:
            return policy.changed
        case Verdict.INCONCLUSIVE:
            return policy.inconclusive
        case _:
            assert_never(verdict)

"""What a reader needs to see of one difference, the same in every format for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.acceptance import Acceptance
from harness.model import BuildFailed, Comparison, Conforms, Diverges, Inconclusive, Judged
from harness.policy import Decision
from harness.report import words
from harness.report.lanes import Lanes, align
from harness.report.result import UNEXPECTED, Decided, GateResult
from harness.report.text import one_line, source_lines, visible
from harness.report.words import Narrator
from oracle import rules
from oracle.check import Divergence
from oracle.words import describe_event

ADVICE = "remove the xfail entry or narrow its `on`"
"""What to do where an expected failure passes."""
_AROUND = 2
"""Source lines shown before and after the one that matters."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the case's file; `here`: the one that the first divergence is about."""

    number: int
    text: str
    here: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one side ("pre" or "post"): `text`, and the `divergence` where a rule was broken."""

    role: str
    side: Judged
    text: str
    divergence: Divergence | None


def faults(comparison: Comparison, *, merged: bool = False) -> list[Fault]:
    """The sides of which there is something bad to say, the change's own side first.

    `merged`: where the same is to be said of both, it is said once, of "both".
    """
    found = []
    for role, side in (("post", comparison.post), ("pre", comparison.pre)):
        if words.fails(side.outcome) or side.unexpected_pass or isinstance(side.outcome, Inconclusive):
            divergence = side.outcome.divergence if isinstance(side.outcome, Diverges) else None
            found.append(Fault(role, side, _text(side), divergence))
    if merged and len(found) == 2 and found[0].side.outcome == found[1].side.outcome:
        return [replace(found[0], role="both")]
    return found


def outcome(side: Judged) -> str:
    """A side's outcome in few words, for a table."""
    if side.unexpected_pass:
        return UNEXPECTED
    known = " (known)" if words.excused(side) else ""
    return f"{words.kind(side.outcome)}{known}"


def acceptance(decided: Decided) -> str:
    """Who has accepted it until when and why, or, where that is over, that it is; "" if nobody has."""
    if decided.acceptance is None:
        return ""
    if decided.decision is Decision.FAIL:
        one = decided.acceptance
        return one_line(f"accepted by {one.owner}, which expired on {one.expires.isoformat()}: {one.reason}")
    return f"accepted by {_review(decided.acceptance)}"


def useless_acceptances(result: GateResult) -> list[str]:
    """What is to be said of acceptances that excuse nothing, one line each."""
    lines = [
        f"{one_line(one.difference.case)} no longer shows what was accepted by {_review(one)}"
        for one in result.unmatched
    ]
    if result.elsewhere:
        lines.append(f"accepted on other toolchains: {result.elsewhere}")
    return lines


def rule(comparison: Comparison) -> str:
    """The name of the rule that is broken first, the change's side before the other; "" for none."""
    return next((one_line(f.divergence.rule.name) for f in faults(comparison) if f.divergence), "")


def rule_counts(decided: Iterable[Decided]) -> dict[str, int]:
    """How many of the comparisons break each rule first, the most frequent first."""
    counted = Counter(rule(d.comparison) for d in decided)
    return {name: number for name, number in counted.most_common() if name}


def summary(comparison: Comparison) -> str:
    """The first divergence in one line, for a table."""
    for fault in faults(comparison):
        if fault.divergence:
            return one_line(f"{got(fault.side)}; owed: {fault.divergence.owed}")
        return fault.text
    if streams := differing_output(comparison):
        return f"both are lawful, but {' and '.join(streams)} differ{'s' if len(streams) == 1 else ''}"
    return "both are lawful, but their traces differ"


def reason(comparison: Comparison) -> str:
    """What the header says of the difference: the known fault's reason, else that of the lawful difference."""
    known = comparison.pre.known or comparison.post.known
    if known is not None:
        return one_line(f"{known.reason} ({known.issue})")
    lawful = {side.lawful.on: side.lawful.because for side in (comparison.pre, comparison.post) if side.lawful}
    return "; ".join(map(one_line, lawful.values()))


def differing_output(comparison: Comparison) -> list[str]:
    """Which streams of the plain runs differ: "stdout", "stderr"."""
    pre, post = comparison.pre.plain, comparison.post.plain
    if pre is None or post is None:
        return []
    return [name for name in ("stdout", "stderr") if getattr(pre, name) != getattr(post, name)]


def got(side: Judged) -> str:
    """What came where a rule was broken, in the words of the lanes where it is an event; "" if none was broken."""
    if not isinstance(side.outcome, Diverges):
        return ""
    told, index = side.outcome.divergence.got, side.outcome.divergence.index
    if side.trace is None or index >= len(side.trace.events):
        return one_line(told)
    if told != describe_event(side.trace.events[index], side.trace.functions):
        return one_line(told)
    narrator = Narrator(side.trace)
    return narrator.full(index) if len(narrator.goroutines) > 1 else narrator.brief(index)


def place(divergence: Divergence) -> str:
    """Where a rule was broken: "event 10", or "" for a rule on what the program shows as a whole."""
    return f"event {divergence.index + 1}" if divergence.rule in rules.ALL else ""


def lanes(comparison: Comparison) -> Lanes | None:
    """Both traces around the first divergence; None where there is nothing to see in them."""
    aligned = align(comparison)
    if aligned is None or all(row.same for row in aligned.rows):
        about_events = any(f.divergence and f.divergence.rule in rules.ALL for f in faults(comparison))
        return aligned if about_events else None
    return aligned


def source(comparison: Comparison) -> list[SourceLine]:
    """The lines of the case around the one that the first divergence is about; empty where it is about none."""
    number = line(comparison)
    if number == 0:
        return []
    text = source_lines(comparison.case.source)
    first, last = max(1, number - _AROUND), min(len(text), number + _AROUND)
    return [SourceLine(n, text[n - 1], n == number) for n in range(first, last + 1)]


def line(comparison: Comparison) -> int:
    """The line of the case's file that the first divergence is about; 0 where it is about none, as where the
    program's whole output is not what its header says."""
    broken = next((f for f in faults(comparison) if f.divergence and f.divergence.rule in rules.ALL), None)
    number = (_missing_line(comparison, broken) or _line(broken)) if broken else 0
    return number if 1 <= number <= comparison.case.source.count("\n") + 1 else 0


def build_text(side: Judged) -> str:
    """The compiler's words where it did not compile the case; "" if it did."""
    return visible(side.outcome.detail).strip("\n") if isinstance(side.outcome, BuildFailed) else ""


def _missing_line(comparison: Comparison, fault: Fault) -> int:
    """The source line of the event that came on the other, conforming side just before the rule was broken here, and
    did not come here; 0 if there is none."""
    other = comparison.pre if fault.role == "post" else comparison.post
    aligned = align(comparison)
    if aligned is None or other.trace is None or not isinstance(other.outcome, Conforms):
        return 0
    missing = 0
    for row in aligned.rows:
        here, there = (row.post, row.pre) if fault.role == "post" else (row.pre, row.post)
        if row.broken:
            break
        missing = (missing or there.number) if here is None and there is not None else 0
    return Narrator(other.trace).line(missing - 1) if missing else 0


def _line(fault: Fault) -> int:
    """The source line of a divergence; for the process's end that of the last event before it."""
    assert fault.divergence is not None
    if fault.side.trace is None:
        return 0
    narrator = Narrator(fault.side.trace)
    index = fault.divergence.index
    return narrator.line(index) or (narrator.line(index - 1) if index else 0)


def _text(side: Judged) -> str:
    if side.unexpected_pass and side.known is not None:
        return one_line(f"an expected failure passes: {ADVICE} ({side.known.reason})")
    told = words.detail(side.outcome)
    return f"{words.kind(side.outcome)}: {told}" if told else words.kind(side.outcome)


def _review(one: Acceptance) -> str:
    return one_line(f"{one.owner} until {one.expires.isoformat()}: {one.reason}")

"""What a program shows on a toolchain, in so few words that two toolchains can be told apart by it.

A search asks of each toolchain whether it shows the difference, or does not, or whether nothing can be known.
What the difference is, the two ends say: at one of them the program fails and at the other it conforms; or it fails
otherwise; or it conforms and prints something else, as it lawfully may. A toolchain that is like neither end says
nothing of the difference between them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from harness.history import Answer
from harness.judge import describe
from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Diverges,
    Inconclusive,
    Judged,
    NotApplicable,
)
from harness.report import words


class Sort(Enum):
    """How it came out. Values are stable: logs hold them."""

    CONFORMS = "conforms"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`kind`: what programs that fail alike have in common ("diverges: deferred-call-lost"), "" if it conforms;
    `said`: that, for people; `shown`: a digest of what was printed and how the process ended."""

    sort: Sort
    kind: str
    said: str
    shown: str


def of(judged: Judged) -> Behaviour:
    """What a run shows."""
    outcome = judged.outcome
    said = words.detail(outcome)
    match outcome:
        case Conforms():
            return Behaviour(Sort.CONFORMS, "", _end(judged), _digest(judged))
        case NotApplicable() | BuildFailed() | Inconclusive():
            kind = words.kind(outcome)
            return Behaviour(Sort.UNKNOWN, kind, f"{kind}: {said}" if said else kind, "")
        case Diverges(divergence=found):
            kind = f"diverges: {found.rule.name}"
            return Behaviour(Sort.FAILS, kind, f"{kind} ({found.got}; owed: {found.owed})", _digest(judged))
        case Crashed(detail=detail):
            kind = f"crashed: {re.sub(r'0x[0-9a-f]+|[0-9]+', 'N', detail.splitlines()[0] if detail else '')}"
            return Behaviour(Sort.FAILS, kind, kind, _digest(judged))
        case _:
            kind = words.kind(outcome)
            return Behaviour(Sort.FAILS, kind, f"{kind}: {said}" if said else kind, "")


def _end(judged: Judged) -> str:
    return f"conforms, {describe(judged.plain.ending)}" if judged.plain is not None else "conforms"


def _digest(judged: Judged) -> str:
    """Of a crash only the lines before the first goroutine's: the rest has addresses."""
    if judged.plain is None:
        return ""
    shown = judged.plain.stdout + b"\0" + judged.plain.stderr.split(b"\n\ngoroutine ")[0]
    return hashlib.sha256(shown + describe(judged.plain.ending).encode()).hexdigest()[:16]


def between(first: Behaviour, last: Behaviour, *, any_fault: bool = False) -> Callable[[Behaviour], Answer]:
    """Tells of a behaviour whether it is that of the last end of a search (yes), of the first (no), or of neither.
    `any_fault`: where one end conforms, every failure is as good as the other's."""

    def shows(one: Behaviour) -> Answer:
        if one.sort is Sort.UNKNOWN:
            return Answer.UNTESTABLE
        if first.sort is not last.sort:
            if any_fault or one.kind in (first.kind, last.kind):
                return Answer.YES if one.sort is last.sort else Answer.NO
            return Answer.UNTESTABLE
        key = _kind if first.kind != last.kind else _shown
        if key(one) == key(last):
            return Answer.YES
        return Answer.NO if key(one) == key(first) else Answer.UNTESTABLE

    return shows


def _kind(one: Behaviour) -> str:
    return one.kind


def _shown(one: Behaviour) -> str:
    return f"{one.sort.value} {one.kind} {one.shown}"

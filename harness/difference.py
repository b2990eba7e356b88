"""What a comparison showed, small enough to be kept: to tell on another day whether it shows the same again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from harness.model import Case, Comparison, Conforms, Diverges, Installed, Judged, Verdict
from oracle.canonical import canonical


@dataclass(frozen=True, slots=True)
class Shown:
    """One side. `digest`: of the toolchain; `shows`: of what the program did there (`shows`); the rest is for people
    and is no part of what is compared: the toolchain's text, and what broke which rule, "" for what broke none."""

    digest: str
    shows: str
    toolchain: str = field(compare=False)
    rule: str = field(default="", compare=False)
    got: str = field(default="", compare=False)
    owed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """One case on two toolchains. `source`: SHA-256 of its file. Two are equal only if the case is the same to the
    letter, the toolchains compile alike, and both sides showed the same."""

    case: str
    source: str
    verdict: Verdict
    pre: Shown
    post: Shown


def difference(comparison: Comparison, pre: Installed, post: Installed) -> Difference:
    """What `comparison`, made on these toolchains, showed."""
    case = comparison.case
    return Difference(
        case.name, source(case), comparison.verdict, shown(comparison.pre, pre), shown(comparison.post, post)
    )


def source(case: Case) -> str:
    """Hex SHA-256 of a case's file."""
    return hashlib.sha256(case.source.encode()).hexdigest()


def shown(side: Judged, on: Installed) -> Shown:
    """What a case showed on one toolchain."""
    text = on.toolchain.text
    match side.outcome:
        case Diverges(broken):
            return Shown(on.digest, shows(side), text, broken.rule.name, broken.got, broken.owed)
        case _:
            return Shown(on.digest, shows(side), text)


def shows(side: Judged) -> str:
    """A digest of what a program did, 32 hex digits, the same whenever a steady program runs again on the toolchain.

    It is over the outcome, the rule that broke and how, the ending, the standard output and the events in canonical
    form. Where a limit, a crash or the compiler ended it, over the outcome alone: when that happens is no rule's.
    """
    whole = hashlib.sha256(type(side.outcome).__name__.encode())
    match side.outcome:
        case Diverges(broken):
            whole.update(repr((broken.rule.name, broken.got, broken.owed)).encode())
        case Conforms():
            pass
        case _:
            return whole.hexdigest()[:32]
    if side.plain is not None:
        whole.update(repr((side.plain.ending, side.plain.stdout)).encode())
    if side.trace is not None:
        whole.update(repr(sorted(canonical(side.trace.events, side.trace.functions).items(), key=repr)).encode())
    return whole.hexdigest()[:32]

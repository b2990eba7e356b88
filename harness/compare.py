"""The two outcomes of a pair -> one verdict. One total, pure function."""

from __future__ import annotations

from harness.model import (
    BuildFailed,
    Comparison,
    Conforms,
    Crashed,
    Diverges,
    Inconclusive,
    Judged,
    NotApplicable,
    RanOutOfMemory,
    RanTooLong,
    Verdict,
    WroteTooMuch,
)
from oracle.canonical import alike
from oracle.events import EndKind


def compare(pre: Judged, post: Judged) -> Comparison:
    """Compare one case's outcome before with its outcome after the change.

    A case that does not apply to one side fails nothing there. A difference is explained if the case's header
    foresees every side that fails, and no side passes that should fail or is unknown.
    """
    return Comparison(pre.case, pre, post, _verdict(pre, post), _is_foreseen(pre) and _is_foreseen(post))


def _is_foreseen(side: Judged) -> bool:
    if isinstance(side.outcome, Inconclusive):
        return False
    return side.known is not None if _fails(side) else not side.unexpected_pass


def _verdict(pre: Judged, post: Judged) -> Verdict:
    if isinstance(pre.outcome, Inconclusive) or isinstance(post.outcome, Inconclusive):
        return Verdict.INCONCLUSIVE
    match _fails(pre), _fails(post):
        case False, True:
            return Verdict.REGRESSED
        case True, False:
            return Verdict.FIXED
        case True, True:
            return Verdict.DISPUTED if _signature(pre) == _signature(post) else Verdict.BOTH_DIVERGE
        case _:
            return Verdict.SAME if _shows_the_same(pre, post) else Verdict.CHANGED


def _fails(side: Judged) -> bool:
    match side.outcome:
        case Conforms() | NotApplicable() | Inconclusive():
            return False
        case Diverges() | Crashed() | RanTooLong() | RanOutOfMemory() | WroteTooMuch() | BuildFailed():
            return True


def _signature(side: Judged) -> tuple[str, ...]:
    """What makes two failures alike: their kind and, for a divergence, the rule, what came and what was owed."""
    outcome = side.outcome
    if isinstance(outcome, Diverges):
        broken = outcome.divergence
        return (type(outcome).__name__, broken.rule.name, broken.got, broken.owed)
    return (type(outcome).__name__,)


def _shows_the_same(pre: Judged, post: Judged) -> bool:
    if isinstance(pre.outcome, NotApplicable) or isinstance(post.outcome, NotApplicable):
        return True
    if pre.trace is None or post.trace is None or pre.plain is None or post.plain is None:
        return pre.trace is post.trace and pre.plain is post.plain
    cut = pre.trace.end.kind is post.trace.end.kind is EndKind.FATAL
    if (pre.plain.ending, pre.plain.stdout) != (post.plain.ending, post.plain.stdout):
        return False
    return alike(pre.trace.events, post.trace.events, pre.trace.functions, cut=cut)

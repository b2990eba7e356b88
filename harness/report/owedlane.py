"""The third lane: what the rules owe, beside what both sides did.

It is what the check can tell. Up to the first divergence of a side its events are what was owed; at the divergence
stands what was owed instead; beyond it only a side that keeps all rules tells how it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Comparison, Conforms, Diverges, Inconclusive, Judged
from harness.report.lanes import Row, Step
from harness.report.text import one_line


def owed(comparison: Comparison, rows: Sequence[Row]) -> list[str]:
    """One text for each row; "" where nobody knows."""
    # A side that keeps all rules knows best, the change's own side before the other.
    sides = sorted(
        ((comparison.post, "post"), (comparison.pre, "pre")),
        key=lambda side: not isinstance(side[0].outcome, Conforms),
    )
    return [_owed(sides, row) for row in rows]


def _owed(sides: Sequence[tuple[Judged, str]], row: Row) -> str:
    steps = [(side, row.post if role == "post" else row.pre) for side, role in sides]
    for side, step in steps:
        if step is not None and step.broken and isinstance(side.outcome, Diverges):
            return one_line(side.outcome.divergence.owed)
    return next((step.words for side, step in steps if step is not None and _is_lawful(side, step)), "")


def _is_lawful(side: Judged, step: Step) -> bool:
    """Whether the check got as far as this step, and beyond."""
    match side.outcome:
        case Diverges(divergence):
            return step.number <= divergence.index
        case Inconclusive():
            return False
        case _:
            return True

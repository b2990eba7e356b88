"""Two explanations of one program side by side: which moments of the one and the other are the same."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from oracle.explain import Explanation, Moment
from oracle.narrate import Happened

Row = tuple[int | None, int | None]
"""Indices of the two runs' moments that stand side by side; None where one run has nothing to show."""


def align(left: Explanation, right: Explanation) -> list[Row]:
    """All moments of both, in order. Events of the program are anchors, as both runs should have the same; what lies
    between two anchors is compared as a text's lines are."""
    rows: list[Row] = []
    here, there = 0, 0
    for a, b in [*zip(_anchors(left), _anchors(right), strict=False), (len(left.moments), len(right.moments))]:
        between = _align(left.moments[here:a], right.moments[there:b])
        rows += [(None if x is None else x + here, None if y is None else y + there) for x, y in between]
        here, there = a, b
    return rows


def _anchors(one: Explanation) -> list[int]:
    return [index for index, moment in enumerate(one.moments) if isinstance(moment.what, Happened)]


def _align(left: Sequence[Moment], right: Sequence[Moment]) -> list[Row]:
    rows: list[Row] = []
    matcher = SequenceMatcher(None, [m.what for m in left], [m.what for m in right], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            rows += zip(range(a, b), range(c, d), strict=True)
        else:
            rows += [(x, None) for x in range(a, b)]
            rows += [(None, y) for y in range(c, d)]
    return rows

"""Histories of points, each behind all that it descends from, and where they change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """What a test of a point says. Values are stable: logs hold them."""

    YES = "yes"
    NO = "no"
    UNTESTABLE = "untestable"


@dataclass(frozen=True, slots=True)
class History:
    """Points, each behind all that it descends from. `origins`: for each point the points that it would show the
    difference of, itself among them, as bits; 0 for those that come before every cause. `before`: points that must
    not show it; `after`: the one that must."""

    names: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]
    origins: tuple[int, ...]
    before: tuple[int, ...]
    after: int

    @classmethod
    def of(cls, names: Sequence[str], parents: Sequence[Sequence[int]], before: Iterable[int], after: int) -> History:
        """The history of points of which each stands behind its parents."""
        innocent = tuple(sorted(before))
        whole: list[int] = []
        for number, its in enumerate(parents):
            whole.append((1 << number) | union(whole[parent] for parent in its))
        excluded = union(whole[number] for number in innocent)
        origins = tuple(bits & whole[after] & ~excluded for bits in whole)
        return cls(tuple(names), tuple(tuple(its) for its in parents), origins, innocent, after)

    @classmethod
    def line(cls, names: Sequence[str]) -> History:
        """A history in which each point descends from the one before: the first must not show the difference, the
        last must."""
        return cls.of(names, [(number - 1,) if number else () for number in range(len(names))], (0,), len(names) - 1)

    @property
    def suspects(self) -> int:
        """All points that can be the cause, as bits."""
        return self.origins[self.after]


@dataclass(frozen=True, slots=True)
class Change:
    """Where a history changes: `shows` behind `point`, and not at `since`; what stands between cannot be tested."""

    since: int
    point: int
    shows: bool


def changes(history: History, answers: Sequence[Answer]) -> list[Change]:
    """Every change in a history of which all points were tested: between a point and what it descends from, over
    those that cannot be tested."""
    nearest: list[frozenset[int]] = []
    found = []
    for point, answer in enumerate(answers):
        behind: frozenset[int] = frozenset().union(*(nearest[parent] for parent in history.parents[point]))
        if answer is Answer.UNTESTABLE:
            nearest.append(behind)
            continue
        found += [
            Change(since, point, answer is Answer.YES) for since in sorted(behind) if answers[since] is not answer
        ]
        nearest.append(frozenset((point,)))
    return found


def union(many: Iterable[int]) -> int:
    """Points of all these sets, each as bits."""
    whole = 0
    for one in many:
        whole |= one
    return whole

"""The traces of both sides next to each other, around the place where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from harness.model import Comparison, Diverges, Judged, Trace
from harness.report.words import Narrator


@dataclass(frozen=True, slots=True)
class Window:
    """`before`, `after`: rows shown around the row that matters. `horizon`: events of each side, from the place that
    matters on, that are looked at to align them."""

    before: int
    after: int
    horizon: int


NEAR = Window(4, 5, 60)
"""What a person reads at a glance."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event in one lane. `number` is 1-based in the trace; `broken`: the first event that breaks a rule."""

    number: int
    words: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The same event on both sides (`same`), or what each side, or one of them, has here."""

    pre: Step | None
    post: Step | None
    same: bool

    @property
    def broken(self) -> bool:
        """Whether a rule is broken here."""
        return any(step is not None and step.broken for step in (self.pre, self.post))


@dataclass(frozen=True, slots=True)
class Lanes:
    """`goroutine`: the only one that is shown, 0 for all. `above`, `below`: whether there are more events."""

    rows: tuple[Row, ...]
    goroutine: int = 0
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class _Lane:
    """One side: the indexes of the events to show, and which of these (as a position) breaks a rule, -1 for none."""

    narrator: Narrator
    indexes: Sequence[int]
    broken: int
    all_goroutines: bool

    def step(self, position: int) -> Step:
        index = self.indexes[position]
        words = self.narrator.brief(index)
        events = self.narrator.trace.events
        if self.all_goroutines and len(self.narrator.goroutines) > 1 and index < len(events):
            words = f"g{events[index].goroutine}: {words}"
        return Step(index + 1, words, position == self.broken)

    def gists(self, start: int, stop: int) -> list[str]:
        return [self.narrator.gist(index) for index in self.indexes[start:stop]]


def align(comparison: Comparison, window: Window = NEAR) -> Lanes | None:
    """The lanes of `comparison`; None if a side has no trace and the other, if it has one, breaks no rule in it."""
    pre, post = comparison.pre, comparison.post
    goroutine = _goroutine(post) or _goroutine(pre)
    left, right = _lane(pre, goroutine), _lane(post, goroutine)
    if left is None or right is None:
        return _single(left, right, goroutine, window)
    parting = _common(left, right)
    broken = min((lane.broken for lane in (left, right) if lane.broken >= 0), default=parting)
    focus = parting if 0 <= broken - parting < window.horizon // 2 else broken
    start = max(0, focus - window.before)
    stop = focus + window.horizon
    after = max(start, parting)
    rows = [Row(left.step(position), right.step(position), True) for position in range(start, after)]
    matcher = SequenceMatcher(None, left.gists(after, stop), right.gists(after, stop), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        for i, j in zip_longest(range(after + a, after + b), range(after + c, after + d)):
            steps = (left.step(i) if i is not None else None, right.step(j) if j is not None else None)
            rows.append(Row(*steps, tag == "equal"))
    below = max(len(left.indexes), len(right.indexes)) > stop
    return _trimmed(rows, goroutine, window, above=start > 0, below=below)


def _single(left: _Lane | None, right: _Lane | None, goroutine: int, window: Window) -> Lanes | None:
    """The one lane there is, around what breaks a rule in it; None if nothing does."""
    lane = left or right
    if lane is None or lane.broken < 0:
        return None
    focus = lane.broken
    start, stop = max(0, focus - window.before), min(len(lane.indexes), focus + window.after + 1)
    steps = [lane.step(position) for position in range(start, stop)]
    rows = tuple(Row(step, None, False) if left else Row(None, step, False) for step in steps)
    return Lanes(rows, goroutine, start > 0, stop < len(lane.indexes))


def _trimmed(rows: list[Row], goroutine: int, window: Window, *, above: bool, below: bool) -> Lanes:
    """The rows around the first broken one, or around the first that differs where nothing is broken."""
    differing = next((n for n, row in enumerate(rows) if not row.same), len(rows) - 1)
    broken = next((n for n, row in enumerate(rows) if row.broken), differing)
    first = max(0, min(differing, broken) - window.before, broken - 2 * window.before)
    last = min(len(rows), broken + window.after + 1)
    return Lanes(tuple(rows[first:last]), goroutine, above or first > 0, below or last < len(rows))


def _common(left: _Lane, right: _Lane) -> int:
    """How many events at the start are the same on both sides."""
    number = 0
    for i, j in zip(left.indexes, right.indexes, strict=False):
        if left.narrator.gist(i) != right.narrator.gist(j):
            break
        number += 1
    return number


def _goroutine(side: Judged) -> int:
    """The goroutine that breaks a rule, where there are several to choose from; 0 if none stands out."""
    if side.trace is None or not isinstance(side.outcome, Diverges):
        return 0
    index = side.outcome.divergence.index
    events = side.trace.events
    if index >= len(events) or all(event.goroutine == events[index].goroutine for event in events):
        return 0
    return events[index].goroutine


def _lane(side: Judged, goroutine: int) -> _Lane | None:
    if side.trace is None:
        return None
    indexes = _shown(side.trace, goroutine)
    broken = -1
    if isinstance(side.outcome, Diverges) and side.outcome.divergence.index in indexes:
        broken = indexes.index(side.outcome.divergence.index)
    return _Lane(Narrator(side.trace), indexes, broken, goroutine == 0)


def _shown(trace: Trace, goroutine: int) -> Sequence[int]:
    """The indexes of a goroutine's events (0: of all), and of the process's end."""
    if goroutine == 0:
        return range(len(trace.events) + 1)
    return [i for i, event in enumerate(trace.events) if event.goroutine == goroutine] + [len(trace.events)]

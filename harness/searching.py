"""Searches over toolchains: the loop that asks a search for points, runs a program on them, and keeps the log.

What the search looks for is where the behaviour of the last point came from: whatever the two ends show, a point says
yes if it behaves as the last one does and no if as the first (`harness.behaviour.between`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from harness import delta
from harness.behaviour import Behaviour, Sort, between
from harness.bisect import Conclusion, Refused, Search, Several, Trouble
from harness.history import Answer, Change, History, changes
from harness.searchlog import Entry, Log

ENDS = 5
"""How often two ends that behave alike are run, for them not to be alike, and how often at most a set of parts is."""

Observe = Callable[[Sequence[str], bool], Sequence[Behaviour]]
"""Runs the program on points, given by the words of the log, several at once if it can. The flag: runs that are known
count for nothing. Raises `KeyboardInterrupt` if it is stopped."""


@dataclass(slots=True)
class Watched:
    """What is known of each point: everything that it ever showed. `times`: how often a point is run whenever it is;
    `tests`: how many runs there were in this search; `seconds`: how long they took."""

    observe: Observe
    log: Log
    times: int = 1
    known: dict[str, list[Behaviour]] = field(default_factory=dict, init=False)
    tested: set[str] = field(default_factory=set, init=False)
    tests: int = field(default=0, init=False)
    seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        for entry in self.log.entries:
            self.known.setdefault(entry.point, []).append(entry.behaviour)

    def run(self, points: Sequence[str]) -> list[list[Behaviour]]:
        """Run these points, which are all different, once more, or `times`; what each shows."""
        shown: dict[str, list[Behaviour]] = {point: [] for point in points}
        for _ in range(self.times):
            left = [point for point in points if not shown[point] or shown[point][-1].sort is not Sort.UNKNOWN]
            again = [point for point in left if point in self.known]
            first = [point for point in left if point not in self.known]
            for some, fresh in ((first, False), (again, True)):
                if some:
                    self._observe(some, fresh, shown)
        self.tested.update(points)
        return [shown[point] for point in points]

    def run_all(self, points: Sequence[str], at_once: int) -> None:
        """Run these points, so many at once."""
        for begin in range(0, len(points), at_once):
            self.run(points[begin : begin + at_once])

    def _observe(self, points: Sequence[str], fresh: bool, shown: dict[str, list[Behaviour]]) -> None:
        clock = time.monotonic()
        found = self.observe(points, fresh)
        took = time.monotonic() - clock
        for point, behaviour in zip(points, found, strict=True):
            self.log.add(Entry(point, behaviour, took / len(points)))
            self.known.setdefault(point, []).append(behaviour)
            shown[point].append(behaviour)
        self.tests += len(points)
        self.seconds += took


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search over a history found. `first`, `last`: what its ends show; `answers`: for each point the answers
    it gave, [] if it was not asked; `changes`: every change, if all points were tested."""

    history: History
    first: Behaviour
    last: Behaviour
    answers: tuple[tuple[Answer, ...], ...]
    conclusion: Conclusion
    changes: tuple[Change, ...] = ()
    scanned: bool = False


def search(
    history: History,
    points: Sequence[str],
    watched: Watched,
    *,
    at_once: int = 1,
    scan: bool = False,
    any_fault: bool = False,
    fix: bool = False,
) -> Outcome:
    """Search a history, whose points the log calls `points`. `scan`: test all of them; that is also done where the
    answers contradict one cause. `fix`: the first end must fail and the last conform, not the other way round."""
    start, end = history.before[0], history.after
    first, last = _ends(points[start], points[end], watched, at_once)
    shows = between(first, last, any_fault=any_fault)
    asked = Search(history)

    def tell(point: int, behaviours: Sequence[Behaviour]) -> None:
        for behaviour in behaviours:
            asked.tell(point, shows(behaviour))

    def answers() -> tuple[tuple[Answer, ...], ...]:
        return tuple(tuple(shows(one) for one in watched.known.get(point, ())) for point in points)

    for number, point in enumerate(points):
        tell(number, watched.known.get(point, ()))
    if (refused := _refused(first, last, (start, end), fix=fix)) is not None:
        return Outcome(history, first, last, answers(), refused)

    def rest() -> None:
        unknown = [number for number, point in enumerate(points) if point not in watched.known]
        watched.run_all([points[number] for number in unknown], at_once)
        for number in unknown:
            tell(number, watched.known[points[number]])

    if scan:
        rest()
    while wanted := asked.wanted(at_once):
        for number, shown in zip(wanted, watched.run([points[each] for each in wanted]), strict=True):
            tell(number, shown)
    conclusion = asked.conclusion()
    if not scan and not isinstance(conclusion, Several):
        return Outcome(history, first, last, answers(), conclusion)
    rest()
    every = answers()
    return Outcome(
        history, first, last, every, conclusion, tuple(changes(history, [usual(one) for one in every])), scanned=True
    )


def usual(answers: Sequence[Answer]) -> Answer:
    """What a point said most often; no before yes."""
    said = [one for one in answers if one is not Answer.UNTESTABLE]
    if not said:
        return Answer.UNTESTABLE
    return Answer.YES if 2 * said.count(Answer.YES) > len(said) else Answer.NO


def parts(
    count: int, name: Callable[[delta.Parts], str], watched: Watched, *, at_once: int = 1, any_fault: bool = False
) -> tuple[delta.Smallest | Refused, Behaviour, Behaviour]:
    """Search for the smallest set of parts that shows what all of them show; the log calls a set `name(set)`. What
    accuses the set is confirmed: it, and what is left without each of its parts, are run until two runs agree."""
    first, last = _ends(name(frozenset()), name(frozenset(range(count))), watched, at_once)
    shows = between(first, last, any_fault=any_fault)
    if (refused := _refused(first, last, (0, 1), fix=None)) is not None:
        return refused, first, last

    def test(sets: Sequence[delta.Parts]) -> Iterator[Answer]:
        for begin in range(0, len(sets), at_once):
            points = [name(each) for each in sets[begin : begin + at_once]]
            if unknown := [point for point in points if point not in watched.known]:
                watched.run(unknown)
            yield from (usual([shows(one) for one in watched.known[point]]) for point in points)

    def settled(point: str) -> bool:
        said = [shows(one) for one in watched.known[point]]
        return len(said) >= ENDS or (len(set(said)) == 1 and (len(said) > 1 or said == [Answer.UNTESTABLE]))

    while True:
        found = delta.smallest(count, test)
        if isinstance(found, Refused):
            return found, first, last
        accusing = [name(found.parts), *(name(found.parts - {part}) for part in sorted(found.parts))]
        doubtful = [point for point in accusing if not settled(point)]
        if not doubtful:
            return found, first, last
        watched.run_all(doubtful, at_once)


def _ends(first: str, last: str, watched: Watched, at_once: int) -> tuple[Behaviour, Behaviour]:
    """What the two ends show: the first two behaviours that are not alike."""
    watched.run_all([point for point in (first, last) if point not in watched.known], at_once)
    for _ in range(ENDS):
        for one in watched.known[first]:
            for other in watched.known[last]:
                if Sort.UNKNOWN in (one.sort, other.sort) or not alike(one, other):
                    return one, other
        if min(len(watched.known[first]), len(watched.known[last])) >= ENDS:
            break
        watched.run_all([first, last], at_once)
    return watched.known[first][0], watched.known[last][0]


def alike(one: Behaviour, other: Behaviour) -> bool:
    """Whether two behaviours are the same: they fail alike, or conform and show the same."""
    same = (one.sort, one.kind) == (other.sort, other.kind)
    return same and (one.sort is Sort.FAILS or one.shown == other.shown)


def _refused(first: Behaviour, last: Behaviour, ends: tuple[int, int], *, fix: bool | None) -> Refused | None:
    """Why there is nothing to search. `fix`: see `search`; None: either way will do."""
    if lost := tuple(end for end, its in zip(ends, (first, last), strict=True) if its.sort is Sort.UNKNOWN):
        return Refused(Trouble.UNTESTABLE, lost)
    if alike(first, last):
        return Refused(Trouble.NEITHER if first.sort is Sort.CONFORMS else Trouble.BOTH, ends)
    failing = (first.sort is Sort.FAILS, last.sort is Sort.FAILS)
    if fix is not None and failing == ((False, True) if fix else (True, False)):
        return Refused(Trouble.SWAPPED, ends)
    return None

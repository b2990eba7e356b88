"""Which parts of a change make a difference: delta debugging. Pure: somebody else does the tests.

The algorithm is ddmin (A. Zeller, R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002), over a
three-valued test: a set of parts that cannot be tested (it does not apply, or does not compile) is not one that shows
the difference. What is left is 1-minimal: without any one of its parts it does not show the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.bisect import Refused, Trouble
from harness.history import Answer

Parts = frozenset[int]

Test = Callable[[Sequence[Parts]], Iterable[Answer]]
"""Tests sets of parts, several at once if it can; gives their answers in the same order. It is asked for each set
once, and nobody asks it on behind a yes."""


@dataclass(frozen=True, slots=True)
class Smallest:
    """`parts` show the difference together. `needed`: those without which the rest shows nothing; the others are
    there because without them the rest cannot be tested."""

    parts: Parts
    needed: Parts


def smallest(count: int, test: Test) -> Smallest | Refused:
    """The smallest set of the parts 0 ... `count` - 1 that is found."""
    asking = _Asking(test)
    everything = frozenset(range(count))
    none, whole = asking.one(frozenset()), asking.one(everything)
    if Answer.UNTESTABLE in (none, whole):
        return Refused(
            Trouble.UNTESTABLE, tuple(n for n, said in enumerate((none, whole)) if said is Answer.UNTESTABLE)
        )
    if (none, whole) != (Answer.NO, Answer.YES):
        why = {Answer.NO: Trouble.NEITHER, Answer.YES: Trouble.BOTH}[whole]
        return Refused(Trouble.SWAPPED if none is Answer.YES and whole is Answer.NO else why)
    best = _reduced(everything, asking)
    without = {part: asking.one(best - {part}) for part in best}
    return Smallest(best, frozenset(part for part, said in without.items() if said is Answer.NO))


def _reduced(best: Parts, asking: _Asking) -> Parts:
    pieces = 2
    while len(best) > 1:
        split = list(_split(sorted(best), min(pieces, len(best))))
        smaller = [frozenset(piece) for piece in split]
        # Of two pieces each is the rest of the other.
        larger = [best - piece for piece in smaller] if len(split) > 2 else []
        if (found := asking.first(smaller)) is not None:
            best, pieces = found, 2
        elif (found := asking.first(larger)) is not None:
            best, pieces = found, max(pieces - 1, 2)
        elif pieces >= len(best):
            break
        else:
            pieces = min(2 * pieces, len(best))
    return best


def _split(parts: Sequence[int], pieces: int) -> Iterator[Sequence[int]]:
    begin = 0
    for n in range(pieces):
        end = len(parts) * (n + 1) // pieces
        yield parts[begin:end]
        begin = end


class _Asking:
    """Asks for each set once."""

    def __init__(self, test: Test) -> None:
        self._test = test
        self._known: dict[Parts, Answer] = {}

    def first(self, sets: Sequence[Parts]) -> Parts | None:
        """The first of the sets that shows the difference."""
        unknown = [each for each in sets if each not in self._known]
        if not any(self._known.get(each) is Answer.YES for each in sets):
            for each, answer in zip(unknown, self._test(unknown), strict=False):
                self._known[each] = answer
                if answer is Answer.YES:
                    break
        return next((each for each in sets if self._known.get(each) is Answer.YES), None)

    def one(self, parts: Parts) -> Answer:
        """What a set shows."""
        self.first([parts])
        return self._known[parts]

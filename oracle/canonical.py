"""The part of a trace that two runs of one program must share, whatever the scheduler and the release did.

Identifiers are numbered anew within each goroutine and goroutines are compared as a multiset, since their order of
start is the scheduler's. Evidence (who called, from which line, what a function value turned out to be) is left
out: engines and releases differ in it lawfully.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest

from oracle.events import Defer, Enter, Event, Go, Goexit, Panic, Recover, Return

Word = tuple[str | int, ...]
History = tuple[Word, ...]


def alike(left: Iterable[Event], right: Iterable[Event], *, cut: bool = False) -> bool:
    """Whether two traces tell the same. `cut`: a limit ended both, at a moment that no rule fixes, so that of two
    histories one need only begin as the other does."""
    a, b = canonical(left), canonical(right)
    if not cut:
        return a == b
    pairs = zip_longest(sorted(a.elements(), key=repr), sorted(b.elements(), key=repr), fillvalue=())
    return all(x[: len(y)] == y[: len(x)] for x, y in pairs)


def canonical(events: Iterable[Event]) -> Counter[History]:
    """Each goroutine's history in canonical words -> how many goroutines have it."""
    histories: dict[int, list[Word]] = {}
    activations: dict[int, int] = {}
    records: dict[int, int] = {}
    made: Counter[int] = Counter()
    for event in events:
        history = histories.setdefault(event.goroutine, [])
        if isinstance(event, Enter):
            activations[event.activation] = len(history)
        elif isinstance(event, Defer | Go):
            made[event.goroutine] += 1
            records[event.record] = made[event.goroutine]
        history.append(_word(event, activations, records))
    return Counter(tuple(history) for history in histories.values())


def _word(event: Event, activations: dict[int, int], records: dict[int, int]) -> Word:
    actor = activations.get(event.activation, -1)
    match event:
        case Enter():
            return ("enter", event.function, records.get(event.deferred, 0), records.get(event.started, 0))
        case Defer():
            return ("defer", actor, event.line)
        case Go():
            return ("go", actor, event.line)
        case Panic():
            return ("panic", actor, event.line, event.value)
        case Recover():
            return ("recover", actor, event.line, event.value)
        case Goexit():
            return ("goexit", actor, event.line)
        case Return():
            return ("return", actor, event.line)
    return ("exit", actor, event.line, event.status)

"""The part of a trace that two runs of one program must share, whatever the scheduler and the release did.

Identifiers are numbered anew within each goroutine and goroutines are compared as a multiset, since their order of
start is the scheduler's. Evidence (who called, from which line, what a function value turned out to be) is left
out: engines and releases differ in it lawfully. So is the return of what stands for a function of the library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from oracle.events import Defer, Enter, Event, Function, Go, Goexit, Panic, Recover, Return

Word = tuple[str | int, ...]
History = tuple[Word, ...]


def alike(
    left: Iterable[Event], right: Iterable[Event], functions: Sequence[Function] = (), *, cut: bool = False
) -> bool:
    """Whether two traces of a program tell the same. `functions`: the program's; `cut`: a limit ended both, at a
    moment that no rule fixes, so that of two histories one need only begin as the other does."""
    a, b = canonical(left, functions), canonical(right, functions)
    if not cut:
        return a == b
    pairs = zip_longest(sorted(a.elements(), key=repr), sorted(b.elements(), key=repr), fillvalue=())
    return all(x[: len(y)] == y[: len(x)] for x, y in pairs)


def canonical(events: Iterable[Event], functions: Sequence[Function] = ()) -> Counter[History]:
    """Each goroutine's history in canonical words -> how many goroutines have it."""
    histories: dict[int, list[Word]] = {}
    activations: dict[int, int] = {}
    records: dict[int, int] = {}
    made: Counter[int] = Counter()
    library = {number for number, function in enumerate(functions) if function.library}
    passing: set[int] = set()
    for event in events:
        history = histories.setdefault(event.goroutine, [])
        if isinstance(event, Enter):
            activations[event.activation] = len(history)
            if event.function in library:
                passing.add(event.activation)
        elif isinstance(event, Defer | Go):
            made[event.goroutine] += 1
            records[event.record] = made[event.goroutine]
        if isinstance(event, Return) and event.activation in passing:
            continue
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

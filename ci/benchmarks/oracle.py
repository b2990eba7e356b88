"""Speed of the models and of the check on one core, and that time grows with the trace and memory does not.

Programs are random ones whose runs have about 20 events; best of several rounds, since other work on the machine only
slows. Beside them, in the same run, the plain alternative: the same rules in the runtime model, which moves one step
of one frame at a time; and for the check, the decoding of the trace that comes before it.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.trace import decode
from oracle import execute, spec
from oracle.check import Checker, check
from oracle.code import Code, compile_program
from oracle.events import Callee, CalleeKind, Defer, End, EndKind, Enter, Event, Function, Panic, Recover, Return, Via
from oracle.generate import random_program
from oracle.profile import POST_CL, PRE_CL
from oracle.text import from_plain
from oracle.traced import end, events, functions


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--programs", type=int, default=2_000, help="programs to a round")
    arguments.add_argument("--rounds", type=int, default=15, help="rounds; the best counts")
    arguments.add_argument("--long", type=int, default=10_000_000, help="events of the longest trace")
    wanted = arguments.parse_args()
    console = Console(width=110, highlight=False)
    codes = _programs(wanted.programs)
    console.print(_short(codes, wanted.rounds))
    console.print(_long(wanted.long))


# --- Short runs ------------------------------------------------------------------------------------------------


def _programs(count: int) -> list[Code]:
    """Random programs whose runs have 17 to 23 events."""
    found: list[Code] = []
    number = 0
    while len(found) < count:
        rng = Random(f"bench:{number}")
        number += 1
        code = compile_program(random_program(rng, rng.randint(5, 20)))
        if 17 <= len(_events(code)) <= 23:
            found.append(code)
    return found


def _events(code: Code) -> list[int]:
    seen: list[int] = []
    spec.run(code, seen.extend)
    return seen


def _short(codes: Sequence[Code], rounds: int) -> Table:
    told = sum(len(_events(code)) for code in codes)
    traces = [(functions(c), list(events(c)), end(c, spec.run(c, _nothing))) for c in codes]
    seen = sum(len(trace) for _, trace, _ in traces)
    raw = [b"".join(map(_wire, trace)) for _, trace, _ in traces]
    table = Table(title=f"{len(codes)} programs, {told / len(codes):.1f} events each")
    for heading in ("what", "programs/s", "events/s"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, work, count in (
        ("spec", lambda: [spec.run(c, list[int]().extend) for c in codes], told),
        ("runtime, post-cl-515856", lambda: [execute.run(c, POST_CL, list[int]().extend) for c in codes], told),
        ("runtime, pre-cl-515856", lambda: [execute.run(c, PRE_CL, list[int]().extend) for c in codes], told),
        ("compiling them", lambda: [compile_program(c.program) for c in codes], told),
        ("check of their traces", lambda: [check(*trace) for trace in traces], seen),
        ("decoding their traces", lambda: [list(decode(one)) for one in raw], seen),
    ):
        seconds = _best(work, rounds)
        table.add_row(what, f"{len(codes) / seconds:,.0f}", f"{count / seconds:,.0f}")
    return table


def _nothing(told: tuple[int, ...]) -> None:
    """Takes events."""


def _best(work: Callable[[], Any], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


_VIA = {Via.CODE: "c", Via.PANIC: "p", Via.GOEXIT: "g", Via.START: "s"}
_LETTER = {"Defer": "D", "Go": "G", "Panic": "P", "Recover": "R", "Goexit": "X", "Return": "T"}


def _wire(event: Event) -> bytes:
    """The event as the trace package writes it."""
    e: Any = event
    if isinstance(event, Enter):
        return f"E {e.goroutine} {e.activation} {e.function} {_VIA[e.via]} {e.line} {e.deferred} 0\n".encode()
    line = f"{_LETTER[type(event).__name__]} {e.goroutine} {e.activation} {e.line}"
    if hasattr(event, "callee"):
        targets = ",".join(map(str, e.callee.functions))
        line += f" {e.record} {e.callee.kind.value}{':' + targets if targets else ''}"
    elif hasattr(event, "value"):
        line += ' "' + e.value.replace('"', '\\"') + '"'
    return f"{line}\n".encode()


# --- Long runs ---------------------------------------------------------------------------------------------------


def _long(most: int) -> Table:
    """Each length in a process of its own, which tells what memory it took at the most."""
    table = Table(title="one run, streamed")
    for heading in ("what", "events", "seconds", "events/s", "MiB at most"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, work in (("spec", _spec_of), ("runtime", _runtime_of), ("check", _check_of)):
        for count in (most // 100, most // 10, most):
            with ProcessPoolExecutor(1) as alone:
                done, seconds, peak = alone.submit(work, count).result()
            table.add_row(what, f"{done:,}", f"{seconds:.2f}", f"{done / seconds:,.0f}", f"{peak >> 10}")
    return table


def _peak() -> int:
    """KiB that this process took at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _spec_of(count: int) -> tuple[int, float, int]:
    return _streamed(count, spec.run)


def _runtime_of(count: int) -> tuple[int, float, int]:
    return _streamed(count, lambda code, emit: execute.run(code, POST_CL, emit))


def _streamed(count: int, run: Callable[[Code, Callable[[tuple[int, ...]], None]], Any]) -> tuple[int, float, int]:
    """A program that recovers with calls pending again and again: functions that call the next one ten times."""
    levels = 0
    while 20 * 10 ** (levels + 1) <= count:
        levels += 1
    bodies: dict[str, Any] = {"main": [{"call": "f1"}] * max(1, count // (20 * 10**levels))}
    for n in range(1, levels + 1):
        bodies[f"f{n}"] = [{"call": f"f{n + 1}"}] * 10
    last = levels + 1
    bodies[f"f{last}"] = [{"defer": f"f{last + n}"} for n in (1, 2, 3, 4)] + [{"panic": "boom"}]
    bodies |= {f"f{last + 1}": [], f"f{last + 2}": ["recover"], f"f{last + 3}": ["recover"], f"f{last + 4}": []}
    code = compile_program(from_plain({"functions": bodies}))
    done = 0

    def take(told: tuple[int, ...]) -> None:
        nonlocal done
        done += len(told)

    begun = time.perf_counter()
    run(code, take)
    return done, time.perf_counter() - begun, _peak()


_FUNCTIONS = tuple(Function(name, 100 * n + 1, 100 * n + 99) for n, name in enumerate(("main", "f", "a", "b", "c")))
_BATCH = 5_000
"""Calls whose events are made at once, before the clock is started."""


def _check_of(count: int) -> tuple[int, float, int]:
    """main calls f again and again: it defers a, b, c and panics, b recovers, a runs when f returns."""
    checker = Checker(_FUNCTIONS)
    seconds, done = 0.0, 1
    assert checker.feed(Enter(1, 1, 0, Via.START)) is None
    first = 2
    while done < count:
        batch = [event for call in range(_BATCH) for event in _call(first + 4 * call)]
        first += 4 * _BATCH
        begun = time.perf_counter()
        broken = [b for event in batch if (b := checker.feed(event)) is not None]
        seconds += time.perf_counter() - begun
        assert not broken, broken
        done += len(batch)
    assert checker.feed(Return(1, 1, 99)) is None
    assert checker.finish(End(EndKind.RETURNED)) is None
    return done + 1, seconds, _peak()


def _call(f: int) -> Iterator[Event]:
    """The events of one call of f, whose activation this is; those of its deferred calls follow."""
    yield Enter(1, f, 1, Via.CODE, 50)
    for line, function in enumerate((2, 3, 4), 110):
        yield Defer(1, f, line, f + function - 2, Callee(CalleeKind.LITERAL, (function,)))
    yield Panic(1, f, 120, '"boom"')
    yield Enter(1, f + 1, 4, Via.PANIC, 0, f + 2)
    yield Return(1, f + 1, 450)
    yield Enter(1, f + 2, 3, Via.PANIC, 0, f + 1)
    yield Recover(1, f + 2, 350, '"boom"')
    yield Return(1, f + 2, 351)
    yield Enter(1, f + 3, 2, Via.CODE, 150, f)
    yield Return(1, f + 3, 250)


if __name__ == "__main__":
    main()

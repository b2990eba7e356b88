"""The smallest program with the same difference: a pure search over programs.

`reduce` knows nothing of toolchains. A predicate says of many programs at once which still show the difference; the
search takes the smallest that does, and goes on from there until no single step makes it smaller. The result is
locally minimal: leaving out any action, or making any one plainer, loses the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from oracle.gather import gather
from oracle.program import (
    Action,
    Call,
    Collect,
    Defer,
    Fault,
    Form,
    Frame,
    Function,
    Go,
    Grow,
    NotAProgram,
    Panic,
    Program,
    Recover,
    Return,
    validate,
)

Predicate = Callable[[Sequence[Program]], Sequence[bool]]
"""Which of these programs show the difference. A program of which nothing can be known does not."""

_WIDE = 24
"""Actions from which on whole parts are left out first."""


def reduce(program: Program, shows: Predicate) -> Program:
    """The smallest program that the search finds; `program` itself must show the difference."""
    best = program
    while True:
        found = _first(best, _large_steps(best), shows) or _first(best, _small_steps(best), shows)
        if found is None:
            return best
        best = found


def weight(program: Program) -> tuple[int, int, int]:
    """What makes a program smaller: actions, then functions, then how plain they are."""
    plainness = sum(_weight(action) for function in program.functions for action in function.body)
    frames = sum((f.frame is not Frame.OPEN) + 2 * f.large for f in program.functions)
    return program.size, len(program.functions), plainness + frames


def _weight(action: Action) -> int:
    match action:
        case Defer(form=form, times=times, loop=loop, function=function):
            return 2 * (form is not Form.CLOSURE) + (form is not Form.VALUE) + times + loop + 3 * (function is None)
        case Panic(value=value):
            return len(value)
        case Call(show=show) | Recover(show=show):
            return int(show)
        case Fault() | Go() | Grow() | Collect():
            return 4
        case Return(value=value):
            return 1 + (value is not None)
    return 1


def _first(best: Program, candidates: Iterator[Program], shows: Predicate) -> Program | None:
    """The smallest candidate that shows the difference, if one is smaller than the best."""
    smaller = {c for c in candidates if weight(c) < weight(best)}
    ordered = sorted(smaller, key=lambda c: (weight(c), repr(c)))
    for begin in range(0, len(ordered), _BATCH):
        batch = ordered[begin : begin + _BATCH]
        for candidate, is_shown in zip(batch, shows(batch), strict=True):
            if is_shown:
                return candidate
    return None


_BATCH = 60
"""Programs that are asked about at once."""


def _large_steps(program: Program) -> Iterator[Program]:
    """Programs with whole parts left out: halves and quarters of bodies, and all that refers to a function."""
    if program.size < _WIDE:
        return
    for number, function in enumerate(program.functions):
        length = len(function.body)
        for parts in (1, 2, 4):
            size = length // parts
            for begin in range(0, length, size) if size > 1 else ():
                body = function.body[:begin] + function.body[begin + size :]
                yield from _tidied(_with(program, number, replace(function, body=body)))
    for number in range(1, len(program.functions)):
        yield from _tidied(_without(program, number))


def _without(program: Program, number: int) -> Program:
    """The program with nothing that refers to a function."""
    functions = [
        replace(f, body=tuple(a for a in f.body if not (isinstance(a, Call | Go | Defer) and a.function == number)))
        for f in program.functions
    ]
    return Program(tuple(functions))


def _small_steps(program: Program) -> Iterator[Program]:
    """Programs with one action left out, moved up, or made plainer; with one frame made plainer."""
    for number, function in enumerate(program.functions):
        for position, action in enumerate(function.body):
            before, after = function.body[:position], function.body[position + 1 :]
            yield from _tidied(_with(program, number, replace(function, body=before + after)))
            if isinstance(action, Call | Go | Defer) and action.function is not None:
                inner = program.functions[action.function].body
                yield from _tidied(_with(program, number, replace(function, body=before + inner + after)))
            for plainer in _plainer(program, action):
                yield from _tidied(_with(program, number, replace(function, body=(*before, plainer, *after))))
        for plain in _plain(function):
            yield from _tidied(_with(program, number, plain))
            for position, action in enumerate(plain.body):
                if isinstance(action, Defer):
                    body = plain.body[:position] + plain.body[position + 1 :]
                    yield from _tidied(_with(program, number, replace(plain, body=body)))
        if function.large:
            yield from _tidied(_with(program, number, replace(function, large=False)))
        if function.frame is Frame.LINKED:
            yield from _tidied(_with(program, number, replace(function, frame=Frame.OPEN)))


def _plain(function: Function) -> Iterator[Function]:
    """The function with all its defer statements made plain at once: not every mixture of them can be run."""
    for loop in (False, True):
        body = tuple(
            replace(a, form=Form.CLOSURE, loop=a.loop and loop, times=a.times if loop else min(a.times, 1))
            if isinstance(a, Defer)
            else a
            for a in function.body
        )
        yield replace(function, body=body)
        if not loop:
            yield replace(function, body=body, frame=Frame.OPEN)


def _plainer(program: Program, action: Action) -> Iterator[Action]:
    match action:
        case Defer(function=target, form=form, times=times, loop=loop):
            if times > 1:
                yield replace(action, times=1)
            if loop:
                yield replace(action, loop=False, times=min(times, 1))
            if target is not None:
                for other in (Form.CLOSURE, Form.VALUE):
                    if form is not other:
                        yield replace(action, form=other)
                yield from (replace(action, function=below) for below in _referred(program, target))
        case Call(function=target, show=show):
            if show:
                yield replace(action, show=False)
            yield from (replace(action, function=below) for below in _referred(program, target))
        case Go(function=target):
            yield Call(target)
        case Recover(show=True):
            yield Recover()
        case Panic(value=value) if value != "p":
            yield Panic("p")
        case Fault():
            yield Panic("p")
        case Return(value=int()):
            yield Return()


def _referred(program: Program, number: int) -> Iterator[int]:
    for action in program.functions[number].body:
        if isinstance(action, Call | Go | Defer) and action.function is not None:
            yield action.function


def _with(program: Program, number: int, function: Function) -> Program:
    functions = program.functions
    return Program((*functions[:number], function, *functions[number + 1 :]))


def _tidied(program: Program) -> Iterator[Program]:
    """The program without functions that nothing refers to; nothing if it is no program."""
    try:
        yield validate(gather(program.functions, program.functions[0])[0])
    except NotAProgram:
        return

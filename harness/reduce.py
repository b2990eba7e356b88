"""The smallest program with the same difference: a pure search over programs.

`reduce` knows nothing of toolchains. A predicate says of many programs at once which still show the difference; the
search takes the smallest that does, and goes on from there until no single step makes it smaller. The result is
locally minimal: leaving out any action, or making any one plainer, loses the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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

Predicate = Callable[[Sequence[Program]], Iterable[bool]]
"""Which of these programs show the difference, in their order; nobody asks further than the first that does. A
program of which nothing can be known does not."""


def reduce(program: Program, shows: Predicate) -> Program:
    """The smallest program that the search finds; `program` itself must show the difference."""
    best = _cut(program, shows)
    while (found := _first(best, _steps(best), shows)) is not None:
        best = found
    return best


def _cut(program: Program, shows: Predicate) -> Program:
    """The program without stretches of its actions, long ones first: quickly down to what is not much too large."""
    length = program.size // 2
    while length > 1:
        begin = 0
        while begin < program.size:
            begins = range(begin, program.size, length)[:_BATCH]
            candidates = [(at, cut) for at in begins for cut in _tidied(_without(program, at, at + length))]
            shown = shows([cut for _, cut in candidates])
            found = next((each for each, is_shown in zip(candidates, shown, strict=False) if is_shown), None)
            begin, program = (begins[-1] + length, program) if found is None else found
        length //= 2
    return program


def _without(program: Program, begin: int, end: int) -> Program:
    """The program without its actions from number `begin` to `end`, counted through all functions."""
    functions = []
    first = 0
    for function in program.functions:
        length = len(function.body)
        low, high = max(begin - first, 0), max(end - first, 0)
        functions.append(
            replace(function, body=function.body[:low] + function.body[high:]) if low < length else function
        )
        first += length
    return Program(tuple(functions))


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


def _steps(program: Program) -> Iterator[Program]:
    """Programs with one action left out, moved up, or made plainer; with one frame made plainer; without calls that
    only call on."""
    yield from _shallow(program)
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


def _shallow(program: Program) -> Iterator[Program]:
    """The program without functions that only call another one, as it is and with a stack that grows instead: such
    calls may stand there for the stack that they take."""
    onward = {
        number: function.body[0].function
        for number, function in enumerate(program.functions)
        if len(function.body) == 1 and isinstance(function.body[0], Call)
    }

    def moved(action: Action) -> Action:
        while isinstance(action, Call) and action.function in onward:
            action = replace(action, function=onward[action.function])
        return action

    if not onward:
        return
    shallow = Program(tuple([replace(f, body=tuple([moved(a) for a in f.body])) for f in program.functions]))
    yield from _tidied(shallow)
    for number, function in enumerate(shallow.functions):
        yield from _tidied(_with(shallow, number, replace(function, body=(Grow(), *function.body))))


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

"""Programs in the form that the two models read, and what happens in a run as one small integer an event.

`compile_program` resolves references and numbers the places of a program once, so that a model only appends
integers: a place (each function's entry and end, two for each action) shifted left by `SHIFT`, and a detail: how a
function came to be entered, or the number of a value. `word` gives an event back as something to read. Two runs are
the same if their integers are.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from oracle.events import EndKind
from oracle.program import (
    Action,
    Call,
    Collect,
    Defer,
    Emit,
    Fault,
    FaultKind,
    Form,
    Frame,
    Function,
    Go,
    Goexit,
    Grow,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
    function_name,
)

SHIFT = 8
DETAIL = (1 << SHIFT) - 1

CALLED, BY_RETURN, BY_PANIC, BY_GOEXIT, STARTED = range(5)
"""How a function was entered: by a call, as a deferred call that its function's return, a panic or Goexit runs, as
the first of a goroutine."""

SHOWN = 1 << SHIFT
"""Added to an event of recover: that its value is printed."""

NIL_VALUE = 0
"""The number of what recover gives where it recovers nothing."""
FAULT_VALUES = {kind: number for number, kind in enumerate(FaultKind, 1)}
_FIRST_WORD = 1 + len(FAULT_VALUES)

(
    CALL,
    CALL_AND_SHOW,
    DEFER,
    PANIC,
    FAULT,
    RECOVER,
    RECOVER_AND_SHOW,
    GOEXIT,
    RETURN,
    RETURN_VALUE,
    SET,
    SET_OUTER,
    READ,
    READ_OUTER,
    GO,
    EMIT,
    GROW,
    COLLECT,
) = range(18)


class Statement:
    """A defer statement. `routine`: what it calls, None for a nil function value; `wrappers`: frames that the
    compiler puts between the caller of a deferred call and `routine`; `slot`: its number among the function's
    statements; `loop`: it stands in a loop."""

    __slots__ = ("loop", "routine", "slot", "wrappers")

    def __init__(self, routine: Routine | None, wrappers: int, slot: int, *, loop: bool) -> None:
        self.routine = routine
        self.wrappers = wrappers
        self.slot = slot
        self.loop = loop


Op = tuple[int, Any, int]
"""Operation, what it works on (as the operation has it: a Routine, a Statement, a number, None), the event that tells
of it."""


Events = tuple[int, ...]
Stretch = tuple[int, Any, int, Events, tuple[Statement, ...]]
"""An operation whose outcome is open until it runs; then what certainly follows it up to the next such: the events
and the statements that are deferred."""


class Routine:
    """A function. `enter`, `end`: the events of its entry (to which the detail is added) and of the end of its body;
    `statements`: how many defer statements it has.

    `ops` has its actions one by one. The same in stretches: `opening` by how it was entered, `opening_defers`,
    `rest`; a `leaf` has no more than its opening, and defers nothing.
    """

    __slots__ = (
        "end",
        "enter",
        "large",
        "leaf",
        "number",
        "open",
        "opening",
        "opening_defers",
        "ops",
        "rest",
        "statements",
    )

    def __init__(self, number: int, function: Function, first_place: int) -> None:
        self.number = number
        self.enter = first_place << SHIFT
        self.end = (first_place + 1 + 2 * len(function.body)) << SHIFT
        self.open = function.frame is Frame.OPEN
        self.large = function.large
        self.statements = 0
        self.ops: tuple[Op, ...] = ()
        self.opening: tuple[Events, ...] = ()
        self.opening_defers: tuple[Statement, ...] = ()
        self.rest: tuple[Stretch, ...] = ()
        self.leaf = False


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled program. `places`: the first place of each function; `values`: what the numbers of values mean."""

    program: Program
    main: Routine
    routines: tuple[Routine, ...]
    places: tuple[int, ...]
    values: tuple[str, ...]


WRAPPERS = {Form.CLOSURE: 0, Form.FUNCTION: 0, Form.VALUE: 1, Form.METHOD: 1, Form.PROMOTED: 2, Form.ARGUMENT: 1}
"""Frames of wrappers in a deferred call, by its form."""


def compile_program(program: Program) -> Code:
    """The program, which must be valid, in the form that the models read."""
    places: list[int] = []
    routines: list[Routine] = []
    place = 0
    for number, function in enumerate(program.functions):
        places.append(place)
        routines.append(Routine(number, function, place))
        place += 2 * len(function.body) + 2
    values: dict[str, int] = {}
    for routine, function in zip(routines, program.functions, strict=True):
        routine.ops = _operations(routine, function, routines, values)
        _set_stretches(routine)
    texts = ("nil", *(f"runtime error: {kind.value}" for kind in FaultKind), *values)
    return Code(program, routines[0], tuple(routines), tuple(places), texts)


def _operations(
    routine: Routine, function: Function, routines: list[Routine], values: dict[str, int]
) -> tuple[Op, ...]:
    ops: list[Op] = []
    event = routine.enter + (1 << SHIFT)
    for action in function.body:
        if isinstance(action, Defer):
            target = None if action.function is None else routines[action.function]
            statement = Statement(target, WRAPPERS[action.form], routine.statements, loop=action.loop)
            routine.statements += 1
            ops += [(DEFER, statement, event)] * action.times
        else:
            ops.append(_operation(action, event, routines, values))
        event += 2 << SHIFT
    return tuple(ops)


def _operation(action: Action, event: int, routines: list[Routine], values: dict[str, int]) -> Op:
    match action:
        case Call(function=function, show=show):
            return (CALL_AND_SHOW if show else CALL, routines[function], event)
        case Panic(value=text):
            return (PANIC, values.setdefault(text, _FIRST_WORD + len(values)), event)
        case Fault(kind=kind):
            return (FAULT, FAULT_VALUES[kind], event)
        case Recover(show=show):
            return (RECOVER_AND_SHOW if show else RECOVER, None, event)
        case Goexit():
            return (GOEXIT, None, event)
        case Return(value=value):
            return (RETURN if value is None else RETURN_VALUE, value, event)
        case SetResult(value=value, outer=outer):
            return (SET_OUTER if outer else SET, value, event)
        case ReadResult(outer=outer):
            return (READ_OUTER if outer else READ, None, event)
        case Go(function=function):
            return (GO, routines[function], event)
        case Grow():
            return (GROW, None, event)
        case Collect():
            return (COLLECT, None, event)
        case Emit():
            return (EMIT, None, event)
    raise AssertionError(action)  # a defer statement


_STATIC = frozenset({DEFER, EMIT, RETURN, GROW, COLLECT})
"""Operations that do the same whatever came before."""
_TOLD_BEFORE = frozenset({PANIC, GOEXIT, GO})
"""Operations whose event comes before what they do."""
_LAST = frozenset({PANIC, FAULT, GOEXIT, RETURN, RETURN_VALUE})


def _set_stretches(routine: Routine) -> None:
    events: list[int] = []
    pushed: list[Statement] = []
    stretches: list[tuple[int, Any, int, list[int], list[Statement]]] = [(EMIT, None, 0, events, pushed)]
    op = EMIT
    for op, operand, event in routine.ops:
        if op in _STATIC:
            if op == DEFER:
                pushed.append(operand)
            if op < GROW:
                events.append(event)
            continue
        if op in _TOLD_BEFORE:
            events.append(event)
        events, pushed = [], []
        if op == RETURN_VALUE:
            events.append(event)
            stretches.append((SET, operand, event, events, pushed))
        else:
            stretches.append((PANIC if op == FAULT else op, operand, event, events, pushed))
    if op not in _LAST:
        events.append(routine.end)
    opening = tuple(stretches[0][3])
    enter = routine.enter
    routine.opening = tuple([(enter + how, *opening) for how in range(5)])
    routine.opening_defers = tuple(stretches[0][4])
    routine.rest = tuple([(o, a, e, tuple(x), tuple(d)) for o, a, e, x, d in stretches[1:]])
    routine.leaf = not (routine.rest or routine.opening_defers)


# --- Events to read ------------------------------------------------------------------------------------------


class Deed(Enum):
    """What an event tells."""

    ENTER = "enter"
    DEFER = "defer"
    GO = "go"
    PANIC = "panic"
    RECOVER = "recover"
    GOEXIT = "goexit"
    RETURN = "return"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Word:
    """One event. `function`: who acts, or is entered; `action`: the 0-based action of its body, -1 for its entry,
    the body's length for its end; `how`: one of CALLED ... STARTED for ENTER; `value`: what is recovered or printed,
    or what a panic is given."""

    deed: Deed
    function: int
    action: int
    how: int = 0
    value: str = ""

    @property
    def is_deferred_call(self) -> bool:
        """Whether a deferred call begins."""
        return self.deed is Deed.ENTER and self.how in (BY_RETURN, BY_PANIC, BY_GOEXIT)


def word(code: Code, event: int) -> Word:
    """What an event of a run of `code` tells."""
    place, detail = event >> SHIFT, event & DETAIL
    number = bisect_right(code.places, place) - 1
    action, second = divmod(place - code.places[number] - 1, 2)
    body = code.program.functions[number].body
    if action < 0:
        return Word(Deed.ENTER, number, -1, how=detail)
    if action == len(body):
        return Word(Deed.RETURN, number, action)
    return _word(code, number, action, body[action], detail, bool(second))


def _word(code: Code, number: int, position: int, action: Action, detail: int, second: bool) -> Word:
    match action:
        case Defer():
            return Word(Deed.DEFER, number, position)
        case Go():
            return Word(Deed.GO, number, position)
        case Panic(value=value):
            return Word(Deed.PANIC, number, position, value=value)
        case Recover():
            return Word(Deed.PRINT if second else Deed.RECOVER, number, position, value=code.values[detail])
        case Goexit():
            return Word(Deed.GOEXIT, number, position)
        case Return():
            return Word(Deed.RETURN, number, position)
        case Emit(number=printed):
            return Word(Deed.PRINT, number, position, value=str(printed))
        case _:
            return Word(Deed.PRINT, number, position, value=str(detail))


def canonical_text(value: str) -> str:
    """A value of a program as traces write it: strings in quotes, nil and run-time errors as they are."""
    return value if value == "nil" or value.startswith("runtime error: ") else f'"{value}"'


class Ending(NamedTuple):
    """How a program's process ends. `chain`: for PANICKED, the panics under way, the oldest first: the number of its
    value and whether it was recovered already. `text`: for FATAL, the runtime's words."""

    kind: EndKind
    chain: tuple[tuple[int, bool], ...] = ()
    text: str = ""


HOW = ("a call", "a deferred call, by the return", "a deferred call, by a panic", "a deferred call, by Goexit", "go")
"""How a function was entered, in words."""


def describe(code: Code, event: int) -> str:
    """An event in words."""
    told = word(code, event)
    name = function_name(told.function)
    match told.deed:
        case Deed.ENTER:
            return f"{name} is entered ({HOW[told.how]})"
        case Deed.DEFER:
            target = code.program.functions[told.function].body[told.action]
            assert isinstance(target, Defer)
            called = "a nil function value" if target.function is None else function_name(target.function)
            return f"{name} defers {called}"
        case Deed.GO:
            target = code.program.functions[told.function].body[told.action]
            assert isinstance(target, Go)
            return f"{name} starts a goroutine with {function_name(target.function)}"
        case Deed.PANIC:
            return f"{name} panics with {told.value}"
        case Deed.RECOVER:
            return f"recover in {name} gives {told.value}"
        case Deed.GOEXIT:
            return f"{name} calls Goexit"
        case Deed.RETURN:
            return f"{name} returns"
    return f"{name} prints {told.value}"

"""The algebra of test programs: everything that a generated Go program can do, as data.

A program is a table of functions; function 0 is `main`. A function's body is a sequence of actions. A body may refer
only to functions that come later in the table, so every program ends, and numbering is canonical.

Functions are values of the table, activations are theirs at run time. Values of panics are short words, results are
small integers. Nothing here runs: `oracle.spec` and `oracle.runtime` say what a program does, `oracle.code` is the
form they read, `oracle.text` the form that people read.

Not in the algebra: recursion, methods that are not wrappers, data races, blocking for ever, os.Exit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

OPEN_CODED_LIMIT = 8
"""Defer statements of a function with open-coded defers at most: their bits are one byte (go.dev/src/cmd/compile)."""

MAX_DEPTH = 100
"""Functions on a path of calls and defer statements at most; `oracle.spec` calls itself twice for each."""

MAX_RESULT = 250
MAX_VALUES = 200
"""Different panic values of one program at most."""


class Frame(Enum):
    """How the compiler keeps a function's pending deferred calls."""

    OPEN = "open"
    """Open-coded: a bit and a slot in the frame for each statement, none of which is in a loop."""
    LINKED = "linked"
    """A record on the goroutine's list for each execution: on the heap for statements in loops, else in the frame."""


class Form(Enum):
    """What a defer statement calls. All forms of one function do the same; the compiler treats them differently."""

    CLOSURE = "closure"
    """A function literal in the deferring function."""
    FUNCTION = "function"
    """A function by its name."""
    VALUE = "value"
    """A method value kept in a variable."""
    METHOD = "method"
    """A method through an interface. The compiler wraps such a call in a closure of its own."""
    PROMOTED = "promoted"
    """A method of an embedded type through an interface: one wrapper more."""
    ARGUMENT = "argument"
    """A function with an argument: the compiler wraps the call."""


class FaultKind(Enum):
    """A run-time error, by how it comes about. The value is what recover's value says of it."""

    NIL = "invalid memory address or nil pointer dereference"
    """By a signal."""
    DIVIDE = "integer divide by zero"
    """By a check that the compiler puts in."""
    INDEX = "index out of range [5] with length 3"
    """By a check that passes the index on."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function. `show`: print its result."""

    function: int
    show: bool = False


@dataclass(frozen=True, slots=True)
class Defer:
    """A defer statement, executed `times` times: more than once only in a `loop`; 0: its condition does not hold.
    `function` None: a nil function value."""

    function: int | None
    form: Form = Form.CLOSURE
    times: int = 1
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Panic:
    """panic with a string. Ends the body."""

    value: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A run-time error. Ends the body."""

    kind: FaultKind


@dataclass(frozen=True, slots=True)
class Recover:
    """Call recover directly; one level too deep is a call of a function that does this. `show`: print what it
    gives."""

    show: bool = False


@dataclass(frozen=True, slots=True)
class Goexit:
    """runtime.Goexit. Ends the body."""


@dataclass(frozen=True, slots=True)
class Return:
    """Return the result as it is (None), or this value. Ends the body."""

    value: int | None = None


@dataclass(frozen=True, slots=True)
class SetResult:
    """Assign to the named result. `outer`: to that of the function that deferred this closure."""

    value: int
    outer: bool = False


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Print the named result. `outer`: that of the function that deferred this closure."""

    outer: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """Run a function in a goroutine of its own, and wait until that goroutine is gone."""

    function: int


@dataclass(frozen=True, slots=True)
class Grow:
    """Use so much stack that it is copied to a larger one."""


@dataclass(frozen=True, slots=True)
class Collect:
    """Collect garbage."""


@dataclass(frozen=True, slots=True)
class Emit:
    """Print a number."""

    number: int


Action = (
    Call | Defer | Panic | Fault | Recover | Goexit | Return | SetResult | ReadResult | Go | Grow | Collect | Emit
)

LAST = (Panic, Fault, Goexit, Return)
"""Actions that end a body: nothing behind them is ever reached."""


@dataclass(frozen=True, slots=True)
class Function:
    """`frame`: how its deferred calls are kept. `large`: its frame is so large that entering it grows the stack."""

    body: tuple[Action, ...] = ()
    frame: Frame = Frame.OPEN
    large: bool = False

    @property
    def statements(self) -> tuple[Defer, ...]:
        """Its defer statements."""
        return tuple([action for action in self.body if isinstance(action, Defer)])

    @property
    def sees_outer_result(self) -> bool:
        """Whether it uses the result of the function that defers it."""
        return any(isinstance(action, SetResult | ReadResult) and action.outer for action in self.body)


@dataclass(frozen=True, slots=True)
class Program:
    """A table of functions; 0 is main. Only `validate`d programs may be run."""

    functions: tuple[Function, ...]

    @property
    def size(self) -> int:
        """The number of actions."""
        return sum(len(f.body) for f in self.functions)


class NotAProgram(ValueError):
    """A program breaks a rule of the algebra. `where`: function and, 1-based, action ("f2, action 3")."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def references(function: Function) -> Iterator[tuple[int, Call | Defer | Go]]:
    """Which functions a body refers to, and by which action."""
    for action in function.body:
        if isinstance(action, Call | Defer | Go) and action.function is not None:
            yield action.function, action


def function_name(number: int) -> str:
    """What people and Go sources call a function."""
    return "main" if number == 0 else f"f{number}"


def validate(program: Program) -> Program:
    """Return the program if it keeps the rules of the algebra, else raise `NotAProgram` for the first one broken."""
    functions = program.functions
    if not functions:
        raise NotAProgram("program", "it has no function")
    uses: Counter[int] = Counter()
    closures: set[int] = set()
    depths = [0] * len(functions)
    for number, function in enumerate(functions):
        _validate_shape(number, function)
        for position, action in enumerate(function.body, 1):
            if isinstance(action, LAST) and position < len(function.body):
                raise NotAProgram(_place(number, position), "nothing behind this action is ever reached")
            _validate_action(number, position, action, closure=number in closures)
        for target, action in references(function):
            if not number < target < len(functions):
                raise NotAProgram(
                    function_name(number),
                    f"it refers to function {target}: only later ones, up to {len(functions) - 1}, are there for it",
                )
            uses[target] += 1
            depths[target] = max(depths[target], depths[number] + 1)
            if isinstance(action, Defer) and action.form is Form.CLOSURE:
                closures.add(target)
    for number in range(1, len(functions)):
        if not uses[number]:
            raise NotAProgram(function_name(number), "nothing refers to it")
        if number in closures and uses[number] > 1:
            raise NotAProgram(function_name(number), "a closure stands in one defer statement and nowhere else")
    if max(depths) >= MAX_DEPTH:
        raise NotAProgram("program", f"calls and defer statements are nested more than {MAX_DEPTH} deep")
    if len({a.value for f in functions for a in f.body if isinstance(a, Panic)}) > MAX_VALUES:
        raise NotAProgram("program", f"it has more than {MAX_VALUES} different panic values")
    return program


def _place(number: int, position: int) -> str:
    return f"{function_name(number)}, action {position}"


def _validate_shape(number: int, function: Function) -> None:
    if function.frame is not Frame.OPEN:
        return
    statements = function.statements
    if len(statements) > OPEN_CODED_LIMIT:
        raise NotAProgram(
            function_name(number),
            f"it has {len(statements)} defer statements: open-coded are {OPEN_CODED_LIMIT} at most",
        )
    if any(s.loop for s in statements):
        raise NotAProgram(function_name(number), "a function with a defer statement in a loop has no open-coded ones")


def _validate_action(number: int, position: int, action: Action, *, closure: bool) -> None:
    why = ""
    match action:
        case Defer(times=times) if times < 0:
            why = "a statement is executed 0 times or more"
        case Defer(times=times, loop=False) if times > 1:
            why = "only a statement in a loop is executed more than once"
        case Defer(function=None, form=form) if form is not Form.CLOSURE:
            why = "a nil function value has no form"
        case Panic(value=value) if not (value.isascii() and value.replace("-", "").isalnum()):
            why = "a panic's value is a word of ASCII letters, digits and hyphens"
        case Return(value=int()) | SetResult(outer=False) | ReadResult(outer=False) if number == 0:
            why = "main has no result"
        case SetResult(outer=True) | ReadResult(outer=True) if not closure:
            why = "only a deferred closure sees the result of the function around it"
        case Return(value=int(value)) | SetResult(value=value) if not 0 <= value <= MAX_RESULT:
            why = f"a result is a number from 0 to {MAX_RESULT}"
        case Emit(number=printed) if printed < 0:
            why = "what is printed is a number from 0"
    if why:
        raise NotAProgram(_place(number, position), why)

"""A program of the algebra -> one Go file that does it: package main, standard library only.

Every function of the program is a function of the file, once for each sort of defer statement that refers to it: as
a literal in the function that defers it, by its name, as a method, with an argument. `recover` stands in that very
function; what the compiler puts between it and its caller is the compiler's. Conditions, operands and interfaces are
package variables, so the compiler cannot know what comes.

How the compiler keeps deferred calls follows its own rules (go.dev/src/cmd/compile/internal/ssagen, walk, escape): a
function's defer statements are open-coded unless one of them stands in a loop, so a linked frame gets a loop that
never runs. `Lowered.defers` says what the compiler's report must say of every statement.

Not kept: the order in which the file has functions and the program's own numbers of activations.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from harness.model import DeferKind, Lowered
from oracle.predict import Places, label
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


class _Shape(Enum):
    """What a function of the program is in Go."""

    LITERAL = "a function literal"
    PLAIN = "a function"
    METHOD = "a method"
    ARGUMENT = "a function with an argument"


_SHAPES = {
    Form.CLOSURE: _Shape.LITERAL,
    Form.FUNCTION: _Shape.PLAIN,
    Form.VALUE: _Shape.METHOD,
    Form.METHOD: _Shape.METHOD,
    Form.PROMOTED: _Shape.METHOD,
    Form.ARGUMENT: _Shape.ARGUMENT,
}

OPEN_CODED, ON_STACK, ON_HEAP = "open-coded", "stack-allocated", "heap-allocated"
"""How the compiler's report (-d=defer) names what it does."""

_FAULTS = {
    FaultKind.NIL: "*{0}pointer = 1",
    FaultKind.DIVIDE: "{0}zero = 1 / {0}zero",
    FaultKind.INDEX: "{0}list[{0}five] = 1",
}

GROW = """
var {0}depth = 16

// {0}grow uses more stack than there has been so far.
func {0}grow() {{
	if {0}depth < 4096 {{
		{0}depth *= 2
	}}
	{0}deepen({0}depth)
}}

//go:noinline
func {0}deepen(frames int) byte {{
	var block [2 << 10]byte
	block[{0}five] = byte(frames)
	if frames > 0 {{
		return {0}deepen(frames-1) + block[{0}zero]
	}}
	return block[{0}zero]
}}
"""


def lower(program: Program, prefix: str = "", header: str = "") -> tuple[str, Lowered]:
    """The Go source of a program, which must be valid, and where in it everything stands.

    `prefix` begins every package-level name but main; `header` is a comment, with its line end, to stand first.
    """
    return Lowering(program, prefix).run(header)


class Lowering:
    """Writes the Go source of one program."""

    def __init__(self, program: Program, prefix: str) -> None:
        self.program = program
        self.prefix = prefix
        self.lines: list[str] = []
        self.indent = 0
        self.places = Places({}, {})
        self.defers: list[DeferKind] = []
        self.shapes: list[set[_Shape]] = [set() for _ in program.functions]
        self.forms: list[set[Form]] = [set() for _ in program.functions]
        self.results = [False] * len(program.functions)
        self.actions = [action for function in program.functions for action in function.body]
        self._survey()

    def _survey(self) -> None:
        """Find out which shapes each function needs, and which functions need a result."""
        called: set[int] = set()
        for number, function in enumerate(self.program.functions):
            for action in function.body:
                match action:
                    case Defer(function=int(target), form=form):
                        self.shapes[target].add(_SHAPES[form])
                        self.forms[target].add(form)
                        if form is Form.CLOSURE and self.program.functions[target].sees_outer_result:
                            self.results[number] = True
                    case Call(function=target, show=show):
                        called.add(target)
                        self.results[target] = self.results[target] or show
                    case Go(function=target):
                        called.add(target)
                    case Return(value=int()) | SetResult(outer=False) | ReadResult(outer=False):
                        self.results[number] = True
        for target in called:
            if not self.shapes[target] - {_Shape.LITERAL}:
                self.shapes[target].add(_Shape.PLAIN)

    # --- the file --------------------------------------------------------------------------------------

    def run(self, header: str) -> tuple[str, Lowered]:
        """The whole file, below `header`."""
        for line in header.splitlines():
            self._put(line)
        if header:
            self._put("")
        self._head()
        self._open("func main() {", 0)
        if self.results[0]:
            self._put("var r0 int")
            self._put("_ = r0")
        self._body(0)
        self._close(0, "}")
        for number in range(1, len(self.program.functions)):
            for shape in _Shape:
                if shape in self.shapes[number] and shape is not _Shape.LITERAL:
                    self._declare(number, shape)
        if any(isinstance(a, Grow) for a in self.actions):
            self.lines += GROW.format(self.prefix).splitlines()
        kinds = tuple(sorted(self.defers, key=lambda kind: kind.line))
        return "\n".join((*self.lines, "")), Lowered(self.program, self.places, kinds)

    def _head(self) -> None:
        self._put("package main")
        self._put("")
        prints = any(_prints(a) for a in self.actions)
        runs = any(isinstance(a, Goexit | Go | Collect) for a in self.actions)
        imports = [p for p, is_used in (("fmt", prints), ("runtime", runs or self._is_any_large())) if is_used]
        self.lines += [*self._imports(imports), ""] if imports else []
        declared = self._variables()
        self.lines += [*declared, ""] if declared else []

    def _imports(self, paths: Sequence[str]) -> list[str]:
        if len(paths) == 1:
            return [f'import "{paths[0]}"']
        return ["import (", *(f'\t"{path}"' for path in paths), ")"]

    def _is_any_large(self) -> bool:
        return any(function.large for function in self.program.functions)

    def _variables(self) -> list[str]:
        """Declarations of the package variables that are used."""
        used = {a.kind for a in self.actions if isinstance(a, Fault)}
        grows = any(isinstance(a, Grow) for a in self.actions)
        p = self.prefix
        wanted = {
            f"var {p}never bool": any(isinstance(a, Defer) and not a.times for a in self.actions)
            or any(_needs_a_loop(f) for f in self.program.functions),
            f"var {p}none func()": any(isinstance(a, Defer) and a.function is None for a in self.actions)
            or any(_needs_a_loop(f) for f in self.program.functions),
            f"var {p}pointer *int": FaultKind.NIL in used,
            f"var {p}zero int": FaultKind.DIVIDE in used or grows,
            f"var {p}five = 5": FaultKind.INDEX in used or grows,
            f"var {p}list [3]int": FaultKind.INDEX in used,
        }
        return [declaration for declaration, is_used in wanted.items() if is_used]

    def _declare(self, number: int, shape: _Shape) -> None:
        """A function of the program as a declaration, with the types and variables that it is called through."""
        p, name, result = self.prefix, function_name(number), self._result(number)
        self._put("")
        if shape is _Shape.METHOD:
            self._declare_receiver(number)
            opening = f"func (*{p}t{number}) {name}(){result} {{"
        elif shape is _Shape.ARGUMENT:
            opening = f"func {p}{name}arg(_ int){result} {{"
        else:
            opening = f"func {p}{name}(){result} {{"
        self._open(opening, number)
        self._body(number)
        self._close(number, "}")

    def _declare_receiver(self, number: int) -> None:
        p = self.prefix
        interface = f"interface{{ {function_name(number)}(){' int' if self.results[number] else ''} }}"
        self.lines += [f"type {p}t{number} struct{{}}", ""]
        if Form.METHOD in self.forms[number]:
            self.lines += [f"var {p}method{number} {interface} = new({p}t{number})", ""]
        if Form.PROMOTED in self.forms[number]:
            self.lines += [
                f"type {p}around{number} struct{{ *{p}t{number} }}",
                "",
                f"var {p}promoted{number} {interface} = {p}around{number}{{new({p}t{number})}}",
                "",
            ]

    def _result(self, number: int) -> str:
        return f" (r{number} int)" if self.results[number] else ""

    # --- lines -----------------------------------------------------------------------------------------

    def _put(self, text: str, function: int = -1, action: int = 0) -> int:
        """Add a line, of an action if one is given; return its number."""
        self.lines.append("\t" * self.indent + text if text else "")
        if function >= 0:
            self.places.actions[len(self.lines)] = (function, action)
        return len(self.lines)

    def _open(self, text: str, number: int, action: tuple[int, int] | None = None) -> int:
        """Begin a function of the program. `action`: the one that the line is part of."""
        line = self._put(text, *(action or ()))
        self.places.entries[line] = number
        self.indent += 1
        return line

    def _close(self, number: int, text: str) -> None:
        """End a function; control that comes here comes to the body's end."""
        self.indent -= 1
        self._put(text, number, len(self.program.functions[number].body))

    # --- bodies ----------------------------------------------------------------------------------------

    def _body(self, number: int) -> None:
        function = self.program.functions[number]
        if function.large:
            self._put("var large [16 << 10]byte")
            self._put("runtime.KeepAlive(&large)")
        if _needs_a_loop(function):
            self._loop()
        for position, action in enumerate(function.body):
            if isinstance(action, Defer):
                self._defer(number, position, action)
            else:
                for text in self._statements(number, position, action):
                    self._put(text, number, position)
        last = function.body[-1] if function.body else None
        if number and self.results[number] and not isinstance(last, Return | Panic):
            self._put("return", number, len(function.body))

    def _loop(self) -> None:
        """A loop with a defer statement, so that none of the function is open-coded. It never runs."""
        self._put(f"for {self.prefix}never {{")
        self.indent += 1
        self._note(self._put(f"defer {self.prefix}none()"), ON_HEAP)
        self.indent -= 1
        self._put("}")

    def _statements(self, number: int, position: int, action: Action) -> tuple[str, ...]:
        """The lines of an action, all of which are places of it."""
        match action:
            case Call(function=target, show=show):
                called = self._call(target)
                return (f'fmt.Println("{label(number, action)}", {called})' if show else called,)
            case Panic(value=value):
                return (f'panic("{value}")',)
            case Fault(kind=kind):
                return (_FAULTS[kind].format(self.prefix),)
            case Recover(show=show):
                return (f'fmt.Println("{label(number, action)}", recover())' if show else "recover()",)
            case Goexit():
                return ("runtime.Goexit()",)
            case Return(value=value):
                return ("return" if value is None else f"return {value}",)
            case SetResult(value=value, outer=outer):
                return (f"r{self._owner(number) if outer else number} = {value}",)
            case ReadResult(outer=outer):
                return (f'fmt.Println("{label(number, action)}", r{self._owner(number) if outer else number})',)
            case Go(function=target):
                waiting = f"n{position + 1}"
                return (
                    f"{waiting} := runtime.NumGoroutine()",
                    f"go {self._call(target)}",
                    f"for runtime.NumGoroutine() > {waiting} {{",
                    "\truntime.Gosched()",
                    "}",
                )
            case Grow():
                return (f"{self.prefix}grow()",)
            case Collect():
                return ("runtime.GC()",)
            case Emit(number=printed):
                return (f'fmt.Println("{label(number, action)}", {printed})',)
        raise AssertionError(action)  # a defer statement

    def _owner(self, closure: int) -> int:
        """The function that defers a closure."""
        return next(
            number
            for number, function in enumerate(self.program.functions)
            if any(isinstance(a, Defer) and a.function == closure for a in function.body)
        )

    def _call(self, target: int) -> str:
        """A call of a function by code, in a shape that it has."""
        name, shapes = function_name(target), self.shapes[target]
        if _Shape.PLAIN in shapes:
            return f"{self.prefix}{name}()"
        if _Shape.METHOD in shapes:
            return f"new({self.prefix}t{target}).{name}()"
        return f"{self.prefix}{name}arg(0)"

    # --- defer statements ------------------------------------------------------------------------------

    def _defer(self, number: int, position: int, action: Defer) -> None:
        p, target = self.prefix, action.function
        if action.form is Form.VALUE and target is not None:
            self._put(f"v{position + 1} := new({p}t{target}).{function_name(target)}")
        opening = self._around(action)
        if opening:
            self._put(opening)
            self.indent += 1
        line = self._statement(number, position, action)
        if opening:
            self.indent -= 1
            self._put("}")
        open_coded = self.program.functions[number].frame is Frame.OPEN
        self._note(line, ON_HEAP if action.loop else OPEN_CODED if open_coded else ON_STACK)

    def _around(self, action: Defer) -> str:
        """What opens the block that a defer statement stands in, "" if it stands in none."""
        if not action.times:
            return f"for {self.prefix}never {{" if action.loop else f"if {self.prefix}never {{"
        return f"for i := 0; i < {action.times}; i++ {{" if action.loop else ""

    def _statement(self, number: int, position: int, action: Defer) -> int:
        """The statement itself; return the number of its first line."""
        if action.function is not None and action.form is Form.CLOSURE:
            target = action.function
            line = self._open(f"defer func(){self._result(target)} {{", target, (number, position))
            self._put(f"// {function_name(target)}")
            self._body(target)
            self._close(target, "}()")
            return line
        return self._put(f"defer {self._deferred(position, action)}", number, position)

    def _deferred(self, position: int, action: Defer) -> str:
        p, target = self.prefix, action.function
        if target is None:
            return f"{p}none()"
        name = function_name(target)
        match action.form:
            case Form.VALUE:
                return f"v{position + 1}()"
            case Form.METHOD:
                return f"{p}method{target}.{name}()"
            case Form.PROMOTED:
                return f"{p}promoted{target}.{name}()"
            case Form.ARGUMENT:
                return f"{p}{name}arg({position + 1})"
            case _:
                return f"{p}{name}()"

    def _note(self, line: int, kind: str) -> None:
        self.defers.append(DeferKind(line, kind))


def _prints(action: Action) -> bool:
    match action:
        case Emit() | ReadResult():
            return True
        case Call(show=show) | Recover(show=show):
            return show
        case _:
            return False


def _needs_a_loop(function: Function) -> bool:
    """Whether the compiler would open-code the defer statements of a linked frame."""
    statements = function.statements
    return function.frame is Frame.LINKED and bool(statements) and not any(a.loop for a in statements)

"""Programs as plain data (mappings, lists, words, numbers), which YAML or JSON can hold and people can read and edit.

    functions:                          in the order of the program's table: main, f1, f2 ...
      main:                             a body: a list of actions
        - defer: f1                     a closure, executed once
        - {defer: f2, as: method, times: 0}
        - {defer: f3, times: 4, loop: true}
        - defer: nil                    a nil function value
        - call: f4
        - {call: f4, result: shown}
        - go: f5
        - panic: boom
      f1:                               where its frame is not open-coded, or large: a mapping
        frame: linked
        large: true
        body: [...]

The other actions: `recover`, `recover: shown`, `goexit`, `return`, `return: 3`, `set: 5`, `set-outer: 5`, `read`,
`read-outer`, `fault: nil|divide|index`, `grow`, `collect`, `emit: 7`. What is as usual is left out, so a program has
one such form. Everything that is wrong raises `NotAProgram` with its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    NotAProgram,
    Panic,
    Program,
    ReadResult,
    Recover,
    Return,
    SetResult,
    function_name,
    validate,
)

Plain = dict[str, Any]
"""Mappings with text as keys, lists, text, whole numbers and truth values, nothing else."""

_BARE: dict[str, Action] = {
    "recover": Recover(),
    "goexit": Goexit(),
    "return": Return(),
    "read": ReadResult(),
    "read-outer": ReadResult(outer=True),
    "grow": Grow(),
    "collect": Collect(),
}
"""Actions that are one word."""
_BARE_WORDS = {action: word for word, action in _BARE.items()}

_FAULTS = {"nil": FaultKind.NIL, "divide": FaultKind.DIVIDE, "index": FaultKind.INDEX}
_FAULT_WORDS = {kind: word for word, kind in _FAULTS.items()}

_SHOWN = "shown"
_NIL = "nil"


# --- Program -> plain data -----------------------------------------------------------------------------------


def to_plain(program: Program) -> Plain:
    """The program as plain data; `from_plain` gives it back."""
    return {"functions": {function_name(n): _plain_function(f) for n, f in enumerate(program.functions)}}


def _plain_function(function: Function) -> list[Any] | Plain:
    body = [plain_action(action) for action in function.body]
    kept: Plain = {}
    if function.frame is not Frame.OPEN:
        kept["frame"] = function.frame.value
    if function.large:
        kept["large"] = True
    return {**kept, "body": body} if kept else body


def plain_action(action: Action) -> str | Plain:
    """One action: its word, or a mapping that begins with its word."""
    if action in _BARE_WORDS:
        return _BARE_WORDS[action]
    match action:
        case Call(function=function, show=show):
            return {"call": function_name(function)} | ({"result": _SHOWN} if show else {})
        case Defer():
            return _plain_defer(action)
        case Panic(value=text):
            return {"panic": text}
        case Fault(kind=kind):
            return {"fault": _FAULT_WORDS[kind]}
        case Recover():
            return {"recover": _SHOWN}
        case Return(value=result):
            return {"return": result}
        case SetResult(value=result, outer=outer):
            return {"set-outer" if outer else "set": result}
        case Go(function=function):
            return {"go": function_name(function)}
        case Emit(number=number):
            return {"emit": number}
    raise AssertionError(action)  # a bare word


def _plain_defer(action: Defer) -> Plain:
    plain: Plain = {"defer": _NIL if action.function is None else function_name(action.function)}
    if action.form is not Form.CLOSURE:
        plain["as"] = action.form.value
    if action.times != 1:
        plain["times"] = action.times
    if action.loop:
        plain["loop"] = True
    return plain


# --- Plain data -> Program -----------------------------------------------------------------------------------


def from_plain(data: object) -> Program:
    """The program that the data means. Raises `NotAProgram` for the first thing that is wrong."""
    functions = _mapping("program", data, ("functions",)).get("functions")
    if not isinstance(functions, dict) or not functions:
        raise NotAProgram("program", "`functions` must be a mapping of main, f1, f2 ... to their bodies")
    for number, name in enumerate(functions):
        if name != function_name(number):
            raise NotAProgram("program", f"function {name} stands where {function_name(number)} belongs")
    return validate(Program(tuple(_function(name, given) for name, given in functions.items())))


def _function(name: str, given: object) -> Function:
    if isinstance(given, list):
        return Function(_body(name, given))
    plain = _mapping(name, given, ("frame", "large", "body"))
    frame = plain.get("frame", Frame.OPEN.value)
    large = plain.get("large", False)
    body = plain.get("body")
    if not isinstance(body, list):
        raise NotAProgram(name, "`body` must be a list of actions")
    if frame not in (known := [f.value for f in Frame]):
        raise NotAProgram(name, f"`frame` must be {_either(known)}")
    if not isinstance(large, bool):
        raise NotAProgram(name, "`large` must be true or false")
    return Function(_body(name, body), Frame(frame), large)


def _body(name: str, given: list[object]) -> tuple[Action, ...]:
    return tuple(_action(f"{name}, action {position}", item) for position, item in enumerate(given, 1))


def _action(where: str, given: object) -> Action:
    if isinstance(given, str):
        if given in _BARE:
            return _BARE[given]
        if given in _ACTIONS:
            raise NotAProgram(where, f"`{given}` is incomplete: write `{given}: ...`")
        raise NotAProgram(where, f"no action is called `{given}`; there are {', '.join(sorted(_ACTIONS | _BARE))}")
    words = [key for key in given if key in _ACTIONS] if isinstance(given, dict) else []
    if len(words) != 1:
        raise NotAProgram(where, "an action is a word, or a mapping that has one of the words of actions as its key")
    parse, further = _ACTIONS[words[0]]
    return parse(where, _mapping(where, given, (words[0], *further)))


def _call(where: str, plain: Plain) -> Action:
    return Call(_reference(where, "call", plain["call"]), show=_shown(where, "result", plain))


def _defer(where: str, plain: Plain) -> Action:
    target, times = plain["defer"], plain.get("times", 1)
    form, loop = plain.get("as", Form.CLOSURE.value), plain.get("loop", False)
    if form not in (known := [f.value for f in Form]):
        raise NotAProgram(where, f"`as` must be {_either(known)}")
    if not isinstance(loop, bool):
        raise NotAProgram(where, "`loop` must be true or false")
    function = None if target == _NIL else _reference(where, "defer", target)
    return Defer(function, Form(form), _number(where, "times", times), loop)


def _panic(where: str, plain: Plain) -> Action:
    if not isinstance(plain["panic"], str):
        raise NotAProgram(where, "`panic` must be a word; put it in quotes")
    return Panic(plain["panic"])


def _fault(where: str, plain: Plain) -> Action:
    if plain["fault"] not in _FAULT_NAMES:
        raise NotAProgram(where, f"`fault` must be {_either(_FAULT_NAMES)}")
    return Fault(_FAULTS[plain["fault"]])


def _recover(where: str, plain: Plain) -> Action:
    return Recover(show=_shown(where, "recover", plain))


def _go(where: str, plain: Plain) -> Action:
    return Go(_reference(where, "go", plain["go"]))


_ACTIONS: dict[str, tuple[Callable[[str, Plain], Action], tuple[str, ...]]] = {
    "call": (_call, ("result",)),
    "defer": (_defer, ("as", "times", "loop")),
    "panic": (_panic, ()),
    "fault": (_fault, ()),
    "recover": (_recover, ()),
    "return": (lambda where, plain: Return(_number(where, "return", plain["return"])), ()),
    "set": (lambda where, plain: SetResult(_number(where, "set", plain["set"])), ()),
    "set-outer": (lambda where, plain: SetResult(_number(where, "set-outer", plain["set-outer"]), outer=True), ()),
    "go": (_go, ()),
    "emit": (lambda where, plain: Emit(_number(where, "emit", plain["emit"])), ()),
}
"""Actions that are a mapping: what reads them, and which further keys they may have."""

_FAULT_NAMES = list(_FAULTS)


def _reference(where: str, key: str, given: object) -> int:
    if given == "main":
        raise NotAProgram(where, f"`{key}`: nothing may refer to main")
    if (
        isinstance(given, str)
        and given[:1] == "f"
        and given[1:].isdecimal()
        and function_name(int(given[1:])) == given
    ):
        return int(given[1:])
    raise NotAProgram(where, f"`{key}` must be the name of a function (f1, f2 ...)")


def _shown(where: str, key: str, plain: Plain) -> bool:
    if plain.get(key, _SHOWN) != _SHOWN:
        raise NotAProgram(where, f"`{key}` must be {_SHOWN}, or be left out")
    return key in plain


def _number(where: str, key: str, given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise NotAProgram(where, f"`{key}` must be a whole number")


def _mapping(where: str, given: object, known: tuple[str, ...]) -> Plain:
    if not isinstance(given, dict):
        raise NotAProgram(where, f"must be a mapping with {_either(known)}")
    for key in given:
        if key not in known:
            raise NotAProgram(where, f"unknown key {key!r}; known keys: {', '.join(known)}")
    return given


def _either(words: list[str] | tuple[str, ...]) -> str:
    return " or ".join(words)

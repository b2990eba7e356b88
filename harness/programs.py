"""Programs of the algebra as YAML files: `oracle.text` says what is in them, this module how it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from harness.errors import BadProgram
from harness.yamltext import Document, Key
from oracle.program import Defer, Emit, NotAProgram, Program, function_name
from oracle.text import from_plain, to_plain

SUFFIXES = (".yaml", ".yml")

MOST_TIMES = 100_000
MOST_EMITTED = (1 << 31) - 1

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NO_TEXT = frozenset({"null", "true", "false", "y", "n", "yes", "no", "on", "off"})
"""Words that some reader of YAML takes for something else."""
_PLACE = re.compile(r"(?P<function>main|f\d+)(?:, action (?P<action>\d+))?")


def load(path: Path) -> Program:
    """The program in a YAML file. Raises `BadProgram`, with file and line."""
    return _program(Document.read(path, BadProgram))


def loads(text: str, file: str = "program.yaml") -> Program:
    """The program that YAML text describes. `file` is its name in messages. Raises `BadProgram`."""
    return _program(Document(text, file=file, first_line=1, error=BadProgram))


def _program(document: Document) -> Program:
    try:
        program = from_plain(document.data)
        _bound(program)
        return program
    except NotAProgram as bad:
        raise document.fault(_path(document.data, bad.where), str(bad)) from None


def _bound(program: Program) -> None:
    """Raises `NotAProgram` for numbers that a Go program cannot have, or that would take all memory."""
    times = 0
    for number, function in enumerate(program.functions):
        for position, action in enumerate(function.body, 1):
            where = f"{function_name(number)}, action {position}"
            if isinstance(action, Defer):
                times += action.times
                if times > MOST_TIMES:
                    raise NotAProgram(
                        where, f"all defer statements are executed {MOST_TIMES:,} times at most, together"
                    )
            if isinstance(action, Emit) and action.number > MOST_EMITTED:
                raise NotAProgram(where, f"what is printed is a number up to {MOST_EMITTED}: an int may have 32 bits")


def dump(program: Program) -> str:
    """The one canonical text of a program; `loads` gives the program back."""
    lines = ["functions:"]
    for name, function in to_plain(program)["functions"].items():
        body, indent = function, "    "
        lines.append(f"  {name}:")
        if isinstance(function, dict):
            lines += [f"    {key}: {_scalar(value)}" for key, value in function.items() if key != "body"]
            lines.append("    body:")
            body, indent = function["body"], "      "
        if body:
            lines += [f"{indent}- {_action(action)}" for action in body]
        else:
            lines[-1] += " []"
    return "\n".join(lines) + "\n"


def _action(action: str | dict[str, Any]) -> str:
    if isinstance(action, str):
        return action
    fields = ", ".join(f"{key}: {_scalar(value)}" for key, value in action.items())
    return fields if len(action) == 1 else f"{{{fields}}}"


def _scalar(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT else f'"{value}"'


def _path(data: object, where: str) -> tuple[Key, ...]:
    """The way to the place that a `NotAProgram` names, for its line."""
    found = _PLACE.fullmatch(where)
    if found is None:
        return ("functions",)
    function = found["function"]
    if found["action"] is None:
        return ("functions", function)
    functions = data.get("functions") if isinstance(data, dict) else None
    in_mapping = isinstance(functions, dict) and isinstance(functions.get(function), dict)
    return ("functions", function, *(("body",) if in_mapping else ()), int(found["action"]) - 1)

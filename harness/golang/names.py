"""What the names of a Go file mean, as far as that shows without types: imports, declarations, scopes.

Not modelled: types. What a selector `x.f` denotes is told by whether the file declares a method or a field named f.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from harness.golang.syntax import (
    CALLS,
    Node,
    Source,
    callee,
    child,
    last_line,
    line,
    operands,
    parse,
    text,
    unparen,
    unparen_type,
    walk,
)
from oracle.events import Function


class Sort(Enum):
    """What a name stands for."""

    FUNCTION = "function"
    VARIABLE = "variable"
    CONSTANT = "constant"
    TYPE = "type"
    TYPE_PARAMETER = "type parameter"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """One declaration (compared by identity). `function`: index of a function with a body, else -1; `type`: the
    declared type of a variable where the source gives it; `path`: import path."""

    sort: Sort
    function: int = -1
    type: Node | None = None
    path: str = ""


Scope = dict[str, Name]

QUIET = frozenset({"fmt", "errors", "os", "time", "runtime", "sync/atomic"})
"""Packages whose functions do not panic into their caller."""

_FORMATTERS = frozenset({"String", "Error", "Format", "GoString"})
_FUNCTIONS = {"function_declaration", "method_declaration", "func_literal"}


@dataclass(slots=True)
class File:
    """The package-level names of a file.

    `functions`: a row for each function with a body, in source order; `index`: tree node id -> row. `methods`: rows
    by method name; `fields`: names of struct fields; `interface_methods`: names that interfaces list. `formatted`:
    fmt may call methods of the program. `foreign_values`: a function value may be one that is not instrumented.
    """

    source: Source
    package: Scope
    functions: list[Function]
    index: dict[int, int]
    methods: dict[str, tuple[int, ...]]
    fields: frozenset[str]
    interface_methods: frozenset[str]
    formatted: bool = False
    foreign_values: bool = False


@lru_cache(maxsize=16)
def read(source: str, name: str) -> File:
    """Parse a Go file and collect its package-level names. Kept for a while: each file is asked several questions.

    Raises `BadCase` as `parse` does. `name` is what messages call the file.
    """
    return _declared(parse(source, name))


def _declared(source: Source) -> File:
    scope: Scope = {}
    file = File(source, scope, [], {}, {}, frozenset(), frozenset())
    fields: set[str] = set()
    interface_methods: set[str] = set()
    for node in walk(source.root):
        match node.type:
            case "import_spec":
                _import(source, node, scope)
            case "field_declaration":
                fields.update(text(n) for n in node.children_by_field_name("name"))
            case "method_elem":
                interface_methods.add(text(child(node, "name")))
    file.fields, file.interface_methods = frozenset(fields), frozenset(interface_methods)
    for top in operands(source.root):
        _number_functions(file, top)
        match top.type:
            case "function_declaration":
                name = text(child(top, "name"))
                if name not in {"init", "_"}:
                    scope[name] = Name(Sort.FUNCTION, file.index.get(top.id, -1))
            case "var_declaration" | "const_declaration" | "type_declaration":
                declare_specs(top, scope)
    file.formatted = bool(_FORMATTERS & file.methods.keys())
    file.foreign_values = any(_foreign_value(file, n) for n in walk(source.root))
    return file


def _import(source: Source, node: Node, scope: Scope) -> None:
    path = text(child(node, "path")).strip('"`')
    if path == "C":
        raise source.bad(node, "a case cannot use cgo")
    given = node.child_by_field_name("name")
    if given is not None and text(given) == ".":
        raise source.bad(node, f"a dot import hides what calls mean: import {path} by its name")
    if given is not None and text(given) == "_":
        return
    parts = path.split("/")
    last = parts[-2] if len(parts) > 1 and re.fullmatch(r"v\d+", parts[-1]) else parts[-1]
    scope[last if given is None else text(given)] = Name(Sort.IMPORT, path=path)


def declare_specs(node: Node, scope: Scope) -> None:
    """Declare the names of a var, const or type declaration in `scope`."""
    for spec in walk(node):
        if spec.type in _FUNCTIONS or spec.parent is None:
            continue
        if not _belongs(spec, node):
            continue
        match spec.type:
            case "var_spec":
                for name in spec.children_by_field_name("name"):
                    scope[text(name)] = Name(Sort.VARIABLE, type=spec.child_by_field_name("type"))
            case "const_spec":
                for name in spec.children_by_field_name("name"):
                    scope[text(name)] = Name(Sort.CONSTANT)
            case "type_spec" | "type_alias":
                scope[text(child(spec, "name"))] = Name(Sort.TYPE)


def _belongs(spec: Node, declaration: Node) -> bool:
    """Whether `spec` is one of the declaration's own, not of a function literal in its values."""
    parent = spec.parent
    if parent is not None and parent.type.endswith("_spec_list"):
        parent = parent.parent
    return parent is not None and parent.id == declaration.id


def _number_functions(file: File, top: Node) -> None:
    """Give every function with a body below `top` its row, named as tracebacks name it."""
    counts: dict[str, int] = {}

    def visit(node: Node, outer: str, closure: bool) -> None:
        name = outer
        if node.type in _FUNCTIONS and node.child_by_field_name("body") is not None:
            if node.type == "func_literal":
                counts[outer] = counts.get(outer, 0) + 1
                name = f"{outer}.{'' if closure else 'func'}{counts[outer]}"
                closure = True
            else:
                name = _function_name(node)
            file.index[node.id] = len(file.functions)
            if node.type == "method_declaration":
                method = text(child(node, "name"))
                file.methods[method] = (*file.methods.get(method, ()), len(file.functions))
            file.functions.append(Function(name, line(node), last_line(node)))
        for c in node.children:
            visit(c, name, closure)

    visit(top, "init", closure=False)


def _function_name(node: Node) -> str:
    name = text(child(node, "name"))
    if node.type == "function_declaration":
        return name + ("[...]" if node.child_by_field_name("type_parameters") else "")
    declaration = next(p for p in operands(child(node, "receiver")) if p.type == "parameter_declaration")
    receiver = unparen_type(child(declaration, "type"))
    pointer = receiver.type == "pointer_type"
    base = unparen_type(operands(receiver)[0]) if pointer else receiver
    shown = text(child(base, "type")) + "[...]" if base.type == "generic_type" else text(base)
    return f"(*{shown}).{name}" if pointer else f"{shown}.{name}"


def _foreign_value(file: File, node: Node) -> bool:
    """Whether `node` is a function of another package, or a method of another package's type, used as a value."""
    if node.type != "selector_expression":
        return False
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is not None and parent.type in CALLS and callee(parent).id == unparen(node).id:
        return False
    node = unparen(node)
    operand, name = unparen(child(node, "operand")), text(child(node, "field"))
    package = file.package.get(text(operand)) if operand.type == "identifier" else None
    if package is not None and package.sort is Sort.IMPORT:
        return package.path not in QUIET or (package.path, name) in {("runtime", "Goexit"), ("os", "Exit")}
    return name not in file.fields and name not in file.methods and name not in file.interface_methods

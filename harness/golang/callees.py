"""What a call calls, as far as the source shows it: the words of `oracle.events.CalleeKind`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.golang.names import QUIET, File, Name, Scope, Sort
from harness.golang.syntax import Node, arguments, callee, child, operands, text, unparen, unparen_type
from oracle.events import CalleeKind

_INDEXED = frozenset({"index_expression", "type_instantiation_expression", "generic_type"})
_SILENT_BUILTINS = frozenset({"print", "println", "delete", "clear"})


class Scopes:
    """The scopes that surround a place, innermost last; below all the file's own."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._stack: list[Scope] = [file.package]

    def push(self) -> None:
        """Open a scope."""
        self._stack.append({})

    def pop(self) -> None:
        """Close the innermost scope."""
        self._stack.pop()

    @property
    def innermost(self) -> Scope:
        """The scope that declarations go into."""
        return self._stack[-1]

    def declare(self, identifiers: list[Node], sort: Sort, type_: Node | None = None) -> None:
        """Declare names in the innermost scope."""
        for node in identifiers:
            self.innermost[text(node)] = Name(sort, type=type_)

    def lookup(self, name: str, outside: int = 0) -> Name | None:
        """The declaration that `name` refers to `outside` of so many innermost scopes, None for predeclared names."""
        for scope in self._stack[len(self._stack) - 1 - outside :: -1]:
            if name in scope:
                return scope[name]
        return None

    def builtin(self, node: Node) -> str:
        """The name of the predeclared function that `node` denotes, else ""."""
        node = unparen(node)
        name = text(node)
        return name if node.type == "identifier" and self.lookup(name) is None else ""

    def imported(self, node: Node) -> tuple[str, str]:
        """(import path, name) if `node` denotes another package's function, else ("", "")."""
        node = unparen(node)
        if node.type in _INDEXED:
            node = unparen(operands(node)[0])
        match node.type:
            case "selector_expression":
                operand, name = unparen(child(node, "operand")), child(node, "field")
            case "qualified_type":
                operand, name = child(node, "package"), child(node, "name")
            case _:
                return "", ""
        found = self.lookup(text(operand)) if operand.type in {"identifier", "package_identifier"} else None
        return (found.path, text(name)) if found is not None and found.sort is Sort.IMPORT else ("", "")

    def indexed(self, node: Node) -> Name | None:
        """What is indexed, or instantiated, if `node` is a name with brackets behind it."""
        if node.type not in _INDEXED:
            return None
        base = unparen(operands(node)[0])
        return self.lookup(text(base)) if base.type in {"identifier", "type_identifier"} else None


class Dynamic(Enum):
    """How to look at a function value when the statement is executed."""

    NOT = "not a value"
    AGAIN = "evaluate the expression once more"
    HOIST = "evaluate the expression into a variable first"


@dataclass(frozen=True, slots=True)
class Static:
    """What the callee of a defer or go statement is. With `dynamic` it is a function value."""

    kind: CalleeKind
    functions: tuple[int, ...] = ()
    dynamic: Dynamic = Dynamic.NOT

    @property
    def wire(self) -> str:
        """The callee's word in a trace."""
        return self.kind.value + (":" + ",".join(map(str, self.functions)) if self.functions else "")


_FOREIGN = Static(CalleeKind.FOREIGN)
_AGAIN = Static(CalleeKind.VALUE, dynamic=Dynamic.AGAIN)
_HOIST = Static(CalleeKind.VALUE, dynamic=Dynamic.HOIST)


def classify(scopes: Scopes, call: Node) -> Static:
    """What the call of a defer or go statement calls."""
    target = callee(call)
    match target.type:
        case "func_literal":
            return Static(CalleeKind.LITERAL, (scopes.file.index[target.id],))
        case "identifier":
            return _identifier(scopes, text(target))
        case "selector_expression":
            return _selector(scopes, target)
    found = scopes.indexed(target)
    if scopes.imported(target)[0]:
        return _FOREIGN
    if found is not None and found.sort is Sort.FUNCTION:
        return Static(CalleeKind.FUNCTION, (found.function,)) if found.function >= 0 else _FOREIGN
    return _hoisted(target)


def _identifier(scopes: Scopes, name: str) -> Static:
    found = scopes.lookup(name)
    if found is None:
        match name:
            case "recover":
                return Static(CalleeKind.RECOVER)
            case "panic":
                return Static(CalleeKind.PANIC)
        return Static(CalleeKind.SILENT) if name in _SILENT_BUILTINS else _FOREIGN
    if found.sort is Sort.FUNCTION:
        return Static(CalleeKind.FUNCTION, (found.function,)) if found.function >= 0 else _FOREIGN
    return _AGAIN


def _selector(scopes: Scopes, node: Node) -> Static:
    file, name = scopes.file, text(child(node, "field"))
    match scopes.imported(node):
        case ("runtime", "Goexit"):
            return Static(CalleeKind.GOEXIT)
        case ("os", "Exit"):
            return Static(CalleeKind.EXIT)
        case ("fmt", _):
            return _FOREIGN if file.formatted else Static(CalleeKind.SILENT)
        case (path, _) if path:
            return _FOREIGN
    operand = child(node, "operand")
    foreign = _foreign_receiver(scopes, operand)
    if name in file.fields and not foreign:
        return _AGAIN if _repeatable(node) else _hoisted(node)
    if name in file.methods:
        # A foreign type may be an interface that a type of the file has; a field's type is not looked for.
        by_name_only = foreign or unparen(operand).type == "selector_expression"
        return Static(CalleeKind.METHOD if by_name_only else CalleeKind.FUNCTION, file.methods[name])
    return _FOREIGN


def _hoisted(value: Node) -> Static:
    """A value that must be evaluated first; where that would move the statement to another line, nothing is known."""
    return _HOIST if value.start_point.row == value.end_point.row else Static(CalleeKind.VALUE)


def _repeatable(node: Node) -> bool:
    """Whether evaluating `node` again does and costs nothing: names and fields only."""
    node = unparen(node)
    if node.type == "selector_expression":
        return _repeatable(child(node, "operand"))
    return node.type == "identifier"


def _foreign_receiver(scopes: Scopes, operand: Node) -> bool:
    """Whether `operand` is a variable declared with a type of another package."""
    operand = unparen(operand)
    found = scopes.lookup(text(operand)) if operand.type == "identifier" else None
    if found is None or found.type is None:
        return False
    type_ = unparen_type(found.type)
    if type_.type == "pointer_type":
        type_ = unparen_type(operands(type_)[0])
    if type_.type == "generic_type":
        type_ = child(type_, "type")
    return bool(type_.type == "qualified_type")


def may_be_foreign(scopes: Scopes, call: Node) -> bool:
    """Whether a call may run code that is not instrumented and that panics or exits with no event."""
    target = callee(call)
    path, _ = scopes.imported(target)
    if path:
        return path not in QUIET or scopes.imported(target) == ("time", "AfterFunc")
    file = scopes.file
    found = scopes.indexed(target)
    match target.type:
        case "func_literal":
            return False
        case "identifier":
            found = scopes.lookup(text(target))
            if found is None:
                return False
        case "selector_expression":
            name = text(child(target, "field"))
            if name in file.methods and not _foreign_receiver(scopes, child(target, "operand")):
                return False
            if name not in file.fields and name not in file.interface_methods:
                return True
        case kind if call.type == "type_conversion_expression" and kind != "generic_type":
            return False
    if found is not None and found.sort in {Sort.TYPE, Sort.TYPE_PARAMETER}:
        return False
    if found is not None and found.sort is Sort.FUNCTION:
        return found.function < 0
    return file.foreign_values


def evident_type(value: Node) -> Node | None:
    """The type that a variable gets from its first value, where the value names it (`&T{}` counts as T), or the
    literal itself for a number or string."""
    value = unparen(value)
    if value.type == "unary_expression" and text(child(value, "operator")) == "&":
        value = unparen(child(value, "operand"))
    match value.type:
        case "composite_literal":
            return child(value, "type")
        case "int_literal" | "interpreted_string_literal" | "raw_string_literal":
            return value
        case "call_expression" if text(callee(value)) in {"make", "new"}:
            return next(iter(arguments(value)), None)
    return None


_NEVER_ITERATORS = frozenset(
    {
        "array_type",
        "channel_type",
        "implicit_length_array_type",
        "int_literal",
        "interpreted_string_literal",
        "map_type",
        "pointer_type",
        "raw_string_literal",
        "slice_type",
    }
)
BASIC = frozenset({"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "string"})
"""Predeclared types of which no value is a function."""


def may_be_iterator(scopes: Scopes, ranged: Node) -> bool:
    """Whether what a range clause ranges over may be a function."""
    ranged = unparen(ranged)
    type_ = evident_type(ranged)
    if ranged.type == "identifier":
        found = scopes.lookup(text(ranged))
        if found is not None and found.sort is Sort.CONSTANT:
            return False
        type_ = found.type if found is not None else None
    if ranged.type == "type_conversion_expression":
        type_ = child(ranged, "type")
    if type_ is None:
        return scopes.builtin(callee(ranged)) == "" if ranged.type == "call_expression" else True
    type_ = unparen_type(type_)
    basic = type_.type == "type_identifier" and text(type_) in BASIC and scopes.lookup(text(type_)) is None
    return not basic and type_.type not in _NEVER_ITERATORS

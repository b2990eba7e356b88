"""What a call calls, as far as the source shows it: the words of `oracle.events.CalleeKind`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.golang.names import QUIET, File, Name, Scope, Sort
from harness.golang.syntax import Node, child, operands, text, unparen, unparen_type
from oracle.events import CalleeKind

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

    def lookup(self, name: str) -> Name | None:
        """The declaration that `name` refers to, None for predeclared names."""
        for scope in reversed(self._stack):
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
        if node.type in {"index_expression", "type_instantiation_expression"}:
            node = unparen(operands(node)[0])
        if node.type == "selector_expression":
            operand = unparen(child(node, "operand"))
            if operand.type == "identifier":
                name = self.lookup(text(operand))
                if name is not None and name.sort is Sort.IMPORT:
                    return name.path, text(child(node, "field"))
        return "", ""


class Dynamic(Enum):
    """How to learn whether a function value is nil when the statement is executed."""

    NOT = "not a value"
    COMPARE = "compare the expression with nil: it may be evaluated twice"
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
_COMPARE = Static(CalleeKind.VALUE, dynamic=Dynamic.COMPARE)
_HOIST = Static(CalleeKind.VALUE, dynamic=Dynamic.HOIST)


def classify(scopes: Scopes, call: Node) -> Static:
    """What the call of a defer or go statement calls."""
    callee = unparen(child(call, "function"))
    if callee.type in {"index_expression", "type_instantiation_expression"}:
        generic = unparen(operands(callee)[0])
        found = scopes.lookup(text(generic)) if generic.type == "identifier" else None
        if (found is not None and found.sort is Sort.FUNCTION) or scopes.imported(callee)[0]:
            callee = generic
    match callee.type:
        case "func_literal":
            return Static(CalleeKind.LITERAL, (scopes.file.index[callee.id],))
        case "identifier":
            return _identifier(scopes, text(callee))
        case "selector_expression":
            return _selector(scopes, callee)
    return _hoisted(callee)


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
    if found.type is not None and found.type.type == "type_identifier":
        declared = scopes.lookup(text(found.type))
        if declared is not None and declared.sort is Sort.TYPE_PARAMETER:
            return _FOREIGN  # such a value cannot be compared with nil
    return _COMPARE


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
    if _foreign_receiver(scopes, child(node, "operand")):
        return _FOREIGN
    if name in file.fields:
        return _COMPARE if _repeatable(node) else _hoisted(node)
    if name in file.methods:
        return Static(CalleeKind.FUNCTION, file.methods[name])
    return _FOREIGN


def _hoisted(callee: Node) -> Static:
    """A value that must be evaluated first; over several lines that would move the statement's own line."""
    return _HOIST if callee.start_point.row == callee.end_point.row else _FOREIGN


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
    callee = unparen(child(call, "function"))
    path, _ = scopes.imported(callee)
    if path:
        return path not in QUIET
    file = scopes.file
    match callee.type:
        case "func_literal":
            return False
        case "identifier":
            found = scopes.lookup(text(callee))
            if found is None or found.sort is Sort.TYPE:
                return False
            if found.sort is Sort.FUNCTION:
                return found.function < 0
        case "selector_expression":
            name = text(child(callee, "field"))
            if name in file.methods and not _foreign_receiver(scopes, child(callee, "operand")):
                return False
            if name not in file.fields and name not in file.interface_methods:
                return True
    return file.foreign_values

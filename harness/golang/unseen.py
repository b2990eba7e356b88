"""Deferred calls of functions that are not instrumented, like `fmt.Println` and `close`: how a function literal of
the program can make them instead, so that it shows when they run.

The compiler makes such a literal itself for every deferred call with arguments or results. What `defer` evaluates at
once must be put into variables, without knowing types. A constant may have none, so it stays in the call. So does the
name of another package's function or variable. A call of several lines is left as it is: the defer statement would
come to stand on another one than the compiler reports for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.golang.callees import BASIC, Scopes, Static
from harness.golang.names import Sort
from harness.golang.syntax import Node, arguments, callee, child, operands, text, unparen
from oracle.events import CalleeKind

_LITERALS = frozenset(
    {"int_literal", "float_literal", "imaginary_literal", "rune_literal", "interpreted_string_literal"}
    | {"raw_string_literal", "nil", "true", "false", "iota"}
)
_TYPES = BASIC | {"any", "bool", "byte", "complex128", "complex64", "error", "float32", "float64", "rune", "uintptr"}
_SINGLE = frozenset(
    {"append", "cap", "copy", "len", "make", "max", "min", "new", "recover", "complex", "imag", "real"}
)
"""Builtin functions with one result."""
_OF_CONSTANTS = frozenset({"complex", "imag", "max", "min", "real"})
"""Those that make constants without a type of such constants."""
_SINGLE_OF = {
    "errors": frozenset({"New", "Join", "Unwrap"}),
    "fmt": frozenset({"Sprint", "Sprintf", "Sprintln", "Errorf"}),
    "time": frozenset({"Now", "Since"}),
    "runtime": frozenset({"GOMAXPROCS", "NumGoroutine"}),
    "runtime/debug": frozenset({"SetGCPercent", "SetMaxStack", "SetMaxThreads", "SetPanicOnFault"}),
}


@dataclass(frozen=True, slots=True)
class Argument:
    """`stays`: in the call, else it is put into a variable; `spread`: it is a slice with `...` behind it."""

    node: Node
    stays: bool
    spread: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """A deferred call. `function_stays`: its function is written in the literal as it is here."""

    function: Node
    function_stays: bool
    arguments: tuple[Argument, ...]


def unseen(scopes: Scopes, call: Node, static: Static) -> Unseen | None:
    """The deferred call of a function that is not instrumented; None if it is another, or one that cannot be taken
    apart without types."""
    if static.kind not in {CalleeKind.SILENT, CalleeKind.FOREIGN} or call.type != "call_expression":
        return None
    if call.start_point.row != call.end_point.row:
        return None
    target, given = callee(call), arguments(call)
    stays = target.type == "identifier" or scopes.imported(target)[0] != ""
    if len(given) == 1 and not _is_single(scopes, given[0]):
        return None
    taken = [_argument(scopes, one) for one in given]
    if any(_depends_on_context(scopes, one.node) for one in taken):
        return None
    return Unseen(target, stays, tuple(taken))


def _argument(scopes: Scopes, node: Node) -> Argument:
    spread = node.type == "variadic_argument"
    value = operands(node)[0] if spread else node
    return Argument(value, _has_no_type(scopes, value), spread)


def _has_no_type(scopes: Scopes, node: Node) -> bool:
    """Whether the expression may be a constant without a type, or a function with type parameters."""
    node = unparen(node)
    match node.type:
        case "unary_expression":
            return text(child(node, "operator")) in {"-", "+", "!", "^"} and _has_no_type(
                scopes, child(node, "operand")
            )
        case "binary_expression":
            return all(_has_no_type(scopes, child(node, side)) for side in ("left", "right"))
        case "identifier":
            found = scopes.lookup(text(node))
            return found is None or (found.sort in {Sort.CONSTANT, Sort.FUNCTION} and text(node) != "main")
        case "selector_expression":
            return scopes.imported(node)[0] != ""
        case "call_expression":
            return scopes.builtin(callee(node)) in _OF_CONSTANTS and all(
                _has_no_type(scopes, one) for one in arguments(node)
            )
    return node.type in _LITERALS


def _depends_on_context(scopes: Scopes, node: Node) -> bool:
    """Whether it is a shift of an untyped constant, which has the type that is wanted where it stands."""
    node = unparen(node)
    if node.type != "binary_expression" or _has_no_type(scopes, node):
        return False
    if text(child(node, "operator")) in {"<<", ">>"}:
        return _has_no_type(scopes, child(node, "left"))
    return any(_depends_on_context(scopes, child(node, side)) for side in ("left", "right"))


def _is_single(scopes: Scopes, node: Node) -> bool:
    """Whether it is one value for certain: a call may have several results, which are several arguments then."""
    node = unparen(node)
    if node.type != "call_expression":
        return True
    target = callee(node)
    path, name = scopes.imported(target)
    if path:
        return name in _SINGLE_OF.get(path, ())
    if target.type == "func_literal":
        return _results(target) == 1
    if target.type != "identifier":
        return False
    found = scopes.lookup(text(target))
    if found is None:
        return text(target) in _SINGLE | _TYPES
    return found.sort is Sort.TYPE or (found.sort is Sort.FUNCTION and _results_of(scopes, text(target)) == 1)


def _results_of(scopes: Scopes, name: str) -> int:
    declared = (top for top in operands(scopes.file.source.root) if top.type == "function_declaration")
    return next((_results(top) for top in declared if text(child(top, "name")) == name), 0)


def _results(function: Node) -> int:
    result = function.child_by_field_name("result")
    if result is None:
        return 0
    if result.type != "parameter_list":
        return 1
    return sum(len(one.children_by_field_name("name")) or 1 for one in operands(result))

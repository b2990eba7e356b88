"""What expressions and files do when they are evaluated: told from their form, so "may" where that leaves it open."""

from __future__ import annotations

from harness.golang.callees import Scopes
from harness.golang.names import Sort, read
from harness.golang.syntax import CALLS, Node, callee, child, operands, text, unparen, walk

_INERT = frozenset(
    {
        "identifier",
        "int_literal",
        "float_literal",
        "imaginary_literal",
        "rune_literal",
        "interpreted_string_literal",
        "raw_string_literal",
        "nil",
        "true",
        "false",
        "iota",
        "func_literal",
    }
)


def inert(node: Node) -> bool:
    """Whether evaluating an expression can neither call nor panic nor block."""
    node = unparen(node)
    if node.type == "unary_expression":
        operator = text(child(node, "operator"))
        return operator in {"-", "+", "!", "^"} and inert(child(node, "operand"))
    if node.type == "binary_expression":
        operator = text(child(node, "operator"))
        return operator in {"+", "-", "*", "&", "|", "&&", "||"} and all(
            inert(child(node, side)) for side in ("left", "right")
        )
    return node.type in _INERT


_PURE_CALLS = {
    ("errors", "New"),
    ("fmt", "Errorf"),
    ("fmt", "Sprintf"),
    ("fmt", "Sprint"),
    ("strings", "Repeat"),
    ("reflect", "TypeOf"),
    ("time", "Duration"),
}


def needs_own_process(source: str, where: str = "case.go") -> bool:
    """Whether the program does something before main: init functions, or package variables whose initialisers call
    (conversions and a few calls that only make a value do not count)."""
    file = read(source, where)
    scopes = Scopes(file)
    for top in operands(file.source.root):
        if top.type == "function_declaration" and text(child(top, "name")) == "init":
            return True
        if top.type == "var_declaration" and any(_does_something(scopes, c) for c in _initial_calls(top)):
            return True
    return False


def _initial_calls(node: Node) -> list[Node]:
    """The calls below `node` that are evaluated with it: not those in the bodies of function literals."""
    calls = [node] if node.type in CALLS else []
    if node.type == "unary_expression" and text(child(node, "operator")) == "<-":
        calls.append(node)
    if node.type == "func_literal":
        return calls
    return calls + [c for n in node.named_children for c in _initial_calls(n)]


def _does_something(scopes: Scopes, call: Node) -> bool:
    if call.type not in CALLS:
        return True
    target = callee(call)
    if scopes.imported(target)[0]:
        return scopes.imported(target) not in _PURE_CALLS
    found = scopes.indexed(target)
    if target.type == "identifier":
        found = scopes.lookup(text(target))
        if found is None:
            return text(target) in {"panic", "print", "println"}
    conversion = call.type == "type_conversion_expression" and target.type != "generic_type"
    return not conversion and (found is None or found.sort is not Sort.TYPE)


_HARMLESS = frozenset(
    {
        "bufio", "bytes", "cmp", "context", "container/heap", "container/list", "errors", "fmt", "io", "iter", "maps",
        "math", "math/bits", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync",
        "sync/atomic", "testing", "text/tabwriter", "time", "unicode", "unicode/utf8", "unsafe",
    }
)  # fmt: skip
_HARMLESS_OS = frozenset(
    {"Exit", "Args", "Stderr", "Stdout", "Stdin", "Getenv", "LookupEnv", "ReadFile", "PathError"}
)
_CHANGING = {
    "runtime": frozenset({"GOMAXPROCS", "LockOSThread", "SetFinalizer", "AddCleanup", "MemProfileRate"}),
    # A timer that is left behind may run a function while another case runs, and keeps its deadlock from being seen.
    "time": frozenset({"After", "AfterFunc", "NewTicker", "NewTimer", "Tick"}),
    "context": frozenset({"AfterFunc", "WithDeadline", "WithDeadlineCause", "WithTimeout", "WithTimeoutCause"}),
}


def changes_process(source: str, where: str = "case.go") -> bool:
    """Whether the program may leave its process other than it found it (limits, environment, signal handlers,
    standard files, timers), so that no other case should run after it. Only what is known to be harmless may pass."""
    file = read(source, where)
    scopes = Scopes(file)
    if any(n.sort is Sort.IMPORT and n.path not in {*_HARMLESS, "os"} for n in file.package.values()):
        return True
    for node in walk(file.source.root):
        if node.type == "selector_expression":
            match scopes.imported(node):
                case ("os", name) if name not in _HARMLESS_OS or _assigned(node):
                    return True
                case (package, name) if name in _CHANGING.get(package, ()):
                    return True
    return False


def _assigned(node: Node) -> bool:
    """Whether `node` is a target of an assignment, or its address is taken."""
    parent = node.parent
    if parent is not None and parent.type == "unary_expression":
        return text(child(parent, "operator")) == "&"
    if parent is None or parent.type != "expression_list" or parent.parent is None:
        return False
    left = parent.parent.child_by_field_name("left")
    return left is not None and left.id == parent.id

"""Go source as a syntax tree (tree-sitter), and changes to its text that keep every line where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import tree_sitter
import tree_sitter_go

from harness.errors import BadCase

Node = tree_sitter.Node

MAX_DEPTH = 250
"""Levels of the syntax tree; the functions that visit it call themselves for each."""

_LANGUAGE = tree_sitter.Language(tree_sitter_go.language())


@dataclass(frozen=True, slots=True)
class Source:
    """A Go file and its tree. `name` is what messages call it; offsets in the tree are bytes of `text`."""

    name: str
    text: bytes
    root: Node

    def bad(self, node: Node, why: str) -> BadCase:
        """The error for a place in this file."""
        return BadCase(f"{self.name}:{line(node)}:{node.start_point.column + 1}: {why}")


def parse(source: str, name: str) -> Source:
    """Parse a Go file; raise `BadCase` at the first place that is no Go."""
    raw = source.encode()
    tree = tree_sitter.Parser(_LANGUAGE).parse(raw)
    parsed = Source(name, raw, tree.root_node)
    if tree.root_node.has_error:
        broken = next(n for n in walk(tree.root_node) if n.is_error or n.is_missing)
        first = (text(broken).splitlines() or [""])[0].strip()
        near = f" near {first[:40]!r}" if first else f", {broken.type!r} is missing"
        raise parsed.bad(broken, f"the Go source does not parse{near}")
    if (deepest := _deeper_than(tree.root_node, MAX_DEPTH)) is not None:
        raise parsed.bad(deepest, f"more than {MAX_DEPTH} levels of nesting: put a part into a variable")
    return parsed


def _deeper_than(root: Node, limit: int) -> Node | None:
    """The first node that has more than `limit` ancestors."""
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > limit:
            return node
        stack += [(c, depth + 1) for c in reversed(node.named_children)]
    return None


def walk(node: Node) -> Iterator[Node]:
    """All nodes below and including `node`, parents before children, in the order of the source."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def text(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode()


def line(node: Node) -> int:
    """The 1-based line on which a node starts."""
    return node.start_point.row + 1


def last_line(node: Node) -> int:
    """The 1-based line on which a node ends."""
    return node.end_point.row + 1


def child(node: Node, name: str) -> Node:
    """The child in a field that the grammar always fills."""
    found = node.child_by_field_name(name)
    assert found is not None, f"{node.type} without {name}"
    return found


def unparen(node: Node) -> Node:
    """The expression inside any number of parentheses."""
    while node.type == "parenthesized_expression":
        node = next(c for c in node.named_children if c.type != "comment")
    return node


def unparen_type(node: Node) -> Node:
    """The type inside any number of parentheses."""
    while node.type == "parenthesized_type":
        node = operands(node)[0]
    return node


def operands(node: Node) -> list[Node]:
    """The named children that are no comments."""
    return [c for c in node.named_children if c.type != "comment"]


CALLS = frozenset({"call_expression", "type_conversion_expression"})
"""The grammar takes `f[int](1)` and `list[i](1)` for conversions to a generic type: it cannot tell them apart."""


def callee(call: Node) -> Node:
    """What a call calls (parentheses left off), an expression or, see `CALLS`, a type."""
    return unparen(child(call, "function" if call.type == "call_expression" else "type"))


def arguments(call: Node) -> list[Node]:
    """The arguments of a call."""
    if call.type == "call_expression":
        return operands(child(call, "arguments"))
    return [child(call, "operand")]


@dataclass(slots=True)
class Edits:
    """Insertions and replacements, applied together. Several at one offset stand in the order in which they were
    made, so a visitor that opens before it visits children and closes after it gets them nested rightly."""

    _edits: list[tuple[int, int, int, str]] = field(default_factory=list)

    def insert(self, offset: int, added: str) -> None:
        """Put `added` (one line) before the byte at `offset`."""
        self.replace(offset, offset, added)

    def replace(self, start: int, end: int, new: str) -> None:
        """Put `new` (one line) in place of the bytes `start` to `end`, which hold no line break."""
        assert "\n" not in new, new
        self._edits.append((start, len(self._edits), end, new))

    def apply(self, original: bytes) -> str:
        """The changed text; it has as many lines as the original."""
        out: list[bytes] = []
        at = 0
        for start, _, end, new in sorted(self._edits):
            out.append(original[at:start])
            out.append(new.encode())
            at = end
        out.append(original[at:])
        changed = b"".join(out)
        assert changed.count(b"\n") == original.count(b"\n")
        return changed.decode()

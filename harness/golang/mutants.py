"""Small changes to functions of a Go file, each of which a test that is worth its name should notice.

The operators are those of mutation testing (R. DeMillo, R. Lipton, F. Sayward, Hints on Test Data Selection, 1978),
for the statements that runtime code consists of: a condition is inverted, a comparison or a constant is shifted, an
assignment, a call or a jump is left out, two statements change places.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from harness.golang import syntax
from harness.golang.syntax import Node, Source


class Operator(Enum):
    """What is changed. Values are stable: files name them."""

    CONDITION = "condition inverted"
    COMPARISON = "comparison shifted"
    LOGIC = "and for or"
    CONSTANT = "constant changed"
    ASSIGNMENT = "assignment left out"
    CALL = "call left out"
    JUMP = "jump left out"
    ORDER = "statements swapped"
    ARITHMETIC = "operator changed"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of statements inside a function. `head`: the line that it begins on; `probe`: the whole file with a
    statement at its begin that no run survives."""

    head: str
    probe: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `function`: the name of the one it is in; `line`: where it begins; `stands`: that line; `before`,
    `after`: the text that is replaced; `source`: the whole file with it; `blocks`: those around it, the outermost
    first."""

    operator: Operator
    function: str
    line: int
    before: str
    after: str
    source: str
    stands: str = ""
    blocks: tuple[Block, ...] = ()

    @property
    def name(self) -> str:
        """What it is called, in one line."""
        before, after = (" ".join(re.sub(r"//.*", "", text).split()) for text in (self.before, self.after))
        return f"{self.function}:{self.line}: {before} -> {after or 'nothing'}"

    def diff(self, original: str, path: str) -> str:
        """The change as a patch of the file at `path`."""
        return "".join(
            difflib.unified_diff(
                original.splitlines(keepends=True), self.source.splitlines(keepends=True), f"a/{path}", f"b/{path}"
            )
        )


_SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_LOGIC = {"&&": "||", "||": "&&"}
_ARITHMETIC = {"+": "-", "-": "+", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "&^": "&", "*": "+"}
_JUMPS = ("break_statement", "continue_statement", "goto_statement", "return_statement")
_SIMPLE = ("assignment_statement", "expression_statement", "inc_statement", "dec_statement")
_BLOCKS = ("block", "statement_list", "expression_case", "default_case")


def functions(source: Source) -> dict[str, Node]:
    """The functions and methods that the file declares, by their names without receiver; the first of a name."""
    found: dict[str, Node] = {}
    for node in source.root.named_children:
        if node.type in ("function_declaration", "method_declaration"):
            found.setdefault(syntax.text(syntax.child(node, "name")), node)
    return found


def mutants(
    text: str, name: str, wanted: Collection[str] | None = None, lines: Collection[int] | None = None
) -> list[Mutant]:
    """All mutants of the functions `wanted` of a file called `name` (None: of all), those that begin on `lines` if
    some are given; each once, in the order of the file. Raises `BadCase` if the file does not parse."""
    source = syntax.parse(text, name)
    found: list[Mutant] = []
    for function, node in functions(source).items():
        if wanted is not None and function not in wanted:
            continue
        body = node.child_by_field_name("body")
        if body is None:
            continue
        blocks = list(_blocks(body, source))
        stands = text.splitlines()
        for operator, begin, end, after, at in _changes(body, source.text):
            if lines is not None and at not in lines:
                continue
            changed = (source.text[:begin] + after.encode() + source.text[end:]).decode()
            if changed != text:
                before = source.text[begin:end].decode()
                around = tuple(block for block, first, last in blocks if first <= begin and end <= last)
                found.append(Mutant(operator, function, at, before, after, changed, stands[at - 1], around))
    return sorted(found, key=lambda one: (one.line, one.operator.value, one.before, one.after))


def _blocks(body: Node, source: Source) -> Iterator[tuple[Block, int, int]]:
    """The blocks of a function's statements with where they begin and end, each behind those around it."""
    lines = source.text.decode().splitlines()
    is_runtime = re.search(rb"^package runtime$", source.text, re.MULTILINE) is not None
    statement = b'{ throw("reached");' if is_runtime else b'{ panic("reached");'
    for node in syntax.walk(body):
        if node.type == "block" and node.start_byte != body.start_byte:
            head = " ".join(lines[syntax.line(node) - 1].split())
            probe = source.text[: node.start_byte] + statement + source.text[node.start_byte + 1 :]
            yield Block(head, probe.decode()), node.start_byte, node.end_byte


_Change = tuple[Operator, int, int, str, int]
"""What, from which byte to which, what stands there then, and on which line it begins."""


def _changes(body: Node, source: bytes) -> Iterator[_Change]:
    for node in syntax.walk(body):
        yield from _of_expression(node)
        yield from _of_statement(node, source)


def _change(operator: Operator, node: Node, after: str) -> _Change:
    return operator, node.start_byte, node.end_byte, after, syntax.line(node)


def _of_expression(node: Node) -> Iterator[_Change]:
    match node.type:
        case "if_statement" | "for_clause":
            if (condition := node.child_by_field_name("condition")) is not None:
                yield _change(Operator.CONDITION, condition, f"!({syntax.text(condition)})")
        case "binary_expression":
            operator = syntax.child(node, "operator")
            written = syntax.text(operator)
            for table, kind in (
                (_SHIFTED, Operator.COMPARISON),
                (_LOGIC, Operator.LOGIC),
                (_ARITHMETIC, Operator.ARITHMETIC),
            ):
                if written in table:
                    yield _change(kind, operator, table[written])
        case "int_literal" if re.fullmatch(r"[0-9]+|0x[0-9a-fA-F]+", syntax.text(node)):
            yield _change(Operator.CONSTANT, node, str(int(syntax.text(node), 0) + 1))
        case "true" | "false":
            yield _change(Operator.CONSTANT, node, "false" if node.type == "true" else "true")


def _of_statement(node: Node, source: bytes) -> Iterator[_Change]:
    match node.type:
        case "assignment_statement":
            # What it reads is read, so that no variable becomes one that nothing uses.
            right, left = syntax.text(syntax.child(node, "right")), syntax.child(node, "left")
            blanks = ", ".join("_" for _ in syntax.operands(left))
            if set(syntax.text(left).replace(",", " ").split()) != {"_"}:
                yield _change(Operator.ASSIGNMENT, node, f"{blanks} = {right}")
            operator = syntax.text(syntax.child(node, "operator"))
            if operator.removesuffix("=") in _ARITHMETIC:
                changed = f"{_ARITHMETIC[operator.removesuffix('=')]}="
                yield _change(Operator.ARITHMETIC, syntax.child(node, "operator"), changed)
        case "inc_statement" | "dec_statement":
            yield _change(Operator.ASSIGNMENT, node, "")
        case "expression_statement" if node.named_children[0].type in syntax.CALLS:
            yield _change(Operator.CALL, node, "")
        case kind if kind in _JUMPS and (kind != "return_statement" or not syntax.operands(node)):
            yield _change(Operator.JUMP, node, "")
        case kind if kind in _BLOCKS:
            yield from _swapped(syntax.operands(node), source)


def _swapped(statements: list[Node], source: bytes) -> Iterator[_Change]:
    for first, second in pairwise(statements):
        if first.type in _SIMPLE and second.type in _SIMPLE:
            between = source[first.end_byte : second.start_byte].decode()
            after = f"{syntax.text(second)}{between}{syntax.text(first)}"
            yield Operator.ORDER, first.start_byte, second.end_byte, after, syntax.line(first)

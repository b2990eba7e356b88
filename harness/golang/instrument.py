"""Puts trace calls into a Go program.

Every insertion stays on its line, so lines in compiler reports and tracebacks are the original's. None adds a defer,
a loop or a return statement: the compiler chooses between open-coded, stack and heap defers by these (a function
keeps open-coded defers while it has at most 8 of them, none in a loop, and returns times defers is at most 15).

What comes before and what after: a Defer event follows its statement, since evaluating the arguments may panic and
then nothing is pending; a Go event precedes it, since the goroutine may run at once. A Return event follows the
evaluation of the results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.golang.callees import Dynamic, Static, classify, may_be_foreign, may_be_iterator
from harness.golang.effects import inert
from harness.golang.names import File, Name, read
from harness.golang.syntax import (
    CALLS,
    Edits,
    Node,
    arguments,
    callee,
    child,
    last_line,
    line,
    operands,
    text,
    walk,
)
from harness.golang.unseen import Unseen, unseen
from harness.golang.walker import Walker
from oracle.events import CalleeKind, Function

TRACE_PACKAGE = "deferdiff.test/trace"
EARLY_PACKAGE = "deferdiff.test/drive/early"


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A program as one package of a batch. `entry` is the exported function that was `main`;
    `functions` is the table that events point into (empty for a program without trace calls)."""

    source: str
    entry: str
    functions: tuple[Function, ...] = ()


def rename(source: str, package: str, where: str = "case.go", early: bool = False, own: str = "") -> Instrumented:
    """The program as package `package`, otherwise as it is. `early` imports the package that opens the output files
    before initialisers run; `where` names the file in messages; `own` is part of every name that is added to the
    package, where several programs share one."""
    return _Instrumenter(read(source, where), package, early, own, traced=False).run()


def instrument(source: str, package: str, where: str = "case.go", early: bool = False, own: str = "") -> Instrumented:
    """The program as package `package` with trace calls. Raises `BadCase` for what is no Go program in one file and
    for the few forms that cannot be traced without types."""
    return _Instrumenter(read(source, where), package, early, own, traced=True).run()


@dataclass(slots=True)
class _Body:
    """The function that is being visited: its result types as text, and what the names in these mean."""

    results: tuple[str, ...]
    meaning: dict[str, Name | None]
    foreign: bool = False
    ranges: bool = False


class _Instrumenter(Walker):
    def __init__(self, file: File, package: str, early: bool, own: str, traced: bool) -> None:
        super().__init__(file)
        self.source = source = file.source
        self.package = package
        self.early = early
        self.traced = traced
        self.edits = Edits()
        self.bodies: list[_Body] = []
        self.rows = list(self.file.functions)
        self.dd = _unused("_dd", source.text.decode())
        self.entry = _unused(f"Main{own}", source.text.decode())
        self.table = f"{self.dd}t{own}"
        self.temporaries = 0
        self.values = False
        self.records: dict[int, tuple[str, str]] = {}

    def run(self) -> Instrumented:
        for top in operands(self.source.root):
            self.visit(top)
        self._head()
        changed = self.edits.apply(self.source.text)
        if not self.traced:
            return Instrumented(changed, self.entry)
        return Instrumented(changed, self.entry, tuple(self.rows))

    def _head(self) -> None:
        """The package clause, with the imports behind it, and build constraints (they are the header's business)."""
        clause = next((n for n in operands(self.source.root) if n.type == "package_clause"), None)
        main = self.file.package.get("main")
        if clause is None or text(operands(clause)[0]) != "main":
            raise self.source.bad(clause or self.source.root, "a case is a program: package main")
        if main is None or main.function < 0:
            raise self.source.bad(clause, "a case is a program: it has no func main")
        name = operands(clause)[0]
        added = f"; import {self.dd}p {_quoted(TRACE_PACKAGE)}" if self.traced else ""
        if self.early:
            added += f"; import _ {_quoted(EARLY_PACKAGE)}"
        self.edits.replace(name.start_byte, name.end_byte, self.package + added)
        if self.values:
            rows = "".join(f"{f.first_line} {f.name}\\n" for f in self.file.functions)
            imports = [n for n in operands(self.source.root) if n.type == "import_declaration"]
            self.edits.insert((imports or [clause])[-1].end_byte, f"; const {self.table} = {_quoted(rows)}")
        for node in self.source.root.named_children:
            if node.type == "comment" and text(node).startswith(("//go:build ", "// +build ")):
                self.edits.replace(node.start_byte, node.start_byte + 2, "//-")

    def on_name(self, node: Node) -> None:
        """`main` used as a function gets its new name; the name of a field in a composite literal does not."""
        if text(node) != "main" or self.scopes.lookup("main") is not self.file.package.get("main"):
            return
        parent = node.parent
        if parent is not None and parent.type == "literal_element":
            element = parent.parent
            if element is not None and element.type == "keyed_element" and child(element, "key").id == parent.id:
                return
        self.edits.replace(node.start_byte, node.end_byte, self.entry)

    # --- functions and returns ------------------------------------------------------------------------

    def on_function(self, node: Node, body: Node) -> None:
        row = self.file.index[node.id]
        visited = _Body(*self._results(node))
        self.bodies.append(visited)
        if self.traced:
            deferred, started = self._record_of(node)
            self.edits.insert(
                body.start_byte + 1, f" {self.dd} := {self.dd}p.Enter({row}, {deferred}, {started}); _ = {self.dd};"
            )
        self.visit(body)
        if self.traced and not visited.results:
            brace = body.end_byte - 1
            before = self.source.text[body.start_byte : brace].rpartition(b"\n")[2].strip()
            separator = "; " if before not in {b"", b"{"} else ""
            self.edits.insert(brace, f"{separator}{self.dd}.Return({last_line(body)}) ")
        self.bodies.pop()
        self.rows[row] = replace(self.rows[row], foreign=visited.foreign, ranges=visited.ranges)

    def on_range(self, node: Node) -> None:
        if self.bodies and may_be_iterator(self.scopes, node):
            self.bodies[-1].ranges = True
        self.visit(node)

    def _record_of(self, literal: Node) -> tuple[str, str]:
        """The arguments `deferred` and `started` of a literal's Enter."""
        statement, variable = self.records.get(literal.id, ("", "0"))
        return (variable if statement == "defer" else "0", variable if statement == "go" else "0")

    def _results(self, node: Node) -> tuple[tuple[str, ...], dict[str, Name | None]]:
        """The types of the results, one each, and what the names in them mean (never a parameter of that name)."""
        result = node.child_by_field_name("result")
        if result is None:
            return (), {}
        types: list[str] = []
        if result.type == "parameter_list":
            for declaration in operands(result):
                count = len(declaration.children_by_field_name("name")) or 1
                types += [text(child(declaration, "type"))] * count
        else:
            types.append(text(result))
        used = {text(n) for n in walk(result) if n.type in {"type_identifier", "package_identifier"}}
        return tuple(types), {name: self.scopes.lookup(name, outside=1) for name in used}

    def on_return(self, node: Node) -> None:
        if not self.traced:
            self.children(node)
            return
        results = next((c for c in node.named_children if c.type == "expression_list"), None)
        body, at = self.bodies[-1], line(node)
        event = f"{self.dd}.Return({at}); "
        if results is None or all(inert(r) for r in operands(results)):
            self.edits.insert(node.start_byte, event)
            self.children(node)
            return
        for name, meaning in body.meaning.items():
            if self.scopes.lookup(name) is not meaning:
                raise self.source.bad(
                    node, f"{name} in the function's result type means something else here: rename one"
                )
        if any("\n" in t for t in body.results):
            raise self.source.bad(node, "the function's result type spans several lines: give it a name")
        names = [f"{self.dd}r{i}" for i in range(len(body.results))]
        if len(names) == 1:
            opening = f"{{ var {names[0]} {body.results[0]} ="
        else:
            variables = " ".join(f"var {n} {t};" for n, t in zip(names, body.results, strict=True))
            opening = f"{{ {variables} {', '.join(names)} ="
        self.edits.replace(node.start_byte, node.start_byte + len("return"), opening)
        self.children(node)
        self.edits.insert(results.end_byte, f"; {event}return {', '.join(names)} }}")

    # --- calls ----------------------------------------------------------------------------------------

    def on_call(self, node: Node) -> None:
        if not self.traced:
            self.children(node)
            return
        target, given, at = callee(node), arguments(node), line(node)
        body = self.bodies[-1]
        body.foreign = body.foreign or may_be_foreign(self.scopes, node)
        match self.scopes.builtin(target), self.scopes.imported(target):
            case "panic", _ if len(given) == 1:
                self._wrap(given[0], f"{self.dd}.Panic({at}, ")
            case "recover", _:
                self.edits.insert(node.start_byte, f"{self.dd}.Recover({at}, ")
                self.children(node)
                self.edits.insert(node.end_byte, ")")
            case _, ("os", "Exit") if len(given) == 1:
                self._wrap(given[0], f"{self.dd}.Exit({at}, ")
            case _, ("runtime", "Goexit"):
                statement = node.parent
                listed = statement is not None and statement.type == "expression_statement" and _listed(statement)
                if listed:
                    self.edits.insert(node.start_byte, f"{self.dd}.Goexit({at}); ")
                else:
                    self.edits.insert(target.start_byte, f"{self.dd}.GoexitBy({at}, ")
                    self.edits.insert(target.end_byte, ")")
            case _:
                self.children(node)

    def _wrap(self, argument: Node, opening: str) -> None:
        self.edits.insert(argument.start_byte, opening)
        self.visit(argument)
        self.edits.insert(argument.end_byte, ")")

    def on_deferred(self, node: Node) -> None:
        # Its own call is no call of the enclosing function's body.
        if not self.traced:
            self.children(node)
            return
        call = operands(node)[0]
        if call.type not in CALLS:
            raise self.source.bad(node, "the expression of a defer or go statement must be a call")
        is_defer = node.type == "defer_statement"
        word = "Defer" if is_defer else "Go"
        static, at = classify(self.scopes, call), line(node)
        given = arguments(call)
        match static.kind:
            case CalleeKind.PANIC | CalleeKind.EXIT if len(given) == 1:
                suffix = "Panic" if static.kind is CalleeKind.PANIC else "Exit"
                self._wrap(given[0], f"{self.dd}.{word}{suffix}({at}, ")
                return
            case CalleeKind.LITERAL:
                self._deferred_literal(node, call, static)
                return
        if is_defer and (hidden := unseen(self.scopes, call, static)) is not None:
            self._deferred_unseen(node, call, hidden)
            return
        target, keyword = callee(call), node.type.removesuffix("_statement")
        hoisted = static.dynamic is Dynamic.HOIST
        value = self._temporary("f") if hoisted else text(target)
        if static.dynamic is Dynamic.NOT:
            event = f"{self.dd}.{word}({self.dd}p.Record(), {at}, {_quoted(static.wire)})"
        else:
            self.values = True
            event = f"{self.dd}.{word}Value({self.dd}p.Record(), {at}, {value}, {self.table})"
        if hoisted:
            self.edits.replace(node.start_byte, node.start_byte + len(keyword), f"{{ {value} :=")
        elif not is_defer:
            self.edits.insert(node.start_byte, f"{event}; ")
        self.visit(target)
        if hoisted:
            # Parentheses around the callee stay with the value.
            end = operands(call)[0].end_byte
            self.edits.insert(end, f"; {'' if is_defer else event + '; '}{keyword} {value}")
        for argument in given:
            self.visit(argument)
        if is_defer:
            self.edits.insert(node.end_byte, f"; {event}")
        if hoisted:
            self.edits.insert(node.end_byte, " }")

    def _deferred_literal(self, node: Node, call: Node, static: Static) -> None:
        record = self._temporary("")
        literal = callee(call)
        event = f"({record}, {line(node)}, {_quoted(static.wire)})"
        opening = f"{{ {record} := {self.dd}p.Record(); "
        if node.type == "defer_statement":
            self.records[literal.id] = ("defer", record)
            self.edits.insert(node.start_byte, opening)
            self.children(call)
            self.edits.insert(node.end_byte, f"; {self.dd}.Defer{event} }}")
        else:
            self.records[literal.id] = ("go", record)
            self.edits.insert(node.start_byte, f"{opening}{self.dd}.Go{event}; ")
            self.children(call)
            self.edits.insert(node.end_byte, " }")

    def _deferred_unseen(self, node: Node, call: Node, hidden: Unseen) -> None:
        """A literal with trace calls makes the call: a function more, numbered behind the program's own."""
        record, row, at = self._temporary(""), len(self.rows), line(node)
        foreign = may_be_foreign(self.scopes, call)
        self.rows.append(Function(_shown(hidden.function), at, at, foreign=foreign, library=True))
        opening = f"{{ {record} := {self.dd}p.Record()"
        self.edits.replace(node.start_byte, node.start_byte + len("defer"), opening)
        function = self._kept(operands(call)[0], hidden.function_stays, "f")
        given = [
            self._kept(argument.node, argument.stays, "a") + ("..." if argument.spread else "")
            for argument in hidden.arguments
        ]
        entered = f"{self.dd} := {self.dd}p.Enter({row}, {record}, 0); _ = {self.dd}"
        literal = f"func() {{ {entered}; {function}({', '.join(given)}); {self.dd}.Return({at}) }}"
        closing = f'; defer {literal}(); {self.dd}.Defer({record}, {at}, "{CalleeKind.LITERAL.value}:{row}") }}'
        for mark in _punctuation(child(call, "arguments")):
            self.edits.replace(mark.start_byte, mark.end_byte, closing if mark.type == ")" else "")

    def _kept(self, node: Node, stays: bool, suffix: str) -> str:
        """How a literal writes an expression of the statement that it stands in: as it is, or as the variable that
        the expression is put into."""
        if stays:
            self.edits.replace(node.start_byte, node.end_byte, "")
            return text(node)
        name = self._temporary(suffix)
        self.edits.insert(node.start_byte, f"; {name} := ")
        self.visit(node)
        return name

    def _temporary(self, suffix: str) -> str:
        self.temporaries += 1
        return f"{self.dd}{self.temporaries}{suffix}"


def _unused(wanted: str, source: str) -> str:
    """`wanted`, lengthened until it occurs nowhere in the source."""
    while wanted in source:
        wanted += "_"
    return wanted


def _quoted(word: str) -> str:
    return f'"{word}"'


def _shown(function: Node) -> str:
    """A function's name in reports: with what is evaluated before it left out."""
    name = text(function)
    return name if re.fullmatch(r"[\w.]+", name) else f"(...).{name.rpartition('.')[2]}"


def _punctuation(given: Node) -> Iterator[Node]:
    """The parentheses and commas of an argument list, and the dots behind its last one."""
    for node in given.children:
        if node.type == "variadic_argument":
            yield node.children[-1]
        elif not node.is_named:
            yield node


def _listed(statement: Node) -> bool:
    """Whether a statement can have another put before it."""
    parent = statement.parent
    return parent is not None and parent.type in {"statement_list", "labeled_statement"}

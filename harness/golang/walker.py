"""Visits a Go file's nodes in the order of the source, with the scopes that surround each."""

from __future__ import annotations

from harness.golang.callees import Scopes, evident_type
from harness.golang.names import File, Sort, declare_specs
from harness.golang.syntax import Node, child, operands, walk


class Walker:
    """Calls a hook for each node that a subclass may care about; a hook's default is to visit what is below."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.scopes = Scopes(file)
        self.depth = 0

    def on_function(self, node: Node, body: Node) -> None:
        """A function with a body; its parameters are declared."""
        self.visit(body)

    def on_deferred(self, node: Node) -> None:
        """A defer or go statement."""
        self.children(node)

    def on_return(self, node: Node) -> None:
        """A return statement."""
        self.children(node)

    def on_call(self, node: Node) -> None:
        """A call in a function, or a conversion."""
        self.children(node)

    def on_range(self, node: Node) -> None:
        """What a range clause ranges over."""
        self.visit(node)

    def on_name(self, node: Node) -> None:
        """An identifier in an expression, or the name of a function."""

    def visit(self, node: Node | None) -> None:
        """Visit a node and what is below it."""
        if node is None:
            return
        match node.type:
            case "function_declaration" | "method_declaration" | "func_literal":
                self._function(node)
            case "block" | "expression_case" | "default_case" | "if_statement":
                self._scoped(node)
            case "for_statement" | "expression_switch_statement" | "select_statement":
                self._scoped(node)
            case "type_switch_statement":
                self._type_switch(node)
            case "type_case" | "communication_case":
                self._scoped(node)
            case "short_var_declaration":
                self._short_declaration(node)
            case "range_clause" | "receive_statement":
                self._assigning(node)
            case "var_declaration" | "const_declaration":
                self.children(node)
                if self.depth:
                    declare_specs(node, self.scopes.innermost)
            case "type_declaration":
                if self.depth:
                    declare_specs(node, self.scopes.innermost)
            case "defer_statement" | "go_statement":
                self.on_deferred(node)
            case "return_statement":
                self.on_return(node)
            case "call_expression" | "type_conversion_expression" if self.depth:
                self.on_call(node)
            case "identifier":
                self.on_name(node)
            case _:
                self.children(node)

    def children(self, node: Node) -> None:
        """Visit what is below a node."""
        for c in node.named_children:
            self.visit(c)

    def _scoped(self, node: Node) -> None:
        self.scopes.push()
        self.children(node)
        self.scopes.pop()

    def _type_switch(self, node: Node) -> None:
        self.scopes.push()
        self.visit(node.child_by_field_name("initializer"))
        self.visit(child(node, "value"))
        alias = node.child_by_field_name("alias")
        if alias is not None:
            self.scopes.declare(operands(alias), Sort.VARIABLE)
        for c in node.named_children:
            if c.type in {"type_case", "default_case"}:
                self.visit(c)
        self.scopes.pop()

    def _short_declaration(self, node: Node) -> None:
        left, right = operands(child(node, "left")), operands(child(node, "right"))
        self.visit(child(node, "right"))
        types = [evident_type(r) for r in right] if len(left) == len(right) else [None] * len(left)
        for name, type_ in zip(left, types, strict=True):
            self.scopes.declare([name], Sort.VARIABLE, type_)

    def _assigning(self, node: Node) -> None:
        """`left = right` or `left := right`, in a range clause or a receive statement."""
        left = node.child_by_field_name("left")
        if node.type == "range_clause":
            self.on_range(child(node, "right"))
        else:
            self.visit(child(node, "right"))
        if left is not None and any(c.type == ":=" for c in node.children):
            self.scopes.declare(operands(left), Sort.VARIABLE)
        else:
            self.visit(left)

    def _function(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if node.type == "function_declaration" and name is not None:
            self.on_name(name)
        if body is None:
            return
        self.scopes.push()
        self._type_parameters(node)
        self.scopes.push()
        for group in ("receiver", "parameters", "result"):
            self._parameters(node.child_by_field_name(group))
        self.depth += 1
        self.on_function(node, body)
        self.depth -= 1
        self.scopes.pop()
        self.scopes.pop()

    def _type_parameters(self, node: Node) -> None:
        parameters = node.child_by_field_name("type_parameters")
        if parameters is not None:
            for declaration in operands(parameters):
                self.scopes.declare(declaration.children_by_field_name("name"), Sort.TYPE_PARAMETER)
        receiver = node.child_by_field_name("receiver")
        if receiver is not None:
            for n in walk(receiver):
                if n.type == "type_arguments":
                    named = [i for i in walk(n) if i.type == "type_identifier"]
                    self.scopes.declare(named, Sort.TYPE_PARAMETER)

    def _parameters(self, group: Node | None) -> None:
        if group is None or group.type != "parameter_list":
            return
        for declaration in operands(group):
            self.scopes.declare(
                declaration.children_by_field_name("name"),
                Sort.VARIABLE,
                child(declaration, "type") if declaration.type == "parameter_declaration" else None,
            )

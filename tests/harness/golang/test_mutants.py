"""Mutants of Go functions: which there are, and that each is one change to Go that still parses."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadCase
from harness.golang import syntax
from harness.golang.mutants import Operator, functions, mutants
from harness.model import Installed

HEAD = "package runtime\n\nfunc (p *t) next(a, b int) (int, bool) {\n"


def made(body: str) -> list[str]:
    """The mutants of a function with this body: operator, and what is put for what."""
    found = mutants(f"{HEAD}{body}}}\n", "panic.go")
    return [f"{one.operator.value}: {' '.join((*one.before.split(), '->', *one.after.split()))}" for one in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "\tif a < b {\n\t}\n",
            ["comparison shifted: < -> <=", "condition inverted: a < b -> !(a < b)"],
        ),
        (
            "\tfor i := a; i != b; i++ {\n\t}\n",
            [
                "assignment left out: i++ ->",
                "comparison shifted: != -> ==",
                "condition inverted: i != b -> !(i != b)",
            ],
        ),
        ("\tp.x = a\n", ["assignment left out: p.x = a -> _ = a"]),
        ("\tp.x, p.y = a, b\n", ["assignment left out: p.x, p.y = a, b -> _, _ = a, b"]),
        ("\tp.x &^= a\n", ["assignment left out: p.x &^= a -> _ = a", "operator changed: &^= -> &="]),
        ("\t_ = a\n", []),
        ("\tthrow(a)\n", ["call left out: throw(a) ->"]),
        ("\tx := f(a)\n", []),
        ("\treturn 1, true\n", ["constant changed: 1 -> 2", "constant changed: true -> false"]),
        ("\treturn 0x1F, a && b\n", ["and for or: && -> ||", "constant changed: 0x1F -> 32"]),
        ("\tfor {\n\t\tbreak\n\t}\n\treturn\n", ["jump left out: break ->", "jump left out: return ->"]),
        (
            "\tf(a)\n\t// why\n\tp.x = b\n",
            [
                "call left out: f(a) ->",
                "statements swapped: f(a) // why p.x = b -> p.x = b // why f(a)",
                "assignment left out: p.x = b -> _ = b",
            ],
        ),
        ("\tx := 7 - a<<1\n", ["constant changed: 7 -> 8", "constant changed: 1 -> 2"]),
    ],
)
def test_what_there_is(body: str, expected: list[str]) -> None:
    found = made(body)
    assert set(expected) <= set(found)
    if "<<" not in body:
        assert sorted(found) == sorted(expected)


def test_each_is_one_change() -> None:
    text = f"{HEAD}\tif a < b {{\n\t\tp.x = a\n\t\tf(a)\n\t}}\n\treturn a + 1, true\n}}\n"
    found = mutants(text, "panic.go")
    assert len({one.source for one in found}) == len(found) == 8
    for one in found:
        syntax.parse(one.source, "panic.go")
        assert one.before != one.after
        assert one.function == "next"
        assert one.before.splitlines()[0] in text.splitlines()[one.line - 1]
        diff = one.diff(text, "src/runtime/panic.go")
        assert diff.startswith("--- a/src/runtime/panic.go\n+++ b/src/runtime/panic.go\n@@")


def test_the_blocks_around_it() -> None:
    body = "\tif a < b {\n\t\tfor {\n\t\t\tf(a)\n\t\t}\n\t} else {\n\t\tf(b)\n\t}\n\tf(0)\n"
    text = f"{HEAD}{body}\treturn a, true\n}}\n"
    around = {one.before: one.blocks for one in mutants(text, "panic.go") if one.operator is Operator.CALL}
    assert {call: [block.head for block in blocks] for call, blocks in around.items()} == {
        "f(a)": ["if a < b {", "for {"],
        "f(b)": ["} else {"],
        "f(0)": [],
    }
    assert around["f(a)"][1].probe == text.replace("for {", 'for { throw("reached");')
    elsewhere = mutants(text.replace("package runtime", "package p"), "p.go")
    assert elsewhere[0].blocks == ()
    assert 'if a < b { panic("reached");' in next(one for one in elsewhere if one.blocks).blocks[0].probe


def test_statements_that_are_the_same_are_not_swapped() -> None:
    assert made("\tf(a)\n\tf(a)\n") == ["call left out: f(a) ->"] * 2


def test_only_what_is_wanted() -> None:
    text = f"{HEAD}\tp.x = a\n\tp.y = b\n}}\n\nfunc other() {{\n\tp.z = 1\n}}\n"
    assert {one.function for one in mutants(text, "panic.go")} == {"next", "other"}
    assert {one.function for one in mutants(text, "panic.go", ["other"])} == {"other"}
    assert {one.line for one in mutants(text, "panic.go", lines={5})} == {5}
    assert mutants(text, "panic.go", ["none"]) == []
    assert sorted(functions(syntax.parse(text, "panic.go"))) == ["next", "other"]


def test_what_is_no_go() -> None:
    with pytest.raises(BadCase, match=r"panic\.go:3"):
        mutants("package runtime\n\nfunc {\n", "panic.go")


@pytest.mark.toolchain
def test_the_runtime_itself(release: Installed) -> None:
    """All of them parse, in every release."""
    assert release.root is not None
    text = (Path(release.root) / "src/runtime/panic.go").read_text()
    found = mutants(text, "panic.go", ["gopanic", "recovery", "gorecover", "Goexit", "deferreturn"])
    assert len(found) > 80
    assert {one.operator for one in found} >= {Operator.CONDITION, Operator.ASSIGNMENT, Operator.CALL, Operator.ORDER}
    for one in found:
        syntax.parse(one.source, one.name)

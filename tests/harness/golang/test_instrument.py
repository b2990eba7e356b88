from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.errors import BadCase
from harness.golang.instrument import instrument, rename
from harness.golang.syntax import parse, walk
from tests.conftest import Golden

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.go"))
DECIDING = {"defer_statement", "for_statement", "go_statement"}


@pytest.fixture(params=PROGRAMS, ids=lambda p: p.stem)
def program(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def test_golden(program: Path, golden: Golden) -> None:
    result = instrument(program.read_text(), "traced")
    golden(f"{program.stem}.go", result.source)
    marks = {(False, False): "", (True, False): " foreign", (False, True): " ranges", (True, True): " foreign ranges"}
    table = [
        f"{i} {f.first_line}-{f.last_line} {f.name}{marks[f.foreign, f.ranges]}\n"
        for i, f in enumerate(result.functions)
    ]
    golden(f"{program.stem}.functions", "".join(table))


def test_every_statement_stays_on_its_line(program: Path) -> None:
    source = program.read_text()
    for result in (instrument(source, "traced"), rename(source, "plain")):
        assert _places(result.source) == _places(source)
        assert result.source.count("\n") == source.count("\n")


def _places(source: str) -> Counter[tuple[str, int]]:
    """How many statements of the sorts that decide how defers are compiled start on each line; return statements,
    which may end up on the line of the end of their results, are only counted."""
    nodes = [n for n in walk(parse(source, "x.go").root) if n.is_named]
    places = Counter((n.type, n.start_point.row) for n in nodes if n.type in DECIDING)
    places["return_statement", -1] = sum(n.type == "return_statement" for n in nodes)
    return places


def test_plain_is_the_program_but_for_package_and_main() -> None:
    source = "package main\n\nfunc f() { main() }\n\nfunc main() { type t struct{ main int }; _ = t{main: 1} }\n"
    result = rename(source, "c000")
    assert result.source == source.replace("package main", "package c000").replace("main()", "Main()")
    assert result.functions == ()
    assert result.entry == "Main"


def test_a_build_constraint_does_not_leave_the_file_out() -> None:
    result = rename("//go:build ignore\n\npackage main\n\nfunc main() {}\n", "c000")
    assert result.source.startswith("//-go:build ignore\n")


def test_names_that_the_program_uses_are_avoided() -> None:
    result = instrument("package main\n\nvar _dd, Main int\n\nfunc main() { _dd++ }\n", "c000")
    assert result.entry == "Main_"
    assert "_dd_ := _dd_p.Enter(0, 0, 0); _ = _dd_; _dd++ ; _dd_.Return(5) }" in result.source


def test_a_parenthesised_builtin_is_the_builtin() -> None:
    result = instrument('package main\n\nfunc main() { defer (recover)(); (panic)("x") }\n', "c000")
    assert '_dd.Defer(_ddp.Record(), 3, "recover")' in result.source
    assert '(panic)(_dd.Panic(3, "x"))' in result.source


def test_early_opens_the_files_before_initialisers() -> None:
    source = "package main\n\nfunc init() {}\n\nfunc main() {}\n"
    for result in (rename(source, "c000", early=True), instrument(source, "c000", early=True)):
        assert 'import _ "deferdiff.test/drive/early"' in result.source.splitlines()[0]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("package main\n\nfunc main() {\n\tx = = 1\n}\n", "x.go:4:6: the Go source does not parse near '='"),
        ("package main\n\nfunc main() {\n", "x.go:3:13: the Go source does not parse near '{'"),
        ("package lib\n\nfunc main() {}\n", "x.go:1:1: a case is a program: package main"),
        ("package main\n\nfunc Main() {}\n", "x.go:1:1: a case is a program: it has no func main"),
        ("", "x.go:1:1: a case is a program: package main"),
        (
            'package main\n\nimport . "fmt"\n\nfunc main() { Println() }\n',
            "x.go:3:8: a dot import hides what calls mean: import fmt by its name",
        ),
        ('package main\n\nimport "C"\n\nfunc main() {}\n', "x.go:3:8: a case cannot use cgo"),
        (
            "package main\n\nfunc f(string int) (r string) { return g(string) }\n\nfunc main() {}\n",
            "x.go:3:33: string in the function's result type means something else here: rename one",
        ),
        (
            "package main\n\nfunc f() struct {\n\tn int\n} {\n\treturn g()\n}\n\nfunc main() {}\n",
            "x.go:6:2: the function's result type spans several lines: give it a name",
        ),
        (
            "package main\n\nfunc main() { defer 1 }\n",
            "x.go:3:15: the expression of a defer or go statement must be a call",
        ),
        (
            "package main\n\nvar x = " + "(" * 2000 + "1" + ")" * 2000 + "\n\nfunc main() {}\n",
            "x.go:3:256: more than 250 levels of nesting: put a part into a variable",
        ),
    ],
)
def test_what_cannot_be_traced_is_one_clear_line(source: str, says: str) -> None:
    with pytest.raises(BadCase) as raised:
        instrument(source, "c000", "x.go")
    assert str(raised.value) == says


def test_a_result_type_that_a_parameter_shadows_needs_no_rename_where_nothing_is_evaluated() -> None:
    result = instrument('package main\n\nfunc f(string int) string { return "" }\n\nfunc main() {}\n', "c000")
    assert '_dd.Return(3); return ""' in result.source

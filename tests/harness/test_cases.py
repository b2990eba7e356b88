"""Cases and suites on disk: what is read from a header, and the one line that each fault is told in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import constraint
from harness.cases import load_case, load_cases, load_program, load_suites, select
from harness.errors import BadCase, UsageError
from harness.model import Case, Expectation

SHIPPED = Path(__file__).resolve().parents[2] / "cases"

FAMILIES = {
    *("order", "results", "recover", "repanic", "goexit", "opencoded", "linked", "loops", "nilfunc"),
    *("runtimeerror", "panicnil", "goroutine", "stack", "rangefunc", "process", "generics"),
}

HEADER = """\
title: Deferred calls run last first
owes: The last deferred call runs first.
source: https://go.dev/ref/spec#Defer_statements
"""
PROGRAM = "\npackage main\n\nfunc main() {}\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a case under the directory of cases `tmp_path`, give its path."""

    def write(header: str = HEADER, name: str = "order/lifo.go", program: str = PROGRAM) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"/*\n{header}*/\n{program}".encode())
        return path

    return write


def fault(load: Callable[[], object]) -> str:
    """The one line that `load` is refused with."""
    with pytest.raises(UsageError) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- A case ---------------------------------------------------------------------------------------------


def test_everything_in_a_header_reaches_the_case(write: Write, tmp_path: Path) -> None:
    path = write(
        """\
title: One line
tags: [open-coded, recover]
owes: >
  A sentence
  on two lines.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/issue/1]
on: "gc >=1.18"
stdout: |
  a
   b
exit: 2
stderr: |
  panic: boom
godebug: panicnil=1
differs:
  - on: "<1.21"
    because: The release says so.
    stdout: ""
  - on: gccgo
    because: Another one.
    exit: 0
    stderr: ""
xfail:
  - on: "gc <1.22"
    reason: It loses a call.
    issue: https://go.dev/issue/43942
  - on: gccgo
    reason: It loses another.
    issue: unreported
"""
    )
    case = load_case(path, tmp_path)
    assert (case.name, case.path, case.title) == ("order/lifo", path, "One line")
    assert case.source == path.read_text()
    assert case.tags == ("open-coded", "recover")
    assert case.owes == "A sentence on two lines."
    assert case.sources == ("https://go.dev/ref/spec#Defer_statements", "https://go.dev/issue/1")
    assert case.on == "gc >=1.18"
    assert case.godebug == "panicnil=1"
    assert case.expect == Expectation("a\n b\n", 2, "panic: boom\n")
    assert [(each.on, each.because) for each in case.differs] == [
        ("<1.21", "The release says so."),
        ("gccgo", "Another one."),
    ]
    assert case.differs[0].expect == Expectation("", 2, "panic: boom\n")
    assert case.differs[1].expect == Expectation("a\n b\n", 0, "")
    assert [(each.on, each.issue) for each in case.xfail] == [
        ("gc <1.22", "https://go.dev/issue/43942"),
        ("gccgo", "unreported"),
    ]


def test_what_a_header_may_leave_out(write: Write, tmp_path: Path) -> None:
    case = load_case(write(), tmp_path)
    assert (case.tags, case.on, case.differs, case.xfail) == ((), "", (), ())
    assert case.expect == Expectation("", 0, None)


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        (HEADER + "titel: x\n", 5, "unknown key 'titel'; known keys: title, owes, source"),
        (HEADER + "differs:\n  - on: gc\n    because: b\n    stduot: x\n", 8, "unknown key 'differs.0.stduot'"),
        (HEADER + "exit: '2'\n", 5, "exit must be a whole number"),
        (HEADER + "exit: -1\n", 5, "exit must be at least 0"),
        (HEADER + "xfail:\n  - gc\n", 6, "xfail.0 must be a mapping of keys to values"),
        (HEADER.replace("owes: The last deferred call runs first.", "owes: ' '"), 3, "owes must be more than spaces"),
        (HEADER + "exit: true\n", 5, "exit must be a whole number"),
        (HEADER + "exit: 256\n", 5, "exit must be at most 255"),
        (HEADER + "stdout: 7\n", 5, "stdout must be text; put it in quotes"),
        (HEADER + "stdout:\n  a: 1\n", 5, "stdout must be text"),
        (HEADER + "on: 1.22\n", 5, "on must be text; put it in quotes"),
        (HEADER + 'on: ">= 1.22"\n', 5, "clause '>=' is neither gc, gccgo nor a comparison"),
        (HEADER + "tags: recover\n", 5, "tags must be a list"),
        (
            HEADER + "tags:\n  - recover\n  - Open Coded\n",
            7,
            "tags.1 must be lower-case letters, ",
        ),
        (HEADER + "xfail:\n  - on: gc\n    reason: r\n", 6, "key 'xfail.0.issue' is missing"),
        (HEADER + "xfail:\n  - on: gc\n    reason: r\n    issue: 43942\n", 8, "xfail.0.issue must be text"),
        (
            HEADER + "xfail:\n  - on: gc\n    reason: r\n    issue: none\n",
            8,
            "address with a path, or unreported",
        ),
        (HEADER + "differs:\n  - on: go\n    because: b\n", 6, "clause 'go' is neither"),
        (
            HEADER.replace("title: Deferred", "title: 'a\n\n  b'\nx: Deferred"),
            2,
            "title must be one line",
        ),
        (HEADER.replace("https:", "ftp:"), 4, "source.0 must be an https:// address with a path"),
        ("title: t\nsource: []\nowes: o\n", 3, "source must not be empty"),
        ("title: t\nowes: ''\nsource: https://go.dev/x\n", 3, "owes must not be empty"),
        ("title: t\nowes: o\n", 2, "key 'source' is missing"),
        (HEADER + "exit: 2\nstdout: a\nexit: 3\n", 7, "key 'exit' is there already, on line 5"),
        (HEADER + "xfail:\n  - on: gc\n    on: gccgo\n", 7, "key 'on' is there already, on line 6"),
        (HEADER + "stdout: *out\n", 5, "alias *out: write the value out"),
        (HEADER + "stdout: a: b\n", 5, "not YAML: mapping values are not allowed"),
        (HEADER + "stdout: 'a\n", 6, "not YAML:"),
        (HEADER + "tags: [a\n", 6, "not YAML:"),
        (HEADER + "stdout: !!python/none x\n", 5, "not YAML: could not determine a constructor"),
        (HEADER + "? [a]\n: b\n", 5, "a key that is no text"),
        (HEADER + "1: b\n", 5, "a key that is no text"),
        (HEADER + "stdout: a\x07\n", 5, "not YAML: the character '\\x07' is not allowed"),
        (HEADER + "tags: " + "[" * 5000 + "]" * 5000 + "\n", 5, "nested more than 50 deep"),
        ("", 1, "must be a mapping of keys to values, not nothing"),
        ("- title\n", 1, "must be a mapping of keys to values, not a list"),
        ("Just words.\n", 1, "must be a mapping of keys to values, not a single value"),
    ],
)
def test_a_bad_header(write: Write, tmp_path: Path, header: str, line: int | None, message: str) -> None:
    path = write(header)
    told = fault(lambda: load_case(path, tmp_path))
    assert message in told
    assert re.match(rf"{re.escape(str(path))}:{'[0-9]+' if line is None else line}: ", told), told


@pytest.mark.parametrize(
    "source", ["package main\n", "// title: x\npackage main\n", "/* title: x\npackage main\n", ""]
)
def test_no_header(tmp_path: Path, source: str) -> None:
    path = tmp_path / "order" / "lifo.go"
    path.parent.mkdir()
    path.write_text(source)
    assert fault(lambda: load_case(path, tmp_path)) == (
        f"{path}:1: no header; the file must begin with /* and hold YAML up to */"
    )


def test_no_package_main(write: Write, tmp_path: Path) -> None:
    path = write(program="package lifo\n")
    assert "no package clause `package main`" in fault(lambda: load_case(path, tmp_path))


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "order" / "lifo.go"
    path.parent.mkdir()
    path.write_bytes(b"/*\ntitle: caf\xe9\n*/\npackage main\n")
    assert fault(lambda: load_case(path, tmp_path)) == f"{path}:2: not UTF-8"


def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "order" / "lifo.go"
    path.mkdir(parents=True)
    assert "cannot be read" in fault(lambda: load_case(path, tmp_path))


def test_crlf_is_kept_in_the_source_and_read_in_the_header(tmp_path: Path) -> None:
    path = tmp_path / "order" / "lifo.go"
    path.parent.mkdir()
    text = f"/*\n{HEADER}stdout: |\n  a\n*/\n{PROGRAM}".replace("\n", "\r\n")
    path.write_bytes(text.encode())
    case = load_case(path, tmp_path)
    assert case.source == text
    assert case.expect == Expectation("a\n")


# --- Names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lifo.go", "order/deep/lifo.go"])
def test_a_case_is_two_levels_down(write: Write, tmp_path: Path, name: str) -> None:
    write(name=name)
    assert "must be at <family>/<behaviour>.go" in fault(lambda: load_cases(tmp_path))


@pytest.mark.parametrize(
    "name", ["order/lifo_test.go", "order/a b.go", "ord.er/lifo.go", "order/-lifo.go", "order/é.go"]
)
def test_names_are_plain(write: Write, tmp_path: Path, name: str) -> None:
    write(name=name)
    assert "letters, digits and single hyphens" in fault(lambda: load_cases(tmp_path))


def test_two_cases_of_one_name(write: Write, tmp_path: Path) -> None:
    first, second = write(name="one/order/lifo.go"), write(name="two/order/lifo.go")
    told = fault(lambda: load_cases(tmp_path / "one", tmp_path / "two"))
    assert told == f"{second}:1: case order/lifo has the same name as {first}; rename one of them"


def test_names_that_differ_by_upper_case_only(write: Write, tmp_path: Path) -> None:
    first, second = write(name="order/Lifo.go"), write(name="order/lifo.go")
    told = fault(lambda: load_cases(tmp_path))
    assert told == f"{second}:1: case order/lifo differs only by upper case from {first}; rename one of them"


def test_no_such_directory(tmp_path: Path) -> None:
    assert "no such directory of cases" in fault(lambda: load_cases(tmp_path / "none"))


def test_cases_come_by_name(write: Write, tmp_path: Path) -> None:
    for name in ("b/a.go", "a/b.go", "a/a.go"):
        write(name=name)
    assert [case.name for case in load_cases(tmp_path)] == ["a/a", "a/b", "b/a"]


# --- A program of the user's ------------------------------------------------------------------------------


@pytest.mark.parametrize("comment", ["", "/* Copyright */\n", "// A comment.\n", "/* a: [b */\n"])
def test_a_program_needs_no_header(tmp_path: Path, comment: str) -> None:
    path = tmp_path / "mine.go"
    path.write_text(comment + PROGRAM)
    case = load_program(path)
    assert (case.name, case.title, case.expect) == ("mine", "mine.go", None)


def test_a_program_with_a_header_is_held_to_it(write: Write) -> None:
    assert load_program(write(HEADER + "exit: 2\n")).expect == Expectation("", 2)
    assert "unknown key 'x'" in fault(lambda: load_program(write(HEADER + "x: 2\n")))


@pytest.mark.parametrize(("name", "source"), [("none.go", None), ("mine.txt", PROGRAM), ("lib.go", "package lib\n")])
def test_what_is_no_program(tmp_path: Path, name: str, source: str | None) -> None:
    path = tmp_path / name
    if source is not None:
        path.write_text(source)
    with pytest.raises(BadCase, match=r"no such Go file|no package clause"):
        load_program(path)


# --- Suites and selection ---------------------------------------------------------------------------------


def test_suites(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "quick.yaml").write_text("title: some\nselect: [order, 'tag:goexit']\n")
    suites = load_suites(tmp_path)
    assert list(suites) == ["quick"]
    assert suites["quick"].select == ["order", "tag:goexit"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: t\nselect: []\n", "2: select must not be empty"),
        ("title: t\nselect: ['*']\nexclude: x\n", "3: unknown key 'exclude'"),
        ("[", "1: not YAML"),
    ],
)
def test_a_bad_suite(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "suites" / "quick.yaml"
    path.parent.mkdir()
    path.write_text(text)
    assert fault(lambda: load_suites(tmp_path)).startswith(f"{path}:{message}")


@pytest.fixture
def three() -> tuple[Case, ...]:
    return tuple(
        Case(name=name, path=Path(name), source="", title="", tags=tags)
        for name, tags in (("goexit/nested", ("goexit",)), ("order/lifo", ("lifo",)), ("order/nested", ()))
    )


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        (["*"], ["goexit/nested", "order/lifo", "order/nested"]),
        (["order"], ["order/lifo", "order/nested"]),
        (["order/lifo"], ["order/lifo"]),
        (["*nested"], ["goexit/nested", "order/nested"]),
        (["tag:goexit", "order/l*"], ["goexit/nested", "order/lifo"]),
        (["order", "order/lifo"], ["order/lifo", "order/nested"]),
        ([], []),
    ],
)
def test_select(three: tuple[Case, ...], selectors: list[str], names: list[str]) -> None:
    assert [case.name for case in select(three, selectors)] == names


@pytest.mark.parametrize("selector", ["ordr", "tag:lif", "Order/*", "lifo"])
def test_a_selector_that_chooses_nothing(three: tuple[Case, ...], selector: str) -> None:
    assert f"{selector!r} selects no case" in fault(lambda: select(three, ["*", selector]))


# --- The shipped cases --------------------------------------------------------------------------------------


def test_every_shipped_case_loads() -> None:
    cases = load_cases(SHIPPED)
    assert len(cases) >= 100
    families = {case.name.partition("/")[0] for case in cases}
    assert families == FAMILIES


def test_every_shipped_suite_selects_cases() -> None:
    cases = load_cases(SHIPPED)
    suites = load_suites(SHIPPED)
    assert select(cases, suites["default"].select) == cases
    for suite in suites.values():
        assert select(cases, suite.select)


def test_shipped_cases_expect_something_and_are_silent_about_tracing() -> None:
    for case in load_cases(SHIPPED):
        assert case.expect is not None
        assert case.expect.stdout or case.expect.stderr, f"{case.name} shows nothing"
        assert "deferdiff" not in case.source, case.name
        assert case.source.endswith("}\n"), case.name


def test_the_known_difference_of_the_pair_is_in_the_headers() -> None:
    """Up to Go 1.21 a recovered panic could cancel Goexit; from 1.22 on these cases are owed."""
    faulty = [
        case.name
        for case in load_cases(SHIPPED)
        if any(constraint.matches(known.on, "gc", "1.21.13") for known in case.xfail)
        and not any(constraint.matches(known.on, "gc", "1.22.10") for known in case.xfail)
    ]
    assert faulty == [
        "goexit/close-deferred-below-a-recovered-panic",
        "goexit/nested-with-panic-recovered-below-both",
        "goexit/panic-in-a-deferred-calls-frame-replaced",
        "goexit/second-panic-recovered",
        "goexit/second-panic-recovered-in-a-caller",
    ]

"""`deferdiff reduce` from outside: the smallest program with the same difference, a Go file that shows it, a case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.endtoend.tool import CASES, FAULTS, Done, Json, Tool

pytestmark = pytest.mark.toolchain

LOST = """\
functions:
  main:
    - emit: 1
    - {defer: f5, as: function}
    - {call: f1, result: shown}
    - emit: 2
  f1:
    - {defer: f4, as: method}
    - grow
    - {defer: f3, as: argument}
    - emit: 6
    - defer: f2
    - call: f6
    - goexit
  f2:
    - emit: 3
    - panic: p7
  f3:
    - panic: p8
  f4:
    - recover: shown
    - {set: 5}
  f5:
    - emit: 4
  f6:
    frame: linked
    body:
      - collect
      - {defer: f7, loop: true, times: 3}
  f7: []
"""
"""go1.21.13 drops the Goexit at the second panic. Most of the program has nothing to do with that."""


def reduce(tool: Tool, *arguments: str) -> Done:
    (tool.home / "lost.yaml").write_text(LOST)
    return tool("reduce", "lost.yaml", "--sandbox", "process", *arguments)


def warned(done: Done) -> list[str]:
    """The lines behind the warning of what this sandbox does less well."""
    first, *rest = done.stdout.splitlines()
    assert first.startswith("warning: memory is measured")
    return rest


def code_of(source: Path) -> list[str]:
    """The lines of a Go file that are neither its header nor empty."""
    return [line for line in source.read_text().partition("*/")[2].splitlines() if line.strip()]


@pytest.fixture(scope="module")
def reduced(session_tool: Tool) -> tuple[Tool, Json]:
    done = reduce(session_tool, "-t", "go1.21.13", "--add", "goexit/found-by-chance", "--cases", "found", "--json")
    assert done.status == 1, done.stderr
    told: Json = json.loads(done.stdout)
    return session_tool, told


def test_what_is_found(reduced: tuple[Tool, Json]) -> None:
    tool, told = reduced
    assert (told["rule"], told["died"], told["tier"]) == ("deferred-call-lost", "", "data")
    assert told["known"] is None, "the list of known differences is not here"
    assert told["actions"]["before"] == 19
    assert told["actions"]["after"] <= 9
    assert told["as_go"]["same"]
    again = tool("reduce", told["file"], "-t", "go1.21.13", "--sandbox", "process", "--json")
    assert json.loads(again.stdout)["smallest"] == told["smallest"]


def test_the_go_file_is_short_and_fails_by_itself(reduced: tuple[Tool, Json]) -> None:
    tool, told = reduced
    assert len(code_of(tool.home / told["go"])) < 15
    shown = tool("run", told["go"], "-t", "go1.21.13", "-t", "go1.22.10", "--sandbox", "process", "--json")
    old, new = json.loads(shown.stdout)["toolchains"]
    assert (old["outcome"] == "conforms", new["outcome"]) == (False, "conforms")


def test_the_added_case_is_a_known_fault_of_the_release(reduced: tuple[Tool, Json]) -> None:
    tool, told = reduced
    assert told["added"] == "found/goexit/found-by-chance.go"
    gate = tool("gate", "--cases", "found", "--pre", "go1.21.13", "--post", "go1.22.10", "--sandbox", "process")
    case = gate.cases["goexit/found-by-chance"]
    assert case["pre"]["known"]["on"] == "gc ==1.21.13"
    assert gate.status == 0, gate.stdout
    twice = reduce(tool, "-t", "go1.21.13", "--add", "goexit/found-by-chance", "--cases", "found")
    assert (twice.status, twice.stdout) == (2, "")
    assert "there is such a case already" in twice.stderr


def test_a_program_that_conforms(tool: Tool) -> None:
    done = reduce(tool, "-t", "go1.22.10")
    assert (done.status, warned(done)) == (0, ["lost.yaml: conforms on go1.22.10: nothing to reduce"])
    assert not (tool.home / "lost-smallest.yaml").exists()


def test_what_a_person_sees_of_a_planted_fault(tool: Tool) -> None:
    """A toolchain that is changed by a patch says nothing of its release, so its case has no known fault."""
    patched = f"go1.22.10,patch={FAULTS / 'next-defer-clears-two-bits.patch'}"
    (tool.home / "p.yaml").write_text(
        "functions:\n  main:\n    - defer: f1\n    - defer: f2\n    - defer: f3\n    - panic: p1\n"
        "  f1: []\n  f2: []\n  f3: []\n"
    )
    done = tool("reduce", "p.yaml", "-t", patched, "--sandbox", "process", "--add", "order/two-bits")
    assert done.status == 1
    for words in ("deferred-call-lost", "4 actions -> 3", "as Go fails in the same way", "order/two-bits.go: added"):
        assert words in done.stdout
    assert "xfail" not in (tool.home / "cases/order/two-bits.go").read_text()


UNLIKE = """\
Two faults that have nothing to do with each other.

--- a/src/runtime/panic.go
+++ b/src/runtime/panic.go
@@ -614,0 +615 @@
+\tthrow("fault in Goexit")
@@ -1097,0 +1099 @@
+\tthrow("fault in recovery")
"""
HANGS = """\
Every recovery hangs.

--- a/src/runtime/panic.go
+++ b/src/runtime/panic.go
@@ -1097,0 +1098,2 @@
+\tfor p == nil {
+\t}
"""
RECOVERS = """\
functions:
  main:
    - call: f1
    - goexit
  f1:
    - defer: f2
    - panic: a
  f2:
    - recover
"""


def on_faulty(tool: Tool, patch: str, program: str, *arguments: str) -> Json:
    (tool.home / "faulty.patch").write_text(patch)
    (tool.home / "p.yaml").write_text(program)
    done = tool(
        "reduce", "p.yaml", "-t", "go1.22.10,patch=faulty.patch", "--sandbox", "process", "--json", *arguments
    )
    assert done.status == 1, done.stderr
    told: Json = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("tier", ["data", "source"])
def test_it_does_not_slip_to_another_fault(tool: Tool, tier: str) -> None:
    told = on_faulty(tool, UNLIKE, RECOVERS, "--tier", tier)
    assert (told["rule"], told["died"]) == ("process-end", "fatal error: fault in recovery")
    assert told["as_go"]["same"]
    assert told["actions"]["after"] == 3
    assert "goexit" not in told["smallest"]
    assert told["weaknesses"]


@pytest.mark.parametrize("tier", ["data", "source"])
def test_a_hang_is_one_as_go_too(tool: Tool, tier: str) -> None:
    program = RECOVERS.replace("    - goexit\n", "").replace(
        "    - defer: f2\n", "    - defer: f3\n    - defer: f2\n"
    )
    told = on_faulty(tool, HANGS, program + "  f3: []\n", "--tier", tier, "--timeout", "0.5")
    assert told["as_go"] | {"same": True, "visible": True, "outcome": "timed out"} == told["as_go"]


GONE = """\
functions:
  main:
    - defer: f3
    - call: f1
  f1:
    - defer: f2
    - defer: f4
    - panic: p
  f2:
    - recover
  f3: []
  f4:
    frame: linked
    body:
      - defer: nil
      - goexit
"""


def test_a_goroutine_that_ends_too_early(tool: Tool) -> None:
    """As data it never says that it is done; as Go no goroutine is left, and something is printed to show it."""
    (tool.home / "p.yaml").write_text(GONE)
    told = json.loads(tool("reduce", "p.yaml", "-t", "go1.21.13", "--sandbox", "process", "--json").stdout)
    assert (told["rule"], told["got"]) == ("deferred-call-lost", "nothing more: data: a goroutine is lost")
    assert (told["as_go"]["same"], told["as_go"]["visible"]) == (True, True)


def test_what_differs_only_where_its_panic_is_recovered(tool: Tool) -> None:
    """As the driver does. A person must not take the smallest program for a part of the given one."""
    told = on_faulty(tool, UNLIKE, "functions:\n  main:\n    - panic: a\n")
    assert told["conforms_unrecovered"]
    assert told["as_go"]["same"]
    again = tool("reduce", "p.yaml", "-t", "go1.22.10,patch=faulty.patch", "--sandbox", "process")
    assert "By itself the given program conforms" in again.stdout
    assert not on_faulty(tool, UNLIKE, RECOVERS)["conforms_unrecovered"]


def test_an_issue_of_any_address(tool: Tool) -> None:
    done = reduce(tool, "-t", "go1.21.13", "--add", "goexit/colon", "--cases", "odd", "--issue", "https://a/b:")
    assert "added" in done.stdout
    assert (
        tool("gate", "--cases", "odd", "--pre", "go1.21.13", "--post", "go1.22.10", "--sandbox", "process").status
        == 0
    )


def test_who_has_the_fault_is_not_said_of_a_tree(tool: Tool) -> None:
    """It may be anything that calls itself so."""
    tree = next((tool.cache / "toolchains").glob("go1.21.13*/go"))
    done = reduce(tool, "-t", f"goroot:{tree}", "--add", "goexit/mine", "--cases", "found")
    assert "added" in done.stdout, done.stderr
    assert "xfail" not in (tool.home / "found/goexit/mine.go").read_text()


def test_the_known_differences_are_those_of_the_cases(tool: Tool) -> None:
    told = json.loads(reduce(tool, "-t", "go1.21.13", "--cases", str(CASES), "--json").stdout)
    assert told["known"] == "https://go.dev/issue/29226"


def test_what_is_found_is_told_if_it_cannot_be_written(tool: Tool) -> None:
    (tool.home / "here.yaml").write_text("")
    (tool.home / "here.go").mkdir()
    done = reduce(tool, "-t", "go1.21.13", "--out", "here.yaml", "--json")
    assert (done.status, done.stderr) == (2, "deferdiff: here.go: cannot be written: Is a directory\n")
    assert json.loads(done.stdout)["smallest"] == (tool.home / "here.yaml").read_text().partition("\n")[2]


def test_a_long_program_is_no_data(tool: Tool) -> None:
    """The driver would say that it does not come to an end."""
    program = "functions:\n  main: {frame: linked, body: [{defer: f1, times: 5000, loop: true}]}\n  f1: []\n"
    (tool.home / "long.yaml").write_text(program)
    done = tool("reduce", "long.yaml", "-t", "go1.22.10", "--sandbox", "process")
    assert (done.status, warned(done)) == (0, ["long.yaml: conforms on go1.22.10: nothing to reduce"])
    refused = tool("reduce", "long.yaml", "-t", "go1.22.10", "--sandbox", "process", "--tier", "data")
    assert refused.status == 2
    assert "the program cannot be data: it owes more than 4,096 events" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--out", "/proc/nope/x.yaml"), "/proc/nope: cannot be written"),
        (("--add", "a/b", "--cases", "lost.yaml"), "lost.yaml: is no directory"),
        (("--add", "goexit/x", "--issue", "https://x/*/y"), "--issue must be an https:// address"),
        (("--out", "mine.yaml"), "mine.go is there and none of ours"),
        (("--out", "x.go"), "x.go: give a name that ends in .yaml"),
        (("--out", "lost.yaml"), "lost.yaml: that is the program to be reduced"),
        (("--issue", "unreported"), "--issue goes with --add"),
        (("--add", "goexit/x", "--issue", "http://x"), "--issue must be an https:// address"),
        (("--add", "Goexit"), "Goexit: a case is called <family>/<behaviour>"),
    ],
)
def test_bad_input(tool: Tool, arguments: tuple[str, ...], says: str) -> None:
    (tool.home / "mine.go").write_text("package main\n")
    done = reduce(tool, "-t", "go1.21.13", *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr

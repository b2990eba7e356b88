"""`deferdiff reduce` from outside: the smallest program with the same difference, a Go file that shows it, a case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.endtoend.tool import FAULTS, Done, Json, Tool

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
    assert (done.status, done.stdout) == (0, "lost.yaml: conforms on go1.22.10: nothing to reduce\n")
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
    for words in ("deferred-call-lost", "4 actions -> 4", "as Go fails in the same way", "order/two-bits.go: added"):
        assert words in done.stdout
    assert "xfail" not in (tool.home / "cases/order/two-bits.go").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--out", "x.go"), "x.go: give a name that ends in .yaml"),
        (("--out", "lost.yaml"), "lost.yaml: that is the program to be reduced"),
        (("--issue", "unreported"), "--issue goes with --add"),
        (("--add", "goexit/x", "--issue", "http://x"), "--issue must be an https:// address"),
        (("--add", "Goexit"), "Goexit: a case is called <family>/<behaviour>"),
    ],
)
def test_bad_input(tool: Tool, arguments: tuple[str, ...], says: str) -> None:
    done = reduce(tool, "-t", "go1.21.13", *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr

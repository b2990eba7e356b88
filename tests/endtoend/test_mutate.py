"""`deferdiff mutate` from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.endtoend.tool import Tool

pytestmark = pytest.mark.toolchain


def test_mutants_are_killed_and_known_afterwards(tool: Tool, cases: Path, change: Path) -> None:
    """The first mutants of lines that the change adds, on programs as data and two small cases."""
    base = f"go1.22.10,revert={change}"
    words = ("mutate", "--base", base, "--patch", str(change), "--functions", "nextDefer,recovery", "--first", "3")
    done = tool(*words, "--sandbox", "process", "--json")
    told = json.loads(done.stdout)
    fates = [one["fate"] for one in told["mutants"]]
    assert len(fates) == 3
    assert fates.count("killed") == told["killed"] > 0
    assert all(one["by"].startswith(("data: ", "case ")) for one in told["mutants"] if one["fate"] == "killed")
    assert all(one["function"] in ("nextDefer", "recovery") for one in told["mutants"])
    assert done.status == (1 if "survived" in fates else 0)
    tried = (tool.home / "mutants" / "tried.jsonl").read_bytes()
    again = tool(*words, "--sandbox", "process")
    assert again.status == done.status
    assert (tool.home / "mutants" / "tried.jsonl").read_bytes() == tried
    assert len(tried.splitlines()) == 3
    assert f"{told['killed']} of {told['of']} mutants killed" in again.stdout
    assert "<pre" in (tool.home / "mutants" / "mutants.html").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--file", "runtime/none.go"), "src/runtime/none.go: go1.22.10 has no such file"),
        (("--functions", "none"), "there is nothing to change in what was asked for"),
        (("--equivalent", "none.yaml"), "none.yaml: cannot be read"),
        (("--cases", "none"), "none"),
    ],
)
def test_bad_input(tool: Tool, cases: Path, words: tuple[str, ...], says: str) -> None:
    done = tool("mutate", "--base", "go1.22.10", *words, "--sandbox", "process")
    assert (done.status, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr

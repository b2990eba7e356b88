"""`deferdiff bisect` from outside: the release, the hunks, the commit that made a difference."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness import toolchain
from harness.toolchain import default_directory
from tests.endtoend.tool import CASES, FAULTS, Done, Json, Tool

pytestmark = pytest.mark.toolchain

LOST = """\
functions:
  main:
    - defer: f5
    - call: f1
  f1:
    - defer: f4
    - defer: f3
    - defer: f2
    - goexit
  f2:
    - panic: p
  f3:
    - panic: p
  f4:
    - recover
  f5:
    - emit: 1
"""
"""Releases up to 1.21 lose the Goexit."""

PENDING = """\
functions:
  main:
    - call: f1
  f1:
    - defer: f2
    - defer: f3
    - panic: p
  f2:
    - emit: 1
  f3:
    - recover
"""
"""A deferred call that is pending when a panic is recovered."""


def bisect(tool: Tool, *words: str) -> Done:
    (tool.home / "lost.yaml").write_text(LOST)
    (tool.home / "pending.yaml").write_text(PENDING)
    return tool("bisect", *words, "--sandbox", "process")


def told(done: Done) -> Json:
    assert done.status == 1, done.stderr
    found: Json = json.loads(done.stdout)
    return found


def test_the_release_that_mended_it(tool: Tool) -> None:
    words = ("releases", "lost.yaml", "--bad", "go1.23.1", "--find-fix", "--json")
    found = told(bisect(tool, *words))
    assert found["found"]["kind"] == "found"
    assert found["found"]["points"] == ["go1.22.10"]
    assert found["first"]["kind"] == "diverges: deferred-call-lost"
    assert found["last"]["sort"] == "conforms"
    assert found["tests"] > found["tested"] == 3
    again = told(bisect(tool, *words))
    assert (again["found"], again["tests"]) == (found["found"], 0)
    scanned = bisect(tool, *words[:-1], "--scan", "--picture", "search.svg")
    assert scanned.status == 1
    for said in (
        "release go1.22.10 mended it",
        "or a release after go1.21.13 and before it",
        "all 3 releases were tested",
        "go1.22.10 after go1.21.13",
        "0 times",
    ):
        assert said in scanned.stdout
    assert (tool.home / "search.svg").read_text().startswith("<svg")


def test_ends_that_are_alike_or_the_wrong_way_round(tool: Tool) -> None:
    alike = bisect(tool, "releases", "lost.yaml", "--good", "go1.22.10", "--bad", "go1.23.1")
    assert (alike.status, alike.stdout) == (2, "")
    assert alike.stderr.startswith("deferdiff: both ends are alike, so there is nothing to find: go1.22.10: conforms")
    swapped = bisect(tool, "releases", "lost.yaml", "--bad", "go1.22.10")
    assert (swapped.status, swapped.stdout) == (2, "")
    assert "give --find-fix" in swapped.stderr


def test_an_end_that_cannot_be_tested(tool: Tool) -> None:
    (tool.home / "new.go").write_text("package main\n\nfunc main() {\n\tfor range 3 {\n\t}\n}\n")
    done = bisect(tool, "releases", "new.go", "--bad", "go1.22.10")
    assert (done.status, done.stdout) == (125, "")
    assert done.stderr.startswith("deferdiff: cannot be tested: go1.21.13: build failed")
    assert len(done.stderr.splitlines()) == 1


def test_the_two_hunks_of_twelve(tool: Tool) -> None:
    patch = FAULTS / "two-of-twelve-hunks.patch"
    found = told(
        bisect(tool, "hunks", "pending.yaml", "--patch", str(patch), "--base", "go1.22.10", "--jobs", "2", "--json")
    )
    text = patch.read_text().splitlines()
    places = [number for number, line in enumerate(text) if line.startswith("@@")]
    faulty = [n for n, place in enumerate(places, 1) if "paniconfault" in text[place + 1]]
    assert len(faulty) == 2
    assert (found["hunks"], found["cause"], found["of"]) == (faulty, faulty, 12)
    assert found["last"]["kind"] == "diverges: deferred-call-lost"


def test_the_damaged_hunk_of_the_change(tool: Tool, change: Path) -> None:
    """Its hunks need each other, so each is tried against its undamaged self. Two are changed, one of them in words
    only."""
    text = change.read_text()
    damaged = text.replace("p.deferBitsPtr != nil && *p.deferBitsPtr != 0", "false && p.deferBitsPtr != nil")
    damaged = damaged.replace("// recovery saved some state for us", "// recovery has saved some state for us")
    assert len(damaged) != len(text)
    (tool.home / "damaged.patch").write_text(damaged)
    base = f"go1.22.10,revert={change}"
    words = ("--patch", "damaged.patch", "--instead-of", str(change), "--base", base)
    found = told(bisect(tool, "hunks", "pending.yaml", *words, "--json"))
    assert found["of"] == 2
    assert found["cause"] == found["hunks"] == [5]


def test_the_commit(tool: Tool) -> None:
    """Commits of a patch, the build of which puts it into a copy of a release; the one that is asked first between
    the ends does not build."""
    known = toolchain.install(toolchain.parse("go1.22.10"), default_directory())
    repo = tool.home / "repo"
    repo.mkdir()
    assert known.root is not None

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(repo), *words],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    plain = (known.root / "src/runtime/panic.go").read_text()
    clears = plain.replace("\t\t\tbits &^= 1 << i\n", "\t\t\tbits &^= 1 << i\n\t\t\tbits &^= (1 << i) >> 1\n")
    for number, source in enumerate((plain, clears, "broken", clears)):
        (repo / "panic.go").write_text(source)
        (repo / "number").write_text(str(number))  # so that equal sources, which are compiled once, are two commits
        git("add", "panic.go", "number")
        git("commit", "--quiet", "--message", f"change {number}")
    (repo / "panic.go").write_text("uncommitted")
    copy = f"test -d go || cp -r {known.root} go; chmod -R u+w go; cp panic.go go/src/runtime/panic.go"
    build = f"grep -q '^package runtime' panic.go && {{ {copy}; }}"
    words = (
        "--repo",
        "repo",
        "--good",
        "main~3",
        "--bad",
        "main",
        "--build",
        build,
        "--goroot",
        "go",
        "--keep-build",
    )
    found = told(bisect(tool, "commits", "pending.yaml", *words, "--json"))
    assert found["found"]["points"] == [git("rev-parse", "main~2")[:12]]
    assert found["tested"] == 4
    assert git("status", "--porcelain") == "M panic.go"
    assert (repo / "panic.go").read_text() == "uncommitted"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("releases", "none.yaml"), "none.yaml"),
        (("releases", "no/such-case"), "no/such-case: no file is called so, and no case below cases"),
        (("releases", "lost.yaml", "--good", "go1.20"), "go1.20: not a release that can be bisected"),
        (("releases", "lost.yaml", "--good", "go1.23.1", "--bad", "go1.22.10"), "the older release comes first"),
        (("releases", "lost.yaml", "--with", "gcflag=-l"), "gcflag"),
        (("releases", "lost.yaml", "--bucket", "1"), "--bucket goes with the directory of a fuzz campaign"),
        (("hunks", "lost.yaml", "--patch", "none.patch"), "none.patch: cannot read the patch"),
        (("commits", "lost.yaml", "--repo", ".", "--good", "HEAD"), "not a git repository"),
        (("commits", "lost.yaml", "--repo", "none", "--good", "HEAD"), "none: no such directory"),
    ],
)
def test_bad_input(tool: Tool, words: tuple[str, ...], says: str) -> None:
    done = bisect(tool, *words)
    assert (done.status, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_case_by_its_name(tool: Tool) -> None:
    words = ("goexit/second-panic-recovered", "--cases", str(CASES), "--bad", "go1.22.10", "--find-fix", "--json")
    found = told(bisect(tool, "releases", *words))
    assert found["found"]["points"] == ["go1.22.10"]


def test_a_bucket_of_a_campaign(tool: Tool) -> None:
    assert tool("fuzz", "-t", "go1.21.13", "--programs", "3000", "--seed", "4", "--sandbox", "process").status == 1
    found = told(bisect(tool, "releases", "fuzz", "--bad", "go1.22.10", "--find-fix", "--bucket", "1", "--json"))
    assert found["found"]["points"] == ["go1.22.10"]
    which = bisect(tool, "releases", "fuzz", "--bad", "go1.22.10", "--bucket", "99")
    assert which.status == 2
    assert "fuzz: there is no bucket 99: 1 " in which.stderr

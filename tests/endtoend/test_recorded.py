"""Recorded runs, from outside: gate --record, history, compare, accept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.endtoend.tool import Done, Tool, write_case

PROCESS = ("--sandbox", "process")
NAME = "small/version"
TODAY = datetime.now(UTC).date()
REVIEW = ("--reason", "it is only a test", "--owner", "mira", "--expires", (TODAY + timedelta(30)).isoformat())


@pytest.fixture
def differing(cases: Path) -> Path:
    """Cases of which one differs: it says which release it runs on."""
    return write_case(cases, NAME, "\tfmt.Println(runtime.Version())", "go1.22.10\n")


def gate(tool: Tool, *more: str | Path) -> Done:
    return tool("gate", *PROCESS, "--database", "runs.db", *more)


def test_a_difference_is_recorded_reviewed_accepted_and_taken_back(tool: Tool, differing: Path) -> None:
    first = gate(tool, "--record")
    assert first.status == 1, first.stdout + first.stderr
    assert first.stderr == "recorded as run 1\n"

    listed = tool("history", "--database", "runs.db", "--json")
    runs = json.loads(listed.stdout)["runs"]
    assert [(run["number"], run["status"], run["failed"]) for run in runs] == [(1, 1, 1)]
    shown = tool("history", "--database", "runs.db").stdout
    assert "FAIL" in shown
    assert NAME in shown

    accepted = tool("accept", "last", NAME, *REVIEW, "--file", "accepted.yaml", "--database", "runs.db")
    assert (accepted.status, accepted.stderr) == (0, "")
    second = gate(tool, "--record")
    assert second.status == 0, second.stdout + second.stderr
    assert second.cases[NAME]["decision"] == "accepted"
    assert "accepted by mira" in second.stdout
    from_file = tool("gate", *PROCESS, "--accepted", "accepted.yaml")
    assert (from_file.status, from_file.cases[NAME]["decision"]) == (0, "accepted")

    changed = tool("compare", "1", "2", "--database", "runs.db")
    assert changed.status == 1
    assert f"~ {NAME}  fixed (fail) → fixed (accepted)" in changed.stdout
    assert tool("compare", "2", "last", "--database", "runs.db").status == 0

    found = tool("history", NAME, "--database", "runs.db")
    assert "2 runs" in found.stdout
    assert "flake rate 0.0%: 0 of 2 runs" in found.stdout  # the second gate ran nothing again

    differing.write_text(differing.read_text() + "\n// edited\n")
    edited = tool("gate", *PROCESS, "--accepted", "accepted.yaml")
    assert edited.status == 1
    assert f"{NAME} no longer shows what was accepted by mira" in " ".join(edited.stdout.split())

    taken = tool("accept", "1", NAME, "--withdraw", "--file", "accepted.yaml", "--database", "runs.db")
    assert taken.stdout == f"{NAME}: taken back\naccepted.yaml: 0 accepted\n"


def test_what_cannot_be_recorded_is_told_and_the_report_stands(tool: Tool, differing: Path) -> None:
    (tool.home / "runs.db.files").write_text("in the way")
    done = gate(tool, "--record", "--only", "small/one")
    assert done.status == 3
    assert done.stderr.startswith("deferdiff: NOT RECORDED: ")
    assert done.report["verdict"]["status"] == 0
    assert "PASS" in done.stdout
    differs = gate(tool, "--record")
    assert differs.status == 1
    assert "NOT RECORDED" in differs.stderr
    assert json.loads(tool("history", "--database", "runs.db", "--json").stdout)["runs"] == []


def test_bad_input_is_one_line(tool: Tool, cases: Path) -> None:
    (tool.home / "none.db").write_text("this is no database, but long enough that nobody thinks it is empty" * 20)
    for words, status, says in (
        (("history", "no/case", "--database", "runs.db"), 2, "no/case: no recorded run has such a case"),
        (("compare", "1", "x", "--database", "runs.db"), 2, "no such run is recorded"),
        (("accept", "last", "small/one", *REVIEW, "--database", "runs.db"), 2, "no run is recorded yet"),
        (("accept", "1", "small/one", "--database", "runs.db"), 2, "needs --reason, --owner and --expires"),
        (("accept", "1", "x", *REVIEW[:-1], "2001-01-01"), 2, "that day is over"),
        (("accept",), 2, "give RUN and CASE"),
        (("history", "--database", "postgresql://user:secret@/"), 2, "names no database"),
        (("history", "--database", "."), 3, "unable to open database file"),
        (("gate", *PROCESS, "--accepted", "none.yaml"), 2, "none.yaml: cannot be read"),
        (("gate", *PROCESS, "--database", "none.db"), 3, "file is not a database"),
    ):
        done = tool(*words)
        assert done.status == status, (words, done.stderr)
        assert says in done.stderr, (words, done.stderr)
        assert done.stderr.count("\n") == 1
        assert "secret" not in done.stderr
        assert not done.stdout

"""`deferdiff explain` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from harness.report import explain_json
from tests.endtoend.tool import Tool

PROGRAM = """\
functions:
  main:
    - call: f1
  f1:
    - defer: f2
    - defer: f3
    - panic: boom
  f2:
    - emit: 1
  f3:
    - recover: shown
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "pending.yaml"
    file.write_text(PROGRAM)
    return file


def test_text(tool: Tool, program: Path) -> None:
    done = tool("explain", program)
    assert (done.status, done.stderr) == (0, "")
    assert "recovery leaves in g.param what deferreturn of f1 (hi-96) will need" in done.stdout
    assert "by R2-recovery-saves-state, https://go.dev/cl/515856\n" in done.stdout
    assert done.stdout.endswith("post-cl-515856: the language's rules give the same events and the same end.\n")
    before = tool("explain", program, "--profile", "pre")
    assert before.status == 0
    assert "R2-recovery" not in before.stdout
    assert "before-R1-deferreturn-unwinds" in before.stdout


def test_json(tool: Tool, program: Path) -> None:
    done = tool("explain", program, "--json", "--both", "--moves")
    assert (done.status, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    jsonschema.validate(document, explain_json.schema())
    assert [run["profile"] for run in document["runs"]] == ["pre-cl-515856", "post-cl-515856"]
    assert all(run["agrees"] and run["moves"] for run in document["runs"])


def test_page(tool: Tool, program: Path, tmp_path: Path) -> None:
    done = tool("explain", program, "--html", tmp_path / "page.html")
    assert done.status == 0
    assert done.stdout == "post-cl-515856: the language's rules give the same events and the same end.\n"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert str(tmp_path) not in page


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (PROGRAM, ["--profile", "go1.22"], "--profile go1.22: no such profile"),
        (PROGRAM, ["--html", "none/page.html"], "none/page.html: cannot be written: No such file or directory"),
        (PROGRAM.replace("emit: 1", "emit: -1"), [], "pending.yaml:9: f2, action 1: "),
        (PROGRAM.replace("defer: f3", "defer: f9"), [], "pending.yaml:4: f1: it refers to function 9"),
        ("functions: [", [], "pending.yaml:1: not YAML"),
        ("\x00", [], "pending.yaml:1: not YAML"),
    ],
)
def test_bad_input_is_one_line(tool: Tool, program: Path, text: str, arguments: list[str], said: str) -> None:
    program.write_text(text)
    done = tool("explain", program, *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_file_that_is_not_there(tool: Tool) -> None:
    done = tool("explain", "none.yaml")
    assert (done.status, done.stderr) == (2, "deferdiff: none.yaml: cannot be read: No such file or directory\n")

"""What goes to standard output and standard error: JSON alone, quiet in CI, loud about a weak sandbox."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest

from harness.report.jsonfile import schema
from tests.endtoend.tool import Done, Tool, environment, write_case

pytestmark = pytest.mark.toolchain

PROCESS = ("--sandbox", "process")
NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent"}

DIFFERENT = '\tif runtime.Version() < "go1.22" {\n\t\tfmt.Println("older")\n\t}'


@pytest.mark.parametrize("status", [0, 1, 3])
def test_json_is_alone_on_standard_output(tool: Tool, cases: Path, status: int) -> None:
    if status == 1:
        write_case(cases, "small/different", DIFFERENT)
    if status == 3:
        tool.break_sandboxes()
    done = tool("gate", *PROCESS, "--json")
    report = json.loads(done.stdout)
    jsonschema.validate(report, schema())
    assert report["verdict"]["status"] == done.status == status
    assert done.stdout == (done.out / "report.json").read_text()
    assert done.stderr == ""


def test_of_an_error_nothing_is_on_standard_output(tool: Tool) -> None:
    done = tool("gate", "--json", "--pre", "gofer")
    assert (done.status, done.stdout) == (2, "")


def on_a_terminal(tool: Tool, *arguments: str, **env: str) -> tuple[int, str]:
    """Run the command with a terminal as its standard error; its status, and what came there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=tool.home,
        env={**environment(tool.cache), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b"".join(_read(ours))
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # the end of a terminal is an error
        while data := os.read(terminal, 1 << 16):
            yield data


def test_progress_on_a_terminal_but_not_in_ci(tool: Tool, cases: Path) -> None:
    status, shown = on_a_terminal(tool, "gate", *PROCESS)
    assert status == 0
    for words in ("pre", "post", "fetch", "build", "run"):
        assert words in shown
    for quiet in ({"CI": "1"}, {"CI": "true"}, {"TERM": "dumb"}):
        assert on_a_terminal(tool, "gate", *PROCESS, **quiet) == (0, "")


def test_no_escapes_where_nobody_watches(tool: Tool, cases: Path) -> None:
    write_case(cases, "small/different", DIFFERENT)
    done = tool("gate", *PROCESS)
    assert done.status == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_what_a_program_prints_does_not_reach_the_terminal_raw(tool: Tool, cases: Path) -> None:
    """Escape sequences could rewrite what the terminal shows, control characters what a log does."""
    evil = r'\tfmt.Print("\x1b]0;title\x07\x1b[2J\r\x08\x9bm\u202e")'.replace(r"\t", "\t")
    write_case(cases, "small/evil", f"{evil}\n{DIFFERENT}")
    (tool.home / "evil.go").write_text(f'package main\n\nimport "fmt"\n\nfunc main() {{\n{evil}\n}}\n')
    gate = tool("gate", *PROCESS, env={"FORCE_COLOR": "1", "CI": "1"})
    assert gate.status == 1
    run = tool("run", "evil.go", *PROCESS)
    assert run.status == 0
    text = (gate.out / "report.md").read_text() + (gate.out / "junit.xml").read_text()
    for shown in (re.sub(r"\x1b\[[0-9;]*m", "", gate.stdout), run.stdout, text, gate.stderr, run.stderr):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "title" in run.stdout


def test_a_reader_that_goes_away(tool: Tool, cases: Path) -> None:
    with tool.start("gate", *PROCESS) as gate:
        assert gate.process.stdout is not None
        gate.process.stdout.close()
        gate.process.wait(timeout=100)
        assert gate.process.stderr is not None
        assert gate.process.stderr.read() == ""
    assert gate.process.returncode == 3
    assert (gate.out / "report.json").exists()


# --- where no Engine answers -----------------------------------------------------------------------------


@pytest.fixture
def weak(tool: Tool, cases: Path) -> Done:
    """A gate that was not told where to run, where no Engine answers."""
    return tool("gate", env=NO_ENGINE)


def test_without_an_engine_programs_run_in_processes_and_all_say_so(weak: Done) -> None:
    assert weak.status == 0, weak.stdout + weak.stderr
    sandbox = weak.report["sandbox"]
    assert sandbox["kind"] == "process"
    assert sandbox["weaknesses"]
    assert "WEAK SANDBOX: process" in weak.stdout
    for text in (weak.stdout, (weak.out / "report.md").read_text(), (weak.out / "junit.xml").read_text()):
        flat = " ".join(re.sub(r"[┃│]", " ", text).split())
        for weakness in sandbox["weaknesses"]:
            assert weakness in flat


def test_known_runs_of_processes_are_told_of_as_such(tool: Tool, cases: Path) -> None:
    tool("gate", env=NO_ENGINE)
    again = tool("gate", env=NO_ENGINE)
    assert again.report["cached"] == 4
    assert again.report["sandbox"]["weaknesses"]
    assert "WEAK SANDBOX: process" in again.stdout


def test_run_says_it_too(tool: Tool) -> None:
    (tool.home / "p.go").write_text("package main\n\nfunc main() {}\n")
    done = tool("run", "p.go", env=NO_ENGINE)
    assert done.status == 0
    assert "warning: " in done.stdout


@pytest.mark.parametrize("host", ["unix:///nonexistent", "tcp://127.0.0.1:1"])
@pytest.mark.parametrize("command", ["gate", "run"])
def test_containers_that_can_not_be_had_are_one_line(tool: Tool, cases: Path, command: str, host: str) -> None:
    (tool.home / "p.go").write_text("package main\n\nfunc main() {}\n")
    begun = time.monotonic()
    words = ("p.go",) if command == "run" else ()
    done = tool(command, *words, "--sandbox", "docker", env={"DOCKER_HOST": host})
    assert time.monotonic() - begun < 15
    assert (done.status, done.stdout) == (3, "")
    assert re.fullmatch(r"deferdiff: Docker Engine: .*\n", done.stderr)
    assert not done.out.exists()


def test_a_stored_run_gives_the_reports_of_its_gate(tool: Tool, cases: Path) -> None:
    """From a directory of its own, with nothing of the gate's left but the run."""
    write_case(cases, "small/different", DIFFERENT)
    gate = tool("gate", *PROCESS)
    assert gate.status == 1
    elsewhere = tool.home / "elsewhere"
    elsewhere.mkdir()
    (gate.out / "run.json.gz").rename(elsewhere / "run.json.gz")
    done = tool("report", elsewhere)
    assert (done.status, done.stderr) == (0, "")
    written = [Path(line).name for line in done.stdout.splitlines()]
    assert sorted(written) == ["junit.xml", "report.html", "report.json", "report.md", "report.svg"]
    assert all((elsewhere / name).read_bytes() == (gate.out / name).read_bytes() for name in written)


def test_a_damaged_run_is_one_line(tool: Tool) -> None:
    damaged = tool.home / "run.json.gz"
    damaged.write_bytes(b"\x1f\x8b nonsense")
    done = tool("report", damaged)
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(r"deferdiff: \S+run\.json\.gz: [^\n]*damaged[^\n]*\n", done.stderr)

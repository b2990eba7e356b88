"""Ctrl-C, and a polite request to end, at any moment: nothing is left running, what was done so far is reported."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

import docker
from harness.sandbox.ownership import OWNER
from tests.endtoend.tool import Started, Tool, processes_below, write_case

pytestmark = pytest.mark.toolchain

KINDS = ["process", pytest.param("docker", marks=pytest.mark.docker)]
SIGNALS = [signal.SIGINT, signal.SIGTERM]
INTERRUPTED = 3


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two cases that end and, after them, one that does not."""
    directory = tmp_path / "cases"
    write_case(directory, "small/a", '\tdefer fmt.Println("a")', "a\n")
    write_case(directory, "small/b", '\tdefer fmt.Println("b")', "b\n")
    write_case(directory, "small/endless", "\tfor {\n\t\ttime.Sleep(time.Second)\n\t}")
    return directory


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "docker":
        request.getfixturevalue("engine")
    return str(request.param)


def containers_of(pid: int) -> list[str]:
    """The containers that a process made, running or not."""
    client = docker.APIClient(version="auto")
    try:
        found = client.containers(all=True, filters={"label": OWNER})
    finally:
        client.close()
    return [one["Names"][0] for one in found if f":{pid}:" in one["Labels"][OWNER]]


def supervised(pid: int) -> bool:
    """Whether a sandbox of any kind is there."""
    return any("supervise" in command for command in processes_below(pid).values()) or bool(containers_of(pid))


def nothing_is_left(pid: int, below: dict[int, str]) -> None:
    alive = {child: command for child, command in below.items() if _runs(child, command)}
    assert alive == {}
    assert containers_of(pid) == []


def _runs(pid: int, command: str) -> bool:
    try:
        same = (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip() == command
        return same and "Z (zombie)" not in (Path("/proc") / str(pid) / "status").read_text()
    except OSError:
        return False


def ends(gate: Started, number: signal.Signals, *more: signal.Signals) -> dict[int, str]:
    """Ask a command to end; it does so soon, with the status and one line at most; its processes at that time."""
    below = processes_below(gate.process.pid)
    for each in (number, *more):
        gate.send(each)
    done = gate.wait()
    assert done.status == INTERRUPTED, done
    assert done.seconds < 30
    assert "Traceback" not in done.stderr
    nothing_is_left(gate.process.pid, below)
    return below


def stored(tool: Tool) -> int:
    return len(list((tool.cache / "runs").glob("*/*.json")))  # not what is being written, which may go


@pytest.mark.parametrize("number", SIGNALS)
def test_while_cases_run(tool: Tool, cases: Path, kind: str, number: signal.Signals) -> None:
    with tool.start("gate", "--sandbox", kind, "--timeout", "100") as gate:
        gate.until(lambda: stored(tool) == 4)
        assert supervised(gate.process.pid)
        below = processes_below(gate.process.pid)
        gate.send(number)
        done = gate.wait()
    nothing_is_left(gate.process.pid, below)
    assert done.status == INTERRUPTED
    assert done.seconds < 30
    assert done.stderr == ""
    report = done.report
    assert report["interrupted"] is True
    assert (report["planned"], report["compared"]) == (3, 2)
    assert report["verdict"] | {"word": "UNKNOWN", "status": 3} == report["verdict"]
    assert {name: case["verdict"] for name, case in done.cases.items()} == {"small/a": "same", "small/b": "same"}
    for text in (done.stdout, *(file.read_text() for file in (done.out / "report.md", done.out / "junit.xml"))):
        assert "interrupted after 2 of 3 cases" in text
    assert '<property name="interrupted" value="true"' in (done.out / "junit.xml").read_text()
    (cases / "small/endless.go").unlink()
    again = tool("gate", "--sandbox", kind, "--timeout", "100")
    assert again.status == 0, again.stdout + again.stderr
    assert again.report["cached"] == 4
    assert again.report["interrupted"] is False


def test_while_a_sandbox_opens(tool: Tool, cases: Path, kind: str) -> None:
    with tool.start("gate", "--sandbox", kind) as gate:
        gate.until(lambda: supervised(gate.process.pid))
        ends(gate, signal.SIGINT)
    assert gate.out.exists()
    (cases / "small/endless.go").unlink()
    assert tool("gate", "--sandbox", kind).status == 0


def test_while_the_compiler_works(tool: Tool, cases: Path) -> None:
    (tool.cache / "go-build").unlink()  # everything is compiled anew

    def compiles(pid: int) -> bool:
        return any("/compile" in command for command in processes_below(pid).values())

    with tool.start("gate", "--sandbox", "process") as gate:
        gate.until(lambda: compiles(gate.process.pid))
        below = ends(gate, signal.SIGINT)
    # One compiler may just have ended; the go command that starts them goes on.
    assert any(re.search(r"/go build\b|/compile\b", command) for command in below.values()), below


FAKE_PIP = """import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", "pip's child"])
pathlib.Path({mark!r}).write_text("fetching")
time.sleep(1000)
"""


@pytest.fixture
def slow_fetch(tool: Tool) -> tuple[dict[str, str], Path]:
    """An environment in which pip takes for ever, and the file that shows that it runs."""
    (tool.cache / "toolchains").unlink()
    mark = tool.home / "fetching"
    (tool.home / "fake").mkdir()
    (tool.home / "fake" / "pip.py").write_text(FAKE_PIP.format(mark=str(mark)))
    return {"PYTHONPATH": f"{tool.home / 'fake'}{os.pathsep}{Path(__file__).parents[2]}"}, mark


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", ["gate", "run"])
def test_while_a_toolchain_is_fetched(
    tool: Tool, cases: Path, slow_fetch: tuple[dict[str, str], Path], number: signal.Signals, command: str
) -> None:
    env, mark = slow_fetch
    (tool.home / "program.go").write_text("package main\n\nfunc main() {}\n")
    words = ("program.go",) if command == "run" else ()
    with tool.start(command, *words, "--sandbox", "process", env=env) as gate:
        gate.until(mark.exists)
        below = processes_below(gate.process.pid)
        assert any("pip" in one for one in below.values())
        gate.send(number)
        done = gate.wait()
    nothing_is_left(gate.process.pid, below)
    assert (done.status, done.stdout, done.stderr) == (INTERRUPTED, "", "deferdiff: interrupted\n")
    assert done.seconds < 10
    assert not done.out.exists()
    left = [path.name for path in (tool.cache / "toolchains").iterdir() if not path.name.endswith(".lock")]
    assert left == []


def test_a_side_that_can_not_be_had_does_not_wait_for_the_other(
    tool: Tool, cases: Path, slow_fetch: tuple[dict[str, str], Path]
) -> None:
    env, _ = slow_fetch
    begun = tool("gate", "--sandbox", "process", "--post", "goroot:/nowhere", env=env)
    assert begun.status == 2
    assert begun.stderr.startswith("deferdiff: goroot:/nowhere")
    assert begun.seconds < 30


def test_asked_twice(tool: Tool, cases: Path, kind: str) -> None:
    with tool.start("gate", "--sandbox", kind, "--timeout", "100") as gate:
        gate.until(lambda: stored(tool) == 4)
        ends(gate, signal.SIGINT, signal.SIGTERM)


def test_a_run_that_is_killed_leaves_nothing_for_long(tool: Tool, cases: Path, kind: str) -> None:
    with tool.start("gate", "--sandbox", kind, "--timeout", "100") as gate:
        gate.until(lambda: stored(tool) == 4)
        below = processes_below(gate.process.pid)
        gate.send(signal.SIGKILL)
        gate.wait()
    (cases / "small/endless.go").unlink()
    again = tool("gate", "--sandbox", kind, "--fresh")
    assert again.status == 0, again.stderr
    nothing_is_left(gate.process.pid, below)


def test_who_does_not_want_to_be_told_is_not(tool: Tool, cases: Path) -> None:
    """nohup and shells that start jobs in the background let us inherit signals as ignored; so they stay."""
    (cases / "small/endless.go").unlink()
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with tool.start("gate", "--sandbox", "process") as gate:
            gate.until(lambda: supervised(gate.process.pid))
            gate.send(signal.SIGINT)
            assert gate.wait().status == 0
    finally:
        signal.signal(signal.SIGINT, earlier)


def test_while_programs_run_as_data(tool: Tool) -> None:
    """What was compared until then is told and kept, nothing is left; it goes on to what it would have come to."""
    arguments = ("--sandbox", "process", "-t", "go1.22.10", "--seed", "4", "--programs", "180000", "--json")
    with tool.start("fuzz", *arguments, "--out", "cut") as fuzz:
        fuzz.until(lambda: any("bin/data" in command for command in processes_below(fuzz.process.pid).values()))
        below = processes_below(fuzz.process.pid)
        fuzz.send(signal.SIGINT)
        done = fuzz.wait()
    nothing_is_left(fuzz.process.pid, below)
    assert done.seconds < 30
    assert done.stderr == ""
    cut = json.loads(done.stdout)
    assert (done.status, cut["complete"]) == (1 if cut["toolchains"][0]["differing"] else 3, False)

    refused = tool("fuzz", *arguments, "--out", "cut")
    assert (refused.status, refused.stdout) == (2, "")
    assert "cut/campaign.json: holds a campaign that is not complete: go on with --resume" in refused.stderr

    resumed = json.loads(tool("fuzz", *arguments, "--out", "cut", "--resume").stdout)
    whole = json.loads(tool("fuzz", *arguments, "--out", "whole").stdout)
    assert resumed["complete"]
    for key in ("programs", "events", "differing", "programs_sha256", "traces_sha256", "chunks"):
        assert resumed["toolchains"][0][key] == whole["toolchains"][0][key]


def test_a_campaign_that_is_killed_leaves_no_worker_and_no_lock(tool: Tool) -> None:
    """While it runs its directory is its own."""
    arguments = ("--sandbox", "process", "-t", "go1.22.10", "--seed", "4", "--out", "out", "--programs")
    with tool.start("fuzz", *arguments, "10000000") as fuzz:
        fuzz.until(lambda: any("bin/data" in command for command in processes_below(fuzz.process.pid).values()))
        refused = tool("fuzz", *arguments, "100")
        below = processes_below(fuzz.process.pid)
        fuzz.send(signal.SIGKILL)
        assert fuzz.process.wait(30) == -signal.SIGKILL
        deadline = time.monotonic() + 30
        while any(_runs(*each) for each in below.items()) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr == "deferdiff: out: a campaign is at work there; wait for it or name another --out\n"
    assert any("harness.cli fuzz" in command for command in below.values())
    nothing_is_left(fuzz.process.pid, below)
    again = tool("fuzz", *arguments, "100")
    assert again.status == 0 or "out/campaign.json: holds a campaign that is not complete" in again.stderr, again

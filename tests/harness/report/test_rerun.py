from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Patch
from harness.report import rerun
from harness.report.result import GateResult
from harness.report.write import write_all
from tests.conftest import Golden
from tests.harness.report import sample

FAKE_GO = """\
#!/bin/sh
# A go command that shows how it was called, and "compiles" to a script.
echo "go $*"
echo "GOTOOLCHAIN=$GOTOOLCHAIN GOROOT=$GOROOT"
test ! -e overlay.json || cat overlay.json
printf '#!/bin/sh\\necho ran GODEBUG=$GODEBUG\\nexit 7\\n' > case
chmod +x case
"""


def patched(result: GateResult, root: Path) -> GateResult:
    patch = Patch(Path("../elsewhere/fault.diff"), "--- a\n+++ b\n")
    toolchain = replace(result.post.toolchain, patches=(patch,), godebug="panicnil=1")
    return replace(result, post=replace(result.post, toolchain=toolchain, root=root))


def test_what_is_there_for_a_case(tmp_path: Path) -> None:
    write_all(sample.mixed(), tmp_path)
    home = tmp_path / "rerun" / "open-coded__recover-with-two-pending"
    assert sorted(path.name for path in home.iterdir()) == [
        "README.txt",
        "case.go",
        "post.stderr",
        "post.stdout",
        "post.trace.txt",
        "pre.stderr",
        "pre.stdout",
        "pre.trace.txt",
        "run.sh",
    ]
    assert (home / "case.go").read_text() == sample.SOURCE
    assert (home / "post.stdout").read_bytes() == b"recovered boom\nfirst\n"
    assert (home / "run.sh").stat().st_mode & stat.S_IXUSR


def test_golden(golden: Golden) -> None:
    written = {str(file.path): file.content for file in rerun.files(sample.result(sample.regressed()))}
    home = "open-coded__recover-with-two-pending"
    for name in ("README.txt", "run.sh", "post.trace.txt"):
        golden(f"rerun.{name}", written[f"{home}/{name}"].decode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A case's rerun directory, made for a toolchain whose go command is a fake."""
    go = tmp_path / "go root" / "bin" / "go"
    go.parent.mkdir(parents=True)
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    write_all(patched(sample.result(sample.regressed()), go.parent.parent), tmp_path / "report")
    return tmp_path / "report" / "rerun" / "open-coded__recover-with-two-pending"


def test_the_script_runs_the_bare_program_with_the_patched_runtime(home: Path) -> None:
    done = subprocess.run(["sh", home / "run.sh", "post"], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 7, done.stderr
    assert lines[0].startswith("go build -overlay /")
    assert lines[0].endswith("-gcflags=-N -l -o case case.go")
    assert f"GOTOOLCHAIN=local GOROOT={home.parents[2]}/go root" in lines
    assert lines[-1] == "ran GODEBUG=panicnil=1"
    overlay = home.parent / "toolchains" / "post" / "src" / "runtime" / "panic.go"
    assert overlay.read_text() == "package runtime\n"


def test_the_script_checks_with_the_patches_that_lie_beside_it(home: Path, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "deferdiff"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nls "../toolchains/post/1-fault.diff"\n')
    tool.chmod(0o755)
    environment = {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", home / "run.sh"], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == [
        "run",
        "case.go",
        "-t",
        "go1.21.13",
        "-t",
        "go1.22.10,patch=../toolchains/post/1-fault.diff,gcflags=-N -l,godebug=panicnil=1",
        "../toolchains/post/1-fault.diff",
    ]


@pytest.mark.parametrize("chosen", [False, True])
def test_the_script_runs_the_deferdiff_that_wrote_it_unless_told_otherwise(tmp_path: Path, chosen: bool) -> None:
    for name in ("path", "wrote it's", "chosen"):
        tool = tmp_path / name / "deferdiff"
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\necho "{name}"\n')
        tool.chmod(0o755)
    result = sample.result(sample.regressed(), command=str(tmp_path / "wrote it's" / "deferdiff"))
    write_all(result, tmp_path / "report")
    script = tmp_path / "report" / "rerun" / "open-coded__recover-with-two-pending" / "run.sh"
    environment = {"PATH": f"{tmp_path / 'path'}:{os.environ['PATH']}"}
    if chosen:
        environment["DEFERDIFF"] = str(tmp_path / "chosen" / "deferdiff")

    def ran() -> str:
        return subprocess.run(["sh", script], capture_output=True, text=True, check=True, env=environment).stdout

    assert ran() == ("chosen\n" if chosen else "wrote it's\n")
    (tmp_path / "wrote it's" / "deferdiff").unlink()
    assert ran() == ("chosen\n" if chosen else "path\n")


def test_a_rule_on_the_whole_output_names_no_event() -> None:
    files = {file.path.name: file.content.decode() for file in rerun.files(sample.result(sample.other_output()))}
    assert "breaks expected-output: plain run: standard output is empty; owed: line 1" in files["README.txt"]


def test_the_script_says_how_it_is_used(home: Path) -> None:
    done = subprocess.run(["sh", home / "run.sh", "both"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: sh run.sh [pre|post]\n")


def test_hostile_names_stay_inside(tmp_path: Path) -> None:
    write_all(sample.result(sample.hostile()), tmp_path)
    readme = (tmp_path / "rerun" / "order__hostile" / "README.txt").read_text()
    assert "\x1b" not in readme


def test_directories_are_bounded_and_the_index_says_so() -> None:
    number = rerun.MOST + 30
    result = sample.result(*(sample.regressed(f"order/case-{n}") for n in range(number)))
    files = list(rerun.files(result))
    assert len({file.path.parts[0] for file in files if len(file.path.parts) == 2}) == rerun.MOST
    assert b"30 more cases have no directory here" in files[0].content


def test_long_traces_are_cut_but_not_where_it_matters() -> None:
    comparison = sample.regressed()
    assert comparison.pre.trace is not None
    trace = replace(comparison.pre.trace, events=comparison.pre.trace.events * 5_000)
    long = replace(comparison, pre=replace(comparison.pre, trace=trace))
    text = next(
        file.content for file in rerun.files(sample.result(long)) if file.path.name == "pre.trace.txt"
    ).decode()
    assert len(text.splitlines()) < 25_000
    assert f"[{len(trace.events) - 20_000} more events]" in text
    assert text.rstrip().endswith("the process ends with status 0")

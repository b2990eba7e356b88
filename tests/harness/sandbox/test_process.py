"""The process sandbox as each kind of user, with and without namespaces; its directories; its death."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SandboxFailed
from harness.model import Exited, Installed, OutOfMemory, TimedOut
from harness.sandbox import Sandbox, process
from harness.sandbox.process import LOST_WITHOUT, PREFIX, ProcessSandbox, reap
from tests.harness.sandbox.workshop import PROGRAM, Workshop, processes_named, run_batch

pytestmark = [
    pytest.mark.toolchain,
    # The child of the fork does all of its work by itself: no thread of ours holds what it needs.
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

NOBODY = 65_534

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can become other users")


@pytest.fixture(scope="session")
def common(workshop: Workshop, process_sandbox: Sandbox) -> Iterator[Path]:
    """A directory that every user can read, with the supervisor and the attacks in it, and one that all can write."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    for name, path in (("supervise", workshop.supervisor), ("attacks", Path(process_sandbox.work, "attacks"))):
        shutil.copy(path, directory / name)
        (directory / name).chmod(0o755)
    (directory / "cache").mkdir()
    (directory / "cache").chmod(0o777)
    yield directory
    shutil.rmtree(directory)


def elsewhere(common: Path, workshop: Workshop, uid: int, mode: str, act: Callable[[ProcessSandbox], object]) -> Any:
    """What `act` returns, in a child process with another uid, for a sandbox whose supervisor starts in `mode`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said: dict[str, object] = {"error": "it died"}
        try:
            if uid != os.geteuid():
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            process.MODE = mode
            toolchain: Installed = replace(workshop.installed, root=common)
            sandbox = ProcessSandbox(
                toolchain, supervisor=common / "supervise", cache=common / "cache", disk=PROGRAM.disk
            )
            try:
                shutil.copy(common / "attacks", sandbox.work)
                said = {"result": act(sandbox)}
            finally:
                sandbox.close()
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        finally:
            os.write(writing, json.dumps(said).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    said = json.loads(text)
    assert "error" not in said, said
    return said["result"]


USERS = [
    pytest.param(0, "serve", id="root without namespaces"),
    pytest.param(NOBODY, "enclose", id="a user with namespaces"),
    pytest.param(NOBODY, "serve", id="a user without namespaces"),
]


@root_only
@pytest.mark.parametrize(("uid", "mode"), USERS)
def test_what_holds_for_every_user(common: Path, workshop: Workshop, uid: int, mode: str) -> None:
    def act(sandbox: ProcessSandbox) -> object:
        jobs = ["ok", "exit=4", "background=every-user", "endless loop", "fork bomb", "memory hog", "ok"]
        ends = run_batch(sandbox, jobs, limits=replace(PROGRAM, wall=3))
        return [repr(end.ending) for end in ends], ends[4].stdout.decode(), processes_named("every-user")

    endings, bomb, left = elsewhere(common, workshop, uid, mode, act)
    expected = [
        Exited(0),
        Exited(4),
        Exited(0),
        TimedOut("wall", 3.0),
        Exited(0),
        OutOfMemory(PROGRAM.memory),
        Exited(0),
    ]
    assert endings == [repr(ending) for ending in expected]
    assert bomb.startswith("stopped at ")
    assert left == []
    assert processes_named("bomb") == []


@root_only
@pytest.mark.parametrize(
    ("uid", "mode", "missing"),
    [
        (0, "enclose", set()),
        (0, "serve", {"network", "pids", "disk"}),
        (NOBODY, "enclose", {"uid"}),
        (NOBODY, "serve", {"network", "pids", "disk", "uid"}),
    ],
)
def test_weaknesses_are_those_of_the_user(
    common: Path, workshop: Workshop, uid: int, mode: str, missing: set[str]
) -> None:
    said = elsewhere(common, workshop, uid, mode, lambda sandbox: sandbox.weaknesses)
    assert isinstance(said, list)
    assert set(LOST_WITHOUT.values()) & set(said) == {LOST_WITHOUT[name] for name in missing}
    assert any("memory is measured" in line for line in said)


@root_only
@pytest.mark.parametrize(("uid", "mode"), USERS)
def test_the_supervisor_survives_every_user(common: Path, workshop: Workshop, uid: int, mode: str) -> None:
    def act(sandbox: ProcessSandbox) -> object:
        ends = run_batch(sandbox, ["kill the supervisor", "ok"])
        return ends[1].stdout.decode()

    assert elsewhere(common, workshop, uid, mode, act) == "fine\n"


@root_only
def test_what_others_left_is_not_looked_into(common: Path, workshop: Workshop) -> None:
    theirs = Path(tempfile.mkdtemp(prefix=PREFIX))
    (theirs / "lock").touch()
    try:
        assert elsewhere(common, workshop, NOBODY, "serve", lambda _: reap()) == 0
        assert theirs.is_dir()
    finally:
        shutil.rmtree(theirs)


def test_closing_leaves_nothing(workshop: Workshop) -> None:
    sandbox = workshop.open("process")
    home = Path(sandbox.work).parent
    assert stat.S_IMODE(home.stat().st_mode) == 0o711
    sandbox.close()
    sandbox.close()
    assert not home.exists()
    assert [pid for pid in processes_named(str(workshop.supervisor)) if str(home) in _arguments(pid)] == []
    with pytest.raises(SandboxFailed, match="it is closed"):
        sandbox.put({"a": b""})


def _arguments(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_build_cache_is_for_one_compiler_with_whatever_patches(workshop: Workshop, tmp_path: Path) -> None:
    for name in ("bin/go", "pkg/tool/linux_amd64/compile"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    plain = replace(workshop.installed, root=tmp_path)
    before = process._tools(plain)
    assert process._tools(replace(plain, overlay={"src/runtime/panic.go": "x"}, digest="0" * 64)) == before
    assert process._tools(workshop.installed) != before
    (tmp_path / "pkg/tool/linux_amd64/compile").write_text("changed")
    assert process._tools(plain) != before


def test_a_work_directory_that_another_one_removed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda _self, _pattern: iter([tmp_path / "gone"]))
    assert reap() == 0

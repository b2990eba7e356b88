"""One test for each attack, in every sandbox. After each, a job of the same batch must be unharmed (see `Attack`)."""

from __future__ import annotations

import os
import re
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Exited, Signaled, TimedOut
from harness.sandbox import CaseEnd, Sandbox
from tests.harness.sandbox.workshop import PROGRAM, Attack, processes_named, run_batch

pytestmark = pytest.mark.toolchain

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give tested programs a user of their own")


def lines(end: CaseEnd) -> list[str]:
    return end.stdout.decode().splitlines()


def results(end: CaseEnd) -> dict[str, str]:
    """What the attack said of each attempt."""
    return dict(line.partition(": ")[::2] for line in lines(end))


# --- processes ----------------------------------------------------------------------------------------


def test_fork_bomb(attack: Attack, sandbox: Sandbox) -> None:
    [end] = attack("fork bomb")
    assert end.ending == Exited(0)
    found = re.fullmatch(r"stopped at (\d+) resource temporarily unavailable", lines(end)[0])
    assert found
    assert int(found[1]) < PROGRAM.processes
    assert processes_named("bomb") == []


def test_background_process_is_gone_with_its_job(attack: Attack, sandbox: Sandbox) -> None:
    name = f"left-behind-{uuid.uuid4().hex}"
    started = attack(f"background={name}", "ok")[0]
    assert lines(started)[0] == "start: SUCCEEDED"
    assert "still here" in lines(started)
    assert processes_named(name) == []


def test_background_process_does_not_stay_beside_later_jobs(sandbox: Sandbox) -> None:
    name = f"left-behind-{uuid.uuid4().hex}"
    jobs = [f"background={name}", "sleep"]
    limits = replace(PROGRAM, wall=2)
    batch = sandbox.run_batch([f"{sandbox.work}/attacks"], jobs, env={}, limits=limits)
    assert next(batch).job == jobs[0]
    deadline = time.monotonic() + limits.wall * 0.75
    while processes_named(name) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_named(name) == []
    assert next(batch).ending == TimedOut("wall", limits.wall)


def test_the_supervisor_cannot_be_killed(attack: Attack) -> None:
    [end] = attack("kill the supervisor")
    assert end.ending in (Exited(0), Signaled(9))


def test_the_supervisor_cannot_be_traced(attack: Attack) -> None:
    [end] = attack("trace the supervisor")
    attempts = lines(end)
    assert len(attempts) == 6
    assert not [attempt for attempt in attempts if "SUCCEEDED" in attempt]


# --- output and disk ----------------------------------------------------------------------------------


def test_a_full_disk_is_full_for_one_job_only(attack: Attack, sandbox: Sandbox) -> None:
    filled, after = attack("fill the disk", "fill the disk")
    for end in (filled, after):
        megabytes, reason = lines(end)[0].split(" ", 1)
        assert reason.endswith("no space left on device")
        assert 40 <= int(megabytes) <= PROGRAM.disk >> 20


def test_directories_without_permissions_are_removed(attack: Attack, sandbox: Sandbox) -> None:
    attack("unremovable", "ok")
    if sandbox.kind == "process":
        assert list(Path(sandbox.work).parent.joinpath("scratch").iterdir()) == []


def test_a_large_reservation_is_no_use_of_memory(attack: Attack) -> None:
    [end] = attack(f"large reservation={PROGRAM.memory}")
    assert end.ending == Exited(0)


def test_the_supervisor_follows_no_link_out_of_a_jobs_files(attack: Attack, sandbox: Sandbox, secret: Path) -> None:
    linked, piped = attack(f"link the trace={secret}", "pipe the trace")
    assert results(linked) == {"symlink": "SUCCEEDED"}
    assert results(piped) == {"fifo": "SUCCEEDED"}
    assert linked.trace == piped.trace == b""


def test_a_job_without_its_control_pipe_is_done_when_the_process_is(attack: Attack) -> None:
    [end] = attack("close the control pipe")
    assert end.ending == Exited(0)


# --- files --------------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file that every user of this host could read."""
    file = tmp_path / "secret"
    file.write_text("not for tested programs")
    before = {}
    for directory in (tmp_path, *tmp_path.parents):
        mode = directory.stat().st_mode
        if directory != Path("/") and not mode & 0o005 and directory.stat().st_uid == os.geteuid():
            before[directory] = mode
            directory.chmod(mode | 0o055)
    yield file
    for directory, mode in before.items():
        directory.chmod(mode)


def test_read_only_places(attack: Attack, sandbox: Sandbox) -> None:
    places = ["/", "/etc", "/usr", "/dev", "/proc/1", sandbox.goroot, f"{sandbox.goroot}/src/runtime", sandbox.work]
    [end] = attack("write=" + ",".join(places))
    assert len(results(end)) == 2 * len(places)
    assert {what for what, result in results(end).items() if result == "SUCCEEDED"} == set()


def test_the_binary_and_the_toolchain_cannot_be_replaced(attack: Attack, sandbox: Sandbox) -> None:
    files = [f"{sandbox.work}/attacks", f"{sandbox.goroot}/bin/go", f"{sandbox.work}/src/driver.go"]
    [end] = attack("overwrite=" + ",".join(files))
    assert len(results(end)) == 4 * len(files)
    assert {what for what, result in results(end).items() if result == "SUCCEEDED"} == set()


@root_only
def test_the_build_cache_can_be_neither_read_nor_written(attack: Attack, sandbox: Sandbox) -> None:
    [read, written] = attack(f"read={sandbox.cache}", f"write={sandbox.cache},{sandbox.cache}/00")
    assert "SUCCEEDED" not in {*results(read).values(), *results(written).values()}
    assert len(results(written)) == 4


def test_files_of_the_host_cannot_be_read(attack: Attack, secret: Path) -> None:
    places = [str(secret), "/etc/shadow", "/root", "/var/run/docker.sock", "/var/lib", str(Path.home())]
    [end] = attack("read=" + ",".join(places))
    assert len(results(end)) == len(dict.fromkeys(places))
    assert {what for what, result in results(end).items() if result == "SUCCEEDED"} == set()


# --- network ------------------------------------------------------------------------------------------


def test_no_network(attack: Attack) -> None:
    """What this host listens on is out of reach, there is no route to anywhere (192.0.2.0/24 is nobody's), no name
    resolves."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        connected, routed, resolved, interfaces = attack(
            f"connect=127.0.0.1:{port}", "route=192.0.2.1:53", "resolve=example.invalid", "interfaces"
        )
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()
    for end in (connected, routed, resolved):
        assert end.ending == Exited(0)
        assert "SUCCEEDED" not in end.stdout.decode()
    assert lines(interfaces) == ["lo"]


# --- resources ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", ["memory hog", "goroutine bomb", "flood=1", "fill the disk", "fork bomb"])
def test_an_attack_leaves_nothing_that_adds_up(sandbox: Sandbox, job: str) -> None:
    """The same attack twice, in batches of its own, is stopped in the same way."""
    limits = replace(PROGRAM, wall=20)
    first, second = (run_batch(sandbox, [job], limits=limits)[0] for _ in range(2))
    assert first.ending == second.ending

"""Every way in which a process can end, told apart, in every sandbox."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import SandboxFailed
from harness.model import Ending, Exited, OutOfMemory, OutputLimit, Signaled, TimedOut
from harness.sandbox import Sandbox
from tests.harness.sandbox.workshop import COMPILER, PROGRAM, Attack, Workshop, run_batch

pytestmark = pytest.mark.toolchain

SHORT = replace(PROGRAM, wall=1)


@pytest.mark.parametrize(
    ("job", "ending"),
    [
        ("ok", Exited(0)),
        ("exit=0", Exited(0)),
        ("exit=7", Exited(7)),
        ("panic", Exited(2)),
        ("deadlock", Exited(2)),
        ("signal=9", Signaled(9)),
        ("endless loop", TimedOut("wall", 1)),
        ("sleep", TimedOut("wall", 1)),
        ("memory hog", OutOfMemory(PROGRAM.memory)),
        ("goroutine bomb", OutOfMemory(PROGRAM.memory)),
        ("flood=1", OutputLimit("stdout", PROGRAM.output)),
        ("flood=2", OutputLimit("stderr", PROGRAM.output)),
        ("flood=3", OutputLimit("trace", PROGRAM.trace)),
        ("burst=1048576", Exited(0)),
        ("burst=1048577", OutputLimit("stdout", PROGRAM.output)),
    ],
)
def test_ending_of_a_job(attack: Attack, job: str, ending: Ending) -> None:
    limits = replace(PROGRAM, wall=20) if isinstance(ending, OutOfMemory) else SHORT
    [end] = attack(job, limits=limits)
    assert end.ending == ending
    assert len(end.stdout) <= limits.output
    assert len(end.stderr) <= limits.output
    assert len(end.trace) <= limits.trace


def test_a_job_gives_all_that_it_wrote_and_its_time(attack: Attack) -> None:
    [end] = attack("ok")
    assert (end.stdout, end.stderr, end.trace) == (b"fine\n", b"also fine\n", b"E 1 1 0 c 1 0 0\n")
    [slept] = attack("sleep", limits=SHORT)
    assert 0 <= end.seconds < 1 <= slept.seconds < 2


def test_a_crash_loses_no_output_and_costs_only_its_own_job(attack: Attack) -> None:
    names = ["ok", "panic", "ok", "exit=3", "signal=9", "ok", "exit=0", "ok"]
    ends = attack(*names)
    assert [end.ending for end in ends if end.job == "ok"] == [Exited(0)] * 4
    assert [end.stdout for end in ends if end.job == "ok"] == [b"fine\n"] * 4
    assert ends[1].stderr.startswith(b"panic: boom\n\ngoroutine 1 [running]:\n")


def test_processor_time_is_counted_over_all_threads(attack: Attack) -> None:
    started = time.monotonic()
    [end] = attack("busy threads", limits=replace(PROGRAM, wall=30, cpu=0.5))
    assert end.ending == TimedOut("cpu", 0.5)
    assert time.monotonic() - started < 15


def test_each_job_has_a_processor_time_of_its_own(attack: Attack) -> None:
    """Two jobs of 0.3 s each do not break a limit of 0.5 s, which one of 0.6 s would."""
    ends = attack(*["endless loop"] * 2, limits=replace(PROGRAM, wall=0.3, cpu=0.5))
    assert [end.ending for end in ends] == [TimedOut("wall", 0.3)] * 2


def test_stack_overflow_is_the_programs_own_end(attack: Attack) -> None:
    [end] = attack("stack overflow", limits=replace(PROGRAM, wall=60, cpu=60, memory=2 << 30))
    assert end.ending == Exited(2)
    assert b"goroutine stack exceeds 1000000000-byte limit" in end.stderr


def test_a_program_that_says_it_will_end_and_does_not_is_stopped(attack: Attack) -> None:
    [end] = attack("linger")
    assert end.ending == Exited(0)


def test_many_jobs_keep_their_order(sandbox: Sandbox) -> None:
    jobs = ["ok", "exit=1", "ok", "ok"] * 10
    ends = run_batch(sandbox, jobs)
    assert [end.ending for end in ends] == [Exited(0), Exited(1), Exited(0), Exited(0)] * 10


def test_a_batch_that_is_given_up_leaves_the_sandbox_usable(sandbox: Sandbox) -> None:
    batch = sandbox.run_batch([f"{sandbox.work}/attacks"], ["ok", "sleep", "ok"], env={}, limits=PROGRAM)
    assert next(batch).job == "ok"
    started = time.monotonic()
    batch.close()  # type: ignore[attr-defined]  # it is a generator
    assert time.monotonic() - started < PROGRAM.wall
    assert run_batch(sandbox, ["ok"])[0].ending == Exited(0)


# --- what is no program's end -------------------------------------------------------------------------


def test_a_binary_that_is_not_there_is_a_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed, match=r"cannot run .*/nothing: no such file"):
        list(sandbox.run_batch([f"{sandbox.work}/nothing"], ["ok"], env={}, limits=PROGRAM))
    assert run_batch(sandbox, ["ok"])[0].ending == Exited(0)


def test_a_binary_that_begins_no_job_is_a_failure_with_its_words(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed, match=r'ended \(exit status 2\) before it began a job: "no, thanks"'):
        run_batch(sandbox, ["ok"], env={"REFUSE": "no, thanks"})
    assert run_batch(sandbox, ["ok"])[0].ending == Exited(0)


def test_a_job_that_forges_its_report_is_a_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed, match='said "end 77" where job 0 was next'):
        run_batch(sandbox, ["forge the control pipe"])
    assert run_batch(sandbox, ["ok"])[0].ending == Exited(0)


# --- commands -----------------------------------------------------------------------------------------


def test_ending_of_a_command(sandbox: Sandbox) -> None:
    def go(*argv: str, **limits: float) -> object:
        env = {"GOROOT": sandbox.goroot, "GOENV": "off", "GOCACHE": sandbox.cache, "GOTOOLCHAIN": "local"}
        run = sandbox.execute(
            [f"{sandbox.goroot}/bin/go", *argv],
            env=env,
            cwd="src",
            limits=replace(COMPILER, **limits),  # type: ignore[arg-type]
        )
        return run.ending

    assert go("version") == Exited(0)
    assert go("nonsense") == Exited(2)
    assert go("list", "std", output=100) == OutputLimit("stdout", 100)
    assert go("nonsense", output=10) == OutputLimit("stderr", 10)
    assert go("build", "-a", "std", wall=0.5) == TimedOut("wall", 0.5)
    assert go("build", "-a", "std", cpu=0.2) == TimedOut("cpu", 0.2)
    assert go("build", "-a", "std", memory=8 << 20) == OutOfMemory(8 << 20)


def test_a_command_has_only_the_environment_that_it_is_given(sandbox: Sandbox) -> None:
    done = sandbox.execute([f"{sandbox.work}/attacks", "x", "environment"], env={"A": "b"}, cwd=".", limits=COMPILER)
    names = {line.partition(b"=")[0] for line in done.stdout.splitlines()}
    assert names == {b"A", b"HOME", b"TMPDIR", b"PATH"}


def test_a_command_outside_the_work_directory_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed, match="not below the work directory"):
        sandbox.execute([f"{sandbox.goroot}/bin/go", "version"], env={}, cwd="../..", limits=COMPILER)
    with pytest.raises(SandboxFailed, match="not below the work directory"):
        sandbox.put({"../escaped": b""})


def test_a_job_has_only_its_own_descriptors(attack: Attack) -> None:
    [end] = attack("open files")
    assert end.stdout.split() == [b"0", b"1", b"2", b"3", b"4"]


def test_large_files_arrive_whole(sandbox: Sandbox) -> None:
    content = bytes(range(256)) * (20 << 12)
    sandbox.put({"large/one": content, "large/two": b"", "large/three": content[::-1]})
    sandbox.put({"large/two": b"new"})
    if sandbox.kind == "process":
        assert Path(sandbox.work, "large/one").read_bytes() == content
        assert Path(sandbox.work, "large/three").read_bytes() == content[::-1]
        assert Path(sandbox.work, "large/two").read_bytes() == b"new"


def test_a_program_that_is_put_can_be_run(sandbox: Sandbox, workshop: Workshop) -> None:
    sandbox.put({"own": workshop.supervisor.read_bytes(), "text": b"#!/own\n"})
    done = sandbox.execute([f"{sandbox.work}/own"], env={}, cwd=".", limits=COMPILER)
    assert (done.ending, done.stderr[:16]) == (Exited(3), b"supervise: usage")
    with pytest.raises(SandboxFailed, match="permission denied"):
        sandbox.execute([f"{sandbox.work}/text"], env={}, cwd=".", limits=COMPILER)

"""One Go file that shows a difference: as the program is, if one sees it so, or else with something added."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import alone
from harness.alone import Writing
from harness.model import Case, Crashed, Ending, Exited, Judged, Mode, Run, Signaled, TimedOut
from harness.pipeline import Side
from tests.harness.fake import SIDES, Fakes
from tests.oracle.programs import program

PROGRAM = program(main=[{"defer": "f1"}, {"call": "f2"}], f1=["recover"], f2=[])
WRITING = Writing("it", Path("it.go"), "It")
FATAL = b"fatal error: bad recovery\n\ngoroutine 1 [running]:\n"


def ran(case: Case, ending: Ending, stdout: bytes = b"", stderr: bytes = b"") -> Judged:
    run = Run(case.name, Mode.PLAIN, ending, stdout, stderr, b"", 0.1)
    return Judged(case, "go1.22.10", Crashed("traced run: fatal error: bad recovery"), plain=run)


@pytest.mark.parametrize(
    ("ending", "stdout", "stderr", "visibility"),
    [
        (Exited(0), b"", b"", 0),
        (Exited(3), b"", b"", 1),
        (Exited(0), b"1\n", b"", 2),
        (Exited(2), b"", FATAL, 2),
        (Signaled(11), b"", b"", 2),
        (TimedOut("wall", 10.0), b"", b"", 2),
    ],
)
def test_what_one_sees(ending: Ending, stdout: bytes, stderr: bytes, visibility: int) -> None:
    """Of the plain run, whatever the traced one did."""
    assert alone._visibility(ran(WRITING.of(PROGRAM), ending, stdout, stderr)) == visibility


@pytest.mark.parametrize(
    ("bare", "added", "rounds", "has_more"),
    [
        (TimedOut("wall", 10.0), Exited(0), 1, False),
        (Exited(3), Exited(0), 2, False),
        (Exited(0), Exited(3), 2, True),
        (Exited(0), Exited(0), 2, False),
    ],
)
def test_nothing_more_runs_than_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: Ending, added: Ending, rounds: int, has_more: bool
) -> None:
    """A program that hangs costs its time limit, and so would each one with something added."""
    asked: list[Sequence[Case]] = []
    source = WRITING.of(PROGRAM).source
    monkeypatch.setattr(alone, "observe", lambda _world, cases, _sides, _stop: asked.append(cases))

    def verdict(case: Case, _side: Side) -> Judged:
        assert case.expect is not None
        return ran(case, bare if case.source == source else added, case.expect.stdout.encode())

    monkeypatch.setattr(alone, "verdict", verdict)
    shown = alone.show(
        Fakes(tmp_path).world, SIDES["post"].toolchain, PROGRAM, WRITING, lambda _: True, threading.Event()
    )
    assert (len(asked), shown.program != PROGRAM) == (rounds, has_more)
    assert shown.visible == (bare != Exited(0) or has_more)

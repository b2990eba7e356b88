"""`deferdiff fuzz` as data, without toolchains: what is complete, what is kept, and what is shown while it runs."""

from __future__ import annotations

import io
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from harness.commands import fuzz_data
from harness.commands.fuzz_data import Asked
from harness.data import record
from harness.data.source import Drawn, Everything, Shard, Source
from harness.data.tally import Bucket, Reduced, Tally
from harness.data.verdict import Broken
from harness.model import BuildFailed, Conforms, Crashed, Diverges, Judged, Outcome
from oracle import rules
from oracle.check import Divergence
from tests.harness.fake import Fakes, installed
from tests.oracle.programs import program

AT = installed("go1.22.10")


def asked(source: Source, out: Path, seconds: float | None = None) -> Asked:
    return Asked([AT.toolchain], source, Shard(), seconds, 1, out, resume=False)


def ran(source: Source, *numbers: int) -> Tally:
    tally = Tally(AT.toolchain, AT.release, AT.digest)
    for number in numbers:
        tally.count(source.make(number, (1, 22)), [])
    return tally


def shown_live(out: Path, *tallies: Tally) -> str:
    """What is shown after the last of them."""
    console = Console(file=io.StringIO(), width=120, color_system=None, force_terminal=False)
    shown = Progress(*fuzz_data._columns(), console=console, auto_refresh=False)
    board = fuzz_data._Board(shown, asked(Drawn(1, 2000), out))
    for tally in tallies:
        board.show([tally])
    with console.capture() as captured:
        console.print(shown.get_renderable())
    return captured.get()


@pytest.mark.parametrize(
    ("source", "seconds", "numbers", "complete"),
    [
        (Drawn(1, 2000), None, (0,), False),
        (Drawn(1, 2000), None, (0, 1), True),
        (Drawn(1, 2000), 5.0, (0,), False),
        (Drawn(1, None), 5.0, (0,), True),
        (Drawn(1, None), 5.0, (), False),
        (Everything(1), 5.0, (), False),
        (Everything(1), 5.0, (0,), True),
    ],
)
def test_what_is_complete(
    tmp_path: Path, source: Source, seconds: float | None, numbers: tuple[int, ...], complete: bool
) -> None:
    """Seconds do for random programs only: of all programs none may be missing."""
    assert fuzz_data._is_complete(asked(source, tmp_path, seconds), [ran(source, *numbers)]) is complete


def test_what_ran_nothing_leaves_what_was_there(tmp_path: Path) -> None:
    source = Drawn(1, 2000)
    file = tmp_path / record.FILE
    file.write_text("an earlier campaign")
    idle = fuzz_data._Keeper(asked(source, tmp_path), [ran(source)], (1, 22), 0.0)
    assert idle.keep(complete=False).toolchains[0].programs == 0
    assert file.read_text() == "an earlier campaign"
    tally = ran(source)
    keeper = fuzz_data._Keeper(asked(source, tmp_path), [tally], (1, 22), 0.0)
    tally.count(source.make(0, (1, 22)), [])
    keeper.keep(complete=False)
    assert json.loads(file.read_text())["toolchains"][0]["programs"] == 1000


def test_nor_does_what_runs_nothing_more_when_it_goes_on(tmp_path: Path) -> None:
    """As when its driver does not compile: the causes that were found stay."""
    source = Drawn(1, 2000)
    before = ran(source, 0, 1)
    whole = fuzz_data._Keeper(asked(source, tmp_path), [before], (1, 22), 0.0).keep(complete=True)
    again = record.resume(whole, source, Shard(), [AT], tmp_path)
    fuzz_data._Keeper(asked(source, tmp_path), again, (1, 22), 0.0).keep(complete=False)
    assert record.read(tmp_path / record.FILE) == whole


def test_what_a_program_wrote_is_shown_as_it_is(tmp_path: Path) -> None:
    """It is no markup, and it cannot write on the terminal."""
    source = Drawn(1, 2000)
    tally = ran(source, 0)
    for signature in ("process-end: panic: x [recovered]", "process-end: [/tmp/a] \x1b[2J"):
        tally.buckets[signature] = Bucket(signature, Broken(rules.PROCESS_END, "", 0, "", ""), 1)
    shown = shown_live(tmp_path, tally)
    assert "1 process-end: panic: x [recovered]" in shown
    assert "1 process-end: [/tmp/a] \\x1b[2J" in shown


def test_how_fast_programs_and_events_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this run: what was there before it went on does not count, nor the time when nothing more runs."""
    clock = iter((100.0, 102.0, 104.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    earlier = ran(Drawn(1, 2000), 0)
    later = replace(earlier, programs=earlier.programs + 3000, events=earlier.events + 90_000)
    assert "4,000 programs, 1,500/s, 45,000 events/s" in shown_live(tmp_path, earlier, later, later)
    clock = iter((100.0,))
    assert "/s" not in shown_live(tmp_path, earlier)


def test_what_is_seen_first_is_shown_before_it_counts(tmp_path: Path) -> None:
    """And no more when what is counted goes by its cause."""
    tally = Tally(AT.toolchain, AT.release, AT.digest, seen={"deferred-call-lost": 0.2})
    assert "new: deferred-call-lost" in shown_live(tmp_path, tally)
    bucket = Bucket("deferred-call-lost", Broken(rules.DEFERRED_CALL_LOST, "", 0, "", ""), 3)
    tally.buckets = {str(n): replace(bucket, signature=f"a{n}") for n in range(9)}
    assert "new: deferred-call-lost" in shown_live(tmp_path, tally)
    tally.buckets = {bucket.signature: bucket}
    assert "3 deferred-call-lost" in shown_live(tmp_path, tally)
    tally.counted, tally.buckets = tally.buckets, {"its cause": replace(bucket, signature="its cause")}
    shown = shown_live(tmp_path, tally)
    assert "3 its cause" in shown
    assert "deferred-call-lost" not in shown


@pytest.mark.parametrize(
    ("outcome", "agrees"),
    [
        (Diverges(Divergence(rules.DEFERRED_CALL_LOST, 3, "main returned", "a call")), True),
        (Diverges(Divergence(rules.DEFERRED_CALL_TWICE, 3, "a call", "main returns")), False),
        (Crashed("plain run: the runtime failed: fatal error: bad frame"), False),
        (BuildFailed("x.go:1: no"), False),
        (Conforms(), False),
    ],
)
def test_only_what_differs_so_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, agrees: bool
) -> None:
    lost = Broken(rules.DEFERRED_CALL_LOST, "", 3, "this", "that")
    tally = Tally(AT.toolchain, AT.release, AT.digest)
    tally.buckets["lost"] = Bucket("lost", lost, 1, reduced=[Reduced(program(main=["recover"]), lost, 1)])
    monkeypatch.setattr(fuzz_data, "observe", lambda *_: None)
    monkeypatch.setattr(fuzz_data, "verdict", lambda case, _: Judged(case, "go1.22.10", outcome))
    fuzz_data._confirm_as_go(Fakes(tmp_path).world, tally, threading.Event())
    assert tally.buckets["lost"].reduced[0].agrees is agrees

"""What the instrumentation must not change: every case and every program here, compiled in both modes, on releases
old and new."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from harness import constraint
from harness.cases import load_cases
from harness.golang.report import defer_kinds
from harness.model import Case, Exited, Installed, Mode, Run, Signaled
from harness.trace import decode
from oracle.check import check
from oracle.events import End, EndKind, Enter, Recover, Return, Via
from tests.conftest import Golden
from tests.harness.golang.batches import Compiled, compile_batch, file_of, run_jobs, start

pytestmark = pytest.mark.toolchain

CASES = Path(__file__).parents[3] / "cases"
PROGRAMS = Path(__file__).parent / "programs"


def program(name: str, source: str) -> Case:
    return Case(f"test/{name}", Path(f"{name}.go"), source, name)


def test_every_case_is_compiled_and_runs_alike(release: Installed, tmp_path: Path) -> None:
    cases = [c for c in load_cases(CASES) if constraint.matches(c.on, release.engine, release.release)]
    assert len(cases) >= 100
    compiled = compile_batch(cases, release, tmp_path)
    _assert_compiled_alike(compiled)
    runs = run_jobs(compiled)
    faulty = {c.name for c in cases if _has_known_fault(c, release)}
    differing = [c.name for c in cases if _shown(runs[c.name, Mode.PLAIN]) != _shown(runs[c.name, Mode.TRACED])]
    assert set(differing) <= faulty


def test_every_form_is_compiled_and_runs_alike(release: Installed, tmp_path: Path) -> None:
    cases = [program(p.stem, p.read_text()) for p in sorted(PROGRAMS.glob("*.go"))]
    compiled = compile_batch(cases, release, tmp_path)
    _assert_compiled_alike(compiled)
    runs = run_jobs(compiled)
    for placed in compiled.layout.placed:
        plain, traced = runs[placed.case, Mode.PLAIN], runs[placed.case, Mode.TRACED]
        assert _shown(plain) == _shown(traced)
        assert plain.stdout
        events = tuple(decode(traced.trace, functions=len(placed.functions)))
        status = traced.ending.status if isinstance(traced.ending, Exited) else -1
        end = End(EndKind.EXITED, status) if status else End(EndKind.RETURNED)
        assert check(placed.functions, events, end, panic_nil_is_error=True) is None, placed.case


def _assert_compiled_alike(compiled: Compiled) -> None:
    kinds = defer_kinds(compiled.layout, compiled.said)
    assert {case: k[Mode.TRACED] for case, k in kinds.items()} == {case: k[Mode.PLAIN] for case, k in kinds.items()}
    every = {k.kind for modes in kinds.values() for of_mode in modes.values() for k in of_mode}
    assert every >= {"open-coded", "heap-allocated"}


def _has_known_fault(case: Case, release: Installed) -> bool:
    return any(constraint.matches(fault.on, release.engine, release.release) for fault in case.xfail)


def _shown(run: Run) -> tuple[object, bytes, bytes]:
    """What a person sees of a run; of a crash the text before the goroutine traces, addresses apart."""
    chain = run.stderr.partition(b"\n\n")[0]
    return run.ending, run.stdout, re.sub(rb"0x[0-9a-f]+", b"0x?", chain)


def test_values_are_rendered_alike_on_every_release(release: Installed, tmp_path: Path, golden: Golden) -> None:
    source = (PROGRAMS / "values.go").read_text()
    runs = run_jobs(compile_batch([program("values", source)], release, tmp_path))
    events = list(decode(runs["test/values", Mode.TRACED].trace))
    golden("values.recovered", "".join(f"{e.value}\n" for e in events if isinstance(e, Recover)))


DEEP = """package main

func down(n int) int {
	if n == 0 {
		return 0
	}
	return down(n-1) + 1
}

func main() { println(down(50000)) }
"""


def test_an_event_costs_the_same_at_any_depth(one_release: Installed, tmp_path: Path) -> None:
    """Asking the runtime for the goroutine's number takes time in proportion to the stack's depth: minutes here."""
    compiled = compile_batch([program("deep", DEEP)], one_release, tmp_path)
    begun = time.monotonic()
    runs = run_jobs(compiled)
    assert time.monotonic() - begun < 10
    assert runs["test/deep", Mode.TRACED].ending == Exited(0)
    assert runs["test/deep", Mode.TRACED].trace.count(b"\n") == 2 * 50002


FOREVER = """package main

var total int

func step() { total++ }

func main() {
	for {
		step()
	}
}
"""


def test_a_killed_process_loses_no_event(one_release: Installed, tmp_path: Path) -> None:
    compiled = compile_batch([program("forever", FOREVER)], one_release, tmp_path)
    begun, status = start(compiled, "batch", ["traced:000"], seconds=1.0)
    assert (begun, status) == ({"traced:000": False}, -9)
    events = list(decode((tmp_path / f"{file_of('traced:000')}.trace").read_bytes()))
    assert len(events) > 1000
    assert events[0] == Enter(1, 1, 1, Via.START)
    for number, (entry, back) in enumerate(zip(events[1::2], events[2::2], strict=False), 2):
        assert entry == Enter(1, number, 0, Via.CODE, 9)
        assert back == Return(1, number, 5)


LEAVES_A_GOROUTINE = """package main

func main() { go func() { select {} }() }
"""
ENDS_BADLY = """package main

func main() { panic("end of the process") }
"""
CHANGES_ITS_PROCESS = """package main

import "os"

func main() { os.Setenv("LEFT", "behind") }
"""
LOOKS = """package main

import (
	"os"
	"runtime"
)

func main() { print(runtime.NumGoroutine(), os.Getenv("LEFT")) }
"""


def test_no_case_finds_what_another_left(one_release: Installed, tmp_path: Path) -> None:
    sources = [LEAVES_A_GOROUTINE, LOOKS, ENDS_BADLY, LOOKS, CHANGES_ITS_PROCESS, LOOKS]
    cases = [program(f"c{i}", source) for i, source in enumerate(sources)]
    runs = run_jobs(compile_batch(cases, one_release, tmp_path))
    assert [runs[f"test/c{i}", mode].stderr for i in (1, 3, 5) for mode in Mode] == [b"1"] * 6
    assert runs["test/c2", Mode.TRACED].ending == Exited(2)
    assert runs["test/c2", Mode.PLAIN].stderr.startswith(b"panic: end of the process\n\ngoroutine 1 [running]:\n")


BY_SIGNAL = """package main

import "syscall"

func main() { syscall.Kill(syscall.Getpid(), syscall.SIGKILL) }
"""


def test_the_end_of_the_process_is_the_programs_own(one_release: Installed, tmp_path: Path) -> None:
    goexit = 'package main\n\nimport "runtime"\n\nfunc main() { runtime.Goexit() }\n'
    deadlock = "package main\n\nfunc main() { select {} }\n"
    cases = [program("goexit", goexit), program("deadlock", deadlock), program("signal", BY_SIGNAL)]
    runs = run_jobs(compile_batch(cases, one_release, tmp_path))
    for mode in Mode:
        assert runs["test/goexit", mode].stderr.startswith(
            b"fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n"
        )
        assert runs["test/deadlock", mode].stderr.startswith(b"fatal error: all goroutines are asleep - deadlock!\n")
        assert runs["test/signal", mode].ending == Signaled(9)


CLOSES_THE_TRACE = """package main

import "syscall"

func main() {
	syscall.Close(3)
	println("not reached in the traced run")
}
"""


def test_an_event_that_cannot_be_written_ends_the_process_and_is_told(one_release: Installed, tmp_path: Path) -> None:
    compiled = compile_batch([program("closes", CLOSES_THE_TRACE)], one_release, tmp_path)
    with pytest.raises(AssertionError, match="fail an event could not be written: error 9"):
        start(compiled, "batch", ["traced:000"], seconds=10)

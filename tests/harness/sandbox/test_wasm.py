"""WebAssembly: what a module tells, how it can end, and that it reaches nothing but its directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import filelock
import pytest
import wasmtime

from harness.errors import SandboxFailed
from harness.model import Ending, Exited, OutputLimit, Signaled, TimedOut
from harness.sandbox import CaseEnd, Limits
from harness.sandbox.wasm import FAULT, WasmSandbox
from harness.sandbox.wasmorders import Orders
from tests.harness.fake import FakeSandbox

LIMITS = Limits(wall=60.0, memory=64 << 20)
MODULE = """
(module
  (import "deferdiff" "trace" (func $trace (param i32 i32)))
  (import "deferdiff" "wind" (func $wind (param i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "said")
  (data (i32.const 200) "\\64\\00\\00\\00\\04\\00\\00\\00")
  (data (i32.const 300) "PATH")
  (func $said (param $to i32)
    (drop (call $write (local.get $to) (i32.const 200) (i32.const 1) (i32.const 400))))
  (func $deep (call $deep) (drop (i32.const 1)))
  (func $hang (loop (br 0)))
  (func $busy (local $n i32)
    (loop
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $n) (i32.const 30000000)))))
  (func $main (export "_start")
    (call $trace (i32.const 500) (i32.const 3))
    (i32.store (i32.const 500) (i32.const 7))
    BODY))
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[WasmSandbox]:
    made = WasmSandbox(FakeSandbox(work=str(tmp_path), cache=str(tmp_path)))
    yield made
    made.close()


def ended(sandbox: WasmSandbox, body: str, limits: Limits = LIMITS, path: str = "file") -> CaseEnd:
    module = Path(sandbox.work, "module")
    text = MODULE.replace("BODY", body).replace("PATH", path)
    module.write_bytes(wasmtime.wat2wasm(text))
    module.with_suffix(".cwasm").unlink(missing_ok=True)
    [end] = sandbox.run_batch([str(module)], ["job"], env={}, limits=limits)
    return end


WORDS = b"\x07\0\0\0" + bytes(8)


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("", Exited(0)),
        ("(call $exit (i32.const 2))", Exited(2)),
        ("unreachable", Signaled(6)),
        ("(call $deep)", Signaled(6)),
        ("(call $wind (i32.const 100)) (call $hang)", Signaled(9)),
    ],
)
def test_however_it_ends_its_trace_is_whole(sandbox: WasmSandbox, body: str, ending: Ending) -> None:
    end = ended(sandbox, body)
    assert (end.ending, end.trace) == (ending, WORDS)


def test_a_trace_may_get_shorter(sandbox: WasmSandbox) -> None:
    assert ended(sandbox, "(call $trace (i32.const 500) (i32.const 1))").trace == WORDS[:4]


def test_what_it_writes(sandbox: WasmSandbox) -> None:
    end = ended(sandbox, "(call $said (i32.const 1)) (call $said (i32.const 2)) (call $said (i32.const 2))")
    assert (end.stdout, end.stderr) == (b"said", b"saidsaid")
    assert ended(sandbox, "(call $said (i32.const 1))", replace(LIMITS, output=3)).ending == OutputLimit("stdout", 3)


def test_time_counts_anew_whenever_it_is_wound(sandbox: WasmSandbox) -> None:
    assert ended(sandbox, "(call $wind (i32.const 300)) (call $busy)" * 30).ending == Exited(0)
    assert ended(sandbox, "(call $wind (i32.const 300))" + "(call $busy)" * 100).ending == Signaled(9)


def test_a_limit_of_time(sandbox: WasmSandbox) -> None:
    ended(sandbox, "")
    end = ended(sandbox, "(call $wind (i32.const 100000)) (call $hang)", replace(LIMITS, wall=3.0))
    assert end.ending == TimedOut("wall", 3.0)
    end = ended(sandbox, "(call $wind (i32.const 100000)) (call $hang)", replace(LIMITS, cpu=2.0))
    assert isinstance(end.ending, Signaled)


def test_a_limit_of_memory(sandbox: WasmSandbox) -> None:
    grow = "(if (i32.eq (memory.grow (i32.const PAGES)) (i32.const -1)) (then (call $exit (i32.const 9))))"
    assert ended(sandbox, grow.replace("PAGES", "100")).ending == Exited(0)
    assert ended(sandbox, grow.replace("PAGES", "2000")).ending == Exited(9)


@pytest.mark.parametrize(
    ("path", "flags", "rights", "status"),
    [("file", 0, 2, 0), ("none", 0, 2, 44), ("file", 0, 64, 63), ("made", 1, 64, 63), ("../x", 0, 2, 63)],
)
def test_it_reads_its_directory_and_nothing_else(
    sandbox: WasmSandbox, path: str, flags: int, rights: int, status: int
) -> None:
    Path(sandbox.work, "file").touch()
    Path(sandbox.work).parent.joinpath("x").touch()
    opens = f"(call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 300) (i32.const {len(path)})"
    opens += f" (i32.const {flags}) (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 420)))"
    assert ended(sandbox, opens, path=path).ending == Exited(status)
    assert not Path(sandbox.work, "made").exists()


def test_a_driver_at_fault(sandbox: WasmSandbox) -> None:
    with pytest.raises(SandboxFailed, match="the batch binary failed: said"):
        ended(sandbox, f"(call $said (i32.const 2)) (call $exit (i32.const {FAULT}))")


def test_what_is_no_module(sandbox: WasmSandbox) -> None:
    Path(sandbox.work, "module").write_bytes(b"no module")
    with pytest.raises(SandboxFailed, match="the host of WebAssembly failed"):
        list(sandbox.run_batch([f"{sandbox.work}/module"], ["job"], env={}, limits=LIMITS))


def test_a_closed_one(sandbox: WasmSandbox) -> None:
    sandbox.close()
    with pytest.raises(SandboxFailed, match="closed"):
        ended(sandbox, "")


def test_a_module_is_compiled_once_for_all_that_share_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> set[tuple[Path, int]]:
        """What wasmtime keeps of compiled modules; it may add statistics to that later."""
        files = (path for path in (tmp_path / "cache").rglob("*") if path.is_file() and not path.suffix)
        return {(path, path.stat().st_mtime_ns) for path in files}

    host, alone = WasmSandbox._host, []

    def watched(sandbox: WasmSandbox, orders: Orders, seconds: float) -> str:
        if not orders.job:
            lock = filelock.FileLock(tmp_path / "cache" / "wasmtime.lock", timeout=0)
            with pytest.raises(filelock.Timeout):
                lock.acquire()
            alone.append(orders.module)
        return host(sandbox, orders, seconds)

    monkeypatch.setattr(WasmSandbox, "_host", watched)
    (tmp_path / "cache").mkdir()
    seen = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made = WasmSandbox(FakeSandbox(work=str(tmp_path / name), cache=str(tmp_path / "cache")))
        try:
            assert ended(made, "").ending == Exited(0)
        finally:
            made.close()
        seen.append(kept())
    assert len(seen[0]) == 1
    assert seen[1] == seen[0]
    assert len(alone) == 2

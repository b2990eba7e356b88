"""One WebAssembly module in a process of its own, under wasmtime: `python -m harness.sandbox.wasmhost ORDERS`.

`Orders` come as JSON, and `wasm.WasmSandbox` gives them. The module reaches nothing but the directory that it is
given, to read in it. It has two functions of ours: by `deferdiff.trace` it says where in its memory its trace is, to
be read out of there; `deferdiff.wind` gives it its time, in milliseconds of this process's processor time, after
which it is ended unless it calls again.

The trace is lost if this process itself is ended: by a limit on its own time or memory, or by the wall clock.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import wasmtime

from harness.sandbox.wasmorders import Orders, compiled

TICK = 0.05
"""Seconds of processor time between two looks at whether the time is over."""
STACK = 2 << 20
"""Bytes of stack for a module, as many as wasmtime allows: calls of Go are calls of WebAssembly."""
OVERHEAD = 1 << 30
"""Bytes that Python and wasmtime take beside the module's memory at most."""


@dataclass(slots=True)
class _Said:
    """What the module told of its trace: where it is, and how many words it has."""

    at: int = 0
    words: int = 0


def main(orders: Orders) -> None:
    """Carry the orders out; say as JSON how the module ended."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = STACK
    if not orders.job:
        config.cache = True
    engine = wasmtime.Engine(config)
    if not orders.job:
        module = wasmtime.Module.from_file(engine, orders.module)
        compiled(Path(orders.module)).write_bytes(module.serialize())
        return
    limit = max(1, int(orders.cpu))
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, orders.memory + STACK + OVERHEAD),
        (resource.RLIMIT_FSIZE, orders.file),
        (resource.RLIMIT_CPU, limit),
    ):
        resource.setrlimit(what, (value, value))
    threading.Thread(target=_tick, args=(engine,), daemon=True).start()
    endings: list[dict[str, object]] = []
    threading.stack_size(8 * STACK)
    runner = threading.Thread(target=lambda: endings.append(_run(engine, orders)))
    runner.start()
    runner.join()
    print(json.dumps(endings[0]))


def _tick(engine: wasmtime.Engine) -> None:
    last = time.process_time()
    while True:
        time.sleep(TICK)
        while time.process_time() - last >= TICK:
            last += TICK
            engine.increment_epoch()


def _run(engine: wasmtime.Engine, orders: Orders) -> dict[str, object]:
    store = wasmtime.Store(engine)
    store.set_limits(memory_size=orders.memory)
    store.set_epoch_deadline(int(orders.cpu / TICK) + 1)
    wasi = wasmtime.WasiConfig()
    wasi.argv = ["data", orders.job]
    wasi.env = list(orders.env.items())
    wasi.preopen_dir(orders.directory, orders.directory, fs_mutable=False)
    wasi.stdout_file = f"{orders.output}.stdout"
    wasi.stderr_file = f"{orders.output}.stderr"
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    said = _Said()

    def trace(at: int, words: int) -> None:
        said.at, said.words = at & 0xFFFFFFFF, words

    def wind(milliseconds: int) -> None:
        store.set_epoch_deadline(max(1, int(milliseconds / 1000 / TICK)) + 1)

    i32 = wasmtime.ValType.i32()
    linker.define_func("deferdiff", "trace", wasmtime.FuncType([i32, i32], []), trace)
    linker.define_func("deferdiff", "wind", wasmtime.FuncType([i32], []), wind)
    module = wasmtime.Module.deserialize_file(engine, str(compiled(Path(orders.module))))
    instance = linker.instantiate(store, module)
    start, memory = instance.exports(store)["_start"], instance.exports(store)["memory"]
    assert isinstance(start, wasmtime.Func)
    assert isinstance(memory, wasmtime.Memory)
    ending = _ending(start, store, Path(f"{orders.output}.stderr"))
    content = bytes(memory.read(store, said.at, said.at + 4 * said.words))
    Path(f"{orders.output}.trace").write_bytes(content)
    return ending


def _ending(start: wasmtime.Func, store: wasmtime.Store, stderr: Path) -> dict[str, object]:
    """Run the module; a hang is told as the kernel's timer would end it elsewhere."""
    try:
        start(store)
    except wasmtime.ExitTrap as trap:
        return {"status": trap.code}
    except wasmtime.Trap as trap:
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            return {"signal": int(signal.SIGKILL)}
        with contextlib.suppress(OSError), stderr.open("a") as file:
            file.write(f"fatal error: {trap.message.splitlines()[-1]}\n")
        return {"signal": int(signal.SIGABRT)}
    return {"status": 0}


if __name__ == "__main__":
    main(Orders(**json.loads(sys.argv[1])))

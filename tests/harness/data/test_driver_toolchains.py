"""The driver of unlike toolchains: how their compilers keep defer statements, and how their machines keep words."""

from __future__ import annotations

from array import array
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from harness.data import wire
from harness.data.chunk import Chunk, make
from harness.data.driver import Driver
from harness.errors import SandboxFailed
from harness.golang import shapes
from harness.model import Exited, Installed
from harness.sandbox import EMULATOR, CaseEnd, Limits
from tests.harness.fake import Command, FakeSandbox, finished, installed

RELEASE = (1, 22)


@cache
def drawn() -> Chunk:
    """The programs that all drivers are given."""
    return make(1, 0, 20, RELEASE)


def toolchain(*, gcflags: str = "", goarch: str = "", emulator: Path | None = None) -> Installed:
    made = installed(gcflags=gcflags)
    return replace(made, toolchain=replace(made.toolchain, goarch=goarch), emulator=emulator)


def report(**instead: str) -> str:
    """What the compiler says of the driver if it keeps defer statements as meant, or else than `open` or `stack`."""
    names = {"open-coded": "open", "stack-allocated": "stack", "heap-allocated": "heap"}
    return "".join(
        f"data/{file}:{one.line}:3: {instead.get(names[one.kind], one.kind)} defer\n"
        for file, kinds in shapes.source(RELEASE).defers.items()
        for one in kinds
    )


def driver(given: Installed, said: str | None = None) -> tuple[Driver, FakeSandbox]:
    def compiles(_: Command) -> object:
        return finished(report() if said is None else said)

    sandbox = FakeSandbox(compiles=compiles)  # type: ignore[arg-type]
    return Driver(sandbox, given, Limits()), sandbox


@pytest.mark.parametrize("flags", ["", "-l", "-d=maymorestack=runtime.mayMoreStackMove", "-l -d=maymorestack=x"])
def test_flags_that_leave_defer_statements_as_they_are(flags: str) -> None:
    driver(toolchain(gcflags=flags))
    with pytest.raises(SandboxFailed, match="is stack-allocated, meant open-coded"):
        driver(toolchain(gcflags=flags), report(open="stack-allocated"))
    with pytest.raises(SandboxFailed, match="is not in the compiler's report, meant"):
        driver(toolchain(gcflags=flags), "")


@pytest.mark.parametrize("flags", ["-N", "-N -l", "-l -N"])
def test_without_optimization_nothing_is_open_coded(flags: str) -> None:
    driver(toolchain(gcflags=flags), report(open="stack-allocated"))
    with pytest.raises(SandboxFailed, match="is open-coded, meant stack-allocated"):
        driver(toolchain(gcflags=flags))
    with pytest.raises(SandboxFailed, match="is heap-allocated, meant stack-allocated"):
        driver(toolchain(gcflags=flags), report(open="stack-allocated", stack="heap-allocated"))


def test_nothing_is_known_of_other_flags_and_engines() -> None:
    driver(toolchain(gcflags="-N -d=checkptr"), "")
    driver(replace(toolchain(), engine="gccgo", root=None), "")


def test_gccgo_has_no_generics_and_all_shapes() -> None:
    def files(given: Installed) -> dict[str, str]:
        _, sandbox = driver(given)
        return {name: text.decode() for name, text in sandbox.files.items() if name.startswith("data/shape")}

    gc, gccgo = files(toolchain()), files(replace(toolchain(), engine="gccgo", root=None))
    assert gc.keys() == gccgo.keys()
    assert gccgo["data/shapes.go"] == gc["data/shapes.go"].replace("[int]", "")
    assert any("[T any]" in text for text in gc.values())
    assert not any("[T any]" in text or "[int]" in text for text in gccgo.values())


# --- words ---------------------------------------------------------------------------------------------------------


def swapped(raw: bytes) -> bytes:
    return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))


def run_chunk(given: Installed, trace: bytes) -> tuple[int, FakeSandbox, Chunk]:
    made = drawn()
    one, sandbox = driver(given)
    sandbox.runs = lambda job: CaseEnd(job, Exited(0), b"", b"", trace, 0.1)
    return len(list(one.run(made))), sandbox, made


def test_words_of_a_little_endian_machine() -> None:
    owed = drawn().owed
    for goarch in ("", "386", "arm64", "mips64le"):
        differing, sandbox, made = run_chunk(toolchain(goarch=goarch), owed)
        assert (differing, sandbox.files["sheet"]) == (0, made.sheet)


@pytest.mark.parametrize("goarch", ["s390x", "mips", "mips64", "ppc64"])
def test_words_of_a_big_endian_machine(goarch: str) -> None:
    owed = drawn().owed
    differing, sandbox, made = run_chunk(toolchain(goarch=goarch), swapped(owed))
    assert (differing, sandbox.files["sheet"]) == (0, swapped(made.sheet))
    words = array(wire.WORD, wire.from_bytes(owed))
    words[0] ^= 1
    assert run_chunk(toolchain(goarch=goarch), swapped(wire.as_bytes(words)))[0] == 1


def test_an_emulated_driver_gets_more_time() -> None:
    owed = drawn().owed

    def asked(emulator: Path | None) -> tuple[tuple[str, ...], int, float]:
        _, sandbox, _ = run_chunk(toolchain(goarch="arm64", emulator=emulator), owed)
        [(argv, [job], _, limits)] = sandbox.batches
        return argv, int(job.split(":")[5]), limits.wall

    own, patience, wall = asked(None)
    assert wall > Limits().wall  # a chunk is many programs, on a machine that other drivers may share
    emulated, more, longer = asked(Path("qemu"))
    assert (own, emulated) == (("/work/bin/data",), (f"/work/{EMULATOR}", "/work/bin/data"))
    assert more > patience
    assert longer > wall


def test_stacks_that_move_anyway_need_not_grow() -> None:
    owed = drawn().owed

    def how(gcflags: str) -> int:
        _, sandbox, made = run_chunk(toolchain(gcflags=gcflags), owed)
        [(_, [job], _, _)] = sandbox.batches
        return int(job.split(":")[4]) ^ made.how

    assert (how("-l"), how("-d=maymorestack=runtime.mayMoreStackMove")) == (0, 2)

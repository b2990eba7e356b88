"""The driver of one toolchain in a sandbox: built once, then fed with chunks, whose traces are compared with what is
owed, word for word.

A program that kills the driver, hangs or never ends costs only itself: the driver is started again behind it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from zlib import crc32

from harness.build import compile_whole, go_line
from harness.data import wire
from harness.data.chunk import Chunk
from harness.errors import SandboxFailed, TraceDamaged
from harness.golang import shapes
from harness.golang.layout import MODULE, module
from harness.golang.report import kinds_of
from harness.model import Ending, Exited, Installed, OutOfMemory, Signaled, TimedOut
from harness.run import command, environment, widened
from harness.sandbox import CaseEnd, Limits, Sandbox
from harness.toolchain.emulator import BIG_ENDIAN

_MAIN = f"""package main

import (
	"{MODULE}/data"
	"{MODULE}/drive"
)

func main() {{
	data.Stamp = %d
	drive.Run(data.Find)
}}
"""

_PATIENCE, _PATIENCE_EMULATED = 250, 2000
"""Milliseconds of processor time for 64 programs, before one of them is said to hang a second time."""

_BUSY = 20
"""So many times the wall clock's limit for one program have all of a chunk, on a machine that many drivers share:
processor time tells a program that hangs."""

_SOON, _LONGER = 1 << 9, 4
"""So many programs run at least behind one that the driver died of, and so many times what it ran until then: a run
costs what it has room for, so one that soon dies shall have little. If it lives, the next has as many times more."""

_SPARE = 1 << 16
"""Words that a chunk may take beyond what is owed, before a program counts as one that does not end."""
_MOVING = 2
"""A bit of how programs are run (beside `chunk.TIGHT` and `chunk.ROOMY`): the compiler makes stacks move at every
call, so none has to grow for that; a program that grows one often would take seconds."""

_FROM_OUTSIDE = (Signaled, TimedOut, OutOfMemory)
"""Endings that need not be the program's doing: somebody may kill the driver, or use up its time or memory."""
LOST = "data: a goroutine is lost"
"""What the driver says of a goroutine that does not come to an end, or that a busy machine does not let run. One that
has ended and could not say so costs no driver: the word `wire.LOST` does."""
_ZEROS = bytes(1 << 12)
_ATTEMPTS = 5
"""Times that a job is run for two of them to end alike."""
_MORE_PATIENCE = 4
"""So many times more with each of them: the first one is short, for most of what hangs does so for ever."""

_HARMLESS = re.compile(r"-l|-d=maymorestack=\S+")
"""Compiler flags that change nothing in how defer statements are kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A program of a chunk that did not do what it owes. `got`: its words, without an ending if it had none; `died`:
    how the driver ended in it, None if it went on; `said`: what the driver wrote to standard error then."""

    index: int
    got: tuple[int, ...]
    died: Ending | None
    said: str


def release_of(installed: Installed) -> tuple[int, int]:
    """(1, 22) for 1.22.10."""
    major, minor = go_line(installed.release).split(".")
    return int(major), int(minor)


class Driver:
    """The driver of a toolchain. Compiles it, so that takes some seconds. Raises `SandboxFailed`, `BadPatch`.

    `cores`: held while it runs, by no more drivers than there are cores for them."""

    def __init__(
        self,
        sandbox: Sandbox,
        installed: Installed,
        limits: Limits,
        cores: AbstractContextManager[object] = nullcontext(),  # noqa: B008  # it has no state
    ) -> None:
        self.release = release_of(installed)
        self._cores = cores
        self._sandbox = sandbox
        self._installed = installed
        own = widened(installed, limits)
        self._limits = replace(own, wall=_BUSY * own.wall)
        self._swaps = installed.toolchain.goarch in BIG_ENDIAN
        source = shapes.source(self.release, generics=installed.engine == "gc")
        files = module(go_line(installed.release), "trace", "drive", "data")
        files |= {f"data/{name}": text.encode() for name, text in source.files.items()}
        self._stamp = _stamp(installed, files)
        files["cmd/data/main.go"] = (_MAIN % self._stamp).encode()
        said = compile_whole(sandbox, installed, files)
        kept = _kept(installed)
        if kept is not None:
            _check_shapes(installed, source, said, kept)

    def run(self, chunk: Chunk, seen: Callable[[Difference], None] = lambda _: None) -> Iterator[Difference]:
        """Run all programs of a chunk; yield those that differ, in order. `seen`: called as soon as one is known, if
        need be while the driver runs again, which takes seconds, for the end of another one. What differed only in a
        run whose end was not believed is yielded, too. Raises `SandboxFailed`, `TraceDamaged`."""
        sheet = self._in_order(chunk.sheet)
        self._sandbox.put({"sheet": sheet})
        sum_of_sheet = crc32(sheet)
        first, share = 0, chunk.programs
        found: dict[int, Difference] = {}

        def find(differences: Sequence[Difference]) -> None:
            for difference in differences:
                found[difference.index] = difference
                seen(difference)

        while first < chunk.programs:
            last = min(first + share, chunk.programs)
            end = self._believed(chunk, range(first, last), sum_of_sheet, find)
            following, share = last, _LONGER * share
            differences = list(compare(chunk, range(first, last), end))
            find(differences)
            if differences and differences[-1].died is not None:
                following = differences[-1].index + 1
                share = max(_SOON, _LONGER * (following - first))
            yield from (found[index] for index in sorted(found) if first <= index < following)
            first = following

    def _believed(
        self, chunk: Chunk, which: range, sum_of_sheet: int, find: Callable[[Sequence[Difference]], None]
    ) -> CaseEnd:
        """An end of the driver that is the programs' doing: one that may have come from outside must come again, at
        the same place. Where places are unlike, more patience is shown: a busy machine makes slow programs slower."""
        seen: set[tuple[type[Ending], bytes, tuple[int, ...]]] = set()
        patience = _PATIENCE if self._installed.emulator is None else _PATIENCE_EMULATED
        for attempt in range(_ATTEMPTS):
            end = self._job(chunk, which, sum_of_sheet, int(patience * _MORE_PATIENCE ** (attempt - 1)))
            lost = _lost(chunk.owed_by(which), end)
            outside = _may_be_from_outside(end)
            what = (type(end.ending), end.trace if outside else b"", lost)
            if not (outside or lost) or what in seen:
                return end
            seen.add(what)
            if not lost:
                # What comes of a trace that is damaged, the runs to come will tell.
                with suppress(TraceDamaged):
                    find([one for one in list(compare(chunk, which, end)) if one.died is None])
        raise SandboxFailed(
            f"{self._installed.toolchain.name}: the driver was ended {_ATTEMPTS} times at unlike places, last by"
            f" {end.ending}"
        )

    def _job(self, chunk: Chunk, which: range, sum_of_sheet: int, patience: int) -> CaseEnd:
        room = chunk.begin(which.stop) - chunk.begin(which.start) + _SPARE
        limits = replace(self._limits, trace=4 * room)
        env = _alike(environment(self._installed))
        work = self._sandbox.work
        how = chunk.how | (_MOVING if "maymorestack=" in self._installed.toolchain.gcflags else 0)
        job = f"{work}/sheet:{which.start}:{which.stop}:{room}:{how}:{patience}:{self._stamp}:{sum_of_sheet}"
        argv = command(self._sandbox, self._installed, f"{work}/bin/data")
        with self._cores:
            ends = list(self._sandbox.run_batch(argv, [job], env=env, limits=limits))
        if len(ends) != 1:
            raise SandboxFailed(f"{self._installed.toolchain.name}: {len(ends)} ends of one job")
        trace = ends[0].trace if ends[0].ending == Exited(0) else _written(ends[0].trace)
        return replace(ends[0], trace=self._in_order(trace))

    def _in_order(self, raw: bytes) -> bytes:
        """Words as the driver's machine has them, from words as we have them, or the other way round."""
        if not self._swaps:
            return raw
        words = wire.from_bytes(raw)
        words.byteswap()
        return wire.as_bytes(words)


def _stamp(installed: Installed, files: Mapping[str, bytes]) -> int:
    """A number that no other driver has: of 32 bits, from all that it is made of."""
    toolchain = installed.toolchain
    whole = crc32(f"{toolchain.text}\0{installed.digest}\0{toolchain.goarch}\0{toolchain.gcflags}".encode())
    for name in sorted(files):
        whole = crc32(files[name], crc32(name.encode(), whole))
    return whole


def _alike(env: dict[str, str]) -> dict[str, str]:
    """The environment in which runs of the same programs are alike: a goroutine that is preempted by a signal at any
    instruction gets a frame more on its stack, which may then be copied, and garbage is collected only where a
    program asks for it."""
    debug = ",".join(filter(None, (env.get("GODEBUG", ""), "asyncpreemptoff=1")))
    return {**env, "GODEBUG": debug, "GOMAXPROCS": "1", "GOGC": "off"}


def compare(chunk: Chunk, which: range, end: CaseEnd) -> Iterator[Difference]:
    """Those of the job's programs that did not do what they owe; the last one `died` if the driver did. The rest
    behind that one did not run."""
    alive = end.ending == Exited(0)
    if alive and end.trace == chunk.owed_by(which):
        return
    trace = end.trace if alive else _written(end.trace)
    got = wire.from_bytes(trace)
    begun, at = chunk.begin(which.start), 0
    for index in which:
        words: tuple[int, ...] = ()
        wanted = chunk.owed[4 * begun : 4 * chunk.ends[index]]
        begun = chunk.ends[index]
        if trace.startswith(wanted, 4 * at):
            at += len(wanted) // 4
            continue
        stop = _ending_at(got, at)
        if stop is None:
            if alive:
                raise TraceDamaged(
                    f"the driver ended well, but its trace is cut in program {index} of {chunk.number}"
                )
            yield Difference(index, tuple(got[at:]), end.ending, _said(end))
            return
        words, at = tuple(got[at : stop + 1]), stop + 1
        if alive or index != which[-1]:
            yield Difference(index, words, None, "")
    if at < len(got):
        raise TraceDamaged(f"the trace of chunk {chunk.number} goes on behind the last program")
    if not alive:
        yield Difference(which[-1], words, end.ending, _said(end))


def _written(trace: bytes) -> bytes:
    """The words of a trace without the zeros behind the last one, which are most of it if the driver died early."""
    end = len(trace)
    while end and trace.endswith(_ZEROS, 0, end):
        end -= len(_ZEROS)
    return trace[: -(-len(trace[:end].rstrip(b"\0")) // 4) * 4]


def _ending_at(words: array[int], begin: int) -> int | None:
    return next((at for at in range(begin, len(words)) if words[at] >= wire.END_MARK), None)


def _lost(owed: bytes, end: CaseEnd) -> tuple[int, ...]:
    """Where in the trace programs are said to have lost a goroutine."""
    if end.ending == Exited(0) and end.trace == owed:
        return ()
    words = wire.from_bytes(end.trace)
    return tuple(at for at, word in enumerate(words) if word == wire.LOST) if wire.LOST in words else ()


def _may_be_from_outside(end: CaseEnd) -> bool:
    return isinstance(end.ending, _FROM_OUTSIDE) or LOST in _said(end)


def _said(end: CaseEnd) -> str:
    return end.stderr.decode("utf-8", errors="replace")


def _kept(installed: Installed) -> dict[str, str] | None:
    """How the compiler keeps a defer statement, by how shapes claim it, where flags make that otherwise. None if it
    is not known: it has flags of which we do not know what they change, or it does not report it."""
    flags = installed.toolchain.gcflags.split()
    if installed.engine != "gc" or any(flag != "-N" and not _HARMLESS.fullmatch(flag) for flag in flags):
        return None
    return {"open-coded": "stack-allocated"} if "-N" in flags else {}


def _check_shapes(installed: Installed, source: shapes.Source, said: str, kept: Mapping[str, str]) -> None:
    """Each shape's defer statements must be kept as it claims, or nothing is known of what was tested."""
    for file, expected in source.defers.items():
        kinds = kinds_of(f"data/{file}", said)
        for statement in expected:
            of_line = {kind.kind for kind in kinds if kind.line == statement.line}
            meant = kept.get(statement.kind, statement.kind)
            if of_line != {meant}:
                found = " and ".join(sorted(of_line)) or "not in the compiler's report"
                raise SandboxFailed(
                    f"{installed.toolchain.name}: the compiler keeps a defer statement of the driver otherwise than"
                    f" meant: {file}:{statement.line} is {found}, meant {meant}"
                )

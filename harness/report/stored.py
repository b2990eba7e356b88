"""A gate's result in one file, from which every report can be made again: gzip around lines of JSON.

    {"kind":"deferdiff run","format":1,...}     what the file is
    {"result":{...},"cases":2,"left_out":0}     the result with nothing decided, and how many comparisons follow
    {"case":{...},"decision":"fail",...}        one comparison a line, in the result's order

`format` goes up when an older reader would take a file for something that it is not. Nothing of the file is trusted:
it may have been damaged, made by another program, or sent by a stranger.

A trace is kept as its events in the wire format of `harness.trace`, so `Run.trace`, the same once more, is empty in
what is read. Comparisons with traces and output have room for `EVIDENCE` bytes; of those beyond, the least notable,
only the outcomes are kept, and `left_out` counts them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError
from pydantic_core import to_json

from harness.errors import BadRun, TraceDamaged
from harness.policy import Decision
from harness.report.result import Decided, GateResult
from harness.report.storedlines import COMPARED, FRAME, HEAD, Frame, Head, dump, from_line, to_line

NAME = "run.json.gz"
"""The file in a report directory."""
FORMAT = 1
EVIDENCE = 256 << 20
"""Bytes, unpacked, that comparisons with their traces and output may have in a file."""
_LARGEST = 1 << 30
"""Bytes that a file may unpack to."""
_LONGEST = 128 << 20
"""Bytes that a line may have. A comparison's runs write 4 MiB to a stream and 8 MiB of trace at most."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file holds. `left_out`: of how many comparisons it has neither traces nor output, for want of room."""

    result: GateResult
    left_out: int


def schema() -> dict[str, Any]:
    """The JSON schemas of the lines: the first, the second, and all others."""
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **adapter.json_schema()}
        for name, adapter in (("head", HEAD), ("frame", FRAME), ("comparison", COMPARED))
    }


# --- Writing -------------------------------------------------------------------------------------------------


def render(result: GateResult) -> bytes:
    """The whole file; the same result always gives the same bytes."""
    lines, left_out = _comparisons(result)
    frame = Frame(replace(result, decided=()), len(lines), left_out)
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=6) as file:
        file.write(dump(HEAD, Head("deferdiff run", FORMAT, result.version)))
        file.write(dump(FRAME, frame))
        file.writelines(lines)
    return packed.getvalue()


def _comparisons(result: GateResult) -> tuple[list[bytes], int]:
    """The lines of all comparisons, and how many of these go without traces and output. What is notable has the room
    first."""
    room = EVIDENCE
    left_out = 0
    lines = [b""] * len(result.decided)
    for number in sorted(range(len(lines)), key=lambda number: result.decided[number].decision is Decision.PASS):
        line = dump(COMPARED, to_line(result.decided[number], bare=False))
        if len(line) > room:
            line = dump(COMPARED, to_line(result.decided[number], bare=True))
            left_out += 1
        else:
            room -= len(line)
        lines[number] = line
    return lines, left_out


def read(path: Path) -> Stored:
    """What a stored run, or the one in a report directory, holds. Raises `BadRun`."""
    file = path / NAME if path.is_dir() else path
    try:
        with file.open("rb") as packed:
            return load(packed, str(file))
    except OSError as trouble:
        wanted = "give the report directory of a gate, or the file run.json.gz in it"
        raise BadRun(f"{file}: cannot be read: {trouble.strerror or trouble}; {wanted}") from None


def load(packed: BinaryIO, name: str) -> Stored:
    """The same from a stream; `name` is what messages call it. Raises `BadRun`, and `OSError` of the stream's own."""
    frame, lines = _opened(packed, name)
    decided = [_compared(line, number, name) for number, line in enumerate(lines, 3)]
    if len(decided) != frame.cases:
        raise BadRun(f"{name}: damaged: it ends after {len(decided)} of {frame.cases} cases; run the gate again")
    return Stored(replace(frame.result, decided=tuple(decided)), frame.left_out)


def find(packed: BinaryIO, name: str, case: str) -> Stored:
    """Likewise, with the comparison of one case and no other, or with none if there is no such case.

    The others are not looked into: of ten thousand this takes a hundredth of the time.
    """
    frame, lines = _opened(packed, name)
    begins = b'{"case":{"name":' + to_json(case) + b","
    for number, line in enumerate(lines, 3):
        if line.startswith(begins):
            return Stored(replace(frame.result, decided=(_compared(line, number, name),)), frame.left_out)
    return Stored(frame.result, frame.left_out)


def frame(packed: BinaryIO, name: str) -> Stored:
    """Likewise, with no comparison at all: who ran what, when and how."""
    of, _ = _opened(packed, name)
    return Stored(of.result, of.left_out)


def _opened(packed: BinaryIO, name: str) -> tuple[Frame, Iterator[bytes]]:
    """What stands before the comparisons, and their lines."""
    lines = _lines(packed, name)
    try:
        head = HEAD.validate_json(next(lines))
    except (ValidationError, StopIteration):
        raise BadRun(f"{name}: no stored run of deferdiff gate") from None
    if head.format != FORMAT:
        raise BadRun(
            f"{name}: written by deferdiff {' '.join(head.version.split())[:40]} in format {head.format}, and this"
            f" one reads format {FORMAT}; use that version, or run the gate again"
        )
    try:
        return FRAME.validate_json(next(lines)), lines
    except (ValueError, StopIteration):
        raise _damaged(name, 2) from None


def _compared(line: bytes, number: int, name: str) -> Decided:
    try:
        return from_line(COMPARED.validate_json(line))
    except (ValueError, TraceDamaged):
        raise _damaged(name, number) from None


def _damaged(name: str, number: int) -> BadRun:
    return BadRun(f"{name}: damaged: line {number} of it is no part of a stored run; run the gate again")


def _lines(packed: BinaryIO, name: str) -> Iterator[bytes]:
    """The lines, unpacked as they are asked for, so that a small file cannot fill the memory."""
    room = _LARGEST
    with gzip.GzipFile(fileobj=packed, mode="rb") as file:
        while True:
            try:
                line = file.readline(_LONGEST)
            except gzip.BadGzipFile:
                raise BadRun(f"{name}: no stored run of deferdiff gate, or one that is damaged") from None
            except (EOFError, zlib.error):
                raise BadRun(f"{name}: damaged: it cannot be unpacked to its end; run the gate again") from None
            if not line:
                return
            room -= len(line)
            if room < 0 or not line.endswith(b"\n"):
                raise BadRun(f"{name}: larger than a stored run can be, or damaged; run the gate again")
            yield line

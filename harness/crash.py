"""The Go runtime's last words on standard error -> how the process died.

The runtime reports its death in text alone. The report is found by its form, not by a word in it: the last block
of lines that begins with `panic: `, `fatal error: ` or a `runtime: ` note to one, up to the blank line before the
first goroutine's traceback. What the program itself printed before that is not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oracle.events import End, EndKind

CRASH_STATUS = 2
"""Exit status of a Go process that panicked or met a fatal error."""

_TRACEBACK = re.compile(r"^(goroutine \d+.* \[.*\]:|runtime stack:)$")
_FIRST = ("panic: ", "fatal error: ", "runtime: ", "SIGSEGV: ", "unexpected fault address")
_FATAL = "fatal error: "

_DEADLOCK = "all goroutines are asleep - deadlock!"
_MAIN_GOEXIT = "no goroutines (main called runtime.Goexit) - deadlock!"

_PROGRAM_FATALS = (
    "stack overflow",
    "concurrent map ",
    "sync: ",
    "runtime: out of memory",
    "out of memory",
    "runtime: cannot allocate memory",
)
"""Beginnings of fatal errors that a program brings about itself; every other one is the runtime's own failure."""


@dataclass(frozen=True, slots=True)
class CrashReport:
    """`chain`: the lines up to the first blank one, as printed. `fatal`: the fatal error's text, "" for a panic."""

    chain: tuple[str, ...]
    fatal: str

    @property
    def is_runtime_failure(self) -> bool:
        """The runtime gave up on itself, which no program may bring about."""
        known = (_DEADLOCK, _MAIN_GOEXIT, *_PROGRAM_FATALS)
        return bool(self.fatal) and not self.fatal.startswith(known)


def find_report(stderr: str) -> CrashReport | None:
    """The crash report at the end of `stderr`, None if there is none."""
    lines = stderr.splitlines()
    end = next((i for i, line in enumerate(lines) if _TRACEBACK.match(line) and _follows_blank(lines, i)), None)
    if end is None:
        end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    begin = end
    while begin and lines[begin - 1].strip():
        begin -= 1
    block = lines[begin:end]
    first = next((i for i, line in enumerate(block) if line.startswith(_FIRST)), None)
    if first is None:
        return None
    block = block[first:]
    # Go 1.26 and later list the panics that were running first and indent the fatal error below them.
    fatal = next((line.strip().removeprefix(_FATAL) for line in block if line.strip().startswith(_FATAL)), "")
    if not fatal and not any(line.startswith(("panic: ", "[signal ")) for line in block):
        return None
    return CrashReport(tuple(block), fatal)


def _follows_blank(lines: list[str], index: int) -> bool:
    return index > 0 and not lines[index - 1].strip()


def end_of(report: CrashReport) -> End:
    """The end that a report tells of."""
    text = report.chain[0] if not report.fatal else _FATAL + report.fatal
    if not report.fatal:
        return End(EndKind.PANICKED, CRASH_STATUS, text)
    kinds = {_DEADLOCK: EndKind.DEADLOCK, _MAIN_GOEXIT: EndKind.MAIN_GOEXIT}
    return End(kinds.get(report.fatal, EndKind.FATAL), CRASH_STATUS, text)

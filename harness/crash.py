"""The Go runtime's last words on standard error -> how the process died.

The runtime reports its death in text alone, below whatever the program itself wrote. The report is found by its
form, not by a word in it: the last line that begins as a death begins (`panic: `, `fatal error: `, a signal's name),
with the runtime's notes above it, and all that follows up to the blank line before the first goroutine's traceback.
A report without traceback (the last goroutine has gone) is the last block of lines.

What no form can tell: up to Go 1.22 a panic value's later lines stand as they are, so a value can hold a whole
report of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oracle.events import End, EndKind

CRASH_STATUS = 2
"""Exit status of a Go process that panicked or met a fatal error."""

_TRACEBACK = re.compile(r"(goroutine \d+.* \[.*\].*:|runtime stack:)")
_FIRST = re.compile(r"panic: |fatal error: |SIG[A-Z0-9]+: |runtime: |unexpected fault address ")
_DEATH = re.compile(r"panic: |fatal error: |SIG[A-Z0-9]+: ")
_MIDLINE = re.compile(r"(?<!\t)(panic: |fatal error: )")
_PANIC = "panic: "
_FATAL = "fatal error: "
_DETAILS = ("[signal ", "PC=")

_DEADLOCK = "all goroutines are asleep - deadlock!"
_MAIN_GOEXIT = "no goroutines (main called runtime.Goexit) - deadlock!"

_PROGRAM_FATALS = (
    "stack overflow",
    "concurrent map ",
    "sync: ",
    "go of nil func value",
    "panic while printing panic value",
    "thread exhaustion",
    "newosproc",
    "runtime.SetFinalizer: ",
    "runtime: out of memory",
    "out of memory",
    "runtime: cannot allocate memory",
    "SIGQUIT: ",
    "SIGABRT: ",
)
"""Beginnings of fatal errors that a program brings about itself; every other one is the runtime's own failure."""


@dataclass(frozen=True, slots=True)
class CrashReport:
    """`chain`: the lines before the tracebacks, as printed. `fatal`: the text of the fatal error, or the line that
    names the signal which the runtime could not make a panic of; "" for a panic."""

    chain: tuple[str, ...]
    fatal: str

    @property
    def is_runtime_failure(self) -> bool:
        """The runtime gave up on itself, which no program may bring about."""
        known = (_DEADLOCK, _MAIN_GOEXIT, *_PROGRAM_FATALS)
        return bool(self.fatal) and not self.fatal.startswith(known)


def find_report(stderr: str) -> CrashReport | None:
    """The crash report at the end of `stderr`, None if there is none."""
    lines = stderr.split("\n")
    death = next((i for i in range(len(lines) - 1, -1, -1) if _DEATH.match(lines[i])), None)
    if death is None:
        return _report_after_text(lines)
    begin = death
    while begin and lines[begin - 1].strip():
        begin -= 1
    begin = next(i for i in range(begin, death + 1) if _FIRST.match(lines[i]))
    end = _traceback(lines, death)
    if end is None:
        end = len(lines)
        if any(not line.strip() for line in "\n".join(lines[death:]).rstrip().split("\n")):
            return None
    return _report(lines[begin:end])


def _report_after_text(lines: list[str]) -> CrashReport | None:
    """The report if the program had not ended its own last line: the traceback alone shows that there is one."""
    for index, line in enumerate(lines):
        if (found := _MIDLINE.search(line)) and (end := _traceback(lines, index)) is not None:
            return _report([line[found.start() :], *lines[index + 1 : end]])
    return None


def _traceback(lines: list[str], after: int) -> int | None:
    """Where the tracebacks begin: the first one after line `after` with a blank line above it."""
    return next(
        (i for i in range(after + 2, len(lines)) if _TRACEBACK.fullmatch(lines[i]) and not lines[i - 1].strip()),
        None,
    )


def _report(lines: list[str]) -> CrashReport:
    while not lines[-1].strip():
        lines = lines[:-1]
    return CrashReport(tuple(lines), _fatal(lines))


def _fatal(lines: list[str]) -> str:
    """A fatal error begins the report or, listed below the panics that were running (Go 1.26), ends it."""
    said = [line for line in lines if not line.startswith(_DETAILS)]
    first = next(line for line in said if _DEATH.match(line))
    for line in (first, said[-1].strip()):
        if _DEATH.match(line) and not line.startswith(_PANIC):
            return line.removeprefix(_FATAL)
    return ""


def end_of(report: CrashReport) -> End:
    """The end that a report tells of."""
    if not report.fatal:
        text = next(line for line in report.chain if line.startswith(_PANIC))
        return End(EndKind.PANICKED, CRASH_STATUS, text)
    kinds = {_DEADLOCK: EndKind.DEADLOCK, _MAIN_GOEXIT: EndKind.MAIN_GOEXIT}
    text = report.fatal if _DEATH.match(report.fatal) else _FATAL + report.fatal
    return End(kinds.get(report.fatal, EndKind.FATAL), CRASH_STATUS, text)

"""One case's build and runs on one toolchain -> its outcome. Pure; the rules are `oracle`'s and the case's header's.

In this order: did it compile, do the traced run's events keep the language's rules, did it end as it may, do both
runs show what the header says, and (where no header says it) do both show the same.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from harness import constraint
from harness.crash import CRASH_STATUS, CrashReport, end_of, find_report
from harness.model import (
    Build,
    BuildFailed,
    Case,
    Conforms,
    Crashed,
    Diverges,
    Ending,
    Exited,
    Expectation,
    Inconclusive,
    Judged,
    NotApplicable,
    Outcome,
    OutOfMemory,
    OutputLimit,
    RanOutOfMemory,
    RanTooLong,
    Run,
    Signaled,
    TimedOut,
    Trace,
    Variation,
)
from harness.trace import decode
from oracle.check import Divergence, check
from oracle.events import End, EndKind, Exit, Function
from oracle.rules import Rule

EXPECTED_OUTPUT = Rule("expected-output", "Standard output is what the case's header says.", "the case's header")
EXPECTED_STATUS = Rule("expected-status", "The exit status is what the case's header says.", "the case's header")
EXPECTED_REPORT = Rule(
    "expected-crash-report", "Standard error tells of the crash as the case's header says.", "the case's header"
)
OBSERVED_ALIKE = Rule(
    "observed-alike", "A program shows the same with and without trace calls.", "its two runs on this toolchain"
)
COMPILED_ALIKE = "the compiler treats the defer statements of the traced program differently; nothing was learnt"

_ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")


@dataclass(frozen=True, slots=True)
class Release:
    """What a judge must know of a toolchain: its name for people, engine and release number."""

    name: str
    engine: str
    release: str


def judge(
    case: Case, on: Release, build: Build, functions: tuple[Function, ...], plain: Run | None, traced: Run | None
) -> Judged:
    """The outcome of `case` on a toolchain. `functions`: the traced program's table.

    Raises `TraceDamaged` if the trace does not decode (machinery: the run is to be repeated).
    """
    known = next((k for k in case.xfail if constraint.matches(k.on, on.engine, on.release)), None)
    if build.failure:
        return Judged(case, on.name, BuildFailed(build.failure), known)
    if not build.compiled_alike:
        return Judged(case, on.name, Inconclusive(COMPILED_ALIKE), known)
    if plain is None or traced is None:
        return Judged(case, on.name, Inconclusive("it was not run"), known)
    trace = read_trace(traced, functions)
    lawful = variation(case, on)
    owed = lawful.expect if lawful else case.expect
    outcome = (
        _by_rules(trace, constraint.matches(">=1.21", "gc", on.release))
        or _by_ending(plain)
        or _by_ending(traced)
        or (owed is not None and _by_header(owed, plain, len(trace.events)))
        or (owed is not None and _by_header(owed, traced, len(trace.events)))
        or _by_likeness(plain, traced, len(trace.events))
        or Conforms()
    )
    return Judged(case, on.name, outcome, known, trace, plain, traced, lawful)


def not_applicable(case: Case, on: Release) -> Judged | None:
    """The outcome of a case whose header leaves this toolchain out; None if it applies."""
    if constraint.matches(case.on, on.engine, on.release):
        return None
    return Judged(case, on.name, NotApplicable(case.on))


def variation(case: Case, on: Release) -> Variation | None:
    """The header's entry for releases that lawfully show something else, if this toolchain is one of them."""
    return next((v for v in case.differs if constraint.matches(v.on, on.engine, on.release)), None)


def read_trace(run: Run, functions: tuple[Function, ...]) -> Trace:
    """Decode a traced run's events and tell from its process how it ended."""
    cut = not isinstance(run.ending, Exited)
    events = tuple(decode(run.trace, cut=cut, functions=len(functions)))
    status = {e.status for e in events[-8:] if isinstance(e, Exit)}
    return Trace(functions, events, _end(run, status))


def _end(run: Run, given_to_exit: set[int]) -> End:
    match run.ending:
        case Exited(status=0):
            return End(EndKind.EXITED if 0 in given_to_exit else EndKind.RETURNED)
        case Exited(status=status):
            report = find_report(_text(run.stderr))
            if status == CRASH_STATUS and report is not None and status not in given_to_exit:
                return end_of(report)
            return End(EndKind.EXITED, status)
        case Signaled() | TimedOut() | OutOfMemory() | OutputLimit():
            return End(EndKind.KILLED, text=describe(run.ending))


def describe(ending: Ending) -> str:
    """An ending in words for people."""
    match ending:
        case Exited(status=status):
            return f"exit status {status}"
        case Signaled(signal=number):
            return f"signal {signal.Signals(number).name}" if number in _SIGNALS else f"signal {number}"
        case TimedOut(clock=clock, seconds=seconds):
            return f"stopped after {seconds:g} s ({clock} time)"
        case OutOfMemory(limit=limit):
            return f"out of memory at {limit >> 20} MiB"
        case OutputLimit(stream=stream, limit=limit):
            return f"wrote more than {limit >> 10} KiB to {stream}"


_SIGNALS = frozenset(int(s) for s in signal.Signals)


def _by_rules(trace: Trace, panic_nil_is_error: bool) -> Outcome | None:
    broken = check(trace.functions, trace.events, trace.end, panic_nil_is_error=panic_nil_is_error)
    return Diverges(broken) if broken else None


def _by_ending(run: Run) -> Outcome | None:
    detail = f"{run.mode.value} run: {describe(run.ending)}"
    match run.ending:
        case Signaled():
            return Crashed(detail)
        case TimedOut():
            return RanTooLong(detail)
        case OutOfMemory() | OutputLimit():
            return RanOutOfMemory(detail)
        case Exited(status=status):
            report = find_report(_text(run.stderr)) if status == CRASH_STATUS else None
            if report is not None and report.is_runtime_failure:
                return Crashed(f"{run.mode.value} run: the runtime failed: fatal error: {report.fatal}")
            return None


def _shown(run: Run) -> Expectation:
    """What the plain run showed: what the traced one must show where no header says it."""
    report = find_report(_text(run.stderr))
    stderr = "\n".join(report.chain) if report else None
    return Expectation(_text(run.stdout), _status(run), stderr)


def _by_likeness(plain: Run, traced: Run, index: int) -> Outcome | None:
    """With or without a header: the two runs show the same."""
    unlike = _by_header(_shown(plain), traced, index)
    if not isinstance(unlike, Diverges):
        return None
    broken = unlike.divergence
    return _diverges(OBSERVED_ALIKE, index, broken.got, f"{broken.owed}, as the plain run shows")


def _by_header(owed: Expectation, run: Run, index: int) -> Outcome | None:
    where = f"{run.mode.value} run"
    if (status := _status(run)) != owed.exit:
        report = find_report(_text(run.stderr))
        reason = f": {report.chain[0]}" if report else ""
        return _diverges(EXPECTED_STATUS, index, f"{where}: exit status {status}{reason}", f"exit status {owed.exit}")
    if (stdout := _text(run.stdout)) != owed.stdout:
        got, want = _first_difference(stdout, owed.stdout)
        return _diverges(EXPECTED_OUTPUT, index, f"{where}: {got}", want)
    if owed.stderr is not None:
        got, want = _first_difference(_report_text(find_report(_text(run.stderr)), run), _blur(owed.stderr))
        if got != want:
            return _diverges(EXPECTED_REPORT, index, f"{where}: {got}", want)
    return None


def _report_text(report: CrashReport | None, run: Run) -> str:
    """The crash report's chain; for a program that wrote its own words, those up to the first blank line."""
    if report is not None:
        return _blur("\n".join(report.chain))
    return _blur(_text(run.stderr).split("\n\n", 1)[0])


def _blur(text: str) -> str:
    """Addresses differ from run to run."""
    return _ADDRESS.sub("0x?", text).rstrip()


def _diverges(rule: Rule, index: int, got: str, owed: str) -> Outcome:
    return Diverges(Divergence(rule, index, got, owed))


def _first_difference(got: str, want: str) -> tuple[str, str]:
    """The first line in which two texts differ, on both sides, with its number; two equal words if none does."""
    left, right = got.splitlines(), want.splitlines()
    for number in range(max(len(left), len(right))):
        a = repr(left[number]) if number < len(left) else "the end"
        b = repr(right[number]) if number < len(right) else "the end"
        if a != b:
            return f"line {number + 1}: {a}", f"line {number + 1}: {b}"
    return ("the same", "the same") if got.rstrip("\n") == want.rstrip("\n") else ("other line ends", "the same")


def _status(run: Run) -> int:
    return run.ending.status if isinstance(run.ending, Exited) else -1


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="backslashreplace")

"""One case's build and runs on one toolchain -> its outcome. Pure; the rules are `oracle`'s and the case's header's.

In this order: did it compile, do the traced run's events keep the language's rules, did it end as it may, do both
runs show what the header says, and (where no header says it) do both show the same.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

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
    WroteTooMuch,
)
from harness.trace import decode
from oracle.check import Divergence, check
from oracle.events import End, EndKind, Event, Exit, Function
from oracle.predict import compare, predict
from oracle.rules import Rule
from oracle.settle import exit_status

EXPECTED_OUTPUT = Rule("expected-output", "Standard output is what the case's header says.", "the case's header")
EXPECTED_STATUS = Rule("expected-status", "The exit status is what the case's header says.", "the case's header")
EXPECTED_REPORT = Rule(
    "expected-crash-report", "Standard error tells of the crash as the case's header says.", "the case's header"
)
OBSERVED_ALIKE = Rule(
    "observed-alike", "A program shows the same with and without trace calls.", "its two runs on this toolchain"
)
CHECKS_AGREE = Rule(
    "checks-agree", "What is owed to a known program keeps the rules that every trace must keep.", "this project"
)
COMPILED_ALIKE = "the compiler treats the defer statements of the traced program differently; nothing was learnt"

PANICNIL = "panicnil=1"
"""The setting of GODEBUG that gives back the panic(nil) of Go 1.20."""

_LF = "\n"
_ADDRESS = re.compile(r"\b0x[0-9a-f]+\b")


@dataclass(frozen=True, slots=True)
class Release:
    """What a judge must know of a toolchain: its name for people, engine and release number, and whether it runs
    programs with `PANICNIL`."""

    name: str
    engine: str
    release: str
    panicnil: bool = False

    @property
    def panic_nil_is_error(self) -> bool:
        """Since Go 1.21 recover gives a PanicNilError after panic(nil)."""
        return not self.panicnil and constraint.matches(">=1.21", "gc", self.release)


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
    exits, index = _given_to_exit(trace.events), len(trace.events)
    shown = _Shown(plain, _crash(plain, exits)), _Shown(traced, _crash(traced, exits))
    outcome = (
        _by_rules(case, trace, on.panic_nil_is_error and PANICNIL not in case.godebug.split(","))
        or _by_ending(shown[0])
        or _by_ending(shown[1])
        or (owed is not None and _by_header(owed, shown[0], index))
        or (owed is not None and _by_header(owed, shown[1], index))
        or _by_likeness(*shown, index)
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
    return Trace(functions, events, _end(run, _given_to_exit(events)))


def _given_to_exit(events: Iterable[Event]) -> frozenset[int]:
    """The statuses with which the program called os.Exit, as its parent sees them."""
    return frozenset(exit_status(e.status) for e in events if isinstance(e, Exit))


def _crash(run: Run, exits: frozenset[int]) -> CrashReport | None:
    """The report of the crash that ended `run`, None if it did not crash. What looks like a report is the program's
    own words where it exited with that status by itself (`exits`)."""
    if run.ending != Exited(CRASH_STATUS) or CRASH_STATUS in exits:
        return None
    return find_report(_text(run.stderr))


def _end(run: Run, exits: frozenset[int]) -> End:
    match run.ending:
        case Exited(status=0):
            return End(EndKind.EXITED if 0 in exits else EndKind.RETURNED)
        case Exited(status=status):
            report = _crash(run, exits)
            return End(EndKind.EXITED, status) if report is None else end_of(report)
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


def _by_rules(case: Case, trace: Trace, panic_nil_is_error: bool) -> Outcome | None:
    """By the language's rules over events; for a known program by what they make of it, too."""
    broken = check(trace.functions, trace.events, trace.end, panic_nil_is_error=panic_nil_is_error)
    if case.lowered is not None:
        predicted = predict(case.lowered.program)
        unlike = compare(predicted, case.lowered.places, trace.functions, trace.events, trace.end)
        if broken is not None and unlike is None:
            got = f"{broken.got}, which breaks {broken.rule.name}"
            return _diverges(CHECKS_AGREE, broken.index, got, "the trace is the one that is predicted")
        broken = broken or unlike
    return Diverges(broken) if broken else None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A run and the report of its crash, if it crashed."""

    run: Run
    report: CrashReport | None

    @property
    def where(self) -> str:
        return f"{self.run.mode.value} run"

    @property
    def status(self) -> int:
        return self.run.ending.status if isinstance(self.run.ending, Exited) else -1

    @property
    def stderr(self) -> str:
        """The crash report's chain; for a program that wrote its own words, those up to the first blank line."""
        if self.report is not None:
            return "\n".join(self.report.chain)
        return _text(self.run.stderr).split("\n\n", 1)[0]


def _by_ending(shown: _Shown) -> Outcome | None:
    detail = f"{shown.where}: {describe(shown.run.ending)}"
    match shown.run.ending:
        case Signaled():
            return Crashed(detail)
        case TimedOut():
            return RanTooLong(detail)
        case OutOfMemory():
            return RanOutOfMemory(detail)
        case OutputLimit():
            return WroteTooMuch(detail)
        case Exited():
            if shown.report is not None and shown.report.is_runtime_failure:
                return Crashed(f"{shown.where}: the runtime failed: {end_of(shown.report).text}")
            return None


def _by_likeness(plain: _Shown, traced: _Shown, index: int) -> Outcome | None:
    """With or without a header: the two runs show the same."""
    owed = Expectation(_text(plain.run.stdout), plain.status, plain.stderr if plain.report else None)
    unlike = _by_header(owed, traced, index)
    if unlike is None:
        return None
    broken = unlike.divergence
    return _diverges(OBSERVED_ALIKE, index, broken.got, f"{broken.owed}, as the plain run shows")


def _by_header(owed: Expectation, shown: _Shown, index: int) -> Diverges | None:
    if shown.status != owed.exit:
        reason = f": {shown.report.chain[0]}" if shown.report else ""
        got = f"{shown.where}: exit status {shown.status}{reason}"
        return _diverges(EXPECTED_STATUS, index, got, f"exit status {owed.exit}")
    if (stdout := _text(shown.run.stdout)) != owed.stdout:
        got, want = _first_difference("standard output", stdout, owed.stdout)
        return _diverges(EXPECTED_OUTPUT, index, f"{shown.where}: {got}", want)
    if owed.stderr is not None and (stderr := _blur(shown.stderr)) != (chain := _blur(owed.stderr)):
        got, want = _first_difference("standard error", stderr, chain)
        return _diverges(EXPECTED_REPORT, index, f"{shown.where}: {got}", want)
    return None


def _blur(text: str) -> str:
    """Addresses differ from run to run; a header may leave out the last line end."""
    return _ADDRESS.sub("0x?", text).rstrip() + "\n"


def _diverges(rule: Rule, index: int, got: str, owed: str) -> Diverges:
    return Diverges(Divergence(rule, index, got, owed))


def _first_difference(stream: str, got: str, want: str) -> tuple[str, str]:
    """Where two unequal texts differ first: what came on `stream`, and what was owed there. Lines count from 1."""
    left, right = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (got, want))
    at = next(i for i, (a, b) in enumerate(zip_longest(left, right)) if a != b)
    after = f"after line {at}" if at else ""
    came = f"{stream} {_line(left, at)}" if at < len(left) else f"{stream} {f'ends {after}' if at else 'is empty'}"
    owed = _line(right, at) if at < len(right) else f"nothing {after}".strip()
    return came, owed


def _line(lines: Sequence[str], at: int) -> str:
    line = lines[at]
    return f"line {at + 1}: {line.removesuffix(_LF)!r}{'' if line.endswith(_LF) else ' without line end'}"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="backslashreplace")

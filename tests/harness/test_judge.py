"""Every way to an outcome, in the order in which they are looked for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.errors import TraceDamaged
from harness.judge import COMPILED_ALIKE, Release, describe, judge, not_applicable, read_trace
from harness.model import (
    Build,
    BuildFailed,
    Case,
    Conforms,
    Crashed,
    DeferKind,
    Diverges,
    Ending,
    Exited,
    Expectation,
    Inconclusive,
    Judged,
    KnownFault,
    Mode,
    NotApplicable,
    OutOfMemory,
    OutputLimit,
    RanOutOfMemory,
    RanTooLong,
    Run,
    Signaled,
    TimedOut,
    Variation,
    WroteTooMuch,
)
from oracle.events import End, EndKind, Function
from tests.harness.fake import RETURNED, TRACE, case

ON = Release("post", "gc", "1.22.10")
FUNCTIONS = (Function("main", 1, 9), Function("main.func1", 2, 4))
BUILD = Build("order/lifo")
TRACEBACK = b"\ngoroutine 1 [running]:\nmain.main()\n\t/case.go:3 +0x34\n"
BOOM = b"panic: boom\n" + TRACEBACK
DEADLOCK = b"fatal error: all goroutines are asleep - deadlock!\n" + TRACEBACK
THROW = b"fatal error: recovery failed\n" + TRACEBACK

ENTER = b"E 1 1 0 s 0 0 0\n"
PANICS = ENTER + b'P 1 1 3 "\\"boom\\""\n'
LOST = ENTER + b"D 1 1 2 1 literal:1\nT 1 1 9\n"

Kinds = dict[Mode, tuple[DeferKind, ...]]


def run(mode: Mode, ending: Ending = RETURNED, stdout: bytes = b"", stderr: bytes = b"", trace: bytes = TRACE) -> Run:
    return Run("order/lifo", mode, ending, stdout, stderr, trace if mode is Mode.TRACED else b"", 0.1)


def both(
    ending: Ending = RETURNED, stdout: bytes = b"", stderr: bytes = b"", trace: bytes = TRACE
) -> tuple[Run, Run]:
    return run(Mode.PLAIN, ending, stdout, stderr), run(Mode.TRACED, ending, stdout, stderr, trace)


def judged(runs: tuple[Run, Run], of: Case | None = None, build: Build = BUILD, on: Release = ON) -> Judged:
    return judge(of or case(), on, build, FUNCTIONS, *runs)


def expecting(stdout: str = "", exit: int = 0, stderr: str | None = None) -> Case:
    return replace(case(), expect=Expectation(stdout, exit, stderr))


def broken(found: Judged) -> tuple[str, str, str]:
    assert isinstance(found.outcome, Diverges), found.outcome
    divergence = found.outcome.divergence
    return divergence.rule.name, divergence.got, divergence.owed


# --- Before anything ran ----------------------------------------------------------------------------------


def test_a_build_failure() -> None:
    found = judge(case(), ON, Build("order/lifo", "order/lifo.go:1:1: no"), (), None, None)
    assert found == Judged(case(), "post", BuildFailed("order/lifo.go:1:1: no"))


def test_defer_statements_that_were_compiled_unlike() -> None:
    kinds: Kinds = {Mode.PLAIN: (DeferKind(2, "open-coded"),), Mode.TRACED: (DeferKind(2, "stack-allocated"),)}
    found = judged(both(), build=Build("order/lifo", "", kinds))
    assert found == Judged(case(), "post", Inconclusive(COMPILED_ALIKE))


def test_defer_statements_that_were_compiled_alike() -> None:
    kinds: Kinds = dict.fromkeys(Mode, (DeferKind(2, "open-coded"),))
    assert judged(both(), build=Build("order/lifo", "", kinds)).outcome == Conforms()


@pytest.mark.parametrize("missing", [0, 1])
def test_a_case_that_was_not_run(missing: int) -> None:
    runs: list[Run | None] = list(both())
    runs[missing] = None
    assert judge(case(), ON, BUILD, FUNCTIONS, *runs).outcome == Inconclusive("it was not run")


def test_a_damaged_trace_is_no_outcome() -> None:
    with pytest.raises(TraceDamaged):
        judged(both(trace=TRACE + b"T 1"))


def test_a_trace_beyond_the_table_is_damaged() -> None:
    with pytest.raises(TraceDamaged, match="no function 2: the table has 2"):
        judged(both(trace=b"E 1 1 2 s 0 0 0\n"))


def test_a_case_that_does_not_apply() -> None:
    of = case(on="gc <1.22")
    assert not_applicable(of, ON) == Judged(of, "post", NotApplicable("gc <1.22"))
    assert not_applicable(of, replace(ON, release="1.21.13")) is None


# --- Known faults and lawful differences ------------------------------------------------------------------

FAULT = KnownFault("<1.22", "it loses the call", "https://go.dev/issue/43942")


@pytest.mark.parametrize(("release", "known"), [("1.21.13", FAULT), ("1.22.10", None)])
@pytest.mark.parametrize("failure", ["", "it does not compile"])
def test_a_known_fault_is_one_of_its_releases_only(release: str, known: KnownFault | None, failure: str) -> None:
    of = replace(case(), xfail=(FAULT,))
    found = judged(both(), of, Build("order/lifo", failure), replace(ON, release=release))
    assert found.known == known
    assert found.unexpected_pass == (known is not None and not failure)


def test_the_first_known_fault_that_matches_counts() -> None:
    other = replace(FAULT, on="<1.23", reason="another")
    assert judged(both(), replace(case(), xfail=(FAULT, other))).known == other


def test_the_first_lawful_difference_that_matches_counts() -> None:
    old = Variation("<1.22", Expectation("old\n"), "why")
    new = Variation(">=1.22", Expectation("new\n"), "why")
    newer = Variation(">=1.21", Expectation("newer\n"), "why")
    of = replace(expecting("else\n"), differs=(old, new, newer))
    assert judged(both(stdout=b"new\n"), of).outcome == Conforms()
    assert judged(both(stdout=b"new\n"), of).lawful == new
    assert broken(judged(both(stdout=b"old\n"), of)) == (
        "expected-output",
        "plain run: standard output line 1: 'old'",
        "line 1: 'new'",
    )
    assert judged(both(stdout=b"old\n"), of, on=replace(ON, release="1.20")).outcome == Conforms()
    assert judged(both(stdout=b"else\n"), of, on=replace(ON, release="1.20")).outcome != Conforms()


def test_where_nothing_differs_the_cases_own_expectation_holds() -> None:
    of = replace(expecting("else\n"), differs=(Variation("<1.22", Expectation("old\n"), "why"),))
    found = judged(both(stdout=b"else\n"), of)
    assert (found.outcome, found.lawful) == (Conforms(), None)


# --- Endings ----------------------------------------------------------------------------------------------

ENDINGS = [
    (Signaled(9), Crashed("{} run: signal SIGKILL")),
    (Signaled(77), Crashed("{} run: signal 77")),
    (TimedOut("wall", 10.0), RanTooLong("{} run: stopped after 10 s (wall time)")),
    (TimedOut("cpu", 2.5), RanTooLong("{} run: stopped after 2.5 s (cpu time)")),
    (OutOfMemory(512 << 20), RanOutOfMemory("{} run: out of memory at 512 MiB")),
    (OutputLimit("stderr", 4 << 20), WroteTooMuch("{} run: wrote more than 4096 KiB to stderr")),
]


@pytest.mark.parametrize(("ending", "outcome"), ENDINGS)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("of", [case(), expecting()])
def test_an_ending_from_outside(ending: Ending, outcome: Crashed, mode: Mode, of: Case) -> None:
    plain, traced = both()
    if mode is Mode.PLAIN:
        plain = replace(plain, ending=ending)
    else:
        traced = replace(traced, ending=ending, trace=TRACE + b"T 1")  # cut by the ending
    found = judged((plain, traced), of)
    assert found.outcome == type(outcome)(outcome.detail.format(mode.value))
    assert (found.plain, found.traced) == (plain, traced)


def test_what_a_cut_trace_shows_counts_for_more_than_the_cut() -> None:
    twice = LOST + b"E 1 2 1 c 5 1 0\nT 1 2 4\nE 1 3 1 c 5 1 0\n"
    rule, _, _ = broken(judged((run(Mode.PLAIN), run(Mode.TRACED, TimedOut("wall", 10), trace=twice + b"T"))))
    assert rule == "deferred-call-twice"


def test_every_exit_status_in_words() -> None:
    assert describe(Exited(3)) == "exit status 3"


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (THROW, "fatal error: recovery failed"),
        (b"SIGSEGV: segmentation violation\nPC=0x0 m=0 sigcode=1\n" + TRACEBACK, "SIGSEGV: segmentation violation"),
        (b"panic: boom\n\tfatal error: morestack on g0\n" + TRACEBACK, "fatal error: morestack on g0"),
    ],
)
def test_the_runtimes_own_failure(mode: Mode, stderr: bytes, words: str) -> None:
    plain, traced = both()
    if mode is Mode.PLAIN:
        plain = replace(plain, ending=Exited(2), stderr=stderr)
    else:
        traced = replace(traced, ending=Exited(2), stderr=stderr)
    assert judged((plain, traced)).outcome == Crashed(f"{mode.value} run: the runtime failed: {words}")


def test_the_runtimes_failure_counts_for_more_than_the_header() -> None:
    assert isinstance(judged(both(Exited(2), b"", THROW, ENTER), expecting(exit=2)).outcome, Crashed)


@pytest.mark.parametrize(
    ("trace", "stderr", "exit_status"),
    [
        (TRACE, b"", 0),
        (PANICS, BOOM, 2),
        (ENTER, DEADLOCK, 2),
        (ENTER + b"X 1 1 3\n", b"fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n", 2),
        (ENTER, b"runtime: goroutine stack exceeds\nfatal error: stack overflow\n" + TRACEBACK, 2),
        (ENTER + b"Q 1 1 3 3\n", b"", 3),
        (ENTER + b"Q 1 1 3 0\n", b"", 0),
        (ENTER + b"Q 1 1 3 -1\n", b"", 255),
        (ENTER + b"Q 1 1 3 256\n", b"", 0),
        (ENTER + b'D 1 1 3 1 exit::"-2"\nT 1 1 3\n', b"", 254),
    ],
)
def test_ends_that_conform(trace: bytes, stderr: bytes, exit_status: int) -> None:
    found = judged(both(Exited(exit_status), b"", stderr, trace), expecting(exit=exit_status))
    assert found.outcome == Conforms()
    assert found.trace is not None


# --- How the process ended: a crash, or an exit ------------------------------------------------------------


@pytest.mark.parametrize(
    ("trace", "ending", "stderr", "end"),
    [
        (TRACE, Exited(0), b"", End(EndKind.RETURNED)),
        (TRACE, Exited(0), BOOM, End(EndKind.RETURNED)),
        (ENTER + b"Q 1 1 3 0\n", Exited(0), b"", End(EndKind.EXITED)),
        (ENTER + b"Q 1 1 3 256\n", Exited(0), b"", End(EndKind.EXITED)),
        (ENTER + b"Q 1 1 3 1\n", Exited(1), b"", End(EndKind.EXITED, 1)),
        (PANICS, Exited(2), BOOM, End(EndKind.PANICKED, 2, "panic: boom")),
        (PANICS, Exited(1), BOOM, End(EndKind.EXITED, 1)),
        (PANICS, Exited(2), b"panic!\n", End(EndKind.EXITED, 2)),
        (ENTER, Exited(2), DEADLOCK, End(EndKind.DEADLOCK, 2, DEADLOCK.decode().partition("\n")[0])),
        # The program's own exit, with text that looks like a report.
        (ENTER + b"Q 1 1 3 2\n", Exited(2), BOOM, End(EndKind.EXITED, 2)),
        (ENTER + b"Q 1 1 3 2\n", Exited(2), THROW, End(EndKind.EXITED, 2)),
        (ENTER + b"Q 1 1 3 258\n", Exited(2), BOOM, End(EndKind.EXITED, 2)),
        # Another goroutine writes on until the exit ends it.
        (ENTER + b"Q 1 1 3 2\n" + b"X 9 9 9\n" * 50, Exited(2), BOOM, End(EndKind.EXITED, 2)),
        # An exit with another status, overtaken by a crash.
        (ENTER + b"Q 1 1 3 1\n", Exited(2), BOOM, End(EndKind.PANICKED, 2, "panic: boom")),
        (TRACE + b"T 1", Signaled(9), b"", End(EndKind.KILLED, text="signal SIGKILL")),
        (TRACE + b"T 1", OutputLimit("trace", 1024), b"", End(EndKind.KILLED, text="wrote more than 1 KiB to trace")),
    ],
)
def test_the_end_of_a_process(trace: bytes, ending: Ending, stderr: bytes, end: End) -> None:
    assert read_trace(run(Mode.TRACED, ending, b"", stderr, trace), FUNCTIONS).end == end


def test_an_exit_with_the_status_of_crashes_and_their_words_conforms() -> None:
    for words in (BOOM, THROW, b"fatal error: no such file\n"):
        runs = both(Exited(2), b"", words, ENTER + b"Q 1 1 3 2\n")
        assert judged(runs).outcome == Conforms()
        assert judged(runs, expecting(exit=2, stderr=words.decode().partition("\n\n")[0])).outcome == Conforms()


def test_a_crash_that_nothing_in_the_trace_explains() -> None:
    rule, got, owed = broken(judged(both(Exited(2), b"", b"no report\n")))
    assert (rule, got, owed) == (
        "process-end",
        "the process exited with status 2",
        "the process goes on: nothing called os.Exit",
    )


def test_a_broken_rule() -> None:
    rule, got, owed = broken(judged(both(trace=LOST)))
    assert (rule, got) == ("deferred-call-lost", "main returned")
    assert owed == "deferred call main.func1 (line 2 of main)"


@pytest.mark.parametrize(
    ("release", "own", "run_with", "value"),
    [
        ("1.20.14", "", False, "nil"),
        ("1.21.13", "", False, "error"),
        ("1.21.13", "", True, "nil"),
        ("1.21.13", "x=1,panicnil=1", False, "nil"),
        ("1.21.13", "panicnil=0", False, "error"),
    ],
)
def test_what_panic_of_nil_means_is_the_choice_of_release_and_settings(
    release: str, own: str, run_with: bool, value: str
) -> None:
    """`own`: settings that the case makes for itself; `run_with`: whether it is run with the setting."""
    text = {
        "nil": "nil",
        "error": "runtime error: panic called with nil argument (use GODEBUG=panicnil=1 to disable)",
    }
    for given, recovered in text.items():
        trace = (
            ENTER
            + b'D 1 1 2 1 literal:1\nP 1 1 3 "nil"\nE 1 2 1 p 0 1 0\n'
            + f'R 1 2 3 "{recovered}"\nT 1 2 4\n'.encode()
        )
        on = replace(ON, release=release, panicnil=run_with)
        found = judged(both(trace=trace), replace(case(), godebug=own), on=on)
        assert isinstance(found.outcome, Conforms) == (given == value)


# --- The header -------------------------------------------------------------------------------------------


def unlike(mode: Mode, runs: tuple[Run, Run], **changes: object) -> tuple[Run, Run]:
    plain, traced = runs
    if mode is Mode.PLAIN:
        return replace(plain, **changes), traced  # type: ignore[arg-type]
    return plain, replace(traced, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("stdout", "got", "owed"),
    [
        (b"one\nTWO\n", "standard output line 2: 'TWO'", "line 2: 'two'"),
        (b"one\n", "standard output ends after line 1", "line 2: 'two'"),
        (b"", "standard output is empty", "line 1: 'one'"),
        (b"one\ntwo\nthree\n", "standard output line 3: 'three'", "nothing after line 2"),
        (b"one\ntwo\n\n", "standard output line 3: ''", "nothing after line 2"),
        (b"one\ntwo", "standard output line 2: 'two' without line end", "line 2: 'two'"),
        (b"one\r\ntwo\n", "standard output line 1: 'one\\r'", "line 1: 'one'"),
        (b"one\rtwo\n", "standard output line 1: 'one\\rtwo'", "line 1: 'one'"),
        (b"one\ntw\xff\n", "standard output line 2: 'tw\\\\xff'", "line 2: 'two'"),
    ],
)
def test_another_output(mode: Mode, stdout: bytes, got: str, owed: str) -> None:
    runs = unlike(mode, both(stdout=b"one\ntwo\n"), stdout=stdout)
    assert judged(both(stdout=b"one\ntwo\n"), expecting("one\ntwo\n")).outcome == Conforms()
    assert broken(judged(runs, expecting("one\ntwo\n"))) == ("expected-output", f"{mode.value} run: {got}", owed)


def test_output_where_none_is_owed() -> None:
    assert broken(judged(both(stdout=b"one\n"), expecting())) == (
        "expected-output",
        "plain run: standard output line 1: 'one'",
        "nothing",
    )


def test_another_status() -> None:
    runs = both(Exited(3), trace=ENTER + b"Q 1 1 3 3\n")
    assert broken(judged(runs, expecting(exit=4))) == (
        "expected-status",
        "plain run: exit status 3",
        "exit status 4",
    )


def test_another_status_of_the_traced_run_alone() -> None:
    runs = run(Mode.PLAIN, Exited(3)), run(Mode.TRACED, Exited(0))
    assert broken(judged(runs, expecting(exit=3)))[1] == "traced run: exit status 0"


def test_a_status_is_told_with_the_crash_that_made_it() -> None:
    assert broken(judged(both(Exited(2), b"", BOOM, PANICS), expecting())) == (
        "expected-status",
        "plain run: exit status 2: panic: boom",
        "exit status 0",
    )


@pytest.mark.parametrize("mode", Mode)
def test_another_crash_report(mode: Mode) -> None:
    of = expecting(exit=2, stderr="panic: one\n\tpanic: two\n")
    runs = both(Exited(2), b"", b"note\n\npanic: one\n\tpanic: two\n" + TRACEBACK, PANICS)
    assert judged(runs, of).outcome == Conforms()
    for chain, got, owed in [
        (b"panic: one\n\tpanic: three\n", "standard error line 2: '\\tpanic: three'", "line 2: '\\tpanic: two'"),
        (b"panic: one\n", "standard error ends after line 1", "line 2: '\\tpanic: two'"),
    ]:
        changed = unlike(mode, runs, stderr=chain + TRACEBACK)
        assert broken(judged(changed, of)) == ("expected-crash-report", f"{mode.value} run: {got}", owed)


def test_addresses_in_a_crash_report_are_no_difference() -> None:
    of = expecting(exit=2, stderr="panic: (*main.T) 0xc000012345")
    assert judged(both(Exited(2), b"", b"panic: (*main.T) 0x1b2f\n" + TRACEBACK, PANICS), of).outcome == Conforms()


def test_a_header_may_say_what_a_program_writes_before_it_exits() -> None:
    runs = both(Exited(1), b"", b"usage: prog\n\nmore\n", ENTER + b"Q 1 1 3 1\n")
    assert judged(runs, expecting(exit=1, stderr="usage: prog\n")).outcome == Conforms()
    assert broken(judged(runs, expecting(exit=1, stderr="usage: other\n")))[0] == "expected-crash-report"


def test_a_report_is_looked_for_only_where_the_process_crashed() -> None:
    runs = both(Exited(1), b"", b"first\npanic: at the disco\n", ENTER + b"Q 1 1 3 1\n")
    assert judged(runs, expecting(exit=1, stderr="first\npanic: at the disco\n")).outcome == Conforms()


def test_a_header_that_says_nothing_of_standard_error_leaves_it_free() -> None:
    assert judged(both(stderr=b"anything\n"), expecting()).outcome == Conforms()


# --- No header: both runs show the same --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plain", "traced", "got", "owed"),
    [
        (
            run(Mode.PLAIN, stdout=b"a\n"),
            run(Mode.TRACED, stdout=b"b\n"),
            "standard output line 1: 'b'",
            "line 1: 'a'",
        ),
        (
            run(Mode.PLAIN, Exited(1)),
            run(Mode.TRACED, Exited(3), trace=ENTER + b"Q 1 1 3 3\n"),
            "exit status 3",
            "exit status 1",
        ),
        (
            run(Mode.PLAIN, Exited(2), stderr=BOOM),
            run(Mode.TRACED, Exited(2), stderr=BOOM.replace(b"boom", b"bang"), trace=PANICS),
            "standard error line 1: 'panic: bang'",
            "line 1: 'panic: boom'",
        ),
    ],
)
def test_two_runs_that_show_unlike_things(plain: Run, traced: Run, got: str, owed: str) -> None:
    found = judged((plain, traced))
    assert broken(found) == ("observed-alike", f"traced run: {got}", f"{owed}, as the plain run shows")
    assert isinstance(found.outcome, Diverges)
    assert found.outcome.divergence.index == traced.trace.count(b"\n")


def test_two_runs_that_show_the_same() -> None:
    plain, traced = both(Exited(2), b"out\n", BOOM, PANICS)
    elsewhere = re.sub(rb"0x34", b"0x99", traced.stderr)
    assert judged((plain, replace(traced, stderr=elsewhere))).outcome == Conforms()


def test_a_header_that_leaves_the_crash_report_free_leaves_it_alike() -> None:
    runs = unlike(Mode.TRACED, both(Exited(2), b"", BOOM, PANICS), stderr=BOOM.replace(b"boom", b"bang"))
    assert broken(judged(runs, expecting(exit=2)))[0] == "observed-alike"

"""Crash reports of the releases, and text that only looks like one."""

from __future__ import annotations

import pytest

from harness.crash import CrashReport, end_of, find_report
from oracle.events import End, EndKind

TRACEBACK = """
goroutine 1 [running]:
main.main.func1()
\t/cases/case.go:3 +0x34
panic({0x483b00?, 0x4b3db0?})
\t/go/src/runtime/panic.go:914 +0x21f
main.main()
\t/cases/case.go:3 +0x85

goroutine 7 gp=0xc000007880 m=nil [select (no cases)]:
main.main.func2()
\t/cases/case.go:3 +0xf
created by main.main in goroutine 1
\t/cases/case.go:3 +0x5d
"""
STACK = """
runtime stack:
runtime.throw({0x46ed41?, 0x0?})
\t/go/src/runtime/panic.go:1023 +0x5c fp=0x7ffd86949ff8 sp=0x7ffd86949fc8 pc=0x42ec9c
"""
DEADLOCK = "all goroutines are asleep - deadlock!"
MAIN_GOEXIT = "no goroutines (main called runtime.Goexit) - deadlock!"


def found(stderr: str) -> CrashReport:
    report = find_report(stderr)
    assert report is not None
    return report


# --- Uncaught panics --------------------------------------------------------------------------------------

PANICS = {
    "one": "panic: boom",
    "chain": "panic: one\n\tpanic: two\n\tpanic: three",
    "recovered": "panic: boom [recovered]\n\tpanic: boom",
    "recovered and raised again (Go 1.25)": "panic: boom [recovered, repanicked]",
    "a value of several lines": "panic: one\n\ttwo\n\tpanic: three",
    "a value of several lines (up to Go 1.22)": "panic: one\ntwo\n\tpanic: three\nfour",
    "a value with a blank line (up to Go 1.22)": "panic: one\n\ntwo [recovered]\n\tpanic: three",
    "a value with a traceback (up to Go 1.22)": "panic: one\nat\ngoroutine 7 [running]:\nmain.f()",
    "a value with a carriage return": "panic: one\rtwo\r",
    "a value with other separators": "panic: one\x0btwo\x0cthree\u2028four\x85",
    "an error": "panic: main.E{} [recovered]\n\tpanic: (*main.T) 0xc000012345",
    "a run-time error": (
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45d1a7]"
    ),
    "a run-time error below": "panic: one\n\tpanic: runtime error: index\n[signal SIGSEGV: x code=0x1]",
    "a value that speaks of a fatal error": "panic: one\n\tfatal error: two\n\tthree",
}


@pytest.mark.parametrize("text", PANICS.values(), ids=PANICS)
@pytest.mark.parametrize("before", ["", "hello\n\n", "goroutine 1 [running]:\n\n"])
@pytest.mark.parametrize("traceback", [TRACEBACK, TRACEBACK.replace("[running]", "[running, locked to thread]")])
def test_an_uncaught_panic(text: str, before: str, traceback: str) -> None:
    report = found(before + text + "\n" + traceback)
    assert report == CrashReport(tuple(text.split("\n")), "")
    assert not report.is_runtime_failure
    assert end_of(report) == End(EndKind.PANICKED, 2, text.partition("\n")[0])


def test_labels_of_the_goroutine_stand_in_its_traceback() -> None:
    assert found('panic: boom\n\ngoroutine 1 [running] {"job": "a b"}:\nmain.main()\n').chain == ("panic: boom",)


@pytest.mark.parametrize("text", ["panic: boom", "panic: one\n\tpanic: two"])
def test_a_report_without_traceback(text: str) -> None:
    assert found(f"hello\n\n{text}\n").chain == tuple(text.split("\n"))
    assert found(text).chain == tuple(text.split("\n"))


# --- Fatal errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (DEADLOCK, EndKind.DEADLOCK),
        (MAIN_GOEXIT, EndKind.MAIN_GOEXIT),
        ("stack overflow", EndKind.FATAL),
        ("concurrent map writes", EndKind.FATAL),
        ("sync: unlock of unlocked mutex", EndKind.FATAL),
        ("go of nil func value", EndKind.FATAL),
        ("panic while printing panic value: in Error", EndKind.FATAL),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "fatal error: {fatal}\n" + TRACEBACK,
        "fatal error: {fatal}\n",  # no goroutine is left to show
        "panic: boom\n\tfatal error: {fatal}\n" + TRACEBACK,  # Go 1.26
        "panic: one\n\tpanic: two [recovered]\n\tfatal error: {fatal}\n" + TRACEBACK,
        "runtime: a note\nfatal error: {fatal}\n" + STACK + TRACEBACK,
        "said before\n\nfatal error: {fatal}\n" + TRACEBACK,
    ],
)
def test_a_fatal_error_that_a_program_may_bring_about(text: str, kind: EndKind, form: str) -> None:
    report = found(form.replace("{fatal}", text))
    assert report.fatal == text
    assert not report.is_runtime_failure
    assert end_of(report) == End(kind, 2, f"fatal error: {text}")


def test_a_stack_overflow_with_its_notes() -> None:
    notes = "runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0xc0200e0388 stack=[0xc0200e0000]"
    report = found(f"descending\n{notes}\nfatal error: stack overflow\n{STACK}{TRACEBACK}")
    assert report.chain == (*notes.split("\n"), "fatal error: stack overflow")
    assert report.fatal == "stack overflow"


def test_two_threads_may_meet_the_same_fatal_error() -> None:
    twice = "fatal error: concurrent map writes\n" * 2
    assert found(twice + TRACEBACK).fatal == "concurrent map writes"


@pytest.mark.parametrize(
    ("text", "fatal"),
    [
        ("fatal error: recovery failed", "recovery failed"),
        ("fatal error: unexpected gp.param", "unexpected gp.param"),
        ("runtime: bad pointer in frame main.f at 0xc000\nfatal error: invalid pointer", "invalid pointer"),
        ("unexpected fault address 0x1234567000\nfatal error: fault\n[signal SIGSEGV: x code=0x1]", "fault"),
        (
            "fatal error: unexpected signal during runtime execution\n[signal SIGSEGV: x code=0x1]",
            "unexpected signal during runtime execution",
        ),
        ("panic: boom\n\tfatal error: morestack on g0", "morestack on g0"),
        ("SIGSEGV: segmentation violation\nPC=0x0 m=0 sigcode=1 addr=0x0", "SIGSEGV: segmentation violation"),
        ("panic: boom\nSIGBUS: bus error\nPC=0x402aee m=0 sigcode=0", "SIGBUS: bus error"),
    ],
)
def test_the_runtimes_own_failure(text: str, fatal: str) -> None:
    report = found(f"{text}\n{TRACEBACK}")
    assert report.chain == tuple(text.split("\n"))
    assert report.fatal == fatal
    assert report.is_runtime_failure
    assert end_of(report).kind is EndKind.FATAL


def test_a_signal_that_a_program_sends_to_itself_is_no_failure_of_the_runtime() -> None:
    report = found(f"SIGQUIT: quit\nPC=0x402aee m=0 sigcode=0\n{TRACEBACK}")
    assert not report.is_runtime_failure
    assert end_of(report) == End(EndKind.FATAL, 2, "SIGQUIT: quit")


def test_a_failure_in_the_middle_of_a_report_is_the_last_word() -> None:
    broken = "runtime: g 1: unexpected return pc for main.f called from 0x0\nfatal error: unknown caller pc\n"
    report = found(f"panic: boom\n{TRACEBACK}{broken}{STACK}")
    assert report.fatal == "unknown caller pc"
    assert report.is_runtime_failure


# --- What the program itself wrote ------------------------------------------------------------------------

FAKES = {
    "a line": "panic: not yet\n\n",
    "a fatal error": "fatal error: not yet\n\n",
    "a report": "panic: not yet\n" + TRACEBACK + "\n",
    "a traceback": TRACEBACK + "\n",
    "a traceback twice": "\n" + TRACEBACK + TRACEBACK + "\n",
    "a note": "runtime: not yet\n\n",
    "a signal": "[signal SIGSEGV: not yet]\n\n",
}


@pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)
@pytest.mark.parametrize(
    ("text", "traceback"),
    [("panic: boom", TRACEBACK), ("panic: a\n\tpanic: b", TRACEBACK), (f"fatal error: {MAIN_GOEXIT}", "")],
)
def test_text_that_looks_like_a_report_above_the_report(fake: str, text: str, traceback: str) -> None:
    assert found(f"{fake}{text}\n{traceback}").chain == tuple(text.split("\n"))


def test_text_right_above_the_report_is_no_part_of_it() -> None:
    assert found(f"said before\nmore\npanic: boom\n{TRACEBACK}").chain == ("panic: boom",)
    assert found(f"said before\npanic: one\n\ntwo\n{TRACEBACK}").chain == ("panic: one", "", "two")


@pytest.mark.parametrize("text", ["panic: boom", "panic: one\n\tpanic: two", f"fatal error: {DEADLOCK}"])
def test_a_report_right_behind_text_without_line_end(text: str) -> None:
    assert found(f"first\nprogress...{text}\n{TRACEBACK}").chain == tuple(text.split("\n"))


@pytest.mark.parametrize(
    "stderr",
    [
        "",
        "\n",
        "hello\n",
        "note: panic: boom\n",
        "\tpanic: boom\n",
        "panic:boom\n",
        "panic: boom\n\nand on it goes\n",
        "fatal error: no file\n\nusage: prog\n",
        "[signal SIGSEGV: segmentation violation]\n",
        "runtime: a note\n",
        TRACEBACK,
        f"hello\n{TRACEBACK}",
        f"runtime: a note\n{TRACEBACK}",
        "Panic: boom\n" + TRACEBACK,
    ],
)
def test_no_report(stderr: str) -> None:
    assert find_report(stderr) is None

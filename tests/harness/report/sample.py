"""A gate's result with one comparison of every sort, made by hand; times and digests are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.acceptance import Acceptance, Reviewed
from harness.difference import difference
from harness.judge import EXPECTED_OUTPUT
from harness.model import (
    BuildFailed,
    Case,
    Comparison,
    Conforms,
    Crashed,
    Diverges,
    Exited,
    Inconclusive,
    Installed,
    Judged,
    KnownFault,
    Mode,
    NotApplicable,
    Outcome,
    Patch,
    Run,
    Toolchain,
    Trace,
    Variation,
    Verdict,
)
from harness.model import Expectation as Expect
from harness.policy import Policy
from harness.report.result import GateResult, decide_all
from oracle import rules
from oracle.check import Divergence, check
from oracle.events import Callee, CalleeKind, Defer, End, EndKind, Enter, Event, Function, Panic, Recover, Return, Via

SOURCE = """\
/*
title: A recovery with defers still pending
owes: The deferred calls that are pending when f's panic is recovered still run.
source: https://go.dev/ref/spec#Handling_panics
*/
package main

import "fmt"

func f(third bool) {
	defer func() {
		fmt.Println("first")
	}()
	defer func() {
		fmt.Println("second")
	}()
	if third {
		defer func() {
			fmt.Println("recovered", recover())
		}()
	}
	panic("boom")
}

func main() {
	f(true)
}
"""

FUNCTIONS = (
    Function("main", 25, 27),
    Function("f", 10, 23),
    Function("f.func1", 11, 13),
    Function("f.func2", 14, 16),
    Function("f.func3", 18, 20),
)


def _literal(function: int) -> Callee:
    return Callee(CalleeKind.LITERAL, (function,))


_OPENING: tuple[Event, ...] = (
    Enter(1, 1, 0, Via.START),
    Enter(1, 2, 1, Via.CODE, line=26),
    Defer(1, 2, 11, 1, _literal(2)),
    Defer(1, 2, 14, 2, _literal(3)),
    Defer(1, 2, 18, 3, _literal(4)),
    Panic(1, 2, 22, '"boom"'),
    Enter(1, 3, 4, Via.PANIC, deferred=3),
    Recover(1, 3, 19, '"boom"'),
    Return(1, 3, 20),
)
_CLOSING: tuple[Event, ...] = (
    Enter(1, 6, 2, Via.CODE, line=23, deferred=1),
    Return(1, 6, 13),
    Return(1, 1, 27),
)
_SECOND: tuple[Event, ...] = (Enter(1, 4, 3, Via.CODE, line=23, deferred=2), Return(1, 4, 16))
_AGAIN: tuple[Event, ...] = (Enter(1, 5, 3, Via.CODE, line=23, deferred=2), Return(1, 5, 16))

GOOD = Trace(FUNCTIONS, (*_OPENING, *_SECOND, *_CLOSING), End(EndKind.RETURNED))
LOST = Trace(FUNCTIONS, (*_OPENING, *_CLOSING), End(EndKind.RETURNED))
TWICE = Trace(FUNCTIONS, (*_OPENING, *_SECOND, *_AGAIN, *_CLOSING), End(EndKind.RETURNED))


def case(name: str, **changes: object) -> Case:
    made = Case(
        name,
        Path("cases") / f"{name}.go",
        SOURCE,
        "A recovery with defers still pending",
        tags=("open-coded", "recover"),
        owes="The deferred calls that are pending when f's panic is recovered still run.\n",
        sources=("https://go.dev/ref/spec#Handling_panics",),
        expect=Expect("recovered boom\nsecond\nfirst\n"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the changes of each caller are right


def judged_trace(trace: Trace) -> Outcome:
    """The real check's verdict, so that the sample cannot say what the rules do not."""
    broken = check(trace.functions, trace.events, trace.end)
    return Diverges(broken) if broken else Conforms()


def side(
    of: Case,
    role: str,
    outcome: Outcome | None = None,
    *,
    trace: Trace | None = GOOD,
    known: KnownFault | None = None,
    stdout: bytes = b"recovered boom\nsecond\nfirst\n",
    stderr: bytes = b"",
) -> Judged:
    name = "go1.21.13" if role == "pre" else "go1.22.10"
    if outcome is None:
        assert trace is not None
        outcome = judged_trace(trace)
    if trace is None:
        return Judged(of, name, outcome, known)
    runs = [Run(of.name, mode, Exited(0), stdout, stderr, b"", 0.002) for mode in (Mode.PLAIN, Mode.TRACED)]
    return Judged(of, name, outcome, known, trace, runs[0], runs[1])


def compared(of: Case, pre: Judged, post: Judged, verdict: Verdict, *, explained: bool = False) -> Comparison:
    return Comparison(of, pre, post, verdict, explained)


def same(name: str = "order/last-in-first-out") -> Comparison:
    of = case(name)
    return compared(of, side(of, "pre"), side(of, "post"), Verdict.SAME, explained=True)


def regressed(name: str = "open-coded/recover-with-two-pending") -> Comparison:
    of = case(name)
    post = side(of, "post", trace=LOST, stdout=b"recovered boom\nfirst\n")
    return compared(of, side(of, "pre"), post, Verdict.REGRESSED)


def fixed_as_foreseen(name: str = "goexit/recovered-in-nested-defer") -> Comparison:
    fault = KnownFault("<1.22", "deferred calls are lost after a recovery", "https://go.dev/issue/43942")
    of = case(name, xfail=(fault,))
    pre = side(of, "pre", trace=LOST, known=fault, stdout=b"recovered boom\nfirst\n")
    return compared(of, pre, side(of, "post"), Verdict.FIXED, explained=True)


def both_diverge(name: str = "open-coded/eight-defers") -> Comparison:
    of = case(name)
    pre = side(of, "pre", trace=LOST, stdout=b"recovered boom\nfirst\n")
    post = side(of, "post", trace=TWICE, stdout=b"recovered boom\nsecond\nsecond\nfirst\n")
    return compared(of, pre, post, Verdict.BOTH_DIVERGE)


def disputed(name: str = "frames/large") -> Comparison:
    of = case(name)
    return compared(of, side(of, "pre", trace=LOST), side(of, "post", trace=LOST), Verdict.DISPUTED)


def changed(name: str = "goroutines/panic-text", *, lawful: bool = False) -> Comparison:
    differs = (Variation("<1.22", Expect("old\n"), "the text changed in 1.22, see the release notes"),)
    of = case(name, differs=differs if lawful else ())
    before = replace(side(of, "pre", stdout=b"old\n"), lawful=differs[0] if lawful else None)
    return compared(of, before, side(of, "post", stdout=b"new\n"), Verdict.CHANGED, explained=True)


def unexpected_pass(name: str = "recover/fixed-long-ago") -> Comparison:
    fault = KnownFault(">=1.20", "recover gives nil in a wrapper", "https://go.dev/issue/73747")
    of = case(name, xfail=(fault,))
    return compared(of, side(of, "pre"), side(of, "post", known=fault), Verdict.SAME)


def inconclusive(name: str = "process-ends/deadlock") -> Comparison:
    of = case(name)
    lost = Inconclusive("the Engine stopped answering\nsecond line")
    return compared(of, side(of, "pre"), side(of, "post", lost, trace=None), Verdict.INCONCLUSIVE)


def build_failed(name: str = "range-over-func/early-exit") -> Comparison:
    of = case(name)
    failure = BuildFailed("./case.go:12:2: cannot range over f\n./case.go:13:2: too many errors")
    return compared(of, side(of, "pre"), side(of, "post", failure, trace=None), Verdict.REGRESSED)


def crashed(name: str = "panic/nested-three-deep") -> Comparison:
    of = case(name)
    crash = Crashed("plain run: the runtime failed: fatal error: unexpected gp.param")
    return compared(of, side(of, "pre"), side(of, "post", crash, trace=LOST), Verdict.REGRESSED)


def other_output(name: str = "order/other-output") -> Comparison:
    of = case(name)
    told = Divergence(EXPECTED_OUTPUT, len(GOOD.events), "plain run: standard output is empty", "line 1: 'first'")
    return compared(of, side(of, "pre"), side(of, "post", Diverges(told), stdout=b""), Verdict.REGRESSED)


def inapplicable(name: str = "range-over-func/loop-body") -> Comparison:
    of = case(name, on=">=1.23")
    neither = NotApplicable(">=1.23")
    return compared(
        of, side(of, "pre", neither, trace=None), side(of, "post", neither, trace=None), Verdict.SAME, explained=True
    )


PRE = Installed(
    Toolchain("pre", "go1.21.13", "go1.21.13"),
    Path("/opt/go1.21.13"),
    "",
    "bin/go",
    "1.21.13",
    "gc",
    {},
    "1f" * 32,
)
POST = Installed(
    Toolchain(
        "post",
        "go1.22.10,patch=fault.diff,gcflags=-N -l",
        "go1.22.10",
        patches=(Patch(Path("fault.diff"), ""),),
        gcflags="-N -l",
    ),
    Path("/opt/go1.22.10"),
    "",
    "bin/go",
    "1.22.10",
    "gc",
    {"src/runtime/panic.go": "package runtime\n"},
    "2e" * 32,
)

TODAY = date(2026, 11, 23)

WEAK = (
    "Programs run as ordinary processes of this machine: they can read the files that you can read.",
    "The network is not closed to them.",
)


def accepted(comparison: Comparison, expires: date = TODAY) -> Acceptance:
    return Acceptance(difference(comparison, PRE, POST), "harmless: both orders are lawful", "mira", expires)


def result(
    *comparisons: Comparison, policy: Policy | None = None, accepting: Sequence[Acceptance] = (), **changes: object
) -> GateResult:
    policy = policy or Policy()
    reviewed = Reviewed(PRE, POST, TODAY, tuple(accepting))
    made = GateResult(
        pre=PRE,
        post=POST,
        sandbox="docker",
        weaknesses=(),
        started=datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC),
        seconds=6.25,
        policy=policy,
        decided=decide_all(policy, comparisons, reviewed),
        planned=len(comparisons),
        version="0.1.0",
        unmatched=reviewed.unmatched(comparisons),
        elsewhere=reviewed.elsewhere,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # likewise


def mixed(policy: Policy | None = None, **changes: object) -> GateResult:
    """One comparison of every sort."""
    settings: dict[str, Any] = {"sandbox": "process", "weaknesses": WEAK, **changes}
    return result(
        same(),
        same("order/loops"),
        regressed(),
        fixed_as_foreseen(),
        both_diverge(),
        disputed(),
        changed(),
        changed("goroutines/lawful", lawful=True),
        unexpected_pass(),
        inconclusive(),
        build_failed(),
        crashed(),
        inapplicable(),
        policy=policy,
        **settings,
    )


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x00 ]]> <script>alert(1)</script> `code` ``` ~~~ | pipe @golang/team #1 "
    "[red]markup[/red] </details> \u202eevil \ud7ff\ufffe \U0001f600 \x9b31m \r\n\t$(id) <!-- & -->\n```\n\n@everyone"
)


def hostile() -> Comparison:
    """A program whose every word tries to break out of the report."""
    of = case("order/hostile", title=HOSTILE, owes=HOSTILE, source="package main\n\n" + HOSTILE * 3)
    functions = tuple(replace(function, name=function.name + HOSTILE) for function in FUNCTIONS)
    events = tuple(replace(e, value=HOSTILE) if isinstance(e, Panic | Recover) else e for e in LOST.events)
    output = HOSTILE.encode("utf-8", errors="surrogatepass") + bytes(range(256)) + b"\xff\xfe\xed\xa0\x80"
    trace = Trace(functions, events, End(EndKind.PANICKED, text=HOSTILE))
    broken = check(trace.functions, trace.events, trace.end)
    assert broken is not None
    broken = replace(broken, rule=rules.DEFERRED_CALL_LOST, got=broken.got + HOSTILE, owed=broken.owed + HOSTILE)
    post = side(of, "post", Diverges(broken), trace=trace, stdout=output, stderr=output)
    return compared(of, side(of, "pre", Crashed(HOSTILE)), post, Verdict.REGRESSED)

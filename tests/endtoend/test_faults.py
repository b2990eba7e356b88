"""Faults planted in the runtime turn the gate red, and the reports name the rule and the event.

What a deferred call of the standard library printed is no event, so that its loss shows in the program's output.
"""

from __future__ import annotations

import pytest

from tests.endtoend.tool import CASES, FAULTS, Done, Json, Tool

pytestmark = [pytest.mark.toolchain, pytest.mark.timeout(900)]

FORGETS, TWO_BITS, TWICE = "recovery-forgets-open-defers", "next-defer-clears-two-bits", "next-defer-runs-twice"

SECONDS = 5
"""For a run. The runtime may see a deadlock a second or two late: not while a timer is set, and its own scavenger
sets some when cases before have left garbage."""

SEEN_IN_OUTPUT = {"expected-output", "expected-status"}


@pytest.fixture(scope="module")
def gate(session_tool: Tool) -> dict[str, Done]:
    """The gate on each of the planted faults, in the sandbox that is everywhere."""
    suite = ("--suite", "cl-515856")
    chosen = {
        FORGETS: suite,
        TWO_BITS: suite,
        # Most others go round for ever, which takes their time limit twice.
        TWICE: tuple(f"--only={name}" for name in (*TWICE_EVENTS, RUNS_FOR_EVER, UNHARMED)),
    }
    return {
        fault: session_tool(
            *("gate", "--cases", CASES, "--sandbox", "process", "--timeout", str(SECONDS)),
            *("--patch", FAULTS / f"{fault}.patch"),
            *options,
        )
        for fault, options in chosen.items()
    }


FORGETS_EVENTS = {
    "opencoded/four-recovered-at-each-position": (
        "goroutine 1: four is entered, from line 53",
        "deferred call four.func3 (line 34 of four)",
    ),
    "opencoded/recursive": (
        "goroutine 1: line 36: return",
        "deferred call descend.func1 (line 23 of descend)",
    ),
    "runtimeerror/nil-pointer": (
        "goroutine 1: line 43: return",
        "deferred call write.func1 (line 32 of write)",
    ),
    "stack/growth-between-panic-and-recovery": (
        "goroutine 1: line 39: return",
        "deferred call run.func2 (line 31 of run)",
    ),
}
TWO_BITS_EVENTS = {
    "opencoded/four-recovered-at-each-position": (
        "goroutine 1: deferred call four.func2 begins, from line 48",
        "deferred call four.func3 (line 34 of four)",
    ),
    "opencoded/arguments-survive-the-recovery": (
        "goroutine 1: showPair is entered, from line 40",
        "deferred call showAll (line 34 of run)",
    ),
    "goexit/nested-with-recovered-panic": (
        "goroutine 2: deferred call f.func1 begins, run by Goexit",
        "deferred call f.func2 (line 25 of f)",
    ),
    "repanic/remaining-deferred-calls-still-run": (
        "goroutine 1: deferred call fmt.Println begins, run by a panic",
        "deferred call run.func1 (line 22 of run)",
    ),
}
TWICE_EVENTS = {
    "opencoded/four-recovered-at-each-position": (
        "goroutine 1: deferred call four.func4 begins, from line 48",
        "deferred call four.func3 (line 34 of four)",
    ),
    "opencoded/all-subsets-of-conditionals": (
        "goroutine 1: (*recorder).step is entered, from line 33",
        "the deferring function has returned: nothing of it is pending",
    ),
    "generics/deferred-generic-function": (
        "goroutine 1: catch[...] is entered, from line 29",
        "deferred call show[...] (line 27 of run[...])",
    ),
    "goexit/nested": (
        "goroutine 2: deferred call again begins, run by Goexit",
        "deferred call fmt.Println (line 29 of f)",
    ),
    "stack/panic-at-the-bottom-of-a-deep-recursion": (
        "goroutine 1: deferred call (*unwinding).leave begins, run by a panic",
        "deferred call run.func1 (line 36 of run)",
    ),
}
RUNS_FOR_EVER = "goexit/panic-in-a-deferred-calls-frame-replaced"
UNHARMED = "opencoded/nine-are-too-many"

FAULTY = [
    (FORGETS, "deferred-call-lost", FORGETS_EVENTS),
    (TWO_BITS, "deferred-call-lost", TWO_BITS_EVENTS),
    (TWICE, "deferred-call-twice", TWICE_EVENTS),
]


@pytest.mark.parametrize(("fault", "rule", "events"), FAULTY)
def test_the_gate_is_red_and_names_rule_and_event(
    gate: dict[str, Done], fault: str, rule: str, events: dict[str, tuple[str, str]]
) -> None:
    done = gate[fault]
    assert done.status == 1, done.stdout + done.stderr
    assert " FAIL " in done.stdout
    assert done.report["verdict"]["status"] == 1
    for name, told in events.items():
        case = done.cases[name]
        assert (case["verdict"], case["decision"], case["pre"]["outcome"]) == ("regressed", "fail", "conforms")
        divergence = case["post"]["divergence"]
        assert divergence["rule"] == rule, name
        assert (divergence["got"], divergence["owed"]) == told, name


@pytest.mark.parametrize(("fault", "rule", "events"), FAULTY)
def test_whatever_breaks_a_rule_of_the_language_breaks_that_one(
    gate: dict[str, Done], fault: str, rule: str, events: dict[str, tuple[str, str]]
) -> None:
    broken = {name: case for name, case in gate[fault].cases.items() if case["verdict"] != "same"}
    rules = {case["post"]["divergence"]["rule"] for case in broken.values()}
    assert rule in rules
    assert rules <= {rule, *SEEN_IN_OUTPUT}
    assert {case["verdict"] for case in broken.values()} == {"regressed"}


@pytest.mark.parametrize(("fault", "rule", "events"), FAULTY)
def test_junit_tells_the_same(
    gate: dict[str, Done], fault: str, rule: str, events: dict[str, tuple[str, str]]
) -> None:
    failures = gate[fault].failures()
    cases = gate[fault].cases
    assert {name for _, name in failures} == {name for name, case in cases.items() if case["decision"] == "fail"}
    assert {role for role, _ in failures} == {"post"}
    for name, (_, owed) in events.items():
        kind, message = failures["post", name]
        assert kind == rule
        assert message.startswith(f"{rule}: ")
        assert message.endswith(f"owed: {owed}")


def test_what_is_lost_of_the_library_is_named(gate: dict[str, Done]) -> None:
    case = gate[FORGETS].cases["opencoded/recover-then-inner-recovery"]
    divergence = case["post"]["divergence"]
    assert divergence["rule"] == "deferred-call-lost"
    assert divergence["owed"] == "deferred call fmt.Println (line 21 of inner)"


def test_the_event_that_is_named_is_the_first_after_the_recovery(gate: dict[str, Done]) -> None:
    name = "opencoded/recovered-in-a-function-that-returns-values"
    trace = (gate[FORGETS].out / "rerun" / name.replace("/", "__") / "post.trace.txt").read_text().splitlines()
    at = next(number for number, line in enumerate(trace) if line.startswith(">>"))
    assert [line.split(maxsplit=3)[3] for line in trace[at - 2 : at]] == [
        'run.func3 recovers "boom" (line 26)',
        "run.func3 returns (line 29)",
    ]
    assert trace[at].endswith("main returns (line 34)")
    assert trace[at + 1].strip() == "owed: deferred call run.func2 (line 21 of run)"
    assert trace[at + 2].strip().startswith("rule: deferred-call-lost: ")


def test_a_case_that_a_fault_makes_endless_ends_by_its_time_limit(gate: dict[str, Done]) -> None:
    case: Json = gate[TWICE].cases[RUNS_FOR_EVER]
    assert case["post"]["divergence"]["rule"] == "deferred-call-twice"
    assert case["post"]["plain"]["ending"] == f"stopped after {SECONDS} s (wall time)"
    assert case["post"]["plain"]["seconds"] >= SECONDS


def test_cases_that_the_fault_does_not_concern_agree(gate: dict[str, Done]) -> None:
    assert gate[TWICE].cases[UNHARMED]["decision"] == "pass"
    linked = [case for name, case in gate[FORGETS].cases.items() if name.startswith("linked/loop-")]
    assert linked
    assert {case["decision"] for case in linked} == {"pass"}

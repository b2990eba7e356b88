"""Explanations: nothing happens untold, each moment has the right rule, sentence and state."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from oracle import execute
from oracle import explain as explain_module
from oracle.align import align
from oracle.code import BY_PANIC, CALLED, STARTED, Ending
from oracle.events import EndKind
from oracle.explain import Explanation, Moment, Parting, TooLong, explain, parting
from oracle.generate import random_program
from oracle.narrate import Assigned, Ended, Happened, Left, at
from oracle.narrate_steps import BEFORE_R1, BEFORE_R5, FUNCTIONS, THROW, tell_step
from oracle.profile import POST_CL, PRE_CL, R1, R2, R3, R4, R5, R6, Profile
from oracle.program import Program
from oracle.rules import (
    CONTROL_FLOW,
    DEFERRED_CALL_LOST,
    DEFERRED_CALL_ORDER,
    GOROUTINE_START,
    PROCESS_END,
    RECOVER_GIVES_NIL,
    RECOVER_GIVES_PANIC,
    UNCAUGHT_PANIC,
)
from oracle.runtime import Machine
from oracle.runtime2 import Thrown
from oracle.snapshot import (
    ENTRY,
    DeferState,
    FrameState,
    GoroutineState,
    PanicState,
    Pending,
    SavedState,
    State,
)
from oracle.steps import Bits, RecoveryTo, StackCopied, Start, StateConsumed, StateSaved, Throw, UnwinderStep
from tests.conftest import Golden
from tests.oracle.programs import program, ran
from tests.oracle.scenes import SCENES
from tests.oracle.stories import state_story, story, unlike

PENDING = program(
    main=[{"call": "f1"}], f1=[{"defer": "f2"}, {"defer": "f3"}, {"panic": "boom"}], f2=[], f3=["recover"]
)
"""f3 recovers while f2 is pending."""
LINKED = program(
    main=[{"call": "f1"}],
    f1={"frame": "linked", "body": [{"defer": "f2"}, {"defer": "f3", "loop": True}, {"panic": "boom"}]},
    f2=[],
    f3=["recover"],
)

MAIN = FrameState("main", "code", 0, 0, STARTED, -40, 0, None, (), 0, None)
F1 = FrameState("f1", "code", 1, 2, CALLED, -96, -40, 0b11, (Pending(1, 1, 3), Pending(0, 0, 2)), 0, None)
GOPANIC = FrameState("gopanic", "gopanic", None, ENTRY, None, -224, -96, None, (), 0, 1)
DEFERRETURN = replace(GOPANIC, name="deferreturn", kind="deferreturn", record=2)
BEGUN = PanicState(1, "panic", "boom", False, -224, None, None, "", None, None)
FOUND = replace(BEGUN, sp=-96, retpc="f1's deferreturn call", defer_bits_ptr=-64, slots_ptr=-80)
TAKEN = replace(FOUND, argp=-224)
SAVED = SavedState("f1's deferreturn call", 32, 16)
RETURNING = replace(BEGUN, number=2, kind="deferreturn", value="")


def goroutine(*frames: FrameState) -> GoroutineState:
    return GoroutineState(1, 4096, 0, frames, (), (), (), None)


def moment(run: Explanation, number: int) -> Moment:
    """By the number that people see."""
    return run.moments[number - 1]


# --- The story ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [POST_CL, PRE_CL], ids=lambda p: p.name)
def test_stories(golden: Golden, profile: Profile) -> None:
    """With the CL every moment; before the CL what it tells differently."""
    tell = story if profile is POST_CL else unlike
    told = [f"# {name}\n" + "".join(f"{line}\n" for line in tell(of)) for name, of in SCENES.items()]
    golden(f"explain-{profile.name}.txt", "\n".join(told))


@pytest.mark.parametrize("moves", [False, True], ids=["still", "moving"])
@pytest.mark.parametrize(
    "name",
    [
        "a recovered panic leaves the others pending",
        "a Goexit that a recovery starts again",
        "the stack grows and moves",
    ],
)
def test_states(golden: Golden, name: str, moves: bool) -> None:
    run = explain(SCENES[name], moves=moves)
    golden(f"explain-{name.replace(' ', '-')}{'-moving' * moves}.txt", "".join(f"{x}\n" for x in state_story(run)))


@pytest.mark.parametrize(
    "name",
    [
        "a panic above a linked frame, recovered in an open-coded one",
        "a nil function under a Goexit",
        "the stack grows and moves",
        "a panic in a pending call after a recovery",
    ],
)
def test_states_before_the_cl(golden: Golden, name: str) -> None:
    run = explain(SCENES[name], PRE_CL)
    golden(f"explain-{PRE_CL.name}-{name.replace(' ', '-')}.txt", "".join(f"{x}\n" for x in state_story(run)))


@pytest.mark.parametrize("profile", [POST_CL, PRE_CL], ids=lambda p: p.name)
def test_events_and_end_are_those_of_the_model(profile: Profile) -> None:
    for name, of in SCENES.items():
        run = explain(of, profile)
        events: list[int] = []
        end = execute.run(run.code, profile, events.extend)
        assert [m.what.event for m in run.moments if isinstance(m.what, Happened)] == events, name
        assert run.ending == end
        assert run.moments[-1].what == Ended(end)
        assert run.parting is None
        assert (run.profile, run.moves, run.code.program) == (profile, False, of)


@pytest.mark.parametrize("profile", [POST_CL, PRE_CL], ids=lambda p: p.name)
@pytest.mark.parametrize("moves", [False, True])
def test_nothing_changes_untold(monkeypatch: pytest.MonkeyPatch, profile: Profile, moves: bool) -> None:
    """Before every step of the model, its state is the one behind the last moment."""
    steps = 0

    def step(recorder: explain_module._Recorder, m: Machine) -> None:
        nonlocal steps
        steps += 1
        assert recorder.camera.take(m) == recorder.moments[-1].after
        honest(recorder, m)

    honest = explain_module._Recorder._step
    monkeypatch.setattr(explain_module._Recorder, "_step", step)
    programs = [*SCENES.values(), *(random_program(Random(seed), 4 + seed % 20) for seed in range(60))]
    for of in programs:
        run = explain(of, profile, moves=moves)
        assert run.parting is None
        assert all(m.text.endswith(".") and "None" not in m.text for m in run.moments)
    assert steps > 1000


VALUES = (
    *(Moment, Parting, Explanation, Happened, Assigned, Left, Ended),
    *(Pending, FrameState, PanicState, DeferState, SavedState, GoroutineState, State),
)


@pytest.mark.parametrize("value", VALUES)
def test_what_was_told_stays_as_it_was(value: Any) -> None:
    assert value.__dataclass_params__.frozen
    assert "__slots__" in vars(value)


def test_a_run_is_deterministic() -> None:
    assert explain(PENDING).moments == explain(PENDING).moments


@pytest.mark.parametrize(("distance", "said"), [(None, "nil"), (0, "hi"), (-8, "hi-8"), (8, "hi+8")])
def test_addresses(distance: int | None, said: str) -> None:
    assert at(distance) == said


def test_a_step_at_no_frame_is_told_by_its_address() -> None:
    """As a broken runtime might take it."""
    g = replace(goroutine(DEFERRETURN, MAIN), records=(replace(RETURNING, sp=-8, retpc="nowhere"),))
    step = StateConsumed(0, -64, -80)
    assert tell_step(explain(PENDING).code, POST_CL, step, State((g,)), State((g,))) == (
        R1,
        "start takes for hi-8 what g.param holds, and clears it: retpc is nowhere, deferBitsPtr hi-64, slotsPtr"
        " hi-80.",
    )


def test_rules_of_the_runtime(golden: Golden) -> None:
    rules = (*FUNCTIONS, BEFORE_R1, BEFORE_R5)
    golden("explain-rules.txt", "".join(f"{rule.name}: {rule.statement}\n  {rule.source}\n" for rule in rules))


def test_runtime_functions_have_a_place_in_go() -> None:
    assert len({rule.name for rule in FUNCTIONS}) == len(FUNCTIONS)
    for rule in FUNCTIONS:
        assert rule.name.startswith("runtime.")
        assert rule.source.startswith("https://github.com/golang/go/blob/go1.22.10/src/runtime/")


# --- States, written by hand -------------------------------------------------------------------------------------


def test_a_recovery_with_a_call_pending() -> None:
    """R2 saves, R1 takes; every state on the way."""
    run = explain(PENDING)
    done = replace(F1, bits=0b01, pending=(Pending(0, 0, 2),))
    f3 = FrameState("f3", "code", 3, ENTRY, BY_PANIC, -264, -224, None, (), 0, None)
    back = replace(done, action=3)
    empty = replace(back, bits=0, pending=())
    panicking = replace(goroutine(GOPANIC, F1, MAIN), chain=(1,))
    expected = {
        1: (GOROUTINE_START, goroutine(replace(MAIN, action=ENTRY))),
        5: (DEFERRED_CALL_LOST, goroutine(F1, MAIN)),
        6: (FUNCTIONS[0], replace(panicking, records=(BEGUN,))),
        7: (R5, replace(panicking, records=(FOUND,))),
        8: (FUNCTIONS[1], replace(panicking, frames=(GOPANIC, done, MAIN), records=(TAKEN,))),
        9: (DEFERRED_CALL_ORDER, replace(panicking, frames=(f3, GOPANIC, done, MAIN), records=(TAKEN,))),
        10: (
            RECOVER_GIVES_PANIC,
            replace(
                panicking,
                frames=(replace(f3, action=0), GOPANIC, done, MAIN),
                records=(replace(TAKEN, recovered=True),),
            ),
        ),
        13: (
            R2,
            replace(goroutine(GOPANIC, done, MAIN), records=(replace(TAKEN, recovered=True),), param=SAVED),
        ),
        14: (FUNCTIONS[3], replace(goroutine(back, MAIN), param=SAVED)),
        15: (R1, replace(goroutine(DEFERRETURN, back, MAIN), records=(RETURNING,), param=SAVED)),
        16: (
            R1,
            replace(
                goroutine(DEFERRETURN, back, MAIN),
                records=(replace(FOUND, number=2, kind="deferreturn", value=""),),
            ),
        ),
        21: (
            R6,
            replace(
                goroutine(DEFERRETURN, empty, MAIN),
                records=(replace(TAKEN, number=2, kind="deferreturn", value="", defer_bits_ptr=None),),
            ),
        ),
        22: (CONTROL_FLOW, goroutine(empty, MAIN)),
        25: (PROCESS_END, goroutine()),
    }
    for number, (rule, state) in expected.items():
        assert moment(run, number).rule == rule, number
        assert moment(run, number).after == State((state,)), number
    assert [m.what for m in run.moments if m.runtime] == [
        Start("gopanic", moment_pc(run, 5), -96),
        UnwinderStep(-96, "open-coded"),
        Bits(-96, 0b11, 0b01),
        StateSaved(moment_pc(run, 14), 32, 16),
        RecoveryTo(moment_pc(run, 14), -96, False),
        Start("deferreturn", moment_pc(run, 14) + 1, -96),
        StateConsumed(moment_pc(run, 14), -64, -80),
        Bits(-96, 0b01, 0),
        Bits(-96, 0, 0),
    ]


def moment_pc(run: Explanation, number: int) -> int:
    """f1's pc behind a moment: behind its third action, or at its call of deferreturn."""
    frame = next(f for f in moment(run, number).after.running.frames if f.name == "f1")
    return (2 << 20) + (3 if frame.action == 2 else 5)


def test_linked_calls() -> None:
    run = explain(LINKED)
    first = DeferState("f1", Pending(0, None, 2), -96, "f1 behind action 1", False)
    second = DeferState("f1", Pending(1, None, 3), -96, "f1 behind action 2", True)
    f1 = replace(F1, action=1, bits=None, pending=(second.pending, first.pending))
    assert moment(run, 4).after.running == replace(goroutine(f1, MAIN), defers=(second, first))
    linked = next(m for m in run.moments if m.text.startswith("nextDefer takes the call of f3"))
    assert linked.after.running.defers == (first,)
    assert linked.after.running.records[0].retpc == "f1 behind action 2"
    assert linked.after.running.frames[1].pending == (first.pending,)


def test_a_recovery_that_meets_a_goexit_saves_nothing() -> None:
    of = program(
        main=[{"defer": "f1"}, {"call": "f2"}], f1=["recover"], f2=[{"defer": "f3"}, "goexit"], f3=[{"panic": "p"}]
    )
    for profile, rule in ((POST_CL, R3), (PRE_CL, FUNCTIONS[3])):
        run = explain(of, profile)
        [recovery] = [m for m in run.moments if isinstance(m.what, RecoveryTo)]
        assert recovery.rule == rule
        g = recovery.after.running
        assert [f.name for f in g.frames] == ["Goexit", "f2", "main"]
        assert (g.chain, g.param) == ((1,), None)
        assert g.record(1).kind == "Goexit"
        assert not any(isinstance(m.what, StateSaved) for m in run.moments)


def test_goroutines_wait_below() -> None:
    run = explain(program(main=[{"go": "f1"}, {"emit": 1}], f1=["goexit"]))
    begun = moment(run, 3).after
    assert [(g.number, [f.name for f in g.frames]) for g in begun.goroutines] == [(2, ["f1"]), (1, ["main"])]
    assert begun.running.frames[0].how == STARTED
    over = next(m for m in run.moments if isinstance(m.what, Left))
    assert over.text == "Goexit has made every deferred call: goroutine 2 is over, and goroutine 1 goes on."
    assert [g.number for g in over.after.goroutines] == [1]


def test_copies_are_counted_and_change_no_distance() -> None:
    still, moving = explain(PENDING), explain(PENDING, moves=True)
    assert moving.moves
    kept = [m for m in moving.moments if not isinstance(m.what, StackCopied)]
    assert [m.text for m in kept] == [m.text for m in still.moments]
    assert len(moving.moments) > len(kept)
    copies = 0
    for m in moving.moments:
        copies += isinstance(m.what, StackCopied)
        assert m.after.running.copies == copies
    plain = [replace(m.after.running, copies=0) for m in kept]
    assert plain == [m.after.running for m in still.moments]
    copied = [m for m in moving.moments if isinstance(m.what, StackCopied) and m.after.running.param is not None]
    assert copied
    assert all("offsets in g.param need no change" in m.text for m in copied)


def test_why_recover_gives_nil() -> None:
    wanted = {
        "recover gives nil without a panic": "main is the first function of its goroutine, no deferred call",
        "recover gives nil one level too deep": "f1 called it, which the panic runs, so it is one level too deep",
        "recover gives nil the second time": "_panic 1 runs it, but was recovered already",
        "recover gives nil while Goexit runs": "Goexit runs it, and Goexit is no panic",
        "recover gives nil in what a deferred call defers": "the return of f1 runs it, no panic",
        "recover gives nil in what a linked deferred call defers": "the return of f1 runs it, no panic",
    }
    for name, why in wanted.items():
        told = [m.text for m in explain(SCENES[name]).moments if m.rule == RECOVER_GIVES_NIL]
        assert told[0].partition(" gives nil: ")[2] == f"{why}.", name
    called = explain(program(main=[{"call": "f1"}], f1=["recover"]))
    [nil] = [m for m in called.moments if m.rule == RECOVER_GIVES_NIL]
    assert nil.text == "recover in f1 gives nil: main called it, so it is no deferred call."


# --- Ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule", "text"),
    [
        ("deferred calls run newest first", PROCESS_END, "main is left: the process ends with status 0."),
        (
            "an uncaught chain",
            UNCAUGHT_PANIC,
            "No deferred call is left that could recover: the process dies with status 2 of one [recovered],"
            " then two, then three.",
        ),
        (
            "main calls Goexit",
            PROCESS_END,
            "Goexit has made every deferred call of main, and no goroutine is left: the process dies.",
        ),
    ],
)
def test_ends(name: str, rule: object, text: str) -> None:
    last = explain(SCENES[name]).moments[-1]
    assert (last.rule, last.text, last.runtime) == (rule, text, False)


@pytest.mark.parametrize(("text", "rule"), [("unexpected gp.param", R4), ("bad panic stack", THROW)])
def test_a_runtime_that_throws(monkeypatch: pytest.MonkeyPatch, text: str, rule: object) -> None:
    def broken(*_: object) -> None:
        raise Thrown(text)

    monkeypatch.setattr(execute, "next_defer", broken)
    run = explain(PENDING)
    thrown, ended = run.moments[-2:]
    assert (thrown.what, thrown.rule, thrown.text) == (Throw(text), rule, f"The runtime throws: {text}.")
    assert (ended.rule, ended.text) == (PROCESS_END, f"The process dies: fatal error: {text}.")
    assert run.ending == Ending(EndKind.FATAL, text=text)
    assert run.parting == Parting(
        len(run.moments) - 1, "f3 is entered (a deferred call, by a panic)", DEFERRED_CALL_ORDER
    )


def test_a_run_may_be_too_long() -> None:
    """By all that its states hold together."""
    for of in (LINKED, SCENES["goroutines have panics of their own"]):
        run = explain(of)
        states = [g for m in run.moments for g in m.after.goroutines]
        held = len(run.moments) + sum(len(g.frames) + len(g.defers) for g in states)
        assert explain(of, limit=held).moments == run.moments
        with pytest.raises(TooLong):
            explain(of, limit=held - 1)
    assert explain_module.LIMIT == 200_000


# --- Where a run parts from the language --------------------------------------------------------------------------


@pytest.fixture
def lawful() -> tuple[Explanation, list[int], dict[int, int]]:
    """A run, its events, and at which moment each is told."""
    run = explain(PENDING)
    told = [(m.what.event, i) for i, m in enumerate(run.moments) if isinstance(m.what, Happened)]
    return run, [event for event, _ in told], {n: index for n, (_, index) in enumerate(told)}


def test_another_event_than_is_owed(lawful: tuple[Explanation, list[int], dict[int, int]]) -> None:
    run, events, moments = lawful
    recover = next(n for n, m in enumerate(events) if run.moments[moments[n]].rule == RECOVER_GIVES_PANIC)
    owed = [*events[:recover], events[recover] & ~0xFF, *events[recover + 1 :]]
    assert parting(run.code, run.moments, owed, run.ending) == Parting(
        moments[recover], "recover in f3 gives nil", RECOVER_GIVES_NIL
    )


def test_fewer_events_than_are_owed(lawful: tuple[Explanation, list[int], dict[int, int]]) -> None:
    run, events, _ = lawful
    owed = [*events, events[1]]
    assert parting(run.code, run.moments, owed, run.ending) == Parting(
        len(run.moments) - 1, "f1 is entered (a call)", CONTROL_FLOW
    )


def test_more_events_than_are_owed(lawful: tuple[Explanation, list[int], dict[int, int]]) -> None:
    run, events, moments = lawful
    died = Ending(EndKind.PANICKED, ((4, False),))
    assert parting(run.code, run.moments, events[:-1], died) == Parting(
        moments[len(events) - 1], "the process ends: panicked", UNCAUGHT_PANIC
    )


def test_another_end_than_is_owed(lawful: tuple[Explanation, list[int], dict[int, int]]) -> None:
    run, events, _ = lawful
    assert parting(run.code, run.moments, events, Ending(EndKind.MAIN_GOEXIT)) == Parting(
        len(run.moments) - 1, "the process ends: main-goexit", PROCESS_END
    )
    assert parting(run.code, run.moments, events, run.ending) is None


# --- Two runs ----------------------------------------------------------------------------------------------------


def test_side_by_side() -> None:
    """Before the CL deferreturn unwinds where with it state is saved and taken."""
    pre, post = explain(PENDING, PRE_CL), explain(PENDING, POST_CL)
    rows = align(pre, post)
    alone = [(pre.moments[a].what if a is not None else None, post.moments[b].what if b is not None else None)
             for a, b in rows if a is None or b is None]  # fmt: skip
    saved, taken = (next(m.what for m in post.moments if isinstance(m.what, k)) for k in (StateSaved, StateConsumed))
    assert alone == [(None, saved), (UnwinderStep(-96, "open-coded"), None), (None, taken)]
    assert [a for a, _ in rows if a is not None] == list(range(len(pre.moments)))
    assert [b for _, b in rows if b is not None] == list(range(len(post.moments)))


def test_a_run_is_like_itself() -> None:
    large = program(main={"large": True, "body": []})
    assert isinstance(explain(large).moments[0].what, StackCopied)
    for of in (large, *SCENES.values()):
        run = explain(of)
        assert align(run, run) == [(n, n) for n in range(len(run.moments))]


def test_a_step_that_comes_often_is_matched_too() -> None:
    """difflib, left to itself, takes what is frequent in a long text for junk."""
    run = explain(PENDING)
    steps = [m for m in run.moments if m.runtime]
    assert len(steps) > 2
    long = replace(run, moments=tuple(steps[:1] * 300))
    other = replace(run, moments=(steps[2], *long.moments))
    assert align(long, other) == [(None, 0), *((n, n + 1) for n in range(300))]


def test_a_look_that_finds_no_bits_forgets_the_wrapper_before_it() -> None:
    run = explain(program(main=[{"defer": "f1", "as": "method"}, {"panic": "a"}], f1=[]))
    looks = [m.after.running.records[0] for m in run.moments if isinstance(m.what, Bits) and m.what.before == 0]
    assert [record.argp for record in looks] == [record.start_sp for record in looks]
    moved = {m.after.running.records[0].argp for m in run.moments if m.after.running.records}
    assert len(moved - {None}) == 2


def test_a_record_is_revised_and_the_others_are_not() -> None:
    run = explain(SCENES["a newer panic replaces an older"])
    g = next(m.after.running for m in run.moments if len(m.after.running.records) == 2)
    newer, older = g.records
    revised = replace(newer, recovered=True)
    assert g.revised(revised).records == (revised, older)


def test_runs_that_part_have_all_their_moments() -> None:
    short: Program = program(main=[])
    left, right = explain(PENDING), explain(short)
    rows = align(left, right)
    assert [a for a, _ in rows if a is not None] == list(range(len(left.moments)))
    assert [b for _, b in rows if b is not None] == list(range(len(right.moments)))
    assert ran(short)[0] == ["main is entered (go)", "main returns"]

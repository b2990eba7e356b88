"""The runtime model: it does what the language owes, step by step as panic.go does, and gives up where it would."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oracle import execute, runtime
from oracle.code import compile_program
from oracle.events import EndKind
from oracle.profile import POST_CL, PRE_CL, Profile
from oracle.runtime import Machine
from oracle.runtime2 import (
    FIRST_STACK,
    FUNCTION_STRIDE,
    GOEXIT_START_PC,
    LARGE,
    Frame,
    G,
    Kind,
    Panic,
    SavedOpenDeferState,
    Thrown,
    frame_size,
)
from oracle.stackcopy import GUARD, copystack, new_stack
from oracle.steps import RecoveryTo, StackCopied, Start, StateConsumed, StateSaved, Step, Throw, UnwinderStep
from tests.oracle.programs import owed, program, ran, steps
from tests.oracle.scenes import SCENES

PROFILES = [PRE_CL, POST_CL]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
@pytest.mark.parametrize("name", SCENES)
def test_scenes(name: str, profile: Profile, moving: bool) -> None:
    assert ran(SCENES[name], profile, moving=moving) == owed(SCENES[name])


STEPPED = [
    "a recovered panic leaves the others pending",
    "the same with linked calls",
    "a Goexit that a recovery starts again",
    "a panic above a linked frame, recovered in an open-coded one",
    "a wrapped call, one level too deep",
    "a nil function under a Goexit",
    "the stack grows and moves",
    "statements in loops",
]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_steps(profile: Profile, golden: Callable[[str, str], None]) -> None:
    told = (f"# {name}\n" + "".join(f"{one}\n" for one in steps(SCENES[name], profile)) for name in STEPPED)
    golden(f"steps-{profile.name}.txt", "\n".join(told))


def test_the_cl_replaces_the_unwinder_by_saved_state() -> None:
    """What differs between the profiles in the CL's own example: who finds the pending calls."""
    pending = SCENES["a recovered panic leaves the others pending"]
    before, after = steps(pending, PRE_CL), steps(pending, POST_CL)
    assert [s for s in before if isinstance(s, StateSaved | StateConsumed)] == []
    assert len([s for s in after if isinstance(s, StateSaved | StateConsumed)]) == 2
    assert _looks_of_deferreturn(before) == 1
    assert _looks_of_deferreturn(after) == 0


def _looks_of_deferreturn(seen: list[Step]) -> int:
    last = ""
    looks = 0
    for one in seen:
        if isinstance(one, Start):
            last = one.function
        looks += isinstance(one, UnwinderStep) and last == "deferreturn"
    return looks


# --- Single functions ---------------------------------------------------------------------------------------------


def machine(g: G, profile: Profile = POST_CL) -> Machine:
    return Machine(profile, g, lambda events: None)


def goroutine(*bodies: object, frame: str = "open") -> tuple[G, Frame]:
    """A goroutine in main, which has the given actions and has done none."""
    functions = {"main": {"frame": frame, "body": list(bodies)}, "f1": []}
    m = execute.boot(compile_program(program(**functions)), POST_CL, lambda events: None)
    return m.g, m.g.stack[0]


DEFER = {"defer": "f1"}


@pytest.mark.parametrize(
    ("under_way", "gives"),
    [
        (lambda: None, 0),
        (lambda: Panic(5), 5),
        (lambda: Panic(5, goexit=True), 0),
    ],
)
def test_gorecover(under_way: Callable[[], Panic | None], gives: int) -> None:
    g, _ = goroutine(DEFER)
    g.panic = panic = under_way()
    if panic is not None:
        panic.argp = 64
    assert runtime.gorecover(g, 56) == 0
    assert runtime.gorecover(g, 64) == gives
    assert runtime.gorecover(g, 64) == 0
    assert panic is None or panic.recovered is (gives != 0)


def test_printpanics_leaves_goexit_out() -> None:
    oldest, goexit, newest = Panic(4), Panic(goexit=True), Panic(5)
    oldest.recovered = True
    newest.link, goexit.link = goexit, oldest
    assert runtime.printpanics(newest) == ((4, True), (5, False))
    assert runtime.printpanics(None) == ()


def test_start_links_what_unwinds_and_not_deferreturn() -> None:
    g, frame = goroutine(DEFER)
    m = machine(g)
    runtime.gopanic(m, g, 4)
    outer = g.panic
    assert outer is not None
    assert (outer.arg, outer.goexit, outer.deferreturn, outer.link) == (4, False, False, None)
    assert outer.start_sp == g.stack[-1].sp
    runtime.goexit(m, g)
    inner = g.panic
    assert inner is not None
    assert (inner.goexit, inner.deferreturn, inner.link, inner.start_pc) == (True, False, outer, GOEXIT_START_PC)
    runtime.deferreturn(m, g)
    assert g.panic is inner
    assert g.stack[-1].panic is not None
    assert g.stack[-1].panic.deferreturn
    assert [f.kind for f in g.stack] == [Kind.CODE, Kind.GOPANIC, Kind.GOEXIT, Kind.DEFERRETURN]
    assert frame.sp == g.stack[1].fp


def test_start_takes_saved_state_relative_to_sp() -> None:
    g, frame = goroutine(DEFER)
    g.param = SavedOpenDeferState(77, 40, 24)
    runtime.deferreturn(machine(g), g)
    p = g.stack[-1].panic
    assert p is not None
    assert (p.sp, p.retpc, p.defer_bits_ptr, p.slots_ptr) == (frame.sp, 77, frame.sp + 40, frame.sp + 24)
    assert p.lr == p.fp == 0
    assert g.param is None


def test_pre_cl_deferreturn_takes_a_linked_call_at_once() -> None:
    g, frame = goroutine(DEFER, frame="linked")
    m = machine(g, PRE_CL)
    execute.step(m)
    runtime.deferreturn(m, g)
    p = g.stack[-1].panic
    assert p is not None
    assert (p.sp, p.lr, p.fp) == (frame.sp, 0, 0)


def test_pre_cl_deferreturn_looks_at_one_frame() -> None:
    g, frame = goroutine(DEFER)
    m = machine(g, PRE_CL)
    execute.step(m)
    runtime.deferreturn(m, g)
    p = g.stack[-1].panic
    assert p is not None
    assert (p.sp, p.fp, p.lr) == (frame.sp, frame.fp, 0)
    assert p.retpc == FUNCTION_STRIDE + 1 + 2


def thrown(do: Callable[[], object]) -> str:
    with pytest.raises(Thrown) as caught:
        do()
    assert str(caught.value) == caught.value.text
    return caught.value.text


def test_throws() -> None:
    """What broken state makes the runtime give up with."""
    g, frame = goroutine(DEFER)
    m = machine(g)
    runtime.gopanic(m, g, 4)
    assert thrown(lambda: runtime.next_defer(m, g, Panic())) == "bad panic stack"
    p = g.panic
    assert p is not None
    p.defer_bits_ptr = 12345
    assert thrown(lambda: runtime.next_defer(m, g, p)) == "fault: nothing is at this address"
    frame.bits = 1
    p.defer_bits_ptr, p.slots_ptr = frame.varp - 8, frame.varp - 16
    assert thrown(lambda: runtime.next_defer(m, g, p)) == "a slot that was never filled"
    p.lr, p.fp = 1, frame.sp + 1
    assert thrown(lambda: runtime.next_frame(m, g, p)) == "unwinder: no frame at this sp"
    p.fp = g.hi + 8
    assert thrown(lambda: runtime.next_frame(m, g, p)) == "unwinder: no frame at this sp"
    g.panic = None
    assert thrown(lambda: runtime.recovery(m, g)) == "recovery without a panic"


def recovered_to(g: G, pc: int, sp: int, *, goexit: bool = False) -> Callable[[], object]:
    """recovery of a panic that ends at these."""
    p = Panic(4, goexit=goexit)
    p.retpc, p.sp, p.start_pc = pc, sp, GOEXIT_START_PC
    g.panic = p
    return lambda: runtime.recovery(machine(g), g)


def test_recovery_checks_where_it_goes() -> None:
    g, frame = goroutine(DEFER)
    deferreturn_pc = FUNCTION_STRIDE + 1 + 2
    assert thrown(recovered_to(g, deferreturn_pc, g.hi + 1)) == "bad recovery"
    assert thrown(recovered_to(g, deferreturn_pc, g.lo - 1)) == "bad recovery"
    assert thrown(recovered_to(g, deferreturn_pc - 1, frame.sp)) == "jump to a wrong place"
    assert thrown(recovered_to(g, deferreturn_pc + 1, frame.sp)) == "jump to a wrong place"
    assert thrown(recovered_to(g, deferreturn_pc + FUNCTION_STRIDE, frame.sp)) == "jump to a wrong place"
    frame.shown = 9
    recovered_to(g, deferreturn_pc, frame.sp)()
    assert (frame.pc, frame.shown) == (3, -1)
    g.param = SavedOpenDeferState(1, 2, 3)
    assert thrown(recovered_to(g, deferreturn_pc, frame.sp)) == "unexpected gp.param"
    assert thrown(recovered_to(goroutine(DEFER)[0], deferreturn_pc, frame.sp + 1)) == "jump to no frame"


def test_recovery_into_a_linked_frame_comes_from_a_deferproc() -> None:
    g, frame = goroutine(DEFER, {"emit": 1}, frame="linked")
    for offset in (0, 2, 3, 4, 5):
        assert thrown(recovered_to(g, FUNCTION_STRIDE + offset, frame.sp)) == "jump to a wrong place"
    recovered_to(g, FUNCTION_STRIDE + 1, frame.sp)()
    assert frame.pc == 4
    g, frame = goroutine({"emit": 1}, DEFER, frame="linked")
    assert thrown(recovered_to(g, FUNCTION_STRIDE, frame.sp)) == "jump to a wrong place"
    recovered_to(g, FUNCTION_STRIDE + 2, frame.sp)()
    assert frame.pc == 4


def test_recovery_into_a_frame_of_the_runtime() -> None:
    g, _ = goroutine(DEFER)
    m = machine(g)
    runtime.goexit(m, g)
    goexit = g.stack[-1]
    runtime.gopanic(m, g, 4)
    assert thrown(recovered_to(g, GOEXIT_START_PC, g.stack[-1].sp)) == "jump to a wrong place"
    assert thrown(recovered_to(g, GOEXIT_START_PC + 1, goexit.sp)) == "jump to a wrong place"
    recovered_to(g, GOEXIT_START_PC, goexit.sp)()
    assert g.stack[-1] is goexit


def test_a_throw_ends_the_process() -> None:
    code = compile_program(SCENES["a recovered panic leaves the others pending"])
    seen: list[Step] = []
    m = execute.boot(code, POST_CL, lambda events: None, observe=seen.append)
    while not any(isinstance(s, Start) for s in seen):
        execute.step(m)
    m.g.param = SavedOpenDeferState(1, 2, 3)
    while m.ending is None:
        execute.step(m)
    assert m.ending.kind is EndKind.FATAL
    assert m.ending.text == "unexpected gp.param"
    assert seen[-1] == Throw("unexpected gp.param")
    unseen = execute.boot(code, POST_CL, lambda events: None)
    unseen.g.param = SavedOpenDeferState(1, 2, 3)
    while unseen.ending is None:
        execute.step(unseen)
    assert unseen.ending == m.ending


# --- Frames and addresses ------------------------------------------------------------------------------------------


def test_frames_lie_below_each_other() -> None:
    code = compile_program(program(main=[DEFER, {"call": "f2"}], f1=[], f2={"large": True, "body": [{"emit": 1}]}))
    m = execute.boot(code, POST_CL, lambda events: None)
    execute.step(m)
    main = m.g.stack[0]
    assert (main.fp, main.varp, main.sp) == (m.g.hi, m.g.hi - 16, m.g.hi - 48)
    assert main.bits == 1
    assert m.g.memory == {main.varp - 8: main, main.varp - 16: main}
    before = m.g.hi
    execute.step(m)
    called = m.g.stack[1]
    assert called.fp == main.sp
    assert called.fp - called.sp == 16 + 8 + LARGE
    assert m.g.hi > before, "a large frame needs a larger stack"
    assert m.g.size >= FIRST_STACK + LARGE
    assert m.g.lo == m.g.hi - m.g.size
    assert called.sp >= m.g.lo
    assert m.g.memory == {main.varp - 8: main, main.varp - 16: main}


@pytest.mark.parametrize(("room", "copies"), [(0, False), (-1, True)])
def test_a_call_needs_a_frame_and_a_guard(room: int, copies: bool) -> None:
    code = compile_program(program(main=[{"call": "f1"}], f1=[]))
    m = execute.boot(code, POST_CL, lambda events: None)
    m.g.size = m.g.hi - (m.g.stack[0].sp - frame_size(code.routines[1])) + GUARD + room
    before = m.g.hi
    execute.step(m)
    assert len(m.g.stack) == 2
    assert (m.g.hi != before) == copies


def test_a_stack_that_is_large_enough_stays() -> None:
    g, _ = goroutine(DEFER)
    before = g.hi
    assert g.size == FIRST_STACK
    new_stack(machine(g), g)
    assert g.size == FIRST_STACK
    assert g.hi != before, "morestack copies"


@pytest.mark.parametrize(("more", "doubled"), [(0, 1), (1, 2)])
def test_a_stack_becomes_as_large_as_it_must(more: int, doubled: int) -> None:
    g, frame = goroutine(DEFER)
    frame.sp = g.hi - 2 * FIRST_STACK + GUARD - more
    new_stack(machine(g), g)
    assert g.size == FIRST_STACK << doubled


def test_copies_adjust_what_points_into_the_stack_and_nothing_else() -> None:
    g, frame = goroutine(DEFER, {"emit": 1}, frame="linked")
    seen: list[Step] = []
    m = Machine(POST_CL, g, lambda events: None, seen.append)
    execute.step(m)
    runtime.gopanic(m, g, 4)
    p = g.panic
    assert p is not None
    p.defer_bits_ptr, p.slots_ptr, p.argp, p.retpc = frame.sp, frame.fp, 8, 99
    g.param = SavedOpenDeferState(frame.sp, frame.sp, frame.sp)
    old = (frame.sp, frame.fp, p.start_sp, p.sp, p.fp, g.hi, g.size)
    copystack(m, g, 2 * g.size)
    delta = g.hi - old[5]
    assert seen[-1] == StackCopied(delta)
    assert delta > g.size
    assert (frame.sp, frame.fp, p.start_sp, p.sp, p.fp) == tuple(x + delta for x in old[:5])
    assert (p.defer_bits_ptr, p.slots_ptr) == (frame.sp, frame.fp)
    assert (p.argp, p.retpc, g.size) == (8, 99, 2 * old[6])
    assert g.defer is not None
    assert g.defer.sp == frame.sp
    assert g.param.defer_bits_offset == old[0]
    below = Machine(POST_CL, g, lambda events: None)
    copystack(below, g, g.size)
    assert frame.sp == old[0] + 2 * delta


def test_copies_move_all_linked_records() -> None:
    g, frame = _linked_twice()
    m = machine(g)
    assert g.defer is not None
    assert g.defer.link is not None
    assert [g.defer.heap, g.defer.link.heap] == [True, False]
    copystack(m, g, g.size)
    assert g.defer.sp == g.defer.link.sp == frame.sp


def _linked_twice() -> tuple[G, Frame]:
    of = program(main={"frame": "linked", "body": [{"defer": "f1"}, {"defer": "f2", "loop": True}]}, f1=[], f2=[])
    m = execute.boot(compile_program(of), POST_CL, lambda events: None)
    execute.step(m)
    execute.step(m)
    return m.g, m.g.stack[0]


def test_goroutines_have_stacks_of_their_own() -> None:
    code = compile_program(program(main=[{"go": "f1"}, {"go": "f1"}], f1=[DEFER | {"defer": "f2"}], f2=[]))
    m = execute.boot(code, POST_CL, lambda events: None)
    main = m.g
    execute.step(m)
    child = m.g
    assert child is not main
    assert child.parent is main
    assert child.hi > main.hi
    assert (main.number, child.number) == (1, 2)
    while m.g is child:
        execute.step(m)
    assert m.g is main
    execute.step(m)
    assert m.g.number == 3
    assert m.g.hi > child.hi


def test_moves_are_asked_for_before_each_step() -> None:
    code = compile_program(SCENES["deferred calls run newest first"])
    asked = 0
    copied: list[Step] = []

    def moves() -> bool:
        nonlocal asked
        asked += 1
        return asked % 2 == 0

    execute.run(code, POST_CL, lambda events: None, observe=copied.append, moves=moves)
    assert len(copied) == asked // 2 > 2


def test_recovery_tells_whether_a_goexit_stood_in_the_way() -> None:
    def went(name: str) -> list[bool]:
        return [s.goexit for s in steps(SCENES[name]) if isinstance(s, RecoveryTo)]

    assert went("a recovered panic does not stop a Goexit") == [True]
    assert went("a panic that is recovered inside a Goexit's call") == [False]

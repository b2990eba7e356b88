"""What the runtime does between two events, in one plain sentence each, and the rule that it follows.

Where CL 515856 changed something, that is one of R1 to R6 (`oracle.profile`), or what it was before; elsewhere the
runtime's function stands for itself, with its place in the sources of Go 1.22.10.
"""

from __future__ import annotations

from oracle.code import Code
from oracle.narrate import Told, at, called, count, in_binary
from oracle.profile import R1, R2, R3, R4, R5, R6, Profile
from oracle.rules import Rule
from oracle.snapshot import FrameState, GoroutineState, PanicState, State, place
from oracle.steps import (
    Bits,
    Linked,
    RecoveryTo,
    StackCopied,
    Start,
    StateConsumed,
    StateSaved,
    Step,
    UnwinderStep,
)

_SOURCES = "https://github.com/golang/go/blob/go1.22.10/src/runtime"

START = Rule(
    "runtime.start",
    "start links a panic or Goexit to g._panic and finds the first frame with work.",
    f"{_SOURCES}/panic.go#L786",
)
NEXT_DEFER = Rule(
    "runtime.nextDefer",
    "nextDefer gives the newest call that is pending in the frame that was found.",
    f"{_SOURCES}/panic.go#L831",
)
NEXT_FRAME = Rule(
    "runtime.nextFrame",
    "nextFrame goes outwards to the next frame that has calls pending.",
    f"{_SOURCES}/panic.go#L905",
)
RECOVERY = Rule(
    "runtime.recovery",
    "recovery unlinks the panics that began above the recovering frame, and goes on in it.",
    f"{_SOURCES}/panic.go#L1063",
)
THROW = Rule(
    "runtime.throw",
    "throw ends the process: the runtime has found itself broken.",
    f"{_SOURCES}/panic.go#L1016",
)
COPYSTACK = Rule(
    "runtime.copystack",
    "copystack moves a stack and adjusts the pointers into it that it knows of.",
    f"{_SOURCES}/stack.go#L854",
)
FUNCTIONS = (START, NEXT_DEFER, NEXT_FRAME, RECOVERY, THROW, COPYSTACK)

BEFORE_R1 = Rule(
    "before-R1-deferreturn-unwinds",
    "Before the CL deferreturn took a linked call of its frame at once, and otherwise looked at that one frame with"
    " the unwinder.",
    R1.source,
)
BEFORE_R5 = Rule(
    "before-R5-open-coded-first",
    "Before the CL nextFrame looked for open-coded deferred calls of a frame before linked ones.",
    R5.source,
)


def tell_step(code: Code, profile: Profile, step: Step, before: State, after: State) -> Told:
    """A step of the runtime, its addresses as distances (`oracle.snapshot.relative`)."""
    g = after.running
    match step:
        case Start():
            return _tell_start(code, profile, step, g)
        case StateConsumed():
            p = _own(g)
            return R1, (
                f"start takes for {_name_at(g, p.sp)} what g.param holds, and clears it: retpc is {p.retpc},"
                f" deferBitsPtr {at(step.defer_bits_ptr)}, slotsPtr {at(step.slots_ptr)}."
            )
        case UnwinderStep():
            return _tell_unwinder(code, profile, step, g)
        case Bits(before=0):
            return R6, (
                f"nextDefer looks at deferBits of {_name_at(g, step.sp)} before it clears any: none is set, so"
                " p.deferBitsPtr becomes nil."
            )
        case Bits():
            return _tell_bits(code, step, before.running)
        case Linked():
            taken = before.running.defers[0]
            return NEXT_DEFER, (
                f"nextDefer takes the call of {called(taken.pending.function)} off g._defer, since its sp"
                f" {at(step.sp)} is p.sp; retpc is {taken.pc}, where its deferproc returned to."
            )
        case StateSaved():
            p = _own(g)
            return R2, (
                f"recovery leaves in g.param what deferreturn of {_name_at(g, p.sp)} will need, since bits are left"
                f" there: retpc, deferBits at sp{step.defer_bits_offset:+}, slots at sp{step.slots_offset:+}."
            )
        case RecoveryTo():
            return _tell_recovery(code, profile, step, before.running, g)
        case StackCopied():
            kept = ", and the offsets in g.param need no change" if g.param is not None else ""
            return COPYSTACK, (
                f"The stack is copied to another place, {g.stack_bytes} bytes large: pointers in frames, _panic"
                f" values and _defer records are adjusted{kept}."
            )
        case _:
            return (R4 if step.text == "unexpected gp.param" else THROW), f"The runtime throws: {step.text}."


def _own(g: GoroutineState) -> PanicState:
    """The _panic value of the runtime's function that runs."""
    return g.records[0]


def _name_at(g: GoroutineState, sp: int | None) -> str:
    """The function whose frame is at sp, and sp."""
    frame = g.owner(sp)
    return at(sp) if frame is None else f"{frame.name} ({at(sp)})"


def _tell_start(code: Code, profile: Profile, step: Start, g: GoroutineState) -> Told:
    p = _own(g)
    if p.kind == "deferreturn":
        whose = f"deferreturn is called for {_name_at(g, step.sp)}"
        if profile.deferreturn_unwinds:
            if g.defers and g.defers[0].sp == step.sp:
                return BEFORE_R1, f"{whose}, and takes its linked calls at once."
            return BEFORE_R1, f"{whose}, and looks at that frame with the unwinder."
        if g.param is not None:
            return R1, f"{whose}, and does not unwind: g.param tells where its open-coded calls are."
        return R1, f"{whose}, and does not unwind: g.param is nil, so only linked calls can be pending."
    what = f"Goexit (as _panic {p.number})"
    if p.kind == "panic":
        what = f"gopanic for {p.value} (as _panic {p.number})"
        if _at_end(code, g.frames[1]):
            what = f"The nil function value cannot be called: {what}"
    return START, f"{what} is linked to g._panic, and looks for pending calls from {_name_at(g, step.sp)} outwards."


def _at_end(code: Code, frame: FrameState) -> bool:
    """Whether the frame has no actions left, so that it panics by a deferred call of a nil function value."""
    return frame.function is None or frame.action == len(code.program.functions[frame.function].body)


def _tell_unwinder(code: Code, profile: Profile, step: UnwinderStep, g: GoroutineState) -> Told:
    frame = g.owner(step.sp)
    assert frame is not None
    where = f"{frame.name} ({at(step.sp)})"
    rule = BEFORE_R5 if profile.open_coded_first else R5
    if _own(g).kind == "deferreturn":
        rule = BEFORE_R1
    if step.found == "open-coded":
        assert frame.function is not None
        assert frame.bits is not None
        return rule, (
            f"nextFrame finds {where} with open-coded calls pending (deferBits"
            f" {in_binary(code, frame.function, frame.bits)}), and sets retpc, deferBitsPtr and slotsPtr."
        )
    if not step.found:
        return NEXT_FRAME, f"nextFrame passes by {where}: no call is pending there."
    if not frame.pending:
        return rule, f"nextFrame stops at {where}, the one frame that deferreturn may look at: no call is pending."
    return rule, f"nextFrame finds {where} with {count(len(frame.pending), 'linked call')} pending."


def _tell_bits(code: Code, step: Bits, g: GoroutineState) -> Told:
    frame = g.owner(step.sp)
    assert frame is not None
    assert frame.function is not None
    newest = frame.pending[0]
    return NEXT_DEFER, (
        f"nextDefer takes the top bit of deferBits of {_name_at(g, step.sp)},"
        f" {in_binary(code, frame.function, step.before)} becomes {in_binary(code, frame.function, step.after)}: the"
        f" call of {called(newest.function)} in slot {newest.bit}."
    )


def _tell_recovery(code: Code, profile: Profile, step: RecoveryTo, before: GoroutineState, g: GoroutineState) -> Told:
    gone = len(before.frames) - len(g.frames)
    frames = f"{count(gone, 'frame')} {'is' if gone == 1 else 'are'} dropped"
    again = " (its deferproc returns 1 this time)" if g.frames[0].kind == "code" and g.frames[0].bits is None else ""
    where = f"{frames}, and control goes on at {place(code, step.pc)}{again} in the frame at {at(step.sp)}"
    if step.goexit:
        rule = RECOVERY if profile.deferreturn_unwinds else R3
        kept = "" if profile.deferreturn_unwinds else "; nothing is saved in g.param, as that loop unwinds"
        return (
            rule,
            f"recovery would jump past Goexit (_panic {g.frames[0].record}), which goes on instead: {where}{kept}.",
        )
    if profile.deferreturn_unwinds or g.param is not None:
        return RECOVERY, f"recovery returns to the frame of the deferred call that recovered: {where}."
    return R2, (
        "recovery returns to the frame of the deferred call that recovered, and saves nothing, as no bits are left"
        f" there: {where}."
    )

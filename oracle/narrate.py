"""What happens in a run, in one plain sentence each, and the rule that it follows: the program's own level.

`oracle.narrate_steps` has the runtime's level. A sentence is made of pictures of the state, and says nothing
that they do not show.
"""

from __future__ import annotations

from dataclasses import dataclass

from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    CALLED,
    DETAIL,
    NIL_VALUE,
    STARTED,
    Code,
    Deed,
    Ending,
    Word,
    describe,
    word,
)
from oracle.events import EndKind
from oracle.program import function_name
from oracle.rules import (
    CONTROL_FLOW,
    DEFERRED_CALL_EARLY,
    DEFERRED_CALL_LOST,
    DEFERRED_CALL_ORDER,
    GOEXIT_UNWINDS,
    GOROUTINE_END,
    GOROUTINE_START,
    PROCESS_END,
    RECOVER_GIVES_NIL,
    RECOVER_GIVES_PANIC,
    UNCAUGHT_PANIC,
    Rule,
)
from oracle.snapshot import FrameState, GoroutineState, State


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the program, as both models give it."""

    event: int
    word: Word


@dataclass(frozen=True, slots=True)
class Assigned:
    """A result was set. `outer`: that of the function which deferred the one that runs."""

    value: int
    outer: bool


@dataclass(frozen=True, slots=True)
class Left:
    """The innermost frame was left by its return, or by its goroutine's end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended."""

    ending: Ending


Told = tuple[Rule, str]
"""The rule that was followed, and the sentence."""


def at(distance: int | None) -> str:
    """An address as people read it: the distance from the stack's top."""
    if distance is None:
        return "nil"
    return f"hi{distance:+}" if distance else "hi"


def in_binary(code: Code, function: int, bits: int) -> str:
    """deferBits of a function, a digit for each of its defer statements."""
    return f"0b{bits:0{code.routines[function].statements}b}"


def count(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def called(function: int | None) -> str:
    """What a defer statement calls."""
    return "a nil function value" if function is None else function_name(function)


def language_rule(code: Code, event: int) -> Rule:
    """The rule of the language that an event of a run keeps, if it is the right one there."""
    told = word(code, event)
    match told.deed:
        case Deed.ENTER if told.how == STARTED:
            return GOROUTINE_START
        case Deed.ENTER if told.how == CALLED:
            return CONTROL_FLOW
        case Deed.ENTER if told.how == BY_GOEXIT:
            return GOEXIT_UNWINDS
        case Deed.ENTER:
            return DEFERRED_CALL_ORDER
        case Deed.DEFER:
            return DEFERRED_CALL_EARLY
        case Deed.GO:
            return GOROUTINE_START
        case Deed.PANIC:
            return DEFERRED_CALL_LOST
        case Deed.RECOVER:
            return RECOVER_GIVES_NIL if event & DETAIL == NIL_VALUE else RECOVER_GIVES_PANIC
        case Deed.GOEXIT:
            return GOEXIT_UNWINDS
        case Deed.RETURN:
            return DEFERRED_CALL_LOST if code.routines[told.function].statements else CONTROL_FLOW
        case _:
            return CONTROL_FLOW


def ending_rule(ending: Ending) -> Rule:
    """The rule by which a process ends so."""
    return UNCAUGHT_PANIC if ending.kind is EndKind.PANICKED else PROCESS_END


def tell_event(code: Code, happened: Happened, after: State) -> Told:
    """An event of the program."""
    rule, told = language_rule(code, happened.event), happened.word
    name = function_name(told.function)
    match told.deed:
        case Deed.ENTER:
            return rule, _tell_entry(code, told, after)
        case Deed.DEFER:
            return rule, f"{describe(code, happened.event)}: {_tell_defer(code, after.running)}."
        case Deed.GO:
            return rule, f"{describe(code, happened.event)} and waits for it."
        case Deed.PANIC:
            return rule, f"{name} panics with {told.value}: gopanic is called."
        case Deed.RECOVER if rule is RECOVER_GIVES_NIL:
            return rule, f"recover in {name} gives nil: {_why_nil(after.running)}."
        case Deed.RECOVER:
            g = after.running
            return rule, (
                f"recover in {name} gives {told.value}: _panic {g.chain[0]} itself runs {name} (p.argp is"
                f" {at(g.record(g.chain[0]).argp)}, as recover asks), and is recovered from now on."
            )
        case Deed.GOEXIT:
            return rule, f"{name} calls Goexit."
        case Deed.RETURN:
            pending = len(after.running.frames[0].pending)
            return rule, f"{name} comes to its return" + (
                f" with {count(pending, 'deferred call')} pending." if pending else "."
            )
        case _:
            return rule, f"{name} prints {told.value}."


def tell_assignment(assigned: Assigned, after: State) -> Told:
    """A result was set."""
    frame = after.running.frames[0]
    whose = "the result of the function that deferred it" if assigned.outer else "its result"
    return CONTROL_FLOW, f"{frame.name} sets {whose} to {assigned.value}."


def tell_return(before: State, after: State) -> Told:
    """The innermost frame is gone; or its goroutine is."""
    g, now = before.running, after.running
    frame = g.frames[0]
    if now.number != g.number:
        what = "Goexit has made every deferred call" if frame.kind == "Goexit" else f"{frame.name} is left"
        return GOROUTINE_END, f"{what}: goroutine {g.number} is over, and goroutine {now.number} goes on."
    if frame.kind == "deferreturn":
        return CONTROL_FLOW, f"deferreturn has no more calls to make, and returns to {now.frames[0].name}."
    if frame.kind == "wrapper":
        return CONTROL_FLOW, f"The wrapper returns to {_with_article(now.frames[0])}."
    return CONTROL_FLOW, f"{frame.name} is left, and control is back in {_with_article(now.frames[0])}."


def tell_end(code: Code, ended: Ended) -> Told:
    """The process ended."""
    ending = ended.ending
    rule = ending_rule(ending)
    match ending.kind:
        case EndKind.RETURNED:
            return rule, "main is left: the process ends with status 0."
        case EndKind.PANICKED:
            chain = ", then ".join(
                code.values[value] + (" [recovered]" if recovered else "") for value, recovered in ending.chain
            )
            return rule, f"No deferred call is left that could recover: the process dies with status 2 of {chain}."
        case EndKind.MAIN_GOEXIT:
            return rule, "Goexit has made every deferred call of main, and no goroutine is left: the process dies."
        case _:
            return rule, f"The process dies: fatal error: {ending.text}."


def _with_article(frame: FrameState) -> str:
    return "the wrapper" if frame.kind == "wrapper" else frame.name


def runner(g: GoroutineState) -> tuple[FrameState, int]:
    """The frame that called the innermost one, and how many wrappers lie between."""
    wrappers = 0
    while g.frames[wrappers + 1].kind == "wrapper":
        wrappers += 1
    return g.frames[wrappers + 1], wrappers


def _tell_entry(code: Code, told: Word, after: State) -> str:
    name, g = function_name(told.function), after.running
    if told.how == STARTED:
        return f"Goroutine {g.number} begins with {name}."
    caller, wrappers = runner(g)
    if told.how == CALLED:
        return f"{caller.name} calls {name}."
    through = f" through {count(wrappers, 'wrapper')}" if wrappers else ""
    if caller.function is not None:
        assert caller.bits is not None
        return (
            f"{caller.name} makes its newest pending call itself: it clears that call's bit of deferBits"
            f" ({in_binary(code, caller.function, caller.bits)} is left) and calls {name}{through}."
        )
    assert caller.record is not None
    owner = g.owner(g.record(caller.record).sp)
    assert owner is not None
    return f"{caller.name} calls {name}{through}: it was the newest pending deferred call of {owner.name}."


def _tell_defer(code: Code, g: GoroutineState) -> str:
    frame = g.frames[0]
    newest = frame.pending[0]
    if newest.bit is not None:
        assert frame.function is not None
        assert frame.bits is not None
        return (
            f"slot {newest.bit} has the call, and bit {newest.bit} of deferBits is set"
            f" ({in_binary(code, frame.function, frame.bits)})"
        )
    if g.defers[0].heap:
        return "deferproc links a record in the heap to g._defer"
    return "deferprocStack links a record in the frame to g._defer"


def _why_nil(g: GoroutineState) -> str:
    """Why recover gave nil to the innermost frame's function, by how that came to be entered."""
    frame = g.frames[0]
    if frame.how == STARTED:
        return f"{frame.name} is the first function of its goroutine, no deferred call"
    caller, _ = runner(g)
    if frame.how == CALLED:
        if caller.how == BY_PANIC:
            return f"{caller.name} called it, which the panic runs, so it is one level too deep"
        return f"{caller.name} called it, so it is no deferred call"
    if frame.how == BY_PANIC:
        return f"_panic {caller.record} runs it, but was recovered already"
    if frame.how == BY_GOEXIT:
        return "Goexit runs it, and Goexit is no panic"
    return f"the return of {_returning(g, caller)} runs it, no panic"


def _returning(g: GoroutineState, caller: FrameState) -> str:
    """Whose return it is that makes a deferred call: by itself, or by its deferreturn."""
    return caller.name if caller.kind == "code" else g.frames[g.frames.index(caller) + 1].name

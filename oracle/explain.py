"""A run of a program on the runtime model, step by step: what happened, by which rule, and the state behind it.

A moment is an event of the program, a step of the runtime, or what neither tells: a result that is set, a frame that
is left, the process's end. The state before it is that behind the moment before.

The model tells of some steps a few assignments before they are complete; the pictures here show them complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oracle import spec
from oracle.code import SET, SET_OUTER, Code, Deed, Ending, compile_program, describe, word
from oracle.execute import boot
from oracle.execute import step as let_go_on
from oracle.narrate import (
    Assigned,
    Ended,
    Happened,
    Left,
    Told,
    ending_rule,
    language_rule,
    tell_assignment,
    tell_end,
    tell_event,
    tell_return,
)
from oracle.narrate_steps import tell_step
from oracle.profile import POST_CL, Profile
from oracle.program import Program
from oracle.rules import Rule
from oracle.runtime import Machine
from oracle.runtime2 import Frame, G, Panic
from oracle.snapshot import Camera, State, relative
from oracle.stackcopy import copystack
from oracle.steps import Bits, RecoveryTo, StackCopied, Start, Step, UnwinderStep

LIMIT = 200_000
"""What the states of one run may hold at most: frames and linked calls, of all moments together. Nobody steps through
more."""

What = Happened | Assigned | Left | Ended | Step


class TooLong(Exception):
    """The states of a run hold more than `LIMIT`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `after`: the state behind it; steps of the runtime have distances for addresses."""

    what: What
    rule: Rule
    text: str
    after: State

    @property
    def runtime(self) -> bool:
        """Whether it is a step of the runtime, and none of the program's."""
        return not isinstance(self.what, Happened | Assigned | Left | Ended)


@dataclass(frozen=True, slots=True)
class Parting:
    """Where the runtime model parts from the language's rules. `moment`: index of the first that is not owed; `owed`:
    what was owed instead; `rule`: which asks for it."""

    moment: int
    owed: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Explanation:
    """A run. `moves`: the stack was copied between any two steps; `parting`: None if the language's rules give the
    same events and the same end."""

    code: Code
    profile: Profile
    moves: bool
    moments: tuple[Moment, ...]
    ending: Ending
    parting: Parting | None


def explain(program: Program, profile: Profile = POST_CL, *, moves: bool = False, limit: int = LIMIT) -> Explanation:
    """Run a program, which must be valid. Raises `TooLong`."""
    code = compile_program(program)
    recorder = _Recorder(code, profile, limit)
    ending = recorder.run(moves=moves)
    moments = tuple(recorder.moments)
    owed: list[int] = []
    owed_ending = spec.run(code, owed.extend)
    return Explanation(code, profile, moves, moments, ending, parting(code, moments, owed, owed_ending))


def parting(code: Code, moments: Sequence[Moment], owed: Sequence[int], owed_ending: Ending) -> Parting | None:
    """Where a run parts from the events, and the end, that the language's rules give."""
    told = [(index, m.what.event) for index, m in enumerate(moments) if isinstance(m.what, Happened)]
    for (index, event), right in zip(told, owed, strict=False):
        if event != right:
            return Parting(index, describe(code, right), language_rule(code, right))
    last = len(moments) - 1
    if len(told) < len(owed):
        right = owed[len(told)]
        return Parting(last, describe(code, right), language_rule(code, right))
    ended = moments[last].what
    if len(told) > len(owed) or not (isinstance(ended, Ended) and ended.ending == owed_ending):
        first = told[len(owed)][0] if len(told) > len(owed) else last
        return Parting(first, f"the process ends: {owed_ending.kind.value}", ending_rule(owed_ending))
    return None


class _Recorder:
    """Runs the model, and keeps what it tells."""

    def __init__(self, code: Code, profile: Profile, limit: int) -> None:
        self.code = code
        self.profile = profile
        self.room = limit
        self.camera = Camera(code)
        self.moments: list[Moment] = []
        self.batch: list[tuple[What, State]] = []
        """What the step under way has told, each with the state when it was told."""

    def run(self, *, moves: bool) -> Ending:
        """The whole run; how it ended."""
        events: list[tuple[int, ...]] = []
        steps: list[Step] = []
        m = boot(self.code, self.profile, events.append, observe=steps.append)
        m.emit = lambda some: self._emitted(m, some)
        m.observe = lambda step: self._observed(m, step)
        for step in steps:
            m.observe(step)
        for some in events:
            m.emit(some)
        self._keep()
        while m.ending is None:
            if moves:
                copystack(m, m.g, m.g.size)
                self._keep()
            self._step(m)
        return m.ending

    def _step(self, m: Machine) -> None:
        g = m.g
        frame = g.stack[-1]
        assigned = _assignment(frame)
        if frame.panic is not None and (bits := _no_bits(g, frame.panic)) is not None:
            self._found_no_bits(m, bits)
        let_go_on(m)
        if m.ending is not None:
            self.batch.append((Ended(m.ending), self.camera.take(m)))
        elif assigned is not None:
            self.batch.append((assigned, self.camera.take(m)))
        elif frame not in m.g.stack and m.g.parent is not g and not self._recovered():
            self.batch.append((Left(), self.camera.take(m)))
        else:
            self.batch[-1:] = [(what, self.camera.take(m)) for what, _ in self.batch[-1:]]
        self._keep()

    def _recovered(self) -> bool:
        return bool(self.batch) and isinstance(self.batch[-1][0], RecoveryTo)

    def _emitted(self, m: Machine, events: tuple[int, ...]) -> None:
        for event in events:
            told = word(self.code, event)
            if told.deed is Deed.ENTER:
                self.camera.entered(m.g.stack[-1], told.how)
            state = self.camera.take(m)
            if told.deed is Deed.RETURN:
                g = state.running
                ending = replace(g.frames[0], action=len(self.code.program.functions[told.function].body))
                state = state.with_running(replace(g, frames=(ending, *g.frames[1:])))
            self.batch.append((Happened(event, told), state))

    def _observed(self, m: Machine, step: Step) -> None:
        p = m.g.stack[-1].panic
        if isinstance(step, StackCopied):
            self.camera.copied(m.g)
        elif isinstance(step, Start) and p is not None:
            self.camera.began(p)
        state = self.camera.take(m)
        step = relative(step, m.g.hi)
        match step:
            case Start() if p is not None and not p.deferreturn:
                g = state.running
                state = state.with_running(replace(g, chain=(g.records[0].number, *g.chain)))
            case UnwinderStep(sp=sp, found=found) if found:
                g = state.running
                state = state.with_running(g.revised(replace(g.records[0], sp=sp)))
        self.batch.append((step, state))

    def _found_no_bits(self, m: Machine, step: Bits) -> None:
        """nextDefer tells nothing of a look that finds no bits, but it is what R6 asks for."""
        state = self.camera.take(m)
        g = state.running
        record = g.records[0]
        record = replace(record, argp=record.start_sp, defer_bits_ptr=None)
        self.batch.append((relative(step, m.g.hi), state.with_running(g.revised(record))))
        self._keep()

    def _keep(self) -> None:
        """What was told becomes moments."""
        for what, after in self.batch:
            self.room -= 1 + sum(len(g.frames) + len(g.defers) for g in after.goroutines)
            if self.room < 0:
                raise TooLong
            before = self.moments[-1].after if self.moments else State()
            self.moments.append(Moment(what, *self._tell(what, before, after), after))
        self.batch.clear()

    def _tell(self, what: What, before: State, after: State) -> Told:
        match what:
            case Happened():
                return tell_event(self.code, what, after)
            case Assigned():
                return tell_assignment(what, after)
            case Left():
                return tell_return(before, after)
            case Ended():
                return tell_end(self.code, what)
            case _:
                return tell_step(self.code, self.profile, what, before, after)


def _assignment(frame: Frame) -> Assigned | None:
    """The result that the innermost frame sets next, of which no event tells."""
    if frame.routine is None or frame.pc >= len(frame.routine.ops):
        return None
    op, value, _ = frame.routine.ops[frame.pc]
    return Assigned(value, op == SET_OUTER) if op in (SET, SET_OUTER) else None


def _no_bits(g: G, p: Panic) -> Bits | None:
    """The look at a frame's bits with which nextDefer is about to find none."""
    if p.recovered:
        return None
    holder = g.memory.get(p.defer_bits_ptr)
    return Bits(holder.sp, 0, 0) if holder is not None and holder.bits == 0 else None

"""A program that is known: what a run of it must show, and where a run first shows something else.

The prediction is `oracle.spec`'s. A run shows a trace, what was printed, and how the process ended; `Places` ties a
trace, which knows lines of a Go source, to the functions and actions of the program. The whole trace must be
consumed. Where `oracle.check` needs evidence for what it expects, here everything is known beforehand: which action
comes next, in which goroutine, and how a function comes to be entered.

Not compared: which of several activations of one function acts where both could (`oracle.check` does that).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from oracle import rules, spec
from oracle.check import Divergence
from oracle.code import (
    BY_GOEXIT,
    BY_PANIC,
    BY_RETURN,
    CALLED,
    HOW,
    STARTED,
    Code,
    Deed,
    Ending,
    Word,
    canonical_text,
    compile_program,
    word,
)
from oracle.events import Defer, End, EndKind, Enter, Event, Function, Go, Goexit, Panic, Recover, Return, Via
from oracle.program import Action, Call, Emit, Program, ReadResult, function_name
from oracle.program import Defer as DeferAction
from oracle.program import Recover as RecoverAction
from oracle.rules import Rule
from oracle.words import describe_end, describe_event

PREDICTED_EVENT = Rule(
    "predicted-event", "A run of a known program shows the events that the language owes it.", "oracle/spec.py"
)

NIL: Final = "nil"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a program stands in a Go source, by 1-based lines. `entries`: the line of a func keyword -> the function;
    `actions`: a line -> (function, action) as `Word` counts them. A function may stand there more than once."""

    entries: dict[int, int]
    actions: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the language owes a program: all events, those of printing too, and how the process ends."""

    code: Code
    words: tuple[Word, ...]
    ending: Ending

    @property
    def stdout(self) -> str:
        """All of standard output."""
        bodies = [function.body for function in self.code.program.functions]
        return "".join(
            f"{label(w.function, bodies[w.function][w.action])} {'<nil>' if w.value == NIL else w.value}\n"
            for w in self.words
            if w.deed is Deed.PRINT
        )

    @property
    def status(self) -> int:
        """The exit status: 2 after a crash."""
        return 0 if self.ending.kind is EndKind.RETURNED else 2

    @property
    def report(self) -> tuple[str, ...]:
        """The lines of an uncaught panic's report, without their indentation: one for each panic under way."""
        return tuple(
            f"panic: {self.code.values[value]}{' [recovered]' if recovered else ''}"
            for value, recovered in self.ending.chain
        )


def predict(program: Program) -> Prediction:
    """Run the program, which must be valid."""
    code = compile_program(program)
    events: list[int] = []
    ending = spec.run(code, events.extend)
    return Prediction(code, tuple([word(code, event) for event in events]), ending)


def label(function: int, action: Action) -> str:
    """What is printed before a value, so that one sees who printed it."""
    name = function_name(function)
    match action:
        case Call(function=called):
            return f"{name}: {function_name(called)} gives"
        case RecoverAction():
            return f"{name}: recover gives"
        case ReadResult(outer=outer):
            return f"{name}: {'outer ' if outer else ''}result is"
        case Emit():
            return f"{name} reaches"
    raise AssertionError(action)  # prints nothing


# --- Predicted against observed ----------------------------------------------------------------------------------


def compare(
    prediction: Prediction, places: Places, functions: Sequence[Function], events: Iterable[Event], end: End
) -> Divergence | None:
    """Compare a trace with what was predicted. None if it is that, else where it first differs.

    Events of functions that are not the program's (helpers that the Go source needs) are left out.
    """
    numbers = [places.entries.get(f.first_line, -1) for f in functions]
    owed = [w for w in prediction.words if w.deed is not Deed.PRINT]
    story = _Story(places, numbers, prediction.code)
    seen = list(events)
    position = 0
    for index, event in enumerate(seen):
        if story.is_helper(event):
            continue
        if position == len(owed):
            return Divergence(PREDICTED_EVENT, index, describe_event(event, tuple(functions)), _owed_end(prediction))
        if (broken := story.take(owed[position], event, seen[index:])) is not None:
            rule, instead = broken
            return Divergence(rule, index, describe_event(event, tuple(functions)), instead)
        position += 1
    if position < len(owed):
        left = owed[position]
        rule = rules.DEFERRED_CALL_LOST if left.is_deferred_call else rules.PROCESS_END
        return Divergence(rule, len(seen), describe_end(end), describe(prediction.code, left))
    return _compare_end(prediction, len(seen), end)


def _compare_end(prediction: Prediction, index: int, end: End) -> Divergence | None:
    ending = prediction.ending
    # Since Go 1.25 the report says so where the same value panics again.
    text = end.text.replace(" [recovered, repanicked]", " [recovered]")
    if end.kind is ending.kind and (end.kind is not EndKind.PANICKED or text == prediction.report[0]):
        return None
    rule = rules.UNCAUGHT_PANIC if EndKind.PANICKED in {end.kind, ending.kind} else rules.PROCESS_END
    return Divergence(rule, index, describe_end(end), _owed_end(prediction))


def _owed_end(prediction: Prediction) -> str:
    match prediction.ending.kind:
        case EndKind.RETURNED:
            return "main returns: the process ends with status 0"
        case EndKind.PANICKED:
            return f"the process ends: {prediction.report[0]}"
        case _:
            return "the process ends: no goroutines, main called Goexit"


class _Story:
    """What a trace has told so far. `stacks`: for each goroutine, newest last, its activations, innermost last: some
    may be over already; `functions`: activation -> function; `progress`: activation -> the action it came to;
    `pending`: records of defer statements that have not run, with what they call."""

    def __init__(self, places: Places, numbers: Sequence[int], code: Code) -> None:
        self.places = places
        self.numbers = numbers
        self.code = code
        self.stacks: list[tuple[int, list[int]]] = []
        self.functions: dict[int, int] = {}
        self.progress: dict[int, int] = {}
        self.pending: dict[int, int | None] = {}
        self.goroutines = 0

    def is_helper(self, event: Event) -> bool:
        """Whether the event is of a function that is none of the program's."""
        if isinstance(event, Enter):
            self.functions[event.activation] = self.numbers[event.function]
        return self.functions.get(event.activation, 0) < 0

    def take(self, owed: Word, event: Event, rest: Sequence[Event]) -> tuple[Rule, str] | None:
        """Take the next event. None if it is the one that is owed, else the rule that it breaks and what is owed."""
        rule = self._enter(owed, event, rest) if owed.deed is Deed.ENTER else self._act(owed, event)
        return None if rule is None else (rule, describe(self.code, owed))

    def _enter(self, owed: Word, event: Event, rest: Sequence[Event]) -> Rule | None:
        if not isinstance(event, Enter) or self.numbers[event.function] != owed.function:
            if not owed.is_deferred_call:
                return self._astray(event)
            comes = any(isinstance(e, Enter) and self.numbers[e.function] == owed.function for e in rest)
            return rules.DEFERRED_CALL_ORDER if comes else rules.DEFERRED_CALL_LOST
        if event.via not in _VIA[owed.how]:
            return PREDICTED_EVENT
        if owed.how == STARTED:
            self.goroutines += 1
            if event.goroutine != self.goroutines:
                return rules.GOROUTINE_START
            self.stacks.append((event.goroutine, []))
        elif not self._is_running(event.goroutine):
            return rules.CONTROL_FLOW
        if owed.how == CALLED and not self._calls(event):
            return rules.CONTROL_FLOW
        if event.deferred and (not owed.is_deferred_call or self.pending.pop(event.deferred, None) != owed.function):
            return rules.DEFERRED_CALL_TWICE
        self.stacks[-1][1].append(event.activation)
        self.progress[event.activation] = -1
        return None

    def _calls(self, event: Enter) -> bool:
        """Whether the call stands on a line of the program that makes it, in the function that runs."""
        if event.line not in self.places.actions:
            return False
        function, action = self.places.actions[event.line]
        made = self.code.program.functions[function].body[action : action + 1]
        return any(isinstance(a, Call) and a.function == self.numbers[event.function] for a in made) and any(
            self.functions[activation] == function for activation in self.stacks[-1][1]
        )

    def _act(self, owed: Word, event: Event) -> Rule | None:
        if type(event) is not _ACTS[owed.deed]:
            return self._astray(event)
        if self.places.actions.get(event.line) != (owed.function, owed.action):
            return rules.CONTROL_FLOW
        if self.functions.get(event.activation) != owed.function or not self._is_running(event.goroutine):
            return rules.CONTROL_FLOW
        stack = self.stacks[-1][1]
        if event.activation not in stack or owed.action < self.progress[event.activation]:
            return rules.CONTROL_FLOW
        del stack[stack.index(event.activation) + 1 :]
        self.progress[event.activation] = owed.action
        match event:
            case Recover(value=value) if value != canonical_text(owed.value):
                return rules.RECOVER_GIVES_NIL if owed.value == NIL else rules.RECOVER_GIVES_PANIC
            case Panic(value=value) if value != canonical_text(owed.value):
                return PREDICTED_EVENT
            case Defer(record=record):
                made = self.code.program.functions[owed.function].body[owed.action]
                assert isinstance(made, DeferAction)  # its place is a defer statement's
                self.pending[record] = made.function
        return None

    def _is_running(self, goroutine: int) -> bool:
        """Whether it is the goroutine that runs, once those that it waited for are over."""
        while self.stacks and self.stacks[-1][0] != goroutine:
            if len(self.stacks) == 1:
                return False
            self.stacks.pop()
        return bool(self.stacks)

    def _astray(self, event: Event) -> Rule:
        """The rule that an event of another sort than is owed breaks."""
        if isinstance(event, Enter) and (event.deferred or event.via in {Via.PANIC, Via.GOEXIT}):
            ran = event.deferred and event.deferred not in self.pending
            return rules.DEFERRED_CALL_TWICE if ran else rules.DEFERRED_CALL_EARLY
        return PREDICTED_EVENT


_ACTS = {
    Deed.DEFER: Defer,
    Deed.GO: Go,
    Deed.PANIC: Panic,
    Deed.RECOVER: Recover,
    Deed.GOEXIT: Goexit,
    Deed.RETURN: Return,
}

_VIA = {
    CALLED: {Via.CODE},
    BY_RETURN: {Via.CODE, Via.RUNTIME},
    BY_PANIC: {Via.PANIC, Via.RUNTIME},
    BY_GOEXIT: {Via.GOEXIT, Via.RUNTIME},
    STARTED: {Via.START},
}
"""Who may be seen to call a function, by how it comes to be entered. `Via.RUNTIME` tells nothing."""


def describe(code: Code, owed: Word) -> str:
    """What is owed, in words."""
    name = function_name(owed.function)
    place = f"{name}, action {owed.action + 1}"
    match owed.deed:
        case Deed.ENTER:
            return f"{name} is entered ({HOW[owed.how]})"
        case Deed.RECOVER:
            return f"recover gives {owed.value} ({place})"
        case Deed.RETURN if owed.action == len(code.program.functions[owed.function].body):
            return f"{name} returns (at its end)"
        case deed:
            return f"{name} goes on with {deed.value} ({place})"

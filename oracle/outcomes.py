"""What calls come to, worked out once for each function: the language's rules in compositional form.

What a call does depends on nothing but the function called, unless it is a deferred call that a panic runs (then
also on the panic's value, if the function calls recover itself) or that uses the result of the function around it. So
where many programs are made of the functions of one table, each call of a function needs to be worked out only once,
and a program is one frame and what its calls come to. `oracle.spec` says the same of whole programs, call by call;
both must give the same events.

A call leaves by one of five ways. A Goexit cannot be stopped, so a panic that passes over one is told apart from one
that does not: recovered, it gives control back to the Goexit. A deferred call that panics, or calls Goexit, puts an
end to the panic that runs it, recovered or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from oracle.code import (
    BY_RETURN,
    CALL,
    CALL_AND_SHOW,
    CALLED,
    FAULT_VALUES,
    GO,
    GOEXIT,
    NIL_VALUE,
    PANIC,
    READ,
    READ_OUTER,
    RECOVER,
    RECOVER_AND_SHOW,
    SET,
    SET_OUTER,
    SHOWN,
    STARTED,
    Events,
    Routine,
    Statement,
)
from oracle.program import FaultKind

RETURNED, PANICS, EXITS, PANICS_OVER_EXIT, DIED = range(5)
"""How control leaves a call: it returns; a panic, a Goexit, or a panic over a Goexit goes on in its caller; the
process has died of a panic in another goroutine."""

_NIL_FUNCTION = FAULT_VALUES[FaultKind.NIL]


class Outcome(NamedTuple):
    """What a call comes to. `value`: its result, or the number of the panic's value; `recovered`: it has recovered
    the panic that ran it."""

    events: Events
    left: int
    value: int
    recovered: bool


class Site:
    """A defer statement; `target`: what it defers, None for a nil function value. May be filled in anew."""

    __slots__ = ("target",)

    def __init__(self, target: Settled | None) -> None:
        self.target = target


Step = tuple[int, Any, int, Events, Sequence[Site]]
"""An operation and what follows it for certain, as `oracle.code.Stretch` has it, with `Settled` for routines."""


class Settled:
    """A function with what its calls come to, as far as that has been asked for.

    `sites`: its defer statements; `steps` is `Routine.rest`, a list if it is to be filled in anew.
    """

    __slots__ = (
        "_by_panic",
        "_called",
        "_started",
        "deferred",
        "opening",
        "recovers",
        "sees",
        "sites",
        "start",
        "steps",
    )

    def __init__(self, routine: Routine, known: dict[int, Settled]) -> None:
        sites: dict[Statement, Site] = {}

        def site(statement: Statement) -> Site:
            if statement not in sites:
                target = statement.routine
                sites[statement] = Site(None if target is None else known.get(target.number))
            return sites[statement]

        self.opening = routine.opening
        self.start = tuple([site(statement) for statement in routine.opening_defers])
        steps: list[Step] = []
        for op, operand, event, after, statements in routine.rest:
            target = known.get(operand.number) if isinstance(operand, Routine) else operand
            steps.append((op, target, event, after, tuple([site(statement) for statement in statements])))
        self.steps: Sequence[Step] = tuple(steps)
        self.sites = sites
        operations = {step[0] for step in steps}
        self.recovers = not operations.isdisjoint(_RECOVERS)
        self.sees = not operations.isdisjoint((SET_OUTER, READ_OUTER))
        self.deferred: Outcome | None = None
        self._called: Outcome | None = None
        self._started: Outcome | None = None
        self._by_panic: dict[int, Outcome] = {}

    def called(self) -> Outcome:
        """A call by code."""
        if self._called is None:
            self._called = self._outcome(CALLED, None, None)
        return self._called

    def started(self) -> Outcome:
        """The first call of a goroutine."""
        if self._started is None:
            self._started = self._outcome(STARTED, None, None)
        return self._started

    def by_panic(self, value: int, outer: list[int]) -> Outcome:
        """A deferred call that a panic runs. `outer`: the result of the function that deferred it."""
        if not self.recovers:
            return self.by_return(outer)
        if self.sees:
            return self._outcome(BY_RETURN, value, outer)
        if value not in self._by_panic:
            self._by_panic[value] = self._outcome(BY_RETURN, value, None)
        return self._by_panic[value]

    def by_return(self, outer: list[int]) -> Outcome:
        """A deferred call that a return or a Goexit runs: neither is to be recovered."""
        if self.sees:
            return self._outcome(BY_RETURN, None, outer)
        if self.deferred is None:
            self.deferred = self._outcome(BY_RETURN, None, None)
        return self.deferred

    def _outcome(self, how: int, panic: int | None, outer: list[int] | None) -> Outcome:
        events: list[int] = []
        left, value, recovered = run(self, events, how, panic, outer)
        return Outcome(tuple(events), left, value, recovered)


def run(
    function: Settled, events: list[int], how: int, panic: int | None = None, outer: list[int] | None = None
) -> tuple[int, int, bool]:
    """Run one frame: append its events, return how control leaves it, with which value, and whether it recovered.

    `panic`: the value of the panic that runs it, if one does.
    """
    events += function.opening[how]
    pending = list(function.start)
    result = [0]
    left = value = 0
    recovered = False
    for op, operand, event, after, sites in function.steps:
        if op in _CALLS:
            told, left, value, _ = operand.called()
            events += told
            if left:
                break
            if op == CALL_AND_SHOW:
                events.append(event + value)
        elif op in _RECOVERS:
            got = NIL_VALUE if panic is None or recovered else panic
            recovered = panic is not None
            events.append(event + got)
            if op == RECOVER_AND_SHOW:
                events.append(event + SHOWN + got)
        elif op == PANIC:
            left, value = PANICS, operand
            break
        elif op == GOEXIT:
            left = EXITS
            break
        elif op == SET:
            result[0] = operand
        elif op == READ:
            events.append(event + result[0])
        elif op == GO:
            told, left, value, _ = operand.started()
            events += told
            if left in _DEADLY:
                return DIED, value, False
            left = RETURNED
        else:
            assert outer is not None  # only closures that are deferred see it
            if op == SET_OUTER:
                outer[0] = operand
            else:
                events.append(event + outer[0])
        if after:
            events += after
            if sites:
                pending += sites
    if left == DIED:
        return DIED, value, False
    if pending:
        left, value = _finish(pending, events, left, value, result)
        if left == DIED:
            return DIED, value, False
    return left, value if left else result[0], recovered


_CALLS = (CALL, CALL_AND_SHOW)
_RECOVERS = (RECOVER, RECOVER_AND_SHOW)
_DEADLY = (PANICS, PANICS_OVER_EXIT, DIED)


def _finish(pending: list[Site], events: list[int], left: int, value: int, result: list[int]) -> tuple[int, int]:
    """Run what is pending, the newest first, and say how control leaves the frame then."""
    exits = left in (EXITS, PANICS_OVER_EXIT)
    panics = left in (PANICS, PANICS_OVER_EXIT)
    while pending:
        target = pending.pop().target
        if target is None:
            # That it is nil shows when it is called.
            panics, value = True, _NIL_FUNCTION
            continue
        told, left, its_value, recovered = target.by_panic(value, result) if panics else target.by_return(result)
        events += told
        if left == RETURNED:
            panics = panics and not recovered
        elif left == DIED:
            return DIED, its_value
        else:
            exits = exits or left != PANICS
            panics, value = left != EXITS, its_value
    if panics:
        return (PANICS_OVER_EXIT if exits else PANICS), value
    return (EXITS if exits else RETURNED), value

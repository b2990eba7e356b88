"""A table compiled: as the driver reads it, and as the model does, with holes in its skeletons to be filled anew for
each program."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from harness.data import wire
from harness.data.tables import Skeleton, Table
from oracle.code import CALL, CALL_AND_SHOW, DEFER, GO, STARTED, Routine, compile_program
from oracle.outcomes import DIED, EXITS, PANICS, PANICS_OVER_EXIT, RETURNED, Settled, run
from oracle.program import Call, Defer, Go, Program

_ENDINGS = {
    RETURNED: wire.RETURNED,
    EXITS: wire.GOEXIT,
    PANICS: wire.PANICKED,
    PANICS_OVER_EXIT: wire.PANICKED,
    DIED: wire.PANICKED,
}

_QUIET = (RETURNED, EXITS)
"""Ways to end that have no value."""


def predict(function: Settled, owed: list[int]) -> None:
    """Append the words that a program owes whose first function this is."""
    left, value, _ = run(function, owed, STARTED)
    owed.append(_ENDINGS[left] if left in _QUIET else _ENDINGS[left] | value)


_Among = list[tuple[int, Settled]]
"""Functions that may fill a hole, with their numbers."""


class Compiled:
    """A table as the model reads it. `skeletons`: of each its function; its holes at defer statements; the places of
    its calls in `Settled.steps`; each hole with what may fill it."""

    def __init__(self, table: Table) -> None:
        pool = [made.function for made in table.functions]
        given = [skeleton.function for skeleton in table.skeletons]
        self.code = code = compile_program(Program((*pool, *given)))
        for routine in code.routines:
            wire.deferred_alike(routine)
        self.words = array(wire.WORD)
        for made, routine in zip(table.functions, code.routines, strict=False):
            self.words.extend(wire.function(made.function, made.shape, routine, code))
        known: dict[int, Settled] = {}
        for number, routine in enumerate(code.routines[: len(pool)]):
            known[number] = Settled(routine, known)
        self.skeletons = []
        choices: dict[int, _Among] = {}
        for skeleton, routine in zip(table.skeletons, code.routines[len(pool) :], strict=True):
            holes = [hole.action for hole in skeleton.holes]
            self.words.extend(wire.function(skeleton.function, skeleton.shape, routine, code, holes))
            for hole in skeleton.holes:
                if id(hole.among) not in choices:
                    choices[id(hole.among)] = [(n, known[n]) for n in hole.among]
            self.skeletons.append(_open(skeleton, routine, Settled(routine, known), choices))
        self._known = known

    def filled(self, which: int, targets: Sequence[int]) -> Settled:
        """A skeleton with these functions in its holes, in the order of a sheet."""
        function, sites, calls = self.skeletons[which]
        known = self._known
        for (site, _, _), target in zip(sites, targets, strict=False):
            site.target = known[target]
        steps: Any = function.steps
        for (place, _, _), target in zip(calls, targets[len(sites) :], strict=True):
            op, _, event, after, deferred = steps[place]
            steps[place] = (op, known[target], event, after, deferred)
        return function


_Hole = tuple[Any, _Among, int]


def _open(
    skeleton: Skeleton, routine: Routine, function: Settled, choices: dict[int, _Among]
) -> tuple[Settled, list[_Hole], list[_Hole]]:
    """A skeleton's function, made to be filled."""
    among = {hole.action: choices[id(hole.among)] for hole in skeleton.holes}
    statements = iter(dict.fromkeys(operand for op, operand, _ in routine.ops if op == DEFER))
    stretches = iter([place for place, stretch in enumerate(routine.rest) if stretch[0] in _CALLS])
    sites: list[_Hole] = []
    calls: list[_Hole] = []
    for position, action in enumerate(skeleton.function.body):
        if isinstance(action, Defer) and action.times:
            statement = next(statements)
            if position in among:
                sites.append((function.sites[statement], among[position], len(among[position])))
        elif isinstance(action, Call | Go):
            calls.append((next(stretches), among[position], len(among[position])))
    function.steps = list(function.steps)  # its calls are filled in
    return function, sites, calls


_CALLS = (CALL, CALL_AND_SHOW, GO)

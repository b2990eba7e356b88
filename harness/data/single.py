"""Single programs of the algebra as data: a chunk made of programs that are given, not drawn.

Not every program can be data: the driver's shapes are fixed (`harness.golang.shapes`), and a function must have one
that its defer statements fit.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from harness.data import wire
from harness.data.chunk import ROOMY, Chunk
from harness.golang.shapes import FORMS, Shape, Site, shapes
from oracle import spec
from oracle.code import Code, compile_program
from oracle.gather import aimed
from oracle.program import Call, Defer, Form, Frame, Function, Go, Program

Hints = Sequence[int | None]
"""For each function of a program the shape that it should have, if that fits."""


MOST_WORDS = 1 << 12
"""Of what writes more, the driver says that it does not come to an end (`wordsOfOne` in its run.go)."""
_MOST_TIMES = 0xFFFF
"""That is what a word of a defer statement has room for."""


class NotData(ValueError):
    """A program has a function that no shape fits, or owes more words than the driver lets it write."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A program with the shapes of its functions, by number."""

    program: Program
    shapes: tuple[int, ...]


def fit(program: Program, release: tuple[int, int], hints: Hints = (), *, ranging: bool = False) -> Fitted:
    """Choose shapes for a program. `ranging`: where it can be, those whose loops are over a function. Raises
    `NotData`."""
    known = shapes(release)
    order = _order(release, ranging)
    chosen: list[int] = []
    for number, function in enumerate(program.functions):
        hint = hints[number] if number < len(hints) else None
        if hint is not None and fits(program, function, known[hint]):
            chosen.append(hint)
            continue
        found = next((n for n in order if fits(program, function, known[n])), None)
        if found is None:
            raise NotData(f"function {number} has no shape in the driver")
        chosen.append(found)
    return Fitted(program, tuple(chosen))


@cache
def _order(release: tuple[int, int], ranging: bool) -> tuple[int, ...]:
    """The numbers of all shapes, those that are wanted first."""
    known = shapes(release)
    return tuple(sorted(range(len(known)), key=lambda n: known[n].ranging is not ranging))


def fits(program: Program, function: Function, shape: Shape) -> bool:
    """Whether the shape can do what the function does."""
    statements = function.statements
    if len(statements) != len(shape.sites) or function.large != shape.large:
        return False
    if statements and function.frame is not shape.frame:
        return False
    return max((s.times for s in statements), default=0) <= _MOST_TIMES and all(
        _stands(program, s, site, shape) for s, site in zip(statements, shape.sites, strict=True)
    )


def _stands(program: Program, statement: Defer, site: Site, shape: Shape) -> bool:
    if statement.function is None:
        return site is Site.VARIABLE
    if site not in FORMS[statement.form]:
        return False
    if statement.form is not Form.CLOSURE:
        return True
    target = program.functions[statement.function]
    if site is Site.LITERAL:
        return not target.statements
    return shape.frame is Frame.LINKED or not target.sees_outer_result


def chunk_of(programs: Sequence[Fitted], how: int = ROOMY) -> tuple[Chunk, Code]:
    """The programs as one chunk, and all of them as they were compiled: that of one program is its own."""
    functions: list[Function] = []
    numbers: list[int] = []
    roots: list[int] = []
    for fitted in programs:
        first = len(functions)
        roots.append(first)
        functions += [moved(function, first) for function in fitted.program.functions]
        numbers += fitted.shapes
    code = compile_program(Program(tuple(functions)))
    words = wire.header(len(functions), len(roots), len(roots))
    for routine in code.routines:
        wire.deferred_alike(routine)
    for function, shape, routine in zip(functions, numbers, code.routines, strict=True):
        words.extend(wire.function(function, shape, routine, code))
    for root in roots:
        words.extend(wire.function(functions[root], numbers[root], code.routines[root], code))
    first_program = len(words)
    words.extend(range(len(roots)))
    owed: list[int] = []
    ends = array("Q")
    for root in roots:
        owed.append(wire.ending(spec.run_routine(code.routines[root], owed.extend)))
        ends.append(len(owed))
    chunk = Chunk(0, how, wire.as_bytes(words), first_program, wire.as_bytes(array(wire.WORD, owed)), ends)
    return chunk, code


def moved(function: Function, by: int) -> Function:
    """The function with its references `by` further on."""
    body = []
    for action in function.body:
        target = action.function if isinstance(action, Call | Defer | Go) else None
        body.append(action if target is None else aimed(action, target + by))
    return replace(function, body=tuple(body))

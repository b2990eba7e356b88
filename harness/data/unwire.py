"""Reads sheets as the driver does (`harness/golang/go/data/decode.go`): what it takes is taken, what it refuses is
refused with the same words. `harness.data.wire` writes them.

A sheet says more than its words show, so not every damage can be seen: another function where any could stand makes
another program. The driver is told the checksum of what it must read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.data import wire
from harness.golang.shapes import FORMS, Shape, Site
from oracle.code import DETAIL, FAULT_VALUES, SHOWN
from oracle.program import Frame

_BYTES = 1 << 28
_VALUES = range(1 + len(FAULT_VALUES), 255)
_LAST_EVENT = wire.END_MARK - 2 * SHOWN
_WORDS_OF_FUNCTION = 6

_REFERS = frozenset((wire.OP_SITE, wire.OP_CALL, wire.OP_CALL_AND_SHOW, wire.OP_GO))
_LAST = frozenset(
    (wire.OP_END, wire.OP_RETURN_VALUE, wire.OP_PANIC, wire.OP_GOEXIT, wire.OP_NIL, wire.OP_DIVIDE, wire.OP_INDEX)
)
_RESULTS = frozenset((wire.OP_RETURN_VALUE, wire.OP_SET, wire.OP_SET_OUTER))
_OUTER = frozenset((wire.OP_SET_OUTER, wire.OP_READ_OUTER))
_CLOSURE = 0
_FITS = {(wire.FORMS[form], site) for form, sites in FORMS.items() for site in sites}
_FITS.add((wire.NO_FUNCTION, Site.VARIABLE))


class NoSheet(ValueError):
    """The bytes are no sheet for these shapes; says in one line why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `site`: of a defer statement, what its shape has there; `target`: the number of its function,
    None if it has none, or if that is filled in by programs."""

    code: int
    form: int
    loop: bool
    times: int
    operand: int
    event: int
    site: Site | None
    target: int | None


@dataclass(frozen=True, slots=True)
class Function:
    """`holes`: positions of operations that programs fill, in the order in which they do."""

    shape: int
    enter: int
    operations: tuple[Operation, ...]
    holes: tuple[int, ...]

    @property
    def outer(self) -> bool:
        """Whether it uses the result of the function that defers it."""
        return any(operation.code in _OUTER for operation in self.operations)


@dataclass(frozen=True, slots=True)
class Sheet:
    """`programs`: the number of a skeleton, and a function's for each of its holes."""

    functions: tuple[Function, ...]
    skeletons: tuple[Function, ...]
    programs: tuple[tuple[int, tuple[int, ...]], ...]


def decode(raw: bytes, shapes: Sequence[Shape]) -> Sheet:
    """The sheet of a file, for a driver with these shapes. Raises `NoSheet`."""
    if len(raw) < 16 or len(raw) % 4 or len(raw) > _BYTES:
        raise NoSheet("no whole number of words")
    words = wire.from_bytes(raw)
    if words[0] != wire.MAGIC:
        raise NoSheet("no sheet of this driver")
    return _Decoder(words, shapes).sheet()


class _Decoder:
    """A sheet half read. `at`: the next word; `back`, `forth`: its functions refer to earlier ones, to later ones.
    Both together might be a circle, so only one may be."""

    def __init__(self, words: array[int], shapes: Sequence[Shape]) -> None:
        self.words = words
        self.shapes = shapes
        self.at = 4
        self.place = ""
        self.pool = words[1]
        self.back = self.forth = False
        self.outer: list[bool] = []
        self.shape_of: list[Shape] = []

    def _fault(self, why: str) -> NoSheet:
        return NoSheet(f"{self.place}{why}")

    @property
    def left(self) -> int:
        return len(self.words) - self.at

    def sheet(self) -> Sheet:
        total, count = self.words[1] + self.words[2], self.words[3]
        if total * _WORDS_OF_FUNCTION > self.left:
            raise self._fault("it has fewer words than functions")
        functions: list[Function] = []
        for number in range(total):
            self.place = f"function {number}: "
            functions.append(self._function(number))
        self.outer = [function.outer for function in functions]
        self.shape_of = [self.shapes[function.shape] for function in functions]
        for number, function in enumerate(functions):
            self.place = f"function {number}: "
            for operation in function.operations:
                if operation.target is not None:
                    self._admit(self.shape_of[number], operation, operation.target)
        self.place = ""
        if count > self.left:
            raise self._fault("it has fewer words than programs")
        programs = []
        for number in range(count):
            self.place = f"program {number}: "
            programs.append(self._program(functions))
        self.place = ""
        if self.left:
            raise self._fault("it goes on behind its last program")
        return Sheet(tuple(functions[: self.pool]), tuple(functions[self.pool :]), tuple(programs))

    def _function(self, number: int) -> Function:
        if self.left < 3 or (self.left - 3) // 3 < self.words[self.at + 1]:
            raise self._fault("the sheet ends in it")
        kind, count, enter = self.words[self.at : self.at + 3]
        self.at += 3
        if kind >= len(self.shapes):
            raise self._fault("a shape that this driver has not")
        shape = self.shapes[kind]
        if not _is_event(enter):
            raise self._fault("an event that is none")
        operations: list[Operation] = []
        sites: list[int] = []
        calls: list[int] = []
        left = iter(shape.sites)
        over = False
        for n in range(count):
            code = self.words[self.at] & 0xFF
            if code > wire.OP_COLLECT:
                raise self._fault("an operation that this driver does not know")
            if over and (code != wire.OP_END or n < count - 1):
                raise self._fault("an operation that is never reached")
            over = code in _LAST
            operation, hole = self._operation(number, shape, left)
            operations.append(operation)
            if hole:
                (sites if operation.code == wire.OP_SITE else calls).append(n)
        if not operations or operations[-1].code != wire.OP_END:
            raise self._fault("it has no end")
        if next(left, None) is not None:
            raise self._fault("fewer defer statements than its shape has")
        made = Function(kind, enter, tuple(operations), (*sites, *calls))
        if made.outer and number >= self.pool:
            raise self._fault("it uses a result that it does not see")
        return made

    def _operation(self, number: int, shape: Shape, left: Iterator[Site]) -> tuple[Operation, bool]:
        """The next operation of function `number`, and whether it has a hole. `left`: its shape's sites to come."""
        head, operand, event = self.words[self.at : self.at + 3]
        self.at += 3
        code, form, times = head & 0xFF, head >> 8 & 0xFF, head >> 16
        if not _is_event(event):
            raise self._fault("an event that is none")
        hole, loop, form = bool(form & wire.HOLE), bool(form & wire.LOOP), form & ~(wire.HOLE | wire.LOOP)
        if code != wire.OP_SITE and (form or loop or times or (hole and code not in _REFERS)):
            raise self._fault("an operation with more to it than it can have")
        if hole and number < self.pool:
            raise self._fault("a hole, which only a skeleton has")
        site = None
        if code == wire.OP_SITE:
            site = next(left, None)
            if site is None:
                raise self._fault("more defer statements than its shape has")
            if (form, site) not in _FITS or (hole and form == wire.NO_FUNCTION):
                raise self._fault("a form that its defer statement cannot have")
            if (loop and shape.frame is not Frame.LINKED) or (times > 1 and not loop):
                raise self._fault("a loop that its shape has not")
        refers = code in _REFERS and form != wire.NO_FUNCTION and not hole
        self._check_operand(code, operand, number, refers=refers)
        target = operand if refers else None
        return Operation(code, form, loop, times, operand, event, site, target), hole

    def _check_operand(self, code: int, operand: int, number: int, *, refers: bool) -> None:
        if refers:
            if operand >= self.pool:
                raise self._fault("it refers to a function that is not there")
            if number < self.pool:
                self.back, self.forth = self.back or operand <= number, self.forth or operand >= number
                if self.back and self.forth:
                    raise self._fault("functions that refer to earlier ones as well as to later ones")
        elif code == wire.OP_PANIC:
            if operand not in _VALUES:
                raise self._fault("a value that this driver has not")
        elif code in _RESULTS:
            if operand > DETAIL:
                raise self._fault("a result that no event can tell")
        elif operand:
            raise self._fault("an operation with more to it than it can have")

    def _admit(self, shape: Shape, operation: Operation, target: int) -> None:
        """Check that a function can stand at an operation of a function with this shape: a literal has no place for
        defer statements, and only literals see the result of the function around them."""
        if operation.site is Site.LITERAL:
            if self.shape_of[target].sites:
                raise self._fault("a function literal that has defer statements")
        elif self.outer[target] and not (
            operation.code == wire.OP_SITE and operation.form == _CLOSURE and shape.frame is Frame.LINKED
        ):
            raise self._fault("it refers to a function that does not see the result that it uses")

    def _program(self, functions: Sequence[Function]) -> tuple[int, tuple[int, ...]]:
        if not self.left or self.words[self.at] >= len(functions) - self.pool:
            raise self._fault("it has no skeleton")
        which = self.words[self.at]
        root = functions[self.pool + which]
        self.at += 1
        if self.left < len(root.holes):
            raise self._fault("the sheet ends in it")
        targets = tuple(self.words[self.at : self.at + len(root.holes)])
        self.at += len(root.holes)
        for place, target in zip(root.holes, targets, strict=True):
            if target >= self.pool:
                raise self._fault("it refers to a function that is not there")
            self._admit(self.shapes[root.shape], root.operations[place], target)
        return which, targets


def _is_event(word: int) -> bool:
    return not word & DETAIL and word < _LAST_EVENT

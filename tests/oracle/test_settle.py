"""What steps depend on beside the goroutine: whose line a line is."""

from __future__ import annotations

import pytest

from oracle.events import Function
from oracle.settle import Language
from oracle.stack import PANIC_NIL, Frame

FUNCTIONS = (
    Function("main", 1, 20),
    Function("main.func1", 5, 10),
    Function("mainly", 12, 14),
    Function("f", 30, 39),
    Function("f.func1", 30, 35),
)


@pytest.mark.parametrize(
    ("function", "lines"),
    [
        (0, [*range(1, 6), *range(10, 21)]),
        (1, range(5, 11)),
        (2, range(12, 15)),
        (3, [30, *range(35, 40)]),
        (4, range(30, 36)),
    ],
)
def test_a_line_is_its_functions_but_for_the_lines_within_its_literals(function: int, lines: list[int]) -> None:
    """A literal may begin and end on a line that has calls of the function around it."""
    language = Language(FUNCTIONS, PANIC_NIL)
    frame = Frame(1, function)
    for _ in range(2):
        assert [line for line in range(45) if language.holds(frame, line)] == list(lines)

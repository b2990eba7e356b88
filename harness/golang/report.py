"""The compiler's defer report: how each defer statement was compiled (gc's flag -d=defer)."""

from __future__ import annotations

import re

from harness.golang.layout import Layout
from harness.model import DeferKind, Mode

_LINE = re.compile(r"^(?P<path>[^:\s]\S*?):(?P<line>\d+):(?:\d+:)? (?P<kind>[a-z-]+) defer$", re.MULTILINE)


def is_defer_report(line: str) -> bool:
    """Whether a line of the compiler's output is part of the report, and no complaint."""
    return _LINE.fullmatch(line) is not None


def kinds_of(file: str, output: str) -> set[DeferKind]:
    """How the defer statements of a file were compiled; `file` is the end of its path."""
    return {
        DeferKind(int(match["line"]), match["kind"])
        for match in _LINE.finditer(output)
        if match["path"].endswith(file)
    }


def defer_kinds(layout: Layout, output: str) -> dict[str, dict[Mode, tuple[DeferKind, ...]]]:
    """Case -> mode -> how its defer statements were compiled, by line, each way once.

    A statement is compiled more than once where its function is generic or is inlined; which copies there are is no
    part of the result, since a function with trace calls is too large to be inlined.
    """
    found: dict[str, dict[Mode, set[DeferKind]]] = {p.case: {mode: set() for mode in Mode} for p in layout.placed}
    for match in _LINE.finditer(output):
        place = layout.case_at(match["path"])
        if place is not None:
            case, mode = place
            found[case.case][mode].add(DeferKind(int(match["line"]), match["kind"]))
    return {
        case: {mode: tuple(sorted(kinds, key=lambda k: (k.line, k.kind))) for mode, kinds in modes.items()}
        for case, modes in found.items()
    }

"""Live progress on a terminal: a row per toolchain, a column per phase, an estimate for what goes on.

Written to standard error, so that standard output stays the report's. Quiet where nobody watches.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.progress import Phase, Progress, Silent
from harness.report import lines
from harness.report.text import one_line, shortened

_NAME = 36
"""Columns of a toolchain's name."""


@dataclass(slots=True)
class _State:
    """How far one phase of one toolchain is. Times are the clock's, in seconds."""

    begun: float
    total: int | None
    done: int = 0
    ended: float | None = None


class Board:
    """A `Progress` that knows how to be shown. Safe to call from several threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, note: Callable[[str], None] | None = None
    ) -> None:
        self._clock = clock
        self._note = note
        self._lock = threading.Lock()
        self._rows: dict[str, dict[Phase, _State]] = {}
        self._spinner = Spinner("dots")

    def started(self, toolchain: str, phase: Phase, total: int | None = None) -> None:
        """A phase began, perhaps not for the first time."""
        with self._lock:
            self._rows.setdefault(toolchain, {})[phase] = _State(self._clock(), total)

    def advanced(self, toolchain: str, phase: Phase, by: int = 1) -> None:
        """More of it is done."""
        with self._lock:
            if state := self._rows.get(toolchain, {}).get(phase):
                state.done += by

    def finished(self, toolchain: str, phase: Phase) -> None:
        """It is over."""
        with self._lock:
            if state := self._rows.get(toolchain, {}).get(phase):
                state.ended = self._clock()

    def note(self, message: str) -> None:
        """Shown above the rows."""
        if self._note is not None:
            self._note(one_line(message))

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        for _ in Phase:
            table.add_column(no_wrap=True, min_width=8)
        table.add_column(no_wrap=True, style="dim")
        table.add_row("", *(Text(phase.value, "dim") for phase in Phase), "")
        with self._lock:
            for toolchain, states in self._rows.items():
                cells = (self._cell(states.get(phase)) for phase in Phase)
                table.add_row(Text(f"  {shortened(one_line(toolchain), _NAME)}"), *cells, self._left(states))
        return table

    def _cell(self, state: _State | None) -> Text:
        if state is None:
            return Text("·", "dim")
        if state.ended is not None:
            return Text.assemble(("✓ ", "green"), (_duration(state.ended - state.begun), "dim"))
        frame = self._spinner.render(self._clock())
        told = f" {state.done}/{state.total}" if state.total else f" {_duration(self._clock() - state.begun)}"
        return Text.assemble(frame if isinstance(frame, Text) else "", (told, "bold"))

    def _left(self, states: Mapping[Phase, _State]) -> str:
        """How long the running phase still takes, if what is left of it goes as fast as what is done."""
        for state in states.values():
            if state.ended is None and state.total and state.done:
                spent = self._clock() - state.begun
                left = spent / state.done * (state.total - state.done)
                return f"about {_duration(left)} left" if left >= 1 else ""
        return ""


@contextmanager
def progress(
    stream_console: Console | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Progress]:
    """Something to report progress to: a live board on standard error if a person watches, lines where a program
    does (`harness.report.lines`), else nothing."""
    shown = stream_console or Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
    environment = os.environ if environment is None else environment
    if (descriptor := environment.get(lines.VARIABLE, "")).isdecimal():
        yield lines.Lines(int(descriptor))
        return
    if not shown.is_terminal or shown.is_dumb_terminal or environment.get("CI", "") not in ("", "0", "false"):
        yield Silent()
        return
    board = Board(note=lambda message: shown.print(Text(f"  {message}", "dim")))
    with Live(board, console=shown, refresh_per_second=8, transient=True):
        yield board


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"

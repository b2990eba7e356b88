from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from harness.progress import Phase, Silent
from harness.report.live import Board, progress


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shown(board: Board) -> list[str]:
    console = Console(file=io.StringIO(), width=110, color_system=None)
    console.print(board)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_row_per_toolchain_and_an_estimate() -> None:
    clock = Clock()
    board = Board(clock)
    board.started("pre", Phase.FETCH)
    clock.now += 2
    board.finished("pre", Phase.FETCH)
    board.started("pre", Phase.RUN, 100)
    board.started("post", Phase.FETCH)
    clock.now += 5
    board.advanced("pre", Phase.RUN, 25)
    lines = shown(board)
    assert lines[0] == "fetch image build run check"
    assert lines[1].startswith("pre ✓ 2.0 s · · ")
    assert lines[1].endswith(" 25/100 · about 15 s left")
    assert lines[2].startswith("post ")
    assert lines[2].endswith(" 5.0 s · · · ·")


@pytest.mark.parametrize(("done", "told"), [(83, "83/100 · about 1.0 s left"), (84, "84/100 ·"), (100, "100/100 ·")])
def test_what_is_over_at_once_has_no_estimate(done: int, told: str) -> None:
    clock = Clock()
    board = Board(clock)
    board.started("pre", Phase.RUN, 100)
    clock.now += 5
    board.advanced("pre", Phase.RUN, done)
    assert shown(board)[1].endswith(told)


def test_a_phase_that_begins_again_counts_anew() -> None:
    board = Board(Clock())
    for _ in range(2):
        board.started("pre", Phase.RUN, 10)
        board.advanced("pre", Phase.RUN, 4)
        board.finished("pre", Phase.RUN)
    board.started("pre", Phase.RUN, 3)
    assert " 0/3 " in shown(board)[1]


def test_words_about_what_never_began_do_no_harm() -> None:
    board = Board(Clock())
    board.advanced("pre", Phase.RUN)
    board.finished("pre", Phase.RUN)
    assert len(shown(board)) == 1


def test_threads_lose_no_step() -> None:
    board = Board(Clock())
    board.started("pre", Phase.RUN, 4_000)

    def work() -> None:
        for _ in range(1_000):
            board.advanced("pre", Phase.RUN)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "4000/4000" in shown(board)[1]


@pytest.mark.parametrize(
    ("terminal", "environment", "live"),
    [(True, {}, True), (True, {"CI": "false"}, True), (True, {"CI": "1"}, False), (False, {}, False)],
)
def test_quiet_where_nobody_watches(terminal: bool, environment: dict[str, str], live: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, _environ={"TERM": "xterm"})
    with progress(console, environment) as listener:
        assert isinstance(listener, Board if live else Silent)
        listener.started("pre", Phase.RUN, 3)
        listener.note("again \x1b[2J")
    assert ("again \\x1b[2J" in out.getvalue()) is live
    assert bool(out.getvalue()) is live


def test_an_error_passes_through_and_the_board_goes() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, _environ={"TERM": "xterm"})
    with pytest.raises(KeyError), progress(console, {}) as listener:
        raise KeyError
    listener.note("late")
    with progress(console, {}) as again:
        assert isinstance(again, Board)

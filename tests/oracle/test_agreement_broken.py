"""A broken runtime model is found by comparing, with its smallest program."""

from __future__ import annotations

import pytest

from oracle import execute
from oracle.agreement import compare_random, compare_trees
from oracle.generate import trees
from oracle.profile import POST_CL, PRE_CL
from tests.oracle.mutant import mutant

pytestmark = pytest.mark.source


def broken(monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> None:
    monkeypatch.setattr(execute, "run", mutant(*changes))


def test_a_broken_model_is_found_with_its_smallest_program(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, ("        if save_open_defer_state:  # R2\n", "        if False:\n"))
    batch = compare_trees(tree for size in (4, 3) for tree in trees(size))
    assert batch.disagreement is not None
    assert batch.disagreement.profile is POST_CL
    assert not batch.disagreement.moving
    assert batch.disagreement.program.size == 4
    assert batch.programs == 3746


def test_a_smaller_program_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, ("        p.recovered = True\n", "        p.recovered = False\n"))
    batch = compare_trees(tree for size in (4, 3) for tree in trees(size))
    assert batch.disagreement is not None
    assert batch.disagreement.program.size == 3
    assert batch.disagreement.profile is PRE_CL


def test_a_model_that_cannot_stand_moves_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(
        monkeypatch,
        ("SavedOpenDeferState(p0.retpc, p0.defer_bits_ptr - p0.sp, p0.slots_ptr - p0.sp)",
         "SavedOpenDeferState(p0.retpc, p0.defer_bits_ptr, p0.slots_ptr)"),
        ("p.defer_bits_ptr = sp + s.defer_bits_offset", "p.defer_bits_ptr = s.defer_bits_offset"),
        ("p.slots_ptr = sp + s.slots_offset", "p.slots_ptr = s.slots_offset"),
    )  # fmt: skip
    batch = compare_random(1, 0, 300)
    assert batch.disagreement is not None
    assert batch.disagreement.profile is POST_CL

"""Whether a difference is gone with the fault taken out: how often programs run until that is said."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.data import mending
from harness.data.chunk import Chunk, make
from harness.data.driver import Difference
from harness.data.mending import Mended
from harness.data.predecessors import NEAR, Parts, Run
from harness.data.tally import Example, Reduced
from harness.data.verdict import Broken
from oracle import rules
from oracle.program import Goexit
from tests.oracle.programs import program

PARTS = Parts(make(5, 0, 300, (1, 22)), (1, 22))
EXAMPLE = Example(0, 250, 9)


def differs_in(run: int, *, least: int = 1) -> Run:
    """The last program differs in that run of those that are of so many programs at least, and in no other."""
    runs = 0

    def of(chunk: Chunk) -> Iterable[Difference]:
        nonlocal runs
        if chunk.programs < least:
            return []
        runs += 1
        return [Difference(chunk.programs - 1, (), None, "")] if runs == run else []

    return of


@pytest.mark.parametrize(
    ("faulty", "mended", "gone"),
    [(1, 1, False), (1, 6, False), (1, 7, True), (3, 15, False), (3, 16, True), (6, 30, False), (6, 31, True)],
)
def test_the_less_often_it_differs_the_more_runs_are_without_the_fault(faulty: int, mended: int, gone: bool) -> None:
    """Five times as many as it took, and not fewer than it is tried with."""
    found = mending.compare([EXAMPLE], lambda _: PARTS, differs_in(faulty), differs_in(mended))
    assert found == Mended(1, int(gone))
    assert found.explains is gone


@pytest.mark.parametrize(("mended", "gone"), [(1, False), (2, True)])
def test_all_programs_of_a_chunk_run_once(mended: int, gone: bool) -> None:
    behind_all = differs_in(1, least=NEAR + 2)
    found = mending.compare([EXAMPLE], lambda _: PARTS, behind_all, differs_in(mended))
    assert found == Mended(1, int(gone))


@pytest.mark.parametrize(
    ("faulty", "mended", "found"),
    [
        (1, 6, Mended(1, 0)),
        (1, 7, Mended(1, 1)),
        (6, 30, Mended(1, 0)),
        (6, 31, Mended(1, 1)),
        (7, 400, Mended(1, 0)),
        (7, 401, Mended(1, 1)),
        (406, 2000, Mended(1, 0)),
        (406, 2001, Mended(1, 1)),
        (407, 1, Mended(0, 0)),
    ],
)
def test_a_smallest_program_alone(faulty: int, mended: int, found: Mended) -> None:
    """If it does not differ again soon, it gets 400 runs more."""
    smallest = [Reduced(program(main=["goexit"]), Broken(rules.CONTROL_FLOW, "", 0, "", ""), 1)]
    assert smallest[0].program.functions[0].body == (Goexit(),)
    assert mending.compare_alone(smallest, (1, 22), differs_in(faulty), differs_in(mended)) == found

"""The driver's traces against what is owed: nothing counts that did not come, and a death costs one program."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import wire
from harness.data.chunk import ROOMY, Chunk, make
from harness.data.driver import Difference, compare
from harness.errors import TraceDamaged
from harness.model import Ending, Exited, Signaled, TimedOut
from harness.sandbox import CaseEnd

END = wire.RETURNED
WELL = Exited(0)
OWED = [[10, 11, END], [20, END], [30, 31, 32, wire.GOEXIT]]


def chunk_of(owed: Sequence[Sequence[int]]) -> Chunk:
    words = array(wire.WORD, [word for one in owed for word in one])
    ends, total = array("Q"), 0
    for one in owed:
        total += len(one)
        ends.append(total)
    return Chunk(0, ROOMY, b"", 0, wire.as_bytes(words), ends)


def ended(words: Sequence[int], ending: Ending = WELL, said: str = "") -> CaseEnd:
    return CaseEnd("job", ending, b"", said.encode(), wire.as_bytes(array(wire.WORD, words)), 0.1)


def differences(words: Sequence[int], ending: Ending = WELL, first: int = 0) -> list[Difference]:
    return list(compare(chunk_of(OWED), range(first, len(OWED)), ended(words, ending, "said")))


ALL = [word for one in OWED for word in one]


def test_what_is_owed_is_accepted() -> None:
    assert differences(ALL) == []
    assert differences(ALL[3:], first=1) == []
    assert differences(ALL[5:], first=2) == []


def test_a_program_that_does_something_else_costs_itself() -> None:
    assert differences([*ALL[:3], 20, 21, 22, END, *ALL[5:]]) == [Difference(1, (20, 21, 22, END), None, "")]
    assert differences([10, END, *ALL[3:]]) == [Difference(0, (10, END), None, "")]
    assert differences([*ALL[:-1], wire.RETURNED]) == [Difference(2, (30, 31, 32, END), None, "")]


def test_a_death_ends_the_comparison() -> None:
    died = Exited(2)
    assert differences(ALL[:4], died) == [Difference(1, (20,), died, "said")]
    assert differences(ALL[:3], died) == [Difference(1, (), died, "said")]
    assert differences([*ALL[:4], 0, 0, 0], Signaled(11)) == [Difference(1, (20,), Signaled(11), "said")]
    assert differences([10, END, 20], TimedOut("wall", 1.0)) == [
        Difference(0, (10, END), None, ""),
        Difference(1, (20,), TimedOut("wall", 1.0), "said"),
    ]


def test_a_death_behind_the_last_program_is_the_last_ones() -> None:
    assert differences(ALL, Exited(2)) == [Difference(2, (), Exited(2), "said")]


def test_a_last_program_that_differs_and_dies_counts_once() -> None:
    wrong = [*ALL[:-1], wire.RETURNED]
    assert differences(wrong, Exited(2)) == [Difference(2, (30, 31, 32, wire.RETURNED), Exited(2), "said")]


@pytest.mark.parametrize("words", [ALL[:-1], ALL[:3], [], [*ALL, 40], [*ALL, END]])
def test_a_trace_that_is_cut_or_too_long_is_nobodys_fault(words: list[int]) -> None:
    with pytest.raises(TraceDamaged):
        differences(words)


@pytest.fixture(scope="module")
def drawn() -> Chunk:
    """One that is as large as a campaign's, but for its programs."""
    return make(1, 0, 8, (1, 22))


@given(data=st.data())
def test_every_change_of_a_trace_is_seen(data: st.DataObject, drawn: Chunk) -> None:
    words = list(wire.from_bytes(drawn.owed))
    at = data.draw(st.integers(0, len(words) - 1))
    how = data.draw(st.sampled_from(["drop", "double", "change"]))
    if how == "change":
        changed = [*words[:at], words[at] ^ data.draw(st.integers(1, 0xFF)), *words[at + 1 :]]
    else:
        changed = [*words[:at], *([words[at]] * 2 if how == "double" else []), *words[at + 1 :]]
    for ending in (Exited(0), Exited(2)):
        try:
            found = list(compare(drawn, range(drawn.programs), ended(changed, ending)))
        except TraceDamaged:
            continue
        assert found
        place = next(n for n, end in enumerate(drawn.ends) if at < end)
        assert found[0].index <= place


def test_words_are_bytes_and_back() -> None:
    assert wire.from_bytes(b"\x01\x00\x00\x00\x02") == array(wire.WORD, [1])
    assert wire.as_bytes(array(wire.WORD, [1, END])) == b"\x01\0\0\0\x00\x01\x00\xff"

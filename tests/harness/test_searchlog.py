"""The log of a search: what was written is read, also after a crash; what is no log is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.behaviour import Behaviour, Sort
from harness.errors import BadLog, BadOutput
from harness.searchlog import Entry, Log

ENTRIES = [
    Entry("go1.22.10", Behaviour(Sort.CONFORMS, "", "conforms", "ab"), 1.5),
    Entry("go1.27.3,gcflags=-N -l", Behaviour(Sort.FAILS, "diverges: x", "diverges: x (\u2718)", ""), 0.25),
]


def filled(file: Path) -> Log:
    log = Log(file)
    for entry in ENTRIES:
        log.add(entry)
    return log


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert filled(tmp_path / "deep" / "log").entries == ENTRIES
    assert Log(tmp_path / "deep" / "log").entries == ENTRIES


def test_a_line_without_an_end_was_not_written(tmp_path: Path) -> None:
    file = tmp_path / "log"
    filled(file)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:20])
    log = Log(file)
    assert log.entries == ENTRIES
    log.add(ENTRIES[0])
    assert Log(file).entries == [*ENTRIES, ENTRIES[0]]


@pytest.mark.parametrize("line", ["x", "{}", '{"point": 1}', "[]", ""])
def test_a_line_that_says_nothing_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "log"
    filled(file)
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(BadLog, match=r"log:3: is no line of a search's log; name another file"):
        Log(file)


def test_a_new_log(tmp_path: Path) -> None:
    filled(tmp_path / "log")
    assert Log(tmp_path / "log", fresh=True).entries == []
    assert Log(tmp_path / "none", fresh=True).entries == []


def test_a_log_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="cannot be read"):
        Log(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadOutput, match="cannot be written"):
        Log(tmp_path / "file" / "log").add(ENTRIES[0])

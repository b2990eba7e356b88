from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acceptance import Acceptance
from harness.accepted_file import read, write
from harness.difference import Difference
from harness.errors import BadAcceptance, BadOutput
from tests.harness.report import sample

LINES = st.from_regex(r"\A\S[^\n]*\Z").filter(lambda text: text.isprintable())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accepted") / "accepted.yaml"


def told(acceptance: Acceptance) -> tuple[object, ...]:
    """All of it, with what is no part of the comparison of two differences."""
    found: Difference = acceptance.difference
    sides = [(s.digest, s.shows, s.toolchain, s.rule, s.got, s.owed) for s in (found.pre, found.post)]
    return (found.case, found.source, found.verdict, sides, acceptance.reason, acceptance.owner, acceptance.expires)


@given(reason=LINES, owner=LINES, got=st.text(alphabet=st.characters(codec="utf-8")), expires=st.dates())
def test_what_is_written_is_read(file: Path, reason: str, owner: str, got: str, expires: date) -> None:
    plain = sample.accepted(sample.regressed(), expires)
    found = replace(plain.difference, post=replace(plain.difference.post, got=got))
    wanted = Acceptance(found, reason, owner, expires)
    other = sample.accepted(sample.changed())
    write(file, [wanted, other])
    assert list(map(told, read(file))) == sorted(map(told, [wanted, other]), key=lambda one: str(one[0]))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "verdict: changed",
            "verdict: same",
            ":5: accepted.0.verdict: no verdict that can be accepted; there are regressed",
        ),
        ("expires: '2026-11-23'", "expires: '2026-02-30'", "expires must be a day of the calendar, YYYY-MM-DD"),
        ("owner: mira", "owner: ''", "owner must"),
        ("reason:", "reasons:", "unknown key"),
        ("- case:", "-\ncase:", "not YAML"),
    ],
)
def test_bad_files_are_one_line_with_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "accepted.yaml"
    write(file, [sample.accepted(sample.changed())])
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(BadAcceptance) as caught:
        read(file)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{file}:")
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(BadAcceptance, match="cannot be read: No such file"):
        read(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(BadAcceptance, match="not UTF-8"):
        read(tmp_path / "binary")
    with pytest.raises(BadOutput, match="cannot be written"):
        write(tmp_path / "none" / "file", [])

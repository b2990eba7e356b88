"""`deferdiff reduce`: whose fault a difference is said to be, and what is said of the Go file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.alone import Alone, Writing
from harness.cases import load_case
from harness.commands import reduce
from harness.commands.fuzz import Tier
from harness.commands.reduce import Result
from harness.commands.reduce_search import Effort, Found
from harness.errors import BadCase
from harness.generated import case_of
from harness.model import (
    BuildFailed,
    Conforms,
    Crashed,
    Diverges,
    Inconclusive,
    Judged,
    KnownFault,
    Outcome,
    RanTooLong,
)
from oracle import rules
from oracle.check import Divergence
from tests.harness.fake import installed
from tests.oracle.programs import program

PROGRAM = program(main=[{"defer": "f1"}, {"panic": "a"}], f1=["recover"])
CASE = case_of(PROGRAM, "it", Path("it.go"))


def alone(outcome: Outcome, *, same: bool = False) -> Alone:
    return Alone(PROGRAM, CASE, Judged(CASE, "go1.22.10", outcome), same, same)


def result(text: str) -> Result:
    found = Found(PROGRAM, Tier.DATA, "deferred-call-lost", "", "this", "that", lambda _: True)
    toolchain = replace(installed(text).toolchain, text=text, base=text.partition(",")[0])
    return Result(PROGRAM, toolchain, found, Effort(), alone(Conforms()), None, Path("it.yaml"))


@pytest.mark.parametrize(
    ("text", "release", "on"),
    [
        ("go1.22.10", "1.22.10", "gc ==1.22.10"),
        ("go1.27", "1.27", "gc ==1.27.0"),
        ("go1.27rc1", "1.27rc1", ""),
        ("go1.22.10,gcflags=-l", "1.22.10", ""),
        ("goroot:/home/me/go", "1.22.10", ""),
        ("goroot:/home/me/go", "1.28-8f3a9c1", ""),
        ("image:mine", "1.22.10", ""),
    ],
)
def test_only_a_release_as_it_is_has_a_known_fault(text: str, release: str, on: str) -> None:
    fault = reduce._fault(result(text), replace(installed("go1.22.10"), release=release), None)
    assert fault == (KnownFault(on, "Got: this. Owed: that.", "unreported") if on else None)


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        (alone(Crashed("x"), same=True), "fails in the same way"),
        (alone(Crashed("x")), "it differs, but otherwise"),
        (alone(RanTooLong("x")), "it differs, but otherwise"),
        (alone(Diverges(Divergence(rules.PROCESS_END, 0, "", ""))), "it differs, but otherwise"),
        (alone(Conforms()), "it does not differ by itself"),
        (alone(Inconclusive("disk full")), "nothing is known of the file: inconclusive: disk full"),
        (alone(BuildFailed("x.go:1: no")), "the toolchain does not compile it"),
    ],
)
def test_what_is_said_of_the_go_file(shown: Alone, says: str) -> None:
    told, _ = reduce._as_go(shown)
    assert told.startswith(says)
    assert shown.differs == ("differs, but" in says or shown.same)


def test_what_cannot_stand_in_a_header_makes_no_case(tmp_path: Path) -> None:
    """It would make all cases unreadable."""
    file = tmp_path / "order" / "it.go"
    found = replace(result("go1.22.10").found, got="*/")
    writing = Writing("it", file, "it")
    with pytest.raises(BadCase):
        reduce._add(
            replace(result("go1.22.10"), found=found), file, "order/it", writing, installed("go1.22.10"), None
        )
    assert not file.exists()
    reduce._add(result("go1.22.10"), file, "order/it", writing, installed("go1.22.10"), None)
    assert load_case(file, tmp_path).xfail[0].on == "gc ==1.22.10"

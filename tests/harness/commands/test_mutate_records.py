"""Tried mutants are kept line by line; the list of those that change nothing is read strictly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.commands.mutate_records import Records, equivalents
from harness.errors import BadLog, BadOutput, BadPolicy
from harness.golang.mutants import Operator, mutants
from harness.mutate import Fate, Tried, added_lines, score

MUTANTS = mutants("package p\n\nfunc f(a, b int) bool {\n\tg(a)\n\treturn a < b\n}\n", "p.go")
MANY = mutants("package p\n\nfunc f(a int) {\n\tg(a)\n\tg(1)\n\tg(2)\n}\n", "p.go")
TRIED = [Tried(MUTANTS[0], Fate.KILLED, "data: lost", 1.5), Tried(MUTANTS[1], Fate.SURVIVED, "", 2.5)]


def filled(directory: Path) -> Records:
    records = Records(directory, "go1.22.10", "a.go", fresh=False)
    for one in TRIED:
        records.add(one)
    return records


def test_what_was_tried_is_known(tmp_path: Path) -> None:
    filled(tmp_path / "out")
    again = Records(tmp_path / "out", "go1.22.10", "a.go", fresh=False)
    assert [again.tried(one.mutant) for one in TRIED] == TRIED
    assert len(again) == 2
    assert all(one in again for one in MUTANTS[:2])


def test_what_was_tried_on_something_else_is_not(tmp_path: Path) -> None:
    filled(tmp_path)
    assert len(Records(tmp_path, "go1.27.3", "a.go", fresh=False)) == 0
    assert len(Records(tmp_path, "go1.22.10", "a.go", fresh=False)) == 2
    assert len(Records(tmp_path, "go1.22.10", "a.go", fresh=True)) == 0


def test_with_other_cases_only_what_programs_as_data_tell_is_known(tmp_path: Path) -> None:
    known = (Tried(MANY[0], Fate.KILLED, "data: lost", 1.0), Tried(MANY[1], Fate.STILLBORN, "x", 1.0))
    unknown = (Tried(MANY[2], Fate.KILLED, "case a/b: lost", 1.0), Tried(MANY[3], Fate.SURVIVED, "", 1.0))
    records = Records(tmp_path, "go1.22.10", "a.go", fresh=False)
    for one in (*known, *unknown):
        records.add(one)
    other = Records(tmp_path, "go1.22.10", "a.go b.go", fresh=False)
    assert [one.mutant in other for one in (*known, *unknown)] == [True, True, False, False]
    assert len(Records(tmp_path, "go1.22.10", "a.go", fresh=False)) == 4


def test_a_file_that_is_none(tmp_path: Path) -> None:
    filled(tmp_path)
    file = tmp_path / "tried.jsonl"
    file.write_text(file.read_text() + "half a li")
    assert len(Records(tmp_path, "go1.22.10", "a.go", fresh=False)) == 2
    file.write_text("no\n")
    with pytest.raises(BadLog, match=r"tried\.jsonl:1: is no line of tried mutants"):
        Records(tmp_path, "go1.22.10", "a.go", fresh=False)
    with pytest.raises(BadOutput, match="cannot be written"):
        Records(file, "go1.22.10", "a.go", fresh=False)


def test_mutants_that_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mutants.yaml"
    entry = "equivalent:\n  - function: f\n    operator: call left out\n    statement: g(a)\n    why: >\n      A b.\n"
    file.write_text(entry)
    [left_out] = [one for one in MUTANTS if one.operator is Operator.CALL]
    assert [equivalents(file, "gc", "1.22.10").why(one) for one in MUTANTS if one is not left_out] == [None] * (
        len(MUTANTS) - 1
    )
    assert equivalents(file, "gc", "1.22.10").why(left_out) == "A b."
    assert equivalents(file, "gc", "1.22.10").why(replace(left_out, function="g")) is None
    file.write_text(entry + '    on: "gc >=1.23"\n')
    assert equivalents(file, "gc", "1.22.10").why(left_out) is None
    assert equivalents(file, "gc", "1.27.3").why(left_out) == "A b."
    file.write_text('on: "gc >=1.23"\n' + entry)
    assert equivalents(file, "gc", "1.22.10").why(left_out) is None
    assert equivalents(file, "gc", "1.27.3").why(left_out) == "A b."
    file.write_text(entry.replace("call left out", "comparison shifted").replace("g(a)", "return  a < b"))
    assert [one.before for one in MUTANTS if equivalents(file, "gc", "1.22.10").why(one) is not None] == ["<"]
    for wrong in (
        entry.replace("call left", "call put"),
        entry.replace("operator", "op"),
        entry.replace("    statement: g(a)\n", ""),
        entry + "    within: if a {\n",
    ):
        file.write_text(wrong)
        with pytest.raises(BadPolicy, match=r"mutants\.yaml:[23]"):
            equivalents(file, "gc", "1.22.10")
    with pytest.raises(BadPolicy, match="cannot be read"):
        equivalents(tmp_path / "none.yaml", "gc", "1.22.10")


def test_all_mutants_in_a_block(tmp_path: Path) -> None:
    file = tmp_path / "mutants.yaml"
    file.write_text("equivalent:\n  - {function: f, within: 'if  a < b {', why: Nobody comes there.}\n")
    body = "\tif a < b {\n\t\tg(a)\n\t\tif b {\n\t\t\tg(b)\n\t\t}\n\t}\n\tg(0)\n"
    made = mutants(f"package p\n\nfunc f(a, b int) {{\n{body}}}\n", "p.go")
    argued = {one.before for one in made if equivalents(file, "gc", "1.22.10").why(one) is not None}
    assert argued == {"g(a)", "g(b)", "b"}


def test_the_score_counts_what_compiles_and_can_be_noticed() -> None:
    fates = [Fate.KILLED, Fate.KILLED, Fate.SURVIVED, Fate.EQUIVALENT, Fate.STILLBORN]
    assert score([Tried(MUTANTS[0], fate, "", 0.0) for fate in fates]) == (2, 3)
    assert score([]) == (0, 0)


def test_added_lines() -> None:
    before = "a\nb\nc\nd\n"
    assert list(added_lines(before, before)) == []
    assert list(added_lines(before, "a\nx\nb\nd\ny\n")) == [2, 5]
    assert list(added_lines(before, "a\nB\nc\nd\n")) == [2]

from __future__ import annotations

from harness.model import Comparison, Inconclusive
from harness.report.lanes import align
from harness.report.owedlane import owed
from tests.harness.report import sample


def lane(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Pre, post and what is owed, from the first row on that is not the same everywhere."""
    lanes = align(comparison)
    assert lanes is not None
    rows = [
        (row.pre.words if row.pre else "", row.post.words if row.post else "", text)
        for row, text in zip(lanes.rows, owed(comparison, lanes.rows), strict=True)
    ]
    first = next(n for n, row in enumerate(rows) if len(set(row)) > 1)
    return rows[first:]


SECOND = "deferred call f.func2 begins (defer at line 14)"
FIRST = "deferred call f.func1 begins (defer at line 11)"


def test_a_side_that_keeps_all_rules_tells_what_is_owed() -> None:
    rows = lane(sample.regressed())
    assert rows[:3] == [
        (SECOND, "", SECOND),
        ("f.func2 returns (line 16)", "", "f.func2 returns (line 16)"),
        (FIRST, FIRST, "deferred call f.func2 (line 14 of f)"),
    ]
    assert rows == [rows[0], rows[1], rows[2]] or all(pre == rule for pre, _, rule in rows[3:])


def test_beyond_the_divergence_of_both_nobody_knows() -> None:
    rows = lane(sample.disputed())
    assert rows[0] == (FIRST, FIRST, "deferred call f.func2 (line 14 of f)")
    assert {rule for _, _, rule in rows[1:]} == {""}


def test_of_two_that_diverge_each_is_right_until_it_does() -> None:
    rows = lane(sample.both_diverge())
    assert ("", SECOND, SECOND) in rows
    assert any(post.startswith("deferred call f.func2#2") and "f.func1" in rule for _, post, rule in rows)


def test_of_what_nothing_is_known_nothing_is_said() -> None:
    comparison = sample.regressed()
    lanes = align(comparison)
    assert lanes is not None
    blind = sample.compared(
        comparison.case,
        sample.side(comparison.case, "pre", Inconclusive("")),
        sample.side(comparison.case, "post", Inconclusive("")),
        comparison.verdict,
    )
    assert set(owed(blind, [row for row in lanes.rows if not row.broken])) == {""}

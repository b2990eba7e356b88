from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Comparison, Verdict
from harness.report.result import GateResult
from tests.harness.report import sample


@pytest.mark.parametrize(
    ("result", "headline"),
    [
        (sample.result(sample.same()), "1 case agrees"),
        (sample.result(sample.fixed_as_foreseen()), "0 of 1 case agrees, 1 explained by its header"),
        (
            sample.result(sample.fixed_as_foreseen(), sample.fixed_as_foreseen("a/b")),
            "0 of 2 cases agree, 2 explained",
        ),
        (sample.result(sample.same(), sample.fixed_as_foreseen()), "1 of 2 cases agrees, 1 explained by its header"),
        (sample.result(sample.same(), sample.same("a/b")), "2 cases agree"),
    ],
)
def test_headlines_are_grammatical(result: GateResult, headline: str) -> None:
    assert result.headline().startswith(headline)


def test_the_tally_leaves_out_what_there_is_none_of_and_what_applies_to_neither_side() -> None:
    result = sample.result(sample.regressed(), sample.same(), sample.same("a/b"), sample.inapplicable())
    assert result.tally() == ["2 same", "1 regressed"]


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict.SAME, "unexpected pass"),
        (Verdict.CHANGED, "unexpected pass"),
        (Verdict.FIXED, "unexpected pass"),
        (Verdict.REGRESSED, "regressed"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
    ],
)
def test_an_unexpected_pass_is_counted_as_one_unless_there_is_worse(verdict: Verdict, word: str) -> None:
    comparison: Comparison = replace(sample.unexpected_pass(), verdict=verdict)
    assert sample.result(comparison).tally() == [f"1 {word}"]

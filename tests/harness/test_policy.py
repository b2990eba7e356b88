from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadPolicy
from harness.model import Comparison, Verdict
from harness.policy import Decision, Policy, Status, decide, exit_status, foreseen, load
from tests.harness.report import sample

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("comparison", "decision"),
    [
        (sample.same(), Decision.PASS),
        (sample.inapplicable(), Decision.PASS),
        (sample.regressed(), Decision.FAIL),
        (sample.fixed_as_foreseen(), Decision.EXPLAINED),
        (sample.both_diverge(), Decision.FAIL),
        (sample.disputed(), Decision.FAIL),
        (sample.changed(), Decision.FAIL),
        (sample.changed(lawful=True), Decision.EXPLAINED),
        (sample.unexpected_pass(), Decision.FAIL),
        (sample.inconclusive(), Decision.MACHINERY),
    ],
    ids=lambda value: value.case.name if isinstance(value, Comparison) else "",
)
def test_default_decisions(comparison: Comparison, decision: Decision) -> None:
    assert decide(Policy(), comparison) is decision


def test_a_header_that_names_nothing_explains_nothing() -> None:
    change = sample.changed()
    assert change.explained
    assert not foreseen(change)


def test_explained_fail_lets_the_verdict_decide() -> None:
    known = sample.fixed_as_foreseen()
    assert decide(Policy(explained="fail"), known) is Decision.FAIL
    assert decide(Policy(explained="fail", fixed="allow"), known) is Decision.ALLOWED


def test_every_verdict_can_be_allowed() -> None:
    keys = ("regressed", "disputed", "both_diverge", "changed", "inconclusive", "unexpected_pass")
    lenient = Policy.model_validate(dict.fromkeys(keys, "allow"))
    decisions = {d.decision for d in sample.mixed(policy=lenient).decided}
    assert decisions == {Decision.PASS, Decision.EXPLAINED, Decision.ALLOWED}


def test_same_can_be_forbidden() -> None:
    assert decide(Policy(same="fail"), sample.same()) is Decision.FAIL


@pytest.mark.parametrize(
    ("comparisons", "interrupted", "status"),
    [
        ([sample.same(), sample.fixed_as_foreseen()], False, Status.AGREE),
        ([sample.same(), sample.regressed(), sample.inconclusive()], False, Status.DIFFERENCE),
        ([sample.same(), sample.inconclusive()], False, Status.MACHINERY),
        ([sample.same()], True, Status.MACHINERY),
        ([sample.same(), sample.regressed()], True, Status.DIFFERENCE),
        ([], False, Status.MACHINERY),
        ([sample.inapplicable()], False, Status.MACHINERY),
    ],
)
def test_exit_status(comparisons: list[Comparison], interrupted: bool, status: Status) -> None:
    decided = [(c, decide(Policy(), c)) for c in comparisons]
    assert exit_status(decided, interrupted=interrupted) is status


def test_the_shipped_file_is_the_default_and_names_every_key() -> None:
    shipped = load(ROOT / "ci" / "policy.yaml")
    assert shipped == Policy()
    assert shipped.model_fields_set == set(Policy.model_fields)


def test_every_verdict_has_a_key() -> None:
    keys = {verdict.name.lower() for verdict in Verdict}
    assert keys < set(Policy.model_fields)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("same: allow\nregresed: fail\n", ":2: unknown key 'regresed'"),
        ("# all\nchanged: maybe\n", ":2: changed must be 'fail' or 'allow'"),
        ("fixed: allow\nfixed: fail\n", ":2: key 'fixed' is there already"),
        ("- fail\n", ":1: must be a mapping"),
        ("changed: [\n", "not YAML"),
        ("", ":1: must be a mapping"),
    ],
)
def test_bad_files_are_one_line_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BadPolicy) as caught:
        load(file)
    assert str(caught.value).startswith(str(file))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPolicy, match="not UTF-8"):
        load(binary)
    with pytest.raises(BadPolicy, match="cannot be read"):
        load(tmp_path)

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml

from harness.model import Comparison
from harness.policy import Decision, Policy
from harness.report import junit
from harness.report.result import GateResult
from tests.conftest import Golden
from tests.harness.report import sample


def counts(result: GateResult) -> tuple[int, int, int, int]:
    report = JUnitXml.fromstring(junit.render(result))
    return report.tests, report.failures, report.errors, report.skipped


def test_golden(golden: Golden) -> None:
    root = ET.fromstring(junit.render(sample.mixed()))
    ET.indent(root)
    golden("mixed.junit.xml", ET.tostring(root, encoding="unicode") + "\n")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (sample.same(), (2, 0, 0, 0)),
        (sample.inapplicable(), (2, 0, 0, 2)),
        (sample.regressed(), (2, 1, 0, 0)),
        (sample.fixed_as_foreseen(), (2, 0, 0, 1)),
        (sample.both_diverge(), (2, 2, 0, 0)),
        (sample.disputed(), (2, 2, 0, 0)),
        (sample.changed(), (2, 1, 0, 0)),
        (sample.unexpected_pass(), (2, 1, 0, 0)),
        (sample.inconclusive(), (2, 0, 1, 0)),
        (sample.build_failed(), (2, 1, 0, 0)),
        (sample.crashed(), (2, 1, 0, 0)),
    ],
    ids=lambda value: value.case.name if isinstance(value, Comparison) else "",
)
def test_one_case_and_toolchain_is_one_test(comparison: Comparison, expected: tuple[int, int, int, int]) -> None:
    assert counts(sample.result(comparison)) == expected


STRICT = Policy(same="fail", explained="fail")
LENIENT = Policy(
    regressed="allow",
    disputed="allow",
    both_diverge="allow",
    changed="allow",
    inconclusive="allow",
    unexpected_pass="allow",
)


@pytest.mark.parametrize("policy", [Policy(), STRICT, LENIENT], ids=["default", "strict", "lenient"])
def test_failures_and_errors_are_the_gates_own(policy: Policy) -> None:
    for decided in sample.mixed(policy=policy).decided:
        if decided.comparison.case.name == sample.inapplicable().case.name:
            continue
        _, failures, errors, _ = counts(sample.result(decided.comparison, policy=policy))
        assert bool(failures) is (decided.decision is Decision.FAIL), decided.comparison.case.name
        assert bool(errors) is (decided.decision is Decision.MACHINERY), decided.comparison.case.name


def test_a_failure_tells_rule_event_and_how_to_repeat_it() -> None:
    text = junit.render(sample.result(sample.regressed())).decode()
    assert "deferred-call-lost" in text
    assert "deferred call f.func1 begins" in text
    assert "owed:       deferred call f.func2" in text
    assert "deferdiff run cases/open-coded/recover-with-two-pending.go -t go1.21.13 -t" in text


def test_hostile_output_leaves_the_xml_well_formed_and_readable() -> None:
    rendered = junit.render(sample.result(sample.hostile()))
    report = JUnitXml.fromstring(rendered)
    output = [case.system_out for suite in report for case in suite if case.system_out]
    assert "\\x1b[2J" in output[-1]
    assert "]]> <script>" in output[-1]
    assert "\U0001f600" in output[-1]
    assert "\\xff" in output[-1]
    assert not set(rendered.decode()) & {chr(c) for c in range(32) if chr(c) not in "\t\n"}


def test_weaknesses_and_interruption_are_properties() -> None:
    suite = next(iter(JUnitXml.fromstring(junit.render(sample.result(weaknesses=sample.WEAK, interrupted=True)))))
    properties = [(p.name, p.value) for p in suite.properties()]
    assert [("warning", text) for text in sample.WEAK] == [p for p in properties if p[0] == "warning"]
    assert ("interrupted", "true") in properties


def test_times_are_plain_decimals() -> None:
    comparison = sample.same()
    assert comparison.pre.plain is not None
    quick = replace(comparison, pre=replace(comparison.pre, plain=replace(comparison.pre.plain, seconds=0.00006)))
    root = ET.fromstring(junit.render(sample.result(quick)))
    assert root.attrib["time"] == "6.250000"
    assert [case.attrib["time"] for case in root.iter("testcase")] == ["0.000060", "0.002000"]


def test_a_rule_on_the_whole_output_names_no_event() -> None:
    text = junit.render(sample.result(sample.other_output())).decode()
    assert "got:        plain run: standard output is empty" in text
    assert "event:" not in text


def test_gitlab_shows_both_sides_of_a_case() -> None:
    """It shows the first of two tests that are called the same, so no two may be."""
    root = ET.fromstring(junit.render_for_gitlab(sample.mixed()))
    cases = list(root.iter("testcase"))
    names = {(case.attrib["classname"], case.attrib["name"]) for case in cases}
    assert len(names) == len(cases) == 2 * len(sample.mixed().decided)
    assert ("post open-coded", "recover-with-two-pending") in names
    assert {case.attrib["file"] for case in cases} == {str(d.comparison.case.path) for d in sample.mixed().decided}
    plain = JUnitXml.fromstring(junit.render(sample.mixed()))
    gitlab = JUnitXml.fromstring(junit.render_for_gitlab(sample.mixed()))
    assert (plain.failures, plain.errors, plain.skipped) == (gitlab.failures, gitlab.errors, gitlab.skipped)


@pytest.mark.parametrize(
    ("limit", "output", "story"), [(30_000_000, True, True), (50_000, True, True), (20_000, False, False)]
)
def test_gitlab_gets_as_much_as_it_reads(
    monkeypatch: pytest.MonkeyPatch, limit: int, output: bool, story: bool
) -> None:
    monkeypatch.setattr(junit, "GITLAB_LIMIT", limit)
    comparison = sample.regressed()
    assert comparison.post.plain is not None
    loud = replace(
        comparison, post=replace(comparison.post, plain=replace(comparison.post.plain, stdout=b"x" * 50_000))
    )
    rendered = junit.render_for_gitlab(
        sample.result(*(replace(loud, case=replace(loud.case, name=f"order/case-{n}")) for n in range(20)))
    )
    assert len(rendered) <= limit
    report = JUnitXml.fromstring(rendered)
    assert report.failures == 20
    assert (b"<system-out>" in rendered) is output
    assert (b"reproduce:  deferdiff" in rendered) is story

"""Accepted differences, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest

from harness.acceptance import Acceptance
from harness.report import jsonfile, junit, markdown
from harness.report.result import GateResult
from tests.harness.report import sample
from tests.harness.report.test_junit import counts
from tests.harness.report.test_terminal import shown

ACCEPTED = sample.result(sample.regressed(), accepting=[sample.accepted(sample.regressed())])
LAPSED = sample.result(
    sample.regressed(), accepting=[sample.accepted(sample.regressed(), sample.TODAY - timedelta(1))]
)
USELESS = sample.result(
    sample.same("frames/large"),
    accepting=[sample.accepted(sample.disputed("frames/large"))],
    elsewhere=2,
)

SAYS = "accepted by mira until 2026-11-23: harmless: both orders are lawful"
OVER = "accepted by mira, which expired on 2026-11-22: harmless: both orders are lawful"
GONE = "frames/large no longer shows what was accepted by mira until 2026-11-23: harmless"


def one_line(text: str) -> str:
    return " ".join(text.replace("&#58;", ":").split())


@pytest.mark.parametrize(("result", "says"), [(ACCEPTED, SAYS), (LAPSED, OVER), (USELESS, GONE)])
def test_people_are_told(result: GateResult, says: str) -> None:
    assert says in one_line(shown(result, 200))
    assert says in one_line(markdown.render(result))


def test_the_headline_counts_them() -> None:
    assert ACCEPTED.headline() == "0 of 1 case agrees, 1 accepted after review"
    assert "accepted on other toolchains: 2" in shown(USELESS)


def test_junit_skips_what_is_accepted_and_fails_what_no_longer_is() -> None:
    assert counts(ACCEPTED) == (2, 0, 0, 1)
    assert SAYS in junit.render(ACCEPTED).decode()
    assert counts(LAPSED) == (2, 1, 0, 0)


@pytest.mark.parametrize("result", [ACCEPTED, LAPSED, USELESS])
def test_json_keeps_to_the_schema(result: GateResult) -> None:
    document = json.loads(jsonfile.render(result))
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator(jsonfile.schema(), format_checker=checker).validate(document)
    unmatched = document["acceptances"]["unmatched"]
    assert [one["case"] for one in unmatched] == (["frames/large"] if result is USELESS else [])
    case = document["cases"][0]
    assert case["decision"] == {id(ACCEPTED): "accepted", id(LAPSED): "fail", id(USELESS): "pass"}[id(result)]
    assert case.get("acceptance", {}).get("owner") == (None if result is USELESS else "mira")


def test_a_hostile_reason_is_text() -> None:
    plain = sample.accepted(sample.regressed())
    hostile: Acceptance = replace(plain, reason=sample.HOSTILE.replace("\n", " "), owner="<b>@team</b>")
    result = sample.result(sample.regressed(), accepting=[hostile])
    assert "<script>" not in markdown.render(result)
    assert "<b>" not in markdown.render(result)
    assert "\x1b" not in shown(result)

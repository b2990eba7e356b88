"""SARIF keeps to the standard's shape, so far as it is used here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.model import Crashed
from harness.report import sarif
from harness.report.result import GateResult
from tests.harness.report import sample


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others, as most objects of the standard are."""
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


TEXT = {"type": "string", "minLength": 1}
MESSAGE = closed(["text"], text=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
URI = {"type": "string", "format": "uri-reference", "pattern": r"^[!-~]+$"}
LOCATION = closed(
    [],
    message=MESSAGE,
    physicalLocation=closed(
        ["artifactLocation"],
        artifactLocation=closed(["uri"], uri=URI, uriBaseId={"type": "string"}),
        region=closed([], startLine={"type": "integer", "minimum": 1}),
    ),
)
THREAD_FLOW_LOCATION = closed(
    ["location"],
    location=LOCATION,
    executionOrder={"type": "integer", "minimum": -1},
    importance={"enum": ["important", "essential", "unimportant"]},
)
CODE_FLOW = closed(
    ["threadFlows"],
    message=MESSAGE,
    threadFlows={
        "type": "array",
        "minItems": 1,
        "items": closed(
            ["locations"],
            id=TEXT,
            message=MESSAGE,
            locations={"type": "array", "minItems": 1, "items": THREAD_FLOW_LOCATION},
        ),
    },
)
RESULT = closed(
    ["message"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION},
    codeFlows={"type": "array", "items": CODE_FLOW},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions={
        "type": "array",
        "items": closed(
            ["kind"],
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification={"type": "string"},
        ),
    },
    properties={"type": "object"},
)
RULE = closed(
    ["id"],
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    helpUri=URI,
    defaultConfiguration=closed([], level=LEVEL),
    properties=closed([], tags={"type": "array", "uniqueItems": True, "items": TEXT}),
)
INVOCATION = closed(
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    startTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    toolExecutionNotifications={
        "type": "array",
        "items": closed(["message"], level=LEVEL, message=MESSAGE, locations={"type": "array", "items": LOCATION}),
    },
)
RUN = closed(
    ["tool"],
    tool=closed(
        ["driver"],
        driver=closed(
            ["name"], name=TEXT, semanticVersion=TEXT, informationUri=URI, rules={"type": "array", "items": RULE}
        ),
    ),
    invocations={"type": "array", "items": INVOCATION},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object"},
    results={"type": "array", "items": RESULT},
)
SHAPE = closed(
    ["version", "runs"], version={"const": "2.1.0"}, runs={"type": "array", "items": RUN}, **{"$schema": URI}
)


def run(result: GateResult) -> Any:
    document = json.loads(sarif.render(result))
    jsonschema.validate(document, SHAPE)
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

from __future__ import annotations

import json
from collections.abc import Sequence

import jsonschema
import pytest

from harness.report import explain_json
from oracle.explain import Explanation, explain
from oracle.profile import POST_CL, PRE_CL
from oracle.steps import Step
from tests.conftest import Golden
from tests.harness.report import runs
from tests.oracle.scenes import SCENES


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(explain_json.schema())


def test_golden(golden: Golden) -> None:
    golden("explain.json", explain_json.render("pending.yaml", [runs.one()]))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(explain_json.schema())


@pytest.mark.parametrize(
    "shown",
    [[runs.one()], runs.both(), [runs.rich()], [runs.parted()]],
    ids=["one", "both", "rich", "parted"],
)
def test_explanations_keep_to_the_schema(shown: Sequence[Explanation]) -> None:
    document = json.loads(explain_json.render("x.yaml", shown))
    validator().validate(document)
    for run, said in zip(shown, document["runs"], strict=True):
        assert [m["number"] for m in said["moments"]] == list(range(1, len(run.moments) + 1))
        assert [m["text"] for m in said["moments"]] == [m.text for m in run.moments]
        assert said["agrees"] == (run.parting is None)


def test_every_scene_keeps_to_the_schema() -> None:
    check = validator()
    for of in SCENES.values():
        document = json.loads(explain_json.render("x", [explain(of, PRE_CL, moves=True), explain(of, moves=True)]))
        check.validate(document)
        for run in document["runs"]:
            assert {moment["rule"] for moment in run["moments"]} <= set(document["rules"])


def test_the_schema_knows_every_key() -> None:
    document = explain_json.document("x", [runs.one()])
    document["runs"][0]["moments"][0]["after"][0]["novel"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(document)


def test_every_step_has_a_word() -> None:
    assert set(explain_json.KINDS) == set(Step.__args__)
    kinds = explain_json.schema()["$defs"]["moment"]["properties"]["kind"]["enum"]
    assert set(explain_json.KINDS.values()) < set(kinds)


def test_what_is_side_by_side() -> None:
    rows = explain_json.rows(runs.both())
    assert [row for row in rows if None in row] == [[None, 14], [16, None], [None, 17]]
    assert rows[0] == [1, 1]
    assert explain_json.rows([runs.one()])[:2] == [[1], [2]]


def test_where_it_parts() -> None:
    said = explain_json.document("x", [runs.parted()])
    assert said["runs"][0]["parting"] == {
        "moment": 10,
        "owed": "recover in f3 gives nil",
        "rule": "recover-gives-nil",
    }
    assert "recover-gives-nil" in said["rules"]


def test_how_it_ends() -> None:
    ends = {
        "main calls Goexit": {"kind": "main-goexit", "panics": [], "text": ""},
        "main panics": {"kind": "panicked", "panics": [{"value": "boom", "recovered": False}], "text": ""},
    }
    for name, end in ends.items():
        assert explain_json.document("x", [explain(SCENES[name], POST_CL)])["runs"][0]["ending"] == end


def test_actions_read_as_in_the_program() -> None:
    program = explain_json.document("x", [runs.rich()])["program"]
    assert program[0] == {
        "name": "main",
        "frame": "open",
        "large": False,
        "actions": ["defer: f1", "call: f2, result: shown"],
    }
    assert program[2]["actions"] == [
        "defer: f3, as: promoted",
        "defer: f4, times: 2, loop: true",
        "defer: nil",
        "set: 5",
        "goexit",
    ]
    assert (program[2]["frame"], program[2]["large"]) == ("linked", True)

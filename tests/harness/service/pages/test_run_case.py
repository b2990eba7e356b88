from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from harness.database import artifacts
from harness.database.engine import Database
from harness.generated import case_of
from harness.model import Comparison
from harness.report import explain_html
from tests.harness.report import runs, sample
from tests.harness.service.pages.recorded import Page, record


def known() -> Comparison:
    """A comparison of a program whose run on the model can be shown."""
    of = case_of(runs.PENDING, "fuzz/pending", Path("pending.go"))
    return replace(sample.regressed("fuzz/pending"), case=of)


def test_what_is_wrong_and_its_evidence(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    text = browser.get(f"/runs/{run}/cases/open-coded/recover-with-two-pending").text
    parsed = Page(text)
    assert "regressed: fails the gate" in parsed.text
    found = json.loads(parsed.scripts[0])
    assert found["labels"] == ["pre go1.21.13", "post go1.22.10 +fault.diff"]
    assert [fault["rule"] for fault in found["detail"]["faults"]] == ["deferred-call-lost"]
    assert found["detail"]["model"] is False
    assert {f"/runs/{run}", "/cases/open-coded/recover-with-two-pending"} <= {*parsed.links}


def test_without_a_script_it_shows_what_a_terminal_shows(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    text = browser.get(f"/runs/{run}/cases/open-coded/recover-with-two-pending").text
    plain = text.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "✗ 10" in plain
    assert "again  deferdiff run cases/open-coded/recover-with-two-pending.go" in plain


def test_a_run_on_the_model_has_a_page_and_a_policy_of_its_own(browser: TestClient, database: Database) -> None:
    run = record(database, sample.result(known()))
    page = browser.get(f"/runs/{run}/cases/fuzz/pending").text
    assert f'data-model="/runs/{run}/model/fuzz/pending"' in page
    assert json.loads(Page(page).scripts[0])["detail"]["model"] is True
    frame = browser.get(f"/runs/{run}/model/fuzz/pending")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-popups; default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors 'self'" in policy
    assert "unsafe-inline" not in re.sub("style-src [^;]*", "", policy)
    assert "allow-same-origin" not in policy
    assert json.loads(Page(frame.text).scripts[0])["runs"]


def test_what_is_not_known_to_the_model_has_no_page_of_it(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    answer = browser.get(f"/runs/{run}/model/open-coded/recover-with-two-pending")
    assert answer.status_code == 404
    assert "not known to the model" in answer.text


@pytest.mark.parametrize("damaged", [False, True])
def test_without_evidence_it_shows_what_the_database_has(
    browser: TestClient, database: Database, damaged: bool
) -> None:
    run = record(database, sample.mixed(), evidence=damaged)
    if damaged:
        with database.writing() as session:
            other = artifacts.keep(session, database.files, b"nonsense")
            session.connection().exec_driver_sql("UPDATE run_files SET digest = ?", (other,))
    answer = browser.get(f"/runs/{run}/cases/open-coded/recover-with-two-pending")
    assert answer.status_code == 200
    text = Page(answer.text).text
    assert ("no stored run of deferdiff gate" if damaged else "recorded without it") in text
    assert "deferred-call-lost" in text
    assert "deferred call f.func2 (line 14 of f)" in text


@pytest.mark.parametrize("name", ["a/b.go.c", "a/x y", "a/?#%", "deep/er/than/two", 'a/it\'s "<b>"', "a/ü"])
def test_whatever_cases_are_called(browser: TestClient, database: Database, name: str) -> None:
    run = record(database, sample.result(sample.regressed(name)))
    [link] = [one for one in Page(browser.get(f"/runs/{run}").text).links if "/cases/" in one]
    parsed = Page(browser.get(link).text)
    assert name in parsed.text
    assert parsed.scripts[0]
    [history] = [one for one in parsed.links if one.startswith("/cases/")]
    assert f"run {run}" in Page(browser.get(history).text).text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/runs/1/cases/no/such", 404),
        ("/runs/9/cases/order/loops", 404),
        ("/runs/x/cases/order/loops", 422),
        ("/runs/1/cases/%00", 404),
        ("/runs/1/cases/%ff", 404),
        ("/runs/1/model/no/such", 404),
        ("/runs/9/model/order/loops", 404),
    ],
)
def test_what_there_is_not(browser: TestClient, database: Database, address: str, status: int) -> None:
    record(database, sample.mixed())
    answer = browser.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("page", ["cases", "model"])
def test_who_is_not_known_is_sent_to_log_in(stranger: TestClient, database: Database, page: str) -> None:
    record(database, sample.result(known()))
    assert stranger.get(f"/runs/1/{page}/fuzz/pending").headers["location"].startswith("/login")


def test_what_programs_print_stays_text(browser: TestClient, database: Database) -> None:
    marked = replace(known(), case=replace(known().case, source="</script><img src=x onerror=alert(1)>@DATA@"))
    run = record(database, sample.result(sample.hostile(), marked))
    for name in ("order/hostile", "fuzz/pending"):
        parsed = Page(browser.get(f"/runs/{run}/cases/{name}").text)
        assert parsed.tags.count("script") == 3
        assert "img" not in parsed.tags
        assert "</script>" in json.dumps(json.loads(parsed.scripts[0]))
    frame = browser.get(f"/runs/{run}/model/fuzz/pending").text
    skeleton = explain_html.skeleton()
    assert Page(frame).tags == Page(skeleton).tags

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from harness.data.record import Record, read
from harness.database import artifacts, campaigns
from harness.database.engine import Database
from harness.service.pages.buckets import rule_of
from oracle import rules
from tests.harness.report import sample
from tests.harness.service.pages.recorded import Page, record

PAIR = Path(__file__).parents[4] / "ci" / "benchmarks" / "campaigns" / "pair.json"


def keep(database: Database, campaign: Record) -> None:
    with database.writing() as session:
        campaigns.record(session, database.files, campaign, datetime.now(UTC))


def seen(browser: TestClient, name: str) -> str:
    """The address of a bucket."""
    parsed = Page(browser.get("/buckets", params={"q": name}).text)
    return next(link for link in parsed.links if link.startswith("/buckets/"))


def test_nothing_went_wrong_yet(browser: TestClient) -> None:
    assert "Nothing went wrong yet" in browser.get("/buckets").text
    assert "No bucket matches" in browser.get("/buckets?q=a").text


def test_a_bucket_of_runs(browser: TestClient, database: Database) -> None:
    first = record(database, sample.result(sample.disputed()), evidence=False)
    run = record(database, sample.mixed(), evidence=False)
    parsed = Page(browser.get(seen(browser, "DEFERRED-call")).text)
    said = " ".join(parsed.text.split())
    assert rules.DEFERRED_CALL_LOST.statement in said
    assert "in 2 runs and 0 campaigns" in said
    assert "go1.21.13 2 4 0 0" in said
    assert f"{run} frames/large pre and post" in said
    assert f"{run} open-coded/recover-with-two-pending post" in said
    assert {f"/runs/{first}", f"/runs/{run}/cases/open-coded/recover-with-two-pending"} <= {*parsed.links}
    assert "order/last-in-first-out" not in said


def test_a_way_to_end_that_is_no_rule(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed(), evidence=False)
    said = " ".join(Page(browser.get(seen(browser, "build failed")).text).text.split())
    assert f"{run} range-over-func/early-exit post" in said


def test_the_smallest_program_of_a_campaign(browser: TestClient, database: Database) -> None:
    campaign = read(PAIR)
    bucket = next(one for ran in campaign.toolchains for one in ran.buckets if one.smallest)
    bucket.known, bucket.reason = "https://go.dev/issue/1", "it is so"
    keep(database, campaign)
    parsed = Page(browser.get(seen(browser, bucket.signature)).text)
    smallest = min(bucket.smallest, key=lambda one: one.actions)
    assert smallest.program in parsed.text
    assert f"{smallest.actions} actions" in parsed.text
    assert "https://go.dev/issue/1" in parsed.links


def test_an_issue_that_is_no_address_is_no_link(browser: TestClient, database: Database) -> None:
    campaign = read(PAIR)
    for ran in campaign.toolchains:
        for one in ran.buckets:
            one.known = "javascript:alert(1)"
    bucket = next(one for ran in campaign.toolchains for one in ran.buckets if one.smallest)
    keep(database, campaign)
    parsed = Page(browser.get(seen(browser, bucket.signature)).text)
    assert "javascript:alert(1)" in parsed.text
    assert not [link for link in parsed.links if link.startswith("javascript")]


def test_a_campaign_that_this_version_does_not_read_has_no_program(browser: TestClient, database: Database) -> None:
    campaign = read(PAIR)
    bucket = next(one for ran in campaign.toolchains for one in ran.buckets if one.smallest)
    keep(database, campaign)
    with database.writing() as session:
        other = artifacts.keep(session, database.files, b'{"format": 99}')
        session.connection().exec_driver_sql("UPDATE campaigns SET certificate = ?", (other,))
    answer = browser.get(seen(browser, bucket.signature))
    assert answer.status_code == 200
    assert "smallest program" not in answer.text


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("goexit-unwinds", rules.GOEXIT_UNWINDS),
        ("process-end: fatal error: x: y (goexit)", rules.PROCESS_END),
        ("deferred-call-lost (goexit, recover)", rules.DEFERRED_CALL_LOST),
        ("timed out", None),
    ],
)
def test_which_rule_a_bucket_is_of(name: str, rule: rules.Rule | None) -> None:
    assert rule_of(name) == rule


@pytest.mark.parametrize(("address", "status"), [("/buckets/99", 404), ("/buckets/x", 422), ("/buckets?page=0", 422)])
def test_buckets_that_there_are_not(browser: TestClient, address: str, status: int) -> None:
    assert browser.get(address).status_code == status


@pytest.mark.parametrize("address", ["/buckets", "/buckets/1"])
def test_who_is_not_known_is_sent_to_log_in(stranger: TestClient, address: str) -> None:
    assert stranger.get(address).headers["location"].startswith("/login")


def test_what_programs_print_stays_text(browser: TestClient, database: Database) -> None:
    campaign = read(PAIR)
    bucket = next(one for ran in campaign.toolchains for one in ran.buckets if one.smallest)
    bucket.signature = "process-end: </h1><script>alert(1)</script>"
    for one in bucket.smallest:
        one.program = one.got = one.owed = "</pre><script>alert(2)</script>"
    bucket.reason = "<img src=x>"
    bucket.known = "https://<img>"
    keep(database, campaign)
    listed = Page(browser.get("/buckets").text)
    assert "script" not in listed.tags
    parsed = Page(browser.get(seen(browser, "alert(1)")).text)
    assert not {"script", "img"} & {*parsed.tags}
    assert "</pre><script>alert(2)</script>" in parsed.text

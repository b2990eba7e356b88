from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from harness.database.engine import Database
from harness.database.history import Point
from harness.service.pages.cases import marks
from tests.harness.report import sample
from tests.harness.service.pages.recorded import Page, record

NAME = "open-coded/recover-with-two-pending"


def test_nothing_is_there_yet(browser: TestClient) -> None:
    assert "No recorded run has a case yet" in browser.get("/cases").text
    assert "No case matches" in browser.get("/cases?q=a").text


def test_all_cases_and_those_that_fail(browser: TestClient, database: Database) -> None:
    record(database, sample.result(sample.regressed("a/mended"), sample.same("b/fails")), evidence=False)
    run = record(database, sample.result(sample.same("a/mended"), sample.regressed("b/fails")), evidence=False)
    record(database, sample.result(sample.same("c/other")), evidence=False)
    text = " ".join(Page(browser.get("/cases").text).text.split())
    assert f"a/mended passes {run} 1 run" in text
    assert f"b/fails fails regressed {run} 1 run" in text
    assert "c/other passes" in text
    failing = [link for link in Page(browser.get("/cases?failing=1").text).links if link.startswith("/cases/")]
    assert failing == ["/cases/b/fails"]
    assert "No case matches" in browser.get("/cases?failing=1&q=mended").text


def test_what_flakes_is_told(browser: TestClient, database: Database) -> None:
    for compared in (sample.same(NAME), sample.same(NAME), sample.regressed(NAME)):
        record(database, sample.result(compared, sample.same("x/steady")), evidence=False)
    text = " ".join(Page(browser.get("/cases").text).text.split())
    assert "Flakes in the last 200 runs" in text
    assert "1 run 16.7 % 1 of 6 times" in text
    assert "x/steady passes 3 none none" in text


def test_many_cases_are_paged(browser: TestClient, database: Database) -> None:
    many = [sample.same(f"order/case-{n:03}") for n in range(150)]
    record(database, sample.result(*many), evidence=False)
    first = Page(browser.get("/cases?q=order").text)
    [following] = [link for link in first.links if "page=2" in link]
    assert "q=order" in following
    second = Page(browser.get(following).text)
    names = [link for page in (first, second) for link in page.links if link.startswith("/cases/")]
    assert names == [f"/cases/order/case-{n:03}" for n in range(150)]


def test_the_history_of_one(browser: TestClient, database: Database) -> None:
    for compared in (sample.same(NAME), sample.same(NAME), sample.regressed()):
        run = record(database, sample.result(compared), evidence=False)
    text = browser.get(f"/cases/{NAME}").text
    parsed = Page(text)
    said = " ".join(parsed.text.split())
    assert f"fails, regressed, in run {run}" in said
    assert "1 of 3 runs" in said
    assert "16.7 %: 1 of 6 times" in said
    assert "2 conforms; 1 diverges: deferred-call-lost" in said
    assert f"<title>run {run}, 2026-11-23: regressed, fail</title>" in text
    assert text.count('class="mark ') == 3
    assert {f"/runs/{run}", f"/runs/{run}/cases/{NAME}"} <= {*parsed.links}


def test_the_row_of_marks_has_the_last_runs() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    points = [Point(n, begun + timedelta(days=n), "same", "pass") for n in range(1, 200)]
    made = marks([*points, Point(200, begun, "regressed", "fail")])
    assert len(made) == 120
    assert made[-1].words == "run 200, 2026-01-01: regressed, fail"
    assert made[-1].height > made[0].height


@pytest.mark.parametrize("address", ["/cases/no/such", "/cases/%00", "/cases/'%25_"])
def test_cases_that_there_are_not(browser: TestClient, database: Database, address: str) -> None:
    record(database, sample.result(sample.same()), evidence=False)
    answer = browser.get(address)
    assert answer.status_code == 404
    assert "no recorded run has such a case" in answer.text


@pytest.mark.parametrize("address", ["/cases", f"/cases/{NAME}"])
def test_who_is_not_known_is_sent_to_log_in(stranger: TestClient, address: str) -> None:
    assert stranger.get(address).headers["location"].startswith("/login")


def test_what_programs_are_called_stays_text(browser: TestClient, database: Database) -> None:
    name = 'a/<script>alert(1)</script>"'
    record(database, sample.result(sample.regressed(name), sample.hostile()), evidence=False)
    listed = Page(browser.get("/cases").text)
    assert name in listed.text
    assert "script" not in listed.tags
    for link in (one for one in listed.links if one.startswith("/cases/")):
        shown = browser.get(link)
        assert shown.status_code == 200
        assert "script" not in Page(shown.text).tags
    assert "script" not in Page(browser.get("/cases", params={"q": name}).text).tags

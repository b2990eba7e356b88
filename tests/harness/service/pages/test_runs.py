from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from harness.database import artifacts
from harness.database.engine import Database
from harness.report.formats import FORMATS
from harness.service.pages.evidence import Evidence
from tests.harness.report import sample
from tests.harness.service.pages.recorded import Page, record


def test_the_list_is_paged_by_number(browser: TestClient, database: Database) -> None:
    numbers = [record(database, sample.result(sample.same()), evidence=False) for _ in range(51)]
    first = Page(browser.get("/runs").text)
    assert f"/runs/{numbers[-1]}" in first.links
    assert f"/runs/{numbers[0]}" not in first.links
    [older] = [link for link in first.links if "before" in link]
    second = Page(browser.get(older).text)
    assert [link for link in second.links if link.startswith("/runs/")] == [f"/runs/{numbers[0]}"]
    assert "No run is older" in browser.get("/runs?before=1").text


def test_no_run_yet(browser: TestClient) -> None:
    assert "No run is recorded yet" in browser.get("/runs").text
    assert "older" not in browser.get("/runs").text.lower()


def test_the_verdict_comes_first_and_the_worst_cases(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    text = browser.get(f"/runs/{run}").text
    parsed = Page(text)
    assert '<span class="badge FAIL">FAIL</span> 7 of 12 cases fail the gate' in text
    assert [sample.WEAK[0] in parsed.text, "go1.22.10,patch=fault.diff" in parsed.text] == [True, True]
    cases = [link for link in parsed.links if link.startswith(f"/runs/{run}/cases/")]
    assert len(cases) == 13
    assert cases[-1].endswith("/range-over-func/loop-body")
    blocks = text.partition('id="cases"')[2].split('<section class="block')[1:]
    assert [block.split('"')[0].strip() for block in blocks[:3]] == ["fail", "fail", "fail"]
    assert "regressed" in blocks[0]
    assert "deferred-call-lost" in "".join(blocks[:3])
    assert "not-applicable" in blocks[-1].split('"')[0]


def test_cases_are_filtered_by_decision_and_by_name(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed(), evidence=False)

    def cases(query: str) -> set[str]:
        links = Page(browser.get(f"/runs/{run}?{query}").text).links
        return {link.partition("/cases/")[2] for link in links if f"/runs/{run}/cases/" in link}

    assert cases("decision=machinery") == {"process-ends/deadlock"}
    assert cases("q=ORDER/loo") == {"order/loops"}
    assert cases("q=order&decision=pass") == {"order/last-in-first-out", "order/loops"}
    assert cases("decision=nonsense") == set()


@pytest.mark.parametrize(
    ("q", "found"),
    [("100%", {"a/100%"}), ("_", {"a/x_y"}), ("'", {"a/it's"}), ("/", {"a/100%", "a/x_y", "a/it's"}), ("\\", set())],
)
def test_signs_of_sql_are_signs(browser: TestClient, database: Database, q: str, found: set[str]) -> None:
    names = ("a/100%", "a/x_y", "a/it's")
    run = record(database, sample.result(*map(sample.same, names)), evidence=False)
    for address, key in ((f"/runs/{run}", f"/runs/{run}/cases/"), ("/cases", "/cases/")):
        text = browser.get(address, params={"q": q}).text
        links = [link for link in Page(text).links if link.startswith(key)]
        assert {browser.get(link).status_code for link in links} <= {200}
        assert {name for name in names if name.replace("'", "&#39;") + "</a>" in text} == found


def test_many_cases_are_paged(browser: TestClient, database: Database) -> None:
    many = [sample.same(f"order/case-{n:03}") for n in range(149)]
    run = record(database, sample.result(sample.regressed("z/last"), *many), evidence=False)
    first = Page(browser.get(f"/runs/{run}").text)
    cases = [link for link in first.links if "/cases/" in link]
    assert (len(cases), cases[0]) == (100, f"/runs/{run}/cases/z/last")
    assert "149 · 99 of them here" in " ".join(first.text.split())
    [following] = [link for link in first.links if "page=2" in link]
    second = Page(browser.get(following.replace("&amp;", "&")).text)
    assert len([link for link in second.links if "/cases/" in link]) == 50
    assert "Page 2 of 2" in second.text
    assert not [link for link in second.links if "page=3" in link]


def test_what_changed_since_the_run_before(browser: TestClient, database: Database) -> None:
    before = record(database, sample.result(sample.same("a/b"), sample.same("a/gone")), evidence=False)
    assert "since run" not in browser.get(f"/runs/{before}").text
    other = replace(sample.POST, digest="3c" * 32)
    record(database, sample.result(sample.same("a/b"), post=other), evidence=False)
    now = record(database, sample.result(sample.regressed("a/b"), sample.same("c/new")), evidence=False)
    text = " ".join(Page(browser.get(f"/runs/{now}").text).text.split())
    assert f"1 changed, 1 new, 1 gone since run {before}" in text
    assert "a/b same (pass) regressed (fail) a/gone" in text
    again = record(database, sample.result(sample.regressed("a/b"), sample.same("c/new")), evidence=False)
    assert f"Nothing changed since run {now}" in " ".join(Page(browser.get(f"/runs/{again}").text).text.split())


def test_reports_in_every_format(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    links = [link for link in Page(browser.get(f"/runs/{run}").text).links if "/reports/" in link]
    assert [link.rpartition("/")[2] for link in links] == [form.name for form in FORMATS]
    for form in FORMATS:
        answer = browser.get(f"/runs/{run}/reports/{form.name}")
        assert answer.content == form.content(sample.mixed()), form.name
        assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        kept = "inline" if form.file.endswith((".html", ".svg")) else "attachment"
        assert answer.headers["content-disposition"] == f'{kept}; filename="{form.file}"'


def test_a_run_without_evidence_says_so(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed(), evidence=False)
    text = browser.get(f"/runs/{run}").text
    assert "recorded without its evidence" in text
    assert "/reports/" not in text
    answer = browser.get(f"/runs/{run}/reports/html")
    assert answer.status_code == 404
    assert "recorded without" in answer.text


def test_evidence_that_is_damaged_costs_no_more_than_itself(browser: TestClient, database: Database) -> None:
    run = record(database, sample.mixed())
    digest = Evidence(database).digest(run)
    assert digest is not None
    with database.writing() as session:
        other = artifacts.keep(session, database.files, b"nonsense")
        session.connection().exec_driver_sql("UPDATE run_files SET digest = ?", (other,))
    assert browser.get(f"/runs/{run}").status_code == 200
    answer = browser.get(f"/runs/{run}/reports/html")
    assert answer.status_code == 404
    assert "no stored run" in answer.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/runs/999", 404),
        ("/runs/0", 422),
        ("/runs/x", 422),
        ("/runs/99999999999", 422),
        ("/runs/1/reports/exe", 404),
        ("/runs/999/reports/html", 404),
        ("/runs/1?page=0", 422),
        ("/runs?before=-1", 422),
        ("/runs/1?q=" + "a" * 201, 422),
    ],
)
def test_numbers_that_are_none(browser: TestClient, database: Database, address: str, status: int) -> None:
    record(database, sample.result(sample.same()))
    answer = browser.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("address", ["/runs", "/runs/1", "/runs/1/reports/html"])
def test_who_is_not_known_is_sent_to_log_in(stranger: TestClient, database: Database, address: str) -> None:
    record(database, sample.mixed())
    answer = stranger.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={address.replace('/', '%2F')}")


def test_what_programs_print_stays_text(browser: TestClient, database: Database) -> None:
    hostile = record(database, sample.result(sample.hostile()))
    plain = record(database, sample.result(sample.crashed()))
    record(database, sample.result(sample.same("a/<b>&\"'")), evidence=False)
    seen = Page(browser.get(f"/runs/{hostile}").text)
    assert "<script>alert(1)</script>" in seen.text
    assert "script" not in seen.tags
    assert {*seen.tags} <= {*Page(browser.get(f"/runs/{plain}").text).tags}
    assert "a/<b>&\"'" in Page(browser.get("/runs/3").text).text
    asked = browser.get("/runs/1", params={"q": '"><script>', "decision": '"><script>'}).text
    assert "script" not in Page(asked).tags
    assert json.dumps(asked).count("&lt;script&gt;") > 0

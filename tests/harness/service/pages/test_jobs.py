from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from harness.database.engine import Database
from harness.service.worker import Workers
from tests.harness.service import standin
from tests.harness.service.pages.finished import asked, finished, side

RUN = {
    "kind": "run",
    "program": "program.go",
    "on": ["pre"],
    "files": [{"name": "program.go", "text": "package main"}],
}
HOSTILE = "<script>alert('&')</script>"
ENDS = {
    "first": {"said": "good so far"},
    "last": {"said": "bad since"},
    "tests": 7,
    "again": "deferdiff bisect again",
}


def test_there_are_none(browser: TestClient) -> None:
    assert "There are no jobs yet" in browser.get("/jobs").text


def test_the_newest_are_first_and_older_ones_a_page_on(browser: TestClient, database: Database) -> None:
    for number in range(52):
        asked(database, {**RUN, "base": f"{number:02}" * 30, "kind": f"k{number}"})
    text = browser.get("/jobs").text
    assert text.index('href="/jobs/52"') < text.index('href="/jobs/3"')
    assert 'href="/jobs/2"' not in text
    assert 'href="/jobs?before=3"' in text
    older = browser.get("/jobs?before=3").text
    assert 'href="/jobs/2"' in older
    assert "Older" not in older


def test_those_of_one_state(browser: TestClient, database: Database) -> None:
    finished(database, RUN, {"a": 1})
    assert 'href="/jobs/1"' in browser.get("/jobs?state=finished").text
    assert "No job matches" in browser.get("/jobs?state=queued").text
    assert browser.get("/jobs?state=lost").status_code == 422


def test_a_job_that_is_not_there(browser: TestClient) -> None:
    for path in ("/jobs/9", "/jobs/9/events", "/jobs/9/results/log.txt"):
        assert browser.get(path).status_code == 404
    assert browser.post("/jobs/9/cancel").status_code == 404


def test_a_job_that_waits(browser: TestClient, database: Database) -> None:
    text = browser.get(f"/jobs/{asked(database, RUN)}").text
    assert 'data-events="/jobs/1/events"' in text
    assert 'action="/jobs/1/cancel"' in text
    assert '<a href="/jobs/1">Look again</a>' in text
    assert 'href="/submit?job=1"' in text


def test_a_job_that_is_over(browser: TestClient, database: Database) -> None:
    number = finished(database, RUN, {"program": "x"}, status=1)
    text = browser.get(f"/jobs/{number}").text
    assert "a difference" in text
    assert "(exit status 1)" in text
    assert "said at its end" in text
    assert "data-events" not in text
    assert "cancel" not in text
    assert f'href="/jobs/{number}/results/log.txt"' in text


def test_the_list_says_what_finished_jobs_came_to(browser: TestClient, database: Database) -> None:
    finished(database, RUN, {"program": "x"}, status=1, message="")
    assert "<td>a difference</td>" in browser.get("/jobs").text


def test_files_in_directories_do_not_bury_the_rest(browser: TestClient, database: Database) -> None:
    left: dict[str, Any] = {"report_html": b"", "rerun/a/case_go": b"", "rerun/b/case_go": b""}
    number = finished(database, RUN, {"a": 1}, **left)
    first, _, folded = browser.get(f"/jobs/{number}").text.partition("<summary>2 more in directories</summary>")
    assert f'href="/jobs/{number}/results/report.html"' in first
    assert "rerun/" not in first
    assert folded.count("case.go</a>") == 2


def test_cancel_cancels(browser: TestClient, database: Database) -> None:
    answer = browser.post(f"/jobs/{asked(database, RUN)}/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs/1")
    assert 'class="state cancelled"' in browser.get("/jobs/1").text


def test_who_only_reads_cannot_cancel(reader: TestClient, database: Database) -> None:
    number = asked(database, RUN)
    assert "/cancel" not in reader.get(f"/jobs/{number}").text
    assert reader.post(f"/jobs/{number}/cancel").status_code == 403
    assert 'class="state queued"' in reader.get(f"/jobs/{number}").text


def test_another_site_cannot_cancel(browser: TestClient, database: Database) -> None:
    number = asked(database, RUN)
    assert browser.post(f"/jobs/{number}/cancel", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert 'class="state queued"' in browser.get(f"/jobs/{number}").text


def test_nothing_is_for_strangers(stranger: TestClient, database: Database) -> None:
    number = finished(database, RUN, {"a": 1})
    for path in ("/jobs", *(f"/jobs/{number}{more}" for more in ("", "/events", "/results/log.txt"))):
        assert stranger.get(path).headers["location"].startswith("/login")


def test_events_under_the_cookie(reader: TestClient, database: Database) -> None:
    number = finished(database, RUN, {"a": 1})
    answer = reader.get(f"/jobs/{number}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    (event,) = standin.events(answer.text)
    assert (event["id"], event["state"]) == (number, "finished")
    seen = reader.get(f"/jobs/{number}/events", headers={"last-event-id": str(event["revision"])})
    assert standin.events(seen.text) == []


def test_results_run_no_script_of_theirs_here(reader: TestClient, database: Database) -> None:
    number = finished(database, RUN, {"a": 1}, report_html=b"<script></script>")
    answer = reader.get(f"/jobs/{number}/results/report.html")
    assert answer.content == b"<script></script>"
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")
    assert reader.get(f"/jobs/{number}/results/other").status_code == 404


def test_what_programs_and_logs_say_stays_text(browser: TestClient, database: Database) -> None:
    request = {**RUN, "files": [{"name": "program.go", "text": HOSTILE}]}
    number = finished(database, request, {"toolchains": [side(HOSTILE, HOSTILE, HOSTILE, detail=HOSTILE)]})
    text = browser.get(f"/jobs/{number}").text
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 5


def test_what_a_job_says_while_it_runs_stays_text(browser: TestClient, workers: Workers, database: Database) -> None:
    python = f"import sys\nprint({HOSTILE!r}, file=sys.stderr)\nprint('{{\"x\": 1}}')"
    made = browser.post("/submit", data={"program": f"# {HOSTILE}\n{python}", "which": "pair"})
    assert made.status_code == 303
    workers.start()
    text = standin.until(lambda: (said := browser.get("/jobs/1").text) and 'class="state finished"' in said and said)
    assert HOSTILE not in text
    assert "&#34;x&#34;: 1" in text


@pytest.mark.parametrize(
    ("kind", "result", "shown"),
    [
        ("run", {"toolchains": [side("a", "x"), side("b", "x")]}, "All 2 toolchains say the same"),
        ("run", {"toolchains": [side("a", "x"), side("b", "y")]}, "2 toolchains say 2 different things"),
        ("run", {"unlike": "a run"}, "&#34;unlike&#34;: &#34;a run&#34;"),
        ("newer", {"of": "a new kind"}, "&#34;of&#34;: &#34;a new kind&#34;"),
        (
            "bisect-releases",
            {"found": {"kind": "found", "points": ["go1.23.1"]}, **ENDS},
            "<strong>go1.23.1</strong> made it",
        ),
        ("bisect-releases", {"found": {"kind": "found", "points": ["x"]}, **ENDS}, "deferdiff bisect again"),
        (
            "bisect-releases",
            {
                "found": {"kind": "several", "points": []},
                "changes": [{"from": "a", "at": "b", "like": "last"}],
                **ENDS,
            },
            "from a to b: like the last",
        ),
        ("bisect-hunks", {"hunks": [2, 5], "of": 9, **ENDS}, "<strong>2, 5</strong> together make the difference"),
        ("reduce", {"differs": False}, "there is nothing to reduce"),
        (
            "reduce",
            {
                "differs": True,
                "actions": {"before": 9, "after": 2},
                "tried": 40,
                "got": "g",
                "owed": "o",
                "rule": "r",
                "known": None,
                "smallest": "main: [recover]",
            },
            "main: [recover]",
        ),
        (
            "fuzz",
            {
                "tier": "data",
                "toolchains": [
                    {
                        "toolchain": "pre",
                        "programs": 5000,
                        "differing": 3,
                        "buckets": [{"count": 3, "signature": "s"}],
                    }
                ],
            },
            "<td>5,000</td>",
        ),
        (
            "fuzz",
            {
                "tier": "source",
                "toolchains": [
                    {"toolchain": "pre", "programs": 5, "differing": 3, "rules": [{"count": 3, "rule": "the rule"}]}
                ],
            },
            " the rule</div>",
        ),
        (
            "mutate",
            {
                "killed": 8,
                "of": 9,
                "file": "src/runtime/panic.go",
                "toolchain": "go1.22.10",
                "mutants": [{"fate": "survived", "function": "f", "line": 3, "operator": "negate", "diff": "-a\n+b"}],
            },
            "<strong>8 of 9</strong> mutants killed",
        ),
    ],
)
def test_what_came_of_each_kind(
    browser: TestClient, database: Database, kind: str, result: dict[str, Any], shown: str
) -> None:
    number = finished(database, {"kind": kind}, result)
    assert shown in browser.get(f"/jobs/{number}").text


def test_a_gate_has_its_verdict_and_a_link_to_its_report(browser: TestClient, database: Database) -> None:
    sides = {"pre": {"text": "go1.22.10"}, "post": {"text": "go1.23.1"}}
    result = {
        "verdict": {"status": 1, "text": "one case fails"},
        "toolchains": sides,
        "compared": 3,
        "planned": 4,
        "verdicts": {"same": 2, "regression": 1},
    }
    number = finished(database, {"kind": "gate"}, result, 1, report_html=b"")
    text = browser.get(f"/jobs/{number}").text
    assert '<span class="badge FAIL">FAIL</span> one case fails' in text
    assert f'<a href="/jobs/{number}/results/report.html">' in text


def test_a_bisection_has_its_picture(browser: TestClient, database: Database) -> None:
    result = {"hunks": [2], "of": 9, **ENDS}
    number = finished(database, {"kind": "bisect-hunks"}, result, 1, report_svg=b"<svg/>")
    assert f'<img class="picture" src="/jobs/{number}/results/report.svg"' in browser.get(f"/jobs/{number}").text


def test_a_result_that_is_too_large_is_only_linked_to(
    browser: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = finished(database, RUN, {"a": 1})
    assert "What came of it" in browser.get(f"/jobs/{number}").text
    monkeypatch.setattr("harness.service.pages.jobs._LARGEST", 4)
    text = browser.get(f"/jobs/{number}").text
    assert "What came of it" not in text
    assert f'href="/jobs/{number}/results/result.json"' in text

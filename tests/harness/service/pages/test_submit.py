from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from harness import toolchain
from harness.database import jobs
from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.service.api import application
from harness.service.core import Service
from harness.service.kinds import Kind
from harness.service.pages.forms import FORMS
from harness.service.pages.site import COOKIE
from tests.harness.service.conftest import token

GO = "package main\n\nfunc main() {}\n"
PATCH = """--- a/src/runtime/panic.go
+++ b/src/runtime/panic.go
@@ -1 +1 @@
-a
+b
"""
ASKED = [
    ("run", {"program": GO, "which": "pair"}, {"on": ["pre", "post"], "program": "program.go"}),
    ("run", {"program": GO, "which": "list", "on": "go1.22.10\r\n\r\npre"}, {"on": ["go1.22.10", "pre"]}),
    ("run", {"program": GO, "which": "all"}, {"on": list(toolchain.list_known())}),
    ("run", {"program": "main: []\n", "which": "pair"}, {"program": "program.yaml"}),
    ("gate", {"patch": PATCH, "base": "go1.22.10", "timeout": "2.5"}, {"patch": ["change.patch"], "timeout": 2.5}),
    ("bisect-releases", {"program": GO, "good": "go1.21.13"}, {"good": "go1.21.13", "bad": None}),
    ("bisect-hunks", {"program": GO, "patch": PATCH}, {"patch": "change.patch", "program": "program.go"}),
    ("reduce", {"program": "main: []", "on": "pre"}, {"program": "program.yaml", "on": "pre"}),
    ("fuzz", {"on": "pre\r\npost", "time": "5", "seed": "7"}, {"on": ["pre", "post"], "time": 5.0, "seed": 7}),
    ("mutate", {"base": "go1.22.10", "functions": "start,nextFrame", "first": "7"}, {"first": 7, "patch": None}),
    ("mutate", {"patch": PATCH, "every": "3"}, {"patch": "change.patch", "every": 3, "first": None}),
]


def path(kind: str) -> str:
    return f"/submit/{FORMS[kind].path}".rstrip("/")


def request(database: Database, number: int = 1) -> dict[str, Any]:
    with database.reading() as session:
        row = jobs.get(session, number)
        assert row is not None
        found: dict[str, Any] = json.loads(row.request)
        return found


@pytest.mark.parametrize(("kind", "typed", "made"), ASKED)
def test_each_kind_by_form(
    browser: TestClient, database: Database, kind: str, typed: dict[str, str], made: dict[str, Any]
) -> None:
    answer = browser.post(path(kind), data=typed)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/jobs/1"), answer.text
    found = request(database)
    assert {key: found[key] for key in ("kind", *made)} == {"kind": kind, **made}


@pytest.mark.parametrize(("kind", "typed", "made"), ASKED)
def test_ask_again_is_filled_in_so_that_it_asks_the_same(
    browser: TestClient, database: Database, kind: str, typed: dict[str, str], made: dict[str, Any]
) -> None:
    assert made
    browser.post(path(kind), data=typed)
    first = request(database)
    form = FORMS[kind]
    assert browser.get(f"{path(kind)}?job=1").status_code == 200
    browser.post("/jobs/1/cancel")
    assert browser.post(path(kind), data=form.typed(first)).headers["location"] == "/jobs/2"
    assert request(database, 2) == first


def test_every_kind_has_a_form() -> None:
    assert {*FORMS} == {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(Kind)[0])}


@pytest.mark.parametrize("kind", FORMS)
def test_each_form_is_shown(browser: TestClient, kind: str) -> None:
    text = browser.get(path(kind)).text
    assert FORMS[kind].title in text
    assert '<button class="main">' in text
    assert "aria-invalid" not in text


def test_the_first_form_has_a_program_to_begin_with(browser: TestClient) -> None:
    text = browser.get("/submit").text
    assert "defer panic(&#34;second&#34;)" in text
    assert 'value="all" checked' in text


@pytest.mark.parametrize(
    ("kind", "typed", "field", "why"),
    [
        ("run", {"which": "pair"}, "program", "required"),
        ("run", {"program": GO, "which": "list", "on": "go1.x"}, "on", "go1.x"),
        ("run", {"program": GO, "which": "pair", "timeout": "soon"}, "timeout", "number"),
        ("run", {"program": GO, "which": "pair", "timeout": "0"}, "timeout", "0.1"),
        ("run", {"program": GO + "\0", "which": "pair"}, "program", "zero character"),
        ("gate", {"patch": "no patch", "base": "go1.22.10"}, "patch", "change.patch"),
        ("gate", {"patch": PATCH, "base": "nothing"}, "base", "nothing"),
        ("bisect-releases", {"program": GO, "good": "1.2"}, "good", "of the form"),
        ("fuzz", {"on": "pre", "seed": "x"}, "seed", "whole number"),
        ("mutate", {"functions": "start; rm"}, "functions", "of the form"),
        ("mutate", {"every": "0"}, "every", "at least 1"),
    ],
)
def test_what_is_wrong_is_beside_its_field_and_what_was_typed_is_kept(
    browser: TestClient, kind: str, typed: dict[str, str], field: str, why: str
) -> None:
    answer = browser.post(path(kind), data=typed)
    assert answer.status_code == 422
    marked = answer.text.split(f'id="{field}" ')[1].split(">")[0]
    assert 'aria-invalid="true"' in marked
    assert f'aria-describedby="{field}-wrong' in marked
    assert why in answer.text.split(f'id="{field}-wrong"')[1].split("</p>")[0]
    assert answer.text.count("aria-invalid") == 1
    for said in typed.values():
        assert said in ("pair", "list") or said.rstrip("\0\n") in answer.text


def test_what_was_typed_stays_text(browser: TestClient) -> None:
    typed = {"program": "</textarea><script>", "which": "list", "on": '"><script>', "timeout": '"><script>'}
    text = browser.post("/submit", data=typed).text
    assert "<script>" not in text
    assert "&lt;/textarea&gt;&lt;script&gt;" in text


def test_a_first_line_that_is_empty_is_kept(browser: TestClient) -> None:
    text = browser.post("/submit", data={"program": "\r\n\r\nx", "which": "list", "on": "go1.x"}).text
    assert "data-editor>\n\n\nx</textarea>" in text


def test_a_file_takes_the_place_of_what_was_typed(browser: TestClient, database: Database) -> None:
    patch = PATCH.replace("+b", "+b\r")
    sent = browser.post(
        "/submit/gate",
        data={"patch": "typed", "base": "go1.22.10"},
        files={"patch.file": ("any name.txt", patch.encode())},
    )
    assert sent.status_code == 303, sent.text
    assert request(database)["files"] == [{"name": "change.patch", "text": patch}]


def test_no_file_leaves_what_was_typed(browser: TestClient, database: Database) -> None:
    typed = {"patch": PATCH, "base": "go1.22.10"}
    assert browser.post("/submit/gate", data=typed, files={"patch.file": ("", b"")}).status_code == 303
    assert request(database)["files"][0]["text"] == PATCH


@pytest.mark.parametrize(
    ("files", "status"),
    [({f"{n}.file": (f"{n}", b"x") for n in range(9)}, 400), ({"program.file": ("a", b"x" * (9 << 20))}, 413)],
)
def test_forms_have_limits(browser: TestClient, files: dict[str, Any], status: int) -> None:
    assert browser.post("/submit", data={"program": GO}, files=files).status_code == status


def test_a_program_that_is_too_long(browser: TestClient) -> None:
    answer = browser.post("/submit", data={"which": "pair"}, files={"program.file": ("a", b"x" * ((1 << 20) + 1))})
    assert answer.status_code == 422
    assert 'id="program-wrong"' in answer.text


def test_who_has_too_many_jobs_is_told_on_the_form(database: Database, service: Service) -> None:
    few = Service(database, service.place, limit=1)
    with TestClient(application(few), follow_redirects=False) as client:
        client.cookies.set(COOKIE, token(database, Scope.ADMIN))
        assert client.post("/submit", data={"program": GO, "which": "pair"}).status_code == 303
        answer = client.post("/submit", data={"program": GO, "which": "all"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "this token has 1 jobs going" in answer.text
    assert "func main() {}" in answer.text


def test_who_only_reads_sees_why_there_is_no_button(reader: TestClient, database: Database) -> None:
    text = reader.get("/submit").text
    assert '<button class="main">' not in text
    assert "<code>submit</code>" in text
    assert reader.post("/submit", data={"program": GO, "which": "pair"}).status_code == 403
    with database.reading() as session:
        assert not jobs.listed(session, state=None, before=None, limit=1)


def test_forms_of_other_sites_are_refused(browser: TestClient, database: Database) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert browser.post("/submit", data={"program": GO, "which": "pair"}, headers=foreign).status_code == 403
    with database.reading() as session:
        assert not jobs.listed(session, state=None, before=None, limit=1)


def test_a_stranger_is_sent_to_log_in(stranger: TestClient) -> None:
    assert stranger.get("/submit/gate").headers["location"] == "/login?next=%2Fsubmit%2Fgate"
    assert stranger.post("/submit", data={"program": GO}).status_code == 401


def test_what_is_not_there(browser: TestClient) -> None:
    assert browser.get("/submit/nothing").status_code == 404
    assert browser.get("/submit?job=1").status_code == 404
    browser.post("/submit", data={"program": GO, "which": "pair"})
    assert browser.get("/submit/gate?job=1").status_code == 404
